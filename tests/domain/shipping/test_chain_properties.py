"""
Random weeks in the chain against a model on paper: what was asked, what left, where every unit is.

Messages of the operator wait in a bag, from which they come late, twice, never, or in another order.
`DISTRILOG_CHAIN_EXAMPLES` plays as many weeks as it says, drawn anew; without it, the same ones each time.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.shipping import rules, services
from distrilog.domain.shipping.models import (
    Claim,
    Content,
    Despatch,
    Fulfilment,
    FulfilmentLine,
    Outage,
)
from distrilog.domain.shipping.rules import OUTCOMES, Answer, Difference, Outcome
from distrilog.domain.stock import queries as stock, services as ledger
from distrilog.domain.stock.models import Account, Lot
from distrilog.domain.stock.rules import LAST_DAYS, STATE, Kind, Status
from distrilog.domain.stock.services import Counted, Movement
from distrilog.kernel.gs1 import make_sscc
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Refusal
from tests.domain.orders.world import declare, open_window
from tests.domain.quotas.worlds import MAKER, MASK, SIGNER, WEEK
from tests.domain.shipping.chain import (
    LATER,
    ORDERED,
    advice,
    assert_books_balance,
    news,
    released,
    ship,
    state,
)
from tests.factories import (
    AddressFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    actor,
    gtin_of,
    orderer,
    stocked,
)


PUBLISHED = datetime(2020, 11, 2, 8, tzinfo=UTC)
START = datetime(2020, 11, 3, 9, tzinfo=UTC)
OVER = datetime(2020, 11, 9, 12, tzinfo=UTC)
FFP2 = "ffp2"
FAMILIES = (MASK, FFP2)
BOX = 50
CELL = actor(Role.NATIONAL_CELL, person="cell")
KEEPER = actor(Role.SPF, person="keeper")
OPERATOR = actor(Role.OPERATOR, person="operator")
# family, number, expiry, units at the operator, units at SPF.
LOTS = (
    (MASK, "M1", date(2030, 1, 1), 1500, 500),
    (MASK, "M2", date(2021, 6, 1), 700, 0),
    (MASK, "SOON", date(2020, 11, 25), 200, 200),
    (FFP2, "F1", date(2030, 1, 1), 600, 300),
    (FFP2, "F2", None, 150, 150),
)
FREE, BAD, WAY = Status.AVAILABLE, Status.QUARANTINE, Status.IN_TRANSIT
GONE, DISPUTED, OUT = Status.DELIVERED, Status.DISPUTED, Status.OUTSIDE
PLACES = ("operator", "spf")

RANKS = st.integers(0, 30)
BOXES = st.integers(0, 4)


def furnish():
    """Make three hospitals served by the operator and one by SPF, their stock, and their quotas of a week."""
    DoctrineVersionFactory()
    PlaceFactory(code="door", kind="door", name="Établissements")
    PlaceFactory()
    PlaceFactory(spf=True)
    for family, number, expires_on, at_operator, at_spf in LOTS:
        FamilyFactory(code=family)
        for place, units in (("operator", at_operator), ("spf", at_spf)):
            if units:
                stocked(units, family=family, number=number, expires_on=expires_on, place=place)
    homes = [
        FacilityFactory(
            hospital=True,
            route=route,
            people={"caregiver": 60},
            places={"intensive": 4},
        )
        for route in ("operator", "operator", "operator", "spf")
    ]
    for home in homes:
        AddressFactory(facility=home)
    open_window(homes[0].department.zone)
    declare(FAMILIES, regime="tension")
    publish({MASK: 1600, FFP2: 700}, at=PUBLISHED)
    return homes


def publish(envelopes, *, at, supersedes=None):
    """Take a run from its decisions to its publication."""
    options = {"supersedes": supersedes, "reason": "Stock retrouvé."} if supersedes else {}
    run = quotas.prepare(actor=MAKER, week=WEEK, envelopes=envelopes, at=at, **options)
    quotas.preview(actor=MAKER, run_id=run.pk, at=at)
    quotas.sign(actor=SIGNER, run_id=run.pk, reason="Vu.", at=at)
    return quotas.publish(actor=SIGNER, run_id=run.pk, at=at)


@dataclass
class PaperLine:
    """What the model knows of a line of an order."""

    family: str
    asked: int
    withdrawn: int = 0
    despatched: int = 0
    failed: int = 0
    delivered: int = 0
    disputed: int = 0
    received: int = 0

    @property
    def to_come(self):
        return self.asked - self.withdrawn - self.despatched


@dataclass
class PaperOrder:
    """An order: how it stands before its cut-off, then whose it is."""

    home: Facility
    asked: dict[str, int]
    status: str = "placed"
    place: str = ""
    assignment: int = 0
    lines: dict[int, PaperLine] = field(default_factory=dict)


@dataclass
class PaperContent:
    """Units of a lot in a parcel."""

    number: int
    lot: str
    units: int
    received: int = 0
    disputed: int = 0


@dataclass
class PaperParcel:
    """A parcel that left."""

    despatch: str
    order: str
    place: str
    contents: list[PaperContent]
    state: str = "in_transit"


class Weeks(RuleBasedStateMachine):
    """What somebody with paper and pencil would write, beside what the portal does."""

    homes: tuple[Facility, ...] = ()

    def __init__(self):
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.moment = START
        self.number = self.finished_at = 0
        self.lots = {lot.number: lot for lot in Lot.objects.select_related("article")}
        self.family = {name: lot.article.family_id for name, lot in self.lots.items()}
        self.units = Counter()  # (lot, place, status) → units
        for family, name, _expiry, at_operator, at_spf in LOTS:
            assert self.family[name] == family
            self.units.update({(name, "operator", FREE): at_operator, (name, "spf", FREE): at_spf})
            self.units[name, "operator", OUT] = -at_operator
            self.units[name, "spf", OUT] = -at_spf
        self.recalled = set()
        self.orders = {}  # reference → PaperOrder
        self.parcels = {}  # SSCC → PaperParcel
        self.advices = {}  # reference of an accepted advice → its content
        self.receipts = {}  # despatch → "assumed", or what was stated
        self.claims = {}  # claim id → outcome
        self.told = {}  # what the operator believes: (order, assignment) → {number: units}
        self.packed = []  # SSCCs that the operator has closed, whether they may leave or not
        self.bag = []
        self.away = False

    def teardown(self):
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)

    # ------------------------------------------------------------ paper and pencil

    def next(self):
        self.number += 1
        self.moment += timedelta(minutes=1)
        return self.number

    def shift(self, lot, units, source, target):
        """Move units on paper, from (place, status) to (place, status)."""
        self.units[lot, *source] -= units
        self.units[lot, *target] += units

    def handed(self, *, place=""):
        return [
            (reference, order)
            for reference, order in self.orders.items()
            if order.lines and place in {"", order.place}
        ]

    def expiry(self, lot):
        return self.lots[lot].expires_on

    def today(self):
        return self.moment.date()

    def too_old(self, lot):
        return self.expiry(lot) is not None and self.expiry(lot) < self.today() + LAST_DAYS

    def read_what_was_given_up(self):
        """Take over what the rule of short lines gave up: more than before, never more than was to come."""
        rows = FulfilmentLine.objects.values_list(
            "fulfilment__order__reference", "number", "withdrawn"
        )
        for reference, number, withdrawn in rows:
            line = self.orders[reference].lines[number]
            assert line.withdrawn <= withdrawn <= line.asked - line.despatched
            line.withdrawn = withdrawn

    def read_who_has_what(self):
        """Take over who was given which order; an order never goes back to an earlier assignment."""
        for each in Fulfilment.objects.select_related("order"):
            order = self.orders[each.order.reference]
            moved = (each.place_id, each.assignment) != (order.place, order.assignment)
            assert each.assignment > order.assignment if moved else True
            order.place, order.assignment = each.place_id, each.assignment

    # ------------------------------------------------------------ before the cut-off

    @initialize(asked=st.lists(st.tuples(BOXES, BOXES), min_size=4, max_size=8))
    def orders_are_placed(self, asked):
        """Without orders nothing else can happen: each week begins with some, most of them handed over."""
        for rank, (masks, ffp2) in enumerate(asked):
            self.place_order(rank % 4, (masks + 1, ffp2))
        self.release()

    @rule(rank=st.integers(0, 3), boxes=st.tuples(BOXES, BOXES))
    def place_order(self, rank, boxes):
        home = self.homes[rank]
        asked = {f: count * BOX for f, count in zip(FAMILIES, boxes, strict=True) if count}
        self.next()
        demand = Demand(
            registry=home.registry,
            lines=[Asked(family=family, units=units) for family, units in asked.items()],
        )
        try:
            placed = orders.place(actor=orderer(home), demand=demand, at=self.moment)
        except Refusal:
            return
        self.orders[placed.reference] = PaperOrder(home=home, asked=asked)

    @precondition(lambda self: any(each.status == "placed" for each in self.orders.values()))
    @rule(rank=RANKS, boxes=st.tuples(BOXES, BOXES))
    def amend(self, rank, boxes):
        reference, order = self.placed(rank)
        asked = {f: count * BOX for f, count in zip(FAMILIES, boxes, strict=True) if count}
        self.next()
        try:
            orders.amend(
                actor=orderer(order.home),
                reference=reference,
                lines=[Asked(family=family, units=units) for family, units in asked.items()],
                at=self.moment,
            )
        except Refusal:
            return
        order.asked = asked

    @precondition(lambda self: any(each.status == "placed" for each in self.orders.values()))
    @rule(rank=RANKS)
    def cancel(self, rank):
        reference, order = self.placed(rank)
        self.next()
        try:
            orders.cancel(actor=orderer(order.home), reference=reference, at=self.moment)
        except Refusal:
            assert self.moment > datetime(2020, 11, 6, 11, tzinfo=UTC)
            return
        order.status = "cancelled"

    def placed(self, rank):
        found = [pair for pair in self.orders.items() if pair[1].status == "placed"]
        return found[rank % len(found)]

    @rule()
    def release(self):
        self.next()
        orders.release(at=self.moment, by="system", before_cut_off=True)
        services.hand_over(at=self.moment)
        for reference, order in self.orders.items():
            if order.status == "placed":
                order.status = "released"
                held = Fulfilment.objects.get(order__reference=reference)
                order.place, order.assignment = held.place_id, held.assignment
                order.lines = {
                    line.number: PaperLine(family=line.family_id, asked=order.asked[line.family_id])
                    for line in held.lines.all()
                }
                assert {line.family for line in order.lines.values()} == order.asked.keys()

    # ------------------------------------------------------------ at the operator

    @rule(rank=RANKS)
    def operator_reads(self, rank):
        """One message of the outbox, any of them, perhaps again."""
        messages = list(OutboxMessage.objects.filter(topic__startswith="operator.").order_by("pk"))
        if not messages:
            return
        message = messages[rank % len(messages)]
        if message.topic == "operator.withdrawal":
            for reference, assignment, _reason in message.payload["orders"]:
                for each in range(1, assignment + 1):
                    self.told.pop((reference, each), None)
            return
        for order_id, assignment in message.payload["orders"]:
            reference = Order.objects.get(pk=order_id).reference
            order = self.orders[reference]
            if (order.place, order.assignment) == ("operator", assignment):
                self.told[reference, assignment] = {
                    number: line.to_come for number, line in order.lines.items() if line.to_come
                }

    @precondition(lambda self: self.told)
    @rule(
        rank=RANKS,
        how=st.sampled_from(
            ["right"] * 6 + ["part", "too many", "any lot", "stale", "ahead", "reused", "same SSCC"]
        ),
        complete=st.booleans(),
        parcels=st.integers(1, 2),
        pick=RANKS,
    )
    def operator_packs(self, rank, how, complete, parcels, pick):
        reference, assignment = list(self.told)[rank % len(self.told)]
        order = self.orders[reference]
        serial = self.next()
        packed = []
        for number, units in self.told[reference, assignment].items():
            wanted = {"part": max(BOX, units - BOX), "too many": units + BOX}.get(how, units)
            lot = self.lot_for(
                order.lines[number].family, any_of=pick if how == "any lot" else None
            )
            packed.append(
                rules.PackedLine(
                    number=number, gtin=self.lots[lot].article_id, lot=lot, units=wanted
                )
            )
        if not packed:
            return
        ssccs = [make_sscc(prefix="9529876", serial=serial * 10 + each) for each in range(parcels)]
        if how == "same SSCC" and self.packed:
            ssccs[0] = self.packed[pick % len(self.packed)]
        shares = [packed[each::parcels] for each in range(parcels)]
        advice = rules.Advice(
            reference=self.reused(pick) if how == "reused" else f"D{serial}",
            order=reference,
            assignment=assignment + {"stale": -1, "ahead": 1}.get(how, 0),
            packed_at=self.moment,
            parcels=[
                rules.PackedParcel(sscc=sscc, lines=share)
                for sscc, share in zip(ssccs, shares, strict=True)
                if share
            ],
            expected_on=self.today() + timedelta(days=2),
            complete=complete,
        )
        self.packed += [parcel.sscc for parcel in advice.parcels if parcel.sscc not in self.packed]
        self.bag.append(advice)

    def reused(self, pick):
        known = list(self.advices)
        return known[pick % len(known)] if known else f"D{self.number}"

    def lot_for(self, family, *, any_of=None):
        names = list(self.lots)
        if any_of is not None:
            return names[any_of % len(names)]
        mine = [name for name in names if self.family[name] == family and name not in self.recalled]
        mine = mine or [name for name in names if self.family[name] == family]
        return max(mine, key=lambda name: self.units[name, "operator", FREE])

    @precondition(lambda self: self.told)
    @rule(rank=RANKS, how=st.sampled_from(["all", "short", "nothing", "stale"]), boxes=BOXES)
    def operator_answers(self, rank, how, boxes):
        reference, assignment = list(self.told)[rank % len(self.told)]
        wanted = self.told[reference, assignment]
        units = {
            "short": {number: min(units, boxes * BOX) for number, units in wanted.items()},
            "nothing": {},
        }.get(how)
        stale = how == "stale"
        self.bag.append(Answer(order=reference, assignment=assignment - stale, units=units))

    @precondition(lambda self: self.packed)
    @rule(
        rank=RANKS,
        end=st.sampled_from(["delivered"] * 4 + ["lost", "refused", "returned"]),
    )
    def carrier_reports(self, rank, end):
        sscc = self.packed[rank % len(self.packed)]
        self.bag.append(rules.News(sscc=sscc, state=rules.ParcelState(end), at=self.moment))

    # ------------------------------------------------------------ what reaches the portal, in any order

    @precondition(lambda self: self.bag)
    @rule(rank=RANKS, count=st.integers(1, 3), again=st.booleans())
    def messages_arrive(self, rank, count, again):
        """Some messages of the bag in one request; they may stay in the bag, to come again."""
        chosen = [self.bag[(rank + each) % len(self.bag)] for each in range(count)]
        if not again:
            self.bag = [each for each in self.bag if all(each is not one for one in chosen)]
        self.next()
        self.take_answers([each for each in chosen if isinstance(each, Answer)])
        self.take_advices([each for each in chosen if isinstance(each, rules.Advice)])
        self.take_news([each for each in chosen if isinstance(each, rules.News)])

    @precondition(lambda self: self.bag)
    @rule(rank=RANKS)
    def a_message_is_lost(self, rank):
        del self.bag[rank % len(self.bag)]

    @precondition(lambda self: self.orders)
    @rule(
        rank=RANKS,
        answer=st.sampled_from(["all", "all", "short"]),
        end=st.sampled_from(["", "delivered", "delivered", "lost", "refused"]),
    )
    def the_operator_works(self, rank, answer, end):
        """One order goes through without a hitch, as most do."""
        for message in range(3):
            self.operator_reads(rank + message)
        if not self.told:
            return
        bag, self.bag = self.bag, []
        how = "part" if answer == "short" else "right"
        self.operator_answers(rank, answer, boxes=1)
        self.operator_packs(rank, how, complete=True, parcels=1, pick=rank)
        if end:
            self.bag += [
                rules.News(sscc=sscc, state=rules.ParcelState(end), at=self.moment)
                for sscc in self.packed[-1:]
            ]
        self.messages_arrive(0, len(self.bag), again=False)
        self.bag = bag

    def take_answers(self, answers):
        if not answers:
            return
        verdicts = services.answer(answers=answers, place="operator", by="operator", at=self.moment)
        for each, verdict in zip(answers, verdicts, strict=True):
            order = self.orders[each.order]
            mine = (order.place, order.assignment) == ("operator", each.assignment)
            assert (verdict.code == "withdrawn") is not mine
        self.read_what_was_given_up()

    def take_advices(self, advices):
        if not advices:
            return
        verdicts = services.despatch(
            advices=advices, place="operator", by="operator", at=self.moment
        )
        for each, verdict in zip(advices, verdicts, strict=True):
            expected = self.judge(each)
            assert verdict.outcome == expected, (verdict, each)
            if expected == "accepted":
                self.leave(each)
        self.read_what_was_given_up()

    def judge(self, advice):
        """Say what must be answered to an advice."""
        content = (advice.order, advice.assignment, advice.parcels)
        if advice.reference in self.advices:
            return "duplicate" if self.advices[advice.reference] == content else "refused"
        order = self.orders[advice.order]
        if (order.place, order.assignment) != ("operator", advice.assignment):
            return "refused"
        wanted, taken = Counter(), Counter()
        for line in (line for parcel in advice.parcels for line in parcel.lines):
            wanted[line.number] += line.units
            taken[line.lot] += line.units
            wrong = self.family[line.lot] != order.lines[line.number].family
            expiry = self.expiry(line.lot)
            if wrong or line.lot in self.recalled or (expiry and expiry < self.today()):
                return "refused"
        fits = (
            all(units <= order.lines[number].to_come for number, units in wanted.items())
            and all(units <= self.units[lot, "operator", FREE] for lot, units in taken.items())
            and not any(parcel.sscc in self.parcels for parcel in advice.parcels)
        )
        return "accepted" if fits else "refused"

    def leave(self, advice, *, place="operator"):
        order = self.orders[advice.order]
        self.advices[advice.reference] = (advice.order, advice.assignment, advice.parcels)
        for parcel in advice.parcels:
            assert parcel.sscc not in self.parcels
            contents = [
                PaperContent(number=line.number, lot=line.lot, units=line.units)
                for line in parcel.lines
            ]
            self.parcels[parcel.sscc] = PaperParcel(
                despatch=advice.reference, order=advice.order, place=place, contents=contents
            )
            for each in contents:
                order.lines[each.number].despatched += each.units
                self.shift(each.lot, each.units, (place, FREE), (place, WAY))

    def take_news(self, news):
        if not news:
            return
        verdicts = services.report(news=news, place="operator", by="operator", at=self.moment)
        for each, verdict in zip(news, verdicts, strict=True):
            parcel = self.parcels.get(each.sscc)
            if parcel is None or parcel.place != "operator":
                assert verdict.code == "unknown-parcel"
            elif parcel.state == each.state:
                assert verdict.outcome == "duplicate"
            elif parcel.state != "in_transit":
                assert verdict.code == "contradiction"
            else:
                assert verdict.outcome == "accepted"
                self.end(parcel, each.state.value)
        self.read_claims()

    def end(self, parcel, state):
        """Write down what became of a parcel."""
        parcel.state = state
        for each in parcel.contents:
            line = self.orders[parcel.order].lines[each.number]
            if state == "delivered":
                line.delivered += each.units
                target = ("door", GONE)
            else:
                line.failed += each.units
                target = (parcel.place, DISPUTED if state == "lost" else BAD)
            self.shift(each.lot, each.units, (parcel.place, WAY), target)

    def read_claims(self):
        for pk in Claim.objects.values_list("pk", flat=True):
            self.claims.setdefault(pk, "")

    # ------------------------------------------------------------ at SPF

    @rule(limit=st.integers(1, 5))
    def spf_prepares_a_wave(self, limit):
        self.next()
        verdicts = services.prepare_wave(place="spf", by="wave", at=self.moment, limit=limit)
        assert [each.outcome for each in verdicts] == ["accepted"] * len(verdicts)
        for verdict in verdicts:
            row = Despatch.objects.select_related("fulfilment__order").get(
                reference=verdict.reference
            )
            order = self.orders[row.fulfilment.order.reference]
            assert (order.place, order.assignment) == ("spf", row.assignment)
            advice = rules.Advice(
                reference=row.reference,
                order=row.fulfilment.order.reference,
                assignment=row.assignment,
                packed_at=self.moment,
                parcels=[
                    rules.PackedParcel(
                        sscc=parcel.sscc,
                        lines=[
                            rules.PackedLine(
                                number=each.line.number,
                                gtin=each.lot.article_id,
                                lot=each.lot.number,
                                units=each.units,
                            )
                            for each in parcel.contents.select_related("line", "lot")
                        ],
                    )
                    for parcel in row.parcels.all()
                ],
            )
            for line in (line for parcel in advice.parcels for line in parcel.lines):
                assert line.lot not in self.recalled
                assert not self.too_old(line.lot)
                assert line.units <= order.lines[line.number].to_come
            self.leave(advice, place="spf")

    # ------------------------------------------------------------ at the door

    @precondition(lambda self: self.parcels)
    @rule(
        rank=RANKS,
        kind=st.sampled_from(["", "", "missing", "damaged", "refused", "wrong", "extra", "lost"]),
        which=RANKS,
        units=st.integers(1, 120),
    )
    def facility_receives(self, rank, kind, which, units):
        reference = list(self.advices)[rank % len(self.advices)]
        parcels = [each for each in self.parcels.values() if each.despatch == reference]
        order = self.orders[parcels[0].order]
        arrived = [each for each in parcels if each.state in {"in_transit", "delivered"}]
        rows = list(Content.objects.filter(parcel__despatch__reference=reference).order_by("pk"))
        row = rows[which % len(rows)]
        stated = []
        if kind:
            named = None if kind == "extra" else row.pk
            stated = [
                services.Stated(
                    kind=Difference(kind), family=row.line.family_id, units=units, content=named
                )
            ]
        said = (kind, row.pk if kind not in {"", "extra"} else None, units if kind else 0)
        possible = kind in {"", "extra"} or (
            kind != "lost" and units <= row.units and self.parcels[row.parcel.sscc] in arrived
        )
        known = self.receipts.get(reference)
        self.next()
        try:
            services.receive(
                actor=orderer(order.home), despatch=reference, stated=stated, at=self.moment
            )
        except Refusal:
            assert not (arrived and possible and known in {None, "assumed"})
            assert known != said
            return
        if known not in {None, "assumed"}:
            return
        assert arrived
        assert possible
        self.receipts[reference] = said
        for parcel in arrived:
            if parcel.state == "in_transit":
                self.end(parcel, "delivered")
            for each in parcel.contents:
                disputed = (
                    units
                    if kind not in {"", "extra"}
                    and (parcel, each.number, each.lot)
                    == (self.parcels[row.parcel.sscc], row.line.number, row.lot.number)
                    else 0
                )
                self.take_in(parcel, each, disputed=disputed)
        self.read_claims()

    def take_in(self, parcel, content, *, disputed=0):
        """Count a content as received, but for what is disputed; what was said before is replaced."""
        line = self.orders[parcel.order].lines[content.number]
        line.received += content.units - disputed - content.received
        line.disputed += disputed - content.disputed
        self.shift(content.lot, disputed - content.disputed, ("door", GONE), ("door", DISPUTED))
        content.received, content.disputed = content.units - disputed, disputed

    @rule()
    def silence_is_an_answer(self):
        self.next()
        services.assume_receipts(at=self.moment)
        rows = Despatch.objects.filter(receipt__isnull=False, receipt__how="assumed")
        for reference in rows.order_by("pk").values_list("reference", flat=True):
            if reference in self.receipts:
                continue
            self.receipts[reference] = "assumed"
            for parcel in (each for each in self.parcels.values() if each.despatch == reference):
                if parcel.state == "in_transit" and parcel.place == "spf":
                    self.end(parcel, "delivered")
                if parcel.state == "delivered":
                    for each in parcel.contents:
                        self.take_in(parcel, each)

    @precondition(lambda self: self.claims)
    @rule(rank=RANKS, outcome=st.sampled_from(Outcome))
    def somebody_settles(self, rank, outcome):
        pk = list(self.claims)[rank % len(self.claims)]
        claim = Claim.objects.select_related("despatch__fulfilment__order", "lot").get(pk=pk)
        allowed = outcome in OUTCOMES[Difference(claim.kind)] and not self.claims[pk]
        self.next()
        try:
            services.settle_claim(
                actor=KEEPER if claim.owner == "spf" else OPERATOR,
                claim_id=pk,
                outcome=outcome,
                reason="Vu.",
                at=self.moment,
            )
        except Refusal:
            assert not allowed
            assert self.claims[pk] != outcome
            return
        if not allowed:
            assert self.claims[pk] == outcome
            return
        self.claims[pk] = outcome
        if claim.kind == "extra":
            return
        order = self.orders[claim.despatch.fulfilment.order.reference]
        line = next(each for each in order.lines.values() if each.family == claim.family_id)
        place = claim.despatch.place_id
        lost = claim.kind == "lost"
        target = {
            Outcome.FOUND: ("door", GONE),
            Outcome.KEPT: ("door", GONE),
            Outcome.WRITTEN_OFF: (place if lost else "door", OUT),
            Outcome.SENT_BACK: (place, BAD),
        }[outcome]
        source = (place if lost else "door", DISPUTED)
        self.shift(claim.lot.number, claim.units, source, target)
        if outcome in {Outcome.FOUND, Outcome.KEPT}:
            line.received += claim.units
            if lost:
                line.failed -= claim.units
                line.delivered += claim.units
            else:
                line.disputed -= claim.units

    # ------------------------------------------------------------ on the shelves

    @rule(
        what=st.sampled_from(["arrival", "arrival", "count", "block", "unblock", "recall", "age"]),
        lot=st.sampled_from([row[1] for row in LOTS]),
        place=st.sampled_from(PLACES),
        units=st.integers(0, 400),
    )
    def stock_changes(self, what, lot, place, units):
        self.next()
        {
            "arrival": self.stock_arrives,
            "count": self.somebody_counts,
            "block": self.somebody_blocks,
            "unblock": self.somebody_unblocks,
            "recall": self.a_lot_is_recalled,
            "age": self.old_lots_are_withdrawn,
        }[what](lot, place, units)

    def stock_arrives(self, lot, place, units):
        if not units or lot in self.recalled:
            return
        movement = Movement(
            key=f"arrival {self.number}", kind=Kind.RECEIPT, lot=self.lots[lot].pk,
            units=units, place=place, source=OUT, target=FREE,
        )  # fmt: skip
        ledger.move(movements=[movement], by="store", at=self.moment)
        self.shift(lot, units, (place, OUT), (place, FREE))

    def somebody_counts(self, lot, place, found):
        before = self.units[lot, place, FREE]
        if lot in self.recalled and found > before:
            return
        ledger.count(
            actor=KEEPER, place=place, reason="Inventaire", key=f"count {self.number}",
            counted=[Counted(lot=self.lots[lot].pk, status=FREE, units=found)], at=self.moment,
        )  # fmt: skip
        self.shift(lot, found - before, (place, OUT), (place, FREE))

    def somebody_blocks(self, lot, place, _units):
        units = self.units[lot, place, FREE]
        if units:
            ledger.block(
                actor=KEEPER, place=place, lot=self.lots[lot].pk, reason="Douteux",
                key=f"block {self.number}", at=self.moment,
            )  # fmt: skip
            self.shift(lot, units, (place, FREE), (place, BAD))

    def somebody_unblocks(self, lot, place, _units):
        units = self.units[lot, place, BAD]
        if units and lot not in self.recalled and not self.too_old(lot):
            ledger.unblock(
                actor=KEEPER, place=place, lot=self.lots[lot].pk, reason="Contrôlé",
                key=f"unblock {self.number}", at=self.moment,
            )  # fmt: skip
            self.shift(lot, units, (place, BAD), (place, FREE))

    def a_lot_is_recalled(self, lot, _place, _units):
        ledger.recall(
            actor=KEEPER, lot=self.lots[lot].pk, reason="Défaut", instruction="Isoler",
            at=self.moment,
        )  # fmt: skip
        self.recalled.add(lot)
        for place in PLACES:
            self.shift(lot, self.units[lot, place, FREE], (place, FREE), (place, BAD))

    def old_lots_are_withdrawn(self, _lot, _place, _units):
        ledger.withdraw_expired(at=self.moment)
        for lot in self.lots:
            if self.too_old(lot):
                for place in PLACES:
                    self.shift(lot, self.units[lot, place, FREE], (place, FREE), (place, BAD))

    # ------------------------------------------------------------ the week

    @rule(days=st.integers(1, 8), over=st.booleans())
    def days_pass(self, days, over):
        self.moment += timedelta(days=days)
        if over:
            self.moment = max(self.moment, OVER)
            quotas.expire_all(at=self.moment)

    @rule(masks=st.integers(1, 60), ffp2=st.integers(1, 30))
    def a_run_supersedes(self, masks, ffp2):
        published = QuotaRun.objects.get(state="published")
        self.next()
        envelopes = {MASK: masks * BOX, FFP2: ffp2 * BOX}
        try:
            with transaction.atomic():
                publish(envelopes, at=self.moment, supersedes=published.pk)
        except Refusal:
            assert QuotaRun.objects.get(state="published") == published

    @rule(rank=st.integers(0, 3), follow=st.booleans())
    def a_route_changes(self, rank, follow):
        home = Facility.objects.get(pk=self.homes[rank].pk)
        Facility.objects.filter(pk=home.pk).update(
            route="spf" if home.route == "operator" else "operator"
        )
        self.next()
        if follow:
            quotas.follow_routes(by="system", at=self.moment)

    # ------------------------------------------------------------ continuity

    @rule(what=st.sampled_from(["outage", "reroute", "reroute", "again", "again"]))
    def somebody_keeps_it_going(self, what):
        self.next()
        {
            "outage": self.the_operator_goes_or_comes_back,
            "reroute": self.orders_change_hands,
            "again": self.orders_are_given_again,
        }[what]()

    def the_operator_goes_or_comes_back(self):
        outage = Outage.objects.filter(ended_at__isnull=True).first()
        if outage:
            services.end_outage(actor=CELL, outage_id=outage.pk, at=self.moment)
        else:
            services.declare_outage(actor=CELL, partner="operator", reason="Grève.", at=self.moment)
        self.away = not outage

    def orders_change_hands(self):
        before = {reference: order.place for reference, order in self.handed()}
        services.reroute(at=self.moment)
        self.read_who_has_what()
        for reference, order in self.handed():
            if order.place != before[reference]:
                assert order.place == ("spf" if self.away else "operator")
        if self.away:
            free = stock.available(places=["spf"])
            for _reference, order in self.handed(place="operator"):
                wanted = {
                    each.family: each.to_come for each in order.lines.values() if each.to_come
                }
                assert not wanted or any(
                    free.get(("spf", family), 0) < units for family, units in wanted.items()
                )

    def orders_are_given_again(self):
        services.give_again(at=self.moment)
        self.read_what_was_given_up()
        self.read_who_has_what()

    @precondition(lambda self: self.number - self.finished_at > 12)
    @rule()
    def everything_finishes(self):
        """With stock enough and an honest operator, every order ends; then as if it had not been."""
        self.finished_at = self.number
        with transaction.atomic():
            self.finish()
            transaction.set_rollback(True)

    def finish(self):
        at = self.moment + timedelta(hours=1)
        for outage in Outage.objects.filter(ended_at__isnull=True):
            services.end_outage(actor=CELL, outage_id=outage.pk, at=at)
        for family in FAMILIES:
            for place in PLACES:
                stocked(50_000, family=family, number="LAST", place=place)
        services.reroute(at=at)
        services.give_again(at=at)
        told = {
            tuple(pair)
            for message in OutboxMessage.objects.filter(topic="operator.order")
            for pair in message.payload["orders"]
        }
        advices = []
        for each in Fulfilment.objects.filter(place="operator", state__in=rules.OPEN):
            assert not each.exhausted, "nobody will ever prepare it"
            assert (each.pk, each.assignment) in told, "the operator never hears of it"
            advices.append(
                rules.Advice(
                    reference=f"LAST-{each.pk}", order=each.order.reference,
                    assignment=each.assignment, packed_at=at, complete=True,
                    parcels=[
                        rules.PackedParcel(
                            sscc=make_sscc(prefix="9529877", serial=each.pk),
                            lines=[
                                rules.PackedLine(
                                    number=line.number, gtin=gtin_of(line.family_id), lot="LAST",
                                    units=line.to_come,
                                )
                                for line in each.lines.all() if line.to_come
                            ],
                        )
                    ],
                )
            )  # fmt: skip
        verdicts = services.despatch(advices=advices, place="operator", by="operator", at=at)
        assert [each.outcome for each in verdicts] == ["accepted"] * len(verdicts), verdicts
        services.prepare_wave(place="spf", by="wave", at=at)
        assert not Fulfilment.objects.filter(state__in=rules.OPEN).exists()
        assert_books_balance()

    # ------------------------------------------------------------ what is always so

    @invariant()
    def all_is_where_it_should_be(self):
        assert_books_balance()
        self.ledger_says_what_the_paper_says()
        self.lines_say_what_the_paper_says()
        self.nothing_leaves_twice()

    def ledger_says_what_the_paper_says(self):
        rows = Account.objects.filter(owner=STATE).exclude(units=0)
        assert {
            (row.lot.number, row.place_id, row.status): row.units
            for row in rows.select_related("lot")
        } == {key: units for key, units in self.units.items() if units}
        totals = Counter()
        for (lot, _place, _status), units in self.units.items():
            totals[lot] += units
        assert not any(totals.values())

    def lines_say_what_the_paper_says(self):
        columns = (
            "asked",
            "withdrawn",
            "despatched",
            "failed",
            "delivered",
            "disputed",
            "received",
        )
        found = {
            (row.fulfilment.order.reference, row.number): [getattr(row, each) for each in columns]
            for row in FulfilmentLine.objects.select_related("fulfilment__order")
        }
        assert found == {
            (reference, number): [getattr(line, each) for each in columns]
            for reference, order in self.handed()
            for number, line in order.lines.items()
        }

    def nothing_leaves_twice(self):
        left = Counter()
        for each in Content.objects.select_related("line__fulfilment__order"):
            left[each.line.fulfilment.order.reference, each.line.number] += each.units
        for reference, order in self.handed():
            for number, line in order.lines.items():
                assert left[reference, number] == line.despatched <= line.asked - line.withdrawn
        given_up = Line.objects.filter(order__status="released", order__fulfilment__isnull=False)
        for row in given_up.select_related("order"):
            paper = {each.family: each for each in self.orders[row.order.reference].lines.values()}
            assert row.withdrawn == paper[row.family_id].withdrawn


@pytest.mark.django_db
class TestChain:
    def test_keeps_every_promise_whatever_happens(self):
        drawn_anew = int(os.environ.get("DISTRILOG_CHAIN_EXAMPLES", "0"))
        Weeks.homes = tuple(furnish())
        run_state_machine_as_test(
            Weeks,
            settings=settings(
                max_examples=drawn_anew or 15,
                stateful_step_count=40,
                deadline=None,
                derandomize=not drawn_anew,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.fixture
def references(db):  # noqa: ARG001
    PlaceFactory(spf=True)
    stocked(5_000, place="spf", number="S1")
    return released()


def answered(reference, *, units, assignment=1):
    [verdict] = services.answer(
        answers=[Answer(order=reference, assignment=assignment, units=units)],
        place="operator", by="operator", at=LATER,
    )  # fmt: skip
    return verdict.outcome


def line_of(reference):
    return FulfilmentLine.objects.get(fulfilment__order__reference=reference)


@pytest.mark.django_db
class TestStories:
    """What such weeks have found, told one by one."""

    def test_a_cancelled_order_gives_its_units_back_where_its_quota_draws_now(self, references):
        home = Order.objects.get(reference=references[0]).facility
        Order.objects.filter(reference=references[0]).update(status="placed")
        Fulfilment.objects.filter(order__reference=references[0]).delete()
        Facility.objects.filter(pk=home.pk).update(route="spf")
        quotas.follow_routes(by="system", at=LATER)
        orders.cancel(actor=orderer(home), reference=references[0], at=ORDERED)
        assert stock.balances()["spf", MASK, FREE] == 5_000
        assert_books_balance()

    def test_it_is_cut_where_that_place_cannot_promise_as_much(self, references):
        home = Order.objects.get(reference=references[0]).facility
        quota = home.quotas.get()
        Order.objects.filter(reference=references[0]).update(status="placed")
        Fulfilment.objects.filter(order__reference=references[0]).delete()
        Facility.objects.filter(pk=home.pk).update(route="spf")
        quotas.follow_routes(by="system", at=LATER)
        empty("spf", "S1")
        orders.cancel(actor=orderer(home), reference=references[0], at=ORDERED)
        left = home.quotas.get()
        assert (left.ordered, left.cap) == (0, quota.cap - 100)
        assert_books_balance()

    def test_an_order_that_left_in_part_moves_with_the_rest_and_back(self, references):
        ship(advice(references[0], units=50))
        outage = services.declare_outage(actor=CELL, partner="operator", reason="Grève.", at=LATER)
        services.reroute(at=LATER)
        assert_books_balance()
        services.end_outage(actor=CELL, outage_id=outage.pk, at=LATER)
        services.reroute(at=LATER)
        assert ship(advice(references[0], number="D2", units=50, assignment=3)) == ["accepted"]
        assert state(references[0]) == "despatched"
        assert_books_balance()

    def test_an_answer_after_the_last_despatch_does_not_reopen_it(self, references):
        ship(advice(references[0], units=50, complete=True))
        assert answered(references[0], units=None) == "duplicate"
        assert services.give_again(at=LATER) == 1

    def test_an_answer_to_a_later_assignment_gives_up_only_what_it_lacks(self, references):
        ship(advice(references[0], units=50, complete=True))
        services.give_again(at=LATER)
        empty("operator", "L1")
        assert answered(references[0], units={1: 30}, assignment=2) == "accepted"
        assert line_of(references[0]).withdrawn == 20
        assert_books_balance()

    def test_a_second_answer_may_only_lower_the_first(self, references):
        assert answered(references[0], units=None) == "accepted"
        assert answered(references[0], units={1: 0}) == "accepted"
        assert answered(references[0], units=None) == "duplicate"
        assert services.give_again(at=LATER) == 1

    def test_silence_waits_for_the_last_parcel(self, references):
        one = advice(references[0], units=50)
        [other] = advice(references[0], number="D2", units=50).parcels
        both = replace(one, parcels=[*one.parcels, other])
        ship(both)
        news(both)
        late = LATER + timedelta(days=8)
        assert services.assume_receipts(at=late) == 0
        news(replace(both, parcels=[other]), at=late)
        assert services.assume_receipts(at=late + timedelta(days=8)) == 1
        assert line_of(references[0]).received == 100
        assert_books_balance()


def empty(place, number):
    """Find a lot gone from a place."""
    ledger.count(
        actor=KEEPER, place=place, reason="Incendie", key=f"fire {place}", at=LATER,
        counted=[Counted(lot=Lot.objects.get(number=number).pk, status=FREE, units=0)],
    )  # fmt: skip
