"""What an executor says to an order, and what becomes of the lines it cannot serve."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Min, Sum

from distrilog.domain.orders import services as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.shipping.models import Content, Fulfilment, FulfilmentLine
from distrilog.domain.shipping.rules import (
    OPEN,
    Answer,
    ShortLine,
    Verdict,
    accepted,
    duplicate,
    keeps_waiting,
    refused,
)
from distrilog.domain.shipping.services.handing import tell_operator
from distrilog.domain.shipping.services.progressing import lock_fulfilments, save_progress
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place, Position, Purchase, Transfer
from distrilog.domain.stock.rules import STATE
from distrilog.kernel.weeks import PARIS


GIVEN_UP = "Stock insuffisant, sans arrivée attendue : rendu au contingent."
HELP_GIVEN_UP = "Stock insuffisant, sans arrivée attendue : l’ARS cherche une autre source."
BACK_ORDER = "Stock insuffisant pour l’instant : reste en commande."


@transaction.atomic
def answer(*, answers: Sequence[Answer], place: str, by: str, at: datetime) -> list[Verdict]:
    """
    Take down what an executor confirms; one verdict an answer, in their order.

    An answer that comes after its own despatch changes nothing: what left is known better. A second one may
    only say that less will come than the first said, in whatever order they arrive.
    """
    found = lock_fulfilments(references=[each.order for each in answers])
    earlier = _left_earlier(found.values())
    verdicts = []
    changed: dict[int, Fulfilment] = {}
    for each in answers:
        verdict = _fault(found.get(each.order), each, place=place)
        if verdict is None:
            fulfilment = found[each.order]
            if _take_down(fulfilment, each, earlier, at=at):
                changed[fulfilment.pk] = fulfilment
                verdict = accepted(each.order)
            else:
                verdict = duplicate(each.order)
        verdicts.append(verdict)
    save_progress(fulfilments=changed.values())
    settle_shorts(fulfilments=list(changed.values()), by=by, at=at)
    return verdicts


def _left_earlier(fulfilments: Collection[Fulfilment]) -> Mapping[int, int]:
    """Return the units, by line id, that left under assignments before the present one."""
    rows = (
        Content.objects.filter(
            line__fulfilment__in=[each for each in fulfilments if each.assignment > 1],
            parcel__despatch__assignment__lt=F("line__fulfilment__assignment"),
        )
        .values_list("line")
        .annotate(units=Sum("units"))
    )
    return dict(rows)


def _fault(fulfilment: Fulfilment | None, answer_: Answer, *, place: str) -> Verdict | None:
    if fulfilment is None:
        return refused(answer_.order, "unknown-order", "Cette commande n’est pas connue.")
    if fulfilment.place_id != place or fulfilment.assignment != answer_.assignment:
        return refused(
            answer_.order,
            "withdrawn",
            "Cette commande ne vous est plus attribuée : ne pas l’expédier.",
        )
    numbers = {line.number: line for line in fulfilment.lines.all()}
    wrong = [
        number
        for number, units in (answer_.units or {}).items()
        if number not in numbers or not 0 <= units <= numbers[number].asked
    ]
    if wrong:
        return refused(
            answer_.order,
            "wrong-lines",
            f"Lignes inconnues ou au-delà de la commande : {', '.join(map(str, sorted(wrong)))}.",
        )
    if fulfilment.exhausted or fulfilment.state not in OPEN:
        return duplicate(answer_.order)
    return None


def _take_down(
    fulfilment: Fulfilment, answer_: Answer, earlier: Mapping[int, int], *, at: datetime
) -> bool:
    """Write an answer into the lines; False where it says nothing new."""
    lines = list(fulfilment.lines.all())
    confirmed = {line.pk: _confirmed(line, answer_, earlier.get(line.pk, 0)) for line in lines}
    if fulfilment.answered_at is not None and not any(
        line.confirmed is not None and confirmed[line.pk] < line.confirmed for line in lines
    ):
        return False
    fulfilment.answered_at = at
    fulfilment.despatch_on = answer_.despatch_on
    for line in lines:
        if line.confirmed is None or confirmed[line.pk] < line.confirmed:
            line.confirmed = confirmed[line.pk]
        if line.confirmed < line.asked - line.withdrawn:
            line.short_reason = (answer_.reason or BACK_ORDER)[:200]
    fulfilment.exhausted = not any((line.confirmed or 0) > line.despatched for line in lines)
    return True


def _confirmed(line: FulfilmentLine, answer_: Answer, earlier: int) -> int:
    """Return what is confirmed of a line in all: an answer speaks of what its own assignment asked for."""
    wanted = line.asked - line.withdrawn
    if answer_.units is None:
        return wanted
    return min(wanted, max(line.despatched, earlier + answer_.units.get(line.number, 0)))


def settle_shorts(*, fulfilments: Sequence[Fulfilment], by: str, at: datetime) -> int:
    """
    Decide what becomes of what was confirmed short or left short (`rules.SHORT_RULE`); return the lines given up.

    Units given up go back to the quota or the stock; the others wait. The fulfilments are locked.
    """
    short = [
        (each, line)
        for each in fulfilments
        for line in each.lines.all()
        if line.confirmed is not None
        and line.confirmed < line.asked - line.withdrawn
        and line.to_come > 0
    ]
    if not short:
        return 0
    uncovered = {(one.place, one.family) for one in stock.shortfalls()}
    awaited = _awaited({(each.place_id, line.family_id) for each, line in short})
    on = at.astimezone(PARIS).date()
    given_up: list[orders.Withdrawal] = []
    for each, line in short:
        pair = each.place_id, line.family_id
        missing = min(line.to_come, line.asked - line.withdrawn - (line.confirmed or 0))
        fate = ShortLine(
            missing=missing, covered=pair not in uncovered, awaited_on=awaited.get(pair)
        )
        if missing and not keeps_waiting(line=fate, on=on):
            given_up.append(_give_up(each, line, missing))
    # The lines are locked, so each gives up once; one request may give up twice of the same line.
    orders.withdraw(withdrawals=given_up, key=f"short:{uuid4()}", by=by, at=at)
    save_progress(fulfilments=[each for each, _line in short])
    return len(given_up)


def _give_up(fulfilment: Fulfilment, line: FulfilmentLine, units: int) -> orders.Withdrawal:
    helps = fulfilment.order.charge == Order.Charge.RESUPPLY
    line.withdrawn += units
    line.short_reason = HELP_GIVEN_UP if helps else GIVEN_UP
    return orders.Withdrawal(
        order_id=fulfilment.pk, family=line.family_id, units=units, reason=line.short_reason
    )


def _awaited(pairs: set[tuple[str, str]]) -> Mapping[tuple[str, str], date]:
    """Return the first day on which something is expected of each family at each place."""
    places = {place for place, _family in pairs}
    bought = (
        Purchase.objects.filter(place__in=places, cancelled_at__isnull=True, arrived=0)
        .values_list("place_id", "article__family_id")
        .annotate(first=Min("expected_on"))
    )
    found = {(place, family): first for place, family, first in bought}
    for transfer in Transfer.objects.filter(
        target__in=places, state__in=[Transfer.State.ASKED, Transfer.State.SENT]
    ):
        day = (transfer.sent_at or transfer.asked_at).astimezone(PARIS).date()
        pair = transfer.target_id, transfer.family_id
        found[pair] = min(found.get(pair, day), day)
    return found


def give_again(*, at: datetime, by: str = "system", batch: int = 1000) -> int:
    """
    Give back orders to their executor again, once its stock covers them; return how many.

    What has waited in vain meanwhile is given up. An order is given under a new assignment, for what is still
    to come of it, so that nothing of the old one can leave any more. Each batch is a transaction.
    """
    references = list(
        Fulfilment.objects.filter(exhausted=True, state__in=OPEN)
        .order_by("pk")
        .values_list("order__reference", flat=True)
    )
    return sum(
        _give_batch(references[start : start + batch], by=by, at=at)
        for start in range(0, len(references), batch)
    )


@transaction.atomic
def _give_batch(references: Sequence[str], *, by: str, at: datetime) -> int:
    locked = [each for each in lock_fulfilments(references=references).values() if each.exhausted]
    settle_shorts(fulfilments=locked, by=by, at=at)
    room = _usable({each.place_id for each in locked})
    given = [each for each in locked if each.state in OPEN and _fits(each, room)]
    for each in given:
        each.assignment += 1
        each.exhausted = False
        each.answered_at = None
        for line in each.lines.all():
            line.confirmed = None
    save_progress(fulfilments=given)
    kinds = dict(Place.objects.values_list("code", "kind"))
    tell_operator(
        orders=[
            (each.pk, each.assignment)
            for each in given
            if kinds[each.place_id] == Place.Kind.OPERATOR
        ],
        at=at,
    )
    return len(given)


def _usable(places: set[str]) -> Counter[tuple[str, str]]:
    rows = Position.objects.filter(owner=STATE, place__in=places)
    return Counter({(row.place_id, row.family_id): row.usable for row in rows})


def _fits(fulfilment: Fulfilment, room: Counter[tuple[str, str]]) -> bool:
    """Tell whether all that is to come is there, and take it from what the next ones find."""
    wanted = {
        (fulfilment.place_id, line.family_id): line.to_come
        for line in fulfilment.lines.all()
        if line.to_come
    }
    if not wanted or any(room[pair] < units for pair, units in wanted.items()):
        return False
    room.subtract(wanted)
    return True
