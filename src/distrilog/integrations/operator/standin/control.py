"""What a demonstration or a test may change of the stand-in, and what anybody curious may look at."""

import json
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from distrilog.integrations.operator.standin import stock
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.store import Store


KEPT_AS_GIVEN = {
    "silent",
    "shuffle",
    "short",
    "lose_next_response",
    "double_next",
    "report",
    "suivi_calls_per_second",
}


class NotUnderstood(Exception):  # noqa: N818 - says what is wrong
    """The order to the stand-in is not one it knows."""


def control(store: Store, asked: Mapping[str, Any]) -> None:
    """Do all that is asked, or nothing; the same again changes nothing more, but for `damage_stock`."""
    with store.transaction():
        _do(store, asked)


def open_with(store: Store, path: Path) -> None:
    """
    Do what a file asks, once: the demonstration writes it when it likes, and no process waits for another.

    Written anew, it is done again.
    """
    try:
        text, written_at = path.read_bytes(), path.stat().st_mtime_ns
    except FileNotFoundError:
        return
    known_as = f"{written_at}-{sha256(text).hexdigest()}"
    if store.setting("opened_with") == known_as:
        return
    with store.transaction():
        _do(store, json.loads(text))
        store.keep_setting("opened_with", known_as)


def _do(store: Store, asked: Mapping[str, Any]) -> None:
    strange = sorted(set(asked) - KEPT_AS_GIVEN - set(_ACTIONS))
    if strange:
        raise NotUnderstood(f"Ordre inconnu : {', '.join(strange)}.")
    for name, action in _ACTIONS.items():  # Its order counts: articles come before their stock.
        if name in asked:
            action(store, asked[name])
    for name in sorted(KEPT_AS_GIVEN & set(asked)):
        store.keep_setting(name, asked[name])


def _reset(store: Store, wanted: Any) -> None:
    if wanted:
        store.reset()


def _articles(store: Store, articles: Any) -> None:
    store.run_many(
        "INSERT INTO article VALUES (:gtin, :family, :box_units, :carton_units, :pallet_units)"
        " ON CONFLICT (gtin) DO UPDATE SET family = excluded.family,"
        " box_units = excluded.box_units, carton_units = excluded.carton_units,"
        " pallet_units = excluded.pallet_units",
        articles,
    )


def _stock(store: Store, lots: Any) -> None:
    """Put lots there at the start; a lot that is known is left as it is."""
    store.run_many(
        "INSERT INTO lot (gtin, lot, blocked, expires_on, units)"
        " VALUES (:gtin, :lot, :blocked, :expires_on, :units) ON CONFLICT DO NOTHING",
        [{"expires_on": None, **lot, "blocked": int(lot.get("blocked", False))} for lot in lots],
    )


def _thresholds(store: Store, thresholds: Any) -> None:
    store.run_many(
        "INSERT INTO threshold (family, minimum, maximum) VALUES (?, ?, ?) ON CONFLICT (family)"
        " DO UPDATE SET minimum = excluded.minimum, maximum = excluded.maximum",
        [(family, bounds["minimum"], bounds["maximum"]) for family, bounds in thresholds.items()],
    )


def _under_way(store: Store, sent: Any) -> None:
    """Know parcels that left before this database was made: they are on their way from now on."""
    at = time.time()
    store.run_many(
        "INSERT INTO parcel (sscc, despatch, tracking, state, packed_at, left_at, ends_at, outcome)"
        " VALUES (:sscc, :despatch, :tracking, 'left', :at, :at, :at + :seconds, 'delivered')"
        " ON CONFLICT DO NOTHING",
        [{**parcel, "at": at} for parcel in sent],
    )


def _damage(store: Store, lots: Any) -> None:
    """Take units away that nobody tells of; a negative number finds some."""
    store.run_many(
        "UPDATE lot SET units = MAX(packed, units - :units)"
        " WHERE gtin = :gtin AND lot = :lot AND NOT blocked",
        lots,
    )


def _block(store: Store, lots: Any) -> None:
    """Set lots aside, as a recall asks."""
    stock.set_aside(store, lots=[(lot["gtin"], lot["lot"]) for lot in lots])


def _speed(store: Store, speed: Any) -> None:
    """Divide every delay by a number above zero, those that run included."""
    if speed <= 0:
        raise NotUnderstood("La vitesse est un nombre au-dessus de zéro.")
    ratio = store.setting("speed", 1) / speed
    store.keep_setting("speed", speed)
    store.run(
        "UPDATE parcel SET ends_at = left_at + (ends_at - left_at) * ? WHERE state = 'left'", ratio
    )


_ACTIONS: Mapping[str, Callable[[Store, Any], None]] = {
    "reset": _reset,
    "articles": _articles,
    "stock": _stock,
    "thresholds": _thresholds,
    "under_way": _under_way,
    "damage_stock": _damage,
    "block": _block,
    "speed": _speed,
}


def state(store: Store, environment: Environment) -> dict[str, Any]:
    """Return what the warehouse holds and does."""
    return {
        "orders": _counts(store, "orders"),
        "despatches": _counts(store, "despatch"),
        "parcels": _counts(store, "parcel"),
        "inbound": _counts(store, "inbound"),
        "outbox": _counts(store, "outbox"),
        "outbox_by_kind": {
            row["kind"]: row["number"]
            for row in store.rows(
                "SELECT kind, COUNT(*) AS number FROM outbox WHERE state = 'pending' GROUP BY kind"
            )
        },
        "retrying": _dicts(store, "SELECT * FROM sending WHERE attempts > 0 ORDER BY next_at DESC"),
        "refused": _dicts(
            store,
            "SELECT kind, reference, code, reason FROM outbox WHERE state = 'refused'"
            " ORDER BY id DESC LIMIT 50",
        ),
        "replenishments": _dicts(store, "SELECT * FROM replenishment ORDER BY reference DESC"),
        "stock": _dicts(
            store,
            "SELECT family, lot.* FROM lot JOIN article USING (gtin) WHERE units > 0"
            " ORDER BY gtin, lot, blocked",
        ),
        "pallets": stock.pallets(store),
        "pallet_places": environment.pallets,
        "settings": {
            row["name"]: store.setting(row["name"])
            for row in store.rows("SELECT name FROM setting ORDER BY name")
        },
    }


def order(store: Store, reference: str) -> dict[str, Any]:
    """Return one order's life: its assignments, its lines, its parcels."""
    return {
        "orders": _dicts(store, "SELECT * FROM orders WHERE reference = ?", reference),
        "lines": _dicts(store, "SELECT * FROM line WHERE reference = ?", reference),
        "parcels": _dicts(
            store,
            "SELECT p.*, d.assignment FROM parcel p JOIN despatch d ON d.reference = p.despatch"
            " WHERE d.order_reference = ? ORDER BY p.sscc",
            reference,
        ),
    }


def _counts(store: Store, table: str) -> dict[str, int]:
    rows = store.rows(f"SELECT state, COUNT(*) AS number FROM {table} GROUP BY state")  # noqa: S608 - ours
    return {row["state"]: row["number"] for row in rows}


def _dicts(store: Store, statement: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in store.rows(statement, *values)]
