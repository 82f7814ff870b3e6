"""
What a file would change in the register: checked line by line, compared, weighed.

A facility's *state* is flat, so that it can be compared, kept and shown: `name`, `closed_on`,
`places.acute`, `staff.crew`, `address.street`. Dates are ISO text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from distrilog.domain.facilities.rules.numbers import (
    OWN_PREFIX,
    SIRET_PREFIX,
    in_reserved_range,
    registry_fault,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.scopes import Scope


# A file that would close more waits for a second person.
CLOSURES_IN_A_HUNDRED = 1
MOST_NAMED = 20
MOST_FAULTS = 10_000
LARGEST_NUMBER = 100_000  # beds, places or full-time equivalents: no facility comes near
LONGEST = {
    "name": 160,
    "commune_code": 5,
    "commune": 80,
    "legal_entity": 20,
    "siret": 14,
    "address.street": 160,
    "address.postcode": 5,
    "address.city": 80,
}
RANGES = {"latitude": (-90, 90), "longitude": (-180, 180)}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DATES = ("opened_on", "closed_on")
STATUSES = frozenset({"public", "non_profit", "private"})

Value = str | int | float | None
State = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One facility as a file describes it; a value the file does not speak of is not in `values`."""

    where: str
    registry: str
    values: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Perimeter:
    """
    What a file claims to be complete for.

    `closes`: a facility of the scope that is not in the file is closed. `adds`: unknown facilities
    are added. `official`: a file of the national register, which never speaks of fictitious
    facilities, nor of those numbered by us.
    """

    scope: Scope
    closes: bool
    adds: bool
    official: bool

    def covers(self, registry: str) -> bool:
        """Tell whether such a file speaks of a number."""
        if not self.official:
            return True
        return not in_reserved_range(registry) and not registry.startswith(
            (OWN_PREFIX, SIRET_PREFIX)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file offered to the register; `items` are read once, faults among the records."""

    file_name: str
    digest: str
    layout: str
    dated: date
    perimeter: Perimeter
    items: Iterable[Record | Fault]


class Kind(StrEnum):
    """What happens to one facility."""

    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one facility: only the values that differ, before and after."""

    registry: str
    kind: Kind
    before: State
    after: State

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept while the change waits."""
        return {
            "registry": self.registry,
            "kind": str(self.kind),
            "before": dict(self.before),
            "after": dict(self.after),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Change":
        """Read what was kept."""
        return cls(
            registry=kept["registry"],
            kind=Kind(kept["kind"]),
            before=kept["before"],
            after=kept["after"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Everything a file would change; `skipped` counts what it says of others, by reason."""

    changes: Sequence[Change]
    faults: Sequence[Fault]
    departments: frozenset[str]
    skipped: Mapping[str, int]

    def count(self, kind: Kind) -> int:
        """Return how many facilities are added, changed or closed."""
        return sum(change.kind is kind for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """
    What the register holds when a file comes: states by number, and the codes it knows.

    `closable` are the facilities open within the file's perimeter.
    """

    states: Mapping[str, State]
    categories: Collection[str]
    departments: Mapping[str, str]
    closable: Collection[str]


@cache
def default(key: str) -> Value:
    """Return the value that stands for "none": zero, nothing or empty text."""
    if key.startswith(("places.", "staff.")):
        return 0
    return None if key in {"latitude", "longitude", *DATES} else ""


def neutralised(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, once its first signs are cut."""
    return text.strip().lstrip("".join(FORMULA_STARTS)).lstrip()


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What is known while a file streams by."""

    register: Register
    perimeter: Perimeter
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    departments: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)


def compare(*, offer: Offer, register: Register) -> Delta:
    """
    Return what a file would change, with all its faults; one pass, in the order of the file.

    Reading stops at `MOST_FAULTS` faults, and says so.
    """
    reading = _Reading(register=register, perimeter=offer.perimeter)
    empty = True
    for item in offer.items:
        empty = False
        _read(item, reading)
        if len(reading.faults) >= MOST_FAULTS:
            reading.faults.append(
                Fault(where="fichier", message=f"Plus de {MOST_FAULTS} fautes : lecture arrêtée.")
            )
            break
    if empty:
        reading.faults.append(
            Fault(
                where="fichier",
                message="Le fichier ne décrit aucun établissement.",
                remedy="Vérifiez l’extraction.",
            )
        )
    if offer.perimeter.closes and not reading.faults:
        reading.changes.extend(_closures(reading, on=offer.dated))
    return Delta(
        changes=reading.changes,
        faults=reading.faults,
        departments=frozenset(reading.departments),
        skipped=dict(reading.skipped),
    )


def _read(item: Record | Fault, reading: _Reading) -> None:
    """Keep a fault, pass over what is not ours, or note what a record changes."""
    if isinstance(item, Fault):
        reading.faults.append(item)
        return
    known = reading.register.states.get(item.registry)
    reason = _passed_over(item, known, reading)
    if reason:
        reading.skipped[reason] += 1
        return
    change = _change(item, known, official=reading.perimeter.official)
    found = list(_faults(item, change, reading))
    reading.faults.extend(found)
    if found:
        return
    reading.seen[item.registry] = item.where
    reading.departments.add(str(item.values.get("department", "")))
    if change:
        reading.changes.append(change)


def _passed_over(record: Record, known: State | None, reading: _Reading) -> str:
    """Return why a line of a national file is no concern of this register; empty when it is."""
    if not reading.perimeter.official:
        return ""
    values = record.values
    if "category" in values and values["category"] not in reading.register.categories:
        return "catégorie non suivie"
    if "department" in values and values["department"] not in reading.register.departments:
        return "département non suivi"
    if known is not None or registry_fault(record.registry):
        return ""
    if not reading.perimeter.adds:
        return "établissement inconnu du répertoire"
    return "établissement déjà fermé" if values.get("closed_on") else ""


def _faults(record: Record, change: Change | None, reading: _Reading) -> Iterator[Fault]:
    """
    Yield everything that is wrong with a record, with the remedy.

    What the register holds already is not judged again: a file that changes little is read fast.
    """

    def fault(message: str, remedy: str) -> Fault:
        return Fault(where=record.where, message=message, remedy=remedy)

    known = record.registry in reading.register.states
    wrong = None if known else registry_fault(record.registry)
    if wrong:
        yield fault(wrong, "Corrigez le numéro.")
    elif not reading.perimeter.covers(record.registry):
        yield fault(
            f"« {record.registry} » est dans une plage réservée, hors du répertoire national.",
            "Vérifiez l’origine du fichier.",
        )
    if record.registry in reading.seen:
        yield fault(
            f"« {record.registry[:20]} » figure déjà : {reading.seen[record.registry]}.",
            "Gardez une seule ligne par établissement.",
        )
    for key, value in change.after.items() if change else ():
        found = _value_fault(key, value)
        if found:
            yield fault(*found)
    yield from (fault(*found) for found in _code_faults(record, reading))


def _code_faults(record: Record, reading: _Reading) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with codes, with the declared perimeter and with the order of dates."""
    values, register = record.values, reading.register
    category, department = values.get("category"), values.get("department")
    if category is not None and category not in register.categories:
        yield (
            f"Catégorie inconnue : « {_shown(category)} ».",
            "Utilisez un code de catégorie FINESS suivi.",
        )
    if department is not None and department not in register.departments:
        yield (
            f"Département inconnu : « {_shown(department)} ».",
            "Utilisez un code INSEE : 01, 2A, 971.",
        )
    elif department is not None and not _within(
        reading.perimeter.scope, str(department), register.departments
    ):
        yield (
            f"Le département {department} est hors du périmètre déclaré.",
            "Corrigez le périmètre de la première ligne, ou retirez la ligne.",
        )
    if values.get("name") == "":
        yield "Le nom manque.", "Donnez le nom de l’établissement."
    opened_on, closed_on = values.get("opened_on"), values.get("closed_on")
    if opened_on and closed_on and str(closed_on) < str(opened_on):
        yield "La fermeture précède l’ouverture.", "Vérifiez les deux dates."


def _within(scope: Scope, department: str, regions: Mapping[str, str]) -> bool:
    """Tell whether a department is in a scope of the country, a region or a department."""
    return scope.code in {"", department, regions[department]}


def _value_fault(key: str, value: Value) -> tuple[str, str] | None:
    """Return what is wrong with one value and the remedy, or None."""
    if isinstance(value, str) and key not in DATES:
        return _text_fault(key, value)
    if not isinstance(value, int | float):
        return None
    low, high = RANGES.get(key, (0, LARGEST_NUMBER))
    if not low <= value <= high:
        return f"Valeur impossible pour {key} : {value}.", "Vérifiez l’unité et le signe."
    return None


def _text_fault(key: str, text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text and the remedy, or None."""
    if text.startswith(FORMULA_STARTS):
        return (
            f"« {_shown(text)} » commence comme une formule de tableur.",
            "Retirez le signe =, +, - ou @ du début.",
        )
    if CONTROL.search(text):
        return (
            f"Caractère invisible dans « {_shown(text)} ».",
            "Retirez tabulations et sauts de ligne.",
        )
    longest = LONGEST.get(key)
    if longest and len(text) > longest:
        return f"« {_shown(text)} » dépasse {longest} caractères.", "Abrégez."
    if key == "status" and text not in STATUSES:
        return (
            f"Statut inconnu : « {_shown(text)} ».",
            "Écrivez public, prive_non_lucratif ou prive.",
        )
    return None


def _shown(value: Value) -> str:
    """Return a value as a message may show it: short, in one line."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in str(value)[:40]
    )


def _differs_in_substance(one: Value, other: Value) -> bool:
    """Tell two values apart, but not `ST DENIS CEDEX` from `Saint-Denis`."""
    if one == other:
        return False
    if not (isinstance(one, str) and isinstance(other, str)):
        return True
    return _words(one) != _words(other)


def _words(text: str) -> list[str]:
    """Return the words of a text without case, accents or hyphens, `st` as `saint`, no `cedex`."""
    bare = unicodedata.normalize("NFD", text.replace("-", " ").replace("’", " ").replace("'", " "))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()
    words = letters.partition(" cedex")[0].split()
    return [{"st": "saint", "ste": "sainte"}.get(word, word) for word in words]


def _change(record: Record, known: State | None, *, official: bool) -> Change | None:
    """Return what a record changes, or None."""
    before = {} if known is None else known
    after = {
        key: value for key, value in record.values.items() if value != before.get(key, default(key))
    }
    if known is None:
        return Change(registry=record.registry, kind=Kind.ADDED, before={}, after=after)
    if official:
        after = {
            key: value
            for key, value in after.items()
            if _differs_in_substance(value, before.get(key, default(key)))
        }
    if not after:
        return None
    old = {key: before.get(key, default(key)) for key in after}
    closes = after.get("closed_on") is not None and old.get("closed_on") is None
    return Change(
        registry=record.registry,
        kind=Kind.CLOSED if closes else Kind.CHANGED,
        before=old,
        after=after,
    )


def _closures(reading: _Reading, *, on: date) -> Iterator[Change]:
    """Yield the closure of each facility of the perimeter that the file does not hold."""
    for registry in sorted(set(reading.register.closable) - reading.seen.keys()):
        known = reading.register.states[registry]
        closed_on = max(on.isoformat(), str(known.get("opened_on") or ""))
        yield Change(
            registry=registry,
            kind=Kind.CLOSED,
            before={"closed_on": known.get("closed_on")},
            after={"closed_on": closed_on},
        )


def reasons_to_wait(*, delta: Delta, register: Register, perimeter: Perimeter) -> list[str]:
    """
    Return, in French, why a delta needs a second person's signature; empty when it may be applied.

    Too many closures, or a department that the register has and the file lacks.
    """
    reasons = []
    closed, open_now = delta.count(Kind.CLOSED), len(register.closable)
    if closed * 100 > open_now * CLOSURES_IN_A_HUNDRED:
        reasons.append(
            f"Le fichier fermerait {closed} établissements sur {open_now} (plus de 1 %)."
        )
    if perimeter.closes:
        held = {str(register.states[registry]["department"]) for registry in register.closable}
        lacking = sorted(held - delta.departments)
        if lacking:
            named = ", ".join(lacking[:MOST_NAMED]) + (" …" if len(lacking) > MOST_NAMED else "")
            reasons.append(f"Départements absents du fichier ({len(lacking)}) : {named}.")
    return reasons
