"""All that was ever sent to one facility, pushed or ordered, in one list: what changes of regime must not lose (row M2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import EmergencyPush
from distrilog.domain.distribution.queries import endowments
from distrilog.domain.orders.models import Line, Order
from distrilog.kernel.weeks import PARIS, Week


class Way(StrEnum):
    """How units came to a facility."""

    PLAN = "plan"
    PROGRAMME = "programme"
    FALLBACK = "fallback"
    EMERGENCY = "emergency"
    ORDER = "order"
    RESUPPLY = "resupply"


WAY_NAMES: dict[Way, str] = {
    Way.PLAN: "Dotation hebdomadaire",
    Way.PROGRAMME: "Programme",
    Way.FALLBACK: "Dotation, portail indisponible",
    Way.EMERGENCY: "Envoi d’urgence",
    Way.ORDER: "Commande",
    Way.RESUPPLY: "Dépannage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """
    Units of one family meant for a facility in a week, by one way.

    `on` is the day it was promised or sent for; `received` is what is known to have arrived, None where that is told
    elsewhere (an order's own page). `reference` is an order's, `plan_id` a plan's.
    """

    way: Way
    week: str
    on: date
    family: Family
    units: int
    box_units: int
    received: int | None
    state: str
    words: str
    reference: str = ""
    plan_id: int | None = None


def supply_history(*, facility_id: int, since: Week | None = None) -> list[Supply]:
    """
    Return what was pushed to a facility and what it ordered, the latest first; three statements, whatever the years.

    Scope is the caller's: only its own people, or who may read it, may pass its id. Cancelled orders are left out.
    """
    found: Sequence[Supply] = [
        *_pushed(facility_id),
        *_urgent(facility_id),
        *_ordered(facility_id),
    ]
    kept = [each for each in found if since is None or each.week >= str(since)]
    return sorted(
        kept, key=lambda one: (one.week, one.on, one.way, -one.family.position), reverse=True
    )


def _pushed(facility_id: int) -> Iterator[Supply]:
    for each in endowments.of_facility(facility_id=facility_id):
        line, plan = each.line, each.line.plan
        way = Way.PROGRAMME if plan.programme_id else Way.FALLBACK if plan.fallback else Way.PLAN
        told = plan.programme.title if plan.programme else plan.title
        platform = line.territory.platform
        if platform is not None and platform.pk != facility_id:
            told = f"{told} · {platform.name}".removeprefix(" · ")
        yield Supply(
            way=way,
            week=plan.week,
            on=plan.delivers_on,
            family=line.family,
            units=line.units,
            box_units=each.box_units,
            received=each.handed,
            state=_state(each),
            words=told,
            plan_id=plan.pk,
        )


def _state(each: endowments.EndowmentLine) -> str:
    if not each.sure:
        return "en cours d’ajustement"
    if each.handed >= each.line.units:
        return "remis"
    if each.handed:
        return "remis en partie"
    return "à remettre" if each.line.plan.sent_at else "arrêté"


def _urgent(facility_id: int) -> Iterator[Supply]:
    rows = EmergencyPush.objects.filter(facility=facility_id).select_related("family")
    for row in rows:
        yield Supply(
            way=Way.EMERGENCY,
            week=str(Week.at(row.at)),
            on=_day(row.at),
            family=row.family,
            units=row.units,
            box_units=row.family.box_units,
            received=row.units,
            state="envoyé",
            words=row.motive,
            reference=row.key,
        )


def _ordered(facility_id: int) -> Iterator[Supply]:
    rows = (
        Line.objects.filter(order__facility=facility_id)
        .exclude(order__status=Order.Status.CANCELLED)
        .select_related("order", "family")
    )
    for row in rows:
        order = row.order
        yield Supply(
            way=Way.RESUPPLY if order.charge == Order.Charge.RESUPPLY else Way.ORDER,
            week=order.week,
            on=_day(order.placed_at),
            family=row.family,
            units=row.units - row.withdrawn,
            box_units=row.box_units,
            received=None,
            state=str(order.get_status_display()),
            words=str(order.get_charge_display()),
            reference=order.reference,
        )


def _day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()
