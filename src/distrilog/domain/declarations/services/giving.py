"""What others than the State say they gave: a region, a department, a prefecture, a profession (row E7). Statements, no ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Gift
from distrilog.domain.declarations.queries.gifts import donor_of, served_by
from distrilog.domain.declarations.rules import line_fault, plain
from distrilog.domain.declarations.rules.reading import Unreadable, registry_of, shown_of, units_of
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound, Refusal
from distrilog.kernel.tables import Cell, FileRefused, read_table
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


KEY_LENGTH: Final = 60
WORDS_LENGTH: Final = 300
MOST_UNITS: Final = 10**9
# What was given longer ago says nothing of a need of today.
MEMORY: Final = timedelta(days=366)
MOST_LINES: Final = 20_000


class GiftKeyReused(Refusal):
    """Cette clé est celle d’un autre don."""

    slug = "key-reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGift:
    """Units of a family given to a facility (its registry number) on a day. `key` is drawn by who declares."""

    registry: str
    family: str
    units: int
    given_on: date
    words: str = ""
    key: str


@traced("don déclaré")
@transaction.atomic
def declare_gift(*, actor: Actor, gift: NewGift, at: datetime) -> Gift:
    """
    Say what a donor gave a facility of its scope; again under its key, nothing changes.

    Raises `Invalid` with every fault at once, `GiftKeyReused` for another gift.
    """
    offer = _Offer.of(actor, [gift], at=at)
    faults = list(offer.faults(gift, where=""))
    if faults:
        raise Invalid(*faults)
    # After this point, the gift must be written, or have been before.

    written, _new = Gift.objects.get_or_create(key=offer.unique(gift), defaults=offer.columns(gift))
    if any(getattr(written, name) != value for name, value in offer.content(gift).items()):
        raise GiftKeyReused(Fault(where="key", message="Cette clé est celle d’un autre don."))
    return written


@traced("don retiré")
@transaction.atomic
def withdraw_gift(*, actor: Actor, gift_id: int, at: datetime) -> Gift:
    """Take back what a donor declared: it stays, and counts no more. Withdrawn again, nothing changes. Only by its donor."""
    actor.require(Deed.GIFT_DECLARE)
    perimeter, _name = donor_of(actor)
    gift = Gift.objects.select_for_update().filter(pk=gift_id, donor=perimeter).first()
    if gift is None or not perimeter:
        raise NotFound(detail="Aucun don de ce numéro parmi les vôtres.")
    # After this point, the gift must be withdrawn.

    if gift.withdrawn_at is None:
        gift.withdrawn_by, gift.withdrawn_at = actor.by, at
        gift.save(update_fields=["withdrawn_by", "withdrawn_at"])
    return gift


# ------------------------------------------------------------------ judging


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What a donor declares at once, and what is known of it: facilities by number, families by code. Four queries."""

    actor: Actor
    donor: str
    donor_name: str
    facilities: Mapping[str, Facility]
    families: frozenset[str]
    at: datetime

    @classmethod
    def of(cls, actor: Actor, gifts: Sequence[NewGift], *, at: datetime) -> "_Offer":
        actor.require(Deed.GIFT_DECLARE)
        donor, donor_name = donor_of(actor)
        if not donor:
            raise Forbidden(detail="Votre profil ne dit pas pour quel donateur vous déclarez.")
        numbers = {gift.registry for gift in gifts if "\0" not in gift.registry}
        found = served_by(actor).filter(registry__in=numbers)
        return cls(
            actor=actor,
            donor=donor,
            donor_name=donor_name,
            facilities={each.registry: each for each in found},
            families=frozenset(Family.objects.values_list("code", flat=True)),
            at=at,
        )

    def faults(self, gift: NewGift, *, where: str) -> Iterator[Fault]:
        """Yield everything that is wrong with a gift; `where` begins each place."""
        facility = self.facilities.get(gift.registry)
        if facility is None:
            yield Fault(
                where=f"{where}facility",
                message=f"Aucun établissement « {shown_of(gift.registry)} » dans votre périmètre.",
                remedy="Vérifier le numéro FINESS.",
            )
        elif _was_shut(facility, on=gift.given_on):
            yield Fault(where=f"{where}given_on", message=f"{facility.name} n’était pas ouvert.")
        if gift.family not in self.families:
            yield Fault(
                where=f"{where}family", message=f"Famille inconnue : « {shown_of(gift.family)} »."
            )
        if type(gift.units) is not int or not 0 < gift.units <= MOST_UNITS:
            yield Fault(
                where=f"{where}units", message=f"Un don compte de 1 à {MOST_UNITS} unités entières."
            )
        today = self.at.astimezone(PARIS).date()
        if not today - MEMORY <= gift.given_on <= today:
            yield Fault(
                where=f"{where}given_on",
                message="Un don est déclaré une fois remis, dans l’année.",
                remedy="Donner le jour de la remise.",
            )
        yield from _text_faults(gift, where=where)

    def unique(self, gift: NewGift) -> str:
        """Return the key that is kept: a donor never meets another's."""
        text = f"{self.donor}|{gift.key}"
        return sha256(text.encode()).hexdigest()[:KEY_LENGTH]

    def content(self, gift: NewGift) -> dict[str, object]:
        """Return what makes a gift the same."""
        return {
            "donor": self.donor,
            "facility_id": self.facilities[gift.registry].pk,
            "family_id": gift.family,
            "units": gift.units,
            "given_on": gift.given_on,
        }

    def columns(self, gift: NewGift) -> dict[str, object]:
        """Return all that is written of a gift."""
        return {
            **self.content(gift),
            "donor_name": self.donor_name,
            "words": gift.words.strip(),
            "by": self.actor.by,
            "at": self.at,
        }


