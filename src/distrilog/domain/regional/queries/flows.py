"""What comes to a region, what its lots are for, what left and by whose word; what delegations keep, what platforms still hand out."""

from dataclasses import dataclass

from django.db.models import F, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Capacity, Department, Facility
from distrilog.domain.regional.models import Issue, LotPart, LotPlan, LotShare, Receiver, Supply
from distrilog.domain.regional.queries.situation import region_of
from distrilog.domain.stock.models import Owner, Place, Position
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope, ScopeKind


def supplies(*, region: str, awaited_only: bool = False) -> QuerySet[Supply]:
    """Return what comes or came to a region, what is awaited first, soonest first."""
    rows = Supply.objects.filter(region=region).select_related("article__family", "place", "owner")
    if awaited_only:
        rows = rows.filter(cancelled_at__isnull=True, arrived__lt=F("units"))
    return rows.order_by(F("expected_on").desc(nulls_last=True), "-pk")


def supply(*, reference: str, region: str) -> Supply:
    """Return a supply of a region, or NotFound."""
    found = supplies(region=region).filter(reference=reference).first()
    if found is None:
        raise NotFound(detail="Aucun apport de cette référence dans cette région.")
    return found


def lot_plans(*, region: str) -> QuerySet[LotPlan]:
    """Return the plans of a region, the last first, each with the units of its shares (`shared`) and of those executed (`done`)."""
    return (
        LotPlan.objects.filter(region=region)
        .select_related("family", "place", "owner")
        .annotate(
            shared=Coalesce(Sum("parts__shares__units"), 0),
            done=Coalesce(
                Sum("parts__shares__units", filter=Q(parts__shares__done_at__isnull=False)), 0
            ),
        )
        .order_by("-made_at", "-pk")
    )


def lot_plan(*, reference: str, region: str) -> tuple[LotPlan, list[LotPart]]:
    """Return a plan of a region and its parts, their shares at hand (`part.shares.all()`), or NotFound. Three queries."""
    plan = lot_plans(region=region).filter(reference=reference).first()
    if plan is None:
        raise NotFound(detail="Aucun plan de cette référence dans cette région.")
    shares = LotShare.objects.select_related(
        "territory__platform", "facility", "receiver", "owner"
    ).order_by("territory__name", "facility__name", "receiver__name", "pk")
    parts = plan.parts.prefetch_related(Prefetch("shares", queryset=shares)).order_by("pk")
    return plan, list(parts)


def issues(*, scope: Scope, region: str, kind: str = "") -> QuerySet[Issue]:
    """
    Return what left a region's stock, the last first, as far as a scope reads: a delegation, what is for its department.

    What goes to a receiver of no department is read by the whole region.
    """
    rows = Issue.objects.filter(
        Q(facility__department__region=region) | Q(receiver__region=region)
    ).select_related("family", "place", "owner", "facility__department", "receiver")
    if scope.kind is ScopeKind.DEPARTMENT:
        rows = rows.filter(
            Q(facility__department=scope.code)
            | Q(receiver__department=scope.code)
            | Q(receiver__isnull=False, receiver__department__isnull=True)
        )
    elif scope.kind is not ScopeKind.COUNTRY and region_of(scope) != region:
        rows = rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("-at", "-pk")


def receivers(*, region: str) -> QuerySet[Receiver]:
    """Return those of a region who are served directly, each with the units it got (`got`)."""
    return (
        Receiver.objects.filter(region=region)
        .select_related("department")
        .annotate(got=Coalesce(Sum("issues__units"), 0))
        .order_by("kind", "name")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What a delegation keeps of a family at a place. Units: usable, and what of it is promised."""

    owner: Owner
    place: Place
    family: Family
    usable: int
    promised: int


def reserves(*, region: str, department: str = "") -> list[Reserve]:
    """Return what the delegations of a region keep, or one of them alone. One query."""
    departments = Department.objects.filter(region=region)
    if department:
        departments = departments.filter(pk=department)
    owners = [f"del-{code}" for code in departments.values_list("code", flat=True)]
    rows = (
        Position.objects.filter(owner__in=owners, usable__gt=0)
        .select_related("owner", "place", "family")
        .order_by("owner", "place", "family__position")
    )
    return [
        Reserve(
            owner=each.owner,
            place=each.place,
            family=each.family,
            usable=each.usable,
            promised=each.reserved,
        )
        for each in rows
    ]


def to_hand_out(*, scope: Scope) -> QuerySet[LotShare]:
    """Return the shares that platforms of a scope were sent for their facilities and have not given whole, with the units given (`given`) and not (`left`)."""
    return (
        LotShare.objects.filter(
            done_at__isnull=False,
            territory__platform__in=Facility.objects.within(scope),
            part__purpose__in=[LotPart.Purpose.REINFORCEMENT, LotPart.Purpose.PROGRAMME],
        )
        .select_related("part__plan__family", "territory")
        .annotate(given=Coalesce(Sum("issues__units"), 0))
        .annotate(left=F("units") - F("given"))
        .filter(left__gt=0)
        .order_by("part__plan", "territory__name", "pk")
    )


def places_served(*, region: str) -> dict[str, int]:
    """Return the beds and places that each platform of a region serves: a key to split by where no national plan is one. One query."""
    rows = Capacity.objects.filter(
        facility__attachments__territory__region=region,
        facility__attachments__territory__platform__isnull=False,
        facility__attachments__period__upper_inf=True,
    )
    served = rows.order_by().values_list("facility__attachments__territory")
    return dict(served.annotate(Sum("places")))
