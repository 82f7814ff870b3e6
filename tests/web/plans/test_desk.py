"""The desk of an agency: the effect before the adjustment, every fault at once, nothing lost on the way."""

import pytest

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Adjustment
from distrilog.domain.distribution.queries import desk as queries
from tests.domain.distribution.world import AT
from tests.web.people import client_of
from tests.web.plans.world import MASK, acting, asked
from tests.web.reading import queries_of, words


@pytest.fixture
def address(pushed) -> str:
    return f"/plans/{pushed.plan.pk}/N/"


def boxes_of(pushed, facility) -> int:
    return pushed.plan.lines.get(facility=facility).units // 50


def typed(pushed, *, hospital: int = 0, home: int = 0, small: int = 0, **more) -> dict:
    """Return what the form sends with boxes added to some."""
    sent = {"famille": MASK, "boite": "50", **more}
    moves = {
        pushed.world.hospital: hospital,
        pushed.world.home: home,
        pushed.world.small: small,
    }
    for facility, move in moves.items():
        before = boxes_of(pushed, facility)
        sent[f"vu-{facility.registry}"] = str(before)
        sent[f"boites-{facility.registry}"] = str(before + move)
    return sent


class TestDesk:
    def test_shows_lines_with_floor_and_fields(self, pushed, ars, address):
        page = ars.get(address)

        assert "Résidence des Tilleuls" in words(page)
        assert f'name="boites-{pushed.world.home.registry}"' in page.content.decode()

    def test_shows_what_is_asked(self, pushed, ars, address):
        asked(pushed)
        assert "Demande 18 boîtes" in words(ars.get(address))

    def test_has_no_field_for_the_cell(self, cell, address):
        assert "boites-" not in cell.get(address).content.decode()

    def test_has_no_field_once_frozen(self, pushed, ars, address):
        services.freeze(actor=acting(pushed.duty), plan_id=pushed.plan.pk, at=AT)
        assert "boites-" not in ars.get(address).content.decode()

    def test_is_not_found_from_another_region(self, pushed, address):
        assert client_of(pushed.elsewhere).get(address).status_code == 404

    def test_is_read_by_its_platform(self, pushed, address):
        page = client_of(pushed.platform).get(address)
        assert page.status_code == 200
        assert "boites-" not in page.content.decode()

    def test_asks_few_queries(self, ars, address):
        assert queries_of(ars, address) <= 12


class TestEffect:
    def test_says_what_is_left_to_give(self, pushed, ars, address):
        page = words(ars.post(address + "effet/", typed(pushed, hospital=-1)))

        assert "1 boîte à donner" in page
        assert "Hôpital des Acacias" in page

    def test_says_that_it_is_even(self, pushed, ars, address):
        page = words(ars.post(address + "effet/", typed(pushed, hospital=-1, small=1)))
        assert "Équilibré" in page
        assert "Dites pourquoi, puis enregistrez" in page

    def test_says_why_a_floor_holds(self, pushed, ars, address):
        page = words(ars.post(address + "effet/", typed(pushed, home=-1, small=1)))
        assert "sous le plancher" in page

    def test_answers_a_piece_of_the_page(self, pushed, ars, address):
        answer = ars.post(address + "effet/", typed(pushed))
        assert "<html" not in answer.content.decode()

    def test_asks_a_fixed_number_of_queries(self, pushed, ars, address, django_assert_num_queries):
        ars.post(address + "effet/", typed(pushed, hospital=-1, small=1))
        with django_assert_num_queries(10):
            ars.post(address + "effet/", typed(pushed, hospital=-1, small=1))

    def test_is_closed_to_the_cell(self, pushed, cell, address):
        assert cell.post(address + "effet/", typed(pushed)).status_code == 403


