"""Attachments, temporary sites and circuits: who decides, from when, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities import queries, services
from distrilog.domain.facilities.models import Attachment, Circuit, Facility
from distrilog.domain.facilities.reference import CIRCUITS_2020
from distrilog.domain.facilities.rules import registry_fault
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import (
    AttachmentFactory,
    DepartmentFactory,
    FacilityFactory,
    RegionFactory,
    TerritoryFactory,
    actor,
)


pytestmark = pytest.mark.django_db
AT = datetime(2020, 3, 26, 9, tzinfo=UTC)
TODAY = AT.date()
OCCITANIE = Scope(kind=ScopeKind.REGION, code="76")


@pytest.fixture
def department():
    return DepartmentFactory(code="31", region=RegionFactory(code="76"))


@pytest.fixture
def agency():
    return actor(Role.ARS, scope=OCCITANIE)


@pytest.fixture
def home(department):
    """Make a home served by T1, with T2 beside it, T3 without a platform, and a territory elsewhere."""
    for code in ("T1", "T2"):
        platform = FacilityFactory(hospital=True, department=department)
        TerritoryFactory(code=code, region=department.region, platform=platform)
        AttachmentFactory(facility=platform, territory_id=code)
    TerritoryFactory(code="T3", region=department.region, platform=None)
    elsewhere = DepartmentFactory(code="75")
    TerritoryFactory(
        code="T75",
        region=elsewhere.region,
        platform=FacilityFactory(hospital=True, department=elsewhere),
    )
    facility = FacilityFactory(department=department)
    AttachmentFactory(facility=facility, territory_id="T1")
    return facility


def platform_on(facility, day):
    found = queries.territory_of(facility=facility, on=day)
    return found.code if found else ""


class TestAttach:
    def attach(self, agency, home, **changes):
        values = {
            "registry": home.registry,
            "territory": "T2",
            "on": TODAY + timedelta(days=4),
            "reason": "Plus proche",
        }
        return services.attach(actor=agency, at=AT, **values | changes)

    def test_ends_the_present_one_that_day(self, agency, home):
        self.attach(agency, home)

        days = [TODAY + timedelta(days=days) for days in (0, 3, 4, 400)]
        assert [platform_on(home, day) for day in days] == ["T1", "T1", "T2", "T2"]
        assert [row.territory_id for row in queries.attachments_of(facility=home)] == ["T2", "T1"]

    @pytest.mark.usefixtures("home")
    def test_gives_one_to_an_orphan(self, agency, department):
        orphan = FacilityFactory(department=department)
        assert list(queries.unattached(scope=OCCITANIE, on=TODAY)) == [orphan]

        self.attach(agency, orphan, on=TODAY)

        assert not queries.unattached(scope=OCCITANIE, on=TODAY).exists()

    def test_of_the_same_day_is_written_over(self, agency, home):
        self.attach(agency, home)
        self.attach(agency, home, territory="T1")

        assert platform_on(home, TODAY + timedelta(days=4)) == "T1"
        assert Attachment.objects.filter(facility=home).count() == 2

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"territory": "T1"}, "territory"),
            ({"territory": "T3"}, "territory"),
            ({"territory": "T75"}, "territory"),
            ({"territory": "T99"}, "territory"),
            ({"on": TODAY - timedelta(days=1)}, "on"),
            ({"reason": " "}, "reason"),
        ],
    )
    def test_refuses_at_the_field(self, agency, home, changes, where):
        with pytest.raises(Invalid) as refused:
            self.attach(agency, home, **changes)
        assert [fault.where for fault in refused.value.faults] == [where]
        assert Attachment.objects.filter(facility=home).count() == 1

    def test_refuses_before_one_already_planned(self, agency, home):
        self.attach(agency, home)
        with pytest.raises(Invalid) as refused:
            self.attach(agency, home, on=TODAY + timedelta(days=2))
        assert "déjà prévu à partir du 30/03/2020" in refused.value.faults[0].message

    @pytest.mark.usefixtures("home")
    def test_refuses_a_pharmacy(self, agency, department):
        pharmacy = FacilityFactory(pharmacy=True, department=department)
        with pytest.raises(Invalid):
            self.attach(agency, pharmacy)

    def test_of_another_region_does_not_exist(self, home):
        other = actor(Role.ARS, scope=Scope(kind=ScopeKind.REGION, code="11"))
        with pytest.raises(NotFound):
            self.attach(other, home)


class TestUnattached:
    @pytest.mark.usefixtures("home")
    def test_counts_a_territory_without_a_platform_as_none(self, department):
        lost = FacilityFactory(department=department)
        AttachmentFactory(facility=lost, territory_id="T3")
        FacilityFactory(pharmacy=True, department=department)
        FacilityFactory(department=department, closed_on=TODAY)

        assert list(queries.unattached(scope=OCCITANIE, on=TODAY)) == [lost]


class TestTwice:
    @pytest.mark.usefixtures("home")
    def test_lists_one_place_known_under_two_numbers(self, department):
        twins = [
            FacilityFactory(department=department, siret="12345678900011") for _rank in range(2)
        ]
        FacilityFactory(department=department, siret="12345678900011", hospital=True)
        FacilityFactory(department=department, siret="12345678900029")
        FacilityFactory(department=department, siret="12345678900011", closed_on=TODAY)

        (found,) = queries.twice(scope=OCCITANIE, on=TODAY)

        assert set(found.facilities) == set(twins)


def site(**changes):
    values = {
        "name": "Gymnase des Pins",
        "department": "31",
        "territory": "T1",
        "beds": 40,
        "postcode": "31000",
        "city": "Toulouse",
        "opens_on": TODAY,
    }
    return services.Site(**values | changes)


@pytest.mark.usefixtures("home")
class TestOpenSite:
    def test_is_a_beneficiary_the_same_day(self, agency):
        made = services.open_site(actor=agency, site=site(), at=AT)

        assert registry_fault(made.registry) is None
        features = queries.features(on=TODAY, ids=[made.pk])
        assert (list(features.groups), list(features.places["places"])) == (["covid_site"], [40])
        assert platform_on(made, TODAY) == "T1"
        assert queries.addresses_for(facility=made, on=TODAY)[0].city == "Toulouse"
        assert [row.beds for row in queries.sites(scope=OCCITANIE, since=TODAY)] == [40]

    def test_never_takes_a_number_twice(self, agency):
        numbers = {
            services.open_site(actor=agency, site=site(fictitious=fictitious), at=AT).registry
            for fictitious in (True, False, True, False)
        }
        assert len(numbers) == 4
        assert sum(number.startswith("DIS-96") for number in numbers) == 2

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"name": ""}, "name"),
            ({"department": "75"}, "department"),
            ({"territory": "T75"}, "territory"),
            ({"territory": "T3"}, "territory"),
            ({"beds": 0}, "beds"),
            ({"beds": 5001}, "beds"),
            ({"postcode": "310"}, "postcode"),
            ({"city": " "}, "city"),
            ({"opens_on": TODAY - timedelta(days=1)}, "opens_on"),
            ({"closes_on": TODAY}, "closes_on"),
        ],
    )
    def test_refuses_at_the_field(self, agency, changes, where):
        before = Facility.objects.count()
        with pytest.raises(Invalid) as refused:
            services.open_site(actor=agency, site=site(**changes), at=AT)
        assert [fault.where for fault in refused.value.faults] == [where]
        assert Facility.objects.count() == before


@pytest.mark.usefixtures("home")
class TestCloseSite:
    def test_ends_its_attachment_with_it(self, agency):
        made = services.open_site(actor=agency, site=site(), at=AT)
        last = TODAY + timedelta(days=10)

        services.close_site(actor=agency, registry=made.registry, on=last, at=AT)

        assert [platform_on(made, last - timedelta(days=days)) for days in (1, 0)] == ["T1", ""]
        assert len(queries.features(on=last, ids=[made.pk])) == 0
        assert not queries.unattached(scope=OCCITANIE, on=last).filter(pk=made.pk).exists()

    def test_refuses_what_the_national_register_closes(self, agency, home):
        with pytest.raises(services.NotTemporary):
            services.close_site(
                actor=agency, registry=home.registry, on=TODAY + timedelta(days=1), at=AT
            )

    def test_refuses_the_past(self, agency):
        made = services.open_site(actor=agency, site=site(), at=AT)
        for day in (TODAY, TODAY - timedelta(days=1)):
            with pytest.raises(Invalid):
                services.close_site(actor=agency, registry=made.registry, on=day, at=AT)


def proposal(**changes):
    values = {
        "group": "home_care",
        "chain": "pharmacy",
        "starts_on": TODAY,
        "source": "Note du 26 mars",
    }
    return services.CircuitProposal(**values | changes)


class TestSetCircuit:
    def test_changes_who_counts_from_its_day_and_back_once_ended(self):
        row = services.set_circuit(actor=actor(), proposal=proposal(), at=AT)
        services.end_circuit(actor=actor(), circuit_id=row.pk, on=TODAY + timedelta(days=6), at=AT)

        def chain(day):
            return queries.circuit_of(group="home_care", category="460", family="ffp2", on=day)

        days = [TODAY + timedelta(days=days) for days in (-1, 0, 6, 7)]
        assert [chain(day) for day in days] == ["platform", "pharmacy", "pharmacy", "platform"]

    def test_beside_another_counts_nothing(self):
        services.set_circuit(actor=actor(), proposal=proposal(counts=False), at=AT)
        asked = {"group": "home_care", "category": "460", "family": "ffp2", "on": TODAY}
        assert queries.circuit_of(**asked) == "platform"

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"group": "pharmacy"}, "group"),
            ({"group": "nobody"}, "group"),
            ({"category": "355"}, "category"),
            ({"chain": "pigeon"}, "chain"),
            ({"family": "Masques !"}, "family"),
            ({"source": ""}, "source"),
            ({"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
            ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ],
    )
    def test_refuses_at_the_field(self, changes, where):
        FacilityFactory(hospital=True)
        with pytest.raises(Invalid) as refused:
            services.set_circuit(actor=actor(), proposal=proposal(**changes), at=AT)
        assert [fault.where for fault in refused.value.faults] == [where]

    def test_refuses_two_that_count_from_the_same_day(self):
        services.set_circuit(actor=actor(), proposal=proposal(), at=AT)
        with pytest.raises(Invalid):
            services.set_circuit(actor=actor(), proposal=proposal(chain="programme"), at=AT)

    def test_is_the_cells(self, agency):
        with pytest.raises(Forbidden):
            services.set_circuit(actor=agency, proposal=proposal(), at=AT)


class TestEndCircuit:
    def test_refuses_the_unknown_the_ended_and_the_past(self):
        row = services.set_circuit(actor=actor(), proposal=proposal(), at=AT)
        with pytest.raises(NotFound):
            services.end_circuit(actor=actor(), circuit_id=0, on=TODAY, at=AT)
        with pytest.raises(Invalid):
            services.end_circuit(
                actor=actor(), circuit_id=row.pk, on=TODAY - timedelta(days=1), at=AT
            )
        services.end_circuit(actor=actor(), circuit_id=row.pk, on=TODAY, at=AT)
        with pytest.raises(services.CircuitEnded):
            services.end_circuit(
                actor=actor(), circuit_id=row.pk, on=date(2020, 5, 1), at=AT + timedelta(days=2)
            )


class TestSeedCircuits:
    def test_writes_each_once(self):
        assert services.seed_circuits(by="seed") == len(CIRCUITS_2020)
        assert services.seed_circuits(by="seed") == 0
        assert Circuit.objects.count() == len(CIRCUITS_2020)
