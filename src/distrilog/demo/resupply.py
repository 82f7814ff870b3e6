"""
Who lacks and who lends in the demonstration: neighbours that agreed, requests at each step, a department's store.

Everything goes through the services that people use. Requests of the visitor's region are left at each of their
steps, so that each desk opens on something to do.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, zip_longest
from random import Random
from uuid import NAMESPACE_URL, uuid5

from django.db.models import F

from distrilog.demo.people import HAUTE_GARONNE, OCCITANIE, orderer_of
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.declarations.models import Statement
from distrilog.domain.declarations.rules import surplus
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply import services as resupply
from distrilog.domain.resupply.models import Lender, Loan, Part, Request
from distrilog.domain.resupply.rules import Kind as SourceKind, Urgency
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services.places import open_department_store
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], None]

FAMILIES = ("surgical_mask", "ffp2", "gown")
LENDERS_A_DEPARTMENT = 6
REQUESTS_IN_OCCITANIE, REQUESTS_ELSEWHERE = 12, 30
FEW_DAYS, NEIGHBOUR_WEEKS = 5, 3
STORE_BOXES = {"surgical_mask": 4000, "ffp2": 1500, "gown": 600}
LOAN_DAYS = 21
YES, NO, SILENCE = True, False, None
WORDS = (
    "Foyer déclaré lundi dans l’unité du premier étage, consommation triplée.",
    "Livraison attendue non arrivée, stock entamé pour les soins du week-end.",
    "Ouverture d’une aile pour des résidents de retour d’hospitalisation.",
    "Erreur de comptage découverte à l’inventaire.",
)


def help_each_other(
    *, week: Week, sparing: set[str], seeks: set[str], at: datetime, say: Say
) -> None:
    """
    Have neighbours agree to lend, some facilities ask, some neighbours answer, the agency decide some. Once.

    `sparing` are the visitor's facilities, left alone but for `seeks`, which are asked to lend where they can.
    """
    if Lender.objects.exists():
        return
    say("Entraide : prêteurs, demandes de dépannage, stock d’urgence de la Haute-Garonne")
    _fill_store(at=at)
    for facility in _rich(week=week, first=seeks):
        resupply.agree_to_lend(actor=orderer_of(facility), kilometres=80, at=at)
    for rank, (facility, wanted) in enumerate(_poor(week=week, but=sparing)):
        _ask(facility, wanted, rank=rank, at=at - timedelta(hours=1 + rank % 7))
    resupply.propose(at=at - timedelta(minutes=50))
    _answer_some(but=seeks, at=at - timedelta(minutes=30))
    _decide_some(at=at - timedelta(minutes=10))


def _fill_store(*, at: datetime) -> None:
    place = open_department_store(department=HAUTE_GARONNE)
    boxes = dict(Family.objects.values_list("code", "box_units"))
    on = at.astimezone(PARIS).date()
    movements = []
    for family, count in STORE_BOXES.items():
        article = Article.objects.filter(family=family).order_by("gtin")[0]
        lot, _ = Lot.objects.get_or_create(
            article=article,
            number=f"DD31{article.gtin[-4:]}",
            defaults={"expires_on": on + timedelta(days=500)},
        )
        movements.append(
            stock.Movement(
                key=f"opening-{place.code}-{family}",
                kind=Kind.OPENING,
                lot=lot.pk,
                units=count * boxes[family],
                place=place.code,
                source=Status.OUTSIDE,
                target=Status.AVAILABLE,
                reason="Stock d’urgence de la démonstration",
            )
        )
    stock.move(movements=movements, by="demo", at=at)


def _said(*, week: Week) -> Iterator[Statement]:
    """Yield what was declared this week of a few families, department by department, always in one order."""
    yield from (
        Statement.objects.filter(week=str(week), current=True, family__in=FAMILIES, need__gt=0)
        .select_related("facility__department", "facility__category", "family")
        .order_by("facility__department_id", "facility__registry", "family_id")
        .iterator()
    )


def _rich(*, week: Week, first: set[str]) -> list[Facility]:
    """Return facilities that could lend, the visitor's first, then so many a department."""
    chosen = {
        one.pk: one
        for one in Facility.objects.filter(registry__in=first).select_related("department")
    }
    counts: dict[str, int] = {}
    for said in _said(week=week):
        spare = surplus(stock=said.stock, need=said.need, box_units=said.family.box_units)
        department = said.facility.department_id
        if spare < 4 * said.family.box_units or counts.get(department, 0) >= LENDERS_A_DEPARTMENT:
            continue
        if said.facility_id not in chosen:
            chosen[said.facility_id] = said.facility
            counts[department] = counts.get(department, 0) + 1
    return list(chosen.values())


