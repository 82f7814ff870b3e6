"""
The demo's push: one family sent to two regions through their platforms, a plan at each step of its way.

Last week's plan was handed out, with a difference, an advance and a rest; this week's is on its way; the next one is with the
agencies, to adjust. Everything goes through the services that people use; only the moments are chosen here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from distrilog.demo.people import OCCITANIE, orderer_of
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.distribution import rules, services
from distrilog.domain.distribution.models import Flow, HandOut, Plan, PlanLine, Programme
from distrilog.domain.distribution.queries import needs
from distrilog.domain.distribution.services.seeding import seed_programmes
from distrilog.domain.distribution.services.situating import Stated
from distrilog.domain.facilities.models import Facility, Zone
from distrilog.domain.regimes import services as regimes
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.stock import queries as stock_queries, services as stock
from distrilog.domain.stock.models import Entry, Lot
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services.places import REQUISITION
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], None]

# A family that nobody orders in the demo, pushed to two regions: aprons.
PUSHED = "apron"
GRAND_EST = "44"
REGIONS = (GRAND_EST, OCCITANIE)
MAINLAND = "metropole"
# What a plan gives of the need, in thousandths, and from where.
VOLUMES_PER_MILLE = {"spf": 420, REQUISITION: 280}
REQUISITIONED_WEEKS = 6
PROGRAMME = "dialyse"
DIALYSIS_SITES, DIALYSIS_UNITS = 6, 500
ASKERS = 5
HOUR = timedelta(hours=1)
_WAYS = (HandOut.Way.COLLECTED, HandOut.Way.DELIVERED)


class Cast(Protocol):
    """Who prepares and who signs."""

    @property
    def prepares(self) -> Actor:
        """Who prepares."""

    @property
    def signs(self) -> Actor:
        """Who signs, shares and sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """When a plan's steps come."""

    prepared: datetime
    shared: datetime
    frozen: datetime
    sent: datetime
    received: datetime
    handed_out: datetime


def push_weeks(*, week: Week, cast: Cast, at: datetime, say: Say) -> None:
    """Bring the push to a week: decided once, then each week's plan as far as the day allows. Again, it only goes on."""
    before = week.plus(-1)
    _decide(week=before, cast=cast)
    following = _following(week=week, at=at)
    weeks = [week.plus(ahead) for ahead in range(-1, following + 1)]
    if any(_plan(week=each) is None for each in weeks):
        need = _need(week=week)
        _open_requisitioned(need=need, week=before)
        for each in weeks:
            _make_plan(week=each, first=before, need=need, cast=cast, at=at, say=say)
    for each in weeks:
        _bring_plan(week=each, first=before, cast=cast, at=at)
    _ask_and_adjust(week=week.plus(following), at=at)
    _run_programme(week=week.plus(following), cast=cast, at=at, say=say)
    _say_situations(week=week, at=at)


def _decide(*, week: Week, cast: Cast) -> None:
    """Put the family in tension, pushed, in two regions, by two persons, on the Monday of a week. Once."""
    if RegimeDecision.objects.filter(mode=RegimeDecision.Mode.PUSH).exists():
        return
    monday = week.moment(weekday=1, clock=time(0), zone=PARIS)
    decision = regimes.prepare(
        actor=cast.prepares,
        proposal=regimes.Proposal(
            regime=RegimeDecision.Regime.TENSION,
            mode=RegimeDecision.Mode.PUSH,
            families=(PUSHED,),
            regions=REGIONS,
            starts_at=monday,
            reason="Rupture chez les fournisseurs : l’État envoie par les plateformes (démonstration).",
        ),
        at=monday - HOUR,
    )
    regimes.sign(actor=cast.signs, decision_id=decision.pk, at=monday - HOUR)


