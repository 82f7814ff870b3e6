"""What stands before the first week: who acts, the doctrines of 2020, places, windows, and the regime that pushes."""

from datetime import datetime, time
from typing import Final

from distrilog.demo.replay import calendar
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.doctrines import services as doctrines
from distrilog.domain.doctrines.rules import RULE_SETS
from distrilog.domain.facilities.models import Zone
from distrilog.domain.regimes import services as regimes
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.stock.services.places import seed_places
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS


_COUNTRY: Final = Scope(kind=ScopeKind.COUNTRY)
# What the instructions of March shared out; the other families come with the portal.
PUSHED: Final = ("surgical_mask", "ffp2")
FIRST_RULES: Final = "2020-03-20"
_OPENS: Final = calendar.FIRST.moment(weekday=1, clock=time(0), zone=PARIS)
_DECIDED: Final = datetime(2020, 3, 15, 18, tzinfo=PARIS)


def _actor(person: str, role: Role) -> Actor:
    return Actor(person=person, profile=0, role=role, scope=_COUNTRY, name="Rejeu")


PREPARES: Final = _actor("rejeu-cellule", Role.NATIONAL_CELL)
SIGNS: Final = _actor("rejeu-permanence", Role.NATIONAL_DUTY)
# All the platforms at once.
PLATFORMS: Final = _actor("rejeu-plateformes", Role.PLATFORM)


def set_the_stage() -> None:
    """Fill the catalogue, the doctrines, the places and the windows, and decide that masks are pushed from week 12."""
    seed_catalogue()
    seed_places()
    doctrines.seed_versions(prepared_by=PREPARES.by, signed_by=SIGNS.by)
    _apply_the_first_instruction_at_once()
    for zone in Zone.objects.order_by("code"):
        regimes.set_window(
            actor=PREPARES,
            proposal=regimes.WindowProposal(
                zone=zone.code,
                week="",
                starts_on=calendar.FIRST_PULL.monday,
                opens_weekday=1,
                opens_clock=time(0),
                closes_weekday=8,
                closes_clock=time(0),
                reason="Ouverture du portail.",
            ),
            at=_DECIDED,
        )
    _decide(PUSHED, mode=RegimeDecision.Mode.PUSH, starts_at=_OPENS, at=_DECIDED)


def open_the_portal() -> None:
    """Decide that every family is ordered within a quota, from the week after the last push."""
    week = calendar.FIRST_PULL
    _decide(
        list(Family.objects.values_list("code", flat=True)),
        mode=RegimeDecision.Mode.PULL,
        starts_at=week.moment(weekday=1, clock=time(0), zone=PARIS),
        at=week.plus(-1).moment(weekday=4, clock=time(12), zone=PARIS),
    )


def _apply_the_first_instruction_at_once() -> None:
    """Apply the instruction dated 20 March from its week on: it says that its first deliveries are of the 19th."""
    at = calendar.FIRST.moment(weekday=1, clock=time(8), zone=PARIS)
    version = doctrines.prepare(
        actor=PREPARES,
        proposal=doctrines.Proposal(
            code="2020-03-19",
            title="Premières livraisons du 19 mars, selon l’instruction du 20",
            rule_set=FIRST_RULES,
            parameters=RULE_SETS[FIRST_RULES].defaults,
            effective_on=calendar.FIRST.monday,
            reason="« Ces dispositions sont opérationnelles […] à compter du 19 mars » (instruction du 20 mars 2020).",
        ),
        at=at,
    )
    doctrines.sign(actor=SIGNS, version_id=version.pk, at=at)


def _decide(
    families: list[str] | tuple[str, ...], *, mode: str, starts_at: datetime, at: datetime
) -> None:
    decision = regimes.prepare(
        actor=PREPARES,
        proposal=regimes.Proposal(
            regime=RegimeDecision.Regime.TENSION,
            mode=mode,
            families=families,
            regions=[],
            starts_at=starts_at,
            reason="Rejeu de 2020.",
        ),
        at=at,
    )
    regimes.sign(actor=SIGNS, decision_id=decision.pk, at=at)
