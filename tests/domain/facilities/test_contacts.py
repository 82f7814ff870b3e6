"""Contacts by kind of beneficiary, and the alerts where one is missing (row A4)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities import queries, services
from distrilog.domain.facilities.models import Referent
from distrilog.domain.facilities.rules import sharing_fault
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import (
    AttachmentFactory,
    CategoryFactory,
    DepartmentFactory,
    FacilityFactory,
    RegionFactory,
    TerritoryFactory,
    actor,
)


AT = datetime(2020, 3, 26, 9, tzinfo=UTC)
TODAY = AT.date()
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
OCCITANIE = Scope(kind=ScopeKind.REGION, code="76")


class TestSharingFault:
    # Who asks for one contact together → may they? (003, 20 and 26 March)
    SCENARIO = """
        nursing_home                       yes
        nursing_home nursing_home          yes
        nursing_home home_care shelter     yes
        ambulance ambulance                yes
        hospital                           yes
        hospital hospital                  no
        hospital nursing_home              no
        home_hospital home_hospital        no
    """

    @pytest.mark.parametrize("line", SCENARIO.strip().splitlines())
    def test_follows_the_texts(self, line):
        *groups, answer = line.split()
        assert (sharing_fault(groups) is None) == (answer == "yes")

    def test_is_told_of_nobody_and_of_a_crowd(self):
        assert sharing_fault([]) is not None
        assert sharing_fault(["nursing_home"] * 51) is not None


@pytest.fixture
def region(db):  # noqa: ARG001
    """Make a region: a platform, two homes it serves, a hospital, an ambulance; and another region."""
    department = DepartmentFactory(code="31", region=RegionFactory(code="76"))
    platform = FacilityFactory(hospital=True, department=department)
    territory = TerritoryFactory(code="T31", region=department.region, platform=platform)
    homes = [FacilityFactory(department=department) for _rank in range(2)]
    ambulance = FacilityFactory(
        department=department,
        category=CategoryFactory(code="D-AMB", name="Ambulances", group="ambulance"),
    )
    for facility in (platform, *homes, ambulance):
        AttachmentFactory(facility=facility, territory=territory)
    stranger = FacilityFactory(department=DepartmentFactory(code="75"))
    return {"platform": platform, "homes": homes, "ambulance": ambulance, "stranger": stranger}


@pytest.fixture
def agency():
    return actor(Role.ARS, scope=OCCITANIE)


def appointment(**changes):
    values = {
        "kind": "platform",
        "reach": "T31",
        "name": "Logistique du CHU",
        "email": "logistique@chu.example",
        "starts_on": TODAY,
    }
    return services.Appointment(**values | changes)


@pytest.mark.usefixtures("region")
class TestAppointReferent:
    def test_replaces_whoever_answered_before(self, agency):
        first = services.appoint_referent(actor=agency, appointment=appointment(), at=AT)
        later = AT + timedelta(days=4)

        services.appoint_referent(
            actor=agency,
            appointment=appointment(name="Nuit", starts_on=later.date()),
            at=later,
        )

        first.refresh_from_db()
        assert first.ends_on == date(2020, 3, 29)
        names = [row.name for row in queries.in_function(on=later.date())]
        assert names == ["Nuit"]

    def test_shared_by_homes_goes_on_for_the_others_when_one_has_its_own(self, agency, region):
        one, other = region["homes"]
        shared = {"kind": "facility", "reach": "", "starts_on": TODAY}
        services.appoint_referent(
            actor=agency,
            appointment=appointment(
                **shared, name="Groupe", registries=[one.registry, other.registry]
            ),
            at=AT,
        )
        later = AT + timedelta(days=1)

        services.appoint_referent(
            actor=agency,
            appointment=appointment(
                **shared | {"starts_on": later.date()}, name="Seul", registries=[one.registry]
            ),
            at=later,
        )

        def names(facility, day):
            return [row.name for row in queries.contacts_of(facility=facility, on=day)]

        assert names(one, TODAY) == names(other, TODAY) == ["Groupe"]
        assert names(one, later.date()) == ["Seul"]
        assert names(other, later.date()) == ["Groupe"]

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"kind": "mascot"}, "kind"),
            ({"reach": "T99"}, "reach"),
            ({"kind": "agency", "reach": "11"}, "reach"),
            ({"kind": "ambulances", "reach": "75"}, "reach"),
            ({"kind": "facility", "reach": ""}, "registries"),
            ({"kind": "facility", "registries": ["nothing"]}, "registries"),
            ({"name": " "}, "name"),
            ({"email": "", "phone": ""}, "email"),
            ({"email": "logistique"}, "email"),
            ({"phone": "12"}, "phone"),
            ({"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
        ],
    )
    def test_refuses_at_the_field(self, agency, changes, where):
        with pytest.raises(Invalid) as refused:
            services.appoint_referent(actor=agency, appointment=appointment(**changes), at=AT)
        assert where in [fault.where for fault in refused.value.faults]
        assert not Referent.objects.exists()

    def test_of_a_facility_of_another_region_does_not_exist(self, agency, region):
        asked = appointment(kind="facility", reach="", registries=[region["stranger"].registry])
        with pytest.raises(Invalid) as refused:
            services.appoint_referent(actor=agency, appointment=asked, at=AT)
        assert "dans votre périmètre" in refused.value.faults[0].message

    def test_is_the_agencys(self):
        with pytest.raises(Forbidden):
            services.appoint_referent(actor=actor(Role.PLATFORM), appointment=appointment(), at=AT)


@pytest.mark.usefixtures("region")
class TestEndReferent:
    def test_leaves_an_alert(self, agency):
        row = services.appoint_referent(actor=agency, appointment=appointment(), at=AT)

        services.end_referent(actor=agency, referent_id=row.pk, on=TODAY, at=AT)

        tomorrow = TODAY + timedelta(days=1)
        kinds = [a.kind for a in queries.missing_referents(scope=OCCITANIE, on=tomorrow).alerts]
        assert "platform" in kinds
        with pytest.raises(services.ReferentEnded):
            services.end_referent(
                actor=agency, referent_id=row.pk, on=tomorrow, at=AT + timedelta(days=3)
            )

    def test_of_another_region_does_not_exist(self, agency):
        row = services.appoint_referent(actor=agency, appointment=appointment(), at=AT)
        other = actor(Role.ARS, scope=Scope(kind=ScopeKind.REGION, code="11"))
        with pytest.raises(NotFound):
            services.end_referent(actor=other, referent_id=row.pk, on=TODAY, at=AT)


class TestMissingReferents:
    def test_lists_each_kind_and_a_shared_contact_counts_for_each(
        self, agency, region, django_assert_num_queries
    ):
        with django_assert_num_queries(4):
            missing = queries.missing_referents(scope=OCCITANIE, on=TODAY)
        assert [alert.kind for alert in missing.alerts] == ["agency", "platform", "ambulances"]
        assert missing.facilities == {"hospital": 1, "nursing_home": 2}

        for asked in (
            appointment(),
            appointment(kind="agency", reach="76"),
            appointment(kind="ambulances", reach="31", email="", phone="05 61 00 00 00"),
            appointment(
                kind="facility", reach="", registries=[home.registry for home in region["homes"]]
            ),
        ):
            services.appoint_referent(actor=agency, appointment=asked, at=AT)

        left = queries.missing_referents(scope=OCCITANIE, on=TODAY)
        assert (left.alerts, left.facilities) == ([], {"hospital": 1})
        assert list(queries.without_contact(scope=OCCITANIE, on=TODAY)) == [region["platform"]]

    def test_sees_its_scope_alone(self, region):
        platform = Scope(kind=ScopeKind.FACILITY, code=region["homes"][0].registry)
        found = queries.missing_referents(scope=platform, on=TODAY)
        assert (found.alerts, found.facilities) == ([], {"nursing_home": 1})
        assert queries.missing_referents(scope=Scope(kind=ScopeKind.NOTHING), on=TODAY).count == 0


class TestReferents:
    def test_keeps_to_the_scope(self, agency, region):
        services.appoint_referent(actor=agency, appointment=appointment(), at=AT)
        home = region["homes"][0]
        asked = appointment(kind="facility", reach="", registries=[home.registry], name="Cadre")
        services.appoint_referent(actor=agency, appointment=asked, at=AT)

        def names(scope):
            return [row.name for row in queries.referents(scope=scope, on=TODAY)]

        assert names(OCCITANIE) == names(COUNTRY) == ["Cadre", "Logistique du CHU"]
        assert names(Scope(kind=ScopeKind.FACILITY, code=home.registry)) == ["Cadre"]
        assert names(Scope(kind=ScopeKind.TERRITORY, code="T31")) == ["Cadre", "Logistique du CHU"]
        assert names(Scope(kind=ScopeKind.REGION, code="11")) == []
        assert names(Scope(kind=ScopeKind.NOTHING)) == []
