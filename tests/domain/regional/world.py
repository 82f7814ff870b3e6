"""A region like Occitanie: two departments, two platforms, homes, laboratories; its agency's people, its delegations."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.distribution.models import Endowment, Plan
from distrilog.domain.facilities.models import Facility, Region, Territory
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import LotPlan, Receiver, Supply
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Owner, Place
from distrilog.domain.stock.services import Arrival
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import (
    ArticleFactory,
    AttachmentFactory,
    DepartmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    RegionFactory,
    TerritoryFactory,
    actor,
    agency,
    gtin_of,
)


AT = datetime(2020, 4, 16, 9, tzinfo=UTC)
MASK, FFP2 = "surgical_mask", "ffp2"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`toulouse` (31) and `montauban` (82) serve a home each; `prepares` and `decides` are two people of the agency."""

    region: Region
    toulouse: Territory
    montauban: Territory
    home: Facility
    far: Facility
    prepares: Actor
    decides: Actor
    labs: Receiver


def delegation(department: str) -> Actor:
    """Return somebody of the delegation of a department."""
    scope = Scope(kind=ScopeKind.DEPARTMENT, code=department)
    return actor(Role.DELEGATION, scope=scope, region="76")


def referent(territory: Territory) -> Actor:
    """Return the referent of a platform."""
    platform = territory.platform
    assert platform is not None
    return actor(
        Role.PLATFORM,
        scope=Scope(kind=ScopeKind.TERRITORY, code=territory.pk),
        facility_id=platform.pk,
        registry=platform.registry,
        region="76",
    )


def build() -> World:
    """Make it, with nothing in stock."""
    region = RegionFactory(code="76", name="Occitanie")
    # A test that commits leaves neither the migrations' owners nor the door.
    Owner.objects.get_or_create(code="state", defaults={"name": "État"})
    PlaceFactory(code="door", kind=Place.Kind.DOOR, name="Établissements servis")
    for family in (MASK, FFP2):
        ArticleFactory(family=FamilyFactory(code=family))
    sites = {}
    for code, name in (("31", "Haute-Garonne"), ("82", "Tarn-et-Garonne")):
        department = DepartmentFactory(code=code, name=name, region=region)
        platform = FacilityFactory(hospital=True, department=department)
        territory = TerritoryFactory(code=f"T{code}", region=region, platform=platform)
        home = FacilityFactory(department=department)
        for each in (platform, home):
            AttachmentFactory(facility=each, territory=territory)
        sites[code] = territory, home
    prepares = agency(region)
    labs = services.register_receiver(
        actor=prepares, name="Biologistes", kind="laboratoires", code="biologistes", at=AT
    )
    return World(
        region=region,
        toulouse=sites["31"][0],
        montauban=sites["82"][0],
        home=sites["31"][1],
        far=sites["82"][1],
        prepares=prepares,
        decides=agency(region),
        labs=labs,
    )


def ordered(
    world: World, units: int, *, family: str = MASK, reference: str = "C1", **more: object
) -> Supply:
    """Write down a purchase that is accepted, unless told."""
    values: dict[str, object] = {
        "kind": "purchase",
        "donor": "Fournisseur",
        "quality": "accepted",
        **{name: value for name, value in more.items() if name != "at"},
    }
    at = more.get("at", AT)
    assert isinstance(at, datetime)
    return services.register_supply(
        actor=world.prepares,
        supply=services.NewSupply(reference=reference, gtin=gtin_of(family), units=units, **values),
        at=at,
    )


def arrived(
    world: World, units: int, *, reference: str = "C1", key: str = "a1", at: datetime = AT, **more
) -> Supply:
    """Receive units of one lot."""
    arrival = Arrival(
        lot=more.pop("lot", f"L-{reference}"), units=units, expires_on=date(2023, 1, 1), **more
    )
    return services.receive_supply(
        actor=world.prepares, reference=reference, arrivals=[arrival], key=key, at=at
    )


def stored(world: World, units: int, *, family: str = MASK, at: datetime = AT, **more) -> Supply:
    """Order and receive units whole."""
    reference = f"{family[:4]}-{units}"
    ordered(world, units, family=family, reference=reference, at=at, **more)
    return arrived(world, units, reference=reference, at=at)


def planned(
    world: World,
    *parts: services.PartOf,
    family: str = MASK,
    reference: str = "LOT-1",
    at: datetime = AT,
    **more: str,
) -> LotPlan:
    """Prepare a plan of a lot, as many units as its parts."""
    return services.prepare_lot_plan(
        actor=world.prepares,
        proposal=services.LotProposal(
            reference=reference,
            title="Don de masques",
            family=family,
            units=sum(part.units for part in parts),
            parts=parts,
            **more,
        ),
        at=at,
    )


def decided(world: World, *parts: services.PartOf, at: datetime = AT, **more: str) -> LotPlan:
    """Prepare a plan and have another person decide it."""
    plan = planned(world, *parts, at=at, **more)
    return services.decide_lot_plan(actor=world.decides, reference=plan.reference, at=at)


def executed(world: World, *parts: services.PartOf, at: datetime = AT, **more: str) -> LotPlan:
    """Prepare, decide and carry out."""
    plan = decided(world, *parts, at=at, **more)
    return services.execute_plan(actor=world.prepares, reference=plan.reference, at=at)


def reserved(world: World, units: int, *, family: str = MASK) -> LotPlan:
    """Have the delegation of Haute-Garonne keep units at Toulouse."""
    stored(world, units, family=family)
    shares = [services.ShareOf(territory=world.toulouse.pk, units=units)]
    part = services.PartOf(purpose="reserve", units=units, shares=shares)
    return executed(world, part, family=family, reference=f"RES-{family}")


def endowed(weights: dict[str, int], *, week: str = "2020-W15") -> Plan:
    """Make a national plan that was sent, with what each territory got."""
    doctrine = DoctrineVersionFactory(rule_set="2020-03-26", effective_on=date(2020, 3, 23))
    PlaceFactory(spf=True)
    plan = Plan.objects.create(
        week=week,
        zone_id="metropole",
        state="sent",
        doctrine=doctrine,
        volumes={},
        requests_until=AT,
        freezes_at=AT,
        delivers_on=AT.date(),
        prepared_by="a",
        prepared_at=AT,
    )
    Endowment.objects.bulk_create(
        Endowment(plan=plan, territory_id=code, family_id=MASK, source_id="spf", units=units)
        for code, units in weights.items()
    )
    return plan


def usable(owner: str) -> dict[tuple[str, str], int]:
    """Return what an owner has free, by place and family, where there is any."""
    return {key: units for key, units in stock.available(owner=owner).items() if units}


def books_are_right() -> None:
    """Prove the ledger and the regions' books."""
    assert stock.discrepancies() == []
    assert queries.discrepancies() == []
