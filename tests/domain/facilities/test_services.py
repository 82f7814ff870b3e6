from datetime import UTC, date, datetime

import pytest

from distrilog.domain.facilities import queries, services
from distrilog.domain.facilities.models import (
    Address,
    Attachment,
    Category,
    Department,
    Facility,
    FacilityImport,
    Region,
    Territory,
    Zone,
)
from distrilog.domain.facilities.rules import Kind, Offer, Perimeter, Record, finess_number
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("land")]

AT = datetime(2020, 11, 2, 8, tzinfo=UTC)
WHOLE = Perimeter(scope=Scope(kind=ScopeKind.COUNTRY), closes=True, adds=True, official=False)


def number(rank):
    return finess_number(prefix="96", rank=rank)


@pytest.fixture
def land():
    """Two regions, one overseas; one platform in the first."""
    for code, overseas in (("metropole", False), ("reunion", True)):
        Zone.objects.create(code=code, name=code, overseas=overseas)
    Region.objects.create(code="76", name="Occitanie")
    Region.objects.create(code="04", name="La Réunion")
    Department.objects.create(code="31", name="Haute-Garonne", region_id="76", zone_id="metropole")
    Department.objects.create(code="12", name="Aveyron", region_id="76", zone_id="metropole")
    Department.objects.create(code="974", name="La Réunion", region_id="04", zone_id="reunion")
    Category.objects.create(code="500", name="EHPAD", group="nursing_home")
    Category.objects.create(code="620", name="Officine", group="pharmacy")
    Territory.objects.create(code="76101", name="OCC-01", region_id="76")


def record(rank, **values):
    keys = {key.replace("__", "."): value for key, value in values.items()}
    base = {"name": f"Foyer {rank}", "category": "500", "department": "31"}
    return Record(where=f"ligne {rank}", registry=number(rank), values={**base, **keys})


def put(*records, by="Ada", perimeter=WHOLE, dry_run=False):
    offer = Offer(
        file_name="stock.csv",
        digest="d",
        layout="csv",
        dated=date(2020, 11, 2),
        perimeter=perimeter,
        items=records,
    )
    return services.import_delta(offer=offer, by=by, at=AT, dry_run=dry_run)


def many(count, **values):
    return [record(rank, **values) for rank in range(1, count + 1)]