def _was_shut(facility: Facility, *, on: date) -> bool:
    opened, closed = facility.opened_on, facility.closed_on
    return (opened is not None and on < opened) or (closed is not None and on >= closed)


def _text_faults(gift: NewGift, *, where: str) -> Iterator[Fault]:
    if not gift.key.strip() or "\0" in gift.key or len(gift.key) > KEY_LENGTH:
        yield Fault(where=f"{where}key", message=f"Il faut une clé de 1 à {KEY_LENGTH} caractères.")
    if "\0" in gift.words or len(gift.words.strip()) > WORDS_LENGTH:
        yield Fault(
            where=f"{where}words",
            message=f"Ce texte compte au plus {WORDS_LENGTH} caractères lisibles.",
        )


# ------------------------------------------------------------------ a file


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedGifts:
    """What became of a file: its lines, how many it declared (or would), how many were known already, every fault."""

    lines: int
    declared: int
    known: int
    refused: Sequence[Fault]
    applied: bool


@traced("dons importés")
@transaction.atomic
def import_gifts(
    *, actor: Actor, name: str, content: bytes, at: datetime, dry_run: bool = False
) -> ImportedGifts:
    """
    Declare all the gifts that a CSV or XLSX file says, or none of them. The same line sent again is known already.

    Columns in any order: facility, family, units, day, and words where they are given. Faults are in the answer.
    """
    actor.require(Deed.GIFT_DECLARE)
    sheet = _read(name=name, content=content)
    gifts = [gift for _number, gift in sheet.gifts]
    offer = _Offer.of(actor, gifts, at=at)
    for number, gift in sheet.gifts:
        sheet.faults += [
            line_fault(
                number,
                column=fault.where,
                message=fault.message,
                remedy=fault.remedy,
                code=f"gift-{fault.where}",
            )
            for fault in offer.faults(gift, where="")
        ]
    keys = {offer.unique(gift): gift for gift in gifts}
    known = set(Gift.objects.filter(key__in=list(keys)).values_list("key", flat=True))
    applied = not sheet.faults and not dry_run
    if applied:
        Gift.objects.bulk_create(
            [
                Gift(key=key, **offer.columns(gift))
                for key, gift in sorted(keys.items())
                if key not in known
            ],
            ignore_conflicts=True,
        )
    return ImportedGifts(
        lines=sheet.count,
        declared=len(keys) - len(known),
        known=len(known),
        refused=sorted(sheet.faults, key=lambda fault: fault.values.get("line", 0)),
        applied=applied,
    )


_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "facility": ("établissement", "FINESS", "numéro FINESS", "n° FINESS", "numéro", "facility"),
    "family": ("famille", "famille d’article", "article", "EPI", "family"),
    "units": ("unités", "quantité", "nombre", "units"),
    "given_on": ("donné le", "date", "jour", "remis le", "given on"),
    "words": ("précisions", "remarque", "note", "words"),
}
_COLUMNS: Final = {plain(name): column for column, names in _HEADINGS.items() for name in names}
_REQUIRED: Final = ("facility", "family", "units", "given_on")
_PASSED_OVER: Final = frozenset({"nom", "commune", "departement", "nom_de_l_etablissement"})


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """What a file says: its gifts by line, the lines that could not be read, every fault."""

    gifts: list[tuple[int, NewGift]] = field(default_factory=list)
    unread: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0


