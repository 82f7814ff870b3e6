"""A file of declarations: every line checked before any is written, and all of them written together or none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final
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
    Cell,
    FamilyNeed,
    FileRefused,
    Past,
    Said,
    Unreadable,
    band_of,
    columns_of,
    expected_headings,
    is_small,
    plain,
    questions,
    read_table,
    registry_of,
    shown_of,
    units_of,
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
    stop the file, unless it comes again with `confirm`. A line that says what holds already changes nothing. What
    difficulties there are is told on the screen. Raises Forbidden; faults are in the answer.
    """
    if actor is not None:
        actor.require(Deed.DECLARATION_MAKE)
    reading = _Reading(week=week, families=_family_names())
    try:
        _read(reading, name=name, content=content)
    except FileRefused as refused:
        reading.faults.insert(0, _fault_of_file(refused))
    with transaction.atomic():
        offer = _Offer(
            reading=reading, actor=actor, at=at, digest=sha256(content).hexdigest(), by=by
        )
        imported = offer.judge(confirm=confirm, dry_run=dry_run)
        if imported.applied:
            offer.write()
        else:
            transaction.set_rollback(True)
    return imported


# ------------------------------------------------------------------ reading


@dataclass(slots=True, kw_only=True)
class _Line:
    """A line of the file, as far as it could be read: `family` and `week` are None where they could not."""

    number: int
    registry: str
    week: Week | None
    family: str
    stock: int | None
    consumption: int | None
    band: str

    @property
    def said(self) -> Said:
        return Said(
            family=self.family, stock=self.stock, consumption=self.consumption, band=self.band
        )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The lines of a file, and what could not be read of it."""

    week: Week | None
    families: Mapping[str, str]
    lines: list[_Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    weeks: dict[str, Week] = field(default_factory=dict)


def _family_names() -> dict[str, str]:
    """Return the codes of families by all they may be called: code, name, plural, without case or accents."""
    found = {}
    for code, *names in Family.objects.values_list("code", "code", "name", "plural"):
        found.update({plain(each): code for each in names})
    return found


def _fault_of_file(refused: FileRefused) -> Fault:
    return Fault(
        where="file",
        message=refused.message,
        remedy=refused.remedy,
        values={"code": refused.code},
    )


def _read(reading: _Reading, *, name: str, content: bytes) -> None:
    rows = read_table(name=name, content=content).rows
    _, headings = next(rows, (0, ()))
    places, wrong = columns_of(headings)
    if wrong:
        raise FileRefused(
            f"Les colonnes ne conviennent pas : {' ; '.join(wrong[:10])}.",
            remedy=f"Colonnes attendues, dans n’importe quel ordre : {expected_headings()}.",
            code="columns",
        )
    take = _taker(places)
    for number, row in rows:
        _read_line(reading, number=number, cells=take(row))
    if not reading.count:
        raise FileRefused(
            "Le fichier ne contient aucune déclaration.",
            remedy="Remplissez une ligne par famille et par établissement.",
            code="file-empty",
        )


_ORDER: Final = ("facility", "week", "family", "stock", "consumption", "band")


def _taker(places: Mapping[str, int]) -> Any:
    """Return what puts the cells of a row in our own order, None where a column is absent or a row is short."""
    wanted = [places.get(column, -1) for column in _ORDER]

    def take(row: Sequence[Cell]) -> list[Cell]:
        length = len(row)
        return [row[place] if 0 <= place < length else None for place in wanted]

    return take


def _read_line(reading: _Reading, *, number: int, cells: Sequence[Cell]) -> None:
    registry, week, family, stock, consumption, band = cells
    # A line of a form that nobody filled says nothing.
    if stock in {None, ""} and consumption in {None, ""} and band in {None, ""}:
        return
    reading.count += 1
    before = len(reading.faults)
    line = _Line(
        number=number,
        registry=registry_of(registry),
        week=_week_of(reading, number=number, cell=week),
        family=_family_of(reading, number=number, cell=family),
        stock=_units(reading, number=number, column="stock", cell=stock),
        consumption=_units(reading, number=number, column="consumption", cell=consumption),
        band=band_of(band) if band else "",
    )
    if len(reading.faults) == before:
        reading.lines.append(line)


def _units(reading: _Reading, *, number: int, column: str, cell: Cell) -> int | None:
    try:
        return units_of(cell)
    except Unreadable as wrong:
        reading.faults.append(
            _fault(
                number, column=column, message=wrong.message, remedy=wrong.remedy, code=wrong.code
            )
        )
        return None


def _week_of(reading: _Reading, *, number: int, cell: Cell) -> Week | None:
    text = str(cell or "").strip()
    if not text:
        return reading.week
    known = reading.weeks.get(text)
    if known is None:
        try:
            known = reading.weeks[text] = Week.parse(text)
        except ValueError:
            reading.faults.append(
                _fault(
                    number,
                    column="week",
                    message=f"« {shown_of(text)} » n’est pas une semaine.",
                    remedy="Écrivez par exemple 2020-W45, ou laissez vide pour la semaine en cours.",
                    code="week",
                )
            )
    return known


def _family_of(reading: _Reading, *, number: int, cell: Cell) -> str:
    text = str(cell or "")
    known = reading.families.get(text) or reading.families.get(plain(text))
    if known is None:
        reading.faults.append(
            _fault(
                number,
                column="family",
                message=f"Aucune famille d’article « {shown_of(text)} »."
                if text
                else "La famille manque.",
                remedy="Écrivez le nom ou le code d’une famille du catalogue.",
                code="unknown-family",
            )
        )
    return known or ""


def _fault(number: int, *, column: str, message: str, remedy: str, code: str) -> Fault:
    return Fault(
        where=f"lines.{number}.{column}",
        message=f"Ligne {number} : {message}",
        remedy=remedy,
        values={"code": code, "line": number},
    )


def _of_line(number: int, fault: Fault) -> Fault:
    """Return a fault of a declaration as a fault of a line of the file."""
    return Fault(
        where=fault.where,
        message=f"Ligne {number} : {fault.message}",
        remedy=fault.remedy,
        values={**fault.values, "line": number},
    )


# ------------------------------------------------------------------ judging


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A facility that the file names: the present week where it lies, its needs, whether it counts in bands."""

    id: int
    name: str
    now: Week
    opened_on: date | None
    closed_on: date | None
    allowed: bool
    needs: Mapping[str, int]
    small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What was known of a line before the file: the declaration it belongs to, what holds, what was said last."""

    declaration: int
    version: int
    stock: int | None
    consumption: int | None
    band: str | None
    past: Past | None


_SITES = """
    SELECT facility.registry, facility.id, facility.name, zone.time_zone, facility.opened_on,
           facility.closed_on,
           (SELECT jsonb_object_agg(family_id, need) FROM declarations_target
             WHERE facility_id = facility.id)
      FROM facilities_facility facility
      JOIN facilities_department department ON department.code = facility.department_id
      JOIN facilities_zone zone ON zone.code = department.zone_id
     WHERE facility.registry = ANY(%s)
