"""What others than the State say they gave facilities (row E7): what a need is computed with, and what each may read of it."""

from datetime import date, datetime

from django.db.models import QuerySet, Sum

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.declarations.models import Gift
from distrilog.domain.facilities.models import Department, Facility, Region
from distrilog.kernel.scopes import Scope


# The kinds of donors, as the perimeters of their profiles begin.
DONOR_NAMES = {
    "region": "Région",
    "department": "Département",
    "prefecture": "Préfecture",
    "profession": "Profession",
}


def given(*, family: str, after: datetime, until: datetime) -> dict[int, int]:
    """
    Return units by facility id that donors said they gave of a family, after a moment and until another, included. One query.

    Counted when it was said, not when it was given: what is told late is counted late, but once. What was withdrawn is not counted.
    """
    told = Gift.objects.filter(
        family=family, withdrawn_at__isnull=True, at__gt=after, at__lte=until
    )
    return dict(told.order_by().values_list("facility").annotate(Sum("units")))


def donor_of(actor: Actor) -> tuple[str, str]:
    """Return the perimeter and the name of the donor that somebody acts for; both empty for who is no donor. Two queries."""
    if actor.role is not Role.DONOR:
        return "", ""
    perimeter = Profile.objects.filter(pk=actor.profile).values_list("perimeter", flat=True).first()
    if not perimeter:
        return "", ""
    kind, _colon, code = perimeter.partition(":")
    places = Region.objects if kind == "region" else Department.objects
    name = code
    if kind != "profession":
        name = places.filter(pk=code).values_list("name", flat=True).first() or code
    return perimeter, f"{DONOR_NAMES.get(kind, 'Donateur')} {name}".strip()[:120]


def served_by(actor: Actor) -> QuerySet[Facility]:
    """Return the facilities that a donor may give to: those of its scope; a profession, which has none, any by its number."""
    perimeter, _name = donor_of(actor)
    if perimeter.startswith("profession:"):
        return Facility.objects.all()
    return Facility.objects.within(actor.scope)


def gifts(*, actor: Actor) -> QuerySet[Gift]:
    """
    Return what somebody may read of gifts, the last first: a donor, its own; whoever watches facilities, those of its scope.

    A donor of a region or a department reads besides what others gave there: splits stay coherent (row E7).
    """
    actor.require(Deed.GIFT_READ)
    rows = Gift.objects.select_related("facility__department", "facility__category", "family")
    perimeter, _name = donor_of(actor)
    seen = rows.filter(facility__in=Facility.objects.within(actor.scope))
    if perimeter:
        seen = rows.filter(donor=perimeter) | seen
    return seen.order_by("-given_on", "-pk")


def given_to(*, scope: Scope, since: date) -> dict[str, int]:
    """Return the units by family that donors say they gave facilities of a scope since a day, that day included. One query."""
    rows = Gift.objects.filter(
        facility__in=Facility.objects.within(scope),
        given_on__gte=since,
        withdrawn_at__isnull=True,
    )
    return dict(rows.order_by().values_list("family").annotate(Sum("units")))
