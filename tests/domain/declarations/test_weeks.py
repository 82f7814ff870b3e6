"""What the form, the history and the cover of one facility show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.models import AlertThreshold, Target
from distrilog.domain.declarations.rules import Level, Said
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.declarations.world import AT, GOWN, MASK, WEEK, acting, make_home, masks, say
from tests.factories import FamilyFactory


FRANCE = Scope(kind=ScopeKind.COUNTRY)


def form(facility: Facility, **values) -> queries.WeekView:
    given = {"registry": facility.registry, "scope": FRANCE, "week": WEEK, "at": AT}
    return queries.of_facility(**{**given, **values})


class TestOfFacility:
    def test_shows_every_family_needed_or_said_before_in_the_order_of_the_catalogue(self, home):
        FamilyFactory.create(code="ffp2")
        FamilyFactory.create(code="cap")
        say(home, Said(family="ffp2", stock=20), week=WEEK.plus(-1))
        view = form(home)
        assert [line.family for line in view.lines] == [MASK, "ffp2", GOWN]
        assert [family.code for family in view.others] == ["cap"]

    def test_shows_three_weeks_of_need_in_whole_boxes(self, home):
        Target.objects.filter(family_id=MASK).update(need=701)
        assert [(line.need, line.safety) for line in form(home).lines] == [(701, 2150), (140, 420)]

    def test_is_filled_with_last_week_and_with_what_was_delivered(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        view = form(home, delivered={MASK: 500})
        mask, gown = view.lines
        assert (mask.stock, mask.previous_stock, mask.previous_consumption) == (None, 2100, 600)
        assert (mask.delivered_since, mask.suggested_stock, mask.suggested_consumption) == (
            500,
            2000,
            600,
        )
        assert (gown.previous_stock, gown.suggested_stock, gown.delivered_since) == (None,) * 3
        assert view.previous_declared_at == AT
        assert queries.last_declared_at(facility_id=home.pk, before=WEEK) == AT

    def test_remembers_four_weeks(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-4))
        assert form(home).lines[0].suggested_stock == 0  # four weeks at 600
        assert form(home, week=WEEK.plus(1)).lines[0].previous_stock is None

    @pytest.mark.parametrize(
        ("stock", "level"), [(2090, Level.WATCH), (2100, Level.COVERED), (2110, Level.COVERED)]
    )
    def test_judges_cover_at_twenty_one_days(self, home, stock, level):
        say(home, masks(stock))
        line = form(home).lines[0]
        assert (line.cover_tenths, line.level) == (stock // 10, level)

    def test_judges_by_the_thresholds_of_the_week_s_last_day(self, home):
        say(home, masks(2100))
        AlertThreshold.objects.create(
            watch_days=30, alert_days=22, starts_on=WEEK.monday + timedelta(days=6),
            reason="essai", set_by="x", set_at=AT,
        )  # fmt: skip
        line = form(home).lines[0]
        assert (line.watch_days, line.alert_days, line.level) == (30, 22, Level.ALERT)
        assert form(home, week=WEEK.plus(-1)).lines[0].watch_days == 21

    def test_keeps_the_need_a_line_was_said_with(self, home):
        say(home, masks(2100))
        Target.objects.update(need=7000)
        assert form(home).lines[0].cover_tenths == 210

    def test_says_which_weeks_may_be_declared(self, home):
        view = form(home)
        assert view.weeks == tuple(WEEK.plus(-back) for back in range(5))
        assert view.may_declare
        late = form(home, week=WEEK.plus(-5))
        assert (late.may_declare, "ne se corrige plus" in late.why_not) == (False, True)

    def test_says_who_may_declare(self, home):
        mine = form(home, actor=acting(home))
        platform = form(home, actor=acting(make_home(), Role.PLATFORM))
        assert (mine.may_declare, platform.may_declare) == (True, False)

    def test_names_who_declared_and_who_answers_for_it(self, home):
        director, orderer = acting(home, Role.DIRECTOR), acting(home)
        say(home, masks(2100), actor=orderer)
        view = form(home)
        assert (view.declared_by, view.responsible) == (orderer.person, director.person)
        assert view.declared_by_name.startswith("Personne")
        assert view.responsible_name.startswith("Personne")

    def test_is_not_found_outside_the_scope(self, home):
        with pytest.raises(NotFound):
            form(home, scope=Scope(kind=ScopeKind.FACILITY, code="other"))

    @pytest.mark.parametrize("week", ["0001-W01", "9998-W01"])
    def test_answers_for_any_week(self, home, week):
        assert not form(home, week=Week.parse(week)).may_declare

    def test_takes_a_fixed_number_of_statements(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        with CaptureQueriesContext(
            connection,
        ) as few:
            form(home)
        for code in ("ffp2", "cap", "apron", "glove"):
            FamilyFactory.create(code=code)
            Target.objects.create(facility=home, family_id=code, need=70)
            for back in range(4):
                say(home, Said(family=code, stock=200, consumption=70), week=WEEK.plus(-back))
        with CaptureQueriesContext(connection) as many:
            form(home)
        # One more for the name of who declared: nobody had this week before.
        assert len(many) <= len(few) + 1


class TestHistory:
    def test_tells_every_version_and_what_holds(self, home):
        say(home, masks(2100, 600), Said(family=GOWN, stock=300))
        say(home, masks(1900, 600))
        say(home, masks(2500), week=WEEK.plus(-1))
        found = queries.history(registry=home.registry, scope=FRANCE)
        assert [(each.week, each.version) for each in found] == [(WEEK, 2), (WEEK.plus(-1), 1)]
        assert [
            [(line.family, line.stock, line.current) for line in version.lines]
            for version in found[0].versions
        ] == [[(MASK, 1900, True)], [(MASK, 2100, False), (GOWN, 300, True)]]
        assert {line.family: line.stock for line in found[0].lines} == {MASK: 1900, GOWN: 300}

    def test_goes_back_so_many_weeks(self, home):
        for back in range(3):
            say(home, masks(2100 + back), week=WEEK.plus(-back))
        assert len(queries.history(registry=home.registry, scope=FRANCE, weeks=2)) == 2

    def test_is_not_found_outside_the_scope(self, home):
        with pytest.raises(NotFound):
            queries.history(registry=home.registry, scope=Scope(kind=ScopeKind.NOTHING))


class TestCoverOf:
    def test_is_by_the_latest_fresh_statement(self, home):
        say(home, masks(2100), week=WEEK.plus(-2))
        say(home, masks(690), week=WEEK.plus(-1))
        mask, gown = queries.cover_of(registry=home.registry, scope=FRANCE, at=AT)
        assert (mask.week, mask.cover_tenths, mask.level) == (WEEK.plus(-1), 69, Level.ALERT)
        assert (gown.week, gown.stock, gown.level) == (None, None, Level.SILENT)

    def test_says_nothing_of_what_is_three_weeks_old(self, home):
        say(home, masks(2100), week=WEEK.plus(-3))
        assert (
            queries.cover_of(registry=home.registry, scope=FRANCE, at=AT)[0].level is Level.SILENT
        )
