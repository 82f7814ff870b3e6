"""Rounds of a platform: all at once, undone, explained; what it says each week, what went wrong."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import HandOut, Incident, Plan
from distrilog.domain.distribution.queries import platforms
from distrilog.domain.distribution.services import Stated
from distrilog.domain.distribution.services.incidents import IncidentClosed
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.services import KeyReused, NotEnoughStock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.distribution.test_platforms import (
    balances,
    books_are_right,
    hand_out,
    received,
    referent,
    sent,
)
from tests.domain.distribution.world import AT, WEEK, build
from tests.factories import RegionFactory, actor, agency, stocked


pytestmark = pytest.mark.django_db

COUNTRY = Scope(kind=ScopeKind.COUNTRY)
NORTH = Scope(kind=ScopeKind.TERRITORY, code="N")


def everybody():
    """Somebody who answers for every platform, as a replay does."""
    return actor(Role.PLATFORM, scope=COUNTRY)


def arrived(**volumes):
    world = build()
    plan, flows = sent(world, **volumes)
    for flow in flows:
        received(world, flow)
    return world, plan


def round_of(world, plan, **more):
    values = {"key": "tour", "territory": "N", "at": AT} | more
    return services.hand_out_round(actor=referent(world.north), plan_id=plan.pk, **values)


def left(plan, territory="N"):
    (found,) = platforms.rounds(territory=territory, plan_id=plan.pk)
    return found


class TestReceiveAll:
    def test_books_what_as_many_single_receipts_do(self):
        world = build()
        plan, flows = sent(world)
        assert services.receive_all(actor=everybody(), plan_id=plan.pk, at=AT) == len(flows)
        north = flows[0].lines.aggregate(units=Sum("sent"))["units"]
        assert balances("ght-N") == {"available": north}
        assert balances("spf") == {"available": 98_000}
        books_are_right()

    def test_passes_over_what_was_received_with_a_difference(self):
        world = build()
        plan, (flow, *_others) = sent(world)
        line = flow.lines.get()
        received(world, flow, differences={line.lot_id: line.sent - 50}, words="Carton mouillé")
        assert services.receive_all(actor=everybody(), plan_id=plan.pk, at=AT) == 1
        assert services.receive_all(actor=everybody(), plan_id=plan.pk, at=AT) == 0
        assert balances("ght-N") == {"available": line.sent - 50}
        books_are_right()

    def test_is_for_the_platforms_of_the_scope_alone(self):
        world = build()
        plan, _flows = sent(world)
        assert services.receive_all(actor=referent(world.north), plan_id=plan.pk, at=AT) == 1
        assert balances("ght-S") == {}


class TestHandOutRound:
    def test_gives_all_that_is_left_and_leaves_nothing_behind(self):
        world, plan = arrived()
        round_of(world, plan)
        assert balances("ght-N") == {}
        assert left(plan).done
        assert left(plan).served == left(plan).facilities
        books_are_right()

    def test_gives_the_rest_to_who_had_a_part(self):
        world, plan = arrived()
        hand_out(world, plan, world.home, 50)
        round_of(world, plan)
        handed = HandOut.objects.filter(line__plan=plan, line__facility=world.home)
        line = plan.lines.get(facility=world.home)
        assert handed.aggregate(units=Sum("units"))["units"] == line.units
        books_are_right()

    def test_gives_once_a_key(self):
        world, plan = arrived()
        first = round_of(world, plan, facilities=[world.home.registry])
        again = round_of(world, plan, facilities=[world.home.registry])
        assert [each.pk for each in again] == [each.pk for each in first]
        with pytest.raises(KeyReused):
            services.hand_out_round(
                actor=referent(world.south), plan_id=plan.pk, territory="S", key="tour", at=AT
            )

    def test_gives_a_selection(self):
        world, plan = arrived()
        round_of(world, plan, facilities=[world.home.registry], families=["surgical_mask"])
        assert {each.line.facility_id for each in HandOut.objects.select_related("line")} == {
            world.home.pk
        }

    def test_goes_as_it_went_the_last_time_unless_told(self):
        world, plan = arrived()
        hand_out(world, plan, world.home, 50, way="delivered")
        round_of(world, plan)
        ways = dict(
            HandOut.objects.filter(key__startswith="tour").values_list("line__facility", "way")
        )
        assert ways[world.home.pk] == "delivered"
        assert ways[world.hospital.pk] == "collected"

    def test_takes_what_expires_first_first_and_says_which_lot_went_where(self):
        world = build(state=0)
        stocked(400, place="spf", number="LATE", expires_on=(AT + timedelta(days=900)).date())
        stocked(600, place="spf", number="SOON", expires_on=(AT + timedelta(days=90)).date())
        plan, flows = sent(world, surgical_mask={"spf": 1000})
        for flow in flows:
            received(world, flow)
        services.hand_out_all(actor=everybody(), plan_id=plan.pk, at=AT)
        given = HandOut.objects.values_list("lot__number").annotate(Sum("units"))
        assert dict(given) == {"SOON": 600, "LATE": 400}
        books_are_right()

    def test_refuses_all_of_it_where_the_shelf_is_short(self):
        world = build()
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: 100}, words="Livraison partielle")
        with pytest.raises(NotEnoughStock) as caught:
            round_of(world, plan)
        assert "n’a que 100 unités" in caught.value.faults[0].message
        assert not HandOut.objects.exists()
        round_of(world, plan, advance=True)
        assert platforms.debts(scope=COUNTRY) == {"N": {"surgical_mask": line.sent - 100}}
        books_are_right()

    @pytest.mark.parametrize("key", ["", "a:b", "é", "x" * 37])
    def test_refuses_a_key_that_rows_could_not_be_told_apart_by(self, key):
        world, plan = arrived()
        with pytest.raises(Invalid):
            round_of(world, plan, key=key)

    def test_is_for_its_own_platform(self):
        world, plan = arrived()
        with pytest.raises(NotFound):
            round_of(world, plan, territory="S")


class TestHandOutAll:
    def test_gives_every_platform_s_lines_their_units(self):
        _world, plan = arrived()
        units = services.hand_out_all(actor=everybody(), plan_id=plan.pk, at=AT)
        assert units == 2000
        assert balances("door") == {"delivered": 2000}
        assert services.hand_out_all(actor=everybody(), plan_id=plan.pk, at=AT) == 0
        books_are_right()

    def test_takes_as_many_statements_for_two_platforms_as_for_one(self):
        world, plan = arrived()
        counts = []
        for who in (referent(world.north), everybody()):
            with transaction.atomic(), CaptureQueriesContext(connection) as statements:
                services.hand_out_all(actor=who, plan_id=plan.pk, at=AT)
                transaction.set_rollback(True)
            counts.append(len(statements))
        assert counts[0] == counts[1]

    def test_is_of_a_plan_that_was_sent(self):
        world, plan = arrived()
        Plan.objects.filter(pk=plan.pk).update(state="frozen")
        with pytest.raises(NotFound):
            services.hand_out_all(actor=referent(world.north), plan_id=plan.pk, at=AT)


class TestTakeBack:
    def test_puts_the_units_back_and_lets_them_be_given_again(self):
        world, plan = arrived()
        (given,) = hand_out(world, plan, world.home, 50)
        back = {"actor": referent(world.north), "hand_outs": [given.pk], "at": AT}
        services.take_back(reason="Mauvais site", **back)
        assert balances("door") == {}
        assert left(plan).totals[0].handed == 0
        with pytest.raises(Invalid):
            services.take_back(reason="Encore", **back)
        hand_out(world, plan, world.home, 50, key="k2")
        assert balances("door") == {"delivered": 50}
        books_are_right()

    def test_brings_a_recalled_lot_back_in_quarantine(self):
        world, plan = arrived()
        (given,) = hand_out(world, plan, world.home, 50)
        Lot.objects.filter(pk=given.lot_id).update(recalled_at=AT)
        services.take_back(
            actor=referent(world.north), hand_outs=[given.pk], reason="Lot rappelé", at=AT
        )
        assert balances("ght-N")["quarantine"] == 50
        assert stock.discrepancies() == []

    def test_takes_a_debt_back_with_it_unless_it_was_settled(self):
        world = build()
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: 100}, words="Partielle")
        hand_out(world, plan, world.home, 400, advance=True)
        own = HandOut.objects.get(owed__gt=0)
        back = {"actor": referent(world.north), "hand_outs": [own.pk], "reason": "Erreur", "at": AT}
        stocked(500, place="ght-N", number="S2")
        settle = {"territory": "N", "family": "surgical_mask", "reason": "Renfort", "at": AT}
        services.settle(actor=agency(world.north.region), units=300, **settle)
        with pytest.raises(Invalid) as caught:
            services.take_back(**back)
        assert "déjà été rendu" in caught.value.faults[0].message

    def test_is_for_its_own_platform_and_wants_a_word(self):
        world, plan = arrived()
        (given,) = hand_out(world, plan, world.home, 50)
        with pytest.raises(NotFound):
            services.take_back(
                actor=referent(world.south), hand_outs=[given.pk], reason="Erreur", at=AT
            )
        with pytest.raises(Invalid):
            services.take_back(actor=referent(world.north), hand_outs=[given.pk], reason=" ", at=AT)


def explain(world, plan, units, **more):
    values = {"family": "surgical_mask", "territory": "N", "reason": "Site fermé", "at": AT} | more
    return services.explain_residual(
        actor=referent(world.north), plan_id=plan.pk, units=units, **values
    )


class TestExplainResidual:
    def test_leaves_nothing_without_a_word(self):
        world, plan = arrived()
        services.hand_out_round(
            actor=referent(world.north),
            plan_id=plan.pk,
            territory="N",
            facilities=[world.home.registry],
            key="part",
            at=AT,
        )
        stays = left(plan).totals[0].staying
        assert left(plan).unexplained
        with pytest.raises(Invalid):
            explain(world, plan, stays + 1)
        with pytest.raises(Invalid):
            explain(world, plan, stays, reason="  ")
        explain(world, plan, stays)
        assert left(plan).done

    def test_has_nothing_to_say_once_all_is_gone(self):
        world, plan = arrived()
        round_of(world, plan)
        with pytest.raises(Invalid):
            explain(world, plan, 1)


def report(world, *, week=WEEK, territory="N", at=AT, **stated):
    return services.report_situation(
        actor=referent(world.north),
        territory=territory,
        week=week,
        lines={"surgical_mask": Stated(**({"stock": 500} | stated))},
        at=at,
    )


class TestReportSituation:
    def test_takes_the_platform_off_the_list_of_the_missing(self):
        world, _plan = arrived()
        at = AT + timedelta(days=7)
        missing = platforms.missing_situations(scope=COUNTRY, week=WEEK)
        assert [each.pk for each in missing] == ["N", "S"]
        report(world, at=at)
        report(world, at=at, stock=200, risk="week", words="Deux foyers")
        missing = platforms.missing_situations(scope=COUNTRY, week=WEEK)
        assert [each.pk for each in missing] == ["S"]
        said = platforms.situations(territory="N", week=WEEK)["surgical_mask"]
        assert (said.stock, said.risk) == (200, "week")

    def test_expects_nothing_of_a_platform_that_nothing_was_sent_to(self):
        build()
        assert platforms.missing_situations(scope=COUNTRY, week=WEEK) == []

    @pytest.mark.parametrize(
        ("stated", "words"),
        [
            ({"stock": -1}, "nombre entier"),
            ({"risk": "week"}, "d’où vient le risque"),
            ({"risk": "jamais"}, "pas de la liste"),
            ({"week": WEEK.plus(5)}, "pas commencé"),
        ],
    )
    def test_refuses_what_cannot_be(self, stated, words):
        world = build()
        with pytest.raises(Invalid) as caught:
            report(world, **stated)
        assert words in caught.value.detail

    def test_is_for_its_own_platform(self):
        world = build()
        with pytest.raises(NotFound):
            report(world, territory="S")


def tell(world, **more):
    values = {"territory": "N", "kind": "short", "words": "Deux palettes manquent", "at": AT} | more
    return services.tell_incident(actor=referent(world.north), **values)


class TestIncident:
    def test_has_an_owner_and_a_deadline_from_its_kind(self):
        world = build()
        short, forgotten = tell(world), tell(world, kind="not_collected", words="Non retiré")
        assert (short.owner, short.due_at) == ("national_cell", AT + timedelta(days=3))
        assert (forgotten.owner, forgotten.due_at) == ("ars", AT + timedelta(days=3))
        assert tell(world, kind="quality", words="Élastiques").due_at == AT + timedelta(days=1)

    def test_is_late_past_its_deadline_until_it_is_closed(self):
        world = build()
        incident = tell(world)
        later = AT + timedelta(days=4)
        (seen,) = platforms.incidents(scope=NORTH, at=later)
        assert seen.late
        assert platforms.incident_counts(scope=COUNTRY, at=later) == {"N": (1, 1)}
        services.close_incident(
            actor=agency(world.north.region), incident_id=incident.pk, answer="Renvoyé", at=later
        )
        assert platforms.incidents(scope=NORTH, at=later) == []
        (seen,) = platforms.incidents(scope=NORTH, at=later, open_only=False)
        assert not seen.late
        with pytest.raises(IncidentClosed):
            services.close_incident(
                actor=agency(world.north.region), incident_id=incident.pk, answer="X", at=later
            )

    def test_is_taken_or_passed_on_with_another_deadline(self):
        world = build()
        incident = tell(world, kind="other")
        due = AT + timedelta(days=10)
        services.take_incident(
            actor=agency(world.north.region),
            incident_id=incident.pk,
            owner="national_cell",
            due_at=due,
            at=AT,
        )
        incident = Incident.objects.get(pk=incident.pk)
        assert (incident.owner, incident.due_at, incident.taken_at) == ("national_cell", due, AT)
        services.take_incident(actor=actor(), incident_id=incident.pk, at=AT)
        assert Incident.objects.get(pk=incident.pk).owner == "national_cell"

    def test_is_dealt_with_by_its_own_region(self):
        world = build()
        incident = tell(world)
        with pytest.raises(NotFound):
            services.take_incident(
                actor=agency(RegionFactory(code="93")), incident_id=incident.pk, at=AT
            )
        with pytest.raises(Forbidden):
            services.close_incident(
                actor=referent(world.north), incident_id=incident.pk, answer="Moi", at=AT
            )

    @pytest.mark.parametrize(
        "wrong",
        [{"kind": "x"}, {"words": ""}, {"owner": "spf"}, {"plan_id": 0}, {"due_at": AT}],
    )
    def test_refuses_what_cannot_be(self, wrong):
        world = build()
        with pytest.raises(Invalid):
            tell(world, **wrong)


class TestTour:
    def test_says_what_arrives_then_what_is_left_then_nothing(self):
        world = build()
        plan, flows = sent(world)
        seen = platforms.tour(territory="N", scope=NORTH, at=AT)
        assert [each.reference for each in seen.coming] == [flows[0].reference]
        assert seen.open[0].totals[0].coming == flows[0].lines.get().sent
        received(world, flows[0])
        seen = platforms.tour(territory="N", scope=NORTH, at=AT)
        assert seen.shelf == {"surgical_mask": flows[0].lines.get().sent}
        assert seen.open[0].served == 0
        round_of(world, plan)
        seen = platforms.tour(territory="N", scope=NORTH, at=AT)
        assert (seen.coming, seen.open) == ([], [])
        assert seen.rounds[0].served == seen.rounds[0].facilities

    def test_waits_a_while_for_who_had_too_little(self):
        world = build()
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: line.sent - 50}, words="Mouillé")
        home = plan.lines.get(facility=world.home)
        hand_out(world, plan, world.home, home.units - 50)
        round_of(world, plan, facilities=[world.small.registry, world.hospital.registry])
        delivery = AT + (plan.delivers_on - AT.date())
        for days, waits in ((14, True), (15, False)):
            at = delivery + timedelta(days=days)
            assert bool(platforms.tour(territory="N", scope=NORTH, at=at).open) is waits

    def test_is_hidden_from_another_platform(self):
        build()
        with pytest.raises(NotFound):
            platforms.tour(territory="S", scope=NORTH, at=AT)


class TestSites:
    def test_tells_each_act_to_undo_it_by(self):
        world, plan = arrived()
        hand_out(world, plan, world.home, 50)
        round_of(world, plan)
        found = {
            site.registry: site
            for site in platforms.sites(plan_id=plan.pk, territory="N", scope=NORTH)
        }
        home = found[world.home.registry]
        assert home.done
        assert [act.units for act in home.given] == [
            {"surgical_mask": 50},
            {"surgical_mask": home.lines[0].units - 50},
        ]
        services.take_back(
            actor=referent(world.north),
            hand_outs=home.given[0].hand_outs,
            reason="Erreur",
            at=AT,
        )
        (home,) = platforms.sites(
            plan_id=plan.pk, territory="N", scope=NORTH, facilities=[world.home.registry]
        )
        assert (home.lines[0].left, len(home.given)) == (50, 1)


class TestOverview:
    def test_shows_agencies_the_platform_s_own_numbers(self):
        world = build()
        plan, flows = sent(world)
        line = flows[0].lines.get()
        received(world, flows[0], differences={line.lot_id: line.sent - 50}, words="Perdu")
        hand_out(world, plan, world.home, 100)
        tell(world)
        north, south = platforms.overview(scope=COUNTRY, at=AT + timedelta(days=8))
        assert (north.received, north.lost, north.unexplained) == (
            line.sent - 50,
            50,
            line.sent - 150,
        )
        assert (north.incidents, north.late, north.missing) == (1, 1, True)
        assert south.coming == flows[1].lines.get().sent
        tour = platforms.tour(territory="N", scope=NORTH, at=AT + timedelta(days=8))
        assert tour.rounds[0].totals[0] == north.totals["surgical_mask"]
