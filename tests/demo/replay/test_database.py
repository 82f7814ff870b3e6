"""The replay's own database: turned to, turned back from, and gone at the end."""

import pytest
from django.db import connection

from distrilog.demo.replay.database import SUFFIX, own_database


pytestmark = pytest.mark.django_db(transaction=True)


def names():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


def current():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return cursor.fetchone()[0]


class TestOwnDatabase:
    def test_is_empty_and_goes_away(self):
        before = current()
        with own_database() as name:
            assert name == f"{before}{SUFFIX}" == current()
            assert connection.introspection.table_names() == []
        assert current() == before
        assert name not in names()

    def test_goes_away_when_the_replay_fails(self):
        before = current()
        with pytest.raises(ZeroDivisionError), own_database() as name:
            raise ZeroDivisionError
        assert current() == before
        assert name not in names()

    def test_takes_the_place_of_one_that_was_left(self):
        with own_database(keep=True), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE left_behind (id int)")
        with own_database() as name:
            assert connection.introspection.table_names() == []
        assert name not in names()
