"""Deciding a regime: one person prepares with its effect in view, another signs, everyone concerned is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pghistory
from django.db import transaction
from django.utils.formats import date_format

from distrilog.domain.accounts.rules import Actor, Deed, Role, require_second_person
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Region, Zone
from distrilog.domain.messages import services as messages
from distrilog.domain.regimes import queries
from distrilog.domain.regimes.models import RegimeDecision, RegimeLine, Window
from distrilog.domain.regimes.rules import ROUTINE
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week


REASON_LENGTH = 2000
WINDOW_REASON_LENGTH = 200
LAST_WEEKDAY = 7
NEXT_MONDAY = 8


class DecisionClosed(Refusal):
    """Cette décision n’est plus à signer."""

    slug = "decision-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants to decide: these families, in these regions (none: the whole country), from then."""

    regime: str
    families: Sequence[str]
    regions: Sequence[str]
    starts_at: datetime
    reason: str
    mode: str = "pull"


@transaction.atomic
def prepare(*, actor: Actor, proposal: Proposal, at: datetime) -> RegimeDecision:
    """Write a draft with its preview. Raises Invalid with every fault at once."""
    actor.require(Deed.REGIME_PREPARE)
    regions = sorted(proposal.regions) or sorted(Region.objects.values_list("code", flat=True))
    faults = _faults(proposal=proposal, regions=regions, at=at)
    if faults:
        raise Invalid(*faults)
    # After this point, the draft must succeed.

    with pghistory.context(by=actor.by, why=proposal.reason):
        decision = RegimeDecision.objects.create(
            regime=proposal.regime,
            mode=proposal.mode,
            starts_at=proposal.starts_at,
            reason=proposal.reason.strip(),
            preview=preview(
                families=proposal.families, regions=regions, regime=proposal.regime, at=at
            ),
            prepared_by=actor.by,
            prepared_at=at,
        )
        RegimeLine.objects.bulk_create(
            RegimeLine(decision=decision, family_id=family, region_id=region)
            for family in sorted(set(proposal.families))
            for region in regions
        )
    return decision


@transaction.atomic
def sign(*, actor: Actor, decision_id: int, at: datetime) -> RegimeDecision:
    """Put a draft in force from its date, by another person than its author; no restart is needed."""
    actor.require(Deed.REGIME_SIGN)
    decision = _draft(decision_id=decision_id)
    require_second_person(prepared_by=decision.prepared_by, signed_by=actor.by)
    # After this point, the signature must succeed.

    with pghistory.context(by=actor.by, why=decision.reason):
        decision.state = RegimeDecision.State.SIGNED
        decision.signed_by = actor.by
        decision.signed_at = at
        # A start that passed while the draft waited takes effect now: nothing is decided backwards.
        decision.starts_at = max(decision.starts_at, at)
        decision.save()
        _tell(decision=decision, by=actor.by, at=at)
    return decision


@transaction.atomic
def withdraw(*, actor: Actor, decision_id: int, at: datetime) -> RegimeDecision:
    """Set a draft aside; a signed decision is undone by a new one."""
    actor.require(Deed.REGIME_PREPARE)
    decision = _draft(decision_id=decision_id)
    # After this point, the withdrawal must succeed.

    with pghistory.context(by=actor.by, why=f"Retirée le {at:%d/%m/%Y}"):
        decision.state = RegimeDecision.State.WITHDRAWN
        decision.save()
    return decision


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowProposal:
    """When a zone shall order: in one week, or (week empty) every week from a day on; `closed`: not at all."""

    zone: str
    week: str
    starts_on: date | None
    opens_weekday: int
    opens_clock: time
    closes_weekday: int
    closes_clock: time
    reason: str
    closed: bool = False


@transaction.atomic
def set_window(*, actor: Actor, proposal: WindowProposal, at: datetime) -> Window:
    """Write a window; the same zone and week (or day of effect) is written over, and the trace keeps both."""
    actor.require(Deed.REGIME_PREPARE)
    faults = list(_window_faults(proposal=proposal, at=at))
    if faults:
        raise Invalid(*faults)
    # After this point, the window must succeed.

    with pghistory.context(by=actor.by, why=proposal.reason):
        window, _ = Window.objects.update_or_create(
            zone_id=proposal.zone,
            week=proposal.week,
            starts_on=None if proposal.week else proposal.starts_on,
            defaults={
                "opens_weekday": proposal.opens_weekday,
                "opens_clock": proposal.opens_clock,
                "closes_weekday": proposal.closes_weekday,
                "closes_clock": proposal.closes_clock,
                "closed": proposal.closed,
                "reason": proposal.reason.strip(),
            },
        )
    return window


def _window_faults(*, proposal: WindowProposal, at: datetime) -> Iterator[Fault]:
    if not Zone.objects.filter(code=proposal.zone).exists():
        yield Fault(where="zone", message="Zone inconnue.", remedy="Choisir dans la liste.")
    if not proposal.reason.strip() or len(proposal.reason) > WINDOW_REASON_LENGTH:
        yield Fault(
            where="reason",
            message=f"Écrivez le motif, en {WINDOW_REASON_LENGTH} caractères au plus.",
        )
    opens = (proposal.opens_weekday, proposal.opens_clock)
    closes = (proposal.closes_weekday, proposal.closes_clock)
    if not closes > opens:
        yield Fault(where="closes_weekday", message="La fenêtre se ferme avant de s’ouvrir.")
    if not 1 <= proposal.opens_weekday <= LAST_WEEKDAY or not _ends_in_week(proposal):
        yield Fault(
            where="closes_weekday",
            message="La fenêtre dépasse sa semaine.",
            remedy="Fermer au plus tard dimanche à minuit.",
        )
    yield from _when_faults(proposal=proposal, at=at)


