"""
The demo's region: what Occitanie was given and bought, lots at each step of their split, reserves, urgencies, gifts of others.

Its quantities are those of the agency's note of 24 April 2020 (`domain.regional.reference`), its moments the demo's own.
Everything goes through the services that people use.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from distrilog.demo.people import HAUTE_GARONNE, OCCITANIE
from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Article
from distrilog.domain.declarations import services as declarations
from distrilog.domain.declarations.models import Gift
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import Supply
from distrilog.domain.regional.reference import (
    FFP2_LOT,
    PRO_RATA_UNITS,
    SURGICAL_LOT,
    PrintedPart,
)
from distrilog.domain.regional.rules import pro_rata
from distrilog.domain.stock.services import Arrival
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], None]

MASK, FFP2 = "surgical_mask", "ffp2"
# What there was before the two orders, and what of them came and is awaited (note of 24 April 2020).
FOUND_UNITS = PRO_RATA_UNITS + 800_000
MASKS_ORDERED, MASKS_ARRIVED = 2_500_000, 2_288_040
FFP2_ORDERED, FFP2_ARRIVED = 4_600_000, 1_300_000
TO_CHECK = 60_000
# Aprons are pushed in the demo: the plans count what was given of them.
GIVEN = ("apron", MASK, FFP2)
URGENCIES, RELEASES, GIFTS = 8, 2, 14
URGENT_MOTIVES = (
    "Livraison nationale non reçue, plus rien pour le week-end",
    "Foyer déclaré, consommation triplée",
    "Structure absente de la liste nationale",
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def run_region(*, week: Week, at: datetime, say: Say) -> None:
    """Bring the region's stock to a week: last week's arrivals and reserve, this week's lots, what left, what others gave. Once."""
    if Supply.objects.exists():
        return
    say("Stock régional d’Occitanie : dons, achats, lots, réserves, dons des collectivités")
    start = datetime.combine(week.plus(-1).monday, datetime.min.time(), tzinfo=PARIS) + 9 * HOUR
    _receivers(at=start)
    _supplies(at=start, on=at.astimezone(PARIS).date())
    _reserve(at=start + DAY)
    _surgical_lot(at=min(start + 7 * DAY, at - 3 * HOUR))
    _ffp2_lot(at=min(start + 7 * DAY, at - 2 * HOUR))
    _direct(at=start + 2 * DAY)
    _urgencies(at=start + 3 * DAY)
    _releases(at=start + 4 * DAY)
    _gifts(at=start + 2 * DAY)


def _agent(rank: int = 1) -> Actor:
    """Return somebody of the agency: one prepares, another decides; neither is the visitor."""
    return Actor(
        person=f"demo-ars-{rank}",
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=OCCITANIE),
        region=OCCITANIE,
        name="Démonstration",
    )


def _delegate() -> Actor:
    return Actor(
        person="demo-dd",
        profile=0,
        role=Role.DELEGATION,
        scope=Scope(kind=ScopeKind.DEPARTMENT, code=HAUTE_GARONNE),
        region=OCCITANIE,
        name="Démonstration",
    )


def _receivers(*, at: datetime) -> None:
    for code, name, kind, sites in (
        ("urps-biologistes", "Biologistes, par leur union régionale", "laboratoires", 1),
        ("centres-covid", "Centres de consultation COVID", "centres de consultation", 180),
        ("pedicures", "Ordre régional des pédicures-podologues", "profession", 1),
        ("dentistes", "Ordre régional des chirurgiens-dentistes", "profession", 1),
    ):
        services.register_receiver(
            actor=_agent(), code=code, name=name, kind=kind, sites=sites, at=at
        )


def _supplies(*, at: datetime, on: date) -> None:
    for reference, kind, donor, family, ordered, arrived, quality in (
        ("RECENSEMENT-1", "found", "Entreprises et préfectures", MASK, FOUND_UNITS, FOUND_UNITS, True),
        ("ARS-CHINE-1", "purchase", "Fournisseur de l’ARS", MASK, MASKS_ORDERED, MASKS_ARRIVED, True),
        ("CR-FFP2-1", "donation", "Conseil régional", FFP2, FFP2_ORDERED, FFP2_ARRIVED, True),
        ("DON-LYCEE-1", "donation", "Lycées professionnels", MASK, TO_CHECK, TO_CHECK, False),
    ):  # fmt: skip
        article = Article.objects.filter(family=family).order_by("gtin")[0]
        services.register_supply(
            actor=_agent(),
            supply=services.NewSupply(
                reference=reference,
                kind=kind,
                donor=f"{donor} (démonstration)",
                gtin=article.gtin,
                units=ordered,
                expected_on=on + 9 * DAY if family == FFP2 else on - 2 * DAY,
                quality="accepted" if quality else "unchecked",
            ),
            at=at,
        )
        services.receive_supply(
            actor=_agent(),
            reference=reference,
            arrivals=[
                Arrival(lot=reference[:18], units=arrived, expires_on=on + timedelta(days=700))
            ],
            key="demo",
            at=at + HOUR,
        )


def _split(units: int, *, family: str) -> Sequence[services.ShareOf]:
    box = Article.objects.filter(family=family).order_by("gtin")[0].family.box_units
    split = pro_rata(units=units, weights=queries.places_served(region=OCCITANIE), box=box)
    return [services.ShareOf(territory=code, units=count) for code, count in split.items()]


