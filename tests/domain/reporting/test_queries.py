"""A small region told order by order, and the figures it must give."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.orders.models import Line, Order, RefusedDemand
from distrilog.domain.quotas.models import Pot, Quota, QuotaRun, Share
from distrilog.domain.reporting import queries
from distrilog.domain.reporting.rules import Choice, Figures, Sort, Standing
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.factories import (
    AddressFactory,
    AttachmentFactory,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
)


pytestmark = pytest.mark.django_db

WEEK = Week(2020, 45)
ILE_DE_FRANCE = Scope(kind=ScopeKind.REGION, code="11")
COUNTRY = Scope(kind=ScopeKind.COUNTRY)


class World:
    """A published run of the week in which facilities get quotas and order."""

    def __init__(self, week=WEEK):
        self.week = str(week)
        self.place = PlaceFactory()
        self.families = [FamilyFactory(code=code) for code in ("surgical_mask", "glove")]
        self.run = QuotaRun.objects.create(
            week=self.week,
            state=QuotaRun.State.PUBLISHED,
            doctrine=DoctrineVersionFactory(),
            inputs={},
            prepared_by="one",
            prepared_at=datetime(2020, 10, 30, tzinfo=UTC),
            signed_by="two",
        )
        for family in self.families:
            Share.objects.create(
                run=self.run,
                family=family,
                source=self.place,
                envelope=10_000,
                need=20_000,
                shared=7_000,
                pots=2_000,
                box_units=family.box_units,
            )
        self.placed = 0

    def quota(self, facility, family, cap, ordered=0, **values):
        return Quota.objects.create(
            run=self.run,
            facility=facility,
            family_id=family,
            week=self.week,
            source=self.place,
            reason=1,
            **{"need": cap, "cap": cap, "ordered": ordered} | values,
        )

    def order(self, facility, charge="quota", status="placed", **units):
        self.placed += 1
        order = Order.objects.create(
            reference=f"R{self.placed:03d}",
            facility=facility,
            week=self.week,
            charge=charge,
            status=status,
            address=facility.addresses.first() or AddressFactory(facility=facility),
            route="operator",
            promised_on=date(2020, 11, 9),
            cut_off_at=datetime(2020, 11, 6, tzinfo=UTC),
            placed_by="x",
            placed_at=datetime(2020, 11, 2, 8, self.placed, tzinfo=UTC),
        )
        for family, count in units.items():
            Line.objects.create(order=order, family_id=family, units=count, box_units=50)
        return order


@pytest.fixture
def world():
    return World()


@pytest.fixture
def homes(world):
    """Two homes in Paris, one in Yvelines, one in Rennes."""
    yvelines = DepartmentFactory(code="78")
    rennes = DepartmentFactory(code="35", region__code="53")
    acacias = FacilityFactory(name="Les Acacias")
    bouleaux = FacilityFactory(name="Les Bouleaux", commune="Meudon")
    cedres = FacilityFactory(name="Les Cèdres", department=yvelines)
    far = FacilityFactory(name="Les Dunes", department=rennes)
    world.quota(acacias, "surgical_mask", 400, 100)
    world.quota(acacias, "glove", 200, 200)
    world.quota(bouleaux, "surgical_mask", 300)
    world.quota(bouleaux, "glove", 0, need=0)
    world.quota(cedres, "surgical_mask", 500, 50)
    world.quota(far, "surgical_mask", 900, 900)
    world.order(acacias, surgical_mask=50, glove=200)
    world.order(acacias, surgical_mask=50)
    world.order(acacias, surgical_mask=150, status="cancelled")
    world.order(cedres, surgical_mask=50)
    world.order(bouleaux, charge="pot", surgical_mask=100, glove=300)
    world.order(far, surgical_mask=900)
    return acacias, bouleaux, cedres, far


def told(report):
    return [(row.facility, row.family, row.quota, row.ordered, row.left) for row in report.rows]


@pytest.mark.usefixtures("homes")
class TestRegionWeek:
    def test_lists_quota_ordered_and_left_of_each_facility_and_family(self):
        report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)

        assert told(report) == [
            ("Les Acacias", "surgical_mask", 400, 100, 300),
            ("Les Acacias", "glove", 200, 200, 0),
            ("Les Bouleaux", "surgical_mask", 300, 0, 300),
            ("Les Bouleaux", "glove", 0, 0, 0),
            ("Les Cèdres", "surgical_mask", 500, 50, 450),
        ]
        assert [row.from_pot for row in report.rows] == [0, 0, 100, 300, 0]
        assert [row.last_order for row in report.rows] == ["R002", "R001", "R005", "R005", "R004"]
        assert report.rows[0].last_order_at == datetime(2020, 11, 2, 8, 2, tzinfo=UTC)
        assert report.rows[0].share == 0.25
        assert report.rows[3].share is None
        assert (report.matching, report.total, report.hidden, report.pages) == (5, 5, 0, 1)

    def test_sums_by_department_and_family(self):
        report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)

        assert report.by_department["75"]["surgical_mask"] == Figures(
            quota=700, ordered=100, left=600, from_pot=100, facilities=2, having_ordered=2
        )
        assert report.by_department["78"]["surgical_mask"].ordered == 50
        assert report.by_family == {
            "surgical_mask": Figures(
                quota=1200, ordered=150, left=1050, from_pot=100, facilities=3, having_ordered=3
            ),
            "glove": Figures(
                quota=200, ordered=200, left=0, from_pot=300, facilities=2, having_ordered=2
            ),
        }

    @pytest.mark.parametrize(
        ("choice", "names"),
        [
            (Choice(family="glove"), ["Les Acacias", "Les Bouleaux"]),
            (Choice(department="78"), ["Les Cèdres"]),
            (Choice(department="35"), []),
            (Choice(search="bouleaux", family="glove"), ["Les Bouleaux"]),
            (Choice(search="meud", family="glove"), ["Les Bouleaux"]),
            (Choice(search=" bouleaux\x00 ", family="glove\x00"), ["Les Bouleaux"]),
            (Choice(search="100%"), []),
            (Choice(search="\\"), []),
            (Choice(standing=Standing.NOTHING), []),
            (Choice(standing=Standing.EVERYTHING), ["Les Acacias"]),
            (
                Choice(family="surgical_mask", sort=Sort.QUOTA, descending=True),
                ["Les Cèdres", "Les Acacias", "Les Bouleaux"],
            ),
            (
                Choice(family="surgical_mask", sort=Sort.ORDERED),
                ["Les Bouleaux", "Les Cèdres", "Les Acacias"],
            ),
            (
                Choice(family="surgical_mask", sort=Sort.LAST_ORDER, descending=True),
                ["Les Bouleaux", "Les Cèdres", "Les Acacias"],
            ),
            (
                Choice(family="surgical_mask", descending=True),
                ["Les Cèdres", "Les Bouleaux", "Les Acacias"],
            ),
            (Choice(per_page=2, page=3), ["Les Cèdres"]),
            (Choice(per_page=2, page=9), []),
        ],
    )
    def test_shows_what_is_chosen_and_keeps_the_sums(self, choice, names):
        report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK, choice=choice)

        assert [row.facility for row in report.rows] == names
        assert report.total == 5
        assert report.by_family["surgical_mask"].quota == 1200

    def test_counts_what_is_hidden(self):
        report = queries.region_week(
            scope=ILE_DE_FRANCE, week=WEEK, choice=Choice(family="glove", per_page=1)
        )
        assert (report.matching, report.hidden, report.pages) == (2, 3, 2)

    def test_stays_within_its_scope(self, homes):
        acacias, *_others, far = homes
        attached = AttachmentFactory(facility=far).territory.code
        for scope, names in [
            (Scope(kind=ScopeKind.REGION, code="53"), {"Les Dunes"}),
            (Scope(kind=ScopeKind.DEPARTMENT, code="78"), {"Les Cèdres"}),
            (Scope(kind=ScopeKind.FACILITY, code=acacias.registry), {"Les Acacias"}),
            (Scope(kind=ScopeKind.TERRITORY, code=attached), {"Les Dunes"}),
            (Scope(kind=ScopeKind.NOTHING), set()),
        ]:
            report = queries.region_week(scope=scope, week=WEEK)
            assert {row.facility for row in report.rows} == names
            assert {area.department for area in report.areas} == {
                row.department for row in report.rows
            }

    def test_is_empty_in_another_week(self):
        report = queries.region_week(scope=COUNTRY, week=Week(2020, 46))
        assert (report.rows, report.areas, report.total, report.pages) == ((), (), 0, 1)

    def test_leaves_nothing_once_the_week_is_closed(self):
        Quota.objects.update(closed=True)
        report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)
        assert {row.left for row in report.rows} == {0}
        assert report.by_family["surgical_mask"].left == 0

    def test_says_what_was_refused(self, homes):
        for facility, units in zip(homes, (100, 200, 300, 400), strict=True):
            RefusedDemand.objects.create(
                facility=facility,
                week=str(WEEK),
                family_id="glove",
                units_asked=units,
                units_left=10,
                cause="quota-exceeded",
                by="x",
                at=datetime(2020, 11, 2, tzinfo=UTC),
            )
        (refused,) = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK).refused
        assert (refused.family, refused.times, refused.facilities) == ("glove", 3, 3)
        assert (refused.units_asked, refused.units_left) == (600, 30)

    def test_takes_two_statements_whatever_the_number_of_facilities(
        self, world, django_assert_num_queries
    ):
        with django_assert_num_queries(2):
            queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)
        for _ in range(20):
            world.quota(FacilityFactory(), "glove", 100)
        with django_assert_num_queries(2):
            report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)
        assert report.total == 25


@pytest.mark.usefixtures("homes")
class TestRowsOfWeek:
    def test_yields_the_rows_of_the_page_in_its_order(self, django_assert_num_queries):
        page = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK).rows
        with django_assert_num_queries(1):
            everything = tuple(queries.rows_of_week(scope=ILE_DE_FRANCE, week=WEEK))
        assert everything == page


@pytest.mark.usefixtures("homes")
class TestCountryWeek:
    def test_tells_envelope_shared_pots_and_ordered_by_family(self, world):
        Pot.objects.create(
            run=world.run,
            region_id="11",
            family_id="surgical_mask",
            week=world.week,
            source=world.place,
            cap=2_000,
            ordered=100,
        )
        country = queries.country_week(week=WEEK)
        masks, gloves = country.families

        assert (masks.envelope, masks.shared, masks.pots, masks.unallocated) == (
            10_000,
            7_000,
            2_000,
            1_000,
        )
        assert (masks.figures.ordered, masks.pots_ordered, masks.total_ordered) == (1050, 100, 1150)
        assert masks.share_of_envelope == 0.115
        assert (masks.figures.facilities, masks.figures.having_ordered) == (4, 4)
        assert gloves.figures.having_ordered == 2
        assert (country.orders, country.facilities_having_ordered) == (5, 4)

    def test_tells_the_share_ordered_by_region_and_department(self):
        country = queries.country_week(week=WEEK)

        assert country.by_region["11"]["surgical_mask"].share == 0.125
        assert country.by_region["53"]["surgical_mask"].share == 1
        assert country.by_department["78"]["surgical_mask"].share == 0.1
        assert country.region_names == {"11": "Région 11", "53": "Région 53"}

    def test_agrees_with_the_report_of_the_whole_country(self):
        assert (
            queries.country_week(week=WEEK).areas
            == queries.region_week(scope=COUNTRY, week=WEEK).areas
        )

    def test_ignores_runs_that_are_not_published(self):
        QuotaRun.objects.update(state=QuotaRun.State.SUPERSEDED)
        masks = queries.country_week(week=WEEK).families[0]
        assert (masks.envelope, masks.share_of_envelope) == (0, None)

    def test_takes_four_statements_whatever_the_number_of_facilities(
        self, world, django_assert_num_queries
    ):
        for _ in range(20):
            world.quota(FacilityFactory(), "glove", 100)
        with django_assert_num_queries(4):
            queries.country_week(week=WEEK)

    def test_has_every_family_before_any_run(self):
        country = queries.country_week(week=Week(2020, 52))
        assert [family.family for family in country.families] == ["surgical_mask", "glove"]
        assert country.areas == ()


class TestChoice:
    @pytest.mark.parametrize("values", [{"page": 0}, {"per_page": 0}, {"per_page": 501}])
    def test_has_limits(self, values):
        with pytest.raises(ValueError, match="pages start at 1"):
            Choice(**values)
