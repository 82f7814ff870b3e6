"""Continuity: a partner declared away, what that moves, how far it is, how long it took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages as notes
from django.db.models import F, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.shipping import services
from distrilog.domain.shipping.models import Fulfilment, FulfilmentLine, Outage
from distrilog.domain.shipping.rules import OPEN
from distrilog.domain.shipping.services.outages import FALLBACK, OPERATOR
from distrilog.domain.stock import queries as stock
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import reading
from distrilog.web.stock.forms import OutageForm
from distrilog.web.stock.pages import page


HISTORY: Final = 20
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyEffect:
    """What an outage would move of a family. Units: to move, free where they would go."""

    family: Family
    units: int
    free: int

    @property
    def waits(self) -> int:
        """Units that SPF cannot promise today."""
        return max(0, self.units - self.free)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """An outage as the page tells it: how long it took to move the orders, and to give them back."""

    outage: Outage
    since: str
    moving: str
    returning: str


@needs(Deed.OUTAGE_DECLARE)
def continuity(request: ActorRequest) -> HttpResponse:
    """Show what runs, what an outage would move, and the history; declare one after a look at its effect."""
    form = OutageForm(request.POST or None, initial={"partner": "operator"})
    step = request.POST.get("step", "")
    if request.method == "POST" and step != "change" and form.is_valid():
        if step == "confirm":
            if answer := _declare(request, form):
                return answer
        else:
            context = {"form": form, "asked": form.cleaned_data, **_effect()}
            context["partner"] = Outage.Partner(form.cleaned_data["partner"]).label
            return page(request, "outage_check", tab="continuity", context=context)
    at = clock.now()
    rows = [_spell(each, at=at) for each in Outage.objects.order_by("-pk")[:HISTORY]]
    running = [each for each in rows if each.outage.ended_at is None]
    context = {
        "form": form,
        "running": running,
        "to_return": 0 if running else _still_away(),
        "history": [each for each in rows if each.outage.ended_at],
        **_effect(),
    }
    status = 422 if form.errors and step != "change" else 200
    return page(request, "continuity", tab="continuity", context=context, status=status)


def _declare(request: ActorRequest, form: OutageForm) -> HttpResponse | None:
    asked = form.cleaned_data
    try:
        services.declare_outage(
            actor=request.actor,
            partner=asked["partner"],
            reason=asked["reason"],
            drill=asked["drill"],
            at=clock.now(),
        )
    except Refusal as refusal:
        add_faults(form, refusal)
        return None
    told = "Exercice commencé" if asked["drill"] else "Panne déclarée"
    notes.success(request, f"{told}. Les commandes ouvertes passent par l’autre circuit.")
    return redirect("stock:continuity")


@require_POST
@needs(Deed.OUTAGE_DECLARE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """Say that the partner is back."""
    if not Outage.objects.filter(pk=min(number, _LARGEST)).exists():
        raise Http404
    ended = services.end_outage(actor=request.actor, outage_id=number, at=clock.now())
    told = "Exercice terminé" if ended.drill else "Panne levée"
    notes.success(request, f"{told}. Ce qui n’est pas expédié est rendu à l’opérateur.")
    return redirect("stock:continuity")


# ------------------------------------------------------------------ what it would move


def _effect() -> dict[str, Any]:
    """Return what is open at the operator, by family, and what SPF could promise of it. Four queries."""
    open_ones = Fulfilment.objects.filter(place=OPERATOR, state__in=OPEN)
    lines = FulfilmentLine.objects.filter(fulfilment__place=OPERATOR, fulfilment__state__in=OPEN)
    units: Counter[str] = Counter(
        dict(
            lines.values_list("family_id").annotate(
                units=Sum(F("asked") - F("withdrawn") - F("despatched"))
            )
        )
    )
    free = {family: count for (_, family), count in stock.available(places=[FALLBACK]).items()}
    rows = _effects(units, free, reading.families())
    return {
        "orders": open_ones.count(),
        "effects": rows,
        "waits": any(each.waits for each in rows),
    }


def _effects(
    units: Mapping[str, int], free: Mapping[str, int], families: Mapping[str, Family]
) -> Sequence[FamilyEffect]:
    return [
        FamilyEffect(family=family, units=units[code], free=free.get(code, 0))
        for code, family in families.items()
        if units.get(code)
    ]


# ------------------------------------------------------------------ what ran, and how long it took


def _spell(outage: Outage, *, at: datetime) -> Spell:
    return Spell(
        outage=outage,
        since=_length(outage.declared_at, outage.ended_at or at),
        moving=_length(outage.declared_at, outage.moved_at) if outage.moved_at else "",
        returning=_length(outage.ended_at, outage.returned_at)
        if outage.ended_at and outage.returned_at
        else "",
    )


def _still_away() -> int:
    """Return the orders that an outage moved and that are not given back yet."""
    rows = Fulfilment.objects.filter(
        place=FALLBACK, by_platform=True, state__in=OPEN, order__route=OPERATOR
    )
    return rows.count()


def _length(start: datetime, end: datetime) -> str:
    """Write « 3 min », « 2 h 05 », « 4 jours »."""
    minutes = max(0, round((end - start).total_seconds() / 60))
    if minutes < 1:
        return "moins d’une minute"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes}{french.HARD}min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004
        return f"{hours}{french.HARD}h" + (f"{french.HARD}{rest:02d}" if rest else "")
    return french.plural(hours // 24, "jour")
