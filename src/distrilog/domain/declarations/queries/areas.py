"""Which area is looked at: found, named, and inside the scope of who looks."""

from typing import Any, Final

from distrilog.domain.declarations.queries import cells
from distrilog.domain.declarations.rules.picture import Area, Width
from distrilog.domain.facilities.models import Department, Region, Territory
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


COUNTRY: Final = Area(width=Width.COUNTRY, name="France")
WITHOUT_TERRITORY: Final = "Sans territoire"
_WIDEST: Final[dict[ScopeKind, Width]] = {
    ScopeKind.COUNTRY: Width.COUNTRY,
    ScopeKind.REGION: Width.REGION,
    ScopeKind.DEPARTMENT: Width.DEPARTMENT,
    ScopeKind.TERRITORY: Width.TERRITORY,
}


def widest(scope: Scope) -> Area | None:
    """Return the widest area that a scope may look at, without its name; None for a facility's scope."""
    width = _WIDEST.get(scope.kind)
    return None if width is None else Area(width=width, code=scope.code)


def path_to(*, scope: Scope, width: Width, code: str) -> tuple[Area, ...]:
    """
    Return the areas from the widest that a scope may see down to this one. One or two queries.

    NotFound for an area that does not exist, or is not within the scope.
    """
    # PostgreSQL has no such character in a text: it would refuse loudly.
    path = () if "\0" in code else _path(width, code)
    start = widest(scope)
    places = [rank for rank, area in enumerate(path) if start and _same(area, start)]
    if not places:
        raise NotFound(
            Fault(where="code", message="Ce territoire n’existe pas, ou hors de votre périmètre.")
        )
    return path[places[0] :]


def inside(path: tuple[Area, ...], *, scope: Scope, columns: dict[str, str]) -> str:
    """Return the condition that keeps what is in the last area of a path and in the scope."""
    template = f"{cells.INSIDE[path[-1].width]} AND {cells.WITHIN[scope.kind]}"
    return template.format(**columns)


def values_of(path: tuple[Area, ...], *, scope: Scope) -> dict[str, Any]:
    """Return the values that this condition takes."""
    area, _colon, part = path[-1].code.partition(":")
    return {"area": area, "part": part, "scope": scope.code}


def region_of(path: tuple[Area, ...], *, scope: Scope) -> str:
    """Return the code of the region that an area lies in, whose thresholds judge it; empty for the country."""
    for area in path:
        if area.width is Width.REGION:
            return area.code
    if path[-1].width is Width.COUNTRY:
        return ""
    return _region_of_scope(scope)


def _region_of_scope(scope: Scope) -> str:
    model = Department if scope.kind is ScopeKind.DEPARTMENT else Territory
    return str(model.objects.values_list("region_id", flat=True).get(code=scope.code))


def _same(area: Area, start: Area) -> bool:
    """Tell whether an area of a path is the widest one; a territory's own part is below it."""
    if start.width is Width.TERRITORY and area.width is Width.PART:
        return area.code.partition(":")[2] == start.code
    return (area.width, area.code) == (start.width, start.code)


def _path(width: Width, code: str) -> tuple[Area, ...]:
    match width:
        case Width.COUNTRY:
            return (COUNTRY,)
        case Width.REGION:
            region = Region.objects.filter(code=code).first()
            return (COUNTRY, _region(region)) if region else ()
        case Width.DEPARTMENT:
            return _department(code)
        case Width.TERRITORY:
            territory = Territory.objects.select_related("region").filter(code=code).first()
            return (COUNTRY, _region(territory.region), _territory(territory)) if territory else ()
        case Width.PART:
            return _part(*code.partition(":")[::2])


def _department(code: str) -> tuple[Area, ...]:
    department = Department.objects.select_related("region").filter(code=code).first()
    if department is None:
        return ()
    own = Area(width=Width.DEPARTMENT, code=department.code, name=department.name)
    return (COUNTRY, _region(department.region), own)


def _part(department: str, territory: str) -> tuple[Area, ...]:
    names = dict(Territory.objects.filter(code=territory).values_list("code", "name"))
    names[""] = WITHOUT_TERRITORY
    above = _department(department)
    if not above or territory not in names:
        return ()
    return (*above, Area(width=Width.PART, code=f"{department}:{territory}", name=names[territory]))


def _region(region: Region) -> Area:
    return Area(width=Width.REGION, code=region.code, name=region.name)


def _territory(territory: Territory) -> Area:
    return Area(width=Width.TERRITORY, code=territory.code, name=territory.name)
