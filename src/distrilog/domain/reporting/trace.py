"""
The journal: every change of a rule, regime, quota run, order, right or register, who, when, what and why.

One statement reads a page over all kinds. Each kind is read backwards by its own number, so that no change
is passed over when two are written at the same moment; the cursor holds one number a kind.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

from distrilog.domain.accounts.models import Person, Profile, Token
from distrilog.domain.declarations.models import AlertThreshold
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import FacilityImport
from distrilog.domain.orders.models import Order
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes.models import RegimeDecision, Window
from distrilog.domain.resupply.models import Request
from distrilog.kernel.refusals import Fault, Invalid


PAGE_SIZE: Final = 40
MOST_PERSONS: Final = 500
MOST_CHANGES: Final = 60
_LARGEST_ID: Final = 2**63 - 1


class Kind(StrEnum):
    """What changed."""

    REGIME = "regime"
    WINDOW = "window"
    DOCTRINE = "doctrine"
    RUN = "run"
    ORDER = "order"
    PROFILE = "profile"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    IMPORT = "import"
    THRESHOLD = "threshold"
    RESUPPLY = "resupply"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.REGIME: "Régime",
    Kind.WINDOW: "Fenêtre de commande",
    Kind.DOCTRINE: "Doctrine",
    Kind.RUN: "Calcul des contingents",
    Kind.ORDER: "Commande",
    Kind.PROFILE: "Profil",
    Kind.TOKEN: "Clé d’API",
    Kind.IMPORT: "Import du répertoire",
    Kind.THRESHOLD: "Seuil d’alerte",
    Kind.RESUPPLY: "Demande de dépannage",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    """
    How one kind is read: `rows` gives number, moment, who, why, address; `states` what was before and after.

    Both are constants written below; every value travels as a parameter.
    """

    code: str
    kind: Kind
    model: type[models.Model]
    rows: str
    subject: str
    before: str
    after: str
    created: str
    state: str = "state"
    passed_over: frozenset[str] = field(default_factory=frozenset)


_CONTEXT: Final = "LEFT JOIN pghistory_context context ON context.id = event.pgh_context_id"
_EVENT_NOISE: Final = frozenset(
    {"id", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id"}
)


def _events(table: str, *, who: str, why: str = "''") -> str:
    """Return the rows of a table of events, each holding the row as it became."""
    return f"""
        SELECT event.pgh_id AS number, event.pgh_created_at AS at, event.pgh_obj_id AS object_id,
            coalesce(context.metadata ->> 'by', {who}) AS by,
            coalesce(context.metadata ->> 'why', {why}) AS why,
            coalesce(context.metadata ->> 'url', '') AS url
        FROM {table} event {_CONTEXT}
    """  # noqa: S608 - constants


def _earlier(table: str, dropped: str = "") -> str:
    """Return the state that the object had at the event before, if there was one."""
    return f"""
        SELECT to_jsonb(earlier){dropped} FROM {table} earlier
        WHERE earlier.pgh_obj_id = page.object_id AND earlier.pgh_id < page.number
        ORDER BY earlier.pgh_id DESC LIMIT 1
    """  # noqa: S608 - constants


def _became(table: str, dropped: str = "") -> str:
    """Return the state that the event wrote."""
    return f"SELECT to_jsonb(event){dropped} FROM {table} event WHERE event.pgh_id = page.number"  # noqa: S608


def _tracked(
    code: Kind,
    model: type[models.Model],
    *,
    who: str,
    subject: str,
    why: str,
    dropped: str = "",
    passed_over: frozenset[str] = frozenset(),
) -> _Branch:
    """Return the branch of a model whose events hold the row as it became."""
    table = f"{model._meta.db_table}event"  # noqa: SLF001 - public by custom
    return _Branch(
        code=code,
        kind=code,
        model=model,
        rows=_events(table, who=who, why=why),
        subject=subject,
        before=_earlier(table, dropped),
        after=_became(table, dropped),
        created=f"NOT EXISTS ({_earlier(table)})",
        passed_over=passed_over,
    )


_PREPARED_OR_SIGNED: Final = """
    CASE WHEN event.pgh_label = 'insert' THEN event.prepared_by
         WHEN event.state = 'signed' THEN event.signed_by ELSE '' END
