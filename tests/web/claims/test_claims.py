"""Claims: who sees which, the late ones first, settled once by whoever owns them."""

from datetime import timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.shipping.models import Claim
from distrilog.domain.shipping.rules import Difference
from distrilog.domain.shipping.services import Stated, receive
from tests.domain.orders.world import AT
from tests.domain.shipping.world import MASKS, DespatchFactory, booked, claimed
from tests.factories import ProfileFactory, orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def operator(world):  # noqa: ARG001
    return client_of(ProfileFactory(role=Role.OPERATOR))


@pytest.fixture
def claim(world) -> Claim:
    """Have the home say on Friday that a box of masks is missing."""
    despatch = booked(DespatchFactory(facility=world.home, delivered=True))
    content = despatch.parcels.first().contents.get()
    stated = [Stated(kind=Difference.MISSING, family=MASKS, units=50, content=content.pk)]
    receive(
        actor=orderer(world.home),
        despatch=despatch.reference,
        stated=stated,
        at=AT + timedelta(days=2),
    )
    return Claim.objects.get()


class TestListing:
    def test_says_so_when_nothing_waits(self, operator):
        assert "Rien à traiter" in words(operator.get("/reclamations/"))

    def test_puts_the_late_ones_first(self, world, operator):
        despatch = DespatchFactory(facility=world.home)
        fresh, late = (
            claimed(despatch, due_on=(AT + timedelta(days=days)).date()) for days in (3, -3)
        )

        page = operator.get("/reclamations/")

        assert [row["claim"].id for row in page.context["rows"]] == [late.pk, fresh.pk]
        assert "2 à traiter, dont 1 en retard" in words(page)
        assert words(page).count("En retard") == 1

    def test_shows_an_executor_what_it_must_answer(self, world, operator):
        despatch = DespatchFactory(facility=world.home)
        made = {
            owner: claimed(despatch, owner=owner).pk for owner in ("operator", "spf", "overseas")
        }
        spf = client_of(ProfileFactory(role=Role.SPF))

        found = [
            [row["claim"].id for row in client.get("/reclamations/").context["rows"]]
            for client in (operator, spf)
        ]

        assert found == [[made["operator"]], [made["spf"], made["overseas"]]]
        assert operator.get(f"/reclamations/{made['spf']}/").status_code == 404

    def test_shows_an_agency_those_of_its_region(self, world):
        own = claimed(DespatchFactory(facility=world.home))
        other = claimed(DespatchFactory(facility=world.stranger))
        agency = client_of(ProfileFactory(role=Role.ARS, perimeter="11"))

        page = agency.get("/reclamations/")

        assert [row["claim"].id for row in page.context["rows"]] == [own.pk]
        assert "L’opérateur logistique" in words(page)
        assert agency.get(f"/reclamations/{other.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("nature=damaged", ["damaged"]),
            ("etat=closes", ["missing"]),
            ("responsable=spf", ["wrong"]),
            ("nature=x", ["damaged", "wrong"]),
            ("apres=x", ["damaged", "wrong"]),
            ("apres=2020-13-45.3", ["damaged", "wrong"]),
            (f"apres=2020-11-01.{'9' * 40}", ["damaged", "wrong"]),
        ],
    )
    def test_keeps_what_the_filter_asks(self, world, query, kept):
        despatch = DespatchFactory(facility=world.home)
        claimed(despatch, kind="damaged")
        claimed(despatch, kind="wrong", owner="spf")
        claimed(despatch, kind="missing", outcome="found", settled_at=AT)
        cell = client_of(ProfileFactory(role=Role.NATIONAL_CELL))
        page = cell.get(f"/reclamations/?{query}")
        assert [row["claim"].kind for row in page.context["rows"]] == kept

    def test_goes_on_page_after_page(self, world, operator, monkeypatch):
        monkeypatch.setattr("distrilog.web.claims.views.PAGE", 2)
        despatch = DespatchFactory(facility=world.home)
        made = [claimed(despatch).pk for _ in range(3)]
        first = operator.get("/reclamations/")
        second = operator.get(f"/reclamations/{first.context['later']}")
        rows = [*first.context["rows"], *second.context["rows"]]
        assert [row["claim"].id for row in rows] == made
        assert second.context["later"] == ""


