from datetime import date

import pytest

from distrilog.domain.facilities.rules import (
    Kind,
    Offer,
    Perimeter,
    Record,
    Register,
    compare,
    finess_number,
    neutralised,
    own_number,
    reasons_to_wait,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.scopes import Scope, ScopeKind


COUNTRY = Scope(kind=ScopeKind.COUNTRY)
WHOLE = Perimeter(scope=COUNTRY, closes=True, adds=True, official=False)
NATIONAL = Perimeter(scope=COUNTRY, closes=True, adds=True, official=True)
PARTIAL = Perimeter(scope=COUNTRY, closes=False, adds=True, official=False)
POSITIONS = Perimeter(scope=COUNTRY, closes=False, adds=False, official=True)
HOME = {"name": "Les Tilleuls", "category": "500", "department": "31", "places.places": 80}


def number(rank, prefix="31"):
    return finess_number(prefix=prefix, rank=rank)


def register(states, closable=None):
    return Register(
        states=states,
        categories={"500", "355"},
        departments={"31": "76", "12": "76", "2A": "94"},
        closable=set(states) if closable is None else closable,
    )


def delta(items, *, states=None, perimeter=WHOLE):
    offer = Offer(
        file_name="f.csv",
        digest="",
        layout="csv",
        dated=date(2020, 11, 2),
        perimeter=perimeter,
        items=items,
    )
    return compare(offer=offer, register=register(states or {}))


def record(registry, line=3, **values):
    keys = {key.replace("__", "."): value for key, value in values.items()}
    return Record(where=f"ligne {line}", registry=registry, values={**HOME, **keys})


class TestCompare:
    def test_finds_nothing_where_nothing_changed(self):
        found = delta([record(number(1))], states={number(1): HOME})
        assert not found.changes
        assert not found.faults

    def test_adds_what_it_does_not_know(self):
        [change] = delta([record(number(1), status="public")]).changes
        assert change.kind is Kind.ADDED
        assert change.after == {**HOME, "status": "public"}

    def test_keeps_only_what_differs_before_and_after(self):
        known = {**HOME, "commune": "Muret"}
        [change] = delta(
            [record(number(1), places__places=90, commune="Muret", staff__crew=0)],
            states={number(1): known},
        ).changes
        assert change.kind is Kind.CHANGED
        assert change.before == {"places.places": 80}
        assert change.after == {"places.places": 90}

    def test_leaves_alone_what_the_file_does_not_speak_of(self):
        bare = Record(where="ligne 3", registry=number(1), values={"name": "Les Tilleuls"})
        assert not delta([bare], states={number(1): HOME}, perimeter=PARTIAL).changes

    def test_closes_what_a_complete_file_lacks(self):
        found = delta([record(number(1))], states={number(1): HOME, number(2): HOME})
        [change] = found.changes
        assert (change.registry, change.kind) == (number(2), Kind.CLOSED)
        assert change.after == {"closed_on": "2020-11-02"}

    def test_never_closes_before_the_opening(self):
        later = {**HOME, "opened_on": "2021-01-01"}
        [change] = delta([record(number(1))], states={number(1): HOME, number(2): later}).changes
        assert change.after == {"closed_on": "2021-01-01"}

    def test_closes_nothing_by_a_partial_file(self):
        states = {number(1): HOME, number(2): HOME}
        assert not delta([record(number(1))], states=states, perimeter=PARTIAL).changes

    def test_opens_again_what_had_closed(self):
        closed = {**HOME, "closed_on": "2020-06-01"}
        [change] = delta([record(number(1), closed_on=None)], states={number(1): closed}).changes
        assert change.kind is Kind.CHANGED
        assert change.after == {"closed_on": None}

    @pytest.mark.parametrize(
        ("registry", "values", "words"),
        [
            ("310000001", {}, "clé de contrôle"),
            (number(1), {"category": "999"}, "Catégorie inconnue"),
            (number(1), {"department": "99"}, "Département inconnu"),
            (number(1), {"name": ""}, "nom manque"),
            (number(1), {"name": "=SUM(A1)"}, "formule"),
            (number(1), {"address.street": "@rue"}, "formule"),
            (number(1), {"commune": "\tMuret"}, "formule"),
            (number(1), {"commune": "Mu\x00ret"}, "invisible"),
            (number(1), {"name": "L" * 161}, "dépasse 160"),
            (number(1), {"latitude": 91.0}, "latitude"),
            (number(1), {"places.places": 100_001}, "Valeur impossible"),
            (number(1), {"status": "mixte"}, "Statut inconnu"),
            (number(1), {"opened_on": "2020-02-01", "closed_on": "2020-01-01"}, "précède"),
        ],
    )
    def test_names_the_line_and_the_remedy_of_each_fault(self, registry, values, words):
        wrong = Record(where="ligne 7", registry=registry, values={**HOME, **values})
        [fault] = delta([wrong]).faults
        assert fault.where == "ligne 7"
        assert words in fault.message
        assert fault.remedy

    def test_lists_every_fault_and_keeps_those_of_the_reader(self):
        read = Fault(where="ligne 3", message="illisible")
        found = delta([read, record("1", line=4, name="=1"), record(number(1), line=5)])
        assert [fault.where for fault in found.faults] == ["ligne 3", "ligne 4", "ligne 4"]

    def test_sees_a_number_given_twice(self):
        [fault] = delta([record(number(1), line=3), record(number(1), line=9)]).faults
        assert fault.where == "ligne 9"
        assert "ligne 3" in fault.message

    def test_refuses_a_department_beyond_the_declared_perimeter(self):
        corsica = Perimeter(
            scope=Scope(kind=ScopeKind.REGION, code="94"), closes=True, adds=True, official=False
        )
        [fault] = delta([record(number(1))], perimeter=corsica).faults
        assert "hors du périmètre" in fault.message

    def test_refuses_a_file_that_describes_nobody(self):
        assert "aucun établissement" in delta([]).faults[0].message


class TestCompareNational:
    def test_passes_over_what_the_register_does_not_follow(self):
        found = delta(
            [
                record(number(1), category="189"),
                record(number(2), department="986"),
                record(number(3), closed_on="2007-04-20"),
            ],
            perimeter=NATIONAL,
        )
        assert not found.changes
        assert not found.faults
        assert sorted(found.skipped) == [
            "catégorie non suivie",
            "département non suivi",
            "établissement déjà fermé",
        ]

    def test_adds_nobody_by_positions_alone(self):
        place = Record(where="ligne 2", registry=number(1), values={"latitude": 43.6})
        found = delta([place], perimeter=POSITIONS)
        assert not found.changes
        assert found.skipped == {"établissement inconnu du répertoire": 1}

    @pytest.mark.parametrize("registry", [number(1, "96"), own_number(rank=1)])
    def test_refuses_numbers_that_are_not_national(self, registry):
        [fault] = delta([record(registry)], perimeter=NATIONAL).faults
        assert "plage réservée" in fault.message

    def test_takes_no_capital_or_cedex_for_a_change(self):
        known = {**HOME, "commune": "Saint-Denis", "address.city": "Évry"}
        same = record(number(1), commune="ST DENIS", address__city="EVRY CEDEX 2")
        other = record(number(1), commune="ST DIZIER", address__city="EVRY CEDEX 2")
        assert not delta([same], states={number(1): known}, perimeter=NATIONAL).changes
        [change] = delta([other], states={number(1): known}, perimeter=NATIONAL).changes
        assert change.after == {"commune": "ST DIZIER"}


class TestReasonsToWait:
    def reasons(self, *, kept, total, department="31", other="31", perimeter=WHOLE):
        states = {
            number(rank): {**HOME, "department": department if rank else other}
            for rank in range(total)
        }
        items = [record(number(rank), department=department) for rank in range(1, kept + 1)]
        if other == department:
            items[0] = record(number(0))
        found = delta(items, states=states, perimeter=perimeter)
        assert not found.faults
        return reasons_to_wait(delta=found, register=register(states), perimeter=perimeter)

    def test_lets_one_in_a_hundred_close(self):
        assert self.reasons(kept=198, total=200) == []

    def test_stops_above_one_in_a_hundred(self):
        [reason] = self.reasons(kept=197, total=200)
        assert "3 établissements sur 200" in reason

    def test_stops_for_a_department_that_the_file_lacks(self):
        [reason] = self.reasons(kept=199, total=200, other="2A")
        assert reason.endswith("(1) : 2A.")

    def test_misses_no_department_in_a_partial_file(self):
        assert self.reasons(kept=1, total=200, other="2A", perimeter=PARTIAL) == []


class TestNeutralised:
    @pytest.mark.parametrize(
        ("text", "harmless"),
        [("=1+1", "1+1"), (" - ZA du Pont", "ZA du Pont"), ("+@-x", "x"), ("rue A-B", "rue A-B")],
    )
    def test_cuts_what_begins_a_formula(self, text, harmless):
        assert neutralised(text) == harmless
