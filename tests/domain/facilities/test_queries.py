from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import (
    Address,
    Attachment,
    Capacity,
    Category,
    Department,
    Facility,
    Region,
    Staff,
    Territory,
    Zone,
)
from distrilog.domain.facilities.rules import finess_number
from distrilog.kernel.refusals import Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

DAY = date(2020, 11, 2)
COUNTRY = Scope(kind=ScopeKind.COUNTRY)


def number(rank):
    return finess_number(prefix="96", rank=rank)


@pytest.fixture
def country():
    """Two regions, a platform and what it serves, a pharmacy, one closed and one not open yet."""
    zone = Zone.objects.create(code="metropole", name="Métropole")
    for region, departments in (("76", ["31", "12"]), ("94", ["2A"])):
        Region.objects.create(code=region, name=f"Région {region}")
        for code in departments:
            Department.objects.create(
                code=code, name=f"Département {code}", region_id=region, zone=zone
            )
    Category.objects.create(code="355", name="Centre hospitalier", group="hospital")
    Category.objects.create(code="500", name="EHPAD", group="nursing_home")
    Category.objects.create(code="620", name="Pharmacie", group="pharmacy")

    def facility(rank, name, category, department, **more):
        return Facility.objects.create(
            registry=number(rank),
            name=name,
            category_id=category,
            department_id=department,
            **more,
        )

    hospital = facility(9, "Hôpital de la Garonne", "355", "31", commune="Toulouse")
    home = facility(2, "Les Tilleuls", "500", "31", commune="Muret")
    facility(3, "Les Ormes", "500", "2A", commune="Ajaccio", opened_on=date(2020, 11, 2))
    facility(4, "Les Peupliers", "500", "12", closed_on=date(2020, 11, 2))
    facility(5, "Les Érables", "500", "12", opened_on=date(2020, 11, 3))
    facility(6, "Pharmacie du Pont", "620", "31")
    Capacity.objects.create(facility=hospital, activity="acute", places=120)
    Capacity.objects.create(facility=hospital, activity="intensive", places=12)
    Capacity.objects.create(facility=home, activity="places", places=80)
    Staff.objects.create(facility=hospital, role="caregiver", headcount=300)
    territory = Territory.objects.create(
        code="76101", name="OCC-01", region_id="76", platform=hospital
    )
    Attachment.objects.create(
        facility=home, territory=territory, period=DateRange(date(2020, 1, 1), None)
    )
    Address.objects.create(facility=hospital, postcode="31000", city="Toulouse", label="Quai A")
    Address.objects.create(
        facility=hospital, postcode="31000", city="Toulouse", label="Quai B", main=False
    )
    Address.objects.create(
        facility=home, postcode="31600", city="Muret", label="Annexe", main=False
    )
    Address.objects.create(facility=home, postcode="31600", city="Muret", label="Cuisine")
    return {"hospital": hospital, "home": home, "territory": territory}


class TestFeatures:
    def test_are_columns_ordered_by_number(self, django_assert_num_queries):
        with django_assert_num_queries(3):
            features = queries.features(on=DAY)
        assert features.registries.tolist() == [number(rank).encode() for rank in (2, 3, 9)]
        assert features.groups.tolist() == ["nursing_home", "nursing_home", "hospital"]
        assert features.departments.tolist() == ["31", "2A", "31"]
        assert features.regions.tolist() == ["76", "94", "76"]
        assert features.zones.tolist() == ["metropole"] * 3
        assert features.places["acute"].tolist() == [0, 0, 120]
        assert features.places["places"].tolist() == [80, 0, 0]
        assert features.places["psychiatry"].tolist() == [0, 0, 0]
        assert features.staff["caregiver"].tolist() == [0, 0, 300]

    def test_keep_the_ids_asked(self, country):
        features = queries.features(on=DAY, ids=[country["home"].pk])
        assert features.ids.tolist() == [country["home"].pk]
        assert features.places["places"].tolist() == [80]

    def test_may_be_empty(self):
        features = queries.features(on=DAY, ids=[])
        assert len(features) == 0
        assert features.places["acute"].tolist() == []

    def test_follow_the_day(self):
        assert (
            len(queries.features(on=date(2020, 11, 1))) == 3
        )  # the one that closes, not the two that open
        assert len(queries.features(on=date(2020, 11, 3))) == 4