def _read(*, name: str, content: bytes) -> _Sheet:
    sheet = _Sheet()
    try:
        _read_rows(sheet, name=name, content=content)
    except FileRefused as refused:
        sheet.faults.append(
            Fault(
                where="file",
                message=refused.message,
                remedy=refused.remedy,
                values={"code": refused.code},
            )
        )
    return sheet


def _read_rows(sheet: _Sheet, *, name: str, content: bytes) -> None:
    rows = read_table(name=name, content=content).rows
    _number, headings = next(rows, (0, ()))
    places = _places_of(headings)
    families = _family_names()
    seen: dict[tuple[object, ...], int] = {}
    for number, row in rows:
        _read_line(sheet, number, _cells(row, places), families=families, seen=seen)
    if not sheet.count:
        raise FileRefused(
            "Le fichier ne contient aucun don.",
            remedy="Remplissez une ligne par don.",
            code="file-empty",
        )


def _places_of(headings: Sequence[Cell]) -> dict[str, int]:
    places: dict[str, int] = {}
    wrong = []
    for place, heading in enumerate(headings):
        word = plain(str(heading or ""))
        column = _COLUMNS.get(word)
        if column is not None and column not in places:
            places[column] = place
        elif word and word not in _PASSED_OVER:
            wrong.append(f"la colonne « {shown_of(str(heading))} » est de trop")
    wrong += [
        f"la colonne « {_HEADINGS[name][0]} » manque" for name in _REQUIRED if name not in places
    ]
    if wrong:
        names = ", ".join(each[0] for each in _HEADINGS.values())
        raise FileRefused(
            f"Les colonnes ne conviennent pas : {' ; '.join(wrong[:10])}.",
            remedy=f"Colonnes attendues, dans n’importe quel ordre : {names}.",
            code="columns",
        )
    return places


def _cells(row: Sequence[Cell], places: Mapping[str, int]) -> dict[str, Cell]:
    return {name: row[place] if place < len(row) else None for name, place in places.items()}


def _family_names() -> dict[str, str]:
    found = {}
    for code, *names in Family.objects.values_list("code", "code", "name", "plural"):
        found.update({plain(each): code for each in names})
    return found


def _read_line(
    sheet: _Sheet,
    number: int,
    cells: Mapping[str, Cell],
    *,
    families: Mapping[str, str],
    seen: dict[tuple[object, ...], int],
) -> None:
    sheet.count += 1
    if sheet.count > MOST_LINES:
        raise FileRefused(
            f"Le fichier dépasse {MOST_LINES} lignes.",
            remedy="Envoyez-le en plusieurs parties.",
            code="too-many-rows",
        )
    before = len(sheet.faults)
    units = _units(sheet, number, cells.get("units"))
    given_on = _day(sheet, number, cells.get("given_on"))
    if len(sheet.faults) > before or units is None or given_on is None:
        sheet.unread.add(number)
        return
    registry = registry_of(cells.get("facility"))
    text = str(cells.get("family") or "")
    family = families.get(plain(text), text)
    said = (registry, family, units, given_on)
    # Two gifts of one day that are alike are two: their rank tells them apart, in this file and when it comes again.
    seen[said] = seen.get(said, 0) + 1
    digest = sha256("|".join(map(str, (*said, seen[said]))).encode()).hexdigest()
    gift = NewGift(
        registry=registry,
        family=family,
        units=units,
        given_on=given_on,
        words=str(cells.get("words") or ""),
        key=f"file:{digest[:40]}",
    )
    sheet.gifts.append((number, gift))


def _units(sheet: _Sheet, number: int, cell: Cell) -> int | None:
    try:
        units = units_of(cell)
    except Unreadable as wrong:
        sheet.faults.append(
            line_fault(
                number, column="units", message=wrong.message, remedy=wrong.remedy, code=wrong.code
            )
        )
        return None
    if units is None:
        sheet.faults.append(
            line_fault(
                number,
                column="units",
                message="la quantité manque.",
                remedy="Indiquez un nombre d’unités.",
                code="units",
            )
        )
    return units


def _day(sheet: _Sheet, number: int, cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell or "").strip()
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no clock
        except ValueError:
            continue
    sheet.faults.append(
        line_fault(
            number,
            column="given_on",
            message=f"« {shown_of(text)} » n’est pas un jour.",
            remedy="Écrivez par exemple 24/04/2020.",
            code="day",
        )
    )
    return None
