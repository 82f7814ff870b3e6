"""Claims: those that somebody must answer, the late ones first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q, QuerySet

from distrilog.domain.facilities.models import Facility
from distrilog.domain.shipping.models import Claim
from distrilog.domain.shipping.queries.lives import ClaimSeen, claim_of, claim_rows
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope


# SPF answers for the overseas stores as well.
KEEPS: Final = {"spf": ("spf", "overseas")}
PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPage:
    """Some claims; `after` is where the next page begins, None on the last one."""

    claims: Sequence[ClaimSeen]
    after: tuple[date, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCounts:
    """How many claims wait, and how many of them should have been settled by now."""

    waiting: int
    late: int


def claims(
    *,
    scope: Scope,
    owner: str = "",
    open_only: bool = True,
    kind: str = "",
    facility: str = "",
    after: tuple[date, int] | None = None,
    limit: int = PAGE_SIZE,
) -> ClaimPage:
    """
    Return a page of claims in one statement: those due first come first, so the late ones lead.

    Settled ones alone unless `open_only`, newest due first. `owner` is the role that must answer, `facility`
    a registry number.
    """
    rows = _within(scope=scope, owner=owner).filter(**{"outcome": ""} if open_only else {})
    rows = rows if open_only else rows.exclude(outcome="")
    exact = {"kind": kind, "despatch__fulfilment__order__facility__registry": facility}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    order = ("due_on", "pk") if open_only else ("-due_on", "-pk")
    if after is not None:
        rows = rows.filter(_beyond(after, up=open_only))
    limit = max(1, min(limit, LARGEST_PAGE))
    found = list(rows.order_by(*order)[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return ClaimPage(
        claims=[claim_of(row) for row in found[:limit]],
        after=(last.due_on, last.pk) if last else None,
    )


def claim(*, number: int, scope: Scope, owner: str = "") -> ClaimSeen:
    """Return one claim, or NotFound outside the scope."""
    found = _within(scope=scope, owner=owner).filter(pk=number).first()
    if found is None:
        raise NotFound(detail="Aucune réclamation de ce numéro dans votre périmètre.")
    return claim_of(found)


def claim_counts(*, scope: Scope, on: date, owner: str = "") -> ClaimCounts:
    """Return how many claims wait, and how many are late; one statement."""
    rows = _within(scope=scope, owner=owner).filter(outcome="")
    counted = rows.aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    return ClaimCounts(**counted)


def _within(*, scope: Scope, owner: str) -> QuerySet[Claim]:
    rows = claim_rows().filter(
        despatch__fulfilment__order__facility__in=Facility.objects.within(scope)
    )
    return rows.filter(owner__in=KEEPS.get(owner, (owner,))) if owner else rows


def _beyond(after: tuple[date, int], *, up: bool) -> Q:
    day, number = after
    if up:
        return Q(due_on__gt=day) | Q(due_on=day, pk__gt=number)
    return Q(due_on__lt=day) | Q(due_on=day, pk__lt=number)
