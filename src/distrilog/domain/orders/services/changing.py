"""Amending and cancelling, until the cut-off: units move between the order and the share it draws on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import pghistory
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.orders.queries.orders import OrderView, unknown_order, view_of
from distrilog.domain.orders.queries.situations import situation_of
from distrilog.domain.orders.rules import (
    AlreadyCancelled,
    Asked,
    Charge,
    Effect,
    Event,
    Shortage,
    Situation,
    Status,
    TooLate,
    VersionChanged,
    agency_name,
    basket_faults,
    covers,
    effect,
    french_moment,
    quota_exceeded,
    shortages,
)
from distrilog.domain.orders.services.refusing import keep_shortages
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.services import Carried, LockedQuota
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope


# Why a promise moves with the units of an order.
_CHANGED = "Commande modifiée"


def amend(
    *,
    actor: Actor,
    reference: str,
    lines: Sequence[Asked],
    at: datetime,
    expected_version: int | None = None,
    why: str = "",
) -> OrderView:
    """
    Replace the lines of an order, until the cut-off. The same lines again change nothing.

    Raises NotFound, Forbidden, VersionChanged, TooLate, AlreadyCancelled, Invalid or QuotaExceeded. Call it
    outside a transaction: a demand refused by the quota is kept.
    """
    with transaction.atomic(), pghistory.context(by=actor.by, why=why or "modification"):
        order = _lock(reference=reference, scope=actor.scope)
        situation = _situation(order, at)
        _authorise(actor, order, situation)
        _refuse_change(order, situation, event=Event.AMEND, version=expected_version, at=at)
        had = {line.family_id: line.units for line in order.lines.all()}
        faults = basket_faults(lines=lines, situation=situation, had=had)
        if faults:
            raise Invalid(*faults)
        asked = {line.family: int(line.units) for line in lines}
        locked = _lock_shares(order, situation, families=asked.keys() | had.keys())
        short = _short(order, asked=asked, had=had, locked=locked, situation=situation)
        if not short:
            # After this point, the change must succeed.
            if asked != had:
                _replace_lines(order, asked=asked, situation=situation)
                units = {f: asked.get(f, 0) - had.get(f, 0) for f in locked}
                _draw(order, locked, units, by=actor.by, at=at)
                _record(order, "order.amended", at)
            return view_of(_read_again(order))
    # The transaction wrote nothing; what was asked for is kept apart from it.
    keep_shortages(short=short, situation=situation, by=actor.by, at=at)
    raise quota_exceeded(short=short, charge=Charge(order.charge), situation=situation)


def cancel(
    *,
    actor: Actor,
    reference: str,
    at: datetime,
    expected_version: int | None = None,
    why: str = "",
) -> OrderView:
    """
    Cancel an order, until the cut-off; its units go back to the quota or the pot. Twice is once.

    Raises NotFound, Forbidden, VersionChanged or TooLate.
    """
    with transaction.atomic(), pghistory.context(by=actor.by, why=why or "annulation"):
        order = _lock(reference=reference, scope=actor.scope)
        situation = _situation(order, at)
        _authorise(actor, order, situation)
        change = _refuse_change(
            order, situation, event=Event.CANCEL, version=expected_version, at=at
        )
        # After this point, the cancellation must succeed.

        if change is Effect.GIVE_UNITS_BACK:
            had = {line.family_id: line.units for line in order.lines.all()}
            locked = _lock_shares(order, situation, families=had.keys())
            units = {family: -had[family] for family in locked}
            _draw(order, locked, units, by=actor.by, at=at)
            order.status = Status.CANCELLED
            _record(order, "order.cancelled", at)
        return view_of(_read_again(order))


def _lock(*, reference: str, scope: Scope) -> Order:
    order = (
        Order.objects.within(scope)
        .select_related("facility", "address")
        .select_for_update(of=("self",))
        .filter(reference=reference)
        .first()
    )
    if order is None:
        raise NotFound(unknown_order(reference))
    return order


def _authorise(actor: Actor, order: Order, situation: Situation) -> None:
    """Refuse unless one could have placed it: its own facility’s order, or one its agency drew from the pot."""
    actor.require(Deed.ORDER_FROM_POT if order.charge == Charge.POT else Deed.ORDER_PLACE)
    if not covers(scope=actor.order_scope, situation=situation):
        raise Forbidden(detail="Vous voyez cette commande, mais ne modifiez que les vôtres.")


def _situation(order: Order, at: datetime) -> Situation:
    found = situation_of(registry=order.facility.registry, address=order.address_id, at=at)
    assert found is not None, "the facility of an order is never deleted"
    return found.situation


def _refuse_change(
    order: Order, situation: Situation, *, event: Event, version: int | None, at: datetime
) -> Effect:
    """Refuse what the status, the cut-off or somebody else’s change forbids; return the effect otherwise."""
    if version is not None and version != order.version:
        raise VersionChanged(
            detail="Rechargez la commande avant de la modifier.", version=order.version
        )
    change = effect(status=Status(order.status), event=event, before_cut_off=at < order.cut_off_at)
    if change is Effect.REFUSE_CANCELLED:
        raise AlreadyCancelled(detail="Cette commande est annulée : passez-en une nouvelle.")
    if change is Effect.REFUSE_TOO_LATE:
        raise TooLate(
            detail=(
                "La commande n’est plus modifiable depuis "
                f"{french_moment(order.cut_off_at, situation.time_zone)} : elle est transmise "
                f"pour préparation. Pour un besoin urgent, écrivez à {agency_name(situation)}."
            )
        )
    return change


def _lock_shares(
    order: Order, situation: Situation, *, families: Collection[str]
) -> dict[str, LockedQuota]:
    if order.charge == Charge.POT:
        rows = quotas.lock_pots(
            region=situation.region,
            week=order.week,
            families=families,
            source=situation.source(order.route),
        )
    else:
        rows = quotas.lock_quotas(facility_id=order.facility_id, week=order.week, families=families)
    return {row.family: row for row in rows}


def _short(
    order: Order,
    *,
    asked: Mapping[str, int],
    had: Mapping[str, int],
    locked: Mapping[str, LockedQuota],
    situation: Situation,
) -> list[Shortage]:
    """Return the lines that ask for more than is left once the order’s own units are given back."""
    left = {
        family: _left(share, order=order, situation=situation) + had.get(family, 0)
        for family, share in locked.items()
    }
    more = {family: units for family, units in asked.items() if units > had.get(family, 0)}
    return shortages(asked=more, left=left, situation=situation)


def _left(share: LockedQuota, *, order: Order, situation: Situation) -> int:
    """Return the units left of a share; the limit of a category binds its own orders, not its agency's."""
    if order.charge == Charge.POT:
        return share.left
    return situation.left(family=share.family, left=share.left, ordered=share.ordered)


