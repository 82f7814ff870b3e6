"""Roll-ups: equal to their rows, rebuilt by one at a time, missing nothing that is said meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from distrilog.domain.declarations.models import AlertThreshold, RollUp, RollUpState, Statement
from distrilog.domain.declarations.queries import cells
from distrilog.domain.declarations.queries.cover import discrepancies
from distrilog.domain.declarations.rules import threshold_for
from distrilog.domain.declarations.rules.picture import Figures
from distrilog.domain.declarations.services import rolling
from distrilog.domain.facilities.models import Category
from distrilog.kernel import clock
from tests.domain.declarations.country import (
    AT,
    FAMILIES,
    SUNDAY,
    WEEK,
    Country,
    known_thresholds,
)
from tests.domain.declarations.world import MASK, make_home, masks, say
from tests.factories import DepartmentFactory


def rolled_up(week=WEEK):
    return {
        (row.family_id, row.department_id, row.territory_id or ""): Figures(
            **{name: getattr(row, name) for name in cells.SUMS}
        )
        for row in RollUp.objects.filter(week=str(week))
    }


@pytest.mark.django_db
class TestRebuild:
    @pytest.mark.parametrize("seed", range(4))
    def test_gives_what_counting_one_by_one_gives(self, seed):
        country = Country(seed=seed)
        for week in country.weeks:
            made = rolling.rebuild(week=week, at=AT)
            assert rolled_up(week) == country.cells(week)
            assert made == len(country.cells(week)) > 0

    def test_forgets_what_it_said_before(self):
        facility = make_home()
        say(facility, masks(100))
        rolling.rebuild(week=WEEK, at=AT)
        Statement.objects.all().update(stock=40)
        rolling.rebuild(week=WEEK, at=AT)
        assert rolled_up()[MASK, "75", ""].stock == 40

    @pytest.mark.parametrize(
        ("stock", "level"),
        [(0, "empty"), (699, "alert"), (700, "watch"), (2099, "watch"), (2100, "covered")],
    )
    def test_is_exact_at_thresholds(self, stock, level):
        # 700 a week: 7 days are 700 units, 21 days 2,100; 2,099 are 20.99 days.
        say(make_home(need=700), masks(stock, 10, confirmed=True))
        rolling.rebuild(week=WEEK, at=AT)
        found = rolled_up()[MASK, "75", ""]
        told = {"empty": found.empty, "alert": found.alert - found.empty}
        told |= {"watch": found.watch, "covered": found.covered}
        assert {name for name, count in told.items() if count} == {level}

    @pytest.mark.parametrize("seed", range(8))
    def test_judges_by_the_threshold_that_the_rule_names(self, seed):
        country = Country(seed=seed, size=1, weeks=1)
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH {cells.BOUNDS.format(families='TRUE')} SELECT * FROM bounds",
                cells.values_of(country.weeks[0]),
            )
            found = {about: (watch, alert) for about, watch, alert in cursor.fetchall()}
        assert len(found) == len(Category.Group) * 2 * len(FAMILIES)
        for about, both in found.items():
            group, region, family = about.split(" ")
            rule = threshold_for(
                known_thresholds(), group=group, region=region, family=family, on=SUNDAY
            )
            assert both == (rule.watch_days, rule.alert_days)


@pytest.mark.django_db
class TestRebuildStale:
    def test_takes_up_what_was_said(self):
        say(make_home(), masks(100))
        assert RollUpState.objects.get(week=str(WEEK)).stale_since is not None
        assert rolling.rebuild_stale(at=AT - timedelta(days=6)) == 1
        assert rolled_up()[MASK, "75", ""].stock == 100
        assert rolling.rebuild_stale(at=AT - timedelta(days=6)) == 0

    def test_builds_the_week_that_begins_before_anybody_declares_it(self):
        make_home()
        assert rolling.rebuild_stale(at=AT) == 1
        assert rolled_up(WEEK.plus(1))[MASK, "75", ""] == Figures(facilities=1)

    def test_takes_up_a_week_that_a_build_died_on(self):
        make_home()
        rolling.rebuild(week=WEEK, at=AT)
        RollUp.objects.all().delete()
        RollUpState.objects.filter(week=str(WEEK)).update(taken_at=AT)
        rolling.rebuild_stale(at=AT)
        assert (MASK, "75", "") in rolled_up()

    def test_takes_up_a_threshold_that_changes_from_its_week_on(self):
        for week in (WEEK.plus(-1), WEEK):
            rolling.rebuild(week=week, at=AT)
        rolling.mark_stale_since(week=WEEK, at=AT)
        stale = RollUpState.objects.filter(stale_since__isnull=False)
        assert [state.week for state in stale] == [str(WEEK)]


@pytest.mark.django_db
class TestDiscrepancies:
    def test_finds_nothing_wrong_with_what_was_built(self):
        country = Country(seed=11)
        for week in country.weeks:
            rolling.rebuild(week=week, at=AT)
        assert discrepancies(at=AT) == []

    def test_tells_the_figure_that_is_wrong(self, monkeypatch):
        say(make_home(), masks(100))
        rolling.rebuild(week=WEEK, at=AT)
        RollUp.objects.filter(family_id=MASK).update(stock=99)
        (found,) = discrepancies(at=AT)
        assert str(found) == (
            "2020-W45 surgical_mask 75: : stock vaut 99 dans les cumuls, 100 d’après les déclarations"
        )
        monkeypatch.setattr(clock, "now", lambda: AT)
        with pytest.raises(CommandError, match="1 écart"):
            call_command("check_rollups")

    def test_tells_a_cell_that_is_missing_and_one_too_many(self):
        DepartmentFactory.create(code="78")
        say(make_home(), masks(100))
        rolling.rebuild(week=WEEK, at=AT)
        RollUp.objects.filter(family_id=MASK).update(department="78")
        wrong = {(each.department, each.figure): each for each in discrepancies(at=AT)}
        assert (wrong["75", "stock"].rolled_up, wrong["75", "stock"].counted) == (0, 100)
        assert (wrong["78", "stock"].rolled_up, wrong["78", "stock"].counted) == (100, 0)

    def test_passes_over_a_week_that_waits(self, capsys, monkeypatch):
        say(make_home(), masks(100))
        monkeypatch.setattr(clock, "now", lambda: AT)
        call_command("check_rollups")
        call_command("check_rollups", "--rebuild")
        assert "Cumuls justes." in capsys.readouterr().out
        assert rolled_up()[MASK, "75", ""].stock == 100

    def test_lets_the_weeks_before_keep_the_needs_of_then(self):
        home = make_home()
        say(home, masks(100))
        rolling.rebuild(week=WEEK, at=AT)
        make_home()
        assert discrepancies(at=AT) == []
        assert discrepancies(at=AT - timedelta(days=4)) != []


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_rebuilds_make_each_cell_once_and_readers_see_all_of_them(self):
        say(make_home(), masks(100))
        rolling.rebuild(week=WEEK, at=AT)
        before = rolled_up()

        def build():
            for _ in range(5):
                rolling.rebuild(week=WEEK, at=AT)
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            builds = [pool.submit(build) for _ in range(2)]
            seen = []
            while not all(each.done() for each in builds):
                seen.append(rolled_up())
            for each in builds:
                each.result()
        assert rolled_up() == before
        assert seen
        assert all(each == before for each in seen)

    def test_what_is_said_while_a_week_is_rebuilt_is_not_missed(self):
        facility = make_home()
        rolling.mark_stale(week=WEEK, at=AT)
        said, may_commit = Event(), Event()

        def declare():
            with transaction.atomic():
                say(facility, masks(100))
                said.set()
                may_commit.wait(10)
            connection.close()

        def build():
            rolling.rebuild_stale(at=AT)
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            declaring = pool.submit(declare)
            assert said.wait(10)
            building = pool.submit(build)
            # It must wait for the declaration: its own statements would not see it.
            assert not building.done()
            may_commit.set()
            declaring.result()
            building.result()
        waiting = RollUpState.objects.filter(week=str(WEEK), stale_since__isnull=False).exists()
        assert waiting or rolled_up()[MASK, "75", ""].stock == 100

    def test_marking_a_stale_week_waits_for_nobody(self):
        rolling.mark_stale(week=WEEK, at=AT)
        marked, may_commit = Event(), Event()

        def hold():
            with transaction.atomic():
                rolling.mark_stale(week=WEEK, at=AT)
                marked.set()
                may_commit.wait(10)
            connection.close()

        with ThreadPoolExecutor(1) as pool:
            holding = pool.submit(hold)
            assert marked.wait(10)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                rolling.mark_stale(week=WEEK, at=AT)
            may_commit.set()
            holding.result()


def test_thresholds_hold_from_their_day_on(db):  # noqa: ARG001
    make_home(need=700)
    AlertThreshold.objects.create(
        watch_days=40, alert_days=30, starts_on=date(2020, 11, 9), reason="x", set_by="x", set_at=AT
    )
    home = make_home(need=700)
    say(home, masks(2100, 10, confirmed=True))
    rolling.rebuild(week=WEEK, at=AT)
    found = rolled_up()[MASK, "75", ""]
    assert (found.alert, found.covered) == (0, 1)