def _poor(*, week: Week, but: set[str]) -> list[tuple[Facility, dict[str, int]]]:
    """
    Return facilities with few days left, with what a week needs, in units of whole boxes.

    First, in each department of the visitor's facilities, the one with the fewest masks, for three weeks of them; then so
    many of the visitor's region and elsewhere, each family in its turn.
    """
    said = [
        each
        for each in _said(week=week)
        if each.need >= 2 * each.family.box_units and each.facility.registry not in but
    ]
    chosen: dict[int, tuple[Facility, dict[str, int]]] = {}
    for each in _neighbours(said, of=but):
        chosen[each.facility_id] = (each.facility, _wanted(each, weeks=NEIGHBOUR_WEEKS))
    said = [each for each in said if each.stock * 7 < FEW_DAYS * each.need]
    Random(str(week)).shuffle(said)  # noqa: S311 - the same story every time
    in_region = [each for each in said if each.facility.department.region_id == OCCITANIE]
    elsewhere = [each for each in said if each.facility.department.region_id != OCCITANIE]
    for rows, more in ((in_region, REQUESTS_IN_OCCITANIE), (elsewhere, REQUESTS_ELSEWHERE)):
        most = len(chosen) + more
        for each in _in_turn(rows):
            if len(chosen) < most:
                chosen.setdefault(each.facility_id, (each.facility, _wanted(each, weeks=1)))
    return list(chosen.values())


def _neighbours(said: list[Statement], *, of: set[str]) -> list[Statement]:
    departments = Facility.objects.filter(registry__in=of).values_list("department", flat=True)
    fewest: dict[str, Statement] = {}
    for each in said:
        department = each.facility.department_id
        if each.family_id != "surgical_mask":
            continue
        known = fewest.get(department)
        if known is None or each.stock * known.need < known.stock * each.need:
            fewest[department] = each
    return [fewest[code] for code in sorted(set(departments)) if code in fewest]


def _wanted(said: Statement, *, weeks: int) -> dict[str, int]:
    box = said.family.box_units
    return {said.family_id: -(-said.need * weeks // box) * box}


def _in_turn(rows: list[Statement]) -> Iterator[Statement]:
    """Yield a row of each family in turn, so that requests are not all for what lacks most."""
    by_family = [[row for row in rows if row.family_id == family] for family in FAMILIES]
    for some in zip_longest(*by_family):
        yield from (row for row in some if row is not None)


def _ask(facility: Facility, wanted: dict[str, int], *, rank: int, at: datetime) -> None:
    resupply.ask(
        actor=orderer_of(facility),
        registry=facility.registry,
        urgency=list(Urgency)[rank % len(Urgency)],
        words=WORDS[rank % len(WORDS)],
        lines=[resupply.Wanted(family=family, units=units) for family, units in wanted.items()],
        contact="Cadre d’astreinte, poste 12",
        key=uuid5(NAMESPACE_URL, f"demo-{facility.registry}"),
        at=at,
    )


def _answer_some(*, but: set[str], at: datetime) -> None:
    """Have two neighbours in three say yes, and one in nine no; the visitor's facilities answer for themselves."""
    proposed = Part.objects.filter(state=Part.State.PROPOSED).exclude(lender__registry__in=but)
    replies = cycle((YES, YES, SILENCE, YES, YES, SILENCE, YES, YES, NO))
    for rank, part in enumerate(proposed.select_related("lender__department").order_by("pk")):
        reply, lender = next(replies), part.lender
        if reply is SILENCE or lender is None:
            continue
        no = reply is NO
        try:
            resupply.answer(
                actor=orderer_of(lender),
                part_id=part.pk,
                units=0 if no else part.units,
                reason="Foyer en cours chez nous." if no else "",
                terms=Loan.Terms.GIFT if rank % 4 == 0 else Loan.Terms.LOAN,
                return_by=None
                if rank % 4 == 0
                else at.astimezone(PARIS).date() + timedelta(days=LOAN_DAYS),
                at=at,
            )
        except Refusal:
            continue  # It has declared less since, or lends elsewhere: it simply does not answer.


def _decide_some(*, at: datetime) -> None:
    """Decide three requests of the region: a neighbour's offer, the State (left to validate), and a refusal."""
    agency = _agency()
    open_ones = Request.objects.filter(
        state=Request.State.ASKED, facility__department__region_id=OCCITANIE
    ).order_by("pk")
    offered = Part.objects.filter(
        state=Part.State.OFFERED, line__request__in=open_ones, units=F("line__units")
    ).select_related("line__request")
    chosen = offered.order_by("pk").first()
    if chosen is not None:
        resupply.decide(
            actor=agency,
            reference=chosen.line.request.reference,
            choices=[
                resupply.Choice(
                    kind=SourceKind.NEIGHBOUR,
                    line=chosen.line_id,
                    units=chosen.units,
                    part_id=chosen.pk,
                )
            ],
            at=at,
        )
    for request in open_ones.filter(state=Request.State.ASKED)[:2]:
        line = request.lines.get()
        resupply.decide(
            actor=agency,
            reference=request.reference,
            choices=[resupply.Choice(kind=SourceKind.STATE, line=line.pk, units=line.units)],
            answer="Aucun voisin ne peut aider à temps.",
            at=at,
        )


def _agency() -> Actor:
    """Return the agency of the visitor's region, as the story plays it."""
    return Actor(
        person="demo-agency",
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=OCCITANIE),
        region=OCCITANIE,
        name="Démonstration",
    )
