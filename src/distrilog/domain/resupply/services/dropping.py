"""Letting parts go, with the promises behind them."""

from collections.abc import Collection
from datetime import datetime

from distrilog.domain.messages import services as messages
from distrilog.domain.resupply.models import Part
from distrilog.domain.resupply.rules import Change, Kind, PartState
from distrilog.domain.resupply.services.steps import drop
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise


def department_key(*, place: str, family: str) -> str:
    """Return the key of what a department's store keeps for the requests it was chosen for."""
    return f"department:{place}:{family}"


def reserve(part: Part, *, by: str, at: datetime) -> None:
    """Keep a part's units at its department's store; raises `NotEnoughStock`."""
    promise(promises=[_promise(part, PendingKind.RESERVE, part.units)], by=by, at=at)


def take_back(parts: Collection[Part], what: Change, *, reason: str, by: str, at: datetime) -> None:
    """Decline or cancel parts that no order carries: promises are given back, and givers told that they are free."""
    kept = [
        part for part in parts if part.kind == Kind.DEPARTMENT and part.state == PartState.CHOSEN
    ]
    promise(promises=[_promise(part, PendingKind.VOID, part.units) for part in kept], by=by, at=at)
    asked = [
        part for part in parts if part.lender_id is not None and part.state != PartState.PROPOSED
    ]
    drop(parts, what, reason=reason, by=by, at=at)
    for part in asked if what is Change.CANCEL else ():
        messages.send(
            key=f"resupply-free:{part.pk}",
            title="Votre offre d’entraide n’est plus attendue",
            body=f"{reason} Merci de votre réponse : ces unités restent chez vous.",
            facility_ids=[part.lender_id] if part.lender_id else [],
            by=by,
            at=at,
        )


def give_back_rest(part: Part, *, units: int, by: str, at: datetime) -> None:
    """Give back what a department's store kept for a part and will not hand over."""
    if units:
        promise(promises=[_promise(part, PendingKind.VOID, units)], by=by, at=at)


def _promise(part: Part, kind: PendingKind, units: int) -> Promise:
    place, family = part.place_id or "", part.line.family_id
    return Promise(
        key=f"part:{part.pk}:{kind}",
        kind=kind,
        reservation=department_key(place=place, family=family),
        place=place,
        family=family,
        units=units,
        reason=f"Dépannage {part.line.request.reference}",
    )
