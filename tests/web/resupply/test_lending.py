"""Lending: agreeing to be asked, answering, handing over, getting back, the papers."""

from datetime import date, timedelta

import pytest

from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Lender, Loan, Part
from tests.web.decisions.world import AT, acting
from tests.web.people import client_of, profile_of
from tests.web.reading import fields, queries_of, words
from tests.web.resupply.world import FFP2, Trouble


def chosen(trouble: Trouble, *, units: int = 200, **terms) -> Loan:
    """Have the agency take what the Lilas offer; return the papers."""
    part = trouble.proposed()
    terms = {"terms": "loan", "return_by": date(2020, 12, 4)} | terms
    services.answer(actor=acting(trouble.lender), part_id=part.pk, units=units, at=AT, **terms)
    choice = services.Choice(kind="neighbour", line=part.line_id, units=units, part_id=part.pk)
    services.decide(
        actor=acting(trouble.agency),
        reference=part.line.request.reference,
        choices=[choice],
        at=AT,
    )
    return Loan.objects.get(part=part)


def lent(trouble: Trouble, **values) -> Loan:
    """Have them hand over, and the home receive."""
    loan = chosen(trouble, **values)
    part, units = loan.part_id, loan.part.units
    services.hand_over(actor=acting(trouble.lender), part_id=part, units=units, lot="A1", at=AT)
    services.receive(actor=acting(trouble.asker), part_id=part, units=units, at=AT)
    return loan


class TestLend:
    def test_explains_and_agrees(self, trouble, asker):
        page = words(asker.get("/entraide/preter/"))
        assert "Rien n’est pris sans votre oui" in page
        assert "Vous gardez vos 21 jours" in page
        assert "jamais votre stock" in page
        sent = {"families": [FFP2], "kilometres": "25", "contact": "Accueil, 01 00 00 00 01"}
        assert "C’est noté" in words(asker.post("/entraide/preter/", sent, follow=True))
        lender = Lender.objects.get(facility=trouble.home)
        assert (lender.families, lender.kilometres) == ([FFP2], 25)
        assert "jusqu’à 25 km" in words(asker.get("/entraide/"))

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"contact": ""}, "Dites qui appeler"),
            ({"kilometres": "7"}, "Choisissez dans la liste"),
            ({"families": ["masque"]}, "Choisissez dans la liste"),
        ],
    )
    def test_refuses_at_the_fields(self, trouble, asker, sent, told):
        usual = {"kilometres": "25", "contact": "Accueil"}
        answer = asker.post("/entraide/preter/", usual | sent)
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Lender.objects.filter(facility=trouble.home).exists()

    def test_stops(self, trouble, lender):
        page = words(lender.post("/entraide/arreter/", follow=True))
        assert "ne vous solliciteront plus" in page
        assert Lender.objects.get(facility=trouble.lilas).ended_at
        assert "Accepter d’être sollicité" in words(lender.get("/entraide/"))


class TestAid:
    def test_says_who_needs_what_and_how_far(self, trouble, lender):
        trouble.proposed()
        page = words(lender.get("/entraide/"))
        assert "25 boîtes (500 masques) de masques FFP2 pour Résidence des Tilleuls, à 4 km" in page
        assert "réponse attendue avant le mercredi 4 novembre à 22 h" in page

    def test_takes_the_same_queries_for_many(self, trouble, lender):
        loan = lent(trouble)
        few = queries_of(lender, "/entraide/")
        for rank in range(19):
            part = Part.objects.get(pk=loan.part_id)
            part.pk = None
            part.save(force_insert=True)
            copy = Loan.objects.get(pk=loan.pk)
            copy.pk, copy.reference, copy.part = None, f"PRET-{rank}", part
            copy.save(force_insert=True)
        assert queries_of(lender, "/entraide/") == few