"""
_STAGE = (
    "DROP TABLE IF EXISTS said, touched",
    """
    CREATE TEMPORARY TABLE said (
        line int, facility_id bigint, week text, family_id text
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMPORARY TABLE touched (
        declaration_id bigint, facility_id bigint, week text, version int
    ) ON COMMIT DROP
    """,
)
# In one order, so that two files wait for each other and never in a circle.
_HOLD = (
    "ANALYZE said",
    """
    WITH made AS (
        INSERT INTO declarations_declaration (facility_id, week, version)
        SELECT DISTINCT facility_id, week, 1 FROM said ORDER BY facility_id, week
            ON CONFLICT DO NOTHING
        RETURNING id, facility_id, week
    )
    INSERT INTO touched SELECT id, facility_id, week, 1 FROM made
    """,
    """
    INSERT INTO touched
    SELECT held.id, held.facility_id, held.week, held.version + 1 FROM (
        SELECT declaration.* FROM declarations_declaration declaration
         WHERE (facility_id, week) IN (SELECT facility_id, week FROM said)
           AND NOT EXISTS (SELECT FROM touched WHERE touched.declaration_id = declaration.id)
         ORDER BY facility_id, week FOR UPDATE
    ) held
    """,
    "ANALYZE touched",
)
_TOLD = """
    WITH before AS (
        SELECT said.line, max(earlier.week) AS week,
               (array_agg(earlier.stock ORDER BY earlier.week DESC))[1] AS stock,
               (array_agg(earlier.consumption ORDER BY earlier.week DESC))[1] AS consumption,
               sum(earlier.consumption) / nullif(count(earlier.consumption), 0) AS usual
          FROM said
          JOIN unnest(%(weeks)s::text[], %(earlier)s::text[]) AS horizon (week, earlier)
               ON horizon.week = said.week
          JOIN declarations_statement earlier
               ON earlier.week = horizon.earlier AND earlier.family_id = said.family_id
              AND earlier.facility_id = said.facility_id AND earlier.current
         GROUP BY said.line
    )
    SELECT said.line, touched.declaration_id, touched.version, held.stock, held.consumption, held.band,
           before.week, before.stock, before.consumption, before.usual::bigint
      FROM said
      JOIN touched ON touched.facility_id = said.facility_id AND touched.week = said.week
      LEFT JOIN declarations_statement held
           ON held.week = said.week AND held.family_id = said.family_id
          AND held.facility_id = said.facility_id AND held.current AND touched.version > 1
      LEFT JOIN before ON before.line = said.line
"""


@dataclass(slots=True, kw_only=True)
class _Offer:
    """A file that was read, held against what is known; within one transaction."""

    reading: _Reading
    actor: Actor | None
    at: datetime
    digest: str
    by: str
    sites: Mapping[str, _Site] = field(default_factory=dict)
    families: Mapping[str, FamilyNeed] = field(default_factory=dict)
    told: Mapping[int, _Told] = field(default_factory=dict)
    good: list[tuple[_Line, _Site, Week]] = field(default_factory=list)
    new: list[tuple[_Line, _Site, Week]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)

    def judge(self, *, confirm: bool, dry_run: bool) -> Imported:
        """Check every line, hold the declarations it touches, ask what looks wrong."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(_TIMEOUT_MS)])
            self.families = facts.needs_of(facility_id=0)
            self.sites = self._sites(cursor)
            self._check()
            self.told = self._told(cursor)
        asked = list(self._questions())
        self.asked = {fault.values["line"] for fault in asked}
        self.new = [each for each in self.good if not self._holds(each[0])]
        faults = sorted(self.reading.faults, key=lambda fault: fault.values.get("line", 0))
        return Imported(
            lines=self.reading.count,
            unchanged=len(self.good) - len(self.new),
            declarations=len({(site.id, week) for _, site, week in self.new}),
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
                needs=_mapping(needs),
                small=is_small(self._needs(_mapping(needs))),
            )
        return found

    def _needs(self, needs: Mapping[str, int]) -> Iterator[FamilyNeed]:
        for code, need in needs.items():
            yield FamilyNeed(code=code, name="", box_units=self.families[code].box_units, need=need)

    def _check(self) -> None:
        seen: dict[tuple[int, Week, str], int] = {}
        checked: dict[tuple[int, Week], tuple[str, str, str, str] | None] = {}
        for line in self.reading.lines:
            site = self.sites.get(line.registry)
            if site is None:
                self.reading.faults.append(_unknown(line))
                continue
            week = line.week or site.now
            if (site.id, week) not in checked:
                checked[site.id, week] = _wrong_with(site, week)
            wrong = checked[site.id, week]
            if wrong is not None:
                column, message, remedy, code = wrong
                self.reading.faults.append(
                    _fault(line.number, column=column, message=message, remedy=remedy, code=code)
                )
                continue
            right = self._check_values(line, site=site)
            first = seen.setdefault((site.id, week, line.family), line.number)
            if first != line.number:
                self.reading.faults.append(
                    _fault(
                        line.number,
                        column="family",
                        message=f"{self.families[line.family].name} : déjà dite à la ligne {first} pour cet établissement et cette semaine.",
                        remedy="Gardez une seule des deux lignes.",
                        code="duplicate-family",
                    )
                )
                continue
            if right:
                self.good.append((line, site, week))

    def _check_values(self, line: _Line, *, site: _Site) -> bool:
        # The common case first.
        if (
            not line.band
            and _plain_units(line.stock)
            and (line.consumption is None or _plain_units(line.consumption))
        ):
            return True
        found = value_faults(
            line.said,
            family=self._family(line, site=site),
            bands_allowed=site.small,
            where=f"lines.{line.number}",
        )
        self.reading.faults += [_of_line(line.number, fault) for fault in found]
        return not found

    def _family(self, line: _Line, *, site: _Site) -> FamilyNeed:
        family = self.families[line.family]
        return FamilyNeed(
            code=family.code,
            name=family.name,
            box_units=family.box_units,
            need=site.needs.get(line.family, 0),
        )

    def _told(self, cursor: Any) -> dict[int, _Told]:
        for statement in _STAGE:
            cursor.execute(statement)
        with cursor.copy("COPY said (line, facility_id, week, family_id) FROM STDIN") as copy:
            for line, site, week in self.good:
                copy.write_row((line.number, site.id, str(week), line.family))
        for statement in _HOLD:
            cursor.execute(statement)
        pairs = [
            (str(week), str(week.plus(-back)))
            for week in {week for *_, week in self.good}
            for back in range(1, WEEKS_REMEMBERED + 1)
        ]
        cursor.execute(
            _TOLD,
            {"weeks": [week for week, _ in pairs], "earlier": [earlier for _, earlier in pairs]},
        )
        parsed = {earlier: Week.parse(earlier) for _, earlier in pairs}
        return {
            number: _Told(
                declaration=declaration,
                version=version,
                stock=stock,
                consumption=consumption,
                band=band,
                past=None
                if before is None
                else Past(
                    week=parsed[before], stock=past_stock, consumption=past_consumption, usual=usual
                ),
            )
            for (
                number, declaration, version, stock, consumption, band,
                before, past_stock, past_consumption, usual,
            ) in cursor.fetchall()
        }  # fmt: skip

    def _questions(self) -> Iterator[Fault]:
        for line, site, week in self.good:
            found = questions(
                line.said,
                family=self._family(line, site=site),
                past=self.told[line.number].past,
                week=week,
                where=f"lines.{line.number}",
            )
            for fault in found:
                yield _of_line(line.number, fault)

    def _holds(self, line: _Line) -> bool:
        """Tell whether a line says what holds already."""
        told = self.told[line.number]
        if told.band is None or told.band != line.band:
            return False
        return bool(line.band) or (told.stock, told.consumption) == (line.stock, line.consumption)

    # -------------------------------------------------------------- writing

    def write(self) -> None:
        """Write one version of each declaration in which anything is new; all was checked and is held."""
        declarations = sorted({self.told[line.number].declaration for line, *_ in self.new})
        with connection.cursor() as cursor:
            cursor.execute(_REPLACE, [[line.number for line, *_ in self.new]])
            cursor.execute(_COUNT, [declarations])
            cursor.execute(
                _SUBMIT,
                {
                    "declarations": declarations,
                    "digest": self.digest,
                    "channel": str(Submission.Channel.FILE),
                    "by": self.by if self.actor is None else self.actor.by,
                    "at": self.at,
                },
            )
            with cursor.copy(_COPY) as copy:
                for row in self._rows():
                    copy.write_row(row)
        weeks = sorted({week for *_, week in self.new})
        if weeks:
            mark_weeks_stale(weeks=weeks, at=self.at)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for line, site, week in self.new:
            told = self.told[line.number]
            need = site.needs.get(line.family, 0)
            stock = units_of_band(band=Band(line.band), need=need) if line.band else line.stock
            yield (
                told.declaration,
                told.version,
                site.id,
                str(week),
                line.family,
                stock,
                line.consumption,
                need,
                line.band,
                line.number in self.asked,
                True,
            )


def _mapping(needs: Any) -> dict[str, int]:
    """Return needs by family as PostgreSQL gives them: JSON, read or not, or nothing."""
    return dict(json.loads(needs) if isinstance(needs, str) else needs or {})


def _plain_units(units: int | None) -> bool:
    return units is not None and 0 <= units <= MOST_UNITS


def _unknown(line: _Line) -> Fault:
    shown = shown_of(line.registry)
    return _fault(
        line.number,
        column="facility",
        message=f"aucun établissement « {shown} » parmi ceux pour qui vous déclarez."
        if shown
        else "le numéro d’établissement manque.",
        remedy="Vérifiez le numéro FINESS.",
        code="unknown-facility",
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
    wrong = week_fault(week=week, now=site.now)
    return None if wrong is None else ("week", *wrong, "week")


_REPLACE = """
    UPDATE declarations_statement held SET current = false FROM said
     WHERE held.week = said.week AND held.family_id = said.family_id
       AND held.facility_id = said.facility_id AND held.current AND said.line = ANY(%s)
"""
_COUNT = """
    UPDATE declarations_declaration declaration SET version = touched.version FROM touched
     WHERE declaration.id = touched.declaration_id AND touched.version > 1
       AND declaration.id = ANY(%s)
"""
_SUBMIT = """
    INSERT INTO declarations_submission
        (declaration_id, version, key, digest, channel, declared_by, responsible, declared_at)
    SELECT touched.declaration_id, touched.version, NULL, %(digest)s, %(channel)s, %(by)s,
           coalesce(director.person_id::text, ''), %(at)s
      FROM touched
      LEFT JOIN (
        SELECT DISTINCT ON (profile.facility_id) profile.facility_id, profile.person_id
          FROM accounts_profile profile JOIN accounts_person person ON person.id = profile.person_id
         WHERE profile.role = 'director' AND person.is_active AND profile.revoked_at IS NULL
           AND (profile.expires_at IS NULL OR profile.expires_at > %(at)s)
         ORDER BY profile.facility_id, profile.id
      ) director ON director.facility_id = touched.facility_id
     WHERE touched.declaration_id = ANY(%(declarations)s)
"""
_COPY = """
    COPY declarations_statement (declaration_id, version, facility_id, week, family_id, stock, consumption,
                                 need, band, questioned, current) FROM STDIN
"""
