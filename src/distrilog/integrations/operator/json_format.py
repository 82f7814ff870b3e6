"""
The operator's messages as JSON: the names of `content`, a `kind` for each message, one spelling. Pure.

Written as canonical UTF-8 (`kernel.seals.canonical_json`), moments in UTC. Read strictly: what is not
expected is refused, never dropped.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, partial
from heapq import nsmallest
from types import UnionType
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

from distrilog.integrations.operator.content import (
    Confirmation,
    Delivery,
    Despatch,
    Interchange,
    Message,
    Order,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.faults import MOST_FAULTS, Faults, quoted, unreadable
from distrilog.kernel.seals import canonical_json


KINDS: Final[Mapping[str, type[Message]]] = {
    "order": Order,
    "withdrawal": Withdrawal,
    "confirmation": Confirmation,
    "despatch": Despatch,
    "delivery": Delivery,
    "stock-report": StockReport,
}
_KIND_OF: Final = {kind: name for name, kind in KINDS.items()}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)
# Far above any number of units; a longer one would only take time to read.
_MOST_DIGITS: Final = 15
# No warehouse holds as many lots; a longer list would only take time to refuse.
_LONGEST_LIST: Final = 100_000

Read = Callable[[Faults, str, object], Any]


class _Strange:
    """A number that has no place in a message: a fraction, NaN, or one of thousands of digits."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Twice(dict[str, Any]):
    """An object that gave a name more than once."""

    names: Sequence[str] = ()


def write(interchange: Interchange) -> bytes:
    """Return the interchange as canonical JSON."""
    return canonical_json(_plain(interchange))


def read(body: bytes) -> Interchange:
    """Return the interchange; raises Unreadable with every fault of its form."""
    faults = Faults()
    interchange = _reader_of(Interchange)(faults, "", _load(body))
    faults.refuse()
    return cast("Interchange", interchange)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case str() | int() | None:
            return value
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            found = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
            kind = _KIND_OF.get(type(value))
            return {"kind": kind, **found} if kind else found


def _load(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_Strange,
            parse_constant=_Strange,
            parse_int=lambda digits: (
                int(digits) if len(digits) <= _MOST_DIGITS else _Strange(digits)
            ),
        )
    except UnicodeDecodeError as error:
        raise unreadable(
            "", f"L’octet {error.start} n’est pas de l’UTF-8.", "Codez le message en UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise unreadable(
            "", f"Ce n’est pas du JSON : ligne {error.lineno}, colonne {error.colno}."
        ) from error
    except RecursionError as error:
        raise unreadable("", "Ce JSON est imbriqué trop profondément.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    given = Counter(name for name, _ in pairs)
    twice.names = [name for name, times in given.items() if times > 1][:3]
    return twice


@cache
def _reader_of(kind: Any) -> Read:
    """Return the function that reads a value of a declared type, or notes why it is none."""
    if kind is Message:
        return _read_message
    if get_origin(kind) is UnionType:  # only ever `… | None`
        inner = _reader_of(next(each for each in get_args(kind) if each is not type(None)))
        return lambda faults, where, value: None if value is None else inner(faults, where, value)
    if get_origin(kind) is Sequence:
        return partial(_read_list, _reader_of(get_args(kind)[0]))
    if isinstance(kind, type) and is_dataclass(kind):
        return partial(_read_object, kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return partial(_read_choice, kind)
    return _SIMPLE[kind]


@cache
def _fields_of(kind: Any) -> Mapping[str, tuple[Read, bool]]:
    """Return how each field is read, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        field.name: (_reader_of(hints[field.name]), field.default is MISSING)
        for field in fields(kind)
    }


def _read_object(kind: type[Any], faults: Faults, where: str, value: object) -> Any:
    if not isinstance(value, dict):
        faults.add(where, "Il faut un objet.")
        return None
    inside = f"{where}." if where else ""
    if isinstance(value, _Twice):
        faults.add(where, f"Nom donné deux fois : {', '.join(map(quoted, value.names))}.")
    known = _fields_of(cast("Hashable", kind))
    unknown = value.keys() - known.keys() - ({"kind"} if kind in _KIND_OF else set())
    for name in nsmallest(MOST_FAULTS, unknown):
        faults.add(where, f"{quoted(name)} n’est pas un champ connu.")
    found = {}
    for name, (read_field, required) in known.items():
        if name in value:
            found[name] = read_field(faults, inside + name, value[name])
        elif required:
            faults.add(inside + name, f"Le champ « {name} » manque.")
    return None if faults.found else kind(**found)


def _read_message(faults: Faults, where: str, value: object) -> Any:
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        faults.add(
            f"{where}.kind",
            f"{quoted(kind)} n’est pas un genre de message connu."
            if isinstance(kind, str)
            else "Le champ « kind » manque.",
            remedy=f"Les genres sont : {', '.join(KINDS)}.",
        )
        return None
    return _read_object(KINDS[kind], faults, where, value)


def _read_list(read_each: Read, faults: Faults, where: str, value: object) -> Any:
    if not isinstance(value, list):
        faults.add(where, "Il faut une liste.")
        return ()
    if len(value) > _LONGEST_LIST:
        faults.add(where, f"{len(value)} éléments : une liste en porte au plus {_LONGEST_LIST}.")
        return ()
    return tuple(read_each(faults, f"{where}.{rank}", each) for rank, each in enumerate(value))


def _read_choice(kind: type[StrEnum], faults: Faults, where: str, value: object) -> Any:
    choices = [each.value for each in kind]
    if not isinstance(value, str) or value not in choices:
        faults.add(where, f"Valeur inconnue ; les valeurs sont : {', '.join(choices)}.")
        return None
    return kind(value)


def _read_text(faults: Faults, where: str, value: object) -> Any:
    if not isinstance(value, str):
        faults.add(where, "Il faut un texte.")
        return ""
    return value


def _read_whole(faults: Faults, where: str, value: object) -> Any:
    if isinstance(value, _Strange):
        faults.add(where, f"{quoted(value.text)} n’est pas un nombre entier utilisable.")
    elif isinstance(value, bool) or not isinstance(value, int):
        faults.add(where, "Il faut un nombre entier.")
    else:
        return value
    return 0


def _read_flag(faults: Faults, where: str, value: object) -> Any:
    if not isinstance(value, bool):
        faults.add(where, "Il faut « true » ou « false ».")
    return value


def _read_day(faults: Faults, where: str, value: object) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    faults.add(where, "Il faut une date qui existe, comme « 2026-03-31 ».")
    return None


def _read_moment(faults: Faults, where: str, value: object) -> Any:
    matched = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if matched and not matched["zone"]:
        faults.add(
            where,
            "Ce moment est sans fuseau horaire.",
            remedy="Ajoutez « Z » pour le temps universel, ou un décalage comme « +01:00 ».",
        )
        return None
    if matched:
        try:
            return datetime.fromisoformat(matched[0])
        except ValueError:
            pass
    faults.add(where, "Il faut un moment qui existe, comme « 2026-03-31T09:30:00Z ».")
    return None


_SIMPLE: Final[Mapping[Any, Read]] = {
    str: _read_text,
    int: _read_whole,
    bool: _read_flag,
    date: _read_day,
    datetime: _read_moment,
}
