"""Prepared statements on the held connection."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from distrilog.kernel.statements import Statement


ECHO = Statement(
    "SELECT %(text)s::text, %(number)s::bigint, %(flag)s::boolean, %(day)s::date,"
    " %(moment)s::timestamptz, %(nothing)s::text, array_to_json(%(numbers)s::bigint[])::text,"
    " array_to_json(%(texts)s::text[])::text, encode(%(bytes)s::bytea, 'hex'),"
    " jsonb_build_array(%(text)s::text)"
)
VALUES = {
    "text": "l’été \\ \" ' %(text)s",
    "number": -(2**62),
    "flag": True,
    "day": date(2020, 11, 4),
    "moment": datetime(2020, 11, 4, 9, 0, 0, 123456, tzinfo=UTC),
    "nothing": None,
    "numbers": [1, 2**40],
    "texts": ["a,b", '"', "\\", "", "NULL", "{}"],
    "bytes": b"\x00\xff",
}


def echoed(rows):
    [(text, number, flag, day, moment, nothing, numbers, texts, raw, json)] = rows
    assert (text, number, flag, day) == tuple(VALUES[n] for n in ("text", "number", "flag", "day"))
    assert (moment, nothing, numbers, raw) == (VALUES["moment"], None, "[1,1099511627776]", "00ff")
    assert texts == '["a,b","\\"","\\\\","","NULL","{}"]'
    return json


class TestStatement:
    @pytest.mark.django_db(transaction=True)
    def test_carries_every_kind_of_value_by_itself(self):
        for _ in range(3):
            echoed(ECHO.read(VALUES))

    @pytest.mark.django_db
    def test_carries_the_same_in_a_transaction(self):
        echoed(ECHO.read(VALUES))

    @pytest.mark.django_db(transaction=True)
    def test_belongs_to_the_transaction_it_is_called_in(self):
        with transaction.atomic():
            Statement(
                "INSERT INTO kernel_mark (name, value, set_at) VALUES (%(name)s, '{}', now())"
                " RETURNING name"
            ).write({"name": "lost"})
            transaction.set_rollback(True)

        assert (
            Statement("SELECT name FROM kernel_mark WHERE name = %(name)s").read({"name": "lost"})
            == []
        )

    @pytest.mark.django_db(transaction=True)
    def test_is_one_by_itself_outside_a_transaction(self):
        insert = Statement(
            "INSERT INTO kernel_mark (name, value, set_at) VALUES (%(name)s, '{}', now())"
            " RETURNING name"
        )
        assert insert.write({"name": "kept"}) == [("kept",)]
        with pytest.raises(IntegrityError, match="kernel_mark_pkey"):
            insert.write({"name": "kept"})
        assert insert.write({"name": "also kept"}) == [("also kept",)]

    @pytest.mark.django_db(transaction=True)
    def test_refuses_a_text_that_would_be_cut(self):
        with pytest.raises(ValueError, match="NUL"):
            Statement("SELECT %(text)s::text").read({"text": "a\0b"})

    @pytest.mark.django_db(transaction=True)
    def test_tells_errors_as_django_does(self):
        with pytest.raises(DataError):
            Statement("SELECT 1 / %(number)s::int").read({"number": 0})
        assert Statement("SELECT 1 / %(number)s::int").read({"number": 1}) == [(1,)]

    @pytest.mark.django_db(transaction=True)
    def test_asks_again_on_a_new_connection_only_if_it_reads(self):
        statement = Statement("SELECT %(number)s::int")
        statement.read({"number": 1})

        self.lose_the_connection()
        assert statement.read({"number": 2}) == [(2,)]
        self.lose_the_connection()
        with pytest.raises(OperationalError):
            statement.write({"number": 3})
        connection.close()

    def lose_the_connection(self):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid]
            )
        other.close()
