"""2020 on a country small enough to write: every week by the real services, the books proven at the end."""

import pytest

from distrilog.demo.replay import regional
from distrilog.demo.replay.country import Loaded
from distrilog.demo.replay.playing import replay
from distrilog.domain.distribution.models import Flow, HandOut, Plan
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Order
from distrilog.domain.quotas.models import QuotaRun
from distrilog.kernel.weeks import Week
from tests.factories import (
    AddressFactory,
    AttachmentFactory,
    DepartmentFactory,
    FacilityFactory,
    RegionFactory,
    TerritoryFactory,
)


pytestmark = pytest.mark.django_db

PLACES = 80


@pytest.fixture(autouse=True)
def _key_file(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "key"


def small() -> Loaded:
    """Load a hospital, a home of 80 places and one of 40 in Occitanie, and who is the platform of each territory."""
    region = RegionFactory(code="76", name="Occitanie")
    for code, department in (("76107", "31"), ("76104", "34")):
        there = DepartmentFactory(code=department, region=region)
        hospital = FacilityFactory(
            hospital=True,
            department=there,
            places={"acute": 100, "emergency": 1},
            people={"caregiver": 120},
        )
        territory = TerritoryFactory(code=code, region=region, platform=hospital)
        home = FacilityFactory(department=there, places={"places": PLACES})
        for facility in (hospital, home):
            AttachmentFactory(facility=facility, territory=territory)
            AddressFactory(facility=facility)
    return Loaded(facilities=4, of=4, staff=240, staff_of=240)


def play(first, last):
    return replay(
        first=Week.parse(first), last=Week.parse(last), load=small, say=lambda _text: None
    )


class TestReplay:
    def test_pushes_twice_in_the_first_week_then_once_under_the_second_instruction(self):
        found = play("2020-W12", "2020-W13")
        masks = {row.week: row for row in found.weeks if row.family == "surgical_mask"}
        first, second = masks["2020-W12"], masks["2020-W13"]
        assert (first.pushes, first.doctrine) == (2, "2020-03-19")
        assert (second.pushes, second.doctrine) == (1, "2020-03-26")
        # Five masks a place and a week (instruction of 26 March), by whole boxes of fifty.
        assert second.groups["nursing_home"] == 2 * 5 * PLACES
        assert second.given == second.volume >= second.need
        assert found.discrepancies == 0

    def test_hands_out_all_that_it_sent(self):
        found = play("2020-W14", "2020-W15")
        assert Plan.objects.filter(state=Plan.State.SENT).count() == 2
        assert not Flow.objects.exclude(state=Flow.State.RECEIVED).exists()
        handed = sum(HandOut.objects.values_list("units", flat=True))
        assert handed == sum(row.given for row in found.weeks)
        assert all(sum(row.sources.values()) == row.given for row in found.weeks)
        assert all(sum(row.regions.values()) == row.given for row in found.weeks)

    def test_gives_the_reference_week_by_platform_and_the_regions_own_stock(self):
        found = play("2020-W16", "2020-W17")
        assert {each.territory for each in found.territories} == {"76107", "76104"}
        masks = [
            row for row in found.weeks if (row.week, row.family) == ("2020-W16", "surgical_mask")
        ]
        of_masks = [each.units for each in found.territories if each.family == "surgical_mask"]
        assert sum(of_masks) == masks[0].given
        assert len(found.regional) == len(regional.reference.WEEK_17)
        assert all(line.printed == line.computed for line in found.regional)
        assert [each.units for each in found.pharmacies] == [726_075, 1_060_100]
        assert found.discrepancies == 0

    def test_goes_from_push_to_orders_without_losing_what_was(self):
        found = play("2020-W41", "2020-W42")
        chains = {(row.week, row.chain) for row in found.weeks}
        assert chains == {("2020-W41", "push"), ("2020-W42", "pull")}
        ordered = {row.family: row.ordered for row in found.weeks if row.chain == "pull"}
        assert ordered["surgical_mask"] > 0
        assert QuotaRun.objects.get().state == QuotaRun.State.PUBLISHED
        served = Facility.objects.get(pk=Order.objects.first().facility_id)
        assert HandOut.objects.filter(line__facility=served).exists()
        (refused,) = found.events
        assert "rien n’est poussé dans aucune région" in refused.words
        assert found.discrepancies == 0

    @pytest.mark.parametrize(
        ("first", "last"), [("2020-W11", "2020-W12"), ("2020-W14", "2020-W13")]
    )
    def test_refuses_weeks_that_it_cannot_play(self, first, last):
        with pytest.raises(ValueError, match="2020-W12"):
            play(first, last)
