"""
The journal: every change of a rule, regime, quota run, order, right or register, who, when, what and why.

One statement reads a page over all kinds. Each kind is read backwards by its own number, so that no change
is passed over when two are written at the same moment; the cursor holds one number a kind.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

from distrilog.domain.accounts.models import Person
from distrilog.domain.reporting.trace.kinds import BRANCHES, EVENT_NOISE, Branch, Kind
from distrilog.kernel.refusals import Fault, Invalid


PAGE_SIZE: Final = 40
MOST_PERSONS: Final = 500
MOST_CHANGES: Final = 60
_LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes to look at. `who` is part of a name, or the opaque id of one person; days are whole."""

    kind: Kind | None = None
    since: datetime | None = None
    until: datetime | None = None
    who: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One field before and after; None where there was nothing, or where there is nothing any more.

    `path` says where inside, when a field holds a document: `("envelopes", "ffp2", "spf")`.
    """

    name: str
    path: tuple[str, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One change. `by` is the opaque id that was kept, `name` the person's if there is one.

    `state` is the state it brought about, in words, empty when that did not change; `hidden` counts the
    changes of fields beyond those listed.
    """

    kind: Kind
    number: int
    at: datetime
    by: str
    name: str
    why: str
    url: str
    subject: str
    created: bool
    state: str
    changes: Sequence[Change]
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some changes, the latest first; `after` is the cursor of the next page, empty on the last one."""

    entries: Sequence[Entry]
    after: str


_BY_CODE: Final = {branch.code: branch for branch in BRANCHES}

# `place` never rises as numbers fall: what two transactions wrote at once is not passed over.
_BRANCH: Final = """
    SELECT '{code}' AS code, page.number, page.at, page.place, page.by, page.why, page.url,
        coalesce(({subject}), '') AS subject, {created} AS created,
        ({before}) AS before, ({after}) AS after
    FROM (
        SELECT found.*, min(at) OVER (ORDER BY number DESC) AS place
        FROM (
            SELECT * FROM ({rows}) listed
            WHERE number < %(before_{code})s
                AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
                AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
                AND (%(persons)s::text[] IS NULL OR by = ANY (%(persons)s))
            ORDER BY number DESC LIMIT %(limit)s
        ) found
    ) page