"""
# The basket that a change of an order replaced, if it did; then the one that came after it.
_BASKET: Final = (
    "SELECT jsonb_object_agg(line.family_id, line.units) FROM {table} line WHERE {which}"
)
_CURRENT_BASKET: Final = _BASKET.format(table="orders_line", which="line.order_id = page.object_id")
_REPLACED: Final = _BASKET.format(
    table="orders_lineevent",
    which="line.order_id = page.object_id AND line.pgh_context_id = page.context_id",
)
_NEXT_REPLACED: Final = _BASKET.format(
    table="orders_lineevent",
    which="""line.order_id = page.object_id AND line.pgh_context_id = (
        SELECT later.pgh_context_id FROM orders_lineevent later
        WHERE later.order_id = page.object_id AND later.pgh_id > coalesce((
            SELECT max(mine.pgh_id) FROM orders_lineevent mine
            WHERE mine.order_id = page.object_id AND mine.pgh_context_id = page.context_id), 0)
        ORDER BY later.pgh_id LIMIT 1)""",
)
_ORDER_SUBJECT: Final = """
    SELECT placed.reference || ' · ' || facility.name FROM orders_order placed
    JOIN facilities_facility facility ON facility.id = placed.facility_id
    WHERE placed.id = page.object_id
"""
_ORDER_NOISE: Final = frozenset({"version", "facility_id", "placed_by", "placed_at", "reference"})

_BRANCHES: Final = (
    _tracked(
        Kind.REGIME,
        RegimeDecision,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        dropped=" - 'preview'::text",
        subject="""
            SELECT string_agg(DISTINCT family.name, ', ') || ' · '
                || CASE WHEN count(DISTINCT line.region_id) = (SELECT count(*) FROM facilities_region)
                        THEN 'tout le pays' ELSE string_agg(DISTINCT region.name, ', ') END
            FROM regimes_regimeline line
            JOIN catalogue_family family ON family.code = line.family_id
            JOIN facilities_region region ON region.code = line.region_id
            WHERE line.decision_id = page.object_id
        """,
    ),
    _tracked(
        Kind.WINDOW,
        Window,
        who="''",
        why="event.reason",
        subject="""
            SELECT concat_ws(' · ', zone.name, nullif(wanted.week, '')) FROM regimes_window wanted
            JOIN facilities_zone zone ON zone.code = wanted.zone_id WHERE wanted.id = page.object_id
        """,
    ),
    _tracked(
        Kind.DOCTRINE,
        DoctrineVersion,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        subject="SELECT code || ' · ' || title FROM doctrines_doctrineversion WHERE id = page.object_id",
    ),
    _tracked(
        Kind.RUN,
        QuotaRun,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        # What the preview saw and showed is sealed with the run: the journal keeps to the decisions.
        dropped=" - 'fairness'::text #- '{inputs,seen}'::text[]",
        subject="SELECT week FROM quotas_quotarun WHERE id = page.object_id",
    ),
    _tracked(
        Kind.PROFILE,
        Profile,
        who="''",
        why="''",
        subject="""
            SELECT concat_ws(' · ', nullif(person.name, ''), facility.name) FROM accounts_profile profile
            JOIN accounts_person person ON person.id = profile.person_id
            LEFT JOIN facilities_facility facility ON facility.id = profile.facility_id
            WHERE profile.id = page.object_id
        """,
        passed_over=frozenset({"person_id", "facility_id", "domain"}),
    ),
    _tracked(
        Kind.TOKEN,
        Token,
        who="(SELECT person_id::text FROM accounts_profile WHERE id = event.profile_id)",
        why="''",
        subject="SELECT name FROM accounts_token WHERE id = page.object_id",
        passed_over=frozenset({"profile_id", "created_at"}),
    ),
    _tracked(
        Kind.THRESHOLD,
        AlertThreshold,
        who="event.set_by",
        why="event.reason",
        subject="""
            SELECT concat_ws(' · ', nullif(threshold."group", ''), region.name, family.name)
            FROM declarations_alertthreshold threshold
            LEFT JOIN facilities_region region ON region.code = threshold.region_id
            LEFT JOIN catalogue_family family ON family.code = threshold.family_id
            WHERE threshold.id = page.object_id
        """,
        passed_over=frozenset({"set_by", "set_at"}),
    ),
    # What a facility says of its own situation is for those who help it, not for the journal.
    _tracked(
        Kind.RESUPPLY,
        Request,
        who="CASE WHEN event.pgh_label = 'insert' THEN event.asked_by ELSE '' END",
        why="''",
        dropped=" - 'words'::text - 'contact'::text - 'key'::text",
        subject="""
            SELECT asked.reference || ' · ' || facility.name FROM resupply_request asked
            JOIN facilities_facility facility ON facility.id = asked.facility_id
            WHERE asked.id = page.object_id
        """,
        passed_over=frozenset({"facility_id", "reference", "asked_by", "asked_at"}),
    ),
    # The row of an order is the trace of its making; its basket then is the first that was replaced.
    _Branch(
        code="order",
        kind=Kind.ORDER,
        model=Order,
        rows="""
            SELECT event.id AS number, event.placed_at AS at, event.id AS object_id,
                event.placed_by AS by, '' AS why, '' AS url
            FROM orders_order event
        """,
        subject=_ORDER_SUBJECT,
        before="SELECT NULL::jsonb",
        after=f"""
            SELECT jsonb_build_object('status', 'placed', 'week', placed.week,
                'charge', placed.charge, 'route', placed.route, 'promised_on', placed.promised_on,
                'lines', coalesce(({_NEXT_REPLACED.replace("page.context_id", "NULL::uuid")}),
                    ({_CURRENT_BASKET})))
            FROM orders_order placed WHERE placed.id = page.object_id
        """,  # noqa: S608 - constants
        created="TRUE",
        state="status",
        passed_over=_ORDER_NOISE,
    ),
    # Each event of an order holds the row as it was.
    _Branch(
        code="order_change",
        kind=Kind.ORDER,
        model=Order,
        rows=_events("orders_orderevent", who="''").replace(
            "event.pgh_obj_id AS object_id,",
            "event.pgh_obj_id AS object_id, event.pgh_context_id AS context_id,",
        ),
        subject=_ORDER_SUBJECT,
        before=f"""
            SELECT to_jsonb(event) || jsonb_build_object('lines', ({_REPLACED}))
            FROM orders_orderevent event WHERE event.pgh_id = page.number
        """,  # noqa: S608 - constants
        after=f"""
            SELECT coalesce(
                (SELECT to_jsonb(later) FROM orders_orderevent later
                 WHERE later.pgh_obj_id = page.object_id AND later.pgh_id > page.number
                 ORDER BY later.pgh_id LIMIT 1),
                (SELECT to_jsonb(placed) FROM orders_order placed WHERE placed.id = page.object_id)
            ) || jsonb_build_object('lines', CASE WHEN ({_REPLACED}) IS NOT NULL
                THEN coalesce(({_NEXT_REPLACED}), ({_CURRENT_BASKET})) END)
        """,  # noqa: S608 - constants
        created="FALSE",
        state="status",
        passed_over=_ORDER_NOISE,
    ),
    # An import is a row of its own: offered, then perhaps signed.
    _Branch(
        code="import",
        kind=Kind.IMPORT,
        model=FacilityImport,
        rows="""
            SELECT event.id AS number, event.imported_at AS at, event.id AS object_id,
                event.imported_by AS by, '' AS why, '' AS url
            FROM facilities_facilityimport event
        """,
        subject="SELECT file_name FROM facilities_facilityimport WHERE id = page.object_id",
        before="SELECT NULL::jsonb",
        after="""
            SELECT jsonb_build_object('layout', layout, 'digest', digest, 'added', added,
                'changed', changed, 'closed', closed, 'reasons', reasons,
                'state', CASE WHEN signed_at IS NULL THEN state ELSE 'waiting' END)
            FROM facilities_facilityimport WHERE id = page.object_id
        """,
        created="TRUE",
    ),
    _Branch(
        code="import_signed",
        kind=Kind.IMPORT,
        model=FacilityImport,
        rows="""
            SELECT event.id AS number, event.signed_at AS at, event.id AS object_id,
                event.signed_by AS by, '' AS why, '' AS url
            FROM facilities_facilityimport event WHERE event.signed_at IS NOT NULL
        """,
        subject="SELECT file_name FROM facilities_facilityimport WHERE id = page.object_id",
        before="SELECT jsonb_build_object('state', 'waiting')",
        after="""
            SELECT jsonb_build_object('state', state)
            FROM facilities_facilityimport WHERE id = page.object_id
        """,
        created="FALSE",
    ),
)
_BY_CODE: Final = {branch.code: branch for branch in _BRANCHES}

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
    branches = [each for each in _BRANCHES if wanted.kind in (None, each.kind)]
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


def _statement(branch: _Branch) -> str:
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
    branch: _Branch, then: Mapping[str, Any], now: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Change]:
    """Yield each field that differs; of something new, each that says anything."""
    for name in now:
        if name in _EVENT_NOISE | branch.passed_over or (name == branch.state and not then):
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
