"""Whose week is looked at: the reader's own region or department, or the region a national reader chose."""

from dataclasses import dataclass
from typing import assert_never
from urllib.parse import urlencode

from django.http import HttpRequest

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities.models import Department, Region
from distrilog.domain.quotas.models import QuotaRun
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


WEEKS_OFFERED = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the country with its name; `region` is the one it is or lies in. `own` says it is the reader's."""

    scope: Scope
    name: str
    region: str
    own: bool = True

    @property
    def title(self) -> str:
        """What the page is called."""
        if not self.own:
            return self.name
        return "Ma région" if self.scope.kind is ScopeKind.REGION else "Mon département"

    @property
    def kept(self) -> dict[str, str]:
        """What addresses must carry so that the next page speaks of the same area."""
        return {} if self.own else {"region": self.region}


def area_of(*, actor: Actor, region: str) -> Area | None:
    """
    Return the area an actor looks at, in one query; None while a national reader has not chosen a region.

    `region` is a code that came with the request: it is only heard from those who see the country.
    """
    scope = actor.scope
    match scope.kind:
        case ScopeKind.REGION:
            return _region(scope.code, own=True)
        case ScopeKind.DEPARTMENT:
            return _department(scope)
        case ScopeKind.COUNTRY:
            return _region(region, own=False) if region else None
        case ScopeKind.TERRITORY | ScopeKind.FACILITY | ScopeKind.NOTHING:
            raise NotFound(detail="Ce profil n’a ni région ni département.")
        case _:
            assert_never(scope.kind)


def _region(code: str, *, own: bool) -> Area:
    found = Region.objects.filter(pk=code).first()
    if found is None:
        raise NotFound(detail=f"Aucune région de code « {code[:10]} ».")
    scope = Scope(kind=ScopeKind.REGION, code=found.pk)
    return Area(scope=scope, name=found.name, region=found.pk, own=own)


def _department(scope: Scope) -> Area:
    found = Department.objects.filter(pk=scope.code).first()
    if found is None:
        raise NotFound(detail=f"Aucun département de code « {scope.code[:10]} ».")
    return Area(scope=scope, name=found.name, region=found.region_id)


def week_of(request: HttpRequest, *, current: Week) -> Week:
    """Return the week that the address names; the current one when it names none, or nonsense."""
    try:
        return Week.parse(request.GET.get("semaine", ""))
    except ValueError:
        return current


def weeks_offered(*, week: Week, current: Week) -> list[Week]:
    """Return the weeks to choose from, latest first: those published, this one, the one looked at. One query."""
    published = (
        QuotaRun.objects.filter(state=QuotaRun.State.PUBLISHED)
        .order_by("-week")
        .values_list("week", flat=True)[:WEEKS_OFFERED]
    )
    return sorted({week, current, *map(Week.parse, published)}, reverse=True)


def address(path: str, **parameters: object) -> str:
    """Return an address with its query; empty parameters are left out."""
    query = urlencode({name: str(value) for name, value in parameters.items() if value})
    return f"{path}?{query}" if query else path
