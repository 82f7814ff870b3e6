"""A region in tension with its quotas, as an order finds it. Wednesday 4 November 2020, 10:00 in Paris."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Address, Facility, Zone
from distrilog.domain.orders.rules import Asked, Charge, Demand
from distrilog.domain.quotas.models import Pot, Quota, QuotaRun, Share
from distrilog.domain.regimes.models import RegimeDecision, RegimeLine, Window
from tests.factories import (
    AddressFactory,
    AttachmentFactory,
    DoctrineVersionFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    TerritoryFactory,
)


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)
WEEK = "2020-W45"
IN_TENSION = ("surgical_mask", "ffp2", "gown")


@dataclass
class World:
    """One home with quotas, its platform, another home in another region."""

    home: Facility
    platform: Facility
    stranger: Facility
    run: QuotaRun
    own_address: Address
    platform_address: Address
    stranger_address: Address
    families: Sequence[str] = field(default=IN_TENSION)

    def demand(self, lines: Mapping[str, float] | None = None, **values) -> Demand:
        """Return a demand of the home: 100 surgical masks unless told."""
        asked = {"surgical_mask": 100} if lines is None else lines
        return Demand(
            registry=values.pop("registry", self.home.registry),
            lines=[Asked(family=family, units=units) for family, units in asked.items()],
            **values,
        )

    def pot_demand(self, lines: Mapping[str, float] | None = None, **values) -> Demand:
        """Return a demand charged to the pot."""
        return self.demand(lines, charge=Charge.POT, **values)

    def ordered(self, family: str = "surgical_mask") -> int:
        """Return what the home has ordered of a family."""
        return Quota.objects.get(facility=self.home, family=family, week=WEEK).ordered


def build() -> World:
    """Make the rows."""
    for code in (*IN_TENSION, "glove", "cap"):
        FamilyFactory(code=code)
    home, platform, stranger = FacilityFactory(), FacilityFactory(hospital=True), _stranger()
    territory = TerritoryFactory(platform=platform)
    AttachmentFactory(facility=home, territory=territory)
    AttachmentFactory(facility=platform, territory=territory)
    open_window(home.department.zone)
    declare(["surgical_mask", "ffp2", "gown"], regime="tension")
    declare(["cap"], regime="tension", mode="push")
    run = run_of(WEEK)
    for family in IN_TENSION:
        give(run, home, family, 1_000)
    Pot.objects.create(
        run=run,
        region=home.department.region,
        family_id="surgical_mask",
        week=WEEK,
        source=PlaceFactory(),
        cap=500,
    )
    return World(
        home=home,
        platform=platform,
        stranger=stranger,
        run=run,
        own_address=AddressFactory(facility=home),
        platform_address=AddressFactory(facility=platform, street="Quai de livraison"),
        stranger_address=AddressFactory(facility=stranger),
    )


def _stranger() -> Facility:
    return FacilityFactory(
        department__code="31", department__region__code="76", department__name="Haute-Garonne"
    )


def open_window(zone: Zone, **values) -> Window:
    """Open orders from Monday 08:00 to Friday 12:00."""
    defaults = {
        "opens_weekday": 1,
        "opens_clock": time(8),
        "closes_weekday": 5,
        "closes_clock": time(12),
    }
    return Window.objects.create(zone=zone, **(defaults | values))


def declare(
    families: Sequence[str], *, regime: str, mode: str = "pull", region: str = "11", **values
) -> RegimeDecision:
    """Sign a decision that has begun."""
    decision = RegimeDecision.objects.create(
        **{
            "regime": regime,
            "mode": mode,
            "starts_at": datetime(2020, 10, 1, tzinfo=UTC),
            "reason": "essai",
            "state": "signed",
            "prepared_by": "preparer",
            "prepared_at": datetime(2020, 9, 30, 9, tzinfo=UTC),
            "signed_by": "signer",
            "signed_at": datetime(2020, 9, 30, 18, tzinfo=UTC),
            **values,
        }
    )
    for family in families:
        RegimeLine.objects.create(
            decision=decision, family=Family.objects.get(code=family), region_id=region
        )
    return decision


def run_of(week: str) -> QuotaRun:
    """Return a published run."""
    return QuotaRun.objects.create(
        week=week,
        state="published",
        doctrine=DoctrineVersionFactory(),
        inputs={"envelopes": {}},
        prepared_by="preparer",
        prepared_at=AT,
        signed_by="signer",
        signed_at=AT,
        published_at=AT,
    )


def give(run: QuotaRun, facility: Facility, family: str, cap: int) -> Quota:
    """Give a facility a quota, with the share it comes from."""
    source = PlaceFactory(at_sea=True) if facility.route == "overseas" else PlaceFactory()
    Share.objects.get_or_create(
        run=run,
        family_id=family,
        source=source,
        defaults={"envelope": 1_000_000, "box_units": Family.objects.get(code=family).box_units},
    )
    return Quota.objects.create(
        run=run,
        facility=facility,
        family_id=family,
        week=run.week,
        source=source,
        need=cap,
        cap=cap,
        reason=1,
    )
