"""The orders of a facility: the list with its filter, and one order with what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.orders import queries as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.queries import Change, LineView, OrderView
from distrilog.domain.orders.rules import Status
from distrilog.domain.shipping import queries as shipping
from distrilog.domain.shipping.queries import LineLife, OrderLife
from distrilog.domain.shipping.rules import SHORT_RULE
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.facility.forms import OrdersFilter
from distrilog.web.facility.views.deliveries import card
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 20
WEEKS_OFFERED: Final = 26


def _families() -> dict[str, Family]:
    return {family.code: family for family in Family.objects.order_by("position", "code")}


@needs(Deed.ORDER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the orders of the facility, newest first; the filter is in the address, so it can be kept."""
    families = _families()
    this_week = Week.at(clock.now())
    registry = request.GET.get("etablissement", "")[:20]
    facility = facilities.get(registry=registry, scope=request.actor.scope) if registry else None
    form = OrdersFilter(
        request.GET or None,
        statuses=[(str(value), str(words)) for value, words in Order.Status.choices],
        families=[(family.code, french.sentence(family.plural)) for family in families.values()],
        weeks=[str(this_week.plus(-back)) for back in range(WEEKS_OFFERED)],
    )
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = orders.listing(
        scope=request.actor.scope,
        route=request.actor.route,
        week=wanted.get("week", ""),
        status=wanted.get("status", ""),
        family=wanted.get("family", ""),
        facility=registry,
        before=_number(request.GET.get("avant", "")),
        limit=PAGE,
    )
    context = {
        "form": form,
        "page": page,
        "states": shipping.states(references=[order.reference for order in page.orders]),
        "families": families,
        "filtered": any(wanted.values()),
        "later": _later(request, page.before),
        "several": facility is None and request.actor.scope.code != request.actor.registry,
        "facility": facility,
        "may_order": request.actor.may(Deed.ORDER_PLACE),
    }
    return render(request, "facility/orders.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None  # noqa: PLR2004


def _later(request: ActorRequest, before: int | None) -> str:
    """Return the address of the next page, its filter kept."""
    if before is None:
        return ""
    query = request.GET.copy()
    query["avant"] = str(before)
    return f"?{query.urlencode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to an order, or will."""

    words: str
    at: datetime | None = None
    when: str = ""
    more: str = ""
    later: bool = False


@needs(Deed.ORDER_READ)
def detail(request: ActorRequest, reference: str) -> HttpResponse:
    """Show an order: its lines, where and when it arrives, what happened, what can still be done."""
    actor = request.actor
    at = clock.now()
    found = orders.get(reference=reference, scope=actor.scope, route=actor.route)
    facility = facilities.get(registry=found.facility, scope=actor.scope)
    families = _families()
    own = found.facility == actor.registry and actor.may(Deed.ORDER_PLACE)
    changes = orders.changes(reference=reference, scope=actor.scope, route=actor.route)
    life = shipping.of_order(reference=reference, scope=actor.scope, route=actor.route)
    zone = ZoneInfo(facility.department.zone.time_zone)
    context = {
        "order": found,
        "facility": facility,
        "families": families,
        "lines": _lines(found, life, families),
        "life": life,
        "states": {life.reference: (life.state, life.state_words)} if life.state else {},
        # Whoever is short reads by which rule.
        "short_rule": SHORT_RULE if any(line.short_reason for line in life.lines) else "",
        "may_receive": actor.may(Deed.RECEIPT_RECORD),
        "deliveries": [card(each, families, at=at) for each in life.despatches],
        "may_change": own and found.charge == Order.Charge.QUOTA and found.may_change(at=at),
        "zone": zone,
        "route": dict(facility.Route.choices)[found.route],
        "steps": _steps(life, changes, families, zone),
        "just": _just(request),
    }
    return render(request, "facility/order_detail.html", context)


def _just(request: ActorRequest) -> str:
    known = ("confirmation", "modification", "annulation")
    return next((word for word in known if word in request.GET), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line of an order: `far` says where its units are, `why` what could not be served."""

    family: Family
    line: LineView
    far: Sequence[str]
    why: str


def _lines(found: OrderView, life: OrderLife, families: Mapping[str, Family]) -> Sequence[LineSeen]:
    known = {line.family: line for line in life.lines}
    return [
        LineSeen(
            family=families[line.family],
            line=line,
            far=_far(known.get(line.family), families[line.family]),
            why=known[line.family].short_reason if line.family in known else "",
        )
        for line in found.lines
    ]


def _far(line: LineLife | None, family: Family) -> Sequence[str]:
    """Say where the units of a line are, from the door back: « 2 boîtes (100 masques) : reçues »."""
    if line is None:
        return []
    parts = (
        (line.received, "reçues"),
        (line.delivered - line.received - line.disputed, "livrées, à confirmer"),
        (line.disputed, "en litige"),
        (line.despatched - line.delivered - line.failed, "en route"),
        (line.failed, "non remises"),
        (line.to_come, "à expédier"),
        (line.withdrawn, "non servies"),
    )
    return [
        f"{french.in_boxes(units, family, box_units=line.box)} : {words}"
        for units, words in parts
        if units > 0
    ]


def _steps(
    life: OrderLife, changes: list[Change], families: Mapping[str, Family], zone: ZoneInfo
) -> list[Step]:
    """Return what happened and what is next, in order: its making, its changes, its way to the door."""
    first, *rest = [_step(step, zone) for step in life.steps]
    known = {step.key for step in life.steps}
    told = [
        _happened(each, families)
        for each in changes
        if "handed" not in known or not _released(each)
    ]
    return [first, *told, *rest]


def _step(step: shipping.Step, zone: ZoneInfo) -> Step:
    """Return a step with its moment in words: a day, or a moment on the clocks of the facility."""
    when = french.day(step.on) if step.on else ""
    if step.later and step.at:
        when = french.end_moment(step.at, zone)
    return Step(
        words=step.words,
        at=None if step.later else step.at,
        when=when,
        more=step.more,
        later=step.later,
    )


def _released(change: Change) -> bool:
    return change.status_after == Status.RELEASED != change.status_before


def _happened(change: Change, families: Mapping[str, Family]) -> Step:
    if change.status_after == Status.CANCELLED != change.status_before:
        back = "Les boîtes sont revenues à votre contingent."
        return Step(words="Commande annulée", at=change.at, more=back)
    if _released(change):
        return Step(words="Transmise pour préparation", at=change.at)
    before = ", ".join(
        f"{families[code].plural}, "
        + french.in_boxes(units, families[code], box_units=families[code].box_units)
        for code, units in change.units_before.items()
    )
    return Step(words="Commande modifiée", at=change.at, more=f"Avant : {before}")
