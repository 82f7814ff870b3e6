"""A file of declarations: every line checked before any is written, and all of them written together or none."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Submission
from distrilog.domain.declarations.queries import facts
from distrilog.domain.declarations.rules import (
    MOST_UNITS,
    WEEKS_REMEMBERED,
    Band,
    FamilyNeed,
    FileLine,
    Past,
    Reading,
    at_line,
    is_small,
    line_fault,
    plain,
    questions,
    read_file,
    shown_of,
    surprises_nobody,
    units_of_band,
    value_faults,
    was_open,
    week_fault,
)
from distrilog.domain.declarations.services.rolling import mark_weeks_stale
from distrilog.kernel.refusals import Fault
from distrilog.kernel.weeks import Week


# Writing a country's week takes longer than a web request may.
_TIMEOUT_MS: Final = 10 * 60 * 1000
# What was said of a hundred thousand lines in four weeks is added up without going to the disk.
_MEMORY: Final = "64MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """
    What became of a file: its lines read, how many of them say nothing new, and the versions they made (or would).

    `refused` holds every fault, in the order of the file, and `questions` every question: whoever shows them
    may cut. Unless `applied`, nothing was written.
    """

    lines: int
    unchanged: int
    declarations: int
    refused: Sequence[Fault]
    questions: Sequence[Fault]
    applied: bool


def import_file(
    *,
    actor: Actor | None,
    name: str,
    content: bytes,
    at: datetime,
    dry_run: bool = False,
    confirm: bool = False,
    week: Week | None = None,
    by: str = "console",
) -> Imported:
    """
    Declare all that a CSV or XLSX file says, for one facility or many, or nothing of it.

    Columns in any order: facility, family, stock or band, and, where they are given, consumption and week (`week`,
    or the present one, where not). Somebody may import for each facility he may declare for, under any of his live
    profiles; without an `actor` (a command, `by` whom) the whole country. Lines that look wrong are asked about and
    stop the file, unless it comes again with `confirm`. A line that says what holds already changes nothing.
    Difficulties are told on the screen. Raises Forbidden; faults are in the answer.
    """
    if actor is not None:
        actor.require(Deed.DECLARATION_MAKE)
    reading = read_file(name=name, content=content, families=_family_names())
    with transaction.atomic():
        offer = _Offer(
            reading=reading,
            actor=actor,
            week=week,
            at=at,
            digest=sha256(content).hexdigest(),
            by=by,
        )
        imported = offer.judge(confirm=confirm, dry_run=dry_run)
        if imported.applied:
            offer.write()
        else:
            transaction.set_rollback(True)
    return imported


def _family_names() -> dict[str, str]:
    """Return the codes of families by all they may be called: code, name, plural, without case or accents."""
    found = {}
    for code, *names in Family.objects.values_list("code", "code", "name", "plural"):
        found.update({plain(each): code for each in names})
    return found


# ------------------------------------------------------------------ judging


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A facility that the file names: the present week where it lies, when it is open, its needs."""

    id: int
    name: str
    now: Week
    opened_on: date | None
    closed_on: date | None
    allowed: bool
    needs: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """
    A facility's week in the file: what keeps it from being declared (column, message, remedy, code), the lines by family.

    `name` is the week as the tables write it; `declaration` and `version` are those it makes, known once the row is held.
    """

    site: _Site
    week: Week
    name: str
    wrong: tuple[str, str, str, str] | None
    lines: dict[str, int] = field(default_factory=dict)
    declaration: int = 0
    version: int = 0


class _Told(NamedTuple):
    """
    What was known of a line before the file: what holds in its week (no band: nothing), what was said last, how long ago.

    A `past_consumption` of -1 is none; `back` None: nothing was said that is remembered.
    """

    line: int
    stock: int | None
    consumption: int | None
    band: str | None
    back: int | None
    past_stock: int | None
    past_consumption: int | None
    usual: int | None