"""


def page(*, wanted: Wanted) -> Page:
    """
    Return a page of changes, the latest first, in two statements (three when a person is looked for).

    For those who may read the trace (`Deed.TRACE_READ`): it takes no scope. `Invalid` for a cursor that
    is not ours.
    """
    branches = [each for each in BRANCHES if wanted.kind in (None, each.kind)]
    positions = _read_cursor(wanted.after)
    values: dict[str, Any] = {
        **{f"before_{each.code}": positions.get(each.code, _LARGEST_ID) for each in branches},
        "since": wanted.since,
        "until": wanted.until,
        "persons": _persons(wanted.who),
        "limit": PAGE_SIZE + 1,
    }
    statement = " UNION ALL ".join(f"({_statement(each)})" for each in branches)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement} ORDER BY place DESC, code, number DESC LIMIT %(limit)s", values
        )
        rows = cursor.fetchall()
    shown = rows[:PAGE_SIZE]
    for code, number, *_ in shown:
        positions[code] = number
    names = _names(shown)
    return Page(
        entries=[_entry(row, names) for row in shown],
        after=_write_cursor(positions) if len(rows) > PAGE_SIZE else "",
    )


def _statement(branch: Branch) -> str:
    return _BRANCH.format(
        code=branch.code,
        subject=branch.subject,
        created=branch.created,
        before=branch.before,
        after=branch.after,
        rows=branch.rows,
    )


def _persons(who: str) -> list[str] | None:
    """Return the opaque ids of those whose name holds these words, and the words themselves; None for all."""
    who = who.strip()
    if not who:
        return None
    found = Person.objects.filter(name__icontains=who).values_list("pk", flat=True)
    return [who, *(str(key) for key in found[:MOST_PERSONS])]


def _names(rows: Sequence[Any]) -> dict[str, str]:
    """Return the names of all who are named by their id in some rows, in one query."""
    wanted: set[UUID] = set()
    for _code, _number, _at, _place, by, _why, _url, _subject, _created, before, after in rows:
        told = [by]
        for state in (_decoded(before), _decoded(after)):
            told += [state.get(name) for name in _PERSON_FIELDS]
        wanted.update(key for each in told if (key := _uuid(each)) is not None)
    return {
        str(key): name
        for key, name in Person.objects.filter(pk__in=wanted).values_list("pk", "name")
    }


_PERSON_FIELDS: Final = ("prepared_by", "signed_by")


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text or ""))
    except ValueError:
        return None


def _decoded(state: Any) -> dict[str, Any]:
    """Read a state that the driver may hand over as text."""
    found = json.loads(state) if isinstance(state, str) else state
    return dict(found or {})


def _entry(row: Any, names: Mapping[str, str]) -> Entry:
    code, number, at, _place, by, why, url, subject, created, before, after = row
    branch = _BY_CODE[code]
    then, now = _decoded(before), _decoded(after)
    changes = list(_changes(branch, {} if created else then, now, names))
    turned = created or then.get(branch.state) != now.get(branch.state)
    state = _told(branch.model, branch.state, now.get(branch.state), names) if turned else ""
    return Entry(
        kind=branch.kind,
        number=number,
        at=at,
        by=by or "",
        name=names.get(by or "", ""),
        why=why or "",
        url=url or "",
        subject=subject,
        created=created,
        state=str(state or ""),
        changes=changes[:MOST_CHANGES],
        hidden=max(len(changes) - MOST_CHANGES, 0),
    )


def _changes(
    branch: Branch, then: Mapping[str, Any], now: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Change]:
    """Yield each field that differs; of something new, each that says anything."""
    for name in now:
        if name in EVENT_NOISE | branch.passed_over or (name == branch.state and not then):
            continue
        for path, before, after in _leaves(then.get(name), now[name]):
            if before == after or (not then and after in (None, "", [], {})):
                continue
            yield Change(
                name=_label(branch.model, name),
                path=path,
                before=_told(branch.model, name, before, names),
                after=_told(branch.model, name, after, names),
            )


def _leaves(
    before: Any, after: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield what stands at each end of two trees, with its path; anything but an object is an end."""
    if not isinstance(before, dict) and not isinstance(after, dict):
        yield path, before, after
        return
    left = before if isinstance(before, dict) else {}
    right = after if isinstance(after, dict) else {}
    for key in sorted(left.keys() | right.keys()):
        yield from _leaves(left.get(key), right.get(key), (*path, key))


_OTHER_LABELS: Final = {"lines": "unités"}


def _field(model: type[models.Model], name: str) -> Any:
    """Return the column's field, or None for what is no column (a basket)."""
    for found in model._meta.concrete_fields:  # noqa: SLF001 - public by custom
        if name in (found.name, found.attname):
            return found
    return None


def _label(model: type[models.Model], name: str) -> str:
    """Return what a field is called on screens."""
    found = _field(model, name)
    return _OTHER_LABELS.get(name, str(found.verbose_name) if found is not None else name)


def _told(model: type[models.Model], name: str, value: Any, names: Mapping[str, str]) -> Any:
    """Return a value as its field means it: a moment, a day, a choice in words, a person's name."""
    if value is None or value == "":
        return None
    if name in _PERSON_FIELDS:
        return names.get(str(value), str(value))
    found = _field(model, name)
    if isinstance(found, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(found, models.DateField):
        return date.fromisoformat(value)
    choices = dict(found.flatchoices) if found is not None and found.choices else {}
    return str(choices.get(value, value)) if choices else value


def _write_cursor(positions: Mapping[str, int]) -> str:
    """Return a cursor that an address can carry."""
    return base64.urlsafe_b64encode(json.dumps(positions).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> dict[str, int]:
    """Return the numbers of a cursor, or refuse one that is not ours."""
    if not cursor:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict) or not all(_is_position(*item) for item in found.items()):
        raise Invalid(
            Fault(
                where="after",
                message="Ce repère de page n’est pas reconnu.",
                remedy="Reprenez le journal depuis sa première page.",
            )
        )
    return found


def _is_position(code: Any, number: Any) -> bool:
    return code in _BY_CODE and type(number) is int and 0 <= number <= _LARGEST_ID
