"""Which version holds, and what everyone needs under it, from the register's rows."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.doctrines import queries, services
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Category
from distrilog.kernel.refusals import NotFound
from tests.factories import DepartmentFactory, FacilityFactory


pytestmark = pytest.mark.django_db

DAY = date(2020, 11, 2)


@pytest.fixture
def history():
    return services.seed_versions(prepared_by="one", signed_by="two")


@pytest.fixture
def ambulances():
    category = Category.objects.create(
        code="A01", name="Transport sanitaire", group=Category.Group.AMBULANCE
    )
    return [FacilityFactory(category=category, people={"crew": crew}) for crew in (2, 6, 10)]


@pytest.mark.usefixtures("history")
class TestInForce:
    @pytest.mark.parametrize(
        ("on", "code"),
        [
            (date(2020, 3, 20), "2020-03-20"),
            (date(2020, 3, 22), "2020-03-20"),
            (date(2020, 3, 23), "2020-03-26"),
            (date(2020, 10, 4), "2020-03-26"),
            (date(2021, 1, 1), "2020-10"),
        ],
    )
    def test_is_the_latest_signed_that_took_effect(self, on, code):
        assert queries.in_force(on=on).code == code

    def test_is_refused_before_the_first(self):
        with pytest.raises(queries.NoDoctrine, match="19/03/2020"):
            queries.in_force(on=date(2020, 3, 19))

    def test_passes_over_drafts_and_withdrawn(self, history):
        for code, state in (("d", "draft"), ("w", "withdrawn")):
            DoctrineVersion.objects.create(
                code=code,
                title=code,
                rule_set="2020-10",
                parameters={},
                effective_on=DAY,
                state=state,
                prepared_by="one",
                prepared_at=datetime(2020, 11, 1, tzinfo=UTC),
            )
        assert queries.in_force(on=DAY) == history[-1]


class TestNationalNeed:
    def test_counts_open_facilities_in_a_fixed_number_of_statements(
        self, history, django_assert_num_queries
    ):
        FacilityFactory(places={"places": 80})
        FacilityFactory(places={"places": 10}, closed=True)
        FacilityFactory(pharmacy=True)
        with django_assert_num_queries(3):
            need = queries.national_need(version=history[1], on=DAY)
        assert need.totals["surgical_mask"] == 400

        for _ in range(20):
            FacilityFactory(places={"places": 10}, people={"caregiver": 3})
        with django_assert_num_queries(3):
            need = queries.national_need(version=history[1], on=DAY)
        assert need.totals["surgical_mask"] == 1400
        assert len(need.features) == 21


class TestNeedOf:
    def test_tells_the_lines_that_sum_to_the_national_need(self, history, ambulances):
        everyone = [*ambulances, FacilityFactory(places={"places": 80}, people={"caregiver": 40})]
        for version in history:
            national = queries.national_need(version=version, on=DAY)
            for facility in everyone:
                need = queries.need_of(facility=facility, version=version, on=DAY)
                row = national.features.ids.tolist().index(facility.pk)
                assert need.units == {
                    family: int(units[row]) for family, units in national.units.items()
                }
                assert sum(line.units for line in need.lines) == sum(need.units.values())
                assert need.eligibility.eligible

    def test_reads_the_class_for_a_size_key(self, history, ambulances):
        masks = [
            queries.need_of(facility=each, version=history[1], on=DAY).units["surgical_mask"]
            for each in ambulances
        ]
        assert masks == [17, 50, 83]

    def test_is_nothing_when_closed(self, history):
        need = queries.need_of(
            facility=FacilityFactory(closed=True, places={"places": 9}),
            version=history[1],
            on=DAY,
        )
        assert need.lines == ()
        assert set(need.units.values()) == {0}


class TestChanges:
    def test_compares_with_the_version_in_force(self, history, django_assert_num_queries):
        paris = FacilityFactory(
            hospital=True, people={"caregiver": 100}, name="Hôpital de l’Étoile"
        )
        rennes = FacilityFactory(
            hospital=True,
            people={"caregiver": 100},
            department=DepartmentFactory(code="35", region__code="53"),
        )
        with django_assert_num_queries(6):
            changes = queries.changes(version=history[1], on=date(2020, 3, 22))
        masks = changes.families[0]

        assert changes.against == history[0]
        assert (masks.country.before, masks.country.after) == (1680, 1960)
        assert (masks.country.gain, masks.country.unchanged) == (1, 1)
        assert [each.registry for each in masks.winners] == [paris.registry]
        assert changes.facility_names == {paris.registry: "Hôpital de l’Étoile"}
        assert masks.regions["53"].difference == 0
        assert changes.region_names["53"] == rennes.department.region.name
        assert "masks_per_home_carer_week" in {each.name for each in changes.parameters}

    def test_compares_with_nothing_before_the_first(self, history):
        FacilityFactory(places={"places": 80})
        changes = queries.changes(version=history[0], on=date(2020, 3, 1))
        assert changes.against is None
        assert changes.families[0].country.before == 0
        assert changes.families[0].country.after == 400

    def test_compares_with_another_when_asked(self, history):
        FacilityFactory(hospital=True, people={"caregiver": 10})
        changes = queries.changes(version=history[0], on=DAY, against=history[1])
        assert changes.families[0].country.difference == 84 - 112

    def test_shows_the_one_parameter_that_changed(self, history):
        other = DoctrineVersion(
            code="x",
            rule_set="2020-10",
            parameters=history[2].parameters | {"days_per_week": 5},
        )
        (changed,) = queries.changes(version=other, on=DAY).parameters
        assert (changed.name, changed.before, changed.after) == ("days_per_week", 7, 5)


class TestGet:
    def test_refuses_what_does_not_exist(self):
        with pytest.raises(NotFound):
            queries.get(version_id=0)


class TestParametersOf:
    def test_pairs_what_the_rules_read_with_its_value(self, history):
        found = {p.name: value for p, value in queries.parameters_of(version=history[0])}
        assert found["masks_per_place_week"] == 5
        assert "departments_at_risk" not in found


class TestListing:
    def test_begins_with_the_latest(self, history):
        assert queries.listing() == history[::-1]