def _reserve(*, at: datetime) -> None:
    shares = _split(PRO_RATA_UNITS, family=MASK)
    part = services.PartOf(
        purpose="reserve",
        units=PRO_RATA_UNITS,
        words="Dépannage, au prorata des dotations",
        shares=shares,
    )
    proposal = services.LotProposal(
        reference="LOT-76-RESERVE",
        title="Stock d’urgence des délégations",
        family=MASK,
        units=PRO_RATA_UNITS,
        parts=[part],
    )
    services.prepare_lot_plan(actor=_agent(), proposal=proposal, at=at)
    services.decide_lot_plan(actor=_agent(2), reference=proposal.reference, at=at + HOUR)
    services.execute_plan(actor=_agent(), reference=proposal.reference, at=at + 2 * HOUR)


def _part(printed: PrintedPart, shares: Sequence[services.ShareOf]) -> services.PartOf:
    return services.PartOf(
        purpose=printed.purpose, units=printed.units, words=printed.words, shares=shares
    )


def _surgical_lot(*, at: datetime) -> None:
    """Decide the lot of masks, and carry out what is for dialysis centres: the rest is the visitor's."""
    parts = [_part(each, _split(each.units, family=MASK)) for each in SURGICAL_LOT]
    proposal = services.LotProposal(
        reference="LOT-76-AIRBUS",
        title="Don de masques chirurgicaux",
        family=MASK,
        units=sum(each.units for each in SURGICAL_LOT),
        parts=parts,
    )
    plan = services.prepare_lot_plan(actor=_agent(), proposal=proposal, at=at)
    services.decide_lot_plan(actor=_agent(2), reference=plan.reference, at=at + HOUR / 2)
    for share in plan.parts.get(purpose="programme").shares.order_by("pk"):
        services.execute_share(actor=_agent(), share_id=share.pk, at=at + HOUR)


def _ffp2_lot(*, at: datetime) -> None:
    """Leave the lot of FFP2 a draft: one part is shared out, the reserve waits for the visitor."""
    shares = {
        "reinforcement": _split(FFP2_LOT[0].units, family=FFP2),
        "direct": [services.ShareOf(receiver="urps-biologistes", units=FFP2_LOT[-1].units)],
    }
    parts = [_part(each, shares.get(each.purpose, ())) for each in FFP2_LOT]
    proposal = services.LotProposal(
        reference="LOT-76-FFP2",
        title="Don du conseil régional, FFP2",
        family=FFP2,
        units=sum(each.units for each in FFP2_LOT),
        parts=parts,
    )
    services.prepare_lot_plan(actor=_agent(), proposal=proposal, at=at)


def _direct(*, at: datetime) -> None:
    for rank, (receiver, family, units, motive) in enumerate(
        (
            ("urps-biologistes", MASK, 73_825, "Laboratoires, première livraison"),
            ("urps-biologistes", MASK, 58_800, "Laboratoires, deuxième livraison"),
            ("centres-covid", MASK, 10_000, "Amorçage des centres ouverts cette semaine"),
            ("pedicures", MASK, 500, "Profession sans dotation nationale"),
            ("dentistes", FFP2, 20_000, "Gardes dentaires"),
        )
    ):
        services.deliver_directly(
            actor=_agent(), receiver=receiver, family=family, units=units, motive=motive,
            key=f"demo-{rank}", at=at + rank * HOUR,
        )  # fmt: skip


def _homes(*, department: str = "") -> list[Facility]:
    homes = Facility.objects.filter(
        department__region=OCCITANIE, category__group="nursing_home", closed_on__isnull=True
    )
    if department:
        homes = homes.filter(department=department)
    return list(homes.order_by("registry")[5 : 5 + GIFTS])


def _urgencies(*, at: datetime) -> None:
    for rank, home in enumerate(_homes()[:URGENCIES]):
        services.issue_urgently(
            actor=_agent(),
            to=services.Recipient(facility=home.registry),
            family=MASK,
            units=500 + 50 * (rank % 4),
            motive=URGENT_MOTIVES[rank % len(URGENT_MOTIVES)],
            key=f"demo-{rank}",
            at=at + rank * HOUR,
        )


def _releases(*, at: datetime) -> None:
    """Have the delegation answer two outbreaks, from the platform where it keeps most."""
    territory = (
        Territory.objects.filter(
            region=OCCITANIE, platform__department=HAUTE_GARONNE, platform__isnull=False
        )
        .order_by("code")
        .first()
    )
    if territory is None:
        return
    for rank, home in enumerate(_homes(department=HAUTE_GARONNE)[:RELEASES]):
        services.release(
            actor=_delegate(),
            place=f"ght-{territory.pk}",
            family=MASK,
            units=1_000 * (rank + 1),
            facility=home.registry,
            motive="Foyer dans l’unité protégée" if rank else "Premiers cas parmi les résidents",
            outbreak_on=(at - DAY).date(),
            key=f"demo-{rank}",
            at=at + rank * HOUR,
        )


def _gifts(*, at: datetime) -> None:
    """Have the region's council say what it gave homes, one of them by mistake."""
    profile = Profile.objects.filter(
        role=Role.DONOR.value, perimeter=f"region:{OCCITANIE}", revoked_at__isnull=True
    ).first()
    donor = profile and actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=at)
    if not donor or Gift.objects.exists():
        return
    day = at.astimezone(PARIS).date()
    for rank, home in enumerate(_homes()):
        gift = declarations.declare_gift(
            actor=donor,
            gift=declarations.NewGift(
                registry=home.registry,
                family=GIVEN[rank % len(GIVEN)],
                units=200 + 100 * (rank % 5),
                given_on=day - (1 + rank % 6) * DAY,
                words="Tournée du conseil régional (démonstration)",
                key=f"demo-{rank}",
            ),
            at=at,
        )
        if rank == 1:
            declarations.withdraw_gift(actor=donor, gift_id=gift.pk, at=at)