_NOTHING = _Told(0, None, None, None, None, None, None, None)
_SITES = """
    SELECT facility.registry, facility.id, facility.name, zone.time_zone, facility.opened_on,
           facility.closed_on, needs.units
      FROM facilities_facility facility
      JOIN facilities_department department ON department.code = facility.department_id
      JOIN facilities_zone zone ON zone.code = department.zone_id
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(family_id, need) AS units FROM declarations_target
         WHERE facility_id = facility.id
      ) needs ON true
     WHERE facility.registry = ANY(%s)
"""
_STAGE = (
    "DROP TABLE IF EXISTS said",
    "CREATE TEMPORARY TABLE said (line int, facility_id bigint, week text, family_id text) ON COMMIT DROP",
)
# In one order, so that two files wait for each other and never in a circle.
_MAKE = """
    INSERT INTO declarations_declaration (facility_id, week, version)
    SELECT facility_id, week, 1 FROM unnest(%s::bigint[], %s::text[]) AS asked (facility_id, week)
     ORDER BY facility_id, week
        ON CONFLICT DO NOTHING
    RETURNING facility_id, week, id
"""
_HOLD = """
    SELECT facility_id, week, id, version FROM declarations_declaration
     WHERE (facility_id, week) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))
     ORDER BY facility_id, week FOR UPDATE
"""
# Only the lines of which anything is known.
_TOLD = """
    WITH before AS (
        SELECT said.line,
               max(ARRAY[-horizon.back, earlier.stock, coalesce(earlier.consumption, -1)]) AS last,
               sum(earlier.consumption)::bigint / nullif(count(earlier.consumption), 0) AS usual
          FROM said
          JOIN unnest(%(weeks)s::text[], %(earlier)s::text[], %(back)s::int[])
               AS horizon (week, earlier, back) ON horizon.week = said.week
          JOIN declarations_statement earlier
               ON earlier.week = horizon.earlier AND earlier.family_id = said.family_id
              AND earlier.facility_id = said.facility_id AND earlier.current
         WHERE earlier.week = ANY(%(earlier)s::text[])
         GROUP BY said.line
    ), held AS (
        SELECT said.line, held.stock, held.consumption, held.band
          FROM said
          JOIN declarations_statement held
               ON held.week = said.week AND held.family_id = said.family_id
              AND held.facility_id = said.facility_id AND held.current
    )
    SELECT line, held.stock, held.consumption, held.band,
           -before.last[1], before.last[2], before.last[3], before.usual
      FROM held FULL JOIN before USING (line)
"""


