"""What lies in the warehouse: what may be promised, what comes in, what is asked for, what is reported."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from sqlite3 import Row

from distrilog.integrations.operator.content import (
    Condition,
    Delivery,
    Message,
    Order,
    OrderedLine,
    Outcome,
    Party,
    StockLine,
    StockReport,
)
from distrilog.integrations.operator.standin import outbox
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.moments import day_in, day_of, moment
from distrilog.integrations.operator.standin.rules import Bin, Shelf
from distrilog.integrations.operator.standin.store import Store


TICKS_BEFORE_ASKING_AGAIN = 20
REPLENISHMENT_PREFIX = "LPR-"


def articles_by_family(store: Store) -> dict[str, set[str]]:
    """Return the articles known of each family."""
    found: dict[str, set[str]] = defaultdict(set)
    for family, gtin in store.rows("SELECT family, gtin FROM article"):
        found[family].add(gtin)
    return found


def units_to_promise(store: Store, environment: Environment, *, at: float) -> dict[str, int]:
    """Return the usable units of each family, less those promised and not packed yet."""
    shelf = shelf_at(store, environment, at=at)
    free = {family: shelf.free(family) for family in shelf.by_family}
    promised = store.rows(
        "SELECT l.family, SUM(l.confirmed) FROM orders o JOIN line l USING (reference, assignment)"
        " WHERE o.state = 'confirmed' GROUP BY l.family"
    )
    for family, units in promised:
        free[family] = max(0, free.get(family, 0) - units)
    return free


def shelf_at(store: Store, environment: Environment, *, at: float) -> Shelf:
    """Return what may be taken: not blocked, not in its last days, not in a closed parcel, not missing."""
    missing = Counter(store.setting("short", {}))
    rows = store.rows(
        "SELECT family, gtin, lot, expires_on, units - packed AS free, box_units, carton_units"
        " FROM lot JOIN article USING (gtin)"
        " WHERE NOT blocked AND units > packed AND (expires_on IS NULL OR expires_on >= ?)"
        " ORDER BY expires_on IS NULL, expires_on, gtin, lot",
        (day_of(at) + timedelta(days=environment.last_days)).isoformat(),
    )
    bins = [Bin(**dict(row)) for row in rows]
    for one in reversed(bins):
        hidden = min(one.free, missing[one.gtin])
        missing[one.gtin] -= hidden
        one.free -= hidden
    return Shelf(bins)


def set_aside(store: Store, *, lots: Sequence[tuple[str, str]]) -> None:
    """Block lots, GTIN and number: all that is not in a closed parcel."""
    store.run_many(
        "INSERT INTO lot (gtin, lot, blocked, expires_on, units)"
        " SELECT gtin, lot, 1, expires_on, units - packed FROM lot"
        " WHERE gtin = ? AND lot = ? AND NOT blocked"
        " ON CONFLICT (gtin, lot, blocked) DO UPDATE SET units = units + excluded.units",
        lots,
    )
    store.run_many("UPDATE lot SET units = packed WHERE gtin = ? AND lot = ? AND NOT blocked", lots)


def shelve(store: Store, environment: Environment, *, at: float) -> None:
    """Put away the pallets that arrived, within the warehouse's capacity, and report each."""
    due = store.rows(
        "SELECT sscc, despatch FROM inbound WHERE state = 'announced' AND due_at <= ?"
        " ORDER BY due_at, sscc",
        at,
    )
    reports: list[Message] = []
    for sscc, despatch in due:
        reason = _reason_to_turn_away(store, environment, sscc)
        if not reason:
            store.run(
                "INSERT INTO lot (gtin, lot, expires_on, units)"
                " SELECT gtin, lot, MIN(expires_on), SUM(units) FROM inbound_line WHERE sscc = ?"
                " GROUP BY gtin, lot ON CONFLICT (gtin, lot, blocked)"
                " DO UPDATE SET units = units + excluded.units",
                sscc,
            )
        outcome = Outcome.REFUSED if reason else Outcome.DELIVERED
        state = "turned away" if reason else "shelved"
        store.run("UPDATE inbound SET state = ? WHERE sscc = ?", state, sscc)
        reports.append(
            Delivery(despatch=despatch, sscc=sscc, outcome=outcome, at=moment(at), reason=reason)
        )
    outbox.add(store, reports)


