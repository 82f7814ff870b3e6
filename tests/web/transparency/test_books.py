"""The proofs of the books, for the auditor: the last ones, and the seal to compare."""

import pytest

from distrilog.domain.reporting.services import prove_books
from distrilog.domain.stock.models import Account, EntrySeal
from distrilog.domain.stock.services import seal_entries
from tests.domain.orders.world import AT
from tests.factories import PlaceFactory, ProfileFactory, stocked
from tests.web.people import client_of
from tests.web.reading import queries_of, words


ADDRESS = "/transparence/comptes/"


@pytest.fixture
def auditor(db, hands):  # noqa: ARG001
    """Return the auditor’s browser, beside books that are right."""
    PlaceFactory()
    stocked(20_000)
    return client_of(ProfileFactory(role="auditor", facility=None))


class TestBooks:
    def test_says_that_nothing_is_proven_yet(self, auditor):
        page = words(auditor.get(ADDRESS))
        assert "Pas encore de preuve" in page
        assert "Aucune écriture n’est encore scellée" in page

    def test_shows_the_last_proof_and_the_seal(self, auditor):
        seal_entries(at=AT)
        proof = prove_books(at=AT)
        page = words(auditor.get(ADDRESS))
        assert "Comptes justes" in page
        assert f"{proof.entries} écriture" in page
        assert EntrySeal.objects.latest("last_entry").digest in page
        assert "n’est plus la même" not in page

    def test_shows_what_does_not_hold(self, auditor):
        Account.objects.filter(status="available").update(units=7)
        prove_books(at=AT)
        page = words(auditor.get(ADDRESS))
        assert "2 écarts à la dernière preuve" in page
        assert "7 dans les comptes" in page

    def test_says_when_a_seal_is_no_longer_what_it_was(self, auditor):
        proof = prove_books(at=AT)
        proof.pk, proof.last_entry, proof.digest = None, 1, "0" * 64
        proof.save()
        assert "n’est plus la même" in words(auditor.get(ADDRESS))

    @pytest.mark.parametrize(("role", "status"), [("spf", 200), ("ars", 403), ("operator", 403)])
    def test_is_for_those_who_read_the_stock(self, db, role, status):  # noqa: ARG002
        profile = ProfileFactory(role=role, facility=None, perimeter="11")
        assert client_of(profile).get(ADDRESS).status_code == status

    def test_takes_the_same_queries_for_many(self, auditor):
        prove_books(at=AT)
        few = queries_of(auditor, ADDRESS)
        for _ in range(5):
            prove_books(at=AT)
        assert queries_of(auditor, ADDRESS) == few

    def test_is_offered_to_those_who_may_open_it(self, auditor, client):
        assert f'href="{ADDRESS}"' in auditor.get("/transparence/").content.decode()
        assert f'href="{ADDRESS}"' not in client.get("/transparence/").content.decode()
