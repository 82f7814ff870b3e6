"""
The stand-in's own tables: what the warehouse knows, written to the disk before anything is acknowledged.

Moments are seconds since 1970; units are integers; days are ISO.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


SECONDS_TO_WAIT_FOR_A_LOCK = 30
# A new database counts on from the clock, so that no number of an older one comes again.
_NUMBERS_IN_A_BLOCK = 1_000_000
_BLOCKS = 900

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS article (
    gtin TEXT PRIMARY KEY, family TEXT NOT NULL, box_units INTEGER NOT NULL CHECK (box_units > 0),
    carton_units INTEGER NOT NULL CHECK (carton_units >= box_units),
    pallet_units INTEGER NOT NULL CHECK (pallet_units >= carton_units)) STRICT;
CREATE TABLE IF NOT EXISTS threshold (
    family TEXT PRIMARY KEY, minimum INTEGER NOT NULL, maximum INTEGER NOT NULL) STRICT;
-- What lies in the warehouse; `packed` of it waits in closed parcels for leave to go.
CREATE TABLE IF NOT EXISTS lot (
    gtin TEXT NOT NULL REFERENCES article, lot TEXT NOT NULL, blocked INTEGER NOT NULL DEFAULT 0,
    expires_on TEXT, units INTEGER NOT NULL CHECK (units >= 0),
    packed INTEGER NOT NULL DEFAULT 0 CHECK (packed BETWEEN 0 AND units),
    PRIMARY KEY (gtin, lot, blocked)) STRICT;
CREATE TABLE IF NOT EXISTS received (
    interchange TEXT PRIMARY KEY, digest TEXT NOT NULL, answer TEXT NOT NULL) STRICT;
-- states: received, confirmed, packed, shipped, done; or refused, withdrawn, stopped. They are served
-- as they came, which the row's own number says.
CREATE TABLE IF NOT EXISTS orders (
    reference TEXT NOT NULL, assignment INTEGER NOT NULL, state TEXT NOT NULL,
    promised_on TEXT NOT NULL, receiver TEXT NOT NULL,
    PRIMARY KEY (reference, assignment)) STRICT;
CREATE INDEX IF NOT EXISTS orders_state ON orders (state, promised_on);
CREATE TABLE IF NOT EXISTS line (
    reference TEXT NOT NULL, assignment INTEGER NOT NULL, number INTEGER NOT NULL,
    family TEXT NOT NULL, gtin TEXT NOT NULL, asked INTEGER NOT NULL, box_units INTEGER NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (reference, assignment, number)) STRICT;
CREATE TABLE IF NOT EXISTS withdrawal (
    reference TEXT PRIMARY KEY, assignment INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS despatch (
    reference TEXT PRIMARY KEY, order_reference TEXT NOT NULL, assignment INTEGER NOT NULL,
    state TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS despatch_order ON despatch (order_reference, assignment);
-- states: packed, left, then delivered, refused or lost; or unpacked. `ends_at` is known once it left.
CREATE TABLE IF NOT EXISTS parcel (
    sscc TEXT PRIMARY KEY, despatch TEXT NOT NULL, tracking TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, packed_at REAL NOT NULL, left_at REAL, ends_at REAL, outcome TEXT) STRICT;
CREATE INDEX IF NOT EXISTS parcel_despatch ON parcel (despatch);
CREATE INDEX IF NOT EXISTS parcel_under_way ON parcel (ends_at) WHERE state = 'left';
CREATE TABLE IF NOT EXISTS packed_line (
    sscc TEXT NOT NULL, number INTEGER NOT NULL, gtin TEXT NOT NULL, lot TEXT NOT NULL,
    units INTEGER NOT NULL, PRIMARY KEY (sscc, number, gtin, lot)) STRICT;
-- Pallets announced by the portal. states: announced, shelved or turned away.
CREATE TABLE IF NOT EXISTS inbound (
    sscc TEXT PRIMARY KEY, despatch TEXT NOT NULL, replenishment TEXT NOT NULL,
    complete INTEGER NOT NULL, due_at REAL NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS inbound_replenishment ON inbound (replenishment);
CREATE TABLE IF NOT EXISTS inbound_line (
    sscc TEXT NOT NULL, gtin TEXT NOT NULL, lot TEXT NOT NULL, units INTEGER NOT NULL,
    expires_on TEXT) STRICT;
CREATE INDEX IF NOT EXISTS inbound_line_sscc ON inbound_line (sscc);
CREATE TABLE IF NOT EXISTS replenishment (
    reference TEXT PRIMARY KEY, family TEXT NOT NULL, units INTEGER NOT NULL,
    state TEXT NOT NULL, changed_at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL, message TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending', interchange TEXT, place INTEGER,
    code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (interchange, id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS sending (
    interchange TEXT PRIMARY KEY, made_at REAL NOT NULL, next_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, fault TEXT NOT NULL DEFAULT '') STRICT;
"""
KEPT_BY_A_RESET = {"counter"}


class Store:
    """A connection to the database; one a thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(
            path, timeout=SECONDS_TO_WAIT_FOR_A_LOCK, isolation_level=None
        )
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(
            "PRAGMA synchronous = FULL"
        )  # Acknowledged is kept, by kill -9 too.

    def create(self) -> None:
        """Make the tables that are missing."""
        self.connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all of what follows, or nothing; one writer at a time."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Return every row of a question."""
        return self.connection.execute(statement, values).fetchall()

    def value(self, statement: str, *values: object) -> Any:
        """Return the first cell of a question, or `None`."""
        row = self.connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def run(self, statement: str, *values: object) -> int:
        """Run one statement; return how many rows it changed."""
        return self.connection.execute(statement, values).rowcount

    def run_many(
        self, statement: str, rows: Iterable[Sequence[object] | Mapping[str, Any]]
    ) -> None:
        """Run one statement for many rows."""
        self.connection.executemany(statement, rows)

    def setting(self, name: str, otherwise: Any = None) -> Any:
        """Return a setting that `/control` changed, or what it is otherwise."""
        text = self.value("SELECT value FROM setting WHERE name = ?", name)
        return otherwise if text is None else json.loads(text)

    def keep_setting(self, name: str, value: Any) -> None:
        """Keep a setting over restarts."""
        self.run(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value),
        )

    def count_down(self, name: str) -> bool:
        """Use one of the times a setting still allows; `False` when none is left."""
        statement = "UPDATE setting SET value = value - 1 WHERE name = ? AND value + 0 > 0"
        return self.run(statement, name) > 0

    def numbers(self, name: str, count: int = 1) -> range:
        """Return numbers never given before under this name; within a transaction."""
        first = int(time.time() // 600) % _BLOCKS * _NUMBERS_IN_A_BLOCK + 1
        self.run("INSERT INTO counter VALUES (?, ?) ON CONFLICT DO NOTHING", name, first)
        end = self.value(
            "UPDATE counter SET value = value + ? WHERE name = ? RETURNING value", count, name
        )
        return range(end - count, end)

    def reset(self) -> None:
        """Forget everything but the numbers given."""
        self.connection.execute("PRAGMA defer_foreign_keys = ON")
        tables = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (name,) in tables:
            if name not in KEPT_BY_A_RESET:
                self.run(f"DELETE FROM {name}")  # noqa: S608 - a name of the schema