def _reason_to_turn_away(store: Store, environment: Environment, sscc: str) -> str:
    unknown = store.value(
        "SELECT 1 FROM inbound_line LEFT JOIN article USING (gtin)"
        " WHERE sscc = ? AND family IS NULL",
        sscc,
    )
    if unknown:
        return "Article inconnu de l’entrepôt."
    with_it = pallets(store, arriving=sscc)
    return "Entrepôt plein." if with_it > environment.pallets else ""


def pallets(store: Store, *, arriving: str = "") -> int:
    """Return the pallet places taken, a lot's last pallet counting whole; with an arriving one or without."""
    places = store.value(
        "SELECT SUM((units + pallet_units - 1) / pallet_units) FROM ("
        " SELECT gtin, SUM(units) AS units FROM ("
        "  SELECT gtin, lot, units FROM lot UNION ALL"
        "  SELECT gtin, lot, units FROM inbound_line WHERE sscc = ?) GROUP BY gtin, lot)"
        " JOIN article USING (gtin)",
        arriving,
    )
    return int(places or 0)


def ask_for_stock(store: Store, environment: Environment, *, at: float) -> None:
    """Order from SPF for each family below its minimum: up to its maximum and our room, one at a time."""
    shelf_free = units_to_promise(store, environment, at=at)
    patience = TICKS_BEFORE_ASKING_AGAIN * environment.tick_seconds
    _close_replenishments(store, at=at)
    places = environment.pallets - pallets(store)
    families = store.rows(
        "SELECT family, maximum, minimum, MAX(box_units), MIN(pallet_units)"
        " FROM threshold t JOIN article USING (family) WHERE NOT EXISTS ("
        " SELECT 1 FROM replenishment r WHERE r.family = t.family"
        " AND (r.state = 'open' OR r.changed_at > ?)) GROUP BY family",
        at - patience,
    )
    orders: list[Message] = []
    for family, maximum, minimum, box_units, pallet_units in families:
        free = shelf_free.get(family, 0)
        units = min(maximum - free, places * pallet_units)
        units -= units % box_units
        if free >= minimum or units <= 0:
            continue
        places -= -(-units // pallet_units)
        reference = f"{REPLENISHMENT_PREFIX}{store.numbers('replenishment')[0]:09d}"
        store.run(
            "INSERT INTO replenishment VALUES (?, ?, ?, 'open', ?)", reference, family, units, at
        )
        line = OrderedLine(number=1, family=family, units=units, box_units=box_units)
        orders.append(
            Order(
                reference=reference,
                assignment=1,
                placed_at=moment(at),
                promised_on=day_of(at),
                receiver=Party(code=environment.gln, name="Entrepôt de l’opérateur"),
                lines=[line],
                replenishment=True,
            )
        )
    outbox.add(store, orders)


def _close_replenishments(store: Store, *, at: float) -> None:
    """Close the requests whose announced pallets have all been dealt with, the last one included."""
    store.run(
        "UPDATE replenishment AS r SET state = 'closed', changed_at = ? WHERE state = 'open'"
        " AND EXISTS (SELECT 1 FROM inbound i WHERE i.replenishment = r.reference AND i.complete)"
        " AND NOT EXISTS (SELECT 1 FROM inbound i WHERE i.replenishment = r.reference"
        " AND i.state = 'announced')",
        at,
    )


def close_replenishment(store: Store, *, reference: str, at: float) -> None:
    """SPF will send nothing: the family may ask again later."""
    store.run(
        "UPDATE replenishment SET state = 'closed', changed_at = ?"
        " WHERE reference = ? AND state = 'open'",
        at,
        reference,
    )


def report_stock(store: Store, *, at: float) -> None:
    """
    Report all that lies in the warehouse, closed parcels included: they have not left.

    Only when nothing waits to be said: the portal's books then stand where ours do.
    """
    rows = store.rows(
        "SELECT gtin, lot, units, blocked, expires_on FROM lot WHERE units > 0"
        " ORDER BY gtin, lot, blocked"
    )
    today = day_of(at)
    (number,) = store.numbers("report")
    outbox.add(
        store,
        [
            StockReport(
                reference=f"STK-{number:09d}",
                at=moment(at + 1),  # Not before what was said in this second.
                lines=[_stock_line(row, today) for row in rows],
            )
        ],
    )


def _stock_line(row: Row, today: date) -> StockLine:
    expires_on = day_in(row["expires_on"])
    usable = not row["blocked"] and (expires_on is None or expires_on > today)
    return StockLine(
        gtin=row["gtin"],
        lot=row["lot"],
        units=row["units"],
        condition=Condition.USABLE if usable else Condition.BLOCKED,
        expires_on=expires_on,
    )
