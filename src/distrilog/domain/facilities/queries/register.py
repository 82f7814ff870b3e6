"""Questions to the register: a fixed number of statements, whatever the number of facilities."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from django.db import connection
from django.db.models import Count, Q
from numpy.typing import NDArray

from distrilog.domain.facilities.models import (
    Address,
    Capacity,
    Category,
    Department,
    Facility,
    FacilityQuerySet,
    Staff,
    Territory,
)
from distrilog.domain.facilities.rules import Features, Perimeter, Register, State, Value
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.scopes import Scope


PAGE_SIZE = 50
LARGEST_PAGE = 500
MOST_SEARCH_WORDS = 6
NUL = "\0"  # PostgreSQL has no such character in a text: nothing can match it
Order = Literal["registry", "name"]

# Byte order, so that it is the same on any machine and equal to NumPy's.
_FACILITIES = """
    SELECT f.id, f.registry, f.category_id, c."group", f.department_id, d.region_id, d.zone_id, f.route
    FROM facilities_facility f
    JOIN facilities_category c ON c.code = f.category_id
    JOIN facilities_department d ON d.code = f.department_id
    WHERE c."group" <> %(pharmacy)s
      AND (f.opened_on IS NULL OR f.opened_on <= %(on)s)
      AND (f.closed_on IS NULL OR f.closed_on > %(on)s)
      AND (%(ids)s::bigint[] IS NULL OR f.id = ANY (%(ids)s))
    ORDER BY f.registry COLLATE "C"
"""
_PLACES = """
    SELECT activity, array_agg(facility_id), array_agg(places)
    FROM facilities_capacity WHERE facility_id = ANY (%s) GROUP BY activity
"""
_STAFF = """
    SELECT role, array_agg(facility_id), array_agg(headcount)
    FROM facilities_staff WHERE facility_id = ANY (%s) GROUP BY role
"""


def features(*, on: date, ids: Sequence[int] | None = None) -> Features:
    """Return the facilities open on a day, pharmacies left out, as columns; in three statements."""
    given = {
        "on": on,
        "ids": None if ids is None else list(ids),
        "pharmacy": Category.Group.PHARMACY.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACILITIES, given)
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * 8
        found = np.array(columns[0], dtype=np.int64)
        ranks = np.argsort(found)
        cursor.execute(_PLACES, [list(columns[0])])
        places = _spread(cursor.fetchall(), names=Capacity.Activity.values, ids=found, ranks=ranks)
        cursor.execute(_STAFF, [list(columns[0])])
        staff = _spread(cursor.fetchall(), names=Staff.Role.values, ids=found, ranks=ranks)
    return Features(
        ids=found,
        registries=np.array([registry.encode() for registry in columns[1]], dtype="S20"),
        categories=np.array(columns[2], dtype="U8"),
        groups=np.array(columns[3], dtype="U16"),
        departments=np.array(columns[4], dtype="U3"),
        regions=np.array(columns[5], dtype="U3"),
        zones=np.array(columns[6], dtype="U20"),
        routes=np.array(columns[7], dtype="U12"),
        places=places,
        staff=staff,
    )


def _spread(
    rows: Sequence[tuple[Any, ...]],
    *,
    names: Sequence[str],
    ids: NDArray[np.int64],
    ranks: NDArray[np.int64],
) -> dict[str, NDArray[np.int64]]:
    """Put values known by facility id at the facility's row; zero elsewhere."""
    spread = {name: np.zeros(len(ids), dtype=np.int64) for name in names}
    for name, holders, values in rows:
        at = ranks[np.searchsorted(ids, np.array(holders, dtype=np.int64), sorter=ranks)]
        spread[name][at] = values
    return spread


