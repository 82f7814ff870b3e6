"""What becomes of closed parcels: they leave, go back on the shelf, arrive, or do not."""

import json
from collections.abc import Mapping, Sequence

from distrilog.integrations.operator.content import (
    Delivery,
    Outcome,
)
from distrilog.integrations.operator.standin import outbox, stock
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.moments import moment
from distrilog.integrations.operator.standin.rules import journey
from distrilog.integrations.operator.standin.store import Store


DELIVERIES_AT_ONCE = 5_000


def let_go(store: Store, environment: Environment, *, references: Sequence[str], at: float) -> None:
    """Let the parcels of accepted despatches leave, and their units the warehouse."""
    allowed = json.dumps(references)
    lead_seconds = environment.lead_seconds / store.setting("speed", 1)
    leaving = store.rows(
        "SELECT p.sscc FROM parcel p JOIN despatch d ON d.reference = p.despatch"
        " WHERE d.state = 'packed' AND d.reference IN (SELECT value FROM json_each(?))",
        allowed,
    )
    ways = []
    for (sscc,) in leaving:
        drawn = journey(sscc, mishaps_per_thousand=environment.mishaps_per_thousand)
        ways.append((at, at + drawn.leads * lead_seconds, str(drawn.outcome), sscc))
    _off_the_shelf(store, allowed, left=True)
    store.run_many(
        "UPDATE parcel SET state = 'left', left_at = ?, ends_at = ?, outcome = ? WHERE sscc = ?",
        ways,
    )
    _end_despatches(store, allowed, despatch="left", order="shipped")


def put_back(store: Store, *, references: Sequence[str], order: str) -> None:
    """Put the goods of refused despatches back on the shelf; their orders take a state."""
    refused = json.dumps(references)
    _off_the_shelf(store, refused, left=False)
    store.run(
        "UPDATE parcel SET state = 'unpacked' WHERE state = 'packed'"
        " AND despatch IN (SELECT value FROM json_each(?))",
        refused,
    )
    _end_despatches(store, refused, despatch="refused", order=order)


def prepare_again(store: Store, *, refused: Mapping[str, str]) -> None:
    """
    Set aside the lots that must not leave (recalled, expired, blocked), and prepare their orders from others.

    `refused` gives for each despatch the portal's sentence, which names its lots.
    """
    put_back(store, references=list(refused), order="confirmed")
    named = store.rows(
        "SELECT DISTINCT l.gtin, l.lot FROM json_each(?) said JOIN parcel p ON p.despatch = said.key"
        " JOIN packed_line l USING (sscc) WHERE instr(said.value, ' ' || l.lot || ' ')",
        json.dumps(refused),
    )
    stock.set_aside(store, lots=[(gtin, lot) for gtin, lot in named])


def _off_the_shelf(store: Store, references: str, *, left: bool) -> None:
    """Count the units of closed parcels as packed no more, and off the lot where they leave."""
    units = store.rows(
        "SELECT SUM(l.units), l.gtin, l.lot FROM despatch d JOIN parcel p ON p.despatch = d.reference"
        " JOIN packed_line l USING (sscc) WHERE d.state = 'packed'"
        " AND d.reference IN (SELECT value FROM json_each(?)) GROUP BY l.gtin, l.lot",
        references,
    )
    store.run_many(
        "UPDATE lot SET units = units - ?, packed = packed - ?"
        " WHERE gtin = ? AND lot = ? AND NOT blocked",
        [(count if left else 0, count, gtin, lot) for count, gtin, lot in units],
    )


def _end_despatches(store: Store, references: str, *, despatch: str, order: str) -> None:
    store.run(
        "UPDATE orders SET state = ? WHERE state IN ('packed', 'shipped') AND (reference, assignment)"
        " IN (SELECT order_reference, assignment FROM despatch WHERE state = 'packed'"
        " AND reference IN (SELECT value FROM json_each(?)))",
        order,
        references,
    )
    store.run(
        "UPDATE despatch SET state = ? WHERE state = 'packed'"
        " AND reference IN (SELECT value FROM json_each(?))",
        despatch,
        references,
    )


def deliver(store: Store, *, at: float) -> int:
    """End journeys that are over and report each; what was refused is back, and blocked. Return how many."""
    ended = store.rows(
        "SELECT sscc, despatch, outcome, ends_at FROM parcel WHERE state = 'left' AND ends_at <= ?"
        " ORDER BY ends_at, sscc LIMIT ?",
        at,
        DELIVERIES_AT_ONCE,
    )
    store.run_many(
        "UPDATE parcel SET state = ? WHERE sscc = ?",
        [(row["outcome"], row["sscc"]) for row in ended],
    )
    for row in ended:
        if row["outcome"] == Outcome.REFUSED:
            _take_back(store, row["sscc"])
    _finish_orders(store, sorted({row["despatch"] for row in ended}))
    outbox.add(
        store,
        [
            Delivery(
                despatch=row["despatch"],
                sscc=row["sscc"],
                outcome=Outcome(row["outcome"]),
                at=moment(row["ends_at"]),
                reason=REASONS.get(row["outcome"], ""),
            )
            for row in ended
        ],
    )
    return len(ended)


REASONS = {
    Outcome.REFUSED: "Refusé par le destinataire, revenu à l’entrepôt.",
    Outcome.LOST: "Introuvable après recherche.",
}


def _take_back(store: Store, sscc: str) -> None:
    store.run(
        "INSERT INTO lot (gtin, lot, blocked, expires_on, units)"
        " SELECT p.gtin, p.lot, 1, l.expires_on, SUM(p.units) FROM packed_line p"
        " LEFT JOIN lot l ON l.gtin = p.gtin AND l.lot = p.lot AND NOT l.blocked"
        " WHERE p.sscc = ? GROUP BY p.gtin, p.lot"
        " ON CONFLICT (gtin, lot, blocked) DO UPDATE SET units = units + excluded.units",
        sscc,
    )


def _finish_orders(store: Store, despatches: Sequence[str]) -> None:
    """Close the orders none of whose parcels is packed or under way."""
    store.run(
        "UPDATE orders AS o SET state = 'done' WHERE o.state = 'shipped' AND (reference, assignment)"
        " IN (SELECT order_reference, assignment FROM despatch"
        "     WHERE reference IN (SELECT value FROM json_each(?)))"
        " AND NOT EXISTS (SELECT 1 FROM despatch d JOIN parcel p ON p.despatch = d.reference"
        " WHERE d.order_reference = o.reference AND d.assignment = o.assignment"
        " AND p.state IN ('packed', 'left'))",
        json.dumps(despatches),
    )
