"""Rates of who was asked and declared, and lists of who did not: equal to counting one by one."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.declarations.models import Enrolment, Reminder, Statement, Target, Wave
from distrilog.domain.declarations.queries.rollout import By, rates, silent
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.declarations.country import (
    AT,
    DEPARTMENTS,
    SUNDAY,
    WEEK,
    Country,
    asked_on,
    counts,
    territory_on,
)
from tests.domain.declarations.world import make_home, masks, say
from tests.factories import ProfileFactory


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
ARS = Scope(kind=ScopeKind.REGION, code="11")


def stands(country):
    """Return each facility that counts in the week: where, asked, declared, reminded."""
    found = []
    for facility in country.facilities:
        if not counts(facility, WEEK) or not Target.objects.filter(facility=facility).exists():
            continue
        said = Statement.objects.filter(facility=facility, week=str(WEEK), current=True)
        enrolment = Enrolment.objects.filter(facility=facility).first()
        asked = asked_on(facility, SUNDAY)
        found.append(
            {
                "facility": facility,
                "asked": asked,
                "declared": said.exists(),
                "reminded": Reminder.objects.filter(facility=facility, week=str(WEEK)).exists(),
                By.WAVE: enrolment.wave_id if asked else "",
                By.REGION: DEPARTMENTS[facility.department_id],
                By.DEPARTMENT: facility.department_id,
                By.TERRITORY: territory_on(facility, SUNDAY),
                By.GROUP: facility.category.group,
            }
        )
    return found


def counted(rows):
    asked = [row for row in rows if row["asked"]]
    return (
        len(asked),
        sum(row["declared"] for row in asked),
        sum(row["declared"] for row in rows if not row["asked"]),
        sum(row["reminded"] for row in asked),
    )


def told(row):
    return (row.asked, row.declared, row.volunteers, row.reminded)


class TestRates:
    @pytest.mark.parametrize("seed", range(2))
    def test_counts_those_asked_and_those_who_declared_by_each_key(self, seed):
        country = Country(seed=seed, weeks=1)
        rows = stands(country)
        for by in By:
            found = rates(scope=COUNTRY, week=WEEK, by=by)
            total, parts = found.total, found.parts
            assert told(total) == counted(rows)
            found = {part.code: told(part) for part in parts}
            wanted = {key: counted([row for row in rows if row[by] == key]) for key in found}
            assert found == wanted
            # Nobody is left out: the parts add up.
            assert [sum(each) for each in zip(*found.values(), strict=True)] == list(told(total))
            assert all(part.name for part in parts)

    def test_comes_with_the_lowest_rate_first(self):
        Country(seed=3, weeks=1)
        parts = rates(scope=COUNTRY, week=WEEK, by=By.DEPARTMENT).parts
        percents = [part.rate for part in parts if part.rate is not None]
        assert percents == sorted(percents)
        assert len(percents) > 1

    def test_keeps_to_the_scope(self):
        country = Country(seed=1, weeks=1)
        total = rates(scope=ARS, week=WEEK, by=By.GROUP).total
        assert told(total) == counted([row for row in stands(country) if row[By.REGION] == "11"])
        nothing = rates(scope=Scope(kind=ScopeKind.NOTHING), week=WEEK, by=By.GROUP)
        assert told(nothing.total) == (0, 0, 0, 0)
        assert nothing.parts == ()
        assert nothing.total.rate is None

    def test_takes_three_statements(self):
        Country(seed=1, weeks=1)
        with CaptureQueriesContext(connection) as captured:
            rates(scope=COUNTRY, week=WEEK, by=By.DEPARTMENT)
        assert len(captured) == 3


class TestWaves:
    def test_come_in_their_order_each_with_its_rate(self):
        country = Country(seed=2, weeks=1)
        Wave.objects.create(code="3", name="Vague 3", starts_on=date(2021, 1, 1), position=0)
        rows = stands(country)
        found = rates(scope=COUNTRY, week=WEEK, by=By.GROUP).waves
        assert [(wave.code, told(wave.completeness)) for wave in found] == [
            ("3", (0, 0, 0, 0)),
            *((code, counted([row for row in rows if row[By.WAVE] == code])) for code in "12"),
        ]


class TestSilent:
    @pytest.mark.parametrize("seed", range(2))
    def test_lists_those_asked_who_said_nothing(self, seed):
        country = Country(seed=seed, weeks=1)
        wanted = [row for row in stands(country) if row["asked"] and not row["declared"]]
        page = silent(scope=COUNTRY, week=WEEK)
        assert {row.facility_id for row in page.rows} == {row["facility"].pk for row in wanted}
        assert page.matching == len(wanted) > 1
        keys = [(row.department, row.facility, row.registry) for row in page.rows]
        assert keys == sorted(keys)
        first = page.rows[0]
        for by, code in ((By.DEPARTMENT, first.department), (By.GROUP, first.group)):
            chosen = silent(scope=COUNTRY, week=WEEK, by=by, code=code)
            assert chosen.matching == sum(row[by] == code for row in wanted)
        second = silent(scope=COUNTRY, week=WEEK, page=2, per_page=1)
        assert (second.rows, second.matching) == (page.rows[1:2], page.matching)

    def test_tells_what_is_known_of_each(self):
        home = make_home()
        wave = Wave.objects.create(code="1", name="Vague 1", starts_on=SUNDAY, position=1)
        Enrolment.objects.create(facility=home, wave=wave, since=SUNDAY - timedelta(days=30))
        say(home, masks(100), week=WEEK.plus(-2))
        Reminder.objects.create(facility=home, week=str(WEEK), rank=1, recipients=1, sent_at=AT)
        ProfileFactory.create(facility=home, role="director")
        ProfileFactory.create(facility=home, role="orderer", revoked_at=AT)
        (row,) = silent(scope=ARS, week=WEEK, search=home.name.upper()).rows
        assert (row.registry, row.last_week, row.reminders, row.people) == (
            home.registry,
            str(WEEK.plus(-2)),
            1,
            1,
        )
        assert silent(scope=ARS, week=WEEK, search="100 %").matching == 0

    def test_drops_who_declares(self):
        home = make_home()
        wave = Wave.objects.create(code="1", name="Vague 1", starts_on=SUNDAY, position=1)
        Enrolment.objects.create(facility=home, wave=wave, since=SUNDAY)
        assert silent(scope=COUNTRY, week=WEEK).matching == 1
        say(home, masks(100))
        assert silent(scope=COUNTRY, week=WEEK).matching == 0
        total = rates(scope=COUNTRY, week=WEEK, by=By.WAVE).total
        assert (total.asked, total.declared, total.rate) == (1, 1, 100)