class TestAdjust:
    def test_works_without_javascript(self, pushed, ars, address):
        page = words(ars.post(address + "ajuster/", typed(pushed, hospital=-1, small=1)))

        assert "Équilibré" in page
        assert not Adjustment.objects.exists()

    def test_is_made_with_a_reason(self, pushed, ars, address):
        before = boxes_of(pushed, pushed.world.small)
        sent = typed(pushed, hospital=-1, small=1, etape="ajuster", motif="Foyer aux Lilas.")

        page = words(ars.post(address + "ajuster/", sent, follow=True))

        assert "L’ajustement est enregistré" in page
        assert "Foyer aux Lilas." in page
        assert boxes_of(pushed, pushed.world.small) == before + 1

    def test_adds_up_with_what_another_person_changed_meanwhile(self, pushed, ars, address):
        before = boxes_of(pushed, pushed.world.small)
        sent = typed(pushed, hospital=-1, small=1, etape="ajuster", motif="Foyer aux Lilas.")
        services.adjust(
            actor=acting(pushed.ars),
            plan_id=pushed.plan.pk,
            territory="N",
            family=MASK,
            changes={pushed.world.hospital.registry: -50, pushed.world.small.registry: 50},
            reason="Foyer.",
            at=AT,
        )

        ars.post(address + "ajuster/", sent)

        assert boxes_of(pushed, pushed.world.small) == before + 2

    def test_is_made_once_however_often_it_is_sent(self, pushed, ars, address):
        sent = typed(pushed, hospital=-1, small=1, etape="ajuster", motif="Foyer.", cle="k1")
        for _ in range(2):
            ars.post(address + "ajuster/", sent)
        assert Adjustment.objects.count() == 1

    def test_tells_every_fault_and_keeps_what_was_typed(self, pushed, ars, address):
        sent = typed(pushed, home=-1, etape="ajuster", motif="")
        registry = pushed.world.home.registry

        page = ars.post(address + "ajuster/", sent)

        told = words(page)
        assert page.status_code == 422
        assert "sous le plancher" in told
        assert "50 unités de moins" in told
        assert "Dire pourquoi" in told
        assert f'value="{sent[f"boites-{registry}"]}"' in page.content.decode()
        assert not Adjustment.objects.exists()

    def test_refuses_what_is_no_number(self, pushed, ars, address):
        sent = typed(pushed, etape="ajuster", motif="Foyer.")
        sent[f"boites-{pushed.world.small.registry}"] = "beaucoup"

        page = ars.post(address + "ajuster/", sent)

        assert page.status_code == 422
        assert "n’est pas un nombre de boîtes" in words(page)

    def test_is_refused_after_the_freeze(self, pushed, ars, address, hands):
        sent = typed(pushed, hospital=-1, small=1, etape="ajuster", motif="Foyer.")
        hands.at = pushed.plan.freezes_at

        page = ars.post(address + "ajuster/", sent)

        assert page.status_code == 422
        assert "arrêté" in words(page)

    def test_is_refused_from_another_region(self, pushed, address):
        sent = typed(pushed, hospital=-1, small=1, etape="ajuster", motif="Foyer.")
        assert client_of(pushed.elsewhere).post(address + "ajuster/", sent).status_code == 404

    def test_keeps_what_was_typed_on_another_page(self, pushed, ars, address, monkeypatch):
        monkeypatch.setattr(queries.Choice.__init__, "__kwdefaults__", {**PAGE_DEFAULTS})
        sent = typed(pushed, hospital=-1, small=1, etape="page-2")

        page = ars.post(address + "ajuster/", sent).content.decode()

        for facility in (pushed.world.hospital, pushed.world.small):
            name = f"boites-{facility.registry}"
            assert f'name="{name}" value="{sent[name]}"' in page or f'value="{sent[name]}"' in page

    def test_shows_many_lines_in_as_many_queries(self, ars, address):
        few = queries_of(ars, f"{address}?q=Tilleuls")
        assert queries_of(ars, address) == few


PAGE_DEFAULTS = {
    "search": "",
    "group": "",
    "sort": queries.Sort.NAME,
    "descending": False,
    "page": 1,
    "per_page": 1,
}
