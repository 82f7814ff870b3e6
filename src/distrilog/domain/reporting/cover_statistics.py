"""
Open statistics of cover: each department's, region's and the country's finished weeks by family, for anyone.

What fewer than `FEWEST` facilities declared is withheld, and as much beside it as it takes that no total gives it
away, by itself or by difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection

from distrilog.domain.declarations.models import RollUpState
from distrilog.domain.declarations.rules import cover_tenths
from distrilog.domain.reporting.statistics import FEWEST
from distrilog.kernel.weeks import Week


METHOD: Final = (
    (
        "Chaque semaine, les établissements déclarent par famille d’article leur stock et leur consommation. Les "
        "fichiers additionnent ces déclarations par département, région et pays, pour les semaines terminées ; une "
        "déclaration corrigée dans les quatre semaines change les chiffres publiés."
    ),
    (
        "La couverture est le stock déclaré divisé par le besoin de crise de ceux qui ont déclaré, en jours. Un "
        "établissement est en alerte, à surveiller ou couvert selon les seuils en vigueur cette semaine-là pour sa "
        "catégorie, sa région et la famille ; « sans stock » compte parmi les alertes."
    ),
    (
        "Les établissements comptés sont ceux, hors officines, que la doctrine dote d’un besoin. Ceux qui n’ont rien "
        "déclaré ne sont dans aucune somme : lisez toujours la couverture avec le nombre de déclarants."
    ),
    (
        f"Secret : ce que moins de {FEWEST} établissements ont déclaré est retiré. Pour qu’aucun total ne le livre "
        "par différence, les plus petites cellules voisines sont retirées avec, jusqu’à ce que l’ensemble retiré "
        f"compte au moins deux cellules et {FEWEST} déclarants ; à défaut, le total de la région l’est aussi."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCell:
    """
    One week and family of a department, of a region (`department` empty) or of the country (both empty).

    Units, and counts of facilities; from `declared` on, None where withheld.
    """

    week: str
    region: str
    region_name: str
    department: str
    department_name: str
    family: str
    family_name: str
    facilities: int
    asked: int
    declared: int | None
    stock: int | None
    consumption: int | None
    need: int | None
    alert: int | None
    watch: int | None
    covered: int | None
    empty: int | None

    @property
    def withheld(self) -> bool:
        """Tell whether its figures are withheld."""
        return self.declared is None

    @property
    def cover_tenths(self) -> int | None:
        """Tenths of a day that the declared stock lasts; None where withheld, or where nobody declared."""
        if self.stock is None or self.need is None:
            return None
        return cover_tenths(stock=self.stock, need=self.need)


_SECRET: Final[dict[str, Any]] = dict.fromkeys(
    ("declared", "stock", "consumption", "need", "alert", "watch", "covered", "empty")
)
_SUMMED: Final = ("facilities", "asked", *_SECRET)
_CELLS: Final = f"""
    SELECT cell.week, coalesce(region.code, ''), coalesce(region.name, ''),
        coalesce(department.code, ''), coalesce(department.name, ''), family.code, family.name,
        {", ".join(f"cell.{name}" for name in _SUMMED)}
    FROM (
        SELECT week, family_id, region_id, department_id,
            {", ".join(f"sum({name})::bigint AS {name}" for name in _SUMMED)}
        FROM declarations_rollup WHERE week = ANY (%(weeks)s)
        GROUP BY week, family_id,
            GROUPING SETS ((), (region_id), (region_id, department_id))
    ) cell
    JOIN catalogue_family family ON family.code = cell.family_id
    LEFT JOIN facilities_region region ON region.code = cell.region_id
    LEFT JOIN facilities_department department ON department.code = cell.department_id
    ORDER BY cell.week DESC, family.position, family.code, cell.region_id NULLS FIRST,
        cell.department_id NULLS FIRST
"""  # noqa: S608 - constants


def published_weeks(*, at: datetime, limit: int) -> list[str]:
    """Return the latest finished weeks that were rolled up, the latest first. One query."""
    built = RollUpState.objects.filter(built_at__isnull=False, week__lt=str(Week.at(at)))
    return list(built.order_by("-week").values_list("week", flat=True)[:limit])


def open_cells(*, weeks: Sequence[str]) -> list[OpenCell]:
    """Return the cells of some weeks as anyone may see them, the latest week first. One query."""
    names = tuple(OpenCell.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, {"weeks": list(weeks)})
        cells = [OpenCell(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    return withhold(cells)


def withhold(cells: Iterable[OpenCell]) -> list[OpenCell]:
    """Return the same cells, what few declared withheld, and what would give it away."""
    cells = list(cells)
    tables: dict[tuple[str, str], list[OpenCell]] = defaultdict(list)
    for cell in cells:
        tables[cell.week, cell.family].append(cell)
    hidden = {
        (week, family, *key) for (week, family), table in tables.items() for key in _hidden(table)
    }
    return [
        replace(cell, **_SECRET)
        if (cell.week, cell.family, cell.region, cell.department) in hidden
        else cell
        for cell in cells
    ]


@dataclass(frozen=True, slots=True)
class _Region:
    """Departments of a region that declared, the fewest first, and how many of them are withheld."""

    code: str
    departments: tuple[tuple[int, str], ...]
    withheld: int

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The cells of departments that are withheld."""
        return {
            (self.code, department) for _declared, department in self.departments[: self.withheld]
        }

    @property
    def counts(self) -> list[int]:
        """How many declared in each of them."""
        return [declared for declared, _department in self.departments[: self.withheld]]


def _hidden(table: Sequence[OpenCell]) -> set[tuple[str, str]]:
    """Return the cells of one week and family, by region and department, that must be withheld."""
    regions = [_withheld_in(code, table) for code in sorted({cell.region for cell in table} - {""})]
    found = {key for region in regions for key in region.keys}
    untold = [region for region in regions if region.counts and not _kept(region.counts)]
    if not untold:
        return found
    # A region's total would tell: it goes, and, as the country's total would tell that, others with it.
    others = sorted(
        (region for region in regions if region not in untold and region.departments),
        key=lambda region: (sum(declared for declared, _code in region.departments), region.code),
    )
    for region in others:
        if _kept([count for each in untold for count in each.counts]):
            break
        untold.append(_Region(region.code, region.departments, max(1, region.withheld)))
    found |= {key for region in untold for key in region.keys}
    found |= {(region.code, "") for region in untold}
    if not _kept([count for region in untold for count in region.counts]):
        found.add(("", ""))
    return found


def _withheld_in(code: str, table: Sequence[OpenCell]) -> _Region:
    """Withhold a region's departments of few, and the next ones until their sum tells nothing."""
    departments = tuple(
        sorted(
            (cell.declared, cell.department)
            for cell in table
            if cell.region == code and cell.department and cell.declared
        )
    )
    count = sum(declared < FEWEST for declared, _department in departments)
    if count:
        while count < len(departments) and not _kept(
            [declared for declared, _department in departments[:count]]
        ):
            count += 1
    return _Region(code, departments, count)


def _kept(counts: Sequence[int]) -> bool:
    """Tell whether the sum of withheld cells gives none of them away: two at least, and enough who declared."""
    return len(counts) > 1 and sum(counts) >= FEWEST