@dataclass(slots=True, kw_only=True)
class _Offer:
    """A file that was read, held against what is known; within one transaction."""

    reading: Reading
    actor: Actor | None
    week: Week | None
    at: datetime
    digest: str
    by: str
    families: Mapping[str, FamilyNeed] = field(default_factory=dict)
    told: Mapping[int, _Told] = field(default_factory=dict)
    good: list[tuple[FileLine, _Sheet]] = field(default_factory=list)
    new: list[tuple[FileLine, _Sheet]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)

    def judge(self, *, confirm: bool, dry_run: bool) -> Imported:
        """Check every line, hold the declarations it touches, ask what looks wrong."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('work_mem', %s, true)",
                [str(_TIMEOUT_MS), _MEMORY],
            )
            self.families = facts.needs_of(facility_id=0)
            self._check(self._sites(cursor))
            self._hold(cursor)
            self.told = self._told(cursor)
        asked = list(self._questions())
        self.asked = {fault.values["line"] for fault in asked}
        self.new = [each for each in self.good if not self._holds(each[0])]
        faults = sorted(self.reading.faults, key=lambda fault: fault.values.get("line", 0))
        return Imported(
            lines=self.reading.count,
            unchanged=len(self.good) - len(self.new),
            declarations=len({sheet.declaration for _, sheet in self.new}),
            refused=tuple(faults),
            questions=tuple(asked),
            applied=not (faults or dry_run or (asked and not confirm)),
        )

    def _sites(self, cursor: Any) -> dict[str, _Site]:
        allowed = None if self.actor is None else facts.declarable(actor=self.actor, at=self.at)
        registries = {line.registry for line in self.reading.lines if "\0" not in line.registry}
        cursor.execute(_SITES, [list(registries)])
        weeks: dict[str, Week] = {}
        found = {}
        for registry, pk, name, zone, opened_on, closed_on, needs in cursor.fetchall():
            if allowed is not None and pk not in allowed:
                continue
            if zone not in weeks:
                weeks[zone] = Week.at(self.at, ZoneInfo(zone))
            found[registry] = _Site(
                id=pk,
                name=name,
                now=weeks[zone],
                opened_on=opened_on,
                closed_on=closed_on,
                allowed=allowed is None or allowed[pk],
                needs=json.loads(needs) if isinstance(needs, str) else needs or {},
            )
        return found

    # ---------------------------------------------------------- the lines

    def _check(self, sites: Mapping[str, _Site]) -> None:
        sheets: dict[tuple[str, str], _Sheet] = {}
        for line in self.reading.lines:
            sheet = sheets.get((line.registry, line.week))
            if sheet is None:
                sheet = self._sheet(line, sites=sites, sheets=sheets)
            if sheet is None:
                self.reading.faults.append(_unknown(line))
            elif sheet.wrong is not None:
                column, message, remedy, code = sheet.wrong
                self.reading.faults.append(
                    line_fault(
                        line.number, column=column, message=message, remedy=remedy, code=code
                    )
                )
            elif self._is_right(line, sheet=sheet):
                self.good.append((line, sheet))

    def _sheet(
        self,
        line: FileLine,
        *,
        sites: Mapping[str, _Site],
        sheets: dict[tuple[str, str], _Sheet],
    ) -> _Sheet | None:
        """Return the facility's week that a line belongs to, the same one whether the line names the week or not."""
        site = sites.get(line.registry)
        if site is None:
            return None
        week = self.reading.weeks[line.week] if line.week else self.week or site.now
        name = str(week)
        sheet = sheets.get((line.registry, name))
        if sheet is None:
            sheet = _Sheet(site=site, week=week, name=name, wrong=_wrong_with(site, week))
        sheets[line.registry, line.week] = sheets[line.registry, name] = sheet
        return sheet

    def _is_right(self, line: FileLine, *, sheet: _Sheet) -> bool:
        """Tell whether a line may be written; note what is wrong with it where not."""
        faults = []
        first = sheet.lines.setdefault(line.family, line.number)
        if first != line.number:
            faults.append(_twice(line, name=self.families[line.family].name, first=first))
        # The common case first.
        if line.band or not (
            _in_range(line.stock) and (line.consumption is None or _in_range(line.consumption))
        ):
            faults += [
                at_line(line.number, fault)
                for fault in value_faults(
                    line.said,
                    family=self._family(line, site=sheet.site),
                    bands_allowed=bool(line.band) and self._is_small(sheet.site),
                    where=f"lines.{line.number}",
                )
            ]
        self.reading.faults += faults
        return not faults

    def _family(self, line: FileLine, *, site: _Site) -> FamilyNeed:
        family = self.families[line.family]
        return FamilyNeed(
            code=family.code,
            name=family.name,
            box_units=family.box_units,
            need=site.needs.get(line.family, 0),
        )

    def _is_small(self, site: _Site) -> bool:
        return is_small(
            FamilyNeed(code=code, name="", box_units=self.families[code].box_units, need=need)
            for code, need in site.needs.items()
        )

    # ------------------------------------------------------ what is known

    def _hold(self, cursor: Any) -> None:
        """Make or hold the declaration of each facility's week, until the end of the transaction."""
        sheets = {(sheet.site.id, sheet.name): sheet for _, sheet in self.good}
        cursor.execute(_MAKE, _columns(sheets))
        for facility, week, pk in cursor.fetchall():
            sheets[facility, week].declaration, sheets[facility, week].version = pk, 1
        older = [key for key, sheet in sheets.items() if not sheet.declaration]
        if not older:
            return
        cursor.execute(_HOLD, _columns(older))
        for facility, week, pk, version in cursor.fetchall():
            sheets[facility, week].declaration = pk
            sheets[facility, week].version = version + 1

    def _told(self, cursor: Any) -> dict[int, _Told]:
        escaped = {code: _escaped(code) for code in self.families}
        for statement in _STAGE:
            cursor.execute(statement)
        with cursor.copy("COPY said (line, facility_id, week, family_id) FROM STDIN") as copy:
            copy.write(
                _lines(
                    (line.number, sheet.site.id, sheet.name, escaped[line.family])
                    for line, sheet in self.good
                )
            )
        cursor.execute("ANALYZE said")
        horizon = [
            (sheet.name, str(sheet.week.plus(-back)), back)
            for sheet in {sheet.name: sheet for _, sheet in self.good}.values()
            for back in range(1, WEEKS_REMEMBERED + 1)
        ]
        weeks, earlier, backs = zip(*horizon, strict=True) if horizon else ((), (), ())
        cursor.execute(_TOLD, {"weeks": list(weeks), "earlier": list(earlier), "back": list(backs)})
        return {row[0]: _Told(*row) for row in cursor.fetchall()}

    def _questions(self) -> Iterator[Fault]:
        for line, sheet in self.good:
            told = self.told.get(line.number, _NOTHING)
            if line.band or surprises_nobody(
                stock=line.stock or 0,
                consumption=line.consumption,
                need=sheet.site.needs.get(line.family, 0),
                past=told.past_stock,
                usual=told.usual,
            ):
                continue
            found = questions(
                line.said,
                family=self._family(line, site=sheet.site),
                past=_past(told, week=sheet.week),
                week=sheet.week,
                where=f"lines.{line.number}",
            )
            for fault in found:
                yield at_line(line.number, fault)

    def _holds(self, line: FileLine) -> bool:
        """Tell whether a line says what holds already."""
        told = self.told.get(line.number, _NOTHING)
        if told.band is None or told.band != line.band:
            return False
        return bool(line.band) or (told.stock, told.consumption) == (line.stock, line.consumption)

    # -------------------------------------------------------------- writing

    def write(self) -> None:
        """Write one version of each declaration in which anything is new; all was checked and is held."""
        sheets = {sheet.declaration: sheet for _, sheet in self.new}
        if not sheets:
            return
        later = {pk: sheet.version for pk, sheet in sheets.items() if sheet.version > 1}
        with connection.cursor() as cursor:
            if later:
                cursor.execute(_REPLACE, [[line.number for line, _ in self.new]])
                cursor.execute(_COUNT, [list(later), list(later.values())])
            cursor.execute(
                _SUBMIT,
                {
                    "declarations": list(sheets),
                    "versions": [sheet.version for sheet in sheets.values()],
                    "facilities": [sheet.site.id for sheet in sheets.values()],
                    "digest": self.digest,
                    "channel": str(Submission.Channel.FILE),
                    "by": self.by if self.actor is None else self.actor.by,
                    "at": self.at,
                },
            )
            with cursor.copy(_COPY) as copy:
                copy.write(_lines(self._rows()))
        mark_weeks_stale(weeks=list({sheet.week for sheet in sheets.values()}), at=self.at)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        escaped = {code: _escaped(code) for code in self.families}
        for line, sheet in self.new:
            need = sheet.site.needs.get(line.family, 0)
            stock = units_of_band(band=Band(line.band), need=need) if line.band else line.stock
            yield (
                sheet.declaration,
                sheet.version,
                sheet.site.id,
                sheet.name,
                escaped[line.family],
                stock,
                _NULL if line.consumption is None else line.consumption,
                need,
                line.band,
                "t" if line.number in self.asked else "f",
                "t",
            )


