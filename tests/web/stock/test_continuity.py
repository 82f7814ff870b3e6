"""Continuity: what an outage would move, declared after a look, followed, ended, and measured."""

from datetime import timedelta

import pytest

from distrilog.domain.shipping.models import Fulfilment, Outage
from distrilog.domain.shipping.services import reroute
from tests.domain.orders.world import AT
from tests.domain.shipping.chain import LATER, assert_books_balance, released
from tests.factories import ProfileFactory, stocked
from tests.web.people import client_of
from tests.web.reading import queries_of, words


ADDRESS = "/continuite/"
ASKED = {"partner": "operator", "drill": "on", "reason": "Exercice trimestriel."}


@pytest.fixture
def cell(db, hands):  # noqa: ARG001
    """Return the national cell’s browser, with three orders open at the operator and some stock at SPF."""
    hands.at = LATER
    released()
    stocked(250, place="spf", number="SPF")
    return client_of(ProfileFactory(role="national_cell", facility=None))


def declared(client, **values):
    return client.post(ADDRESS, {**ASKED, "step": "confirm", **values}, follow=True)


class TestContinuity:
    def test_says_what_an_outage_would_move_and_what_would_wait(self, cell):
        page = words(cell.get(ADDRESS))
        assert "3 commandes ouvertes chez l’opérateur." in page
        assert "Masques chirurgicaux 300 250 50" in page

    def test_shows_it_again_before_it_is_declared(self, cell):
        page = words(cell.post(ADDRESS, {**ASKED, "step": "check"}))
        assert "Commencer l’exercice : opérateur logistique ?" in page
        assert "3 commandes ouvertes" in page
        assert not Outage.objects.exists()

    def test_follows_the_move_measures_it_and_gives_back(self, cell, hands):
        assert "Exercice commencé." in words(declared(cell))
        hands.at = LATER + timedelta(minutes=3)
        reroute(at=hands.at)
        page = words(cell.get(ADDRESS))
        assert "Commandes déplacées 2 la dernière après 3 min" in page
        assert "Encore chez l’opérateur 1" in page
        outage = Outage.objects.get()
        hands.at = LATER + timedelta(minutes=65)
        assert "Exercice terminé." in words(cell.post(f"{ADDRESS}{outage.pk}/fin/", follow=True))
        assert "2 commandes non expédiées sont encore à rendre" in words(cell.get(ADDRESS))
        hands.at = LATER + timedelta(minutes=66)
        reroute(at=hands.at)
        page = words(cell.get(ADDRESS))
        assert "Retour en cours" not in page
        assert "1 h 05 2 3 min 2 1 min" in page
        assert set(Fulfilment.objects.values_list("place", flat=True)) == {"operator"}
        assert_books_balance()

    def test_says_that_one_is_open_already(self, cell):
        declared(cell)
        page = words(declared(cell))
        assert "Levez-la avant d’en déclarer une autre." in page
        assert Outage.objects.count() == 1

    def test_keeps_the_words_when_they_are_corrected(self, cell):
        answer = cell.post(ADDRESS, {**ASKED, "step": "change"})
        assert answer.status_code == 200
        assert "Exercice trimestriel." in words(answer)

    def test_asks_what_happens(self, cell):
        answer = cell.post(ADDRESS, {**ASKED, "reason": "", "step": "confirm"})
        assert answer.status_code == 422
        assert not Outage.objects.exists()

    def test_ends_only_what_was_declared(self, cell):
        assert cell.post(f"{ADDRESS}999999/fin/").status_code == 404

    def test_is_for_the_nation_alone(self, cell):  # noqa: ARG002
        for role in ("spf", "operator", "auditor", "ars"):
            assert client_of(ProfileFactory(role=role)).get(ADDRESS).status_code == 403

    def test_takes_the_same_queries_for_many(self, cell):
        few = queries_of(cell, ADDRESS)
        for rank in range(5):
            Outage.objects.create(
                partner="portal", reason="x", declared_by="x", ended_by="x",
                declared_at=AT + timedelta(hours=rank), ended_at=AT + timedelta(hours=rank + 1),
            )  # fmt: skip
        assert queries_of(cell, ADDRESS) == few
