"""The picture: parts that add up at every level, whatever the country; what each may see of it."""

from datetime import date
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.declarations.models import Difficulty
from distrilog.domain.declarations.queries.cover import (
    every_facility,
    facilities,
    picture,
    thresholds,
    widest,
)
from distrilog.domain.declarations.rules import Level
from distrilog.domain.declarations.rules.forecast import run_out
from distrilog.domain.declarations.rules.picture import Choice, Figures, Sort, Width
from distrilog.domain.declarations.services import rolling
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.declarations.country import (
    AT,
    DEPARTMENTS,
    FAMILIES,
    WEEK,
    Country,
    figures_of,
    known_thresholds,
)
from tests.domain.declarations.world import AT as TUESDAY, MASK, make_home, masks, say
from tests.factories import AttachmentFactory, DepartmentFactory, TerritoryFactory


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
ARS = Scope(kind=ScopeKind.REGION, code="11")
DELEGATION = Scope(kind=ScopeKind.DEPARTMENT, code="78")


def drawn(seed, **values):
    country = Country(seed=seed, **values)
    for week in country.weeks:
        rolling.rebuild(week=week, at=AT)
    return country


def added(figures):
    total = Figures()
    for each in figures:
        total = total.plus(each)
    return total


def figures(cover):
    return {family: found.figures for family, found in cover.families.items()}


def counted(country, week=WEEK, **where):
    """Return the figures of some facilities by family, added up one by one."""
    found = dict.fromkeys(FAMILIES, Figures())
    for stand in country.stands(week):
        if all(stand[name] == value for name, value in where.items()):
            found[stand["family"]] = found[stand["family"]].plus(figures_of(stand))
    return found


def descend(scope, width, code=""):
    """Yield the picture of an area and of everything below it."""
    found = picture(scope=scope, width=width, code=code, week=WEEK)
    yield found
    for child in found.children:
        yield from descend(scope, child.area.width, child.area.code)


