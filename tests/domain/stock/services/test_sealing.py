"""Sealing the entries: all of them, each once, in spans."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from distrilog.domain.stock.models import Entry, EntrySeal
from distrilog.domain.stock.queries import discrepancies
from distrilog.domain.stock.services import move, seal_entries
from tests.domain.stock.world import AT, furnish, movement, play


@pytest.mark.usefixtures("stock")
class TestSealEntries:
    def test_seals_what_is_new_and_nothing_twice(self):
        assert seal_entries(at=AT) == 0
        play("open a operator G1 1 ok\nopen b operator G1 1 ok")
        assert seal_entries(at=AT) == 1
        assert seal_entries(at=AT) == 0
        play("open c operator G1 1 ok")
        assert seal_entries(at=AT) == 1
        assert EntrySeal.objects.count() == 2
        assert discrepancies() == []

    def test_seals_in_spans(self, monkeypatch):
        play("open a operator G1 1 ok")
        seal_entries(at=AT)
        monkeypatch.setattr("distrilog.domain.stock.services.sealing.SEAL_IDS", 10)
        move(
            movements=[movement(f"open b{rank} operator G1 1") for rank in range(25)], by="x", at=AT
        )
        assert seal_entries(at=AT) == 3
        assert discrepancies() == []


@pytest.mark.django_db(transaction=True)
class TestSealingMeanwhile:
    def test_waits_for_entries_that_are_being_written(self):
        furnish()
        play("open a operator G1 1 ok")
        written, sealing = Event(), Event()

        def write():
            try:
                with transaction.atomic():
                    move(movements=[movement("open b operator G1 1")], by="x", at=AT)
                    written.set()
                    sealing.wait(5)
                    # The seal is asked for by now, and waits for this transaction.
            finally:
                connection.close()

        def seal():
            try:
                written.wait(5)
                sealing.set()
                return seal_entries(at=AT)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            writer, sealer = threads.submit(write), threads.submit(seal)
            writer.result(), sealer.result()
        seal_entries(at=AT)
        newest = Entry.objects.latest("pk").pk
        assert EntrySeal.objects.latest("last_entry").last_entry == newest
        assert discrepancies() == []