class TestImportDelta:
    def test_adds_whole_facilities(self):
        neighbour = Facility.objects.create(
            registry=number(900), name="Voisin", category_id="500", department_id="12"
        )
        Attachment.objects.create(
            facility=neighbour, territory_id="76101", period=("2020-01-01", None)
        )
        partial = Perimeter(scope=WHOLE.scope, closes=False, adds=True, official=False)
        put(
            record(
                1,
                places__places=80,
                staff__caregiver=30,
                latitude=43.6,
                opened_on="2001-05-01",
                address__postcode="31000",
                address__city="Toulouse",
            ),
            record(2, department="974", category="620"),
            perimeter=partial,
        )
        home, pharmacy = (
            Facility.objects.get(registry=number(1)),
            Facility.objects.get(registry=number(2)),
        )
        assert home.capacities.get().places == 80
        assert home.staff.get().headcount == 30
        assert home.addresses.get(main=True).contact == "Réception marchandises"
        assert home.opened_on == date(2001, 5, 1)
        assert home.fictitious
        assert (home.route, pharmacy.route) == ("operator", "overseas")
        assert (
            home.attachments.get().territory_id == "76101"
        )  # the region's, for want of the department's
        assert not pharmacy.attachments.exists()

    def test_changes_nothing_the_second_time(self):
        records = many(3, places__places=40, address__postcode="31000", address__city="Muret")
        assert put(*records).state == "applied"
        again = put(*records)
        assert (again.state, again.import_id, list(again.changes)) == ("nothing", None, [])
        assert FacilityImport.objects.count() == 1

    def test_changes_and_empties_what_differs_only(self):
        put(
            *many(
                2,
                places__places=40,
                staff__caregiver=5,
                address__postcode="31000",
                address__city="Muret",
            )
        )
        Address.objects.update(opening_hours="Le matin")
        outcome = put(
            record(
                1,
                places__places=0,
                staff__caregiver=7,
                address__postcode="31000",
                address__city="Toulouse",
            ),
            *many(2, places__places=40)[1:],
        )
        assert outcome.count(Kind.CHANGED) == 1
        states = queries.states()
        assert "places.places" not in states[number(1)]
        assert states[number(1)]["staff.caregiver"] == 7
        assert states[number(2)]["places.places"] == 40
        moved = Address.objects.get(facility__registry=number(1))
        assert (moved.city, moved.opening_hours) == ("Toulouse", "Le matin")

    def test_closes_a_few_at_once(self):
        put(*many(200))
        outcome = put(*many(199))
        assert (outcome.state, outcome.count(Kind.CLOSED)) == ("applied", 1)
        assert Facility.objects.get(registry=number(200)).closed_on == date(2020, 11, 2)

    def test_waits_when_too_many_would_close(self):
        put(*many(200))
        outcome = put(*many(190))
        assert outcome.state == "waiting"
        assert FacilityImport.objects.get(pk=outcome.import_id).closed == 10
        assert not Facility.objects.filter(closed_on__isnull=False).exists()

    def test_writes_nothing_in_a_dry_run(self):
        outcome = put(*many(5), dry_run=True)
        assert (outcome.state, outcome.count(Kind.ADDED)) == ("dry_run", 5)
        assert not Facility.objects.exists()
        assert not FacilityImport.objects.exists()

    def test_applies_nothing_of_a_file_with_one_bad_row(self):
        bad = Record(where="ligne 99", registry="960000000", values={})
        with pytest.raises(services.FileRefused) as refused:
            put(*many(5), bad)
        [fault] = refused.value.faults
        assert fault.where == "ligne 99"
        assert not Facility.objects.exists()

    def test_asks_as_many_questions_for_ten_as_for_a_hundred(self, django_assert_max_num_queries):
        for count in (10, 100):
            with django_assert_max_num_queries(24):
                put(
                    *many(count, places__places=count, staff__crew=count, address__postcode="31000")
                )


class TestSignImport:
    @pytest.fixture
    def waiting(self):
        put(*many(200))
        return put(*many(190)).import_id

    def test_applies_what_waited(self, waiting):
        services.sign_import(import_id=waiting, by="Grace", at=AT)
        row = FacilityImport.objects.get(pk=waiting)
        assert (row.state, row.signed_by, row.delta) == ("applied", "Grace", [])
        assert Facility.objects.filter(closed_on=date(2020, 11, 2)).count() == 10

    @pytest.mark.parametrize("by", ["Ada", "ada", " ADA "])
    def test_needs_another_person(self, waiting, by):
        with pytest.raises(services.SamePerson):
            services.sign_import(import_id=waiting, by=by, at=AT)
        assert FacilityImport.objects.get(pk=waiting).state == "waiting"

    def test_refuses_what_has_changed_since(self, waiting):
        Facility.objects.filter(registry=number(195)).update(closed_on=date(2020, 10, 1))
        with pytest.raises(services.RegisterChanged) as refused:
            services.sign_import(import_id=waiting, by="Grace", at=AT)
        assert [fault.where for fault in refused.value.faults] == [number(195)]
        assert Facility.objects.filter(closed_on__isnull=False).count() == 1

    def test_signs_once(self, waiting):
        services.sign_import(import_id=waiting, by="Grace", at=AT)
        with pytest.raises(services.ImportNotWaiting):
            services.sign_import(import_id=waiting, by="Grace", at=AT)

    def test_knows_no_other_import(self):
        with pytest.raises(NotFound):
            services.sign_import(import_id=999, by="Grace", at=AT)


class TestTurnDownImport:
    def test_drops_what_waited(self):
        put(*many(200))
        waiting = put(*many(190)).import_id
        services.turn_down_import(import_id=waiting, by="Ada", at=AT)
        row = FacilityImport.objects.get(pk=waiting)
        assert (row.state, row.delta) == ("refused", [])
        with pytest.raises(services.ImportNotWaiting):
            services.sign_import(import_id=waiting, by="Grace", at=AT)