_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(text: str) -> str:
    """Return a text as COPY reads it."""
    return text.translate(_ESCAPES)


def _lines(rows: Iterable[tuple[Any, ...]]) -> str:
    """Return rows of numbers and escaped texts as COPY reads them: much faster than one by one."""
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def _columns(keys: Iterable[tuple[int, str]]) -> list[list[Any]]:
    listed = list(keys)
    return [[facility for facility, _ in listed], [week for _, week in listed]]


def _past(told: _Told, *, week: Week) -> Past | None:
    if told.back is None or told.past_stock is None:
        return None
    return Past(
        week=week.plus(-told.back),
        stock=told.past_stock,
        consumption=None if told.past_consumption == -1 else told.past_consumption,
        usual=told.usual,
    )


def _in_range(units: int | None) -> bool:
    return units is not None and 0 <= units <= MOST_UNITS


def _unknown(line: FileLine) -> Fault:
    shown = shown_of(line.registry)
    return line_fault(
        line.number,
        column="facility",
        message=f"aucun établissement « {shown} » parmi ceux pour qui vous déclarez."
        if shown
        else "le numéro d’établissement manque.",
        remedy="Vérifiez le numéro FINESS.",
        code="unknown-facility",
    )


def _twice(line: FileLine, *, name: str, first: int) -> Fault:
    return line_fault(
        line.number,
        column="family",
        message=f"{name} : déjà dite à la ligne {first} pour cet établissement et cette semaine.",
        remedy="Gardez une seule des deux lignes.",
        code="duplicate-family",
    )


