"""A platform's tour: what arrives, what is on its shelf, what it hands to whom, what stays and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Flow, FlowLine, HandOut, Plan, PlanLine
from distrilog.domain.distribution.queries.reach import debts, platform, platform_code
from distrilog.domain.facilities.models import Address, Territory
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.rules import is_too_old
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


# A platform looks back on as many weeks; what is older is in the history of each facility.
WEEKS: Final = 12
# Who had too little may still be served from what arrives next, or from the platform's own stock.
PATIENCE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Units of a lot in a flow; `received` is None until it is acknowledged."""

    lot: int
    number: str
    expires_on: date | None
    family: str
    sent: int
    received: int | None

    @property
    def missing(self) -> int:
        """Units that did not arrive, once it is acknowledged."""
        return 0 if self.received is None else self.sent - self.received


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSeen:
    """What one source sends a platform for a plan."""

    reference: str
    plan_id: int
    title: str
    week: str
    territory: str
    source: str
    delivers_on: date
    sent_at: datetime
    received_at: datetime | None
    words: str
    parcels: Sequence[Parcel]

    @property
    def units(self) -> dict[str, int]:
        """What it carries, in units by family."""
        sums: defaultdict[str, int] = defaultdict(int)
        for parcel in self.parcels:
            sums[parcel.family] += parcel.sent
        return dict(sums)

    @property
    def missing(self) -> int:
        """Units that did not arrive."""
        return sum(parcel.missing for parcel in self.parcels)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTotals:
    """One family of a plan at a platform, in units: planned, sent, received, handed out, advanced, explained."""

    family: str
    planned: int = 0
    sent: int = 0
    received: int = 0
    coming: int = 0
    handed: int = 0
    owed: int = 0
    explained: int = 0
    reason: str = ""

    @property
    def left(self) -> int:
        """Units still to hand out."""
        return max(0, self.planned - self.handed)

    @property
    def staying(self) -> int:
        """Units that arrived and have not left."""
        return self.received - (self.handed - self.owed)

    @property
    def unexplained(self) -> int:
        """Units that stay without a word."""
        return max(0, self.staying - self.explained)

    @property
    def done(self) -> bool:
        """Tell whether nothing is awaited any more: received, handed out or explained."""
        return not self.coming and not self.unexplained


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSeen:
    """A plan at a platform. `facilities` are served by it, `served` of them have all of theirs."""

    plan_id: int
    title: str
    week: str
    delivers_on: date
    facilities: int
    served: int
    totals: Sequence[FamilyTotals]

    @property
    def arrived(self) -> bool:
        """Tell whether something arrived."""
        return any(each.received for each in self.totals)

    @property
    def left(self) -> int:
        """Units still to hand out."""
        return sum(each.left for each in self.totals)

    @property
    def done(self) -> bool:
        """Tell whether its transit stock is nothing, or explained (row C3)."""
        return all(each.done for each in self.totals)

    @property
    def unserved(self) -> int:
        """Units of facilities that nothing explains: too little arrived, and nothing was advanced."""
        return sum(max(0, each.left - each.explained) for each in self.totals)

    def waits(self, *, on: date) -> bool:
        """Tell whether it waits for the platform on a day: who had too little does, for `PATIENCE` after its delivery."""
        return not self.done or (self.unserved > 0 and on <= self.delivers_on + PATIENCE)

    @property
    def unexplained(self) -> bool:
        """Tell whether something stays without a word."""
        return any(each.unexplained for each in self.totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """
    All of a platform’s work; the rounds that are `open` wait for it.

    `shelf` and `debts` are units by family; `shelf` is what may be handed out today.
    """

    territory: Territory
    coming: Sequence[FlowSeen]
    received: Sequence[FlowSeen]
    rounds: Sequence[RoundSeen]
    open: Sequence[RoundSeen]
    shelf: Mapping[str, int]
    debts: Mapping[str, int]


def tour(*, territory: str, scope: Scope, at: datetime) -> Tour:
    """Return what a platform has to do and did, over `WEEKS` weeks; NotFound outside the scope."""
    found = platform(territory=territory, scope=scope)
    since = str(Week.at(at, PARIS).plus(-WEEKS))
    seen = flows(territory=territory, since=since)
    on = at.astimezone(PARIS).date()
    every = rounds(territory=territory, since=since)
    return Tour(
        territory=found,
        coming=[each for each in seen if each.received_at is None],
        received=[each for each in seen if each.received_at is not None],
        rounds=every,
        open=[each for each in every if each.waits(on=on)],
        shelf=shelf(territory=territory, on=on),
        debts=debts(scope=Scope(kind=ScopeKind.TERRITORY, code=territory)).get(territory, {}),
    )


def shelf(*, territory: str, on: date) -> dict[str, int]:
    """Return what a platform may hand out on a day of the State's stock, in units by family."""
    families = list(Family.objects.values_list("code", flat=True))
    found = stock.batches_at(places=[platform_code(territory)], families=families)
    return {
        family: sum(
            batch.units for batch in batches if not is_too_old(expires_on=batch.expires_on, on=on)
        )
        for (_place, family), batches in found.items()
    }


def flows(
    *, territory: str, since: str = "", plan_id: int | None = None, reference: str = ""
) -> list[FlowSeen]:
    """Return the flows to a platform with their lots, those on their way first. Two queries."""
    rows = Flow.objects.filter(territory=territory).select_related("plan", "source")
    if since:
        rows = rows.filter(plan__week__gte=since)
    if plan_id is not None:
        rows = rows.filter(plan=plan_id)
    if reference:
        rows = rows.filter(reference=reference)
    found = list(rows.order_by("received_at", "-plan__week", "source_id"))
    parcels: defaultdict[int, list[Parcel]] = defaultdict(list)
    for line in (
        FlowLine.objects.filter(flow__in=found)
        .select_related("lot")
        .order_by("family__position", "lot__expires_on", "lot")
    ):
        parcels[line.flow_id].append(
            Parcel(
                lot=line.lot_id,
                number=line.lot.number,
                expires_on=line.lot.expires_on,
                family=line.family_id,
                sent=line.sent,
                received=line.received,
            )
        )
    found.sort(key=lambda flow: (flow.received_at is not None, _newest(flow)))
    return [_flow_seen(flow, parcels[flow.pk]) for flow in found]


def _newest(flow: Flow) -> float:
    return -(flow.received_at or flow.sent_at).timestamp()


def _flow_seen(flow: Flow, parcels: Sequence[Parcel]) -> FlowSeen:
    return FlowSeen(
        reference=flow.reference,
        plan_id=flow.plan_id,
        title=title_of(flow.plan),
        week=flow.plan.week,
        territory=flow.territory_id,
        source=flow.source.name,
        delivers_on=flow.plan.delivers_on,
        sent_at=flow.sent_at,
        received_at=flow.received_at,
        words=flow.words,
        parcels=parcels,
    )


def title_of(plan: Plan) -> str:
    """Return what a plan is called: its own title if it has one, its week, its rank."""
    week = Week.parse(plan.week)
    rank = f", envoi n° {plan.number}" if plan.number > 1 else ""
    if plan.title:
        return f"{plan.title}, semaine {week.number}{rank}"
    return f"Plan de la semaine {week.number}{rank}"


# Lines and hand-outs are summed plan by plan, flows and words beside them: a line is the smallest of the four.
_TOTALS: Final = """
    WITH chosen AS (
        SELECT id FROM distribution_plan WHERE state = 'sent' AND week >= %(since)s
           AND (%(plan)s::bigint IS NULL OR id = %(plan)s)
    ), handed AS (
        SELECT hand_out.line_id, sum(hand_out.units)::bigint AS units, sum(hand_out.owed)::bigint AS owed
          FROM chosen JOIN distribution_planline line ON line.plan_id = chosen.id AND line.territory_id = ANY(%(territories)s)
          JOIN distribution_handout hand_out ON hand_out.line_id = line.id GROUP BY 1
    ), planned AS (
        SELECT line.plan_id, line.territory_id, line.family_id, sum(line.computed + line.changed)::bigint AS planned,
               coalesce(sum(handed.units), 0)::bigint AS handed, coalesce(sum(handed.owed), 0)::bigint AS owed
          FROM chosen JOIN distribution_planline line ON line.plan_id = chosen.id AND line.territory_id = ANY(%(territories)s)
          LEFT JOIN handed ON handed.line_id = line.id
         GROUP BY 1, 2, 3
    ), carried AS (
        SELECT flow.plan_id, flow.territory_id, line.family_id, sum(line.sent)::bigint AS sent,
               coalesce(sum(line.received), 0)::bigint AS received,
               coalesce(sum(line.sent) FILTER (WHERE line.received IS NULL), 0)::bigint AS coming
          FROM chosen JOIN distribution_flow flow ON flow.plan_id = chosen.id AND flow.territory_id = ANY(%(territories)s)
          JOIN distribution_flowline line ON line.flow_id = flow.id GROUP BY 1, 2, 3
    )
    SELECT plan_id, territory_id, family_id, coalesce(planned, 0), coalesce(sent, 0), coalesce(received, 0),
           coalesce(coming, 0), coalesce(handed, 0), coalesce(owed, 0), coalesce(residual.units, 0), coalesce(residual.reason, '')
      FROM planned FULL JOIN carried USING (plan_id, territory_id, family_id)
      LEFT JOIN distribution_residual residual USING (plan_id, territory_id, family_id)
      JOIN catalogue_family family ON family.code = family_id
     WHERE coalesce(planned, 0) > 0 OR coalesce(sent, 0) > 0
     ORDER BY plan_id DESC, territory_id, family.position, family_id
"""


def totals(
    *, territories: Sequence[str], since: str = "", plan_id: int | None = None
) -> dict[tuple[int, str], list[FamilyTotals]]:
    """Return the sums of sent plans by (plan, territory), a line a family. One query."""
    found: defaultdict[tuple[int, str], list[FamilyTotals]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"territories": list(territories), "since": since, "plan": plan_id})
        for plan, territory, *values in cursor.fetchall():
            names = ("family", "planned", "sent", "received", "coming", "handed", "owed")
            figures = dict(zip((*names, "explained", "reason"), values, strict=True))
            found[plan, territory].append(FamilyTotals(**figures))
    return dict(found)


