"""The places and owners that every installation has, filled once and left as they are afterwards; the others are opened on demand."""

from django.db import transaction

from distrilog.domain.facilities.models import Department, Region, Territory, Zone
from distrilog.domain.stock.models import Owner, Place
from distrilog.domain.stock.rules import CONSORTIUM, DOOR, FACILITIES, LOANS, STATE


# What the operator's warehouse holds (slides of October 2020: 20,000 pallets).
OPERATOR_PALLETS = 20_000
# The second source of March 2020, beside SPF (row B13): what was requisitioned from companies, the State's from then on.
REQUISITION = "requisition"


@transaction.atomic
def seed_places() -> None:
    """
    Add SPF, the operator's warehouse, the requisitioned stocks, the doors of facilities, their loans and a store a zone overseas, where missing.

    The zones must be there: raises `LookupError` otherwise.
    """
    mainland = Zone.objects.filter(overseas=False).order_by("code").first()
    if mainland is None:
        raise LookupError("The zones are not loaded.")
    for code, name in (
        (STATE, "État"),
        (CONSORTIUM, "Groupement d’achat"),
        (FACILITIES, "Établissements"),
    ):
        Owner.objects.get_or_create(code=code, defaults={"name": name})
    for code, kind, name, pallets in (
        ("spf", Place.Kind.SPF, "Santé publique France", None),
        ("operator", Place.Kind.OPERATOR, "Entrepôt de l’opérateur", OPERATOR_PALLETS),
        (REQUISITION, Place.Kind.REQUISITION, "Stocks d’entreprises réquisitionnés", None),
        (CONSORTIUM, Place.Kind.CONSORTIUM, "Stock du groupement", None),
        (DOOR, Place.Kind.DOOR, "Établissements servis", None),
        (LOANS, Place.Kind.LOAN, "Prêts entre établissements", None),
    ):
        Place.objects.get_or_create(
            code=code, defaults={"name": name, "kind": kind, "zone": mainland, "pallets": pallets}
        )
    for zone in Zone.objects.filter(overseas=True):
        Place.objects.get_or_create(
            code=zone.code,
            defaults={
                "name": f"Stock zonal {zone.name}",
                "kind": Place.Kind.OVERSEAS,
                "zone": zone,
            },
        )


@transaction.atomic
def open_department_store(*, department: str) -> Place:
    """
    Return the emergency store of a department, opened where it is missing: `dep-31`.

    Stock enters it as anywhere else. Raises `LookupError` for a department nobody knows.
    """
    found = Department.objects.filter(pk=department).first()
    if found is None:
        raise LookupError(f"No department {department!r}.")
    place, _ = Place.objects.get_or_create(
        code=f"dep-{found.code}",
        defaults={
            "name": f"Stock d’urgence, {found.name}",
            "kind": Place.Kind.DEPARTMENT,
            "zone_id": found.zone_id,
            "department": found,
        },
    )
    return place


@transaction.atomic
def open_regional_store(*, region: str) -> tuple[Place, Owner]:
    """
    Return the store of a region and the agency whose stock it is, opened where they are missing: `reg-76`, `ars-76`.

    Raises `LookupError` for a region nobody knows, or that has no department.
    """
    found = Region.objects.filter(pk=region).first()
    department = Department.objects.filter(region=region).order_by("code").first()
    if found is None or department is None:
        raise LookupError(f"No region {region!r}.")
    place, _ = Place.objects.get_or_create(
        code=f"reg-{found.code}",
        defaults={
            "name": f"Stock régional, {found.name}"[:80],
            "kind": Place.Kind.REGIONAL,
            "zone_id": department.zone_id,
        },
    )
    owner, _ = Owner.objects.get_or_create(
        code=f"ars-{found.code}", defaults={"name": f"ARS {found.name}"[:80]}
    )
    return place, owner


@transaction.atomic
def open_delegation(*, department: str) -> Owner:
    """Return the delegation of a department as an owner, made known where it is missing: `del-31`. Raises `LookupError`."""
    found = Department.objects.filter(pk=department).first()
    if found is None:
        raise LookupError(f"No department {department!r}.")
    owner, _ = Owner.objects.get_or_create(
        code=f"del-{found.code}", defaults={"name": f"Délégation {found.name}"[:80]}
    )
    return owner


@transaction.atomic
def open_platform(*, territory: str) -> Place:
    """
    Return where the platform of a territory keeps what it hands out, opened where it is missing: `ght-MP`.

    Raises `LookupError` for a territory nobody knows, or that no platform serves.
    """
    found = (
        Territory.objects.filter(pk=territory, platform__isnull=False)
        .select_related("platform__department")
        .first()
    )
    if found is None or found.platform is None:
        raise LookupError(f"No platform for {territory!r}.")
    place, _ = Place.objects.get_or_create(
        code=f"ght-{found.code}",
        defaults={
            "name": f"Plateforme {found.name}"[:80],
            "kind": Place.Kind.PLATFORM,
            "zone_id": found.platform.department.zone_id,
            "department": found.platform.department,
        },
    )
    return place
