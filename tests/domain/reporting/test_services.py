"""The proof of the books is kept, right or wrong, with the seal it read."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.reporting import services, tasks
from distrilog.domain.reporting.models import BooksProof
from distrilog.domain.stock.models import Account, Entry, EntrySeal
from distrilog.domain.stock.services import seal_entries
from distrilog.kernel import clock
from tests.domain.quotas.worlds import homes


AT = datetime(2020, 11, 5, 1, 40, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class TestProveBooks:
    def test_keeps_what_was_read_and_the_head_of_the_seals(self):
        homes()
        seal_entries(at=AT)
        proof = services.prove_books(at=AT)
        assert BooksProof.objects.get() == proof
        assert (proof.at, proof.found, proof.discrepancies) == (AT, 0, [])
        assert proof.entries == Entry.objects.count() > 0
        seal = EntrySeal.objects.get()
        assert (proof.last_entry, proof.digest) == (seal.last_entry, seal.digest)

    def test_keeps_a_proof_that_fails_with_its_figures(self):
        homes()
        Account.objects.filter(status="available").update(units=9_999)
        proof = services.prove_books(at=AT)
        assert proof.found == 2
        assert any("9999" in each for each in proof.discrepancies)

    def test_keeps_the_first_ones_and_their_number(self, monkeypatch):
        monkeypatch.setattr(services, "KEPT", 1)
        homes()
        Account.objects.filter(status="available").update(units=9_999)
        proof = services.prove_books(at=AT)
        assert (proof.found, len(proof.discrepancies)) == (2, 1)

    def test_says_that_nothing_is_sealed_yet(self):
        assert services.prove_books(at=AT).digest == ""


class TestProve:
    def test_proves_the_books_at_the_clock(self, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: AT)
        homes()
        assert tasks.prove(timestamp=0) == 0
        assert BooksProof.objects.get().at == AT
