import pytest

from distrilog.domain.orders.rules import Asked
from distrilog.domain.orders.services import amend, place
from tests.domain.orders.world import AT
from tests.factories import PersonFactory, ProfileFactory, orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def clerk(world):
    """Return somebody with a name who orders for the home."""
    return orderer(world.home, person=str(PersonFactory(name="Camille Essai").pk))


class TestJournal:
    def test_says_who_changed_what_from_what_to_what_and_why(self, world, clerk, auditor):
        placed = place(actor=clerk, demand=world.demand({"gown": 20}), at=AT)
        lines = [Asked(family="gown", units=30)]
        amend(actor=clerk, reference=placed.reference, lines=lines, at=AT, why="un oubli")
        page = words(auditor.get("/journal/?quoi=order"))
        assert f"Commande {placed.reference} · {world.home.name} → enregistrée" in page
        assert "Camille Essai" in page
        assert "un oubli" in page
        assert "Unités · surblouse 20 → devient 30" in page

    def test_filters_by_kind(self, world, clerk, auditor):
        place(actor=clerk, demand=world.demand(), at=AT)
        page = words(auditor.get("/journal/?quoi=regime"))
        assert "Camille Essai" not in page
        assert "surblouse" in page

    def test_filters_by_day_in_paris(self, world, clerk, auditor):
        place(actor=clerk, demand=world.demand(), at=AT)
        found = "Mercredi 4 novembre 2020"
        assert found in words(auditor.get("/journal/?quoi=order&du=2020-11-04&au=2020-11-04"))
        assert "Aucun changement ne correspond" in words(
            auditor.get("/journal/?quoi=order&du=2020-11-05")
        )

    def test_filters_by_person(self, world, clerk, auditor):
        place(actor=clerk, demand=world.demand(), at=AT)
        assert "Camille Essai" in words(auditor.get("/journal/?qui=camille"))
        assert "Camille Essai" in words(auditor.get(f"/journal/?qui={clerk.by}"))
        assert "Aucun changement ne correspond" in words(auditor.get("/journal/?qui=zzz"))

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("du=hier", "Écrivez une date"),
            ("du=2020-11-05&au=2020-11-04", "précède le début"),
            ("quoi=x", "Choisissez dans la liste"),
            ("qui=" + "x" * 81, "80 caractères au plus"),
        ],
    )
    def test_says_at_the_field_what_it_cannot_read(self, auditor, query, told):
        response = auditor.get(f"/journal/?{query}")
        assert response.status_code == 422
        assert told in words(response)
        assert "rien n’est montré" in words(response)

    @pytest.mark.parametrize("query", ["du=9999-12-31&au=9999-12-31", "du=0001-01-01"])
    def test_reads_the_ends_of_time(self, auditor, query):
        assert auditor.get(f"/journal/?{query}").status_code == 200

    def test_refuses_a_cursor_that_is_not_ours(self, auditor):
        assert auditor.get("/journal/?apres=x").status_code == 422

    def test_goes_on_to_older_changes_with_the_same_filter(
        self, world, clerk, auditor, monkeypatch
    ):
        monkeypatch.setattr("distrilog.domain.reporting.trace.reading.PAGE_SIZE", 2)
        for _ in range(3):
            place(actor=clerk, demand=world.demand({"gown": 10}), at=AT)
        first = auditor.get("/journal/?quoi=order")
        assert "Changements plus anciens" in words(first)
        later = first.context["later"]
        assert "quoi=order" in later
        assert words(auditor.get(f"/journal/{later}")).count("→ enregistrée") == 1

    def test_takes_the_same_queries_however_many_changes(self, world, clerk, auditor):
        place(actor=clerk, demand=world.demand({"gown": 10}), at=AT)
        few = queries_of(auditor, "/journal/")
        for _ in range(4):
            place(actor=clerk, demand=world.demand({"gown": 10}), at=AT)
        assert queries_of(auditor, "/journal/") == few

    @pytest.mark.parametrize("role", ["ars", "delegation", "spf", "donor"])
    def test_is_closed_to_those_who_do_not_audit(self, world, role):  # noqa: ARG002
        client = client_of(ProfileFactory(role=role, perimeter="11", facility=None))
        assert client.get("/journal/").status_code == 403

    def test_is_closed_to_facilities_and_strangers(self, world, client):
        assert client_of(profile_of(world.home)).get("/journal/").status_code == 403
        assert client.get("/journal/").status_code == 302