def _wrong_with(site: _Site, week: Week) -> tuple[str, str, str, str] | None:
    """Return what keeps a facility's week from being declared: column, message, remedy, code."""
    if not site.allowed:
        return (
            "facility",
            f"le directeur de {site.name} a désigné d’autres personnes pour déclarer.",
            "Demandez-lui de vous désigner aussi.",
            "not-delegate",
        )
    if not was_open(week=week, opened_on=site.opened_on, closed_on=site.closed_on):
        return (
            "facility",
            f"{site.name} n’était pas ouvert la semaine {week}.",
            "Vérifiez la semaine, ou faites corriger le répertoire.",
            "facility-closed",
        )
    wrong = None if week == site.now else week_fault(week=week, now=site.now)
    return None if wrong is None else ("week", *wrong, "week")


_REPLACE = """
    UPDATE declarations_statement held SET current = false FROM said
     WHERE held.week = said.week AND held.family_id = said.family_id
       AND held.facility_id = said.facility_id AND held.current AND said.line = ANY(%s)
"""
_COUNT = """
    UPDATE declarations_declaration declaration SET version = later.version
      FROM unnest(%s::bigint[], %s::int[]) AS later (id, version) WHERE declaration.id = later.id
"""
_SUBMIT = """
    INSERT INTO declarations_submission
        (declaration_id, version, key, digest, channel, declared_by, responsible, declared_at)
    SELECT made.declaration_id, made.version, NULL, %(digest)s, %(channel)s, %(by)s,
           coalesce(director.person_id::text, ''), %(at)s
      FROM unnest(%(declarations)s::bigint[], %(versions)s::int[], %(facilities)s::bigint[])
           AS made (declaration_id, version, facility_id)
      LEFT JOIN (
        SELECT DISTINCT ON (profile.facility_id) profile.facility_id, profile.person_id
          FROM accounts_profile profile JOIN accounts_person person ON person.id = profile.person_id
         WHERE profile.role = 'director' AND person.is_active AND profile.revoked_at IS NULL
           AND (profile.expires_at IS NULL OR profile.expires_at > %(at)s)
         ORDER BY profile.facility_id, profile.id
      ) director ON director.facility_id = made.facility_id
"""
_COPY = """
    COPY declarations_statement (declaration_id, version, facility_id, week, family_id, stock, consumption,
                                 need, band, questioned, current) FROM STDIN
"""
