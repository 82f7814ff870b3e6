"""2020 played again: the last replay as a picture and a table, beside what the sources print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import reference as circular
from distrilog.domain.distribution.rules.printed import read_number
from distrilog.domain.facilities.models import Region
from distrilog.domain.simulation import queries, reference
from distrilog.domain.simulation.rules import (
    Chain,
    Printed,
    Replayed,
    ShareOfTerritory,
    WeekOfFamily,
    compare,
    replayed_from,
    shares_of_territories,
)
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import PUBLIC, needs
from distrilog.web.transparency.drawing import NARROW, WIDE, Picture, picture_of


OCCITANIE: Final = "76"
# What the picture names, by week: the words of the sources.
MOMENTS: Final[Mapping[str, str]] = {
    "2020-W12": "19 mars : premier envoi",
    "2020-W13": "26 mars : seconde instruction",
    "2020-W41": "S41 : dernière livraison",
    "2020-W42": "commandes sous contingent",
}
_COLUMNS: Final[Mapping[str, int]] = {"surgical_mask": 1, "ffp2": 3}
# The names of the document of 24 April, in its order, as the register's codes of the same groups.
_TERRITORIES: Final = (
    "76113", "76101", "76103", "76104", "76110", "76107", "76109",
    "76114", "76106", "76102", "76105", "76108", "76112", "76111",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One week of the table: `units` is what it gave of the country, or of the region asked for."""

    row: WeekOfFamily
    units: int
    pharmacies: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A platform's two shares of its region, as drawn (thousandths) and as written."""

    share: ShareOfTerritory
    printed: str
    computed: str


@require_safe
@needs(PUBLIC)
def page(request: HttpRequest) -> HttpResponse:
    """Show the last replay kept, one family and one area at a time."""
    kept = queries.latest()
    context: dict[str, Any] = {
        "kept": kept,
        "hypotheses": reference.hypotheses(),
        "printed": reference.printed(),
    }
    if kept is not None:
        context |= _shown(request, replayed_from(kept.result))
    return render(request, "transparency/replay.html", context)


def _shown(request: HttpRequest, replayed: Replayed) -> dict[str, Any]:
    families = _families(replayed)
    asked = request.GET.get("famille", "")
    family = asked if asked in families else next(iter(families), "")
    region = OCCITANIE if request.GET.get("territoire") == OCCITANIE else ""
    rows = [row for row in replayed.weeks if row.family == family]
    units = {row.week: row.regions.get(region, 0) if region else row.given for row in rows}
    pharmacies = _pharmacies(replayed, region=region, family=family)
    printed = [
        each
        for each in reference.printed()
        if each.region == region and family in each.families and each.times == 1 and replayed.whole
    ]
    occitanie = Region.objects.filter(pk=OCCITANIE).values_list("name", flat=True).first()
    region_name = occitanie or "Occitanie"
    everywhere = "tout le pays" if replayed.whole else "la partie du pays rejouée"
    return {
        "replayed": replayed,
        "families": list(families.items()),
        "family": family,
        "family_name": families.get(family, ""),
        "region": region,
        "region_name": region_name,
        "everywhere": everywhere,
        "area": region_name if region else everywhere,
        "lines": [
            Line(row=row, units=units[row.week], pharmacies=pharmacies.get(row.week))
            for row in rows
        ],
        "totals": _totals(rows, units),
        "pictures": _pictures(rows, units=units, region=region, printed=printed),
        "events": [(date.fromisoformat(each.on), each.words) for each in replayed.events],
        "has_requisition": not region and any(row.sources.get("requisition") for row in rows),
        "has_pharmacies": bool(pharmacies),
        "has_printed": bool(printed),
        "printed_together": any(len(each.families) > 1 for each in printed),
        "comparisons": compare(replayed=replayed, printed=reference.printed()),
        "shares": _shares(replayed),
        "pharmacy_sum": sum(each.units for each in replayed.pharmacies),
    }


def _families(replayed: Replayed) -> dict[str, str]:
    """Return the families of a replay with their names, those of the push chain first."""
    pushed = dict.fromkeys(row.family for row in replayed.weeks if row.chain == Chain.PUSH)
    found = pushed | dict.fromkeys(row.family for row in replayed.weeks)
    names = dict(Family.objects.filter(pk__in=found).values_list("code", "plural"))
    first = sorted(pushed, key=lambda code: code != "surgical_mask")
    return {
        code: names.get(code, code) for code in (*first, *(c for c in found if c not in pushed))
    }


def _pharmacies(replayed: Replayed, *, region: str, family: str) -> dict[str, int]:
    if not region or family != "surgical_mask":
        return {}
    return {each.week: each.units for each in replayed.pharmacies if each.region == region}


def _totals(rows: Sequence[WeekOfFamily], units: Mapping[str, int]) -> dict[str, int]:
    """Return the sums of each chain, of what was given or opened."""
    return {
        chain: sum(units[row.week] for row in rows if row.chain == chain)
        for chain in map(str, Chain)
    }


def _pictures(
    rows: Sequence[WeekOfFamily],
    *,
    units: Mapping[str, int],
    region: str,
    printed: Sequence[Printed],
) -> list[Picture]:
    if not rows:
        return []
    figures = [(each.first, each.units) for each in printed]
    wide = picture_of(
        rows=rows,
        units=units,
        needs=not region,
        printed=figures,
        events=MOMENTS.items(),
        frame=WIDE,
    )
    narrow = picture_of(rows=rows, units=units, needs=not region, printed=figures, frame=NARROW)
    return [wide, narrow]


def _shares(replayed: Replayed) -> list[tuple[str, list[Pair]]]:
    """Return what each platform of Occitanie had of the region's delivery, printed and replayed, family by family."""
    if not replayed.territories:
        return []
    *rows, _total = circular.territories().rows
    names = {code: row[0] for code, row in zip(_TERRITORIES, rows, strict=True)}
    found = []
    for family, column in _COLUMNS.items():
        printed = {
            code: int(read_number(row[column]) or 0)
            for code, row in zip(_TERRITORIES, rows, strict=True)
        }
        computed = {
            each.territory: each.units for each in replayed.territories if each.family == family
        }
        shares = shares_of_territories(printed=printed, computed=computed, names=names)
        found.append((family, [_pair(share) for share in shares]))
    return found


def _pair(share: ShareOfTerritory) -> Pair:
    return Pair(share=share, printed=_percent(share.printed), computed=_percent(share.computed))


def _percent(thousandths: int) -> str:
    return f"{french.number(thousandths / 10)}{french.THIN}%"