class TestAnswer:
    @pytest.fixture
    def address(self, trouble) -> str:
        """Return where the Lilas answer."""
        return f"/entraide/propositions/{trouble.proposed().pk}/"

    def test_shows_what_would_remain(self, lender, address):
        page = words(lender.get(address))
        assert "Aujourd’hui 150 boîtes (3 000 masques) 60 jours" in page
        assert "Si vous remettez tout 125 boîtes (2 500 masques) 50 jours" in page
        assert "21 jours" in page

    def test_lends_all_or_less(self, lender, address):
        sent = {"answer": "oui", "boxes": "10", "terms": "loan", "return_by": "2020-12-04"}
        page = words(lender.post(address, sent, follow=True))
        assert "Merci. Résidence des Tilleuls et l’ARS voient votre offre" in page
        assert "Changer ma réponse" in page
        part = Part.objects.get()
        assert (part.state, part.units) == ("offered", 200)
        assert part.loan.return_by == date(2020, 12, 4)

    def test_gives(self, lender, address):
        lender.post(address, {"answer": "oui", "boxes": "10", "terms": "gift", "return_by": ""})
        assert (Loan.objects.get().terms, Loan.objects.get().return_by) == ("gift", None)

    def test_declines_with_a_reason(self, lender, address):
        page = words(
            lender.post(address, {"answer": "non", "reason": "Foyer ici aussi."}, follow=True)
        )
        assert "L’ARS cherche ailleurs" in page
        part = Part.objects.get()
        assert (part.state, part.reason) == ("declined", "Foyer ici aussi.")

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({}, "Répondez oui ou non"),
            ({"answer": "non"}, "Dites pourquoi, en quelques mots"),
            ({"answer": "non", "reason": "Mme Durand refuse."}, "nom d’une personne"),
            ({"answer": "oui", "boxes": ""}, "Dites combien de boîtes"),
            ({"answer": "oui", "boxes": "26"}, "On ne vous en demande pas autant : au plus 25"),
            ({"answer": "oui", "boxes": "x"}, "nombre entier"),
            ({"answer": "oui", "boxes": "5", "return_by": ""}, "Dites quand les boîtes"),
            (
                {"answer": "oui", "boxes": "5", "return_by": "2020-11-04"},
                "Choisissez un jour à venir",
            ),
            ({"answer": "oui", "boxes": "5", "return_by": "x"}, "Indiquez une date"),
        ],
    )
    def test_refuses_at_the_fields(self, lender, address, sent, told):
        answer = lender.post(address, {"terms": "loan"} | sent)
        assert answer.status_code == 422
        assert told in words(answer)
        assert Part.objects.get().state == "proposed"

    def test_keeps_the_floor(self, trouble, lender, address):
        # Three weeks of 350 are 53 boxes: of 55, two may leave.
        trouble.lilas.declarations.get().statements.filter(family=FFP2).update(stock=1_100)
        sent = {"answer": "oui", "boxes": "10", "terms": "gift"}
        answer = lender.post(address, sent)
        assert answer.status_code == 422
        assert "son stock de sécurité" in words(answer)

    def test_is_the_giver_s_alone(self, asker, address):
        assert asker.get(address).status_code == 404


class TestLoan:
    def test_is_handed_over_with_its_lot(self, trouble, lender):
        loan = chosen(trouble)
        address = f"/entraide/prets/{loan.reference}/"
        assert "À remettre" in words(lender.get(address))
        page = words(lender.post(f"{address}remettre/", {"boxes": "8", "lot": "L77"}, follow=True))
        assert "Résidence des Tilleuls confirme ce qui arrive" in page
        loan.refresh_from_db()
        assert (loan.handed, loan.lot.number) == (160, "L77")

    @pytest.mark.parametrize(
        ("boxes", "told"), [("11", "L’accord ne va pas si loin"), ("0", "au moins une boîte")]
    )
    def test_refuses_at_the_field(self, trouble, lender, boxes, told):
        loan = chosen(trouble)
        answer = lender.post(f"/entraide/prets/{loan.reference}/remettre/", {"boxes": boxes})
        assert answer.status_code == 422
        assert told in words(answer)

    def test_is_given_back_then_given(self, trouble, lender):
        loan = lent(trouble)
        address = f"/entraide/prets/{loan.reference}/"
        assert "Reste à rendre : 10 boîtes (200 masques)" in words(lender.get(address))
        back = f"{address}rendre/"
        sent = fields(lender.get(address), back) | {"boxes": "8"}
        lender.post(back, sent | {"fin": "rendu"})
        lender.post(back, sent | {"fin": "rendu"})  # pressed twice: once
        loan.refresh_from_db()
        assert (loan.returned, loan.given) == (160, 0)
        rest = fields(lender.get(address), back) | {"fin": "don"}
        assert "C’est un don" in words(lender.post(back, rest, follow=True))
        loan.refresh_from_db()
        assert (loan.returned, loan.given, loan.owed) == (160, 40, 0)
        assert queries.discrepancies() == []

    def test_is_no_gift_for_who_borrowed(self, trouble, asker):
        loan = lent(trouble)
        address = f"/entraide/prets/{loan.reference}/"
        assert "J’en fais don" not in words(asker.get(address))
        answer = asker.post(f"{address}rendre/", {"boxes": "5", "fin": "don"})
        assert answer.status_code == 422
        assert "Seul l’établissement qui a prêté" in words(answer)

    def test_says_that_it_is_late(self, trouble, lender, hands):
        loan = lent(trouble)
        hands.at = AT + timedelta(days=31)
        assert "En retard" in words(lender.get(f"/entraide/prets/{loan.reference}/"))

    def test_has_its_paper(self, trouble, lender):
        loan = lent(trouble)
        page = words(lender.get(f"/entraide/prets/{loan.reference}/bon/"))
        for told in (
            f"Bon de prêt {loan.reference}",
            "Résidence des Lilas",
            "Résidence des Tilleuls",
            trouble.lilas.registry,
            "A1",
            "Prêt, à rendre avant le vendredi 4 décembre 2020.",
            "cachet et signature",
        ):
            assert told in page

    def test_is_not_there_for_others(self, trouble):
        loan = lent(trouble)
        far = client_of(profile_of(trouble.country.far))
        assert far.get(f"/entraide/prets/{loan.reference}/").status_code == 404
        watching = client_of(trouble.delegation)
        assert watching.get(f"/entraide/prets/{loan.reference}/").status_code == 200
        assert watching.post(f"/entraide/prets/{loan.reference}/remettre/").status_code == 403
