"""A database of its own for the time of a replay: made beside the one in use, and dropped at the end unless it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, connection
from psycopg import sql


SUFFIX: Final = "_rejeu"
# PostgreSQL cuts a longer name.
LONGEST_NAME: Final = 63


class NoDatabase(RuntimeError):  # noqa: N818 - says what is missing
    """The account of the database in use may not create another; its text is French."""


@contextmanager
def own_database(*, keep: bool = False) -> Iterator[str]:
    """
    Make an empty database and turn the connection to it; turn it back at the end, however it ends. Yields its name.

    Raises `NoDatabase`. One of the same name that an interrupted replay left is dropped first.
    """
    before = str(connection.settings_dict["NAME"])
    name = before[: LONGEST_NAME - len(SUFFIX)] + SUFFIX
    _administer(_drop(name), sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _turn_to(name)
    try:
        yield name
    finally:
        _turn_to(before)
        if not keep:
            _administer(_drop(name))


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def _administer(*statements: sql.Composed) -> None:
    # Django's own way to the server's maintenance database, where databases are made.
    try:
        with connection._nodb_cursor() as cursor:  # noqa: SLF001
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        raise NoDatabase(f"Impossible de créer la base du rejeu : {error}") from error


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