class TestGet:
    def test_finds_one_in_scope(self, country):
        found = queries.get(registry=number(2), scope=Scope(kind=ScopeKind.TERRITORY, code="76101"))
        assert found == country["home"]

    @pytest.mark.parametrize(
        ("rank", "scope"),
        [
            (777, COUNTRY),
            (2, Scope(kind=ScopeKind.REGION, code="94")),
            (2, Scope(kind=ScopeKind.DEPARTMENT, code="12")),
            (2, Scope(kind=ScopeKind.FACILITY, code=number(9))),
            (9, Scope(kind=ScopeKind.TERRITORY, code="76101")),
            (2, Scope(kind=ScopeKind.NOTHING)),
        ],
    )
    def test_knows_nothing_beyond(self, rank, scope):
        with pytest.raises(NotFound):
            queries.get(registry=number(rank), scope=scope)


class TestListing:
    def names(self, **asked):
        return [row.name for row in queries.listing(scope=COUNTRY, **asked).facilities]

    def test_searches_every_word_in_name_town_and_number(self):
        assert self.names(search="tilleuls muret") == ["Les Tilleuls"]
        assert self.names(search=number(2)) == ["Les Tilleuls"]
        assert self.names(search="tilleuls ajaccio") == []

    def test_filters(self):
        assert self.names(department="2A") == ["Les Ormes"]
        assert self.names(category="355") == ["Hôpital de la Garonne"]
        assert self.names(group="pharmacy") == ["Pharmacie du Pont"]
        assert self.names(region="94", group="nursing_home") == ["Les Ormes"]
        assert "Les Peupliers" not in self.names(open_on=DAY)

    def test_survives_what_no_text_may_hold(self):
        assert self.names(search="\0tilleuls") == ["Les Tilleuls"]
        assert self.names(department="\0") == []
        with pytest.raises(NotFound):
            queries.get(registry="\0", scope=COUNTRY)

    @pytest.mark.parametrize("order", ["registry", "name"])
    def test_pages_without_gap_or_repeat(self, order):
        Facility.objects.filter(registry=number(3)).update(name="Les Tilleuls")
        seen, after = [], ""
        for _ in range(10):
            page = queries.listing(scope=COUNTRY, order=order, after=after, size=2)
            seen += [row.registry for row in page.facilities]
            after = page.after
            if not after:
                break
        assert sorted(seen) == [number(rank) for rank in (2, 3, 4, 5, 6, 9)]
        assert self.names(order=order, size=500) == [
            Facility.objects.get(registry=registry).name for registry in seen
        ]

    @pytest.mark.parametrize("cursor", ["x", "W10", "WyJcdTAwMDAiXQ", "é", "e30"])
    def test_refuses_a_cursor_that_is_not_ours(self, cursor):
        with pytest.raises(Invalid):
            queries.listing(scope=COUNTRY, after=cursor)

    def test_is_one_statement(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            page = queries.listing(scope=COUNTRY)
            assert [row.department.region.name for row in page.facilities]


class TestAddressesFor:
    def test_gives_its_own_then_its_platform_s_main(self, country, django_assert_num_queries):
        with django_assert_num_queries(1):
            found = queries.addresses_for(facility=country["home"], on=DAY)
            assert [(row.facility.name, row.label) for row in found] == [
                ("Les Tilleuls", "Cuisine"),
                ("Les Tilleuls", "Annexe"),
                ("Hôpital de la Garonne", "Quai A"),
            ]

    def test_forgets_the_platform_once_detached(self, country):
        Attachment.objects.update(period=DateRange(date(2020, 1, 1), DAY))
        found = queries.addresses_for(facility=country["home"], on=DAY)
        assert [row.label for row in found] == ["Cuisine", "Annexe"]
        assert queries.territory_of(facility=country["home"], on=DAY) is None

    def test_names_the_territory(self, country):
        found = queries.territory_of(facility=country["home"], on=DAY)
        assert found.platform == country["hospital"]


class TestCounts:
    def test_count_by_region_and_group(self):
        found = {
            (row.region, row.group): row.facilities for row in queries.counts(scope=COUNTRY, on=DAY)
        }
        assert found == {
            ("76", "hospital"): 1,
            ("76", "nursing_home"): 1,
            ("76", "pharmacy"): 1,
            ("94", "nursing_home"): 1,
        }
