"""An order that nobody placed: what the State stock gives to one facility in need, made and released at once."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Line, Order
from distrilog.domain.orders.queries.situations import situation_of
from distrilog.domain.orders.rules import Situation, Status, promise_date
from distrilog.domain.orders.services.placing import new_reference
from distrilog.domain.quotas.services import resupply_key
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.refusals import Fault, Invalid


@transaction.atomic
def grant(
    *, registry: str, units: Mapping[str, int], key: str, reason: str, by: str, at: datetime
) -> Order:
    """
    Give units of families to a facility from the State stock, whatever the windows and regimes; free of charge.

    Santé publique France serves it, the store of its zone overseas. They are promised under their own reservation.
    Called once a `key`, inside the caller’s transaction. Raises `NotEnoughStock`, or `Invalid` without an address.
    """
    found = situation_of(registry=registry, at=at)
    assert found is not None, "the facility of a request is never deleted"
    situation = found.situation
    source = granting_place(overseas_source=situation.overseas_source)
    if situation.address_id is None:
        raise Invalid(
            Fault(
                where="address",
                message=f"{situation.name} n’a pas d’adresse de livraison.",
                remedy="Faites-la ajouter au répertoire, puis validez.",
            )
        )
    promise(
        promises=[
            Promise(
                key=f"{key}:{family}",
                kind=PendingKind.RESERVE,
                reservation=resupply_key(source=source.code, family=family),
                place=source.code,
                family=family,
                units=count,
                reason=reason,
            )
            for family, count in sorted(units.items())
        ],
        by=by,
        at=at,
    )
    # After this point, the grant must succeed.

    return _make(situation, source, units, address=situation.address_id, by=by, at=at)


def granting_place(*, overseas_source: str) -> Place:
    """Return the place whose stock helps: the overseas store of the zone where there is one, else SPF."""
    if overseas_source:
        return Place.objects.get(code=overseas_source)
    found = Place.objects.filter(kind=Place.Kind.SPF).order_by("code").first()
    if found is None:
        raise Invalid(Fault(where="source", message="Le stock de l’État n’a pas de lieu."))
    return found


def _make(
    situation: Situation,
    source: Place,
    units: Mapping[str, int],
    *,
    address: int,
    by: str,
    at: datetime,
) -> Order:
    facility = Facility.objects.select_related("department__zone").get(pk=situation.facility_id)
    land = facility.department.zone
    order = Order.objects.create(
        reference=new_reference(situation),
        facility_id=situation.facility_id,
        week=str(situation.week),
        charge=Order.Charge.RESUPPLY,
        status=Status.RELEASED,
        address_id=address,
        route=source.kind,
        source=source.code,
        promised_on=promise_date(
            cut_off_on=at.astimezone(ZoneInfo(situation.time_zone)).date(),
            lead_time_days=land.lead_time_days,
            closed_days=land.closed_days,
        ),
        cut_off_at=at,
        placed_by=by,
        placed_at=at,
    )
    Line.objects.bulk_create(
        Line(
            order=order,
            family_id=family,
            units=count,
            box_units=situation.families[family].box_units,
        )
        for family, count in sorted(units.items())
    )
    OutboxMessage.objects.create(
        key=f"order.placed:{order.reference}",
        topic="order.placed",
        payload={"reference": order.reference},
        created_at=at,
    )
    return order