def _ends_in_week(proposal: WindowProposal) -> bool:
    at_midnight = proposal.closes_weekday == NEXT_MONDAY and proposal.closes_clock == time(0)
    return proposal.closes_weekday <= LAST_WEEKDAY or at_midnight


def _when_faults(*, proposal: WindowProposal, at: datetime) -> Iterator[Fault]:
    this_week = Week.at(at)
    if not proposal.week:
        if proposal.starts_on is None or Week.of(proposal.starts_on) < this_week:
            yield Fault(
                where="starts_on",
                message="Une règle commence cette semaine ou plus tard.",
                remedy="Donner une semaine précise, ou une date d’effet à venir.",
            )
        return
    try:
        week = Week.parse(proposal.week)
    except ValueError as error:
        yield Fault(where="week", message=str(error))
        return
    if week < this_week:
        yield Fault(
            where="week", message="Cette semaine est passée : rien ne se décide en arrière."
        )


def preview(
    *, families: Sequence[str], regions: Sequence[str], regime: str, at: datetime
) -> dict[str, Any]:
    """
    Return what a decision would change: facilities, families that turn, price.

    The quotas in place stand above regimes in the chain: screens compose them from `quotas.queries`.
    """
    by_region = queries.facilities_by_region(at=at)
    standing = queries.in_force(at=at)
    turning = [
        [family, region]
        for family in sorted(set(families))
        for region in regions
        if standing.get((family, region), ROUTINE).regime != regime
    ]
    return {
        "facilities": sum(by_region.get(region, 0) for region in regions),
        "regions": {region: by_region.get(region, 0) for region in regions},
        "turning": turning,
        "unchanged": len(set(families)) * len(regions) - len(turning),
        "week": str(Week.at(at)),
        "price": "gratuit, sur le stock de l’État"
        if regime == "tension"
        else "payant, achat libre",
        "at": at.isoformat(),
    }


def _draft(*, decision_id: int) -> RegimeDecision:
    decision = RegimeDecision.objects.select_for_update(of=("self",)).filter(pk=decision_id).first()
    if decision is None:
        raise NotFound
    if decision.state != RegimeDecision.State.DRAFT:
        raise DecisionClosed(detail=f"Elle est déjà {decision.get_state_display()}.")
    return decision


def _faults(*, proposal: Proposal, regions: Sequence[str], at: datetime) -> list[Fault]:
    known_families = set(Family.objects.values_list("code", flat=True))
    known_regions = set(Region.objects.values_list("code", flat=True))
    faults = [
        Fault(
            where="families", message=f"Famille inconnue : {code}.", remedy="Choisir dans la liste."
        )
        for code in sorted(set(proposal.families) - known_families)
    ]
    faults += [
        Fault(
            where="regions", message=f"Région inconnue : {code}.", remedy="Choisir dans la liste."
        )
        for code in sorted(set(regions) - known_regions)
    ]
    if not proposal.families:
        faults.append(
            Fault(where="families", message="Choisissez au moins une famille d’articles.")
        )
    if proposal.regime not in RegimeDecision.Regime.values:
        faults.append(Fault(where="regime", message="Le régime est « routine » ou « tension »."))
    if proposal.mode not in RegimeDecision.Mode.values:
        faults.append(Fault(where="mode", message="Le mode est « pull » ou « push »."))
    if not proposal.reason.strip():
        faults.append(Fault(where="reason", message="Écrivez le motif : il sera gardé et lu."))
    if len(proposal.reason) > REASON_LENGTH:
        faults.append(
            Fault(where="reason", message=f"Le motif dépasse {REASON_LENGTH} caractères.")
        )
    if proposal.starts_at < at:
        faults.append(
            Fault(
                where="starts_at",
                message="La date d’effet est passée.",
                remedy="Choisir maintenant ou une date à venir : rien ne se décide en arrière.",
            )
        )
    return faults


def _tell(*, decision: RegimeDecision, by: str, at: datetime) -> None:
    lines = decision.lines.select_related("family")
    regions = sorted({line.region_id for line in lines})
    names = sorted({line.family.name for line in lines})
    everywhere = len(regions) == Region.objects.count()
    tension = decision.regime == RegimeDecision.Regime.TENSION
    start = decision.starts_at.astimezone(PARIS)
    effect = (
        "La commande est gratuite, sur le stock de l’État, dans la limite de votre contingent de la semaine."
        if tension
        else "Vous achetez de nouveau librement ; le stock de l’État n’est plus ouvert."
    )
    messages.send(
        key=f"regime-{decision.pk}",
        title=f"{'Tension' if tension else 'Achat libre'} : {', '.join(names)}",
        body=(
            f"À partir du {date_format(start, 'l j F Y')} à {start:%H h %M} (heure de Paris). {effect}\n"
            f"Motif : {decision.reason}"
        ),
        roles=[
            Role.ORDERER,
            Role.DIRECTOR,
            Role.PLATFORM,
            Role.ARS,
            Role.DELEGATION,
            Role.SPF,
            Role.OPERATOR,
            Role.CONSORTIUM,
        ],
        regions=[] if everywhere else regions,
        official=True,
        by=by,
        at=at,
    )
