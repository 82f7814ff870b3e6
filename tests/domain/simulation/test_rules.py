"""What a replay found: kept and read back whole, and put beside what is printed."""

import json

import pytest

from distrilog.domain.simulation import reference
from distrilog.domain.simulation.rules import (
    Chain,
    Delivered,
    Event,
    Hypothesis,
    OfTerritory,
    OtherVersion,
    Printed,
    RegionalLine,
    Replayed,
    WeekOfFamily,
    compare,
    difference_in_words,
    replayed_from,
    said_by,
    shares_of_territories,
)


def week(**values):
    found = {
        "week": "2020-W16", "chain": Chain.PUSH, "doctrine": "2020-03-26", "family": "surgical_mask",
        "need": 900, "volume": 1_000, "given": 1_000, "regions": {"76": 400, "11": 600},
        "groups": {"nursing_home": 700, "hospital": 300},
    }  # fmt: skip
    return WeekOfFamily(**(found | values))


def replayed(*weeks, **values):
    found = {
        "first": "2020-W16",
        "last": "2020-W16",
        "facilities": 5,
        "platforms": 2,
        "whole": True,
    }
    return Replayed(weeks=list(weeks), **(found | values))


def printed(**values):
    found = {
        "code": "a", "first": "2020-W16", "last": "2020-W16", "region": "", "groups": (),
        "families": ("surgical_mask",), "times": 1, "units": 1_000, "label": "", "source": "",
    }  # fmt: skip
    return Printed(**(found | values))


class TestReplayed:
    def test_comes_back_from_json_as_it_was(self):
        kept = replayed(
            week(),
            territories=[OfTerritory(territory="T", name="t", family="ffp2", units=3)],
            pharmacies=[Delivered(week="2020-W14", region="76", units=5)],
            regional=[RegionalLine(label="l", family="ffp2", printed=1, computed=1)],
            events=[Event(on="2020-10-08", words="refusé")],
        )
        assert replayed_from(json.loads(json.dumps(kept.as_json()))) == kept

    def test_is_known_by_its_figures_and_not_by_its_time(self):
        assert replayed(week(), seconds=1).digest == replayed(week(), seconds=2).digest
        assert replayed(week()).digest != replayed(week(given=999)).digest

    def test_of_another_version_is_refused(self):
        with pytest.raises(OtherVersion):
            replayed_from({"version": 0})


class TestCompare:
    def one(self, each, *weeks, **values):
        (found,) = compare(replayed=replayed(*(weeks or [week()]), **values), printed=[each])
        return found

    def test_compares_the_country(self):
        assert self.one(printed(units=800)).difference == 200

    def test_keeps_to_a_region_and_to_groups(self):
        assert self.one(printed(region="76")).computed == 400
        assert self.one(printed(groups=("hospital",))).computed == 300

    def test_adds_families_and_weeks_and_divides_by_days(self):
        each = printed(families=("surgical_mask", "ffp2"), times=7)
        assert self.one(each, week(given=700), week(given=70, family="ffp2")).computed == 110

    def test_compares_no_part_of_a_country(self):
        found = self.one(printed(), whole=False)
        assert (found.computed, found.difference) == (None, None)
        assert "partie du pays" in found.sentence

    def test_says_when_the_week_was_not_played(self):
        assert self.one(printed(first="2020-W20", last="2020-W20")).computed is None


class TestDifferenceInWords:
    @pytest.mark.parametrize(
        ("computed", "said"),
        [
            (1_000, "exactement"),
            (1_040, "À peu près : le rejeu donne 4,0\u202f% de plus."),
            (470, "Le rejeu donne 53,0\u202f% de moins."),
            (2_500, "Le rejeu donne 2,5 fois ce chiffre."),
        ],
    )
    def test_says_how_far(self, computed, said):
        assert said in difference_in_words(computed=computed, printed=1_000)


class TestSharesOfTerritories:
    def test_puts_both_shares_side_by_side_the_largest_first(self):
        found = shares_of_territories(
            printed={"A": 250, "B": 750}, computed={"A": 40, "B": 60}, names={"A": "a", "B": "b"}
        )
        assert [(each.name, each.printed, each.computed) for each in found] == [
            ("b", 750, 600),
            ("a", 250, 400),
        ]
        assert found[1].points == 150

    def test_counts_a_territory_that_received_nothing(self):
        (found,) = shares_of_territories(printed={"A": 1}, computed={}, names={"A": "a"})
        assert (found.computed_units, found.computed) == (0, 0)


class TestSaidBy:
    values = (
        Hypothesis(code="a", first="2020-W12", last="2020-W14", value=6, sentence="", source=""),
        Hypothesis(code="a", first="2020-W15", last="2020-W22", value=8, sentence="", source=""),
    )

    @pytest.mark.parametrize(("week", "value"), [("2020-W14", 6), ("2020-W15", 8), ("2020-W23", 0)])
    def test_finds_what_holds_in_a_week(self, week, value):
        assert said_by(hypotheses=self.values, code="a", week=week, absent=0) == value

    def test_refuses_to_suppose_what_nobody_said(self):
        with pytest.raises(LookupError):
            said_by(hypotheses=self.values, code="a", week="2020-W23")


class TestReference:
    def test_cites_every_figure(self):
        assert all(each.source for each in (*reference.printed(), *reference.hypotheses()))
        assert all(each.source for each in reference.pharmacies())

    def test_has_the_deliveries_to_pharmacies(self):
        assert sum(each.units for each in reference.pharmacies()) == 3_545_625
