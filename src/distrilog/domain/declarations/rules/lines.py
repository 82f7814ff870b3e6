"""What is said of a family, and what is wrong with it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from distrilog.domain.declarations.rules.cover import Band
from distrilog.kernel.refusals import Fault
from distrilog.kernel.weeks import Week


# More than the country uses in a week: such a number is a slip, and bigint sums stay far from their end.
MOST_UNITS: Final = 1_000_000_000
# A site that uses ten boxes a week of everything together loses more time counting than the count tells:
# on so little, the four bands are as precise as a count that is two days old.
SMALL_BOXES_A_WEEK: Final = 10
MOST_LINES: Final = 100
MOST_TROUBLES: Final = 20
LONGEST_WORDS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One family as a facility says it, in units; either a stock or a band. `confirmed`: asked about, and meant."""

    family: str
    stock: int | None = None
    consumption: int | None = None
    band: str = ""
    confirmed: bool = False

    @property
    def content(self) -> tuple[str, int | None, int | None, str]:
        """What makes it the same as another."""
        return (self.family, self.stock, self.consumption, self.band)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A difficulty told with a declaration: codes of `Difficulty.Category` and `.Urgency`; empty family: none in particular."""

    category: str
    urgency: str
    family: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyNeed:
    """A family as a facility needs it: units in a box, units a week in a crisis (0: none)."""

    code: str
    name: str
    box_units: int
    need: int = 0


def is_small(families: Iterable[FamilyNeed]) -> bool:
    """Tell whether a site is small enough for bands: it needs something, and ten boxes a week at most."""
    boxes = sum((Fraction(each.need, each.box_units) for each in families), Fraction(0))
    return 0 < boxes <= SMALL_BOXES_A_WEEK


def line_faults(
    lines: Sequence[Said], *, families: Mapping[str, FamilyNeed], bands_allowed: bool
) -> list[Fault]:
    """Return everything that is wrong with lines, where it is (`lines.<family>.stock`), with the remedy."""
    faults = [] if len(lines) <= MOST_LINES else [_too_many(len(lines))]
    seen: set[str] = set()
    for line in lines[:MOST_LINES]:
        where = f"lines.{line.family[:20]}"
        if line.family not in families:
            faults.append(unknown_family(line.family, where=where))
        elif line.family in seen:
            faults.append(twice(families[line.family].name, where=where))
        else:
            seen.add(line.family)
            faults += value_faults(
                line, family=families[line.family], bands_allowed=bands_allowed, where=where
            )
    return faults


def value_faults(line: Said, *, family: FamilyNeed, bands_allowed: bool, where: str) -> list[Fault]:
    """Return what is wrong with the figures or the band of one line."""
    if line.band:
        return _band_faults(line, family=family, bands_allowed=bands_allowed, where=where)
    faults = [
        fault
        for name, units in (("stock", line.stock), ("consumption", line.consumption))
        if units is not None
        for fault in _units_faults(units, where=f"{where}.{name}", family=family.name)
    ]
    if line.stock is None:
        faults.append(_no_stock(line, family=family.name, where=f"{where}.stock"))
    return faults


def unknown_family(code: str, *, where: str) -> Fault:
    """Say that no family has this code."""
    return Fault(
        where=where,
        message=f"Aucune famille d’article « {code[:30]} ».",
        remedy="Choisissez une famille du catalogue.",
        values={"code": "unknown-family"},
    )


def facility_closed(*, name: str, week: Week, where: str = "facility") -> Fault:
    """Say that a facility was not open in a week."""
    return Fault(
        where=where,
        message=f"{name} n’était pas ouvert la semaine {week}.",
        remedy="Vérifiez la semaine, ou faites corriger le répertoire.",
        values={"code": "facility-closed"},
    )


def twice(name: str, *, where: str) -> Fault:
    """Say that a family was said twice."""
    return Fault(
        where=where,
        message=f"{name} : cette famille figure deux fois.",
        remedy="Gardez une seule ligne par famille.",
        values={"code": "duplicate-family"},
    )


def _too_many(count: int) -> Fault:
    return Fault(
        where="lines",
        message=f"{count} lignes : une déclaration en compte {MOST_LINES} au plus.",
        remedy="Gardez une ligne par famille.",
        values={"code": "too-many-lines"},
    )


def _units_faults(units: int, *, where: str, family: str) -> list[Fault]:
    if 0 <= units <= MOST_UNITS:
        return []
    message, code = (
        (f"{family} : {units} est négatif.", "negative")
        if units < 0
        else (f"{family} : plus d’un milliard d’unités.", "too-large")
    )
    return [
        Fault(
            where=where,
            message=message,
            remedy="Indiquez un nombre d’unités entre 0 et 1 000 000 000.",
            values={"code": code},
        )
    ]


def _no_stock(line: Said, *, family: str, where: str) -> Fault:
    message = (
        f"{family} : une consommation sans stock."
        if line.consumption is not None
        else f"{family} : le stock manque."
    )
    return Fault(
        where=where,
        message=message,
        remedy="Indiquez le stock, 0 s’il n’y en a plus.",
        values={"code": "stock-missing"},
    )


def _band_faults(line: Said, *, family: FamilyNeed, bands_allowed: bool, where: str) -> list[Fault]:
    where = f"{where}.band"
    if line.band not in set(Band):
        message, remedy, code = (
            f"{family.name} : « {line.band[:12]} » n’est pas une tranche.",
            "Choisissez une des tranches proposées.",
            "unknown-band",
        )
    elif not bands_allowed:
        message, remedy, code = (
            f"{family.name} : votre établissement déclare des quantités, pas des tranches.",
            f"Comptez le stock : les tranches sont pour {SMALL_BOXES_A_WEEK} boîtes par semaine au plus.",
            "band-not-allowed",
        )
    elif family.need == 0:
        message, remedy, code = (
            f"{family.name} : sans besoin connu, une tranche ne dit aucune quantité.",
            "Indiquez un nombre d’unités.",
            "band-without-need",
        )
    elif line.stock is not None or line.consumption is not None:
        message, remedy, code = (
            f"{family.name} : une tranche et une quantité à la fois.",
            "Gardez l’une ou l’autre.",
            "band-and-units",
        )
    else:
        return []
    return [Fault(where=where, message=message, remedy=remedy, values={"code": code})]


def trouble_faults(
    troubles: Sequence[Trouble],
    *,
    families: Mapping[str, FamilyNeed],
    categories: Iterable[str],
    urgencies: Iterable[str],
) -> list[Fault]:
    """Return what is wrong with difficulties, where it is (`troubles.0.category`), with the remedy."""
    if len(troubles) > MOST_TROUBLES:
        return [
            Fault(
                where="troubles",
                message=f"{len(troubles)} difficultés : une déclaration en compte {MOST_TROUBLES} au plus.",
                remedy="Regroupez-les.",
            )
        ]
    known = {"category": set(categories), "urgency": set(urgencies), "family": {"", *families}}
    faults = []
    for rank, trouble in enumerate(troubles):
        where = f"troubles.{rank}"
        faults += [
            Fault(
                where=f"{where}.{name}",
                message=f"« {getattr(trouble, name)[:30]} » n’est pas proposé.",
                remedy="Choisissez dans la liste.",
            )
            for name, allowed in known.items()
            if getattr(trouble, name) not in allowed
        ]
        if len(trouble.words) > LONGEST_WORDS or "\0" in trouble.words:
            faults.append(
                Fault(
                    where=f"{where}.words",
                    message=f"Les précisions dépassent {LONGEST_WORDS} caractères, ou contiennent un caractère invisible.",
                    remedy="Abrégez.",
                )
            )
    return faults
