"""A region's stock in the middle of its week, for pages whose address names one of its supplies, lots or gifts."""

from datetime import date, datetime
from typing import Any

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Gift
from distrilog.domain.facilities.models import Facility
from distrilog.domain.regional import services
from distrilog.domain.stock.services import Arrival
from tests.factories import ArticleFactory, FamilyFactory, PlaceFactory, agency, gtin_of


def supplied(*, home: Facility, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Play a supply, a lot to share out, an issue and a gift; return what stands in the address of each page."""
    region = home.department.region
    prepares, mask = agency(region), "surgical_mask"
    ArticleFactory(family=FamilyFactory(code=mask))
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    supply = services.register_supply(
        actor=prepares,
        supply=services.NewSupply(
            reference="DON-1", kind="donation", donor="Entreprise", gtin=gtin_of(mask), units=5_000,
            quality="accepted", expected_on=at.date(),
        ),
        at=at,
    )  # fmt: skip
    services.receive_supply(
        actor=prepares,
        reference=supply.reference,
        arrivals=[Arrival(lot="DON-1", units=3_000, expires_on=date(2030, 1, 1))],
        key="a",
        at=at,
    )
    services.register_receiver(
        actor=prepares, code="centres", name="Centres COVID", kind="consultation", sites=12, at=at
    )
    services.deliver_directly(
        actor=prepares,
        receiver="centres",
        family=mask,
        units=200,
        motive="Amorçage",
        key="d",
        at=at,
    )
    share = services.ShareOf(receiver="centres", units=400)
    plan = services.prepare_lot_plan(
        actor=prepares,
        proposal=services.LotProposal(
            reference="LOT-1",
            title="Don d’une entreprise",
            family=mask,
            units=1_000,
            parts=[
                services.PartOf(purpose="direct", units=400, shares=[share]),
                services.PartOf(purpose="reinforcement", units=600, words="Visites"),
            ],
        ),
        at=at,
    )
    gift = Gift.objects.create(
        key="g", donor=f"region:{region.pk}", donor_name=f"Région {region.name}", facility=home,
        family_id=mask, units=500, given_on=at.date(), by=str(Role.DONOR), at=at,
    )  # fmt: skip
    return {
        "regional:supply": [{"number": supply.pk}],
        "regional:plan": [{"number": plan.pk}],
        "donors:withdraw": [{"number": gift.pk}],
    }
