"""Why this number: one page from the text of the doctrine to the boxes, and a drawing of me among the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import Need
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.quotas.queries import Explanation, Position
from distrilog.domain.regimes import queries as regimes
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.weeks import Week
from distrilog.web.facility.histogram import Histogram
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


THOUSANDTHS: Final = 1000


@needs(Deed.QUOTA_READ)
def own(request: ActorRequest, family: str) -> HttpResponse:
    """Explain a quota of my own facility."""
    if not request.actor.registry:
        raise NotFound(detail="Votre profil n’est pas celui d’un établissement.")
    return _why(request, request.actor.registry, family)


@needs(Deed.QUOTA_READ)
def of_facility(request: ActorRequest, registry: str, family: str) -> HttpResponse:
    """Explain a quota of a facility of the scope."""
    return _why(request, registry, family)


def _why(request: ActorRequest, registry: str, code: str) -> HttpResponse:
    facility = facilities.get(registry=registry, scope=request.actor.scope)
    family = Family.objects.filter(code=code).first()
    if family is None:
        raise NotFound(Fault(where="family", message="Cet article n’existe pas."))
    week = _week(request, facility)
    context: dict[str, Any] = {
        "facility": facility,
        "family": family,
        "week": week,
        "own": registry == request.actor.registry,
    }
    try:
        found = quotas.explanation(facility_id=facility.pk, family=code, week=str(week))
    except NotFound:
        return _no_quota(request, context)
    run = quotas.get(run_id=found.run_id)
    need = doctrines.need_of(facility=facility, version=run.doctrine, on=week.monday)
    position = quotas.position(facility_id=facility.pk, family=code, week=str(week))
    context |= {
        "found": found,
        "lines": [line for line in need.lines if line.family == code],
        "steps": _steps(found, need, family),
        "histogram": Histogram.of(counts=position.counts, mine=position.mine),
        "told": _told(position),
    }
    return render(request, "facility/why.html", context)


def _no_quota(request: ActorRequest, context: Mapping[str, Any]) -> HttpResponse:
    """Say why there is nothing to explain: no need under the doctrine, or no run of this week."""
    need = None
    try:
        version = doctrines.in_force(on=context["week"].monday)
    except doctrines.NoDoctrine:
        pass
    else:
        need = doctrines.need_of(
            facility=context["facility"], version=version, on=context["week"].monday
        )
    units = need.units.get(context["family"].code, 0) if need else 0
    return render(request, "facility/why_none.html", {**context, "need": need, "units": units})


def _week(request: ActorRequest, facility: Facility) -> Week:
    text = request.GET.get("semaine", "")
    if not text:
        return regimes.current_week(zone=facility.department.zone, at=clock.now())
    try:
        return Week.parse(text)
    except ValueError as error:
        raise Invalid(Fault(where="semaine", message=str(error))) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the calculation: its words, its figure, and what it means."""

    words: str
    figure: str
    more: str = ""
    total: bool = False


def _steps(found: Explanation, need: Need, family: Family) -> list[Step]:
    """Return the calculation, from the need to the boxes; a step that changes nothing is left out."""
    return [
        *_need_steps(found, need, family),
        *_stock_steps(found, family),
        *_share_steps(found, family),
        *_bound_steps(found, family),
        *_box_steps(found, family),
    ]


def _need_steps(found: Explanation, need: Need, family: Family) -> Sequence[Step]:
    by_text = need.units.get(family.code, 0)
    weighted = by_text * found.multiplier // THOUSANDTHS
    more = f"D’après « {found.doctrine} », détaillée plus bas."
    if found.multiplier != THOUSANDTHS:
        more += (
            f" Votre région compte cette semaine pour {_per_mille(found.multiplier)} de son besoin."
        )
    if abs(weighted - found.line.need) > 1:
        more += f" Le répertoire a changé depuis : les textes donneraient aujourd’hui {_units(by_text, family)}."
    return [
        Step(words="Votre besoin de la semaine", figure=_units(found.line.need, family), more=more)
    ]


def _stock_steps(found: Explanation, family: Family) -> Sequence[Step]:
    """Say which stock was counted, where the run read what facilities declared."""
    if not found.reads_cover:
        return []
    if found.declared_week:
        more = (
            f"Ce que vous avez déclaré pour la {french.week_name(Week.parse(found.declared_week))}, "
            "et jamais plus que ce que le silence vous aurait compté."
        )
    elif found.have:
        more = (
            "Vous n’aviez rien déclaré de récent : vous êtes compté à la couverture la plus haute de votre "
            "catégorie. Déclarer ne peut que faire baisser ce nombre."
        )
    else:
        more = "Aucun stock n’a été compté pour vous."
    return [Step(words="Le stock compté", figure=_units(found.have, family), more=more)]


