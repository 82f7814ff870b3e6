"""Who could give what to a request, in the order in which help is looked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from distrilog.domain.facilities.models import Facility
from distrilog.domain.quotas.models import Pot
from distrilog.domain.resupply.models import Loan, Request, RequestLine
from distrilog.domain.resupply.queries.spares import Spare, spares
from distrilog.domain.resupply.rules import GRANTED, KIND_NAMES, Kind, PartState, procedure_named
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    What one source could give to a line, in units; `useful` of them are still lacking.

    A neighbour’s has the part it offered (`part_id`), or was proposed (`waits`: it has not said yes). `spare` is
    what it could lend by its declaration, for who decides alone. `place` is a department’s store.
    """

    kind: str
    kind_name: str
    name: str
    units: int
    useful: int
    part_id: int | None = None
    place: str = ""
    metres: int | None = None
    waits: bool = False
    spare: int | None = None
    terms: str = ""
    return_by: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSources:
    """The ranked sources of a line. Units; `left` is what nobody has granted yet."""

    line: int
    family: str
    family_name: str
    box_units: int
    units: int
    left: int
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where the State helps from: SPF, overseas the store of the zone."""

    spf: str
    overseas: Mapping[str, str]

    @classmethod
    def read(cls) -> Self:
        """Read the places. One query."""
        places = Place.objects.filter(kind__in=[Place.Kind.SPF, Place.Kind.OVERSEAS])
        rows = list(places.order_by("-code").values_list("code", "kind", "zone_id"))
        return cls(
            spf=next((code for code, kind, _ in reversed(rows) if kind == Place.Kind.SPF), ""),
            overseas={zone: code for code, kind, zone in rows if kind == Place.Kind.OVERSEAS},
        )

    def of(self, facility: Facility) -> str:
        """Return the place that helps a facility whose department was read."""
        return self.overseas.get(facility.department.zone_id, self.spf)


def sources_for(*, reference: str, scope: Scope, at: datetime) -> list[LineSources]:
    """Return the ranked sources of each line of a request of the scope. A fixed number of queries."""
    request = (
        Request.objects.within(scope)
        .select_related("facility__department__zone")
        .filter(reference=reference)
        .first()
    )
    if request is None:
        raise NotFound(
            detail="Aucune demande de dépannage de cette référence dans votre périmètre."
        )
    kinds = procedure_named(request.procedure).kinds
    free = stock.available()
    pots = _pots(request, at=at) if Kind.POT in kinds else {}
    stores = _stores(request) if Kind.DEPARTMENT in kinds else []
    lines = list(
        request.lines.select_related("family")
        .order_by("family__position", "pk")
        .prefetch_related("parts__lender", "parts__loan")
    )
    asked = {
        part.lender_id for line in lines for part in line.parts.all() if part.lender_id is not None
    }
    spare = spares(facilities=asked, at=at) if asked else {}
    state = State.read().of(request.facility)
    return [
        LineSources(
            line=line.pk,
            family=line.family_id,
            family_name=line.family.name,
            box_units=line.box_units,
            units=line.units,
            left=left(line),
            sources=[
                *_neighbours(line, spare),
                *_departments(line, stores, free),
                *([_pot(line, pots)] if Kind.POT in kinds else []),
                *([_state(line, state, free)] if Kind.STATE in kinds else []),
            ],
        )
        for line in lines
    ]


def _neighbours(line: RequestLine, spare: Mapping[tuple[int, str], Spare]) -> Iterator[Source]:
    """Those who said yes first, then those who have not answered, by distance."""
    parts = [
        part
        for part in line.parts.all()
        if part.state in {PartState.OFFERED, PartState.PROPOSED} and part.lender is not None
    ]
    parts.sort(key=lambda part: (part.state == PartState.PROPOSED, part.metres or 0, part.pk))
    for part in parts:
        found = spare.get((part.lender_id or 0, line.family_id))
        waits = part.state == PartState.PROPOSED
        loan: Loan | None = getattr(part, "loan", None)
        yield Source(
            kind=Kind.NEIGHBOUR,
            kind_name=KIND_NAMES[Kind.NEIGHBOUR],
            name=part.lender.main_address_label if part.lender else "",
            units=part.units,
            useful=0 if waits else _whole(min(part.units, left(line)), line),
            part_id=part.pk,
            metres=part.metres,
            waits=waits,
            spare=(found.units if found else 0) + (0 if waits else part.units),
            terms=loan.terms if loan else "",
            return_by=loan.return_by if loan else None,
            note="N’a pas encore répondu." if waits else part.reason,
        )


def _departments(
    line: RequestLine, stores: Sequence[Place], free: Mapping[tuple[str, str], int]
) -> Iterator[Source]:
    for store in stores:
        units = free.get((store.code, line.family_id), 0)
        if units:
            yield Source(
                kind=Kind.DEPARTMENT,
                kind_name=KIND_NAMES[Kind.DEPARTMENT],
                name=store.name,
                units=units,
                useful=_whole(min(units, left(line)), line),
                place=store.code,
            )


def _pot(line: RequestLine, pots: Mapping[str, int]) -> Source:
    units = pots.get(line.family_id, 0)
    return Source(
        kind=Kind.POT,
        kind_name=KIND_NAMES[Kind.POT],
        name="Pot commun de la semaine",
        units=units,
        useful=_whole(min(units, left(line)), line),
        note="" if units else "Rien dans le pot de cette semaine.",
    )


def _state(line: RequestLine, place: str, free: Mapping[tuple[str, str], int]) -> Source:
    units = free.get((place, line.family_id), 0)
    return Source(
        kind=Kind.STATE,
        kind_name=KIND_NAMES[Kind.STATE],
        name="Santé publique France",
        units=units,
        useful=_whole(min(units, left(line)), line),
        note="" if units else "Rien de libre : le reste est promis aux contingents.",
    )


def left(line: RequestLine) -> int:
    """Return the units of a line, its parts read, that nobody has granted yet."""
    granted = sum(part.units for part in line.parts.all() if part.state in GRANTED)
    return max(0, line.units - granted)


def _whole(units: int, line: RequestLine) -> int:
    return units // line.box_units * line.box_units


def _pots(request: Request, *, at: datetime) -> dict[str, int]:
    """Return what is left of the region's pots of the week that draw on the place that serves the facility."""
    facility = request.facility
    week = Week.at(at, ZoneInfo(facility.department.zone.time_zone))
    source = State.read().of(facility) if facility.route == Place.Kind.OVERSEAS else facility.route
    rows = Pot.objects.filter(
        region=facility.department.region_id, week=str(week), source=source, closed=False
    )
    return {row.family_id: row.left for row in rows}


def _stores(request: Request) -> list[Place]:
    """Return the emergency stores of the region, the facility's own department first."""
    department = request.facility.department
    rows = Place.objects.filter(
        kind=Place.Kind.DEPARTMENT, department__region=department.region_id
    ).order_by("code")
    return sorted(rows, key=lambda store: store.department_id != department.code)
