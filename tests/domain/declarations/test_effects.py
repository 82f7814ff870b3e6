"""What a threshold would change, before it is set."""

from datetime import date

import pytest

from distrilog.domain.declarations.models import AlertThreshold
from distrilog.domain.declarations.queries.effects import Change, effect_of
from distrilog.domain.declarations.rules import Level, Threshold, level
from tests.domain.declarations.world import AT, MASK, WEEK, make_home, masks, say


pytestmark = pytest.mark.django_db
NEED = 700
STOCKS = (0, 1, 699, 700, 1_099, 1_100, 1_101, 2_099, 2_100, 2_101, 9_000)


def proposed(watch: int, alert: int, **values) -> Threshold:
    return Threshold(
        watch_days=watch,
        alert_days=alert,
        starts_on=values.pop("starts_on", date(2020, 11, 4)),
        **values,
    )


def homes(*stocks: int) -> None:
    for stock in stocks:
        say(make_home(need=NEED), masks(stock, confirmed=True))


def keep(watch: int, alert: int, **values) -> None:
    AlertThreshold.objects.create(
        watch_days=watch,
        alert_days=alert,
        starts_on=values.pop("starts_on", date(2020, 11, 2)),
        reason="Essai.",
        set_by="somebody",
        set_at=AT,
        **values,
    )


class TestEffectOf:
    def test_judges_as_the_rule_does(self):
        homes(*STOCKS)
        effect = effect_of(threshold=proposed(11, 7), week=WEEK)
        expected: dict[tuple[Level, Level], int] = {}
        for stock in STOCKS:
            before = level(stock=stock, need=NEED, watch_days=21, alert_days=7)
            after = level(stock=stock, need=NEED, watch_days=11, alert_days=7)
            if before != after:
                expected[before, after] = expected.get((before, after), 0) + 1
        assert {(one.before, one.after): one.lines for one in effect.changes} == expected
        assert effect.lines == len(STOCKS)
        assert effect.facilities == effect.changed == sum(expected.values())

    def test_changes_nobody_where_it_says_the_same(self):
        homes(*STOCKS)
        assert effect_of(threshold=proposed(21, 7), week=WEEK).changes == ()

    def test_leaves_those_for_whom_another_says_more(self):
        homes(1_000)
        keep(21, 7, family_id=MASK)
        assert effect_of(threshold=proposed(40, 30), week=WEEK).lines == 0
        assert effect_of(threshold=proposed(40, 30, family=MASK), week=WEEK).lines == 1

    def test_takes_the_place_of_the_same_row(self):
        homes(1_000)
        keep(40, 30, family_id=MASK, starts_on=date(2020, 11, 4))
        effect = effect_of(threshold=proposed(21, 7, family=MASK), week=WEEK)
        assert effect.changes == (Change(before=Level.ALERT, after=Level.WATCH, lines=1),)

    def test_reads_only_the_week_and_the_region(self):
        homes(1_000)
        other = proposed(40, 30, region="99")
        assert effect_of(threshold=other, week=WEEK).lines == 0
        assert effect_of(threshold=proposed(40, 30), week=WEEK.plus(-1)).lines == 0
