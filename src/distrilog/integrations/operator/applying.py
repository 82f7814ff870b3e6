"""
What each of the operator's messages does, whatever it came in: the part of the chain it belongs to decides.

The kinds go in the order of an order's life, whatever their order in the interchange: a despatch and its
delivery in one request are both understood.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from django.db import transaction

from distrilog.domain.shipping import rules as shipping_rules, services as shipping
from distrilog.domain.shipping.rules import Advice, News, PackedParcel, ParcelState, Verdict
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Transfer, TransferLine
from distrilog.domain.stock.rules import PalletOutcome
from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    Delivery,
    Despatch,
    Message,
    Order,
    Outcome,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.reconciling import compare
from distrilog.integrations.operator.topics import PARTNER, PLACE
from distrilog.kernel.refusals import Refusal


KIND_OF: Final[dict[type[Message], str]] = {
    Order: "order",
    Withdrawal: "withdrawal",
    Confirmation: "confirmation",
    Despatch: "despatch",
    Delivery: "delivery",
    StockReport: "stock-report",
}
# The order of an order's life; the stock is compared once everything else is in the books.
_IN_TURN: Final[Sequence[type[Message]]] = (
    Order,
    Withdrawal,
    Confirmation,
    Despatch,
    Delivery,
    StockReport,
)
_SPF: Final = "spf"
_ENDS: Final = {
    Outcome.DELIVERED: ParcelState.DELIVERED,
    Outcome.REFUSED: ParcelState.REFUSED,
    Outcome.LOST: ParcelState.LOST,
    Outcome.RETURNED: ParcelState.RETURNED,
}
_PALLET_ENDS: Final = {
    Outcome.DELIVERED: PalletOutcome.RECEIVED,
    Outcome.REFUSED: PalletOutcome.RETURNED,
    Outcome.LOST: PalletOutcome.LOST,
    Outcome.RETURNED: PalletOutcome.RETURNED,
}
_REFUSED_PALLET: Final = "Refusée par l’entrepôt."

M = TypeVar("M")
# What a part of the chain does with the messages of one kind: one verdict each, in their order.
Part = Callable[[Sequence[M], str, datetime], list[Verdict]]


def apply(*, messages: Sequence[Message], by: str, at: datetime) -> list[tuple[str, Verdict]]:
    """Do what the messages say; return the kind of each and the verdict on it, in their order."""
    verdicts: dict[int, Verdict] = {}
    for kind in _IN_TURN:
        ranks = [rank for rank, each in enumerate(messages) if type(each) is kind]
        if ranks:
            found = _together(_PARTS[kind], [messages[rank] for rank in ranks], by, at)
            verdicts |= dict(zip(ranks, found, strict=True))
    return [(KIND_OF[type(each)], verdicts[rank]) for rank, each in enumerate(messages)]


def _together(part: Part[M], messages: Sequence[M], by: str, at: datetime) -> list[Verdict]:
    """Do messages of one kind in one go; where one of them stops all, one by one, so that it stops alone."""
    try:
        with transaction.atomic():
            return part(messages, by, at)
    except Refusal as refusal:
        if len(messages) == 1:
            return [_refused(messages[0], refusal)]
    return [verdict for each in messages for verdict in _together(part, [each], by, at)]


def _refused(message: object, refusal: Refusal) -> Verdict:
    reference = message.sscc if isinstance(message, Delivery) else message.reference  # type: ignore[attr-defined]
    return shipping_rules.refused(reference, refusal.slug, f"{refusal.title} {refusal}"[:500])


def _confirmations(messages: Sequence[Confirmation], by: str, at: datetime) -> list[Verdict]:
    answers = [
        shipping_rules.Answer(
            order=each.reference,
            assignment=each.assignment,
            units=None
            if each.answer is Answer.ACCEPTED
            else {
                line.number: line.units for line in each.lines if each.answer is not Answer.REFUSED
            },
            despatch_on=each.despatch_on,
            reason=each.reason or next((line.reason for line in each.lines if line.reason), ""),
        )
        for each in messages
    ]
    return shipping.answer(answers=answers, place=PLACE, by=by, at=at)


def _despatches(messages: Sequence[Despatch], by: str, at: datetime) -> list[Verdict]:
    advices = [
        Advice(
            reference=each.reference,
            order=each.order,
            assignment=each.assignment,
            packed_at=each.packed_at,
            parcels=[
                PackedParcel(
                    sscc=parcel.sscc,
                    tracking=parcel.tracking,
                    lines=[
                        shipping_rules.PackedLine(
                            number=line.number,
                            gtin=line.gtin,
                            lot=line.lot,
                            units=line.units,
                            substitute=line.substitute,
                        )
                        for line in parcel.lines
                    ],
                )
                for parcel in each.parcels
            ],
            carrier=each.carrier,
            expected_on=each.expected_on,
            complete=each.complete,
        )
        for each in messages
    ]
    return shipping.despatch(advices=advices, place=PLACE, by=by, at=at)


def _deliveries(messages: Sequence[Delivery], by: str, at: datetime) -> list[Verdict]:
    """Tell pallets of a transfer from parcels to facilities: each has its own book."""
    pallets = dict(
        TransferLine.objects.filter(
            sscc__in=[each.sscc for each in messages], transfer__target=PLACE
        ).values_list("sscc", "outcome")
    )
    parcels = [each for each in messages if each.sscc not in pallets]
    news = [
        News(sscc=each.sscc, state=_ENDS[each.outcome], at=each.at, reason=each.reason)
        for each in parcels
    ]
    said = iter(shipping.report(news=news, place=PLACE, by=by, at=at) if news else [])
    verdicts = []
    for each in messages:
        if each.sscc in pallets:
            verdicts.append(_pallet(each, pallets[each.sscc], by, at))
            pallets[each.sscc] = _PALLET_ENDS[each.outcome].value
        else:
            verdicts.append(next(said))
    return verdicts


def _pallet(message: Delivery, known: str, by: str, at: datetime) -> Verdict:
    outcome = _PALLET_ENDS[message.outcome]
    if known == outcome:
        return shipping_rules.duplicate(message.sscc)
    try:
        with transaction.atomic():
            stock.receive_pallets(
                ssccs=[message.sscc],
                outcome=outcome,
                reason=message.reason or ("" if _arrived(outcome) else _REFUSED_PALLET),
                by=by,
                at=at,
            )
    except Refusal as refusal:
        return _refused(message, refusal)
    return shipping_rules.accepted(message.sscc)


def _arrived(outcome: PalletOutcome) -> bool:
    return outcome is PalletOutcome.RECEIVED


def _reports(messages: Sequence[StockReport], _by: str, at: datetime) -> list[Verdict]:
    return [
        shipping_rules.accepted(each.reference)
        if compare(report=each, at=at)
        else shipping_rules.duplicate(each.reference)
        for each in messages
    ]


def _orders(messages: Sequence[Order], by: str, at: datetime) -> list[Verdict]:
    """Take down the operator's requests for stock; it orders nothing else from us."""
    return [
        _request(each, by, at) if each.replenishment else _unexpected(each, "Une commande")
        for each in messages
    ]


