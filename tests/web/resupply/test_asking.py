"""Asking for help: prefilled by what was declared, refused at the fields, sent once; its life, and what arrived."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Part, Request
from distrilog.web.resupply.forms.asking import days_of
from tests.web.decisions.world import AT, acting
from tests.web.people import client_of
from tests.web.reading import fields, queries_of, words
from tests.web.resupply.world import FFP2, WORDS, another


ASK = "/depannage/demander/"


def form(**values) -> dict[str, str]:
    """Return what the form sends: four boxes of FFP2 masks unless told."""
    usual = {"boxes-ffp2": "4", "urgency": "days", "words": WORDS, "key": str(uuid4())}
    return usual | values


class TestAsk:
    def test_says_what_was_declared_and_what_presses_first(self, asker):
        page = words(asker.get(ASK))
        assert "Déclaré : 5 boîtes (100 masques), soit 2 jours. Alerte" in page
        assert "Pour tenir sept jours : 13 boîtes" in page
        assert page.index("Masques FFP2") < page.index("Masques chirurgicaux")

    def test_begins_with_what_seven_days_would_take(self, asker):
        sent = fields(asker.get(f"{ASK}?famille=ffp2"), ASK)
        assert sent["boxes-ffp2"] == "13"
        assert sent["boxes-gown"] == ""

    def test_leaves_an_unknown_family_alone(self, asker):
        assert asker.get(f"{ASK}?famille=masque").status_code == 200

    def test_asks_once_and_says_what_happens_next(self, asker):
        sent = form()
        answer = asker.post(ASK, sent, follow=True)
        page = words(answer)
        assert "Votre demande est partie" in page
        asker.post(ASK, sent)
        line = Request.objects.get().lines.get()
        assert (line.family_id, line.units, line.stock) == (FFP2, 80, 100)
        assert line.request.reference in page

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"boxes-ffp2": ""}, "Indiquez au moins une boîte d’un article."),
            ({"boxes-ffp2": "x"}, "Indiquez un nombre entier de boîtes"),
            ({"boxes-ffp2": "-1"}, "ne peut pas être négatif"),
            ({"boxes-ffp2": "1000000000"}, "bien trop grand"),
            ({"urgency": ""}, "Dites quand vous n’aurez plus rien"),
            ({"urgency": "tomorrow"}, "Choisissez dans la liste"),
            ({"words": "  "}, "Dites en une phrase"),
            ({"words": "x" * 501}, "dépasse 500"),
            ({"words": "Mme Durand tousse."}, "nom d’une personne"),
            ({"contact": "x" * 161}, "Au plus 160"),
        ],
    )
    def test_refuses_at_the_fields_and_loses_nothing(self, asker, sent, told):
        answer = asker.post(ASK, form(**sent))
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Request.objects.exists()
        kept = fields(answer, ASK)
        assert kept["boxes-ffp2"] == form(**sent)["boxes-ffp2"]

    def test_lets_a_text_through_that_was_confirmed(self, asker):
        asker.post(ASK, form(words="Mme Durand, cadre, prévient.", named="on"))
        assert Request.objects.get().words == "Mme Durand, cadre, prévient."

    def test_says_that_it_is_asked_already(self, trouble, asker):
        reference = trouble.ask()
        answer = asker.post(ASK, form())
        assert answer.status_code == 422
        assert f"est déjà demandé par {reference}" in words(answer)


class TestDaysOf:
    @pytest.mark.parametrize(
        ("tenths", "told"),
        [(None, ""), (0, "0 jour"), (9, "0,9 jour"), (20, "2 jours"), (21, "2,1 jours")],
    )
    def test_writes_days(self, tenths, told):
        assert days_of(tenths).replace("\u00a0", " ") == told


@pytest.fixture
def sent(trouble):
    """Have the Lilas hand over ten boxes of the twenty-five that the home asks for; return the part."""
    part = trouble.proposed()
    part = services.answer(
        actor=acting(trouble.lender),
        part_id=part.pk,
        units=200,
        return_by=date(2020, 12, 4),
        at=AT,
    )
    choice = services.Choice(kind="neighbour", line=part.line_id, units=200, part_id=part.pk)
    services.decide(
        actor=acting(trouble.agency),
        reference=part.line.request.reference,
        choices=[choice],
        answer="Dix boîtes dès aujourd’hui.",
        at=AT,
    )
    return services.hand_over(
        actor=acting(trouble.lender), part_id=part.pk, units=200, lot="A1", at=AT
    )


class TestRequests:
    def test_lists_what_runs_with_its_clock(self, trouble, asker):
        reference = trouble.ask()
        page = words(asker.get("/depannage/"))
        assert reference in page
        assert "Décision de l’ARS attendue avant le jeudi 5 novembre à 10 h" in page

    def test_says_what_is_late(self, trouble, asker, hands):
        trouble.ask()
        hands.at = AT + timedelta(hours=25)
        assert "En retard" in words(asker.get("/depannage/"))

    @pytest.mark.usefixtures("sent")
    def test_leads_to_what_arrived(self, asker):
        assert "Dire ce que j’ai reçu" in words(asker.get("/depannage/"))

    def test_keeps_what_ended(self, trouble, asker):
        reference = trouble.ask()
        asker.post(f"/depannage/{reference}/retirer/")
        page = words(asker.get("/depannage/"))
        assert page.index("Terminées") < page.index(reference)
        assert "Retirée" in page


class TestDetail:
    def test_names_who_offers_and_never_its_stock(self, sent, asker):
        page = words(asker.get(f"/depannage/{sent.line.request.reference}/"))
        assert "Résidence des Lilas" in page
        assert "à 4 km" in page
        assert "10 boîtes (200 masques) · prêt, à rendre avant le vendredi 4 décembre 2020" in page
        assert "Dix boîtes dès aujourd’hui." in page
        assert "150 boîtes" not in page
        assert "3 000" not in page

    def test_names_nobody_who_has_not_said_yes(self, trouble, asker):
        part = trouble.proposed()
        page = words(asker.get(f"/depannage/{part.line.request.reference}/"))
        assert "Lilas" not in page
        assert "sollicité" not in page

    def test_is_not_there_for_another_facility(self, trouble, lender):
        assert lender.get(f"/depannage/{trouble.ask()}/").status_code == 404

    def test_is_taken_back(self, trouble, asker):
        reference = trouble.ask()
        page = words(asker.post(f"/depannage/{reference}/retirer/", follow=True))
        assert "Votre demande est retirée" in page
        assert trouble.request(reference).state == "cancelled"

    def test_offers_no_way_back_once_something_left(self, sent, asker):
        reference = sent.line.request.reference
        assert "Retirer ma demande" not in words(asker.get(f"/depannage/{reference}/"))
        assert asker.post(f"/depannage/{reference}/retirer/").status_code == 409


class TestReceive:
    def test_records_what_arrived(self, sent, asker):
        address = f"/depannage/parts/{sent.pk}/recevoir/"
        page = words(asker.post(address, {"boxes": "9"}, follow=True))
        assert "Réception enregistrée : 9 boîtes. Ce qui manque est noté." in page
        sent.refresh_from_db()
        assert (sent.state, sent.units) == ("received", 180)

    @pytest.mark.parametrize(
        ("boxes", "told"),
        [
            ("11", "On ne vous en a pas remis autant : au plus 10 boîtes"),
            ("", "zéro si rien"),
            ("-1", "négatif"),
        ],
    )
    def test_refuses_at_the_field(self, sent, asker, boxes, told):
        answer = asker.post(f"/depannage/parts/{sent.pk}/recevoir/", {"boxes": boxes})
        assert answer.status_code == 422
        assert told in words(answer)
        sent.refresh_from_db()
        assert sent.state == "sent"

    def test_is_for_who_asked_alone(self, sent, lender):
        address = f"/depannage/parts/{sent.pk}/recevoir/"
        assert lender.post(address, {"boxes": "10"}).status_code == 404


def test_the_life_of_a_request_takes_the_same_queries_for_many(trouble, asker):
    reference = trouble.ask(units=2_000)
    for rank in range(3):
        another(trouble.country, f"Voisin {rank}", east=0.02 + rank / 100, stock=1_400)
    address = f"/depannage/{reference}/"
    few = queries_of(asker, address)
    services.propose(at=AT, request=reference)
    for part in Part.objects.select_related("lender"):
        Part.objects.filter(pk=part.pk).update(state="offered")
    assert Part.objects.count() > 1
    assert queries_of(asker, address) <= few + 1  # the agreements of the lenders, however many


def test_the_list_takes_the_same_queries_for_many(trouble, asker):
    trouble.ask()
    few = queries_of(asker, "/depannage/")
    for _ in range(4):
        first = trouble.request(Request.objects.order_by("-pk").first().reference)
        client_of(trouble.asker).post(f"/depannage/{first.reference}/retirer/")
        trouble.ask()
    assert queries_of(asker, "/depannage/") == few