_SERVED: Final = """
    SELECT plan_id, count(*), count(*) FILTER (WHERE units_left <= 0) FROM (
        SELECT line.plan_id, line.facility_id,
               sum(line.computed + line.changed - coalesce(given.units, 0)) AS units_left
          FROM distribution_planline line
          LEFT JOIN LATERAL (
            SELECT sum(hand_out.units) AS units FROM distribution_handout hand_out WHERE hand_out.line_id = line.id
          ) AS given ON true
         WHERE line.plan_id = ANY(%s) AND line.territory_id = %s AND line.computed + line.changed > 0
         GROUP BY 1, 2
    ) AS facilities GROUP BY 1
"""


def rounds(*, territory: str, since: str = "", plan_id: int | None = None) -> list[RoundSeen]:
    """Return the sent plans that serve a platform, the latest first. Three queries."""
    sums = totals(territories=[territory], since=since, plan_id=plan_id)
    plans = Plan.objects.in_bulk([plan for plan, _territory in sums])
    with connection.cursor() as cursor:
        cursor.execute(_SERVED, [list(plans), territory])
        served = {plan: (facilities, done) for plan, facilities, done in cursor.fetchall()}
    found = []
    for (pk, _territory), families in sums.items():
        facilities, done = served.get(pk, (0, 0))
        found.append(
            RoundSeen(
                plan_id=pk,
                title=title_of(plans[pk]),
                week=plans[pk].week,
                delivers_on=plans[pk].delivers_on,
                facilities=facilities,
                served=done,
                totals=families,
            )
        )
    return sorted(found, key=lambda each: (each.week, each.plan_id), reverse=True)


