"""Temporary COVID sites: opened and closed in days, known under our own number (003: places for patients out of hospital)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import (
    Address,
    Attachment,
    Capacity,
    Category,
    Department,
    Facility,
    Territory,
)
from distrilog.domain.facilities.queries import get
from distrilog.domain.facilities.rules import OWN_PREFIX, in_reserved_range, own_number
from distrilog.kernel.refusals import Fault, Invalid, Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


CATEGORY: Final = "D-COVID"
CATEGORY_NAME: Final = "Site temporaire d’accueil de patients COVID"
ORIGIN: Final = "site temporaire"
MOST_BEDS: Final = 5000
NAME_LENGTH: Final = 160
_NUMBER_LOCK: Final = "distrilog.facilities.own-number"


class NotTemporary(Refusal):
    """Seul un site temporaire se ferme ici."""

    slug = "not-temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site to open: where it is, its beds, who serves it, and when it is thought to close, if known."""

    name: str
    department: str
    territory: str
    beds: int
    street: str = ""
    postcode: str
    city: str
    opens_on: date
    closes_on: date | None = None
    fictitious: bool = False


@traced("ouverture d’un site temporaire")
@transaction.atomic
def open_site(*, actor: Actor, site: Site, at: datetime) -> Facility:
    """
    Open a temporary site under a number of our own, attached to its platform. Raises Invalid with every fault.

    The doctrine gives it what it gives to places that take patients in: it is in the next plan that begins after it.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    department = Department.objects.select_related("zone").filter(code=site.department).first()
    faults = [
        *_place_faults(site, department=department, scope=actor.scope),
        *_site_faults(site, today=at.astimezone(PARIS).date()),
    ]
    if faults:
        raise Invalid(*faults)
    assert department is not None, "an unknown department was refused above"
    # After this point, the opening must succeed.

    Category.objects.get_or_create(
        code=CATEGORY, defaults={"name": CATEGORY_NAME, "group": Category.Group.COVID_SITE}
    )
    facility = Facility.objects.create(
        registry=_next_number(fictitious=site.fictitious),
        name=site.name.strip(),
        category_id=CATEGORY,
        department=department,
        commune=site.city.strip(),
        status=Facility.Status.PUBLIC,
        route=Facility.Route.OVERSEAS if department.zone.overseas else Facility.Route.OPERATOR,
        opened_on=site.opens_on,
        closed_on=site.closes_on,
        fictitious=site.fictitious,
        origin=ORIGIN,
    )
    Capacity.objects.create(facility=facility, activity=Capacity.Activity.PLACES, places=site.beds)
    Address.objects.create(
        facility=facility,
        street=site.street.strip(),
        postcode=site.postcode.strip(),
        city=site.city.strip(),
    )
    Attachment.objects.create(
        facility=facility,
        territory_id=site.territory,
        period=DateRange(site.opens_on, site.closes_on),
        reason="Ouverture du site",
    )
    return facility


@traced("fermeture d’un site temporaire")
@transaction.atomic
def close_site(*, actor: Actor, registry: str, on: date, at: datetime) -> Facility:
    """
    Close a temporary site from a day on; its attachment ends with it. Raises NotFound, NotTemporary or Invalid.

    A site closed too early opens again under another number: what it received stays under its own.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    facility = get(registry=registry, scope=actor.scope)
    if facility.category.group != Category.Group.COVID_SITE or not registry.startswith(OWN_PREFIX):
        raise NotTemporary(detail=f"{facility.name} se ferme par le répertoire national.")
    today = at.astimezone(PARIS).date()
    if facility.closed_on is not None and facility.closed_on <= today:
        raise Invalid(
            Fault(where="on", message=f"Il est fermé depuis le {facility.closed_on:%d/%m/%Y}.")
        )
    if on < today or (facility.opened_on is not None and on <= facility.opened_on):
        raise Invalid(
            Fault(
                where="on",
                message="Cette date est passée, ou précède l’ouverture.",
                remedy="Choisir aujourd’hui ou plus tard.",
            )
        )
    # After this point, the closing must succeed.

    facility.closed_on = on
    facility.save(update_fields=["closed_on"])
    for row in Attachment.objects.filter(facility=facility, period__contains=on):
        if row.period.lower is not None and row.period.lower < on:
            row.period = DateRange(row.period.lower, on)
            row.save(update_fields=["period"])
        else:
            row.delete()
    Attachment.objects.filter(facility=facility, period__startswith__gt=on).delete()
    return facility


def _next_number(*, fictitious: bool) -> str:
    """Return the next number of our own; two openings at once never take the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_NUMBER_LOCK])
    taken = Facility.objects.filter(registry__startswith=OWN_PREFIX).values_list(
        "registry", flat=True
    )
    # The last digit is the key, the first two the range.
    ranks = [
        int(registry.removeprefix(OWN_PREFIX)[2:-1])
        for registry in taken
        if in_reserved_range(registry) == fictitious
    ]
    return own_number(rank=max(ranks, default=0) + 1, fictitious=fictitious)


def _place_faults(site: Site, *, department: Department | None, scope: Scope) -> Iterator[Fault]:
    region = scope.code if scope.kind is ScopeKind.REGION else ""
    if department is None or (region and department.region_id != region):
        yield Fault(
            where="department",
            message="Ce département n’est pas de votre région.",
            remedy="Choisir dans la liste.",
        )
        return
    territory = Territory.objects.filter(code=site.territory).first()
    if territory is None or territory.region_id != department.region_id:
        yield Fault(
            where="territory",
            message="Ce territoire n’est pas de cette région.",
            remedy="Choisir dans la liste.",
        )
    elif territory.platform_id is None:
        yield Fault(where="territory", message="Ce territoire n’a pas d’établissement support.")


def _site_faults(site: Site, *, today: date) -> Iterator[Fault]:
    if not site.name.strip() or len(site.name) > NAME_LENGTH:
        yield Fault(where="name", message=f"Écrivez le nom, en {NAME_LENGTH} caractères au plus.")
    if not 1 <= site.beds <= MOST_BEDS:
        yield Fault(where="beds", message=f"Un site a de 1 à {MOST_BEDS} lits.")
    if not site.postcode.strip().isdecimal() or len(site.postcode.strip()) != 5:  # noqa: PLR2004
        yield Fault(where="postcode", message="Le code postal a cinq chiffres.")
    if not site.city.strip() or len(site.city) > 80:  # noqa: PLR2004 - the column’s
        yield Fault(where="city", message="Écrivez la ville, en 80 caractères au plus.")
    if site.opens_on < today:
        yield Fault(
            where="opens_on",
            message="L’ouverture est passée.",
            remedy="Choisir aujourd’hui ou plus tard.",
        )
    if site.closes_on is not None and site.closes_on <= site.opens_on:
        yield Fault(where="closes_on", message="La fermeture précède l’ouverture.")
