"""
Random days of help, in any order and by anybody: the books stay proven, no floor is broken, nobody is given too much.

`DISTRILOG_AID_EXAMPLES` plays as many as it says, drawn anew; without it, the same three each time.
"""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Clock, Loan, Part, Request
from distrilog.domain.resupply.rules import GRANTED
from distrilog.domain.resupply.services import Choice
from distrilog.domain.shipping import services as shipping
from distrilog.domain.shipping.models import Despatch
from distrilog.domain.stock import services as ledger
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import Status
from distrilog.domain.stock.services import Counted
from distrilog.kernel.refusals import Refusal
from tests.domain.resupply.world import (
    AT,
    CELL,
    GOWN,
    KEEPER,
    MASK,
    ars,
    ask,
    assert_books_balance,
    declared,
    department,
    furnish,
    home,
    lender,
)
from tests.factories import orderer, stocked


SURPLUS = 500


class Days:
    """Three homes in need, two givers, a department’s store, the State."""

    homes: tuple[Facility, ...] = ()
    givers: tuple[Facility, ...] = ()

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.moment = AT
        self.done = Counter()

    def play(self, steps):
        """Let things happen, what is due more often than anything else; look at everything after each."""
        self.the_homes_ask()
        actions = [self.help_goes_on] * 8 + [
            self.somebody_asks, self.neighbours_are_asked, self.a_neighbour_answers,
            self.the_agency_decides, self.the_centre_validates, self.somebody_hands_over,
            self.somebody_receives, self.somebody_gives_back, self.somebody_ends_something,
            self.the_state_ships, self.the_state_arrives, self.a_store_is_counted, self.time_passes,
        ]  # fmt: skip
        for _ in range(steps):
            self.draw.choice(actions)()
            self.the_books_are_proven()
            self.nobody_is_granted_more_than_it_asked()
            self.no_floor_is_broken()
            self.what_ended_waits_for_nobody()

    def the_homes_ask(self):
        """Without requests nothing else can happen: each run begins with some."""
        for facility in self.homes:
            units = self.draw.randint(1, 8) * 50
            self.attempt("ask", lambda facility=facility, units=units: ask(facility, units))
        services.propose(at=self.moment)

    def attempt(self, name, call):
        """Do something that may be refused, and then changes nothing."""
        self.moment += timedelta(minutes=10)
        try:
            with transaction.atomic():
                call()
        except Refusal:
            return
        self.done[name] += 1

    def pick(self, rows, **ripe):
        """Return one of the rows, mostly of those it is time for, sometimes whatever its state; None where there is none."""
        found = list(rows.filter(**ripe).order_by("pk")) if self.draw.random() < 0.8 else []
        found = found or list(rows.order_by("pk"))
        return self.draw.choice(found) if found else None

    def boxes(self):
        """Return a few boxes, or none."""
        return self.draw.randint(0, 6)

    def some_of(self, offer, boxes, line):
        """Return as many units, or all that is offered where that is less."""
        units = boxes * line.box_units
        return min(units, offer.units) if offer else units

    def somebody_asks(self):
        boxes, family = self.boxes(), self.draw.choice([MASK, MASK, GOWN])
        units = boxes * (50 if family == MASK else 10)
        facility = self.draw.choice((*self.homes, *self.givers))
        self.attempt("ask", lambda: ask(facility, units, family=family, at=self.moment))

    def neighbours_are_asked(self):
        self.attempt("propose", lambda: services.propose(at=self.moment))

    def help_goes_on(self):
        """Take the step that is next: days on which nobody does what is due prove little."""
        kind, short = self.draw.choice(["department", "state"]), self.draw.choice([0, 0, 7])
        live = ["proposed", "offered", "to_validate", "chosen", "sent"]
        part = self.pick(Part.objects.filter(state__in=live))
        if part is None:
            self.the_agency_takes(kind)
        elif part.state == "proposed":
            answered = {"part_id": part.pk, "units": part.units, "at": self.moment}
            giver = orderer(part.lender)
            self.attempt("answer", lambda: services.answer(actor=giver, **answered))
        elif part.state == "offered":
            self.the_agency_takes("neighbour", part)
        elif part.state == "to_validate":
            self.attempt(
                "validate",
                lambda: services.validate(actor=CELL, part_id=part.pk, accept=True, at=self.moment),
            )
        elif part.order_id is not None:
            self.the_state_ships()
            self.the_state_arrives()
        else:
            self.it_is_handed_on(part, max(1, part.units - short))

    def the_agency_takes(self, kind, part=None):
        """Decide for one source, for as much as it gives."""
        request = part.line.request if part else self.pick(Request.objects.all(), state="asked")
        if request is None:
            return
        line = part.line if part else request.lines.get()
        chosen = Choice(
            kind=kind, line=line.pk, units=part.units if part else line.units,
            part_id=part.pk if part else None, place="dep-75" if kind == "department" else "",
        )  # fmt: skip
        self.attempt(
            "decide",
            lambda: services.decide(
                actor=ars(request.facility), reference=request.reference, choices=[chosen],
                at=self.moment,
            ),
        )  # fmt: skip

    def it_is_handed_on(self, part, units):
        """Hand a part over, or receive it."""
        given = {"part_id": part.pk, "units": units, "at": self.moment}
        asker = orderer(part.line.request.facility)
        giver = orderer(part.lender) if part.lender else ars(part.line.request.facility)
        if part.state == "chosen":
            self.attempt("hand over", lambda: services.hand_over(actor=giver, **given))
        else:
            self.attempt("receive", lambda: services.receive(actor=asker, **given))

    def a_neighbour_answers(self):
        boxes, terms = self.boxes(), self.draw.choice(["loan", "gift"])
        part = self.pick(Part.objects.filter(lender__isnull=False), state="proposed")
        if part:
            self.attempt(
                "answer",
                lambda: services.answer(
                    actor=orderer(part.lender), part_id=part.pk, units=boxes * 50, terms=terms,
                    at=self.moment,
                ),
            )  # fmt: skip

    def the_agency_decides(self):
        kinds = self.draw.choices(["neighbour", "department", "state"], k=self.draw.randint(1, 3))
        request = self.pick(Request.objects.all(), state="asked")
        if request is None:
            return
        line = request.lines.first()
        choices = []
        for kind in kinds:
            boxes = self.boxes()
            offer = self.pick(line.parts.filter(lender__isnull=False), state="offered")
            choices.append(
                Choice(
                    kind=kind, line=line.pk, units=self.some_of(offer if kind == "neighbour" else None, boxes, line),
                    part_id=offer.pk if offer and kind == "neighbour" else None,
                    place="dep-75" if kind == "department" else "",
                )
            )  # fmt: skip
        for _ in range(2):
            self.attempt(
                "decide",
                lambda: services.decide(
                    actor=ars(request.facility), reference=request.reference, choices=choices,
                    at=self.moment,
                ),
            )  # fmt: skip

    def the_centre_validates(self):
        accept, boxes = self.draw.random() < 0.7, self.boxes()
        part = self.pick(Part.objects.filter(kind="state"), state="to_validate")
        if part:
            units = boxes * part.line.box_units if boxes else None
            self.attempt(
                "validate",
                lambda: services.validate(
                    actor=CELL, part_id=part.pk, accept=accept, units=units, reason="Vu.",
                    at=self.moment,
                ),
            )  # fmt: skip

    def somebody_hands_over(self):
        units, lot = self.draw.randint(0, 300), self.draw.choice(["", "L1", "D1", "X-9"])
        part = self.pick(Part.objects.filter(kind__in=["neighbour", "department"]), state="chosen")
        if part:
            who = orderer(part.lender) if part.lender else ars(part.line.request.facility)
            self.attempt(
                "hand over",
                lambda: services.hand_over(
                    actor=who,
                    part_id=part.pk,
                    units=min(units, part.units),
                    lot=lot,
                    at=self.moment,
                ),
            )

    def somebody_receives(self):
        missing = self.draw.randint(0, 60)
        part = self.pick(Part.objects.all(), state="sent", order__isnull=True)
        if part:
            self.attempt(
                "receive",
                lambda: services.receive(
                    actor=orderer(part.line.request.facility), part_id=part.pk,
                    units=max(0, part.units - missing), at=self.moment,
                ),
            )  # fmt: skip

    def somebody_gives_back(self):
        units = self.draw.randint(1, 200)
        gift, by_giver = self.draw.random() < 0.5, self.draw.random() < 0.5
        loan = self.pick(Loan.objects.all(), received__gt=0, settled_at__isnull=True)
        if loan:
            side = loan.part.lender if by_giver else loan.part.line.request.facility
            self.attempt(
                "give back",
                lambda: services.give_back(
                    actor=orderer(side), loan=loan.reference, units=units, as_gift=gift,
                    at=self.moment,
                ),
            )  # fmt: skip

    def somebody_ends_something(self):
        how = self.draw.choice(["withdraw", "refuse", "close", "cancel"])
        request = self.pick(Request.objects.all())
        part = self.pick(Part.objects.all())
        if request is None:
            return
        agency, common = ars(request.facility), {"reference": request.reference, "at": self.moment}
        ends = {
            "withdraw": lambda: services.withdraw_request(
                actor=orderer(request.facility), **common
            ),
            "refuse": lambda: services.refuse(actor=agency, reason="Non.", **common),
            "close": lambda: services.close_request(actor=agency, answer="Fin.", **common),
            "cancel": lambda: services.cancel_part(
                actor=agency, part_id=part.pk if part else 0, reason="Erreur.", at=self.moment
            ),
        }
        self.attempt(how, ends[how])

    def the_state_ships(self):
        self.moment += timedelta(minutes=10)
        shipping.hand_over(at=self.moment)
        for verdict in shipping.prepare_wave(place="spf", by="spf", at=self.moment):
            self.done[verdict.outcome] += 1
        shipping.give_again(at=self.moment)
        services.follow_orders(at=self.moment)

    def the_state_arrives(self):
        sent = self.pick(Despatch.objects.all())
        if sent:
            facility = sent.fulfilment.order.facility
            self.attempt(
                "arrive",
                lambda: shipping.receive(
                    actor=orderer(facility), despatch=sent.reference, at=self.moment
                ),
            )
        services.follow_orders(at=self.moment)

    def a_store_is_counted(self):
        left, place = self.draw.randint(0, 2000), self.draw.choice(["spf", "dep-75"])
        self.moment += timedelta(minutes=10)
        number = "S1" if place == "spf" else "D1"
        lot = Lot.objects.get(number=number)
        counted = [Counted(lot=lot.pk, status=Status.AVAILABLE, units=left)]
        self.attempt(
            "count",
            lambda: ledger.count(
                actor=KEEPER, place=place, reason="Inventaire", key=f"{self.moment}", at=self.moment,
                counted=counted,
            ),
        )  # fmt: skip

    def time_passes(self):
        self.moment += timedelta(hours=self.draw.randint(1, 30))
        services.escalate(at=self.moment)
        services.follow_orders(at=self.moment)
        services.propose(at=self.moment)

    def the_books_are_proven(self):
        assert_books_balance()

    def nobody_is_granted_more_than_it_asked(self):
        for request in Request.objects.prefetch_related("lines__parts"):
            for line in request.lines.all():
                granted = sum(part.units for part in line.parts.all() if part.state in GRANTED)
                assert granted <= line.units

    def no_floor_is_broken(self):
        """Nobody declares again here: all that left a giver came from one surplus."""
        for giver in self.givers:
            promised = Part.objects.filter(
                lender=giver, line__family=MASK, loan__handed_at__isnull=True,
                state__in=["offered", "chosen"],
            )  # fmt: skip
            left = Loan.objects.filter(part__lender=giver, handed_at__isnull=False)
            given = sum(promised.values_list("units", flat=True))
            assert given + sum(left.values_list("handed", flat=True)) <= SURPLUS

    def what_ended_waits_for_nobody(self):
        ended = ["closed", "refused", "cancelled"]
        assert not Clock.objects.filter(done_at__isnull=True, request__state__in=ended).exists()


SEEDS = range(int(os.environ.get("DISTRILOG_AID_EXAMPLES", "0")))


@pytest.mark.django_db
class TestDays:
    @pytest.mark.parametrize("seed", [random.randrange(2**32) for _ in SEEDS] or [1, 2, 3])
    def test_keep_every_promise_whatever_happens(self, seed):
        furnish()
        Days.homes = tuple(home(north=rank / 10) for rank in range(3))
        Days.givers = (lender(surplus=SURPLUS, north=1), lender(surplus=SURPLUS, north=2))
        for giver in Days.givers:
            declared(giver, stock=0, family=GOWN)
        stocked(1000, place="spf", number="S1")
        stocked(500, place="spf", family=GOWN, number="G1")
        stocked(600, place=department(), number="D1")
        days = Days(seed)
        days.play(50)
        # Days on which nothing happens would prove nothing.
        played = {"ask", "answer", "decide", "hand over", "receive"}
        assert played <= days.done.keys(), days.done
