"""What the warehouse does with the portal's messages: kept before they are acknowledged, each once, in any order."""

import json
from datetime import date
from hashlib import sha256
from typing import Any, assert_never

from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    Delivery,
    Despatch,
    Interchange,
    Message,
    Order,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.standin import stock
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.store import Store


ACCEPTED, DUPLICATE, REFUSED = "accepted", "duplicate", "refused"
Told = tuple[str, str, str]  # Outcome, code, reason.
_TAKEN: Told = (ACCEPTED, "", "")
_KNOWN: Told = (DUPLICATE, "", "")


class NumberReused(Exception):  # noqa: N818 - says what is wrong
    """An interchange came under the number of another one."""


def receive(
    store: Store, environment: Environment, interchange: Interchange, *, body: bytes, at: float
) -> dict[str, Any]:
    """
    Take in an interchange and return what is said of each message; all is on the disk by then.

    The same interchange again is answered the same, its accepted messages as duplicates. Raises NumberReused.
    """
    digest = sha256(body).hexdigest()
    with store.transaction():
        known = store.rows(
            "SELECT digest, answer FROM received WHERE interchange = ?", interchange.number
        )
        if known:
            return _again(known[0]["answer"], same=known[0]["digest"] == digest)
        said = [_take(store, environment, message, at) for message in interchange.messages]
        answer = {"interchange": interchange.number, "messages": said}
        store.run(
            "INSERT INTO received VALUES (?, ?, ?)", interchange.number, digest, json.dumps(answer)
        )
    return answer


def _again(answer: str, *, same: bool) -> dict[str, Any]:
    if not same:
        raise NumberReused
    told: dict[str, Any] = json.loads(answer)
    for message in told["messages"]:
        if message["outcome"] == ACCEPTED:
            message["outcome"] = DUPLICATE
    return told


def _take(store: Store, environment: Environment, message: Message, at: float) -> dict[str, str]:
    told: Told
    match message:
        case Order():
            kind, reference, told = "order", message.reference, _order(store, message)
        case Withdrawal():
            kind, reference, told = "withdrawal", message.reference, _withdrawal(store, message)
        case Despatch():
            kind, reference = "despatch", message.reference
            told = _despatch(store, environment, message, at)
        case Confirmation():
            kind, reference = "confirmation", message.reference
            told = _confirmation(store, message, at)
        case Delivery():
            kind, reference = "delivery", message.sscc
            told = _unexpected("Un compte rendu de livraison")
        case StockReport():
            kind, reference = "stock-report", message.reference
            told = _unexpected("Un état de stock")
        case _:
            assert_never(message)
    outcome, code, reason = told
    return {
        "kind": kind,
        "reference": reference,
        "outcome": outcome,
        "code": code,
        "reason": reason,
    }


def _unexpected(what: str) -> Told:
    return REFUSED, "unexpected", f"{what} : l’entrepôt n’en reçoit pas."


def _order(store: Store, order: Order) -> Told:
    """Keep an order once an assignment; the latest assignment is the only one served."""
    if order.replenishment:
        return _unexpected("Une demande de réassort")
    later = store.value("SELECT MAX(assignment) FROM orders WHERE reference = ?", order.reference)
    withdrawn = store.value(
        "SELECT assignment FROM withdrawal WHERE reference = ?", order.reference
    )
    state, told = "received", _TAKEN
    if withdrawn and withdrawn >= order.assignment:
        state, told = "withdrawn", (ACCEPTED, "withdrawn", "Déjà retirée : rien ne partira.")
    elif later and later > order.assignment:
        state, told = "withdrawn", (ACCEPTED, "superseded", "Une attribution plus récente est là.")
    kept = store.run(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        order.reference,
        order.assignment,
        state,
        order.promised_on.isoformat(),
        order.receiver.code,
    )
    if not kept:
        return _KNOWN
    named = (order.reference, order.assignment)
    store.run_many(
        "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        [
            (*named, line.number, line.family, line.gtin, line.units, line.box_units)
            for line in order.lines
        ],
    )
    _stop(store, order.reference, order.assignment - 1)
    return told


def _withdrawal(store: Store, withdrawal: Withdrawal) -> Told:
    """
    Stop an order that is not packed yet, and one that comes later.

    What is packed needs no word: the portal refuses its despatch, and the goods go back.
    """
    kept = store.run(
        "INSERT INTO withdrawal VALUES (?, ?) ON CONFLICT (reference)"
        " DO UPDATE SET assignment = excluded.assignment WHERE assignment < excluded.assignment",
        withdrawal.reference,
        withdrawal.assignment,
    )
    _stop(store, withdrawal.reference, withdrawal.assignment)
    return _TAKEN if kept else _KNOWN


def _stop(store: Store, reference: str, assignment: int) -> None:
    store.run(
        "UPDATE orders SET state = 'withdrawn' WHERE reference = ? AND assignment <= ?"
        " AND state IN ('received', 'confirmed')",
        reference,
        assignment,
    )


def _despatch(store: Store, environment: Environment, despatch: Despatch, at: float) -> Told:
    """Expect the pallets that SPF announces; they arrive after the transfer."""
    due_at = at + environment.transfer_seconds / store.setting("speed", 1)
    known = [_expect(store, despatch, index, due_at) for index in range(len(despatch.parcels))]
    return _TAKEN if any(known) else _KNOWN


def _expect(store: Store, despatch: Despatch, index: int, due_at: float) -> bool:
    parcel = despatch.parcels[index]
    new = store.run(
        "INSERT INTO inbound VALUES (?, ?, ?, ?, ?, 'announced') ON CONFLICT DO NOTHING",
        parcel.sscc,
        despatch.reference,
        despatch.order,
        int(despatch.complete),
        due_at,
    )
    if new:
        store.run_many(
            "INSERT INTO inbound_line VALUES (?, ?, ?, ?, ?)",
            [
                (parcel.sscc, line.gtin, line.lot, line.units, _written(line.expires_on))
                for line in parcel.lines
            ],
        )
    return bool(new)


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _confirmation(store: Store, confirmation: Confirmation, at: float) -> Told:
    """SPF answers a request for stock; where it will send nothing, the family may ask again later."""
    known = store.value("SELECT 1 FROM replenishment WHERE reference = ?", confirmation.reference)
    if not known:
        return REFUSED, "unknown", "Cette demande de réassort n’existe pas."
    nothing = confirmation.answer is Answer.REFUSED or not any(
        line.units for line in confirmation.lines
    )
    if nothing and confirmation.answer is not Answer.ACCEPTED:
        stock.close_replenishment(store, reference=confirmation.reference, at=at)
    return _TAKEN