def _open_requisitioned(*, need: int, week: Week) -> None:
    """Open the second source: what was requisitioned from companies. Once."""
    if Entry.objects.filter(key__startswith="requisition-").exists():
        return
    units = need * REQUISITIONED_WEEKS
    article = Article.objects.filter(family=PUSHED).order_by("gtin")[0]
    lot, _ = Lot.objects.get_or_create(
        article=article,
        number=f"RQ{article.gtin[-4:]}",
        defaults={"expires_on": week.monday + timedelta(days=700)},
    )
    opening = stock.Movement(
        key=f"requisition-{article.gtin}",
        kind=Kind.OPENING,
        lot=lot.pk,
        units=-(-units // article.carton_units) * article.carton_units,
        place=REQUISITION,
        source=Status.OUTSIDE,
        target=Status.AVAILABLE,
        reason="Stocks d’entreprises réquisitionnés (démonstration)",
    )
    stock.move(
        movements=[opening], by="demo", at=week.moment(weekday=1, clock=time(0, 5), zone=PARIS)
    )


def _need(*, week: Week) -> int:
    """Return the need of the family in the regions pushed, of those whom a platform serves."""
    country = needs.country(week=week, zone=Zone.objects.get(pk=MAINLAND))
    rows = needs.served(country=country, family=PUSHED, regions=REGIONS).rows
    return int(country.need_of(PUSHED)[rows].sum())


def _following(*, week: Week, at: datetime) -> int:
    """Return how many weeks ahead lies the first plan that can still be adjusted for a while."""
    return 1 if rules.freeze(week=week.plus(1)) > at + 2 * HOUR else 2


# ------------------------------------------------------------------ a plan's way


def _make_plan(*, week: Week, first: Week, need: int, cast: Cast, at: datetime, say: Say) -> None:
    """Prepare the plan of a week and give it to the agencies, where it is missing."""
    if _plan(week=week) is not None:
        return
    moments = _moments(week=week, first=first, at=at)
    proposal = services.Proposal(
        week=week,
        volumes={PUSHED: _volumes(need)},
        title="Tabliers : dotation poussée",
        freezes_at=moments.frozen,
        delivers_on=week.monday + timedelta(days=1),
    )
    try:
        plan = services.prepare(actor=cast.prepares, proposal=proposal, at=moments.prepared)
        services.share(actor=cast.signs, plan_id=plan.pk, at=moments.shared)
    except Refusal:
        # Somebody decided otherwise meanwhile: another regime, a plan of their own.
        return
    say(f"Plan de répartition de la semaine {week} : deux régions, par leurs plateformes")


def _volumes(need: int) -> dict[str, int]:
    """Return what each source gives a plan, as long as it has some."""
    box = Family.objects.get(pk=PUSHED).box_units
    usable = stock_queries.available(places=list(VOLUMES_PER_MILLE))
    return {
        source: min(need * per_mille // 1000, usable.get((source, PUSHED), 0)) // box * box
        for source, per_mille in VOLUMES_PER_MILLE.items()
    }


def _bring_plan(*, week: Week, first: Week, cast: Cast, at: datetime) -> None:
    """Bring the plan of a week as far as the day allows."""
    moments = _moments(week=week, first=first, at=at)
    plan = _plan(week=week)
    if plan is None:
        return
    if plan.state == Plan.State.SHARED:
        services.freeze_due(at=min(at, moments.frozen))
        plan.refresh_from_db()
    if plan.state == Plan.State.FROZEN and at >= moments.sent:
        services.send(actor=cast.signs, plan_id=plan.pk, at=moments.sent)
        plan.refresh_from_db()
    if plan.state == Plan.State.SENT:
        over = week < Week.at(at)
        _receive(plan, at=min(at, moments.received), visited_too=over)
        if over:
            _hand_out(plan, at=moments.handed_out)


def _plan(*, week: Week) -> Plan | None:
    return (
        Plan.objects.filter(week=str(week), zone=MAINLAND, programme=None, number=1)
        .exclude(state=Plan.State.ABANDONED)
        .first()
    )


def _moments(*, week: Week, first: Week, at: datetime) -> _Moments:
    """Return the usual moments of a week's plan; those of the first push, all in its own Monday; never ahead of the day."""

    def moment(weekday: int, hour: int, *, of: Week = week) -> datetime:
        return of.moment(weekday=weekday, clock=time(hour), zone=PARIS)

    previous = week.plus(-1)
    prepared, shared, frozen = (
        (moment(1, 8), moment(1, 9), moment(1, 12))
        if week == first
        else (moment(3, 10, of=previous), moment(3, 15, of=previous), rules.freeze(week=week))
    )
    return _Moments(
        prepared=min(prepared, at - 2 * HOUR),
        shared=min(shared, at - HOUR),
        frozen=frozen,
        sent=moment(1, 14) if week == first else moment(1, 6),
        received=moment(2, 10),
        handed_out=moment(3, 17),
    )


def _receive(plan: Plan, *, at: datetime, visited_too: bool) -> None:
    """Acknowledge all that arrived, but at the visitor's platform: there with a difference, once the week is over."""
    visited, *others = _platforms(plan)
    for actor in (_runner(ScopeKind.REGION, GRAND_EST), *map(_referent, _elsewhere(others))):
        services.receive_all(actor=actor, plan_id=plan.pk, at=at)
    if not visited_too:
        return
    on_the_way = Flow.objects.filter(plan=plan, territory=visited, state=Flow.State.SENT)
    for rank, flow in enumerate(on_the_way.order_by("reference")):
        line = flow.lines.select_related("family").order_by("-sent", "pk")[0]
        missing = 2 * line.family.box_units if rank == 0 else 0
        services.receive(
            actor=_referent(visited),
            reference=flow.reference,
            differences={line.lot_id: line.sent - missing} if missing else {},
            words="Deux boîtes manquent : carton ouvert à l’arrivée." if missing else "",
            at=at,
        )


def _hand_out(plan: Plan, *, at: datetime) -> None:
    """Hand out what arrived: the visitor's platform advances what did not, the next one keeps what nobody collected. Once."""
    if HandOut.objects.filter(line__plan=plan).exists():
        return
    visited, second, *others = _platforms(plan)
    services.hand_out_all(actor=_runner(ScopeKind.REGION, GRAND_EST), plan_id=plan.pk, at=at)
    for rank, territory in enumerate((visited, *_elsewhere(others))):
        services.hand_out_round(
            actor=_referent(territory),
            plan_id=plan.pk,
            territory=territory,
            key=f"tournee-{plan.week}-{territory}",
            way=_WAYS[rank % len(_WAYS)],
            advance=territory == visited,
            at=at,
        )
    _leave_one(plan, territory=second, at=at)


def _leave_one(plan: Plan, *, territory: str, at: datetime) -> None:
    """Hand out to all but one facility, that did not come; the platform says so."""
    lines = PlanLine.objects.filter(plan=plan, territory=territory).select_related("facility")
    given = [line for line in lines.order_by("pk") if line.units]
    kept = given[-1]
    services.hand_out_round(
        actor=_referent(territory),
        plan_id=plan.pk,
        territory=territory,
        facilities=[line.facility.registry for line in given if line != kept],
        key=f"tournee-{plan.week}-{territory}",
        way=HandOut.Way.COLLECTED,
        at=at,
    )
    services.explain_residual(
        actor=_referent(territory),
        plan_id=plan.pk,
        territory=territory,
        family=PUSHED,
        units=kept.units,
        reason=f"Non retiré par {kept.facility.name} : passage reporté à la semaine prochaine.",
        at=at,
    )


def _elsewhere(territories: Sequence[str]) -> list[str]:
    """Return those that are not of the region done all at once; a few facilities are served from beyond its border."""
    return [code for code in territories if not code.startswith(GRAND_EST)]


def _platforms(plan: Plan) -> list[str]:
    """Return the territories served, Occitanie first: the demo's referent has the first of them."""
    served = plan.endowments.values_list("territory", flat=True).distinct()
    return sorted(served, key=lambda code: (not code.startswith(OCCITANIE), code))


def _referent(territory: str) -> Actor:
    """Return somebody who runs a platform of the story."""
    return _runner(ScopeKind.TERRITORY, territory)


def _runner(kind: ScopeKind, code: str) -> Actor:
    return Actor(
        person="demo",
        profile=0,
        role=Role.PLATFORM,
        scope=Scope(kind=kind, code=code),
        name="Démonstration",
    )


def _agency(region: str) -> Actor:
    return Actor(
        person="demo",
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=region),
        region=region,
        name="Démonstration",
    )


# ------------------------------------------------------------------ what agencies and platforms say


def _ask_and_adjust(*, week: Week, at: datetime) -> None:
    """Let some homes ask for more, and one agency adjust a platform; the visitor's is left as computed. Once a plan."""
    plan = _plan(week=week)
    if plan is None or plan.state != Plan.State.SHARED or plan.adjustments.exists():
        return
    then = at - HOUR / 2
    served = PlanLine.objects.filter(plan=plan, family=PUSHED, computed__gt=0).select_related(
        "facility__department"
    )
    homes = served.filter(facility__category__group="nursing_home", territory__region=OCCITANIE)
    for rank, line in enumerate(homes.order_by("-need", "pk")[:ASKERS]):
        services.ask_change(
            actor=orderer_of(line.facility),
            registry=line.facility.registry,
            family=PUSHED,
            units=line.need + (rank + 1) * line.computed // 4,
            reason=_WHY[rank % len(_WHY)],
            at=then,
        )
    _adjust(plan, at=then)


_WHY = (
    "Trois résidents isolés depuis lundi : toilettes au lit pour tous.",
    "Ouverture de six lits d’hébergement temporaire.",
    "Nos tabliers commandés ailleurs ne sont pas arrivés.",
)


def _adjust(plan: Plan, *, at: datetime) -> None:
    box = plan.shares.get(family=PUSHED).box_units
    territory = next(code for code in _platforms(plan) if code.startswith(GRAND_EST))
    lines = PlanLine.objects.filter(plan=plan, territory=territory, family=PUSHED).select_related(
        "facility"
    )
    giver = lines.filter(facility__category__group="hospital").order_by("-computed", "pk").first()
    taker = lines.filter(facility__category__group="nursing_home").order_by("-need", "pk").first()
    if giver is None or taker is None or giver.units - giver.floor < box:
        return
    services.adjust(
        actor=_agency(GRAND_EST),
        plan_id=plan.pk,
        territory=territory,
        family=PUSHED,
        changes={giver.facility.registry: -box, taker.facility.registry: box},
        reason="Foyer épidémique signalé dimanche dans cet EHPAD.",
        at=at,
    )


def _run_programme(*, week: Week, cast: Cast, at: datetime, say: Say) -> None:
    """Decide a programme of the demo, enrol sites, and share its plan. Once a week."""
    seed_programmes(by="demo", at=at)
    if not Programme.objects.filter(pk=PROGRAMME).exists():
        services.decide_programme(
            actor=cast.prepares,
            decision=services.Decision(
                code=PROGRAMME,
                title="Centres de dialyse (démonstration)",
                family="surgical_mask",
                rule=Programme.Rule.PER_SITE,
                units=DIALYSIS_UNITS,
                starts_on=week.monday,
                every_weeks=2,
                source="Démonstration, à l’image du programme de l’ARS Occitanie du 24 avril 2020",
            ),
            at=at - 3 * HOUR,
        )
        sites = Facility.objects.filter(
            category__group="hospital",
            department__region__in=REGIONS,
            attachments__period__contains=week.monday,
            closed_on=None,
        ).order_by("registry")[:DIALYSIS_SITES]
        services.enrol_sites(
            actor=cast.prepares,
            code=PROGRAMME,
            sites={site.registry: 1 for site in sites},
            at=at - 3 * HOUR,
        )
    programme = Programme.objects.get(pk=PROGRAMME)
    turn = (week.monday - Week.of(programme.starts_on).monday).days // 7 % programme.every_weeks
    if turn or Plan.objects.filter(programme=programme, week=str(week)).exists():
        return
    say(f"Programme « {programme.title} », semaine {week}")
    services.prepare_programme(
        actor=cast.prepares,
        code=PROGRAMME,
        week=week,
        volumes={"spf": DIALYSIS_SITES * DIALYSIS_UNITS},
        at=at - 2 * HOUR,
    )


def _say_situations(*, week: Week, at: datetime) -> None:
    """Let some platforms say what they have this week, and one tell an incident; the others are missing, the visitor's too. Once."""
    plan = _plan(week=week)
    if plan is None:
        return
    telling = _platforms(plan)[1::2]
    if not telling or plan.incidents.exists():
        return
    for rank, territory in enumerate(telling):
        services.report_situation(
            actor=_referent(territory),
            territory=territory,
            week=week,
            lines=_stated(short=rank == 1),
            at=at - HOUR,
        )
    services.tell_incident(
        actor=_referent(telling[0]),
        territory=telling[0],
        kind="short",
        words="Deux cartons écrasés dans le flux de cette semaine, contenu inutilisable.",
        plan_id=plan.pk,
        at=at - HOUR,
    )


def _stated(*, short: bool) -> Mapping[str, Stated]:
    if short:
        return {
            PUSHED: Stated(stock=200, risk="week", words="Plus rien avant la prochaine livraison.")
        }
    return {PUSHED: Stated(stock=4000)}