def round_of(*, plan_id: int, territory: str, scope: Scope) -> RoundSeen:
    """Return one sent plan at one platform of the scope, or NotFound."""
    platform(territory=territory, scope=scope)
    found = rounds(territory=territory, plan_id=plan_id)
    if not found:
        raise NotFound(Fault(where="plan", message="Ce plan n’a rien pour cette plateforme."))
    return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """What one facility gets of one family in a plan, and has been handed. Units."""

    family: str
    units: int
    handed: int

    @property
    def left(self) -> int:
        """Units still to hand out."""
        return max(0, self.units - self.handed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One act of handing out to a facility: `hand_outs` are its rows, to undo it by."""

    hand_outs: Sequence[int]
    at: datetime
    way: str
    units: Mapping[str, int]
    owed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A facility of a round: its lines, what it was handed, how it usually is served, where it is."""

    registry: str
    name: str
    commune: str
    department: str
    address: Sequence[str]
    contact: str
    hours: str
    way: str
    lines: Sequence[SiteLine]
    given: Sequence[Given]

    @property
    def done(self) -> bool:
        """Tell whether it has all of it."""
        return not any(line.left for line in self.lines)

    @property
    def begun(self) -> bool:
        """Tell whether it has some of it."""
        return any(line.handed for line in self.lines)

    def line(self, family: str) -> SiteLine | None:
        """Return its line of a family, if it has one."""
        return next((each for each in self.lines if each.family == family), None)


def sites(
    *, plan_id: int, territory: str, scope: Scope, facilities: Sequence[str] | None = None
) -> list[Site]:
    """Return the facilities that a platform serves in a plan, by department, commune and name. Five queries."""
    platform(territory=territory, scope=scope)
    rows = PlanLine.objects.filter(
        plan=plan_id, plan__state=Plan.State.SENT, territory=territory
    ).select_related("facility")
    if facilities is not None:
        rows = rows.filter(facility__registry__in=facilities)
    lines = [line for line in rows.order_by("family__position", "family") if line.units > 0]
    acts = _acts(lines)
    places = _addresses({line.facility_id for line in lines})
    ways = _ways({line.facility_id for line in lines})
    by_facility: defaultdict[int, list[PlanLine]] = defaultdict(list)
    for line in lines:
        by_facility[line.facility_id].append(line)
    found = [
        _site(some, acts, places.get(pk), ways.get(pk, HandOut.Way.COLLECTED.value))
        for pk, some in by_facility.items()
    ]
    return sorted(found, key=lambda site: (site.department, site.commune, site.name))


def _site(
    lines: Sequence[PlanLine],
    acts: Mapping[int, Sequence[HandOut]],
    address: Address | None,
    way: str,
) -> Site:
    facility = lines[0].facility
    return Site(
        registry=facility.registry,
        name=facility.name,
        commune=facility.commune,
        department=facility.department_id,
        address=_address_lines(address),
        contact=" ".join(each for each in (address.contact, address.phone) if each)
        if address
        else "",
        hours=address.opening_hours if address else "",
        way=way,
        lines=[
            SiteLine(
                family=line.family_id,
                units=line.units,
                handed=sum(each.units for each in acts.get(line.pk, ())),
            )
            for line in lines
        ],
        given=_given(lines, acts),
    )


def _address_lines(address: Address | None) -> list[str]:
    if address is None:
        return []
    city = f"{address.postcode} {address.city}".strip()
    return [line for line in (address.street, city) if line]


def _acts(lines: Sequence[PlanLine]) -> dict[int, list[HandOut]]:
    found: defaultdict[int, list[HandOut]] = defaultdict(list)
    for each in HandOut.objects.filter(line__in=lines).order_by("at", "pk"):
        found[each.line_id].append(each)
    return found


def _given(lines: Sequence[PlanLine], acts: Mapping[int, Sequence[HandOut]]) -> list[Given]:
    """Put the rows of one act together; those that were undone are not told."""
    rows = [(line, each) for line in lines for each in acts.get(line.pk, ())]
    undone = {each.cancels_id for _line, each in rows if each.cancels_id is not None}
    found: dict[str, Given] = {}
    for line, each in rows:
        if each.cancels_id is not None or each.pk in undone:
            continue
        key = each.key.partition(":")[0]
        act = found.get(key) or Given(hand_outs=(), at=each.at, way=each.way, units={})
        units = dict(act.units)
        units[line.family_id] = units.get(line.family_id, 0) + each.units
        found[key] = replace(
            act, hand_outs=(*act.hand_outs, each.pk), units=units, owed=act.owed + each.owed
        )
    return sorted(found.values(), key=lambda act: act.at)


def _addresses(facilities: Iterable[int]) -> dict[int, Address]:
    return {
        each.facility_id: each
        for each in Address.objects.filter(facility__in=list(facilities), main=True)
    }


_WAYS: Final = """
    SELECT DISTINCT ON (line.facility_id) line.facility_id, hand_out.way
      FROM distribution_planline line JOIN distribution_handout hand_out ON hand_out.line_id = line.id
     WHERE line.facility_id = ANY(%s) AND hand_out.cancels_id IS NULL
     ORDER BY line.facility_id, hand_out.at DESC, hand_out.id DESC
"""


def _ways(facilities: Iterable[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, [list(facilities)])
        return dict(cursor.fetchall())
