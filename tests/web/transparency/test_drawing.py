"""Where the bars of the replay stand."""

from itertools import pairwise

import pytest

from distrilog.domain.simulation.rules import Chain, WeekOfFamily
from distrilog.web.transparency.drawing import NARROW, WIDE, picture_of


def week(number, *, given, chain=Chain.PUSH, need=0, **sources):
    return WeekOfFamily(
        week=f"2020-W{number}", chain=chain, doctrine="", family="ffp2", need=need, volume=given,
        given=given, sources=sources,
    )  # fmt: skip


def draw(*rows, frame=WIDE, **values):
    units = {row.week: row.given for row in rows}
    return picture_of(rows=rows, units=units, frame=frame, **({"needs": True} | values))


class TestPictureOf:
    @pytest.mark.parametrize(
        ("most", "top", "words"),
        [
            (14_900_000, "15 M", "3 M"),
            (1_600_000, "2 M", "0,4 M"),
            (900, "1 000", "200"),
        ],
    )
    def test_has_a_round_scale_above_all(self, most, top, words):
        rows = draw(week(12, given=most)).rows
        assert [row.words.replace("\u202f", " ") for row in rows][-1] == top
        assert rows[1].words.replace("\u202f", " ") == words
        assert min(row.at for row in rows) >= WIDE.top

    def test_stacks_the_sources_of_a_week(self):
        (bar,) = draw(week(12, given=100, requisition=40, spf=60)).bars
        low, high = bar.parts
        assert (low.kind, high.kind) == ("requisition", "push")
        assert low.y + low.height == WIDE.base
        assert high.y + high.height == low.y
        assert low.height * 6 == pytest.approx(high.height * 4, abs=6)

    def test_draws_quotas_otherwise(self):
        (bar,) = draw(week(42, given=100, chain=Chain.PULL)).bars
        assert [part.kind for part in bar.parts] == ["pull"]

    @pytest.mark.parametrize("frame", [WIDE, NARROW])
    def test_keeps_every_bar_inside_and_apart(self, frame):
        bars = draw(*(week(number, given=9) for number in range(12, 45)), frame=frame).bars
        assert all(frame.left <= bar.x and bar.x + bar.width <= frame.end for bar in bars)
        assert all(left.x + left.width <= right.x for left, right in pairwise(bars))

    def test_puts_a_printed_figure_at_its_height_and_events_over_their_weeks(self):
        found = draw(
            week(12, given=100), week(13, given=50),
            printed=[("2020-W12", 100), ("2020-W40", 9)], events=[("2020-W13", "26 mars")],
        )  # fmt: skip
        (diamond,) = found.diamonds
        assert f",{found.rows[-1].at}" in diamond.points
        (event,) = found.events
        assert (event.words, event.anchor) == ("26 mars", "start")

    def test_follows_the_need_by_steps(self):
        points = draw(week(12, given=10, need=10), week(13, given=10, need=5)).need.split()
        assert len(points) == 4
        assert points[1].split(",")[0] == points[2].split(",")[0]
