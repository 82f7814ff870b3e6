"""Open statistics of cover: what few declared is withheld, and nothing published gives it away."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, strategies as st

from distrilog.domain.declarations.services import rolling
from distrilog.domain.reporting.cover_statistics import (
    OpenCell,
    open_cells,
    published_weeks,
    withhold,
)
from distrilog.domain.reporting.statistics import FEWEST
from tests.domain.declarations.country import AT, FAMILIES, WEEK, Country
from tests.domain.declarations.world import make_home, masks, say


def cell(region, department, declared):
    return OpenCell(
        week="2020-W45", region=region, region_name="", department=department, department_name="",
        family="gown", family_name="", facilities=50, asked=40, declared=declared,
        stock=declared * 10, consumption=declared, need=declared * 5, alert=0, watch=0,
        covered=declared, empty=0,
    )  # fmt: skip


def table(**regions):
    """Return the cells of regions, each a list of how many declared by department, with their totals."""
    cells = []
    for region, counts in regions.items():
        cells += [cell(region, f"{region}{rank}", count) for rank, count in enumerate(counts)]
        cells.append(cell(region, "", sum(counts)))
    return [*cells, cell("", "", sum(map(sum, regions.values())))]


def hidden(cells):
    return {each.department or each.region or "FR" for each in withhold(cells) if each.withheld}


class TestWithhold:
    def test_withholds_what_few_declared_and_enough_beside_it(self):
        assert hidden(table(a=[30, 2, 8, 9])) == {"a1", "a2"}
        assert hidden(table(a=[30, 4, 4])) == {"a1", "a2"}

    def test_withholds_more_where_two_together_are_still_few(self):
        assert hidden(table(a=[30, 1, 2, 9])) == {"a1", "a2", "a3"}

    def test_withholds_the_total_of_a_region_that_would_tell_and_another_one_for_the_country(self):
        assert hidden(table(a=[3], b=[20, 30], c=[90])) == {"a0", "a", "b0", "b"}

    def test_withholds_the_country_where_nothing_else_is_left(self):
        assert hidden(table(a=[3], b=[0])) == {"a0", "a", "FR"}

    def test_shows_that_nobody_declared_and_what_many_did(self):
        assert hidden(table(a=[0, 0], b=[FEWEST, 9])) == set()

    def test_leaves_what_is_no_secret(self):
        found = withhold(table(a=[3]))[0]
        assert (found.facilities, found.asked) == (50, 40)
        assert {found.declared, found.stock, found.covered, found.cover_tenths} == {None}

    @given(
        st.dictionaries(
            st.sampled_from("abcd"),
            st.lists(st.integers(0, 12), min_size=1, max_size=5),
            min_size=1,
        )
    )
    def test_gives_nothing_away_by_difference(self, regions):
        cells = withhold(table(**regions))
        shown = {(each.region, each.department): not each.withheld for each in cells}
        counts = {
            (region, f"{region}{rank}"): count
            for region, each in regions.items()
            for rank, count in enumerate(each)
        }
        for key, count in counts.items():
            assert shown[key] is False or count == 0 or count >= FEWEST
        # Each total that is shown, less all that is shown below it, is a sum of unknown cells.
        sums = [
            [key for key in counts if key[0] == region] for region in regions if shown[region, ""]
        ]
        if shown["", ""]:
            sums.append([key for key in counts if not shown[key[0], ""]])
        for parts in sums:
            unknown = [counts[key] for key in parts if not shown[key]]
            assert not unknown or (len(unknown) > 1 and sum(unknown) >= FEWEST)
        for region in regions:
            total = sum(count for key, count in counts.items() if key[0] == region)
            assert not shown[region, ""] or total == 0 or total >= FEWEST


@pytest.mark.django_db
class TestOpenCells:
    def test_add_up_the_roll_ups_at_each_level(self):
        country = Country(seed=1, size=60, weeks=1)
        rolling.rebuild(week=WEEK, at=AT)
        with CaptureQueriesContext(connection) as captured:
            cells = open_cells(weeks=[str(WEEK)])
        assert len(captured) == 1
        declared = country.cells(WEEK)
        for family in FAMILIES:
            own = [each for each in cells if each.family == family]
            (whole,) = [each for each in own if not each.region]
            facilities = sum(
                figures.facilities
                for (name, *_where), figures in declared.items()
                if name == family
            )
            assert whole.facilities == facilities
            for shape in (
                lambda one: one.region and not one.department,
                lambda one: one.department,
            ):
                assert sum(each.facilities for each in own if shape(each)) == facilities
            for each in own:
                true = sum(
                    figures.stock
                    for (name, department, _territory), figures in declared.items()
                    if name == family and department == each.department
                )
                assert each.withheld or not each.department or each.stock == true
        assert any(each.withheld for each in cells)
        assert any(not each.withheld for each in cells)

    def test_are_of_finished_weeks_alone(self):
        say(make_home(), masks(10))
        rolling.rebuild_stale(at=datetime(2020, 11, 8, 22, 59, tzinfo=UTC))
        assert published_weeks(at=datetime(2020, 11, 8, 22, 59, tzinfo=UTC), limit=5) == []
        assert published_weeks(at=AT, limit=5) == [str(WEEK)]
        assert published_weeks(at=AT + timedelta(weeks=1), limit=0) == []
