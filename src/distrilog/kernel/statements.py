"""
Statements that must be quick: prepared once on the held connection, then executed by libpq itself.

Django's cursor writes the values into the text, so PostgreSQL parses and plans each call again, and the
driver's own cursor costs more than the statement. Few statements are worth it: those of every API request.
A pooler between the two must work in session mode.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus


Row = tuple[Any, ...]

_PLACE = re.compile(r"%\((\w+)\)s")
_GOOD = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})
# What each held connection has prepared already.
_PREPARED: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()


class Statement:
    """
    One statement with named values (`%(name)s`); where PostgreSQL cannot tell a type, the text casts it.

    Values are None, text, bytes, booleans, integers, dates, aware moments and lists of integers or texts;
    columns are of the same types, JSON and UUID as text.
    """

    def __init__(self, text: str) -> None:
        names = list(dict.fromkeys(_PLACE.findall(text)))
        positions = {name: f"${number}" for number, name in enumerate(names, start=1)}
        self.text = text
        self._names = names
        self._query = _PLACE.sub(lambda place: positions[place[1]], text).encode()
        self._name = b"distrilog_" + sha256(self._query).hexdigest()[:32].encode()

    def read(self, values: Mapping[str, Any]) -> list[Row]:
        """
        Return the rows of a statement that only reads.

        Asked once more when the held connection turns out to have died since the last request.
        """
        try:
            return self.write(values)
        except (OperationalError, InterfaceError):
            held = connections[DEFAULT_DB_ALIAS]
            if held.in_atomic_block or not (held.connection is None or held.connection.closed):
                raise
            held.close()
            return self.write(values)

    def write(self, values: Mapping[str, Any]) -> list[Row]:
        """Run the statement and return the rows it gives; outside a transaction, it is one by itself."""
        held = connections[DEFAULT_DB_ALIAS]
        held.ensure_connection()
        # Whoever watches statements (tests, the trace of who changed what) must see this one too.
        if held.in_atomic_block or held.execute_wrappers or held.queries_logged:
            with held.cursor() as cursor:
                cursor.execute(self.text, {name: values[name] for name in self._names})
                return list(cursor.fetchall())
        with held.wrap_database_errors:
            return self._run(held.connection, [_encoded(values[name]) for name in self._names])

    def _run(self, raw: Any, values: list[bytes | None]) -> list[Row]:
        prepared = _PREPARED.setdefault(raw, set())
        if self._name not in prepared:
            _require_good(raw.pgconn, raw.pgconn.prepare(self._name, self._query))
            prepared.add(self._name)
        result = raw.pgconn.exec_prepared(self._name, values)
        _require_good(raw.pgconn, result)
        columns = range(result.nfields)
        readers = [_READERS[result.ftype(column)] for column in columns]
        value_at = result.get_value
        return [
            tuple(
                None if (value := value_at(row, column)) is None else readers[column](value)
                for column in columns
            )
            for row in range(result.ntuples)
        ]


def _require_good(pgconn: Any, result: Any) -> None:
    if result.status in _GOOD:
        return
    if pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError(pgconn.error_message.decode("utf-8", "replace"))
    raise error_from_result(result, encoding="utf-8")


def _encoded(value: Any) -> bytes | None:
    """Return a value in PostgreSQL's text format."""
    return None if value is None else _WRITERS[type(value)](value)


def _text(value: str) -> bytes:
    encoded = value.encode()
    if b"\0" in encoded:
        raise ValueError("PostgreSQL text cannot contain NUL (0x00) bytes")
    return encoded


def _array(values: Sequence[int | str]) -> bytes:
    return b"{" + b",".join(_element(value) for value in values) + b"}"


def _element(value: int | str) -> bytes:
    if isinstance(value, int):
        return str(int(value)).encode()
    return b'"' + _text(value).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    int: lambda value: str(value).encode(),
    bool: lambda value: b"t" if value else b"f",
    bytes: lambda value: b"\\x" + value.hex().encode(),
    date: lambda value: value.isoformat().encode(),
    datetime: lambda value: value.isoformat().encode(),
    list: _array,
}
_READERS: dict[int, Callable[[bytes], Any]] = {
    16: lambda value: value == b"t",
    **dict.fromkeys((20, 21, 23), int),  # bigint, smallint, integer
    1082: lambda value: date.fromisoformat(value.decode()),
    1184: lambda value: datetime.fromisoformat(value.decode()),
    **dict.fromkeys((25, 1043, 114, 3802, 2950), bytes.decode),  # text, varchar, json, jsonb, uuid
}
