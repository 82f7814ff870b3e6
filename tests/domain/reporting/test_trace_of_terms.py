"""What is decided of circuits and terms is in the journal, by whom and by which text."""

from datetime import date

import pytest

from distrilog.domain.facilities import services as facilities
from distrilog.domain.regimes import services as regimes
from distrilog.domain.reporting import trace
from distrilog.domain.reporting.trace import Kind, Wanted
from tests.domain.distribution.world import AT
from tests.factories import FamilyFactory, actor


pytestmark = pytest.mark.django_db


def only(kind: Kind) -> trace.Entry:
    (entry,) = trace.page(wanted=Wanted(kind=kind)).entries
    return entry


def terms(**changes):
    values = {
        "basis": "state_stock",
        "price_cents": 150,
        "starts_on": AT.date(),
        "source": "Circuit payant",
    }
    return regimes.TermsProposal(**values | changes)


class TestTerms:
    @pytest.mark.parametrize(
        ("changes", "subject"),
        [
            ({}, "toutes catégories · tous articles"),
            ({"group": "laboratory", "family": "glove"}, "laboratory · gant"),
        ],
    )
    def test_name_their_reach(self, changes, subject):
        FamilyFactory(code="glove")
        cell = actor()

        regimes.set_terms(actor=cell, proposal=terms(**changes), at=AT)

        entry = only(Kind.TERMS)
        assert (entry.subject, entry.by, entry.why) == (subject, cell.by, "Circuit payant")


class TestCircuits:
    def test_tell_their_end(self):
        cell = actor()
        row = facilities.set_circuit(
            actor=cell,
            proposal=facilities.CircuitProposal(
                group="fire", chain="programme", starts_on=AT.date(), source="MINSANTE 143"
            ),
            at=AT,
        )
        facilities.end_circuit(actor=cell, circuit_id=row.pk, on=date(2020, 4, 30), at=AT)

        last, first = trace.page(wanted=Wanted(kind=Kind.CIRCUIT)).entries

        assert (first.created, first.subject, first.why) == (True, "fire", "MINSANTE 143")
        assert [change.after for change in last.changes] == [date(2020, 4, 30)]