def _draw(
    order: Order,
    locked: Mapping[str, LockedQuota],
    units: Mapping[str, int],
    *,
    by: str,
    at: datetime,
) -> None:
    changes = {locked[family].id: change for family, change in units.items() if change}
    if order.charge == Charge.POT:
        quotas.add_ordered_pots(changes=changes)
    else:
        quotas.add_ordered(changes=changes)
    elsewhere = {
        family: change
        for family, change in units.items()
        if change and locked[family].source != order.source
    }
    if elsewhere:
        _carry_promises(order, locked, elsewhere, by=by, at=at)


def _carry_promises(
    order: Order,
    locked: Mapping[str, LockedQuota],
    units: Mapping[str, int],
    *,
    by: str,
    at: datetime,
) -> None:
    """
    Have the promise follow the units, where the quota draws on another place than the order by now.

    Raises NotEnoughStock where the order's place cannot promise more; where the quota's place cannot
    promise what comes back to it, the quota is cut by as much.
    """
    key = f"order:{order.reference}:{order.version}"
    quotas.carry(
        carried=[
            Carried(
                week=order.week, family=family, units=change,
                source=locked[family].source, target=order.source,
            )
            for family, change in units.items() if change > 0
        ],
        key=f"{key}:more", reason=_CHANGED, by=by, at=at,
    )  # fmt: skip
    back = {family: -change for family, change in units.items() if change < 0}
    moved = quotas.hand_back(
        carried=[
            Carried(
                week=order.week, family=family, units=change,
                source=order.source, target=locked[family].source,
            )
            for family, change in back.items()
        ],
        key=f"{key}:back", reason=_CHANGED, by=by, at=at,
    )  # fmt: skip
    if not moved:
        quotas.cut_units(
            quotas={(order.facility_id, order.week, f): change for f, change in back.items()},
            pots={},
        )


def _replace_lines(order: Order, *, asked: Mapping[str, int], situation: Situation) -> None:
    """
    Replace all lines, changed or not: their trace is then the whole basket as it was.

    A family keeps the price it was ordered at (row L3).
    """
    prices = {line.family_id: line.amount_cents // line.boxes for line in order.lines.all()}
    order.lines.all().delete()
    Line.objects.bulk_create(
        Line(
            order=order,
            family_id=family,
            units=units,
            box_units=situation.families[family].box_units,
            amount_cents=prices.get(family, situation.price_cents(family))
            * (units // situation.families[family].box_units),
        )
        for family, units in asked.items()
    )


def _record(order: Order, topic: str, at: datetime) -> None:
    """Save the next version of an order and tell the outside world."""
    order.version += 1
    order.save(update_fields=["status", "version"])
    OutboxMessage.objects.create(
        key=f"{topic}:{order.reference}:{order.version}",
        topic=topic,
        payload={"reference": order.reference, "version": order.version},
        created_at=at,
    )


def _read_again(order: Order) -> Order:
    return (
        Order.objects.select_related("facility", "address")
        .prefetch_related("lines")
        .get(pk=order.pk)
    )
