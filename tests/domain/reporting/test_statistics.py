"""Small figures are withheld, and no difference gives them away."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.reporting.statistics import FEWEST, Cell, open_cells, withhold
from tests.domain.reporting.test_queries import WEEK, World
from tests.factories import FacilityFactory


def cell(region: str, having_ordered: int, **values) -> Cell:
    return Cell(
        **{
            "week": "2020-W45",
            "region": region,
            "region_name": f"Région {region}",
            "family": "gown",
            "family_name": "blouse",
            "box_units": 10,
            "facilities": 50,
            "need": 1_000,
            "quota": 500,
            "ordered": having_ordered * 10,
            "having_ordered": having_ordered,
            **values,
        }
    )


def hidden(cells) -> list[str]:
    return [each.region for each in withhold(cells) if each.withheld]


class TestWithhold:
    def test_withholds_the_orders_of_few(self):
        assert hidden([cell("11", 1), cell("24", FEWEST - 1), cell("27", FEWEST)]) == ["11", "24"]

    def test_withholds_a_second_one_where_one_alone_would_be(self):
        assert hidden([cell("11", 30), cell("24", 2), cell("27", 8)]) == ["24", "27"]

    def test_shows_that_nobody_ordered(self):
        assert hidden([cell("11", 0), cell("24", 0)]) == []

    def test_does_not_hide_behind_a_zero(self):
        assert hidden([cell("11", 0), cell("24", 2), cell("27", 9)]) == ["24", "27"]

    def test_looks_at_each_family_and_week_apart(self):
        cells = [cell("11", 2), cell("24", 9, family="cap"), cell("27", 9, week="2020-W44")]
        assert hidden(cells) == ["11"]

    def test_withholds_units_with_the_count_and_keeps_what_is_public(self):
        (found,) = withhold([cell("11", 2)])
        assert (found.ordered, found.having_ordered) == (None, None)
        assert (found.quota, found.need, found.facilities) == (500, 1_000, 50)


@pytest.mark.django_db
class TestOpenCells:
    def test_sums_a_region_by_family(self):
        world = World()
        for rank in range(6):
            world.quota(FacilityFactory(), "surgical_mask", 400, 100 if rank < 5 else 0)
        (found,) = open_cells(weeks=[str(WEEK)])
        assert (found.region, found.family, found.facilities) == ("11", "surgical_mask", 6)
        assert (found.need, found.quota) == (2_400, 2_400)
        assert (found.ordered, found.having_ordered) == (500, 5)

    def test_takes_one_statement(self):
        world = World()
        for _ in range(3):
            world.quota(FacilityFactory(), "surgical_mask", 400)
        with CaptureQueriesContext(connection) as captured:
            open_cells(weeks=[str(WEEK), "2020-W44"])
        assert len(captured) == 1

    def test_has_nothing_to_say_of_no_week(self):
        assert open_cells(weeks=[]) == []
