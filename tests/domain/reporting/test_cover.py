"""What is on its way: orders placed and not received, by area and by facility."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.declarations.models import Target
from distrilog.domain.declarations.rules.picture import Choice, Width
from distrilog.domain.orders.models import Order
from distrilog.domain.reporting.cover import Way, every_facility, facilities, on_the_way
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.shipping.world import GOWNS, MASKS, DespatchFactory, OrderFactory, fulfilment_of
from tests.factories import AttachmentFactory, DepartmentFactory, FacilityFactory, TerritoryFactory


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
WEEK = Week(2020, 45)


def of_country(**values):
    return on_the_way(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, **values)


@pytest.fixture
def homes():
    """A home in Paris, in a territory; one in Yvelines, in none."""
    paris = FacilityFactory.create()
    AttachmentFactory.create(facility=paris, territory=TerritoryFactory.create(code="T1"))
    return paris, FacilityFactory.create(department=DepartmentFactory.create(code="78"))


class TestOnTheWay:
    def test_counts_an_order_from_its_placing_to_its_receipt(self, homes):
        order = OrderFactory.create(facility=homes[0], status=Order.Status.PLACED)
        assert of_country().total == {MASKS: Way(waiting=100), GOWNS: Way(waiting=10)}
        fulfilment = fulfilment_of(order)
        assert of_country().total[MASKS] == Way(waiting=100)
        line = fulfilment.lines.get(family_id=MASKS)
        line.despatched, line.withdrawn = 60, 10
        line.save()
        assert of_country().total[MASKS] == Way(waiting=30, moving=60)
        line.failed, line.delivered, line.received, line.disputed = 10, 50, 30, 5
        line.save()
        assert of_country().total[MASKS] == Way(waiting=30, moving=15)
        fulfilment.state = "received"
        fulfilment.save()
        assert of_country().total == {}

    def test_counts_nothing_of_what_was_cancelled_withdrawn_or_given_up(self, homes):
        OrderFactory.create(facility=homes[0], status=Order.Status.CANCELLED)
        fulfilment_of(OrderFactory.create(facility=homes[0]), state="given_up")
        partly = OrderFactory.create(facility=homes[0])
        partly.lines.filter(family_id=MASKS).update(withdrawn=50)
        partly.lines.filter(family_id=GOWNS).update(withdrawn=10)
        assert of_country().total == {MASKS: Way(waiting=50)}

    def test_adds_up_at_each_level_by_the_codes_of_the_picture(self, homes):
        paris, yvelines = homes
        DespatchFactory.create(facility=paris)
        OrderFactory.create(facility=yvelines, units={MASKS: 50})
        far = FacilityFactory.create(
            department=DepartmentFactory.create(code="35", region__code="53")
        )
        OrderFactory.create(facility=far, units={MASKS: 300})
        country = of_country(family=MASKS)
        assert country.total == {MASKS: Way(waiting=350, moving=100)}
        assert country.parts == {
            "11": {MASKS: Way(waiting=50, moving=100)},
            "53": {MASKS: Way(waiting=300)},
        }
        region = on_the_way(scope=COUNTRY, width=Width.REGION, code="11", week=WEEK)
        assert region.total[MASKS] == country.parts["11"][MASKS]
        assert {code: way[MASKS].units for code, way in region.parts.items()} == {
            "75": 100,
            "78": 50,
        }
        paris_own = on_the_way(scope=COUNTRY, width=Width.DEPARTMENT, code="75", week=WEEK)
        assert paris_own.parts["75:T1"] == paris_own.total == region.parts["75"]
        territory = on_the_way(scope=COUNTRY, width=Width.TERRITORY, code="T1", week=WEEK)
        assert territory.parts == {"75:T1": territory.total}

    def test_looks_neither_at_later_weeks_nor_far_back(self, homes):
        for week in ("2020-W46", "2020-W30", "2020-W45"):
            OrderFactory.create(facility=homes[0], week=week, units={MASKS: 50})
        assert of_country().total == {MASKS: Way(waiting=50)}

    def test_is_refused_outside_the_scope_and_takes_few_statements(self, homes):
        OrderFactory.create(facility=homes[0])
        ars = Scope(kind=ScopeKind.REGION, code="11")
        with pytest.raises(NotFound):
            on_the_way(scope=ars, width=Width.COUNTRY, week=WEEK)
        with CaptureQueriesContext(connection) as captured:
            on_the_way(scope=ars, width=Width.REGION, code="11", week=WEEK)
        assert len(captured) == 2


class TestFacilities:
    def test_say_what_is_on_its_way_to_each(self, homes):
        paris, yvelines = homes
        DespatchFactory.create(facility=paris)
        OrderFactory.create(facility=paris, units={MASKS: 50})
        for home in homes:
            for family in (MASKS, GOWNS):
                Target.objects.create(facility=home, family_id=family, need=70)
        place = {"scope": COUNTRY, "width": Width.REGION, "code": "11", "week": WEEK}
        page = facilities(**place, choice=Choice(per_page=3))
        ways = {(row.facility_id, row.family): row.on_the_way for row in every_facility(**place)}
        assert ways == {
            (paris.pk, MASKS): 150,
            (paris.pk, GOWNS): 10,
            (yvelines.pk, MASKS): 0,
            (yvelines.pk, GOWNS): 0,
        }
        assert page.matching == 4
        assert all(row.on_the_way == ways[row.facility_id, row.family] for row in page.rows)
