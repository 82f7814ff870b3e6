"""Why a facility gets what it gets of a plan: step by step, from the text to the boxes and to who changed them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.queries import why as queries
from distrilog.domain.distribution.queries.why import FamilyWhy
from distrilog.domain.doctrines.rules import NeedLine
from distrilog.kernel.refusals import NotFound
from distrilog.web.plans.telling import name_of
from distrilog.web.shared import format as french
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its words, its figure, what it means."""

    words: str
    figure: str
    more: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One family of the page."""

    family: Family
    boxes: int
    lead: str
    steps: Sequence[Step]
    lines: Sequence[NeedLine]


@require_GET
@needs(Deed.PLAN_READ)
def why(request: ActorRequest, number: int, registry: str) -> HttpResponse:
    """Explain the lines of a facility in a plan."""
    found = queries.why(plan_id=number, registry=registry, scope=request.actor.scope)
    if not found.families and not found.excluded:
        raise NotFound(detail="Ce plan ne concerne pas cet établissement.")
    names = names_of(each.adjustment.by for one in found.families for each in one.changes)
    context = {
        "why": found,
        "plan": found.plan,
        "name": name_of(found.plan),
        "own": registry == request.actor.registry,
        "families": [
            _told(each, names, donors=request.actor.may(Deed.DECLARATION_READ))
            for each in found.families
        ],
        "chosen": request.GET.get("famille", ""),
    }
    return render(request, "plans/why.html", context)


_LEADS = {
    "at_level": "Vous recevez la même part de votre besoin que les autres : le niveau commun.",
    "at_floor": "Le niveau commun vous donnerait moins : vous recevez votre plancher.",
    "at_cap": "Votre besoin de la semaine est entièrement servi.",
    "no_need": "La doctrine ne vous donne pas besoin de cet article cette semaine.",
    "nothing_left": "Le volume de la semaine ne suffit pas à servir votre catégorie.",
    "floor_shared": "Le volume ne suffit pas à tous les planchers : ils sont partagés par la même règle.",
}


def _told(found: FamilyWhy, names: dict[str, str], *, donors: bool) -> Told:
    box = found.share.box_units
    return Told(
        family=found.line.family,
        boxes=found.line.units // box,
        lead=_LEADS[found.word],
        steps=[
            *_need_steps(found),
            *_there_steps(found, donors=donors),
            *_share_steps(found),
            *_box_steps(found),
            *_change_steps(found, names),
        ],
        lines=found.lines,
    )


def _need_steps(found: FamilyWhy) -> list[Step]:
    line, family = found.line, found.line.family
    steps = [
        Step(
            words="Besoin selon la doctrine",
            figure=_units(line.need_doctrine, family),
            more="Ligne à ligne plus bas." if found.lines else "",
        )
    ]
    steps += [
        Step(
            words="Adaptation saisonnière",
            figure=f"{french.number(each.per_mille / 10)}{french.THIN}%",
            more=f"{each.reason} Elle finit d’elle-même le {french.day(each.period.upper)}.",
        )
        for each in found.overrides
    ]
    steps += [
        Step(
            words=f"{french.sentence(str(each.get_kind_display()))} : {each.cohort}",
            figure=french.plural(each.headcount, "personne"),
            more="Comptées ici, et nulle part ailleurs, avec la règle de l’établissement.",
        )
        for each in found.trainees
    ]
    if line.need != line.need_doctrine:
        steps.append(Step(words="Besoin retenu", figure=_units(line.need, family)))
    return steps


def _there_steps(found: FamilyWhy, *, donors: bool) -> list[Step]:
    line, family = found.line, found.line.family
    steps = []
    if line.given:
        names = sorted({gift.donor_name for gift in found.gifts}) if donors else []
        steps.append(
            Step(
                words="Déjà reçu de donateurs",
                figure=_units(line.given, family),
                more=f"Déclaré par {', '.join(names)} : compté comme déjà là."
                if names
                else "Compté comme déjà là.",
            )
        )
    if line.already:
        steps.append(
            Step(
                words="Déjà prévu cette semaine",
                figure=_units(line.already, family),
                more="Par un autre plan de la même semaine.",
            )
        )
    if line.missing:
        steps.append(
            Step(
                words="Non servi la dernière fois",
                figure=_units(line.missing, family),
                more="Rattrapé une fois le besoin de la semaine servi.",
            )
        )
    return steps


def _share_steps(found: FamilyWhy) -> list[Step]:
    share, family = found.share, found.line.family
    places = ", ".join(place.name for place, _ in found.sources)
    level = _tenths(found.level_tenths)
    steps = [
        Step(
            words="Le volume de la semaine",
            figure=_units(share.envelope, family),
            more=f"Pour un besoin total de {_units(share.need, family)}."
            + (f" Votre plateforme est servie depuis {places}." if places else ""),
        ),
        Step(
            words="Le niveau commun",
            figure=level,
            more=f"Avec ce volume, chacun est porté à {level} de son besoin, sauf plancher.",
        ),
    ]
    if found.line.floor:
        more = (
            "Le volume ne suffit pas à tous les planchers : ils sont partagés."
            if share.floors_short
            else "Un ajustement ne peut pas descendre au-dessous."
        )
        steps.append(
            Step(words="Votre plancher", figure=_units(found.line.floor, family), more=more)
        )
    return steps


def _box_steps(found: FamilyWhy) -> list[Step]:
    line, family, box = found.line, found.line.family, found.share.box_units
    carried = _units(abs(line.carried) // THOUSANDTHS, family)
    owed = ""
    if abs(line.carried) >= THOUSANDTHS:
        owed = (
            f" L’arrondi vous doit encore {carried}, reportés au prochain plan."
            if line.carried > 0
            else f" L’arrondi vous avance {carried}, déduits du prochain plan."
        )
    return [
        Step(
            words="Calculé, en boîtes entières",
            figure=french.in_boxes(line.computed, family, box_units=box),
            more=f"Des boîtes de {_units(box, family)}.{owed}",
            total=not found.changes,
        )
    ]


def _change_steps(found: FamilyWhy, names: dict[str, str]) -> list[Step]:
    if not found.changes:
        return []
    line, family, box = found.line, found.line.family, found.share.box_units
    steps = [
        Step(
            words=f"Ajusté par l’agence le {french.day(each.adjustment.at, year=False)}",
            figure=("+" if each.units > 0 else "") + french.plural(each.units // box, "boîte"),
            more=f"« {each.adjustment.reason} » ({names[each.adjustment.by]})",
        )
        for each in found.changes
    ]
    total = french.in_boxes(line.units, family, box_units=box)
    return [*steps, Step(words="Dotation", figure=total, total=True)]


def _units(units: int, family: Family) -> str:
    return french.plural(units, family.unit)


def _tenths(tenths: int) -> str:
    whole, tenth = divmod(tenths, 10)
    return f"{french.number(whole)}{f',{tenth}' if tenth else ''}{french.THIN}%"
