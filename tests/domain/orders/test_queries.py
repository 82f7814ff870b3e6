"""Questions about orders, each in a fixed number of statements."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.orders import queries, services, tasks
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.rules import QuotaExceeded
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.orders.world import AT, WEEK
from tests.factories import orderer


COUNTRY = Scope(kind=ScopeKind.COUNTRY)
CUT_OFF = datetime(2020, 11, 6, 11, tzinfo=UTC)


def place(world, **units):
    return services.place(
        actor=orderer(world.home), demand=world.demand(units or {"surgical_mask": 50}), at=AT
    )


class TestGet:
    def test_tells_the_order_as_it_was_placed(self, world):
        placed = place(world, surgical_mask=50, gown=10)

        found = queries.get(reference=placed.reference, scope=COUNTRY)

        for name in ("status", "facility", "address_label", "promised_on", "cut_off_at", "lines"):
            assert getattr(found, name) == getattr(placed, name)
        assert found.may_change(at=AT)
        assert not found.may_change(at=CUT_OFF)

    @pytest.mark.parametrize(
        "scope",
        [
            Scope(kind=ScopeKind.NOTHING),
            Scope(kind=ScopeKind.REGION, code="76"),
            Scope(kind=ScopeKind.DEPARTMENT, code="31"),
        ],
    )
    def test_knows_nothing_outside_the_scope(self, world, scope):
        placed = place(world)

        with pytest.raises(NotFound):
            queries.get(reference=placed.reference, scope=scope)
        with pytest.raises(NotFound):
            queries.changes(reference=placed.reference, scope=scope)

    def test_knows_the_orders_of_one_route_only(self, world):
        placed = place(world)

        assert queries.get(reference=placed.reference, scope=COUNTRY, route="operator")
        with pytest.raises(NotFound):
            queries.get(reference=placed.reference, scope=COUNTRY, route="spf")


class TestListing:
    def test_goes_page_by_page_newest_first(self, world):
        references = [place(world).reference for _ in range(3)]

        seen, before = [], None
        while True:
            page = queries.listing(scope=COUNTRY, before=before, limit=2)
            seen += [order.reference for order in page.orders]
            before = page.before
            if before is None:
                break

        assert seen == references[::-1]

    def test_may_be_narrowed(self, world):
        place(world)

        assert queries.listing(scope=COUNTRY, week=WEEK, facility=world.home.registry).orders
        assert not queries.listing(scope=COUNTRY, week="2020-W44").orders
        assert not queries.listing(scope=COUNTRY, facility=world.platform.registry).orders
        assert not queries.listing(scope=COUNTRY, before=10**30, route="spf").orders

    def test_asks_two_statements_for_one_order_or_many(self, world, django_assert_num_queries):
        for _ in range(2):
            place(world)
            with django_assert_num_queries(2):
                queries.listing(scope=COUNTRY)
            with django_assert_num_queries(2):
                queries.history(facility_id=world.home.pk)
            with django_assert_num_queries(2):
                queries.of_facility(facility_id=world.home.pk, week=WEEK)


class TestOffer:
    def test_tells_what_is_open_why_and_what_is_left(self, world):
        place(world, surgical_mask=150)

        offer = queries.offer(registry=world.home.registry, scope=COUNTRY, at=AT)

        families = {family.family: family for family in offer.families}
        mask = families["surgical_mask"]
        assert (mask.open, mask.cap, mask.ordered, mask.left, mask.left_boxes) == (
            *(True, 1000, 150, 850, 17),
        )
        assert not families["glove"].open
        assert "Hors tension" in families["glove"].why
        assert "dotation" in families["cap"].why
        assert (offer.open, offer.closes_at) == (True, CUT_OFF)
        assert offer.promised_on == date(2020, 11, 10)
        assert [(each.id, each.platform) for each in offer.addresses] == [
            (world.own_address.pk, False),
            (world.platform_address.pk, True),
        ]

    def test_leaves_nothing_of_a_quota_that_expired(self, world):
        Quota.objects.update(closed=True)

        offer = queries.offer(registry=world.home.registry, scope=COUNTRY, at=AT)

        assert {family.left for family in offer.families} == {0}

    def test_says_when_it_opens_again(self, world):
        offer = queries.offer(registry=world.home.registry, scope=COUNTRY, at=CUT_OFF)

        assert not offer.open
        assert offer.why == "Commandes fermées : elles rouvrent lundi 9 novembre à 8 h 00."
        assert offer.opens_again_at == datetime(2020, 11, 9, 7, tzinfo=UTC)

    def test_is_for_who_sees_the_facility(self, world):
        with pytest.raises(NotFound):
            queries.offer(
                registry=world.home.registry,
                scope=Scope(kind=ScopeKind.REGION, code="76"),
                at=AT,
            )


class TestRefused:
    def test_counts_the_largest_demand_once(self, world):
        for units in (1_050, 3_000, 2_000):
            with pytest.raises(QuotaExceeded):
                place(world, surgical_mask=units)

        [total] = queries.refused(week=WEEK, scope=COUNTRY)

        assert (total.facility_id, total.family) == (world.home.pk, "surgical_mask")
        assert (total.units_asked, total.units_left) == (3_000, 1_000)
        assert not queries.refused(week=WEEK, scope=Scope(kind=ScopeKind.REGION, code="76"))


class TestReleaseTask:
    def test_hands_over_what_is_due_by_the_clock(self, world, monkeypatch):
        place(world)
        monkeypatch.setattr("distrilog.kernel.clock.now", lambda: CUT_OFF)

        assert tasks.release_orders(timestamp=0) == 1
        assert Order.objects.get().status == "released"