def _request(message: Order, by: str, at: datetime) -> Verdict:
    if len(message.lines) != 1:
        return shipping_rules.refused(
            message.reference, "one-family", "Une demande de réassort porte sur une seule famille."
        )
    (line,) = message.lines
    if Transfer.objects.filter(reference=message.reference).exists():
        return shipping_rules.duplicate(message.reference)
    try:
        with transaction.atomic():
            stock.request_transfer(
                source=_SPF,
                target=PLACE,
                family=line.family,
                units=line.units,
                reason="Demande de réassort de l’opérateur.",
                reference=message.reference,
                by=by,
                at=at,
            )
    except Refusal as refusal:
        return _refused(message, refusal)
    return shipping_rules.accepted(message.reference)


def _withdrawals(messages: Sequence[Withdrawal], _by: str, _at: datetime) -> list[Verdict]:
    return [_unexpected(each, "Un retrait de commande") for each in messages]


def _unexpected(message: Order | Withdrawal, what: str) -> Verdict:
    return shipping_rules.refused(
        message.reference, "unexpected", f"{what} : le portail n’en reçoit pas de {PARTNER}."
    )


_PARTS: Final[dict[type[Message], Part]] = {  # type: ignore[type-arg]
    Order: _orders,
    Withdrawal: _withdrawals,
    Confirmation: _confirmations,
    Despatch: _despatches,
    Delivery: _deliveries,
    StockReport: _reports,
}
