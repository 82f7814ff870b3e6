"""Whom a region's platforms serve: who is attached nowhere, who may be counted twice, which sites come and go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from distrilog.domain.facilities.models import (
    Attachment,
    Category,
    Facility,
    FacilityQuerySet,
    Territory,
)
from distrilog.domain.facilities.rules import SIRET_PREFIX
from distrilog.kernel.scopes import Scope


def unattached(*, scope: Scope, on: date) -> FacilityQuerySet:
    """Return the facilities open on a day that no platform serves; pharmacies have their wholesaler (row A3)."""
    served = Attachment.objects.filter(
        facility=OuterRef("pk"), period__contains=on, territory__platform__isnull=False
    )
    return (
        Facility.objects.within(scope)
        .open_on(on)
        .exclude(category__group=Category.Group.PHARMACY)
        .exclude(Exists(served))
    )


def attachments_of(*, facility: Facility) -> QuerySet[Attachment]:
    """Return the attachments of a facility, the latest first, with their platforms."""
    return (
        Attachment.objects.filter(facility=facility)
        .select_related("territory__platform")
        .order_by("-period")
    )


def moved(*, scope: Scope, since: date, limit: int = 20) -> QuerySet[Attachment]:
    """Return the attachments of a scope that begin on a day or after it, the latest first."""
    return (
        Attachment.objects.filter(
            facility__in=Facility.objects.within(scope), period__startswith__gte=since
        )
        .select_related("facility", "territory")
        .order_by("-period", "pk")[:limit]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """One place of work that the register knows under several numbers: its need may be counted twice."""

    siret: str
    facilities: Sequence[Facility]


def twice(*, scope: Scope, on: date) -> list[Twins]:
    """
    Return the facilities of a scope open on a day that share a SIRET and a category; one statement.

    Two attachments at once cannot be: the database forbids them.
    """
    rows = (
        Facility.objects.within(scope)
        .open_on(on)
        .filter(~Q(siret="") | Q(registry__startswith=SIRET_PREFIX))
        .select_related("category", "department")
        .order_by("registry")
    )
    others = Facility.objects.open_on(on).exclude(pk=OuterRef("pk"))
    rows = rows.filter(
        Exists(others.filter(siret=OuterRef("siret"), category=OuterRef("category")).exclude(siret=""))
    )  # fmt: skip
    found: dict[tuple[str, str], list[Facility]] = {}
    for row in rows:
        found.setdefault((row.siret, row.category_id), []).append(row)
    return [
        Twins(siret=siret, facilities=facilities)
        for (siret, _category), facilities in sorted(found.items())
    ]


def sites(*, scope: Scope, since: date) -> FacilityQuerySet:
    """Return the temporary COVID sites of a scope, with their `beds`: those not closed, then those closed since a day."""
    return (
        Facility.objects.within(scope)
        .filter(
            Q(closed_on__isnull=True) | Q(closed_on__gte=since),
            category__group=Category.Group.COVID_SITE,
        )
        .select_related("department")
        .annotate(
            beds=Coalesce(Sum("capacities__places"), 0),
        )
        .order_by(F("closed_on").desc(nulls_first=True), "name", "pk")
    )


def territories(*, scope: Scope) -> QuerySet[Territory]:
    """Return the territories that facilities of a scope may be attached to: those of its region."""
    regions = Facility.objects.within(scope).values("department__region").distinct()
    return Territory.objects.filter(region__in=regions).select_related("platform").order_by("name")