def get(*, registry: str, scope: Scope) -> Facility:
    """Return one facility of a scope with its category, department, region and zone, or NotFound."""
    found = (
        Facility.objects.within(scope)
        .select_related("category", "department__region", "department__zone")
        .filter(registry=registry.replace(NUL, " "))
        .first()
    )
    if found is None:
        raise NotFound(
            Fault(
                where="facility",
                message=f"Aucun établissement « {registry[:20]} » dans votre périmètre.",
                remedy="Vérifiez le numéro FINESS, ou demandez à votre ARS.",
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some facilities of a list; `after` is the cursor of the next page, empty on the last one."""

    facilities: Sequence[Facility]
    after: str


def listing(
    *,
    scope: Scope,
    search: str = "",
    region: str = "",
    department: str = "",
    category: str = "",
    group: str = "",
    open_on: date | None = None,
    order: Order = "registry",
    after: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """Return one page of the facilities of a scope, in one statement; keyset, so no page is dear."""
    rows = matching(
        scope=scope,
        search=search,
        region=region,
        department=department,
        category=category,
        group=group,
        open_on=open_on,
    )
    size = max(1, min(size, LARGEST_PAGE))
    keys = ("name", "registry") if order == "name" else ("registry",)
    if after:
        rows = rows.filter(_beyond(keys=keys, values=_read_cursor(after, width=len(keys))))
    found = list(rows.select_related("category", "department__region").order_by(*keys)[: size + 1])
    more = len(found) > size
    last = found[size - 1] if more else None
    return Page(
        facilities=found[:size],
        after=_write_cursor([getattr(last, key) for key in keys]) if last else "",
    )


def matching(
    *,
    scope: Scope,
    search: str = "",
    region: str = "",
    department: str = "",
    category: str = "",
    group: str = "",
    open_on: date | None = None,
) -> FacilityQuerySet:
    """Return the facilities of a scope that answer a search; each word is in the name, town or number."""
    rows = Facility.objects.within(scope)
    for word in search.replace(NUL, " ").split()[:MOST_SEARCH_WORDS]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(commune__icontains=word)
            | Q(registry__istartswith=word)
            | Q(department_id=word)
        )
    exact = {
        "department__region_id": region,
        "department_id": department,
        "category_id": category,
        "category__group": group,
    }
    rows = rows.filter(**{key: value.replace(NUL, " ") for key, value in exact.items() if value})
    return rows if open_on is None else rows.open_on(open_on)


def _beyond(*, keys: Sequence[str], values: Sequence[str]) -> Q:
    """Return the condition "comes after these values in the order of these keys"."""
    condition = Q()
    for depth in range(len(keys)):
        equal = dict(zip(keys[:depth], values[:depth], strict=True))
        condition |= Q(**equal, **{f"{keys[depth]}__gt": values[depth]})
    return condition


def _write_cursor(values: Sequence[str]) -> str:
    """Return a cursor that a URL can carry."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, *, width: int) -> list[str]:
    """Return the values of a cursor, or refuse one that is not ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        values = None
    good = isinstance(values, list) and len(values) == width
    if not good or not all(isinstance(value, str) and NUL not in value for value in values):
        raise Invalid(
            Fault(
                where="after",
                message="Ce repère de page n’est pas reconnu.",
                remedy="Reprenez la liste depuis sa première page.",
            )
        )
    return list(values)


def addresses_for(*, facility: Facility, on: date) -> list[Address]:
    """
    Return where a facility may be delivered on a day: its own addresses, main one first, then its platform's main.

    Each address comes with the facility it belongs to; one statement.
    """
    platforms = Territory.objects.filter(
        attachments__facility=facility, attachments__period__contains=on
    ).values("platform")
    found = Address.objects.select_related("facility").filter(
        Q(facility=facility) | Q(facility__in=platforms, main=True)
    )
    return sorted(
        found, key=lambda row: (row.facility_id != facility.pk, not row.main, row.label, row.pk)
    )


def territory_of(*, facility: Facility, on: date) -> Territory | None:
    """Return the territory that serves a facility on a day, with its platform and region, if any."""
    return (
        Territory.objects.select_related("platform", "region")
        .filter(attachments__facility=facility, attachments__period__contains=on)
        .first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """How many facilities of a group a region has."""

    region: str
    group: str
    facilities: int


def counts(*, scope: Scope, on: date) -> list[GroupCount]:
    """Return how many facilities are open on a day, by region and group; pharmacies included."""
    rows = (
        Facility.objects.within(scope)
        .open_on(on)
        .values_list("department__region_id", "category__group")
        .annotate(facilities=Count("pk"))
        .order_by("department__region_id", "category__group")
    )
    return [
        GroupCount(region=region, group=group, facilities=facilities)
        for region, group, facilities in rows
    ]


STATE_COLUMNS = (
    "name",
    "category_id",
    "department_id",
    "commune_code",
    "commune",
    "latitude",
    "longitude",
    "legal_entity",
    "siret",
    "status",
    "opened_on",
    "closed_on",
)
STATE_KEYS = tuple(column.removesuffix("_id") for column in STATE_COLUMNS)
ADDRESS_KEYS = ("street", "postcode", "city")


def states(*, registries: Sequence[str] | None = None) -> dict[str, State]:
    """
    Return facilities as flat states by number (see `rules.delta`), in four statements.

    Zero places or staff are absent; dates are ISO text; the address is the main one.
    """
    chosen = Facility.objects.all()
    if registries is not None:
        chosen = chosen.filter(registry__in=registries)
    found: dict[int, tuple[str, dict[str, Value]]] = {}
    for number, registry, *values in chosen.values_list("pk", "registry", *STATE_COLUMNS):
        state = dict(zip(STATE_KEYS, values, strict=True))
        dates = {key: state[key].isoformat() for key in ("opened_on", "closed_on") if state[key]}
        found[number] = (registry, state | dates)
    extra: list[tuple[str, Any]] = [
        ("places", Capacity.objects.values_list("facility_id", "activity", "places")),
        ("staff", Staff.objects.values_list("facility_id", "role", "headcount")),
    ]
    for prefix, rows in extra:
        narrowed = rows if registries is None else rows.filter(facility__registry__in=registries)
        for number, key, value in narrowed:
            found[number][1][f"{prefix}.{key}"] = value
    addresses = Address.objects.filter(main=True).values_list("facility_id", *ADDRESS_KEYS)
    if registries is not None:
        addresses = addresses.filter(facility__registry__in=registries)
    for number, *values in addresses:
        keys = (f"address.{key}" for key in ADDRESS_KEYS)
        found[number][1].update(zip(keys, values, strict=True))
    return dict(found.values())


def register(*, perimeter: Perimeter, on: date) -> Register:
    """Return what the register holds when a file comes that is dated of a day."""
    within = Facility.objects.within(perimeter.scope).open_on(on)
    if perimeter.official:
        within = within.filter(fictitious=False)
    return Register(
        states=states(),
        categories=frozenset(Category.objects.values_list("code", flat=True)),
        departments=dict(Department.objects.values_list("code", "region_id")),
        closable=frozenset(
            registry
            for registry in within.values_list("registry", flat=True)
            if perimeter.covers(registry)
        ),
    )
