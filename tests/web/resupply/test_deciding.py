"""The desk: the list with its clocks, sources side by side, a decision checked then taken, validation, hand-out."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from distrilog.domain.orders.models import Order
from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Part, Request
from tests.factories import ProfileFactory
from tests.web.decisions.world import AT, acting
from tests.web.people import client_of
from tests.web.reading import fields, queries_of, words


@pytest.fixture
def asked(trouble) -> str:
    """Ask for 25 boxes; the Lilas offer ten."""
    part = trouble.proposed()
    services.answer(actor=acting(trouble.lender), part_id=part.pk, units=200, at=AT)
    return part.line.request.reference


@pytest.fixture
def state_part(trouble, asked) -> Part:
    """Ask ten boxes of the State."""
    line = trouble.request(asked).lines.get()
    choice = services.Choice(kind="state", line=line.pk, units=200)
    services.decide(actor=acting(trouble.agency), reference=asked, choices=[choice], at=AT)
    return Part.objects.get(kind="state")


@pytest.fixture
def store_part(trouble, asked) -> Part:
    """Give five boxes of the department’s store."""
    line = trouble.request(asked).lines.get()
    choice = services.Choice(kind="department", line=line.pk, units=100, place="dep-75")
    services.decide(actor=acting(trouble.agency), reference=asked, choices=[choice], at=AT)
    return Part.objects.get(kind="department")


class TestListing:
    @pytest.mark.usefixtures("asked")
    def test_shows_what_is_open_and_what_it_waits_for(self, agency):
        page = words(agency.get("/depannages/"))
        assert "1 demande en cours" in page
        assert "Masques FFP2, 25 boîtes" in page
        assert "Décision de l’ARS avant le jeudi 5 novembre à 10 h" in page
        assert "1 offre de voisins" in page

    def test_begins_with_the_late(self, trouble, asked, agency, hands):
        hands.at = AT + timedelta(hours=25)
        soon = trouble.ask(family="gown", units=10, urgency="week", at=hands.at)
        page = words(agency.get("/depannages/"))
        assert "dont 1 en retard" in page
        assert page.index(asked) < page.index(soon)

    @pytest.mark.usefixtures("asked")
    def test_says_in_words_that_the_next_level_knows(self, cell, hands):
        hands.at = AT + timedelta(hours=25)
        assert "signalé" not in words(cell.get("/depannages/"))
        services.escalate(at=hands.at)
        assert "Retard signalé à l’échelon supérieur" in words(cell.get("/depannages/"))

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("?famille=ffp2", True),
            ("?famille=gown", False),
            ("?urgence=days", True),
            ("?urgence=today", False),
            ("?etape=decide", True),
            ("?etape=validate", False),
            ("?departement=75", True),
            ("?departement=93", False),
            ("?q=tilleuls", True),
            ("?q=acacias", False),
            ("?etat=terminees", False),
            ("?famille=nothing&etape=x&page=0", True),
        ],
    )
    def test_filters_and_says_what_it_hides(self, asked, agency, query, shown):
        page = words(agency.get(f"/depannages/{query}"))
        assert (asked in page) is shown
        hidden = "1 autre masquée par vos filtres" in page
        assert hidden is not (shown or "terminees" in query)

    def test_exports_what_is_shown(self, asked, agency):
        told = agency.get("/depannages/export/csv?famille=ffp2").content.decode("utf-8-sig")
        titles, row = (line.split(";") for line in told.split("\r\n")[:2])
        found = dict(zip(titles, row, strict=True))
        assert (found["Référence"], found["Demandé (boîtes)"]) == (asked, "25")
        assert found["Voisins qui ont dit oui"] == "1"
        empty = agency.get("/depannages/export/csv?famille=gown").content.decode("utf-8-sig")
        assert asked not in empty
        sheet = CalamineWorkbook.from_filelike(
            BytesIO(agency.get("/depannages/export/xlsx").content)
        ).get_sheet_by_index(0)
        assert sheet.to_python()[1][0] == asked

    def test_knows_no_other_file(self, agency):
        assert agency.get("/depannages/export/exe").status_code == 404

    def test_sends_a_facility_to_its_own_page(self, asker):
        assert asker.get("/depannages/").headers["Location"] == "/depannage/"

    @pytest.mark.parametrize("client", ["agency", "cell", "delegation"])
    def test_takes_the_same_queries_for_many(self, trouble, asked, request, client):
        browser = request.getfixturevalue(client)
        few = queries_of(browser, "/depannages/")
        line = trouble.request(asked).lines.get()
        for rank in range(19):
            copy = Request.objects.get(reference=asked)
            copy.pk, copy.reference = None, f"DEP-11-{rank}"
            copy.save(force_insert=True)
            line.pk, line.request = None, copy
            line.save(force_insert=True)
        assert queries_of(browser, "/depannages/") == few


class TestDesk:
    def test_ranks_the_sources_with_what_each_can_give(self, asked, agency):
        page = words(agency.get(f"/depannages/{asked}/"))
        order = ["Résidence des Lilas", "Réserve départementale", "Pot commun", "Santé publique"]
        places = [page.index(name) for name in order]
        assert places == sorted(places)
        assert "peut donner 10 boîtes 200 masques" in page
        assert "Avait déclaré 5 boîtes (100 masques), soit 2 jours." in page

    def test_proposes_the_first_sources_until_all_is_covered(self, asked, agency):
        sent = fields(agency.get(f"/depannages/{asked}/"), f"/depannages/{asked}/decider/")
        assert sorted(value for name, value in sent.items() if name.startswith("give-")) == [
            "10",
            "10",
            "5",
        ]

    def test_asks_neighbours_again(self, trouble, agency):
        reference = trouble.ask()
        address = f"/depannages/{reference}/voisins/"
        assert "1 voisin sollicité" in words(agency.post(address, follow=True))
        assert "Aucun autre voisin" in words(agency.post(address, follow=True))

    def test_shows_a_facility_the_life_of_its_request_alone(self, asked, asker):
        page = words(asker.get(f"/depannages/{asked}/"))
        assert "Vérifier la décision" not in page
        assert "peut donner" not in page

    def test_is_not_there_for_another_agency(self, asked):
        other = client_of(ProfileFactory(role="ars", perimeter="76", facility=None))
        assert other.get(f"/depannages/{asked}/").status_code == 404


class TestDecide:
    @pytest.fixture
    def form(self, asked, agency) -> dict[str, str]:
        """Return what the page proposes."""
        return fields(agency.get(f"/depannages/{asked}/"), f"/depannages/{asked}/decider/")

    def test_checks_then_decides(self, asked, agency, form):
        address = f"/depannages/{asked}/decider/"
        checked = agency.post(address, form | {"etape": "verifier", "answer": "Bon courage."})
        page = words(checked)
        assert "Somme 25 boîtes (500 masques)" in page
        assert "Tout est couvert." in page
        assert not Part.objects.filter(kind="state").exists()
        done = agency.post(address, fields(checked, address) | {"etape": "decider"}, follow=True)
        assert "C’est décidé." in words(done)
        states = dict(Part.objects.values_list("kind", "state"))
        assert states == {"neighbour": "chosen", "department": "chosen", "state": "to_validate"}
        assert Request.objects.get().answer == "Bon courage."

    def test_says_what_will_be_missing(self, asked, agency, form):
        state = next(name for name in form if "state" in name)
        page = words(
            agency.post(f"/depannages/{asked}/decider/", form | {state: "2", "etape": "verifier"})
        )
        assert "Il manquera 3 boîtes (60 masques)" in page

    def test_is_taken_once(self, asked, agency, form):
        address = f"/depannages/{asked}/decider/"
        state = next(name for name in form if "state" in name)
        sent = dict.fromkeys(form, "") | {state: "2", "seen": form["seen"], "etape": "decider"}
        agency.post(address, sent)
        again = agency.post(address, sent)
        assert again.status_code == 422
        assert "La demande a changé" in words(again)
        assert Part.objects.filter(kind="state").count() == 1

    def test_goes_back_with_what_was_typed(self, asked, agency, form):
        address = f"/depannages/{asked}/decider/"
        state = next(name for name in form if "state" in name)
        back = agency.post(address, form | {state: "2", "etape": "corriger"})
        assert fields(back, address)[state] == "2"

    @pytest.mark.parametrize(
        ("boxes", "told"),
        [
            ("26", "Cette source ne peut pas donner autant : au plus 25 boîtes"),
            ("25", "restent à accorder"),
            ("x", "nombre entier"),
            ("-1", "négatif"),
        ],
    )
    def test_refuses_at_the_source(self, asked, agency, form, boxes, told):
        state = next(name for name in form if "state" in name)
        answer = agency.post(
            f"/depannages/{asked}/decider/", form | {state: boxes, "etape": "decider"}
        )
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Part.objects.filter(kind="state").exists()

    def test_wants_something_given(self, asked, agency, form):
        nothing = dict.fromkeys(form, "") | {"seen": form["seen"], "etape": "verifier"}
        answer = agency.post(f"/depannages/{asked}/decider/", nothing)
        assert "Rien n’est choisi" in words(answer)

    def test_refuses_with_a_reason(self, trouble, asked, agency):
        address = f"/depannages/{asked}/refuser/"
        assert agency.post(address, {"reason": " "}).status_code == 422
        page = words(agency.post(address, {"reason": "Livraison ce soir."}, follow=True))
        assert "La demande est refusée" in page
        told = words(client_of(trouble.asker).get(f"/depannage/{asked}/"))
        assert "Demande refusée par l’ARS" in told
        assert "Livraison ce soir." in told

    def test_takes_a_part_back(self, asked, agency, store_part):
        address = f"/depannages/{asked}/parts/{store_part.pk}/reprendre/"
        assert address in agency.get(f"/depannages/{asked}/").content.decode()
        agency.post(address, {"reason": "Mieux à côté."})
        store_part.refresh_from_db()
        assert store_part.state == "cancelled"


class TestValidate:
    @pytest.mark.usefixtures("state_part")
    def test_shows_the_effect_on_the_stock(self, asked, cell):
        page = words(cell.get(f"/depannages/{asked}/"))
        assert "Libre aujourd’hui 1 000 boîtes (20 000 masques)" in page
        assert "Après, si tout est accordé 990 boîtes (19 800 masques)" in page

    @pytest.mark.usefixtures("state_part")
    def test_waits_first_in_the_list(self, cell):
        page = words(cell.get("/depannages/"))
        assert page.index("À valider : stock de l’État") < page.index("Demandes en cours")
        assert "10 boîtes (200 masques) de masques FFP2" in page

    @pytest.mark.parametrize(
        ("sent", "units"), [({"boxes": "10"}, 200), ({"boxes": "6", "reason": "Tendu."}, 120)]
    )
    def test_gives_all_or_less(self, cell, state_part, sent, units):
        address = f"/depannages/parts/{state_part.pk}/valider/"
        page = words(cell.post(address, sent | {"fin": "valider"}, follow=True))
        assert "Validé : la commande est créée" in page
        assert Order.objects.get().lines.get().units == units

    def test_refuses_with_a_reason(self, cell, state_part):
        address = f"/depannages/parts/{state_part.pk}/valider/"
        assert cell.post(address, {"boxes": "10", "fin": "refuser"}).status_code == 422
        cell.post(address, {"boxes": "10", "fin": "refuser", "reason": "Rien de libre demain."})
        state_part.refresh_from_db()
        assert (state_part.state, state_part.reason) == ("refused", "Rien de libre demain.")

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"boxes": "11"}, "L’ARS n’en demande pas autant"),
            ({"boxes": "0"}, "Indiquez les boîtes accordées, ou refusez"),
            ({"boxes": "6"}, "Dites pourquoi"),
        ],
    )
    def test_refuses_at_the_field(self, cell, state_part, sent, told):
        answer = cell.post(f"/depannages/parts/{state_part.pk}/valider/", sent | {"fin": "valider"})
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Order.objects.exists()


class TestHandOut:
    def test_is_the_delegation_s(self, delegation, store_part):
        assert "À remettre : stock du département" in words(delegation.get("/depannages/"))
        address = f"/depannages/parts/{store_part.pk}/remettre/"
        page = words(delegation.post(address, {"boxes": "5"}, follow=True))
        assert "C’est remis. Résidence des Tilleuls confirme" in page
        store_part.refresh_from_db()
        assert store_part.state == "sent"

    def test_gives_no_more_than_granted(self, delegation, store_part):
        answer = delegation.post(f"/depannages/parts/{store_part.pk}/remettre/", {"boxes": "6"})
        assert answer.status_code == 422
        assert "au plus 5 boîtes" in words(answer)