class TestDetail:
    def test_offers_the_endings_of_its_kind_to_its_owner_alone(self, operator, claim):
        page = words(operator.get(f"/reclamations/{claim.pk}/"))
        assert "Retrouvé : les unités" in page
        assert "Gardé" not in page
        agency = client_of(ProfileFactory(role=Role.ARS, perimeter="11"))
        page = words(agency.get(f"/reclamations/{claim.pk}/"))
        assert "Clore la réclamation" not in page
        assert "doit répondre avant la fin du mercredi 11 novembre 2020" in page

    @pytest.mark.parametrize("number", [0, 999_999, 10**30])
    def test_knows_no_other(self, operator, number):
        assert operator.get(f"/reclamations/{number}/").status_code == 404


class TestSettle:
    def test_ends_a_claim_and_tells_the_facility(self, operator, claim, world):
        sent = {"outcome": "found", "reason": "Retrouvé sur le quai."}

        answer = operator.post(f"/reclamations/{claim.pk}/clore/", sent, follow=True)

        assert "La réclamation est close" in words(answer)
        claim.refresh_from_db()
        assert (claim.outcome, claim.reason) == ("found", "Retrouvé sur le quai.")
        home = client_of(profile_of(world.home))
        page = words(home.get(f"/livraisons/{claim.despatch.reference}/"))
        assert "Retrouvé sur le quai." in page
        line = claim.despatch.fulfilment.lines.get(family=MASKS)
        assert (line.received, line.disputed) == (100, 0)

    def test_is_done_once(self, operator, claim):
        address = f"/reclamations/{claim.pk}/clore/"
        operator.post(address, {"outcome": "found", "reason": "Retrouvé."})
        again = operator.post(address, {"outcome": "found", "reason": "Retrouvé."})
        assert again.status_code == 302
        other = operator.post(address, {"outcome": "written_off", "reason": "Perdu."})
        assert other.status_code == 422
        claim.refresh_from_db()
        assert claim.outcome == "found"

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"reason": "Perdu."}, "Choisissez comment"),
            ({"outcome": "kept", "reason": "Gardé."}, "Choisissez dans la liste"),
            ({"outcome": "found"}, "Dites pourquoi"),
            ({"outcome": "found", "reason": "   "}, "Dites pourquoi"),
            ({"outcome": "found", "reason": "x" * 301}, "dépasse 300"),
        ],
    )
    def test_refuses_what_says_nothing(self, operator, claim, sent, told):
        answer = operator.post(f"/reclamations/{claim.pk}/clore/", sent)
        assert answer.status_code == 422
        assert told in words(answer)
        claim.refresh_from_db()
        assert claim.outcome == ""

    def test_is_for_its_owner_alone(self, claim, world):
        sent = {"outcome": "found", "reason": "Retrouvé."}
        statuses = {
            role: client_of(ProfileFactory(role=role, **values))
            .post(f"/reclamations/{claim.pk}/clore/", sent)
            .status_code
            for role, values in (
                (Role.SPF, {}),
                (Role.ARS, {"perimeter": "11"}),
                (Role.ORDERER, {"facility": world.home}),
                (Role.NATIONAL_CELL, {}),
            )
        }
        assert statuses == {
            Role.SPF: 404,
            Role.ARS: 403,
            Role.ORDERER: 403,
            Role.NATIONAL_CELL: 403,
        }
        claim.refresh_from_db()
        assert claim.outcome == ""


def test_the_list_takes_the_same_queries_for_many(world, operator):
    despatch = DespatchFactory(facility=world.home)
    claimed(despatch)
    few = queries_of(operator, "/reclamations/")
    for _ in range(19):
        claimed(despatch)
    assert queries_of(operator, "/reclamations/") == few
