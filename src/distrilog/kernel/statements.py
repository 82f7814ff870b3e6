"""
Statements that must be quick: prepared once on the held connection, then only executed.

Django's own cursor writes the values into the text, so PostgreSQL parses and plans each call again.
A pooler between the two must work in session mode.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection


Row = tuple[Any, ...]


def read(statement: str, values: Mapping[str, Any]) -> list[Row]:
    """
    Return the rows of a statement that only reads; values are named.

    Asked once more when the held connection turns out to have died since the last request.
    """
    try:
        return write(statement, values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or not _is_dead():
            raise
        connection.close()
        return write(statement, values)


def write(statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Run one statement and return the rows it gives; outside a transaction, it is one by itself."""
    if connection.execute_wrappers or connection.queries_logged:
        # Whoever watches statements (tests, the trace of who changed what) must see this one too.
        with connection.cursor() as watched:
            watched.execute(statement, dict(values))
            return list(watched.fetchall())
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 0
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _is_dead() -> bool:
    return connection.connection is None or bool(connection.connection.closed)
