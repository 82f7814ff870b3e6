"""The pictures: one scale, nothing invisible, the same units as their tables."""

from datetime import date

from distrilog.domain.stock.queries import ExpiryLine, Flow, PlaceFlow
from distrilog.web.stock.drawing import (
    BAR,
    BASE,
    LEAST,
    MOST_QUARTERS,
    TOP,
    buckets_of,
    expiry_picture,
    flow_picture,
    picture_of,
)


def place(code: str, **units: int) -> PlaceFlow:
    figures = dict.fromkeys(
        (
            "free", "reserved", "strategic", "quarantine", "to_places", "to_doors", "unserved",
        ), 0,
    )  # fmt: skip
    return PlaceFlow(place=code, name=code, **{**figures, **units})


def flow(**values) -> Flow:
    figures = dict.fromkeys(
        (
            "awaited", "opened", "received", "found", "delivered", "disputed", "written_off",
            "missing",
        ), 0,
    )  # fmt: skip
    return Flow(**{"family": "gown", "places": [], **figures, **values})


def line(units: int, *, month: date | None, expired: int = 0, soon: int = 0, at: str = "spf"):
    return ExpiryLine(place=at, family="gown", month=month, units=units, expired=expired, soon=soon)


class TestPictureOf:
    def test_draws_all_on_one_scale(self):
        high, low = picture_of(
            [(["Un"], [("free", "libre", 200)]), (["Deux"], [("free", "libre", 100)])]
        ).columns
        assert high.parts[0].height == BASE - TOP
        assert low.parts[0].height == (BASE - TOP) // 2
        assert high.parts[0].length == BAR

    def test_shows_whatever_is_there_and_nothing_that_is_not(self):
        (column,) = picture_of(
            [(["Un"], [("free", "libre", 10**9), ("gone", "sorti", 1), ("moving", "en route", 0)])]
        ).columns
        assert [part.key for part in column.parts] == ["free", "gone"]
        assert column.parts[1].height == LEAST
        assert column.units == 10**9 + 1

    def test_draws_nothing_of_nothing(self):
        assert picture_of([]).columns == []
        (column,) = picture_of([(["Un"], [("free", "libre", 0)])]).columns
        assert column.parts == []

    def test_stacks_parts_without_gaps(self):
        (column,) = picture_of(
            [(["Un"], [("free", "libre", 60), ("reserved", "réservé", 40)])]
        ).columns
        lower, upper = column.parts
        assert upper.top + upper.height == lower.top
        assert lower.start + lower.length == upper.start


class TestFlowPicture:
    def test_has_every_unit_that_came_in_once(self):
        told = flow(
            opened=1_000,
            places=[
                place("spf", free=300, strategic=200, to_places=50),
                place("operator", free=100, reserved=150, quarantine=20, to_doors=80),
            ],
            delivered=60,
            disputed=10,
            written_off=20,
            missing=10,
        )
        _awaited, *columns = flow_picture(told, main="spf").columns
        assert sum(column.units for column in columns) == told.accounted_for == told.came_in

    def test_links_neighbours(self):
        picture = flow_picture(flow(awaited=5), main="spf")
        assert len(picture.links) == len(picture.columns) - 1

    def test_names_each_colour_once(self):
        told = flow(places=[place("spf", free=1), place("operator", free=1)])
        assert flow_picture(told, main="spf").legend == [("free", "libre")]


class TestBucketsOf:
    GROUPS = {"spf": "spf", "operator": "operator"}

    def test_tells_past_soon_and_by_quarter(self):
        found = buckets_of(
            [
                line(10, month=date(2020, 10, 1), expired=10),
                line(30, month=date(2021, 2, 1), soon=20),
                line(5, month=date(2021, 3, 1), at="operator"),
                line(7, month=None),
            ],
            group_of=self.GROUPS,
        )
        assert [(each.words.replace("\u00a0", " "), each.tag, each.units) for each in found] == [
            ("Périmé", "late", {"spf": 10}),
            ("Moins de 3 mois", "tension", {"spf": 20}),
            ("1er trim. 2021", "", {"spf": 10, "operator": 5}),
            ("Sans date", "", {"spf": 7}),
        ]

    def test_gathers_what_is_far_away(self):
        lines = [line(1, month=date(2021 + rank // 4, 1 + rank % 4 * 3, 1)) for rank in range(12)]
        found = buckets_of([*lines, line(9, month=None)], group_of=self.GROUPS)
        assert [each.words for each in found][-2:] == ["Plus tard", "Sans date"]
        assert len(found) == MOST_QUARTERS + 2
        assert sum(each.total for each in found) == 12 + 9

    def test_is_drawn_with_a_colour_a_place(self):
        found = buckets_of([line(3, month=None)], group_of=self.GROUPS)
        picture = expiry_picture(found, groups={"spf": "SPF", "operator": "opérateur"})
        assert picture.legend == [("spf", "SPF")]
