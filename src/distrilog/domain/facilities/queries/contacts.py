"""Who answers for what on a day, and who is missing (row A4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from distrilog.domain.facilities.models import (
    Category,
    Department,
    Facility,
    FacilityQuerySet,
    Referent,
    Region,
    Territory,
)
from distrilog.domain.facilities.rules import NEEDS_NONE_OF_ITS_OWN
from distrilog.kernel.scopes import Scope, ScopeKind


def current_referents(*, on: date) -> QuerySet[Referent]:
    """Return those who answer on a day, or later: whoever is not ended before it."""
    return Referent.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


def in_function(*, on: date) -> QuerySet[Referent]:
    """Return those who answer on a day."""
    return current_referents(on=on).filter(starts_on__lte=on)


def referents_within(*, scope: Scope) -> QuerySet[Referent]:
    """Return the contacts that a scope concerns: its agencies, platforms, departments and facilities."""
    match scope.kind:
        case ScopeKind.COUNTRY:
            return Referent.objects.all()
        case ScopeKind.REGION:
            of_places = Q(territory__region=scope.code) | Q(region=scope.code)
            of_places |= Q(department__region=scope.code)
        case ScopeKind.DEPARTMENT:
            of_places = Q(department=scope.code)
        case ScopeKind.TERRITORY:
            of_places = Q(territory=scope.code)
        case _:
            of_places = Q(pk__isnull=True)
    of_facilities = Referent.facilities.through.objects.filter(
        referent_id=OuterRef("pk"), facility__in=Facility.objects.within(scope)
    )
    return Referent.objects.filter(of_places | Exists(of_facilities))


def referents(*, scope: Scope, on: date) -> QuerySet[Referent]:
    """Return those who answer on a day, or will, by kind then name; with how many facilities each answers for."""
    ids = current_referents(on=on).values("pk")
    return (
        referents_within(scope=scope)
        .filter(pk__in=ids)
        .select_related("territory", "region", "department")
        .prefetch_related("facilities")
        .annotate(shared=Count("facilities"))
        .order_by("kind", "name", "pk")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Somebody is missing: the kind of contact, and the code and name of what nobody answers for."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Who is missing in a scope: places nobody answers for, and how many facilities of each group have no contact."""

    alerts: Sequence[Alert]
    facilities: dict[str, int]

    @property
    def count(self) -> int:
        """How many contacts are missing, one a facility."""
        return len(self.alerts) + sum(self.facilities.values())


def missing_referents(*, scope: Scope, on: date) -> Missing:
    """
    Return the contacts missing on a day, by kind; a shared contact answers for each of its facilities. Four statements.

    Each territory needs its platform's, each region its agency's, each department that has ambulances theirs.
    """
    now = in_function(on=on)
    alerts = [
        *_alerts("agency", _regions(scope).exclude(pk__in=now.filter(kind="agency").values("region"))),
        *_alerts(
            "platform",
            _territories(scope).exclude(pk__in=now.filter(kind="platform").values("territory")),
        ),
        *_alerts(
            "ambulances",
            _departments_with_ambulances(scope, on).exclude(
                pk__in=now.filter(kind="ambulances").values("department")
            ),
        ),
    ]  # fmt: skip
    groups = (
        without_contact(scope=scope, on=on)
        .values_list("category__group")
        .annotate(facilities=Count("pk"))
        .order_by("category__group")
    )
    return Missing(alerts=alerts, facilities=dict(groups))


def without_contact(*, scope: Scope, on: date) -> FacilityQuerySet:
    """Return the facilities open on a day that must have a contact and have none."""
    answered = in_function(on=on).filter(facilities=OuterRef("pk"))
    return (
        Facility.objects.within(scope)
        .open_on(on)
        .exclude(category__group__in=NEEDS_NONE_OF_ITS_OWN)
        .exclude(Exists(answered))
    )


def contacts_of(*, facility: Facility, on: date) -> list[Referent]:
    """Return whom a facility may call on a day: its own, its department's for ambulances, its platform's, its agency's."""
    own = Q(facilities=facility)
    if facility.category.group == Category.Group.AMBULANCE:
        own |= Q(department=facility.department_id)
    platforms = Territory.objects.filter(
        attachments__facility=facility, attachments__period__contains=on
    ).values("pk")
    found = (
        in_function(on=on)
        .filter(own | Q(territory__in=platforms) | Q(region=facility.department.region_id))
        .distinct()
    )
    ranks = {"facility": 0, "ambulances": 1, "platform": 2, "agency": 3}
    return sorted(found, key=lambda row: (ranks[row.kind], row.pk))


def _alerts(kind: str, rows: QuerySet[Any]) -> list[Alert]:
    return [
        Alert(kind=kind, code=code, name=name)
        for code, name in rows.order_by("pk").values_list("pk", "name")
    ]


def _regions(scope: Scope) -> QuerySet[Region]:
    match scope.kind:
        case ScopeKind.COUNTRY:
            return Region.objects.all()
        case ScopeKind.REGION:
            return Region.objects.filter(pk=scope.code)
    return Region.objects.none()


def _territories(scope: Scope) -> QuerySet[Territory]:
    match scope.kind:
        case ScopeKind.COUNTRY:
            return Territory.objects.all()
        case ScopeKind.REGION:
            return Territory.objects.filter(region=scope.code)
        case ScopeKind.TERRITORY:
            return Territory.objects.filter(pk=scope.code)
    return Territory.objects.none()


def _departments_with_ambulances(scope: Scope, on: date) -> QuerySet[Department]:
    match scope.kind:
        case ScopeKind.COUNTRY:
            rows = Department.objects.all()
        case ScopeKind.REGION:
            rows = Department.objects.filter(region=scope.code)
        case ScopeKind.DEPARTMENT:
            rows = Department.objects.filter(pk=scope.code)
        case _:
            rows = Department.objects.none()
    ambulances = Facility.objects.open_on(on).filter(
        department=OuterRef("pk"), category__group=Category.Group.AMBULANCE
    )
    return rows.filter(Exists(ambulances))
