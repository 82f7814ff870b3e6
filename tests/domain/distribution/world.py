"""A region with two platforms, their homes and services, under the doctrine of 26 March 2020."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan
from distrilog.domain.facilities.models import Facility, Region, Territory
from distrilog.domain.regimes.models import RegimeDecision, RegimeLine
from distrilog.kernel.weeks import Week
from tests.factories import (
    AttachmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    TerritoryFactory,
    actor,
    stocked,
)


WEEK = Week.parse("2020-W15")
SINCE = datetime(2020, 3, 15, 12, tzinfo=UTC)
AT = datetime(2020, 3, 31, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two platforms; the first has a hospital, a home of 80 places and one of 40, the second a home of 100."""

    north: Territory
    south: Territory
    hospital: Facility
    home: Facility
    small: Facility
    far: Facility
    alone: Facility
    prepares: Actor
    shares: Actor


def build(*, state: int = 100_000, requisitioned: int = 0) -> World:
    """Make it, two families pushed there, with stock at SPF and, as the requisitioned source, at the operator’s place."""
    DoctrineVersionFactory(rule_set="2020-03-26", effective_on=date(2020, 3, 23))
    PlaceFactory(spf=True)
    PlaceFactory()
    PlaceFactory(code="door", name="Établissements servis", kind="door")
    if state:
        stocked(state, place="spf", number="S1")
    if requisitioned:
        stocked(requisitioned, place="operator", number="R1")
    hospital = FacilityFactory(hospital=True, places={"acute": 100}, people={"caregiver": 120})
    other = FacilityFactory(hospital=True, places={"acute": 60}, people={"caregiver": 60})
    push("surgical_mask", "ffp2", regions=["11"])
    north = TerritoryFactory(code="N", platform=hospital)
    south = TerritoryFactory(code="S", platform=other)
    homes = [FacilityFactory(places={"places": places}) for places in (80, 40, 100, 30)]
    for facility, territory in (
        (hospital, north),
        (homes[0], north),
        (homes[1], north),
        (other, south),
        (homes[2], south),
    ):
        AttachmentFactory(facility=facility, territory=territory)
    return World(
        north=north,
        south=south,
        hospital=hospital,
        home=homes[0],
        small=homes[1],
        far=homes[2],
        alone=homes[3],
        prepares=actor(),
        shares=actor(),
    )


def push(*families: str, regions: list[str], mode: str = "push", since: datetime = SINCE) -> None:
    """Decide that families are pushed to regions from a moment on."""
    decision = RegimeDecision.objects.create(
        regime="tension",
        mode=mode,
        starts_at=since,
        reason="Première vague",
        state=RegimeDecision.State.SIGNED,
        prepared_by="preparer",
        prepared_at=since,
        signed_by="signer",
        signed_at=since,
    )
    RegimeLine.objects.bulk_create(
        RegimeLine(decision=decision, family=FamilyFactory(code=family), region_id=region)
        for family in families
        for region in regions
        if Region.objects.filter(pk=region).exists()
    )


def prepared(world: World, *, at: datetime = AT, **volumes: dict[str, int]) -> Plan:
    """Prepare the week's plan: 2,000 masks of the State unless told."""
    return services.prepare(
        actor=world.prepares,
        proposal=services.Proposal(week=WEEK, volumes=volumes or {"surgical_mask": {"spf": 2000}}),
        at=at,
    )


def shared(world: World, **volumes: dict[str, int]) -> Plan:
    """Prepare it and give it to the agencies."""
    plan = prepared(world, **volumes)
    return services.share(actor=world.shares, plan_id=plan.pk, at=AT)