class TestPicture:
    @pytest.mark.parametrize("seed", range(3))
    def test_adds_up_at_every_level(self, seed):
        drawn(seed)
        met = set()
        for found in descend(COUNTRY, Width.COUNTRY):
            met.add(found.path[-1].width)
            if found.children:
                for family in FAMILIES:
                    parts = added(child.families[family].figures for child in found.children)
                    assert found.total.families[family].figures == parts
            assert found.trend[-1].families == figures(found.total)
        assert met == {Width.COUNTRY, Width.REGION, Width.DEPARTMENT, Width.PART}

    @pytest.mark.parametrize("seed", range(3))
    def test_gives_each_area_what_counting_its_facilities_gives(self, seed):
        country = drawn(seed)
        wanted = {
            (Width.COUNTRY, ""): {},
            **{(Width.REGION, code): {"region": code} for code in ("11", "53")},
            **{(Width.DEPARTMENT, code): {"department": code} for code in DEPARTMENTS},
            **{(Width.TERRITORY, code): {"territory": code} for code in ("T1", "T2", "T3")},
            (Width.PART, "78:T2"): {"department": "78", "territory": "T2"},
            (Width.PART, "22:"): {"department": "22", "territory": ""},
        }
        for (width, code), where in wanted.items():
            found = picture(scope=COUNTRY, width=width, code=code, week=WEEK)
            assert figures(found.total) == counted(country, **where)
            before = {family: each.previous for family, each in found.total.families.items()}
            assert before == counted(country, WEEK.plus(-1), **where)

    def test_shows_a_territory_by_its_departments(self):
        country = drawn(1)
        found = picture(scope=COUNTRY, width=Width.TERRITORY, code="T2", week=WEEK)
        assert {child.area.code for child in found.children} <= {"78:T2", "35:T2"}
        for family in FAMILIES:
            parts = added(child.families[family].figures for child in found.children)
            assert parts == found.total.families[family].figures
        assert added(figures(found.total).values()).facilities > 0
        # An agency sees its own part of a territory of two regions.
        own = picture(scope=ARS, width=Width.TERRITORY, code="T2", week=WEEK)
        assert figures(own.total) == counted(country, territory="T2", region="11")

    def test_shows_the_parts_that_have_nothing_to_say(self):
        drawn(2, size=0)
        found = picture(scope=COUNTRY, width=Width.REGION, code="53", week=WEEK)
        assert [child.area.code for child in found.children] == ["22", "35"]
        assert {child.worst for child in found.children} == {Level.NO_NEED}

    def test_tells_the_last_weeks_the_oldest_first(self):
        country = drawn(3)
        found = picture(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, family=MASK, weeks=3)
        assert [each.week for each in found.trend] == ["2020-W43", "2020-W44", "2020-W45"]
        for each, week in zip(found.trend, reversed(country.weeks[:3]), strict=True):
            assert each.families == {MASK: counted(country, week)[MASK]}

    def test_judges_an_area_by_its_own_thresholds_and_forecasts_it(self):
        home = make_home(need=700)
        say(home, masks(2100, 600, confirmed=True))
        rolling.rebuild(week=WEEK, at=AT)
        found = picture(scope=COUNTRY, width=Width.DEPARTMENT, code="75", week=WEEK).total
        cover = found.families[MASK]
        assert (cover.level, cover.figures.cover_tenths) == (Level.COVERED, 210)
        # From the Thursday of the week on: 21 days at the crisis need, 24 at 600 a week.
        assert (cover.run_out.earliest, cover.run_out.expected) == (
            date(2020, 11, 26),
            date(2020, 11, 29),
        )
        assert found.families["gown"].level is Level.SILENT
        assert found.worst is Level.SILENT

    def test_says_when_it_was_made_and_what_is_not_in_it_yet(self):
        home = make_home()
        rolling.rebuild(week=WEEK, at=AT)
        assert picture(scope=COUNTRY, width=Width.COUNTRY, week=WEEK).stale_since is None
        say(home, masks(10))
        found = picture(scope=COUNTRY, width=Width.COUNTRY, week=WEEK)
        assert (found.built_at, found.stale_since) == (AT, TUESDAY)

    def test_leads_from_the_widest_area_that_one_may_see(self):
        drawn(1, size=5)
        paths = {
            scope.kind: [
                area.code
                for area in picture(scope=scope, width=Width.PART, code="78:T2", week=WEEK).path
            ]
            for scope in (COUNTRY, ARS, DELEGATION, Scope(kind=ScopeKind.TERRITORY, code="T2"))
        }
        assert paths == {
            "country": ["", "11", "78", "78:T2"],
            "region": ["11", "78", "78:T2"],
            "department": ["78", "78:T2"],
            "territory": ["78:T2"],
        }

    @pytest.mark.parametrize(
        ("scope", "width", "code"),
        [
            (ARS, Width.COUNTRY, ""),
            (ARS, Width.REGION, "53"),
            (ARS, Width.DEPARTMENT, "35"),
            (ARS, Width.PART, "35:T2"),
            (ARS, Width.TERRITORY, "T3"),
            (DELEGATION, Width.REGION, "11"),
            (DELEGATION, Width.DEPARTMENT, "75"),
            (DELEGATION, Width.TERRITORY, "T2"),
            (Scope(kind=ScopeKind.TERRITORY, code="T1"), Width.TERRITORY, "T2"),
            (Scope(kind=ScopeKind.FACILITY, code="750000001"), Width.COUNTRY, ""),
            (Scope(kind=ScopeKind.NOTHING), Width.COUNTRY, ""),
            (COUNTRY, Width.REGION, "99"),
            (COUNTRY, Width.PART, "75:T9"),
            (COUNTRY, Width.PART, ""),
            (COUNTRY, Width.DEPARTMENT, "7\x005"),
        ],
    )
    def test_is_refused_outside_the_scope(self, scope, width, code):
        Country(seed=1, size=0, weeks=0)
        with pytest.raises(NotFound):
            picture(scope=scope, width=width, code=code, week=WEEK)
        with pytest.raises(NotFound):
            facilities(scope=scope, width=width, code=code, week=WEEK)

    def test_knows_no_other_family(self):
        drawn(1, size=1, weeks=1)
        with pytest.raises(NotFound):
            picture(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, family="bleach")

    def test_takes_as_many_statements_for_many_facilities_and_weeks_as_for_few(self):
        country = drawn(1, size=1, weeks=1)
        taken = []
        for weeks in (1, 52):
            with CaptureQueriesContext(connection) as captured:
                picture(scope=COUNTRY, width=Width.REGION, code="11", week=WEEK, weeks=weeks)
            taken.append(len(captured))
            country.facilities = [country.facility() for _ in range(30)]
            country.needs()
            rolling.rebuild(week=WEEK, at=AT)
        assert taken == [6, 6]


