"""Whose platform is whose to see, where its stock lies, and what it is owed."""

from collections import defaultdict

from django.db.models import QuerySet, Sum

from distrilog.domain.distribution.models import HandOut, Settlement
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


def platform_code(territory: str) -> str:
    """Return the code of the place where the platform of a territory keeps what it hands out."""
    return f"ght-{territory}"


def in_scope(*, scope: Scope) -> QuerySet[Territory]:
    """Return the territories with a platform that a reader answers for."""
    rows = Territory.objects.filter(platform__isnull=False)
    if scope.kind is ScopeKind.COUNTRY:
        return rows
    if scope.kind is ScopeKind.TERRITORY:
        return rows.filter(pk=scope.code)
    return rows.filter(platform__in=Facility.objects.within(scope))


def platform(*, territory: str, scope: Scope) -> Territory:
    """Return one territory of the scope with its platform, or NotFound."""
    found = (
        in_scope(scope=scope)
        .filter(pk=territory)
        .select_related("platform__department__zone", "region")
        .first()
    )
    if found is None:
        raise NotFound(
            Fault(where="territory", message="Aucune plateforme de ce nom dans votre périmètre.")
        )
    return found


def debts(*, scope: Scope) -> dict[str, dict[str, int]]:
    """Return what the State owes platforms, in units by territory and family. Two queries."""
    territories = in_scope(scope=scope)
    advanced = (
        HandOut.objects.filter(line__territory__in=territories)
        .exclude(owed=0)
        .values_list("line__territory", "line__family")
        .annotate(Sum("owed"))
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    settled = {
        (territory, family): units
        for territory, family, units in Settlement.objects.filter(territory__in=territories)
        .values_list("territory", "family")
        .annotate(Sum("units"))
    }
    for territory, family, units in advanced:
        left = units - settled.get((territory, family), 0)
        if left:
            found[territory][family] = left
    return dict(found)
