"""A part of the country keeps every platform, and draws the others the same way each time."""

from distrilog.demo.country.generate import Table
from distrilog.demo.replay.country import Loaded, part_of, without_pharmacies


def tables():
    return [
        Table(
            name="category",
            columns=["code", "name", "group"],
            rows=[("500", "", "nursing_home"), ("620", "", "pharmacy")],
        ),
        Table(
            name="facility",
            columns=["id", "registry", "name", "category_id"],
            rows=[(number, "", "", "620" if number > 90 else "500") for number in range(1, 101)],
        ),
        Table(
            name="territory",
            columns=["code", "name", "region_id", "platform_id"],
            rows=[("A", "", "76", 7), ("B", "", "76", 9)],
        ),
        Table(
            name="staff",
            columns=["facility_id", "role", "headcount"],
            rows=[(number, "caregiver", 1) for number in range(1, 101)],
        ),
    ]


def numbers(found, name):
    return [row[0] for table in found if table.name == name for row in table.rows]


class TestWithoutPharmacies:
    def test_leaves_them_out_with_all_that_is_said_of_them(self):
        found = without_pharmacies(tables())
        assert numbers(found, "facility") == list(range(1, 91))
        assert numbers(found, "staff") == list(range(1, 91))


class TestPartOf:
    def test_keeps_the_platforms_and_draws_the_others(self):
        found = part_of(tables(), facilities=10)
        assert len(numbers(found, "facility")) == 10
        assert {7, 9} <= set(numbers(found, "facility"))
        assert numbers(found, "staff") == numbers(found, "facility")
        assert numbers(found, "facility") == numbers(part_of(tables(), facilities=10), "facility")

    def test_keeps_all_where_there_are_no_more(self):
        assert numbers(part_of(tables(), facilities=100), "facility") == list(range(1, 101))
        assert numbers(part_of(tables(), facilities=None), "facility") == list(range(1, 101))


class TestLoaded:
    def test_says_what_part_of_the_country_is_there_by_its_staff(self):
        assert Loaded(facilities=5, of=5, staff=9, staff_of=9).whole
        part = Loaded(facilities=1, of=40, staff=10, staff_of=40)
        assert (part.whole, part.per_mille) == (False, 250)
        assert Loaded(facilities=1, of=2, staff=1, staff_of=10_000).per_mille == 1
