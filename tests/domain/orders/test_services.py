"""Placing, amending, cancelling and handing over orders."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import services
from distrilog.domain.orders.models import Order, OrderKey, RefusedDemand
from distrilog.domain.orders.queries import changes, discrepancies
from distrilog.domain.orders.rules import (
    MOST_LINES,
    MOST_UNITS,
    AlreadyCancelled,
    Asked,
    Demand,
    KeyReused,
    QuotaExceeded,
    TooLate,
    VersionChanged,
)
from distrilog.domain.quotas.models import Pot, Quota
from distrilog.domain.regimes.models import Window
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.orders.world import AT, WEEK, declare, give, open_window
from tests.factories import FacilityFactory, FamilyFactory, actor, agency, orderer


COUNTRY = Scope(kind=ScopeKind.COUNTRY)
CUT_OFF = datetime(2020, 11, 6, 11, tzinfo=UTC)


def codes(refusal: Invalid) -> list[tuple[str, str]]:
    return [(fault.where, fault.values["code"]) for fault in refusal.faults]


def asked(**units: int) -> list[Asked]:
    return [Asked(family=family, units=count) for family, count in units.items()]


class TestPlace:
    def test_writes_the_order_its_lines_its_key_and_its_message(self, world):
        placed = services.place(
            actor=orderer(world.home),
            demand=world.demand({"surgical_mask": 150, "gown": 20}, key="k"),
            at=AT,
        )

        order = Order.objects.get(reference=placed.reference)
        assert (order.facility, order.week, order.status) == (world.home, WEEK, "placed")
        assert (order.address, order.route) == (world.own_address, "operator")
        assert (order.placed_at, order.cut_off_at) == (AT, CUT_OFF)
        assert dict(order.lines.values_list("family", "units")) == {
            "surgical_mask": 150,
            "gown": 20,
        }
        assert order.keys.get().key == "k"
        assert OutboxMessage.objects.get().payload == {"reference": placed.reference}
        assert (world.ordered(), world.ordered("gown")) == (150, 20)

    def test_answers_boxes_what_is_left_and_a_promise(self, world):
        placed = services.place(actor=orderer(world.home), demand=world.demand(), at=AT)

        assert [(line.family, line.units, line.boxes) for line in placed.lines] == [
            ("surgical_mask", 100, 2)
        ]
        assert placed.left == {"surgical_mask": 900}
        # Three days after Friday's cut-off, Sunday not counted.
        assert placed.promised_on == date(2020, 11, 10)

    def test_gives_a_reference_with_region_and_week_that_cannot_be_guessed(self, world):
        references = {
            services.place(actor=orderer(world.home), demand=world.demand(), at=AT).reference
            for _ in range(3)
        }

        assert len(references) == 3
        for reference in references:
            region, week, random = reference.split("-")
            assert (region, week, len(random)) == ("11", "2020W45", 16)

    def test_delivers_to_the_platform_when_asked(self, world):
        placed = services.place(
            actor=orderer(world.home),
            demand=world.demand(address=world.platform_address.pk),
            at=AT,
        )

        assert placed.address == world.platform_address.pk
        assert "75020 Paris" in placed.address_label

    def test_follows_a_decision_without_a_restart(self, world):
        buyer = orderer(world.home)
        services.place(actor=buyer, demand=world.demand({"ffp2": 50}), at=AT)

        declare(["ffp2"], regime="routine", starts_at=AT)

        with pytest.raises(Invalid) as refused:
            services.place(actor=buyer, demand=world.demand({"ffp2": 50}), at=AT)
        assert codes(refused.value) == [("lines.0.family", "family-not-open")]

    def test_follows_the_calendar_without_a_restart(self, world):
        buyer = orderer(world.home)
        services.place(actor=buyer, demand=world.demand(), at=AT)

        Window.objects.update(closed=True)

        with pytest.raises(Invalid) as refused:
            services.place(actor=buyer, demand=world.demand(), at=AT)
        assert codes(refused.value) == [("week", "window-closed")]

    def test_takes_a_decision_of_the_future_when_its_time_comes(self, world):
        declare(["glove"], regime="tension", starts_at=AT + timedelta(hours=1))
        give(world.run, world.home, "glove", 1000)
        demand = world.demand({"glove": 100})

        with pytest.raises(Invalid):
            services.place(actor=orderer(world.home), demand=demand, at=AT)
        services.place(
            actor=orderer(world.home), demand=demand, at=AT + timedelta(hours=1, seconds=2)
        )

    def test_takes_nothing_when_called_in_a_transaction_that_fails(self, world):
        with transaction.atomic():
            services.place(actor=orderer(world.home), demand=world.demand(), at=AT)
            transaction.set_rollback(True)

        assert world.ordered() == 0

    def test_asks_the_same_number_of_statements_for_one_line_or_three(
        self, world, django_assert_num_queries
    ):
        buyer = orderer(world.home)
        services.place(actor=buyer, demand=world.demand(), at=AT)

        for lines in ({"gown": 10}, {"gown": 10, "ffp2": 50, "surgical_mask": 50}):
            with django_assert_num_queries(2):
                services.place(actor=buyer, demand=world.demand(lines), at=AT)


class TestPlaceOverseas:
    def test_uses_the_clocks_and_the_lead_time_of_the_zone(self, world):
        island = FacilityFactory(at_sea=True)
        island.addresses.create(postcode="97400", city="Saint-Denis")
        open_window(island.department.zone)
        declare(["gown"], regime="tension", region="04")
        give(world.run, island, "gown", 100)
        # 09:00 on Monday in Saint-Denis, still 06:00 in Paris.
        at = datetime(2020, 11, 2, 5, tzinfo=UTC)

        placed = services.place(
            actor=orderer(island),
            demand=world.demand({"gown": 10}, registry=island.registry),
            at=at,
        )

        assert placed.route == "overseas"
        assert placed.cut_off_at == datetime(2020, 11, 6, 8, tzinfo=UTC)
        assert placed.promised_on == date(2020, 11, 20)


class TestPlaceRefuses:
    """What bad input gets: each its own code, at its place, with a remedy."""

    @pytest.mark.parametrize(
        ("lines", "where", "code"),
        [
            ({}, "lines", "basket-empty"),
            ({"surgical_mask": 0}, "lines.0.units", "units-not-positive"),
            ({"surgical_mask": -50}, "lines.0.units", "units-not-positive"),
            ({"surgical_mask": MOST_UNITS + 50}, "lines.0.units", "units-too-many"),
            ({"surgical_mask": 10**30}, "lines.0.units", "units-too-many"),
            ({"surgical_mask": 50.0}, "lines.0.units", "units-fractional"),
            ({"surgical_mask": 12.5}, "lines.0.units", "units-fractional"),
            ({"surgical_mask": True}, "lines.0.units", "units-fractional"),
            ({"surgical_mask": 60}, "lines.0.units", "not-whole-boxes"),
            ({"respirator": 50}, "lines.0.family", "family-unknown"),
            ({"\0": 50}, "lines.0.family", "family-unknown"),
            ({"glove": 100}, "lines.0.family", "family-not-open"),
            ({"cap": 100}, "lines.0.family", "family-pushed"),
        ],
    )
    def test_a_wrong_basket(self, world, lines, where, code):
        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(lines), at=AT)

        assert codes(refused.value) == [(where, code)]
        assert all(fault.remedy for fault in refused.value.faults)
        assert not Order.objects.exists()

    def test_every_fault_at_once(self, world):
        lines = [
            Asked(family="surgical_mask", units=0),
            Asked(family="surgical_mask", units=50),
            Asked(family="glove", units=60),
        ]
        demand = Demand(
            registry=world.home.registry,
            lines=lines,
            week="2020-W44",
            address=world.stranger_address.pk,
        )

        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=demand, at=AT)

        assert codes(refused.value) == [
            ("week", "week-not-current"),
            ("address", "address-unknown"),
            ("lines.0.units", "units-not-positive"),
            ("lines.1.family", "family-twice"),
            ("lines.2.family", "family-not-open"),
            ("lines.2.units", "not-whole-boxes"),
        ]

    def test_too_many_lines(self, world):
        demand = Demand(
            registry=world.home.registry,
            lines=[Asked(family=f"family{n}", units=1) for n in range(MOST_LINES + 1)],
        )

        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=demand, at=AT)
        assert codes(refused.value) == [("lines", "too-many-lines")]

    @pytest.mark.parametrize("address", [0, -1, 10**30, 999_999_999])
    def test_an_address_that_does_not_exist(self, world, address):
        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(address=address), at=AT)
        assert codes(refused.value) == [("address", "address-unknown")]

    def test_a_facility_without_an_address(self, world):
        world.own_address.delete()

        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(), at=AT)
        assert codes(refused.value) == [("address", "address-missing")]

    @pytest.mark.parametrize(
        ("dates", "code"),
        [
            ({"closed_on": date(2020, 11, 4)}, "facility-closed"),
            ({"opened_on": date(2020, 11, 5)}, "facility-not-open-yet"),
        ],
    )
    def test_a_facility_that_is_not_open(self, world, dates, code):
        Facility.objects.filter(pk=world.home.pk).update(**dates)

        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(), at=AT)
        assert codes(refused.value) == [("facility", code)]

    @pytest.mark.parametrize("registry", ["", "750000000", "75000001", "x" * 500, "\0"])
    def test_a_number_that_cannot_be_one(self, world, registry):
        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(registry=registry), at=AT)
        assert codes(refused.value) == [("facility", "registry-number")]

    @pytest.mark.parametrize("key", ["k" * 121, "a\0b", "a\nb"])
    def test_a_key_that_cannot_be_one(self, world, key):
        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(key=key), at=AT)
        assert codes(refused.value) == [("key", "key-malformed")]

    @pytest.mark.parametrize(
        ("at", "opens_again_at"),
        [
            (datetime(2020, 11, 2, 6, 59, tzinfo=UTC), "2020-11-02T08:00:00+01:00"),
            (CUT_OFF, "2020-11-09T08:00:00+01:00"),
        ],
    )
    def test_outside_the_window_and_says_when_it_opens(self, world, at, opens_again_at):
        with pytest.raises(Invalid) as refused:
            services.place(actor=orderer(world.home), demand=world.demand(), at=at)

        [fault] = refused.value.faults
        assert fault.values == {"code": "window-closed", "opens_again_at": opens_again_at}
        assert "lundi" in fault.remedy
        assert "ARS Région 11" in fault.remedy

    def test_another_facility_as_if_it_did_not_exist(self, world):
        with pytest.raises(NotFound):
            services.place(
                actor=orderer(world.home),
                demand=world.demand(registry=world.stranger.registry),
                at=AT,
            )

    def test_a_referent_who_orders_for_a_member(self, world):
        referent = orderer(world.platform, role=Role.PLATFORM)
        territory = world.platform.attachments.get().territory_id
        seeing = actor(
            Role.PLATFORM,
            scope=Scope(kind=ScopeKind.TERRITORY, code=territory),
            registry=referent.registry,
        )

        with pytest.raises(Forbidden, match="le vôtre"):
            services.place(actor=seeing, demand=world.demand(), at=AT)

    @pytest.mark.parametrize("role", [Role.NATIONAL_CELL, Role.AUDITOR, Role.OPERATOR, Role.SPF])
    def test_a_role_that_does_not_order(self, world, role):
        with pytest.raises(Forbidden):
            services.place(actor=actor(role), demand=world.demand(), at=AT)


class TestQuotaExceeded:
    def test_says_what_is_left_of_every_short_line_and_takes_none(self, world):
        demand = world.demand({"surgical_mask": 1_050, "gown": 10, "ffp2": 2_000})

        with pytest.raises(QuotaExceeded) as refused:
            services.place(actor=orderer(world.home), demand=demand, at=AT)

        problem = refused.value.as_problem()
        assert problem["status"] == 409
        assert [(line["family"], line["asked"], line["left"]) for line in problem["lines"]] == [
            ("surgical_mask", 1_050, 1_000),
            ("ffp2", 2_000, 1_000),
        ]
        assert problem["opens_again_at"] == "2020-11-09T08:00:00+01:00"
        assert problem["ask"] == "l’ARS Région 11"
        assert world.ordered("gown") == 0
        assert not Order.objects.exists()

    def test_keeps_the_demand(self, world):
        buyer = orderer(world.home)

        with pytest.raises(QuotaExceeded):
            services.place(
                actor=buyer, demand=world.demand({"surgical_mask": 1_050, "gown": 10}), at=AT
            )

        kept = RefusedDemand.objects.get()
        assert (kept.facility, kept.family_id, kept.week) == (world.home, "surgical_mask", WEEK)
        assert (kept.units_asked, kept.units_left) == (1_050, 1_000)
        assert (kept.cause, kept.by, kept.at) == ("quota-exceeded", buyer.by, AT)

    def test_a_family_without_quota_has_nothing_left(self, world):
        Quota.objects.filter(family="ffp2").delete()

        with pytest.raises(QuotaExceeded) as refused:
            services.place(actor=orderer(world.home), demand=world.demand({"ffp2": 50}), at=AT)
        assert refused.value.values["lines"][0]["left"] == 0

    def test_an_expired_quota_has_nothing_left(self, world):
        Quota.objects.filter(family="ffp2").update(closed=True)

        with pytest.raises(QuotaExceeded):
            services.place(actor=orderer(world.home), demand=world.demand({"ffp2": 50}), at=AT)

    def test_a_need_outside_the_window_is_kept_too_a_slip_is_not(self, world):
        buyer = orderer(world.home)
        with pytest.raises(Invalid):
            services.place(actor=buyer, demand=world.demand(), at=CUT_OFF)
        with pytest.raises(Invalid):
            services.place(actor=buyer, demand=world.demand({"ffp2": -1}), at=CUT_OFF)

        assert [(row.cause, row.units_asked) for row in RefusedDemand.objects.all()] == [
            ("window-closed", 100)
        ]


class TestKeys:
    def test_the_same_key_and_content_answer_the_same_order(self, world):
        buyer = orderer(world.home)
        demand = world.demand({"surgical_mask": 50, "gown": 10}, key="k")
        first = services.place(actor=buyer, demand=demand, at=AT)

        again = services.place(actor=buyer, demand=demand, at=AT + timedelta(minutes=5))

        assert again.replayed
        for name in ("reference", "status", "lines", "promised_on", "cut_off_at", "placed_at"):
            assert getattr(again, name) == getattr(first, name)
        assert world.ordered() == 50
        assert Order.objects.count() == 1

    def test_a_replay_answers_after_the_cut_off_and_after_a_cancellation(self, world):
        buyer = orderer(world.home)
        first = services.place(actor=buyer, demand=world.demand(key="k"), at=AT)
        services.cancel(actor=buyer, reference=first.reference, at=AT)

        again = services.place(
            actor=buyer, demand=world.demand(key="k"), at=AT + timedelta(days=30)
        )

        assert (again.reference, again.status) == (first.reference, "placed")
        assert world.ordered() == 0

    @pytest.mark.parametrize(
        "other",
        [
            {"lines": {"surgical_mask": 150}},
            {"lines": {"gown": 100}},
            {"week": WEEK},
        ],
    )
    def test_the_same_key_with_other_content_is_refused(self, world, other):
        buyer = orderer(world.home)
        services.place(actor=buyer, demand=world.demand(key="k"), at=AT)

        with pytest.raises(KeyReused):
            services.place(
                actor=buyer, demand=world.demand(other.pop("lines", None), key="k", **other), at=AT
            )
        assert world.ordered() == 100

    def test_lines_in_another_order_are_the_same_content(self, world):
        buyer = orderer(world.home)
        first = services.place(
            actor=buyer, demand=world.demand({"gown": 10, "ffp2": 50}, key="k"), at=AT
        )

        again = services.place(
            actor=buyer, demand=world.demand({"ffp2": 50, "gown": 10}, key="k"), at=AT
        )

        assert again.reference == first.reference

    def test_another_person_may_use_the_same_key(self, world):
        first = services.place(actor=orderer(world.home), demand=world.demand(key="k"), at=AT)
        second = services.place(actor=orderer(world.home), demand=world.demand(key="k"), at=AT)

        assert first.reference != second.reference

    def test_a_refused_demand_leaves_its_key_free(self, world):
        buyer = orderer(world.home)
        with pytest.raises(QuotaExceeded):
            services.place(actor=buyer, demand=world.demand({"gown": 2_000}, key="k"), at=AT)

        assert not OrderKey.objects.exists()
        services.place(actor=buyer, demand=world.demand({"gown": 20}, key="k"), at=AT)


class TestPot:
    def test_an_agency_orders_for_a_facility_of_its_region(self, world):
        ars = agency(world.home.department.region)

        placed = services.place(actor=ars, demand=world.pot_demand(), at=AT)

        assert (placed.charge, placed.facility) == ("pot", world.home.registry)
        assert placed.left == {"surgical_mask": 400}
        assert Pot.objects.get().ordered == 100
        assert world.ordered() == 0

    def test_not_for_one_of_another_region(self, world):
        ars = agency(world.home.department.region)

        with pytest.raises(NotFound):
            services.place(
                actor=ars, demand=world.pot_demand(registry=world.stranger.registry), at=AT
            )

    def test_not_from_the_quota_of_a_facility(self, world):
        with pytest.raises(Forbidden):
            services.place(actor=agency(world.home.department.region), demand=world.demand(), at=AT)

    def test_a_facility_does_not_draw_from_the_pot(self, world):
        with pytest.raises(Forbidden):
            services.place(actor=orderer(world.home), demand=world.pot_demand(), at=AT)

    def test_never_beyond_the_pot_and_the_cell_is_whom_to_ask(self, world):
        ars = agency(world.home.department.region)

        with pytest.raises(QuotaExceeded) as refused:
            services.place(actor=ars, demand=world.pot_demand({"surgical_mask": 550}), at=AT)
        assert refused.value.values["ask"] == "la cellule nationale"

    def test_a_pot_lies_where_the_facility_is_served_from(self, world):
        Facility.objects.filter(pk=world.home.pk).update(route="spf")

        with pytest.raises(QuotaExceeded):
            services.place(
                actor=agency(world.home.department.region), demand=world.pot_demand(), at=AT
            )

    def test_amends_and_cancels_go_to_the_pot(self, world):
        ars = agency(world.home.department.region)
        placed = services.place(actor=ars, demand=world.pot_demand(), at=AT)

        services.amend(actor=ars, reference=placed.reference, lines=asked(surgical_mask=500), at=AT)
        assert Pot.objects.get().ordered == 500

        services.cancel(actor=ars, reference=placed.reference, at=AT)
        assert Pot.objects.get().ordered == 0

    def test_the_facility_sees_it_and_may_not_change_it(self, world):
        placed = services.place(
            actor=agency(world.home.department.region), demand=world.pot_demand(), at=AT
        )

        with pytest.raises(Forbidden):
            services.cancel(actor=orderer(world.home), reference=placed.reference, at=AT)


class TestAmend:
    @pytest.fixture
    def placed(self, world):
        return services.place(
            actor=orderer(world.home),
            demand=world.demand({"surgical_mask": 100, "gown": 20}),
            at=AT,
        )

    def test_moves_only_the_difference(self, world, placed):
        amended = services.amend(
            actor=orderer(world.home),
            reference=placed.reference,
            lines=asked(surgical_mask=50, ffp2=100),
            at=AT,
        )

        assert {line.family: line.units for line in amended.lines} == {
            "surgical_mask": 50,
            "ffp2": 100,
        }
        assert amended.version == 2
        assert (world.ordered(), world.ordered("gown"), world.ordered("ffp2")) == (50, 0, 100)

    def test_may_take_all_that_is_left_its_own_units_included(self, world, placed):
        services.amend(
            actor=orderer(world.home),
            reference=placed.reference,
            lines=asked(surgical_mask=1_000),
            at=AT,
        )

        assert world.ordered() == 1_000

    def test_refuses_more_and_keeps_the_demand_and_the_order(self, world, placed):
        with pytest.raises(QuotaExceeded) as refused:
            services.amend(
                actor=orderer(world.home),
                reference=placed.reference,
                lines=asked(surgical_mask=1_050, gown=10),
                at=AT,
            )

        [line] = refused.value.values["lines"]
        assert (line["asked"], line["left"]) == (1_050, 1_000)
        assert RefusedDemand.objects.get().units_asked == 1_050
        assert (world.ordered(), world.ordered("gown")) == (100, 20)

    def test_refuses_a_wrong_basket(self, world, placed):
        with pytest.raises(Invalid) as refused:
            services.amend(
                actor=orderer(world.home),
                reference=placed.reference,
                lines=asked(surgical_mask=60, glove=100),
                at=AT,
            )
        assert codes(refused.value) == [
            ("lines.0.units", "not-whole-boxes"),
            ("lines.1.family", "family-not-open"),
        ]

    def test_keeps_or_reduces_a_family_closed_since_but_adds_none(self, world, placed):
        buyer = orderer(world.home)
        declare(["gown"], regime="routine", starts_at=AT)

        services.amend(actor=buyer, reference=placed.reference, lines=asked(gown=10), at=AT)
        with pytest.raises(Invalid):
            services.amend(actor=buyer, reference=placed.reference, lines=asked(gown=20), at=AT)

    def test_changes_nothing_when_the_lines_are_the_same(self, world, placed):
        amended = services.amend(
            actor=orderer(world.home),
            reference=placed.reference,
            lines=asked(gown=20, surgical_mask=100),
            at=AT,
        )

        assert amended.version == 1

    def test_stops_at_the_cut_off(self, world, placed):
        buyer = orderer(world.home)
        last = CUT_OFF - timedelta(microseconds=1)
        services.amend(actor=buyer, reference=placed.reference, lines=asked(gown=10), at=last)

        with pytest.raises(TooLate) as refused:
            services.amend(
                actor=buyer, reference=placed.reference, lines=asked(gown=20), at=CUT_OFF
            )
        assert "vendredi 6 novembre à 12 h 00" in refused.value.detail
        assert "ARS Région 11" in refused.value.detail

    def test_refuses_a_change_made_on_an_old_version(self, world, placed):
        buyer = orderer(world.home)
        services.amend(actor=buyer, reference=placed.reference, lines=asked(gown=10), at=AT)

        with pytest.raises(VersionChanged):
            services.amend(
                actor=buyer,
                reference=placed.reference,
                lines=asked(gown=30),
                expected_version=1,
                at=AT,
            )

    def test_refuses_a_cancelled_order(self, world, placed):
        buyer = orderer(world.home)
        services.cancel(actor=buyer, reference=placed.reference, at=AT)

        with pytest.raises(AlreadyCancelled):
            services.amend(actor=buyer, reference=placed.reference, lines=asked(gown=10), at=AT)

    @pytest.mark.parametrize("reference", ["", "11-2020W45-AAAAAAAAAAAAAAAA", "'; --"])
    def test_does_not_know_an_unknown_reference(self, world, reference):
        with pytest.raises(NotFound):
            services.amend(
                actor=orderer(world.home), reference=reference, lines=asked(gown=10), at=AT
            )

    def test_does_not_know_the_order_of_another(self, world, placed):
        with pytest.raises(NotFound):
            services.amend(
                actor=orderer(world.stranger),
                reference=placed.reference,
                lines=asked(gown=10),
                at=AT,
            )

    def test_keeps_who_what_and_why(self, world, placed):
        buyer = orderer(world.home)
        services.amend(
            actor=buyer,
            reference=placed.reference,
            lines=asked(gown=10),
            why="moins d’entrées",
            at=AT,
        )

        services.cancel(actor=buyer, reference=placed.reference, at=AT)

        amended, cancelled = changes(reference=placed.reference, scope=COUNTRY)
        assert (amended.by, amended.why) == (buyer.by, "moins d’entrées")
        assert amended.units_before == {"surgical_mask": 100, "gown": 20}
        assert amended.units_after == cancelled.units_before == {"gown": 10}
        assert (amended.status_before, amended.status_after) == ("placed", "placed")
        assert (cancelled.status_after, cancelled.why) == ("cancelled", "annulation")


class TestCancel:
    def test_gives_the_units_back_once(self, world):
        buyer = orderer(world.home)
        placed = services.place(actor=buyer, demand=world.demand(), at=AT)

        for _ in range(2):
            cancelled = services.cancel(actor=buyer, reference=placed.reference, at=AT)

        assert (cancelled.status, cancelled.version) == ("cancelled", 2)
        assert world.ordered() == 0
        assert OutboxMessage.objects.filter(topic="order.cancelled").count() == 1

    def test_stops_at_the_cut_off(self, world):
        buyer = orderer(world.home)
        placed = services.place(actor=buyer, demand=world.demand(), at=AT)

        with pytest.raises(TooLate):
            services.cancel(actor=buyer, reference=placed.reference, at=CUT_OFF)
        assert world.ordered() == 100

    def test_is_not_for_who_only_reads(self, world):
        placed = services.place(actor=orderer(world.home), demand=world.demand(), at=AT)

        with pytest.raises(Forbidden):
            services.cancel(actor=actor(Role.AUDITOR), reference=placed.reference, at=AT)


class TestRelease:
    def test_hands_over_live_orders_after_their_cut_off_once(self, world):
        buyer = orderer(world.home)
        kept = services.place(actor=buyer, demand=world.demand(), at=AT)
        gone = services.place(actor=buyer, demand=world.demand(), at=AT)
        services.cancel(actor=buyer, reference=gone.reference, at=AT)

        assert services.release(at=CUT_OFF - timedelta(seconds=1), by="system") == 0
        assert services.release(at=CUT_OFF, by="system") == 1
        assert services.release(at=CUT_OFF, by="system") == 0

        statuses = dict(Order.objects.values_list("reference", "status"))
        assert statuses == {kept.reference: "released", gone.reference: "cancelled"}

    def test_closes_one_early_when_told(self, world):
        buyer = orderer(world.home)
        early, kept = (
            services.place(actor=buyer, demand=world.demand(), at=AT).reference for _ in range(2)
        )

        assert services.release(at=AT, by="me", reference=early, before_cut_off=True) == 1

        statuses = dict(Order.objects.values_list("reference", "status"))
        assert statuses == {early: "released", kept: "placed"}

    def test_may_be_narrowed_to_a_week(self, world):
        services.place(actor=orderer(world.home), demand=world.demand(), at=AT)

        assert services.release(at=CUT_OFF, by="system", week=Week(2020, 44)) == 0
        assert services.release(at=CUT_OFF, by="system", week=Week(2020, 45)) == 1

    def test_leaves_nothing_to_amend(self, world):
        buyer = orderer(world.home)
        placed = services.place(actor=buyer, demand=world.demand(), at=AT)
        services.release(at=CUT_OFF, by="system")

        with pytest.raises(TooLate):
            services.cancel(actor=buyer, reference=placed.reference, at=AT)


class TestTheDatabaseToo:
    def test_refuses_to_exceed_a_quota_whatever_writes_it(self, world):
        with (
            pytest.raises(Exception, match="quota_never_exceeded"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE quotas_quota SET ordered = cap + 1 WHERE facility_id = %s", [world.home.pk]
            )

    def test_would_show_an_order_that_was_not_drawn(self, world):
        services.place(actor=orderer(world.home), demand=world.demand(), at=AT)
        Quota.objects.filter(facility=world.home, family="surgical_mask").update(ordered=50)

        [found] = discrepancies(week=WEEK)

        assert (found.ordered, found.lines) == (50, 100)
        Quota.objects.filter(facility=world.home, family="surgical_mask").update(ordered=100)


@pytest.fixture(autouse=True)
def families(db):  # noqa: ARG001
    """Two families that nobody has a quota of."""
    FamilyFactory(code="glove")