def _share_steps(found: Explanation, family: Family) -> Sequence[Step]:
    pots = ""
    if found.pots:
        pots = f", dont {french.number(found.pots)} pour les pots communs des agences régionales"
    envelope = (
        f"Ce que l’État libère cette semaine depuis « {found.line.source_name} »{pots}. "
        f"Le besoin total y est de {_units(found.envelope_need, family)}."
    )
    level = _per_mille(found.level_tenths)
    return [
        Step(
            words="L’enveloppe de la semaine",
            figure=_units(found.envelope, family),
            more=envelope,
        ),
        Step(
            words="Le niveau commun",
            figure=level,
            more=f"Avec cette enveloppe, chacun est porté à {level} de son besoin, sauf plancher ou plafond.",
        ),
    ]


def _bound_steps(found: Explanation, family: Family) -> Sequence[Step]:
    steps = []
    if found.floor:
        words = {
            "at_floor": "Le niveau commun vous donnerait moins : vous recevez ce plancher.",
            "floor_shared": "L’enveloppe ne suffit pas à tous les planchers : ils sont partagés.",
        }.get(found.word, "Vous êtes au-dessus : il ne change rien.")
        steps.append(Step(words="Votre plancher", figure=_units(found.floor, family), more=words))
    told = (
        "L’enveloppe suffit à vous servir jusqu’à ce plafond."
        if found.word == "at_cap"
        else "Vous êtes en dessous : il ne change rien."
    )
    steps.append(Step(words="Votre plafond", figure=_units(found.ceiling, family), more=told))
    exact = _thousandths(found.exact, family)
    return [*steps, Step(words="Votre part exacte", figure=exact)]


def _box_steps(found: Explanation, family: Family) -> Sequence[Step]:
    steps = []
    if found.carried:
        told = (
            "Ce que les arrondis précédents vous devaient : il vous est rendu dès qu’il fait une boîte."
            if found.carried > 0
            else "Ce que les arrondis précédents vous avaient avancé : il est déduit."
        )
        figure = _thousandths(found.carried, family)
        steps.append(Step(words="Report des semaines passées", figure=figure, more=told))
    boxes = french.in_boxes(found.units, family, box_units=found.line.box)
    steps.append(
        Step(
            words="Arrondi à la boîte",
            figure=boxes,
            more=f"On livre des boîtes entières de {_units(found.line.box, family)}. "
            + _owed(found.carried_next, family),
        )
    )
    cap = french.in_boxes(found.line.cap, family, box_units=found.line.box)
    more = (
        ""
        if found.line.cap == found.units
        else "Ce que vous aviez déjà commandé vous reste acquis."
    )
    return [*steps, Step(words="Votre contingent", figure=cap, more=more, total=True)]


def _owed(carried_next: int, family: Family) -> str:
    if not carried_next:
        return "L’arrondi ne vous doit rien."
    told = _thousandths(abs(carried_next), family)
    if carried_next > 0:
        return f"Il vous reste dû {told}, reportés à la semaine prochaine."
    return f"L’arrondi vous avance {told}, déduits des prochains arrondis."


def _units(units: int, family: Family) -> str:
    return french.plural(units, family.unit)


def _thousandths(value: int, family: Family) -> str:
    """Write thousandths of a unit to the tenth, or whole where they are."""
    if value % THOUSANDTHS == 0:
        return _units(value // THOUSANDTHS, family)
    head = french.plural(2, family.unit).split(french.HARD)[1]
    return f"{french.number(value / THOUSANDTHS)}{french.HARD}{head}"


def _per_mille(tenths: int) -> str:
    """Write tenths of a percent: « 76,4 % », « 76 % »."""
    whole, tenth = divmod(tenths, 10)
    return f"{french.number(whole)}{f',{tenth}' if tenth else ''}{french.THIN}%"


def _told(position: Position) -> str:
    """Say in a sentence what the drawing shows."""
    if position.mine is None:
        return ""
    same = position.counts[position.mine] - 1
    return (
        f"{french.plural(same, 'établissement')} au même niveau que vous, "
        f"{french.number(position.above)} au-dessus, {french.number(position.below)} en dessous."
    )