class TestWidest:
    def test_is_where_a_scope_begins(self):
        assert widest(COUNTRY).width is Width.COUNTRY
        assert (widest(ARS).width, widest(ARS).code) == (Width.REGION, "11")
        assert widest(Scope(kind=ScopeKind.FACILITY, code="750000001")) is None


class TestThresholds:
    def test_are_those_that_began_the_latest_first(self):
        Country(seed=5, size=0, weeks=0)
        begun = [each for each in known_thresholds() if each.starts_on <= date(2020, 11, 8)]
        found = thresholds(on=date(2020, 11, 8))
        assert len(found) == len(begun) > 1
        assert set(found) == set(begun)
        assert all(one.starts_on >= other.starts_on for one, other in pairwise(found))


class TestFacilities:
    @pytest.mark.parametrize("seed", range(3))
    def test_add_up_to_the_picture(self, seed):
        country = drawn(seed)
        for width, code in ((Width.COUNTRY, ""), (Width.REGION, "53"), (Width.PART, "78:T1")):
            cells = picture(scope=COUNTRY, width=width, code=code, week=WEEK).total
            rows = list(every_facility(scope=COUNTRY, width=width, code=code, week=WEEK))
            for family in FAMILIES:
                own = [row for row in rows if row.family == family]
                found = cells.families[family].figures
                assert len(own) == found.facilities
                assert sum(row.stock or 0 for row in own) == found.stock
                assert sum(row.consumption or 0 for row in own) == found.consumption
                assert sum(row.asked for row in own) == found.asked
                assert sum(row.questioned for row in own) == found.questioned
                assert sum(row.level is Level.WATCH for row in own) == found.watch
                assert sum(row.level is Level.SILENT for row in own) == found.silent
        stands = {(each["facility"].pk, each["family"]): each for each in country.stands(WEEK)}
        rows = every_facility(scope=COUNTRY, width=Width.COUNTRY, week=WEEK)
        for row in rows:
            stand = stands.pop((row.facility_id, row.family))
            assert (row.level, row.need) == (stand["level"], stand["need"])
            assert (row.department, row.territory) == (stand["department"], stand["territory"])
        assert stands == {}

    @pytest.mark.parametrize("seed", range(3))
    def test_come_by_the_day_they_run_out(self, seed):
        drawn(seed)
        rows = list(every_facility(scope=COUNTRY, width=Width.COUNTRY, week=WEEK))
        keys = [
            (
                row.stock is None,
                (row.run_out and row.run_out.expected) or date.max,
                0 if row.stock is None else row.stock * 70 // row.need,
            )
            for row in rows
        ]
        assert keys == sorted(keys)
        assert len({key[1] for key in keys}) > 5

    def test_come_in_pages_without_a_gap_whatever_the_order(self):
        drawn(4)
        for sort in Sort:
            for descending in (False, True):
                choice = Choice(sort=sort, descending=descending, per_page=7)
                whole = list(
                    every_facility(
                        scope=ARS, width=Width.REGION, code="11", week=WEEK, choice=choice
                    )
                )
                paged = []
                for number in range(1, -(-len(whole) // 7) + 1):
                    page = facilities(
                        scope=ARS, width=Width.REGION, code="11", week=WEEK,
                        choice=Choice(sort=sort, descending=descending, per_page=7, page=number),
                    )  # fmt: skip
                    assert page.matching == len(whole)
                    paged += page.rows
                assert paged == whole

    def test_are_chosen_by_family_group_level_and_name(self):
        country = drawn(4)
        whole = list(every_facility(scope=COUNTRY, width=Width.COUNTRY, week=WEEK))
        name = next(each.name for each in country.facilities if each.pk == whole[0].facility_id)
        for choice, keeps in (
            (Choice(family="gown"), lambda row: row.family == "gown"),
            (Choice(group="hospital"), lambda row: row.group == "hospital"),
            (Choice(level="alert"), lambda row: row.level is Level.ALERT),
            (Choice(search=name), lambda row: row.facility == name),
            (Choice(search=whole[0].registry), lambda row: row.registry == whole[0].registry),
            (Choice(search="100 %_\x00"), lambda _row: False),
        ):
            found = facilities(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, choice=choice)
            assert set(found.rows) <= {row for row in whole if keeps(row)}
            assert found.matching == sum(map(keeps, whole))

    def test_forecast_from_the_last_four_weeks_and_the_day_it_was_said(self):
        home = make_home(need=70)
        for back, units in ((4, 10_000), (3, 50), (1, 90)):
            say(home, masks(100, units, confirmed=True), week=WEEK.plus(-back))
        say(home, masks(200, 40, confirmed=True))
        page = facilities(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, choice=Choice(family=MASK))
        (row,) = page.rows
        assert row.said_on == date(2020, 11, 3)
        assert row.run_out == run_out(
            stock=200, need=70, consumptions=[50, 90, 40], said_on=date(2020, 11, 3)
        )
        assert row.cover_tenths == 200

    def test_take_a_late_correction_for_the_end_of_its_week(self):
        home = make_home(need=70)
        say(home, masks(200, 40, confirmed=True), week=WEEK.plus(-1))
        (row, _gowns) = facilities(
            scope=COUNTRY, width=Width.COUNTRY, week=WEEK.plus(-1), choice=Choice(sort=Sort.STOCK)
        ).rows
        assert row.said_on == date(2020, 11, 1)

    def test_show_a_difficulty_of_the_family_or_of_all(self):
        home = make_home()
        said = say(home, masks(10)).declaration
        assert said is not None
        declaration = home.declarations.get()
        Difficulty.objects.create(
            declaration=declaration, version=1, facility=home, week=str(WEEK), family_id=MASK,
            category="shortage", urgency="week",
        )  # fmt: skip
        rows = facilities(scope=COUNTRY, width=Width.COUNTRY, week=WEEK).rows
        assert {row.family: row.difficulty for row in rows} == {MASK: True, "gown": False}
        Difficulty.objects.update(family=None)
        rows = facilities(scope=COUNTRY, width=Width.COUNTRY, week=WEEK).rows
        assert {row.difficulty for row in rows} == {True}

    def test_are_of_the_territory_that_serves_them_that_week(self):
        home = make_home()
        DepartmentFactory.create(code="75")
        AttachmentFactory.create(facility=home, territory=TerritoryFactory.create(code="T1"))
        found = facilities(scope=COUNTRY, width=Width.PART, code="75:T1", week=WEEK)
        assert found.matching == 2
        with pytest.raises(NotFound):
            facilities(scope=COUNTRY, width=Width.PART, code="75:T2", week=WEEK)

    def test_take_two_statements_whatever_their_number(self):
        drawn(6)
        taken = []
        for per_page in (1, 200):
            with CaptureQueriesContext(connection) as captured:
                facilities(
                    scope=ARS, width=Width.REGION, code="11", week=WEEK,
                    choice=Choice(per_page=per_page),
                )  # fmt: skip
            taken.append(len(captured))
        assert taken == [2, 2]
