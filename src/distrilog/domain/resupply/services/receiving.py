"""What was handed over arrives; what was lent comes back, or becomes a gift."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.messages import services as messages
from distrilog.domain.orders.rules import french_number
from distrilog.domain.resupply.models import Loan, Part
from distrilog.domain.resupply.rules import Change, Kind as Source, PartState, Step
from distrilog.domain.resupply.services.refusals import NotNow
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    change,
    finish,
    lock_part,
    own_facility,
    refuse,
)
from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.rules import DOOR, FACILITIES, LOANS, Kind, Status
from distrilog.domain.stock.services import Movement, move
from distrilog.kernel.refusals import Fault, Forbidden, NotFound
from distrilog.kernel.trace import traced


# The keys of entries add the reference of the loan to it.
_KEY_LENGTH: Final = 60


@traced("réception d’une part de dépannage")
@transaction.atomic
def receive(*, actor: Actor, part_id: int, units: int, at: datetime) -> Part:
    """
    Say what arrived of what a neighbour or a department handed over: all of it, or less, or nothing (0).

    What is missing is written off. What an order carries is received there. The same again changes nothing.
    Raises `NotFound`, `Invalid`, or `NotNow`.
    """
    actor.require(Deed.RECEIPT_RECORD)
    facility = own_facility(actor)
    part = lock_part(part_id=part_id, within=Q(line__request__facility=facility))
    if part.order_id is not None:
        raise NotNow(
            detail="Cette part arrive par une commande : confirmez la réception de sa livraison.",
            reference=part.order.reference if part.order else "",
        )
    if _received_so(part, units):
        return part
    if part.state != PartState.SENT:
        change(part, Change.RECEIVE, by=actor.by, at=at)  # Says what it is by now.
    refuse(*_units_faults(part, units))
    # After this point, the receipt must succeed.

    if part.kind == Source.NEIGHBOUR:
        _take_in(part, units, by=actor.by, at=at)
    elif units < part.units:
        _write_off_missing(part, part.units - units, by=actor.by, at=at)
    part.units = units or part.units
    nothing = "Rien n’est arrivé." if units == 0 else ""
    change(part, Change.RECEIVE if units else Change.CANCEL, by=actor.by, at=at, reason=nothing)
    request = part.line.request
    finish(request, Step.RECEIVE, at=at, part=part)
    settle(request, by=actor.by, at=at)
    return part


def _received_so(part: Part, units: int) -> bool:
    if part.state == PartState.RECEIVED:
        return part.units == units
    loan = Loan.objects.filter(part=part).first()
    never_came = loan is not None and loan.received_at is not None and loan.received == 0
    return part.state == PartState.CANCELLED and units == 0 and never_came


def _units_faults(part: Part, units: int) -> list[Fault]:
    if type(units) is int and 0 <= units <= part.units:
        return []
    return [
        Fault(
            where="units",
            message=f"{french_number(part.units)} unités vous ont été remises : dites combien sont arrivées.",
            remedy="Ce qui est en trop se dit à celui qui a remis.",
            values={"asked": units, "left": part.units},
        )
    ]


def _take_in(part: Part, units: int, *, by: str, at: datetime) -> None:
    loan = Loan.objects.select_for_update().get(part=part)
    steps = []
    if units < loan.handed:
        steps.append(
            _step(
                loan,
                Kind.WRITE_OFF,
                loan.handed - units,
                "missing",
                reason="Manquant à la réception",
            )
        )
    if units and loan.terms == Loan.Terms.GIFT:
        steps.append(_step(loan, Kind.GIFT, units, "gift", reason="Don"))
        loan.given = units
    move(movements=steps, by=by, at=at)
    loan.received, loan.received_by, loan.received_at = units, by, at
    loan.settled_at = at if loan.owed == 0 else None
    loan.save()


def _step(loan: Loan, kind: Kind, units: int, key: str, *, reason: str) -> Movement:
    """Return a movement of what was lent: to the door it came from (or is given to), or to the world outside."""
    owner = Entry.objects.values_list("source__owner_id", flat=True).get(
        key=f"loan:{loan.reference}"
    )
    # What the books did not know before goes back to where they do not look.
    outside = kind is Kind.WRITE_OFF or (kind is Kind.GIVE_BACK and owner == FACILITIES)
    assert loan.lot_id is not None, "what was handed over has a lot"
    return Movement(
        key=f"loan:{loan.reference}:{key}",
        kind=kind,
        lot=loan.lot_id,
        units=units,
        place=LOANS,
        to="" if outside else DOOR,
        owner=owner,
        source=Status.DELIVERED,
        target=Status.OUTSIDE if outside else Status.DELIVERED,
        about=loan.reference,
        reason=reason,
    )


def _write_off_missing(part: Part, missing: int, *, by: str, at: datetime) -> None:
    """Write off what a department handed over and did not arrive, last lots first."""
    left = missing
    movements = []
    for entry in Entry.objects.filter(about=f"part:{part.pk}", kind=Kind.DELIVERY).order_by("-pk"):
        units = min(left, entry.units)
        if units:
            left -= units
            movements.append(
                Movement(
                    key=f"part:{part.pk}:missing:{entry.lot_id}",
                    kind=Kind.WRITE_OFF,
                    lot=entry.lot_id,
                    units=units,
                    place=DOOR,
                    source=Status.DELIVERED,
                    target=Status.OUTSIDE,
                    about=f"part:{part.pk}",
                    reason="Manquant à la réception",
                )
            )
    move(movements=movements, by=by, at=at)


@traced("retour de prêt")
@transaction.atomic
def give_back(
    *,
    actor: Actor,
    loan: str,
    units: int,
    as_gift: bool = False,
    key: str = "",
    at: datetime,
) -> Loan:
    """
    Say that units of a loan (its reference) came back, or, as its giver alone may, that they are a gift.

    `key` makes a second sending harmless. Raises `NotFound`, `Forbidden`, `Invalid`, or `NotNow`.
    """
    actor.require(Deed.AID_LEND)
    facility = own_facility(actor)
    found = _locked_loan(loan, facility.pk)
    entry_key = f"{'gift' if as_gift else 'back'}:{key or f'after {found.returned + found.given}'}"
    if key and Entry.objects.filter(key=f"loan:{found.reference}:{entry_key}").exists():
        return found
    if as_gift and found.part.lender_id != facility.pk:
        raise Forbidden(detail="Seul l’établissement qui a prêté peut en faire don.")
    if found.received_at is None:
        raise NotNow(detail="Ce prêt n’a pas encore été reçu.")
    refuse(*_owed_faults(found, units), *_key_faults(key))
    # After this point, the return must succeed.

    kind = Kind.GIFT if as_gift else Kind.GIVE_BACK
    step = _step(found, kind, units, entry_key, reason="Don" if as_gift else "Retour de prêt")
    move(movements=[step], by=actor.by, at=at)
    if as_gift:
        found.given += units
    else:
        found.returned += units
    found.settled_at = at if found.owed == 0 else None
    found.save()
    _tell(
        found,
        units,
        by_giver=found.part.lender_id == facility.pk,
        as_gift=as_gift,
        by=actor.by,
        at=at,
    )
    return found


def _locked_loan(reference: str, facility: int) -> Loan:
    found = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("part__line__request", "part__line__family")
        .filter(
            Q(part__lender=facility) | Q(part__line__request__facility=facility),
            reference=reference,
            handed_at__isnull=False,
        )
        .first()
    )
    if found is None:
        raise NotFound(
            Fault(where="loan", message=f"Aucun prêt « {reference[:40]} » ne vous concerne.")
        )
    return found


def _owed_faults(loan: Loan, units: int) -> list[Fault]:
    if type(units) is int and 0 < units <= loan.owed:
        return []
    return [
        Fault(
            where="units",
            message=f"{french_number(loan.owed)} unités de ce prêt restent dues.",
            remedy="Donnez un nombre entier, 1 au moins.",
            values={"asked": units, "left": loan.owed},
        )
    ]


def _key_faults(key: str) -> list[Fault]:
    if len(key) <= _KEY_LENGTH and "\0" not in key:
        return []
    return [Fault(where="key", message=f"Une clé compte {_KEY_LENGTH} caractères au plus.")]


def _tell(loan: Loan, units: int, *, by_giver: bool, as_gift: bool, by: str, at: datetime) -> None:
    """Tell the other side."""
    other = loan.part.line.request.facility_id if by_giver else loan.part.lender_id
    what = "données" if as_gift else "rendues"
    messages.send(
        key=f"loan:{loan.reference}:{loan.returned}:{loan.given}",
        title=f"Prêt {loan.reference} : {french_number(units)} unités {what}",
        body=f"{loan.part.line.family.name} : {french_number(loan.owed)} unités restent dues.",
        facility_ids=[other] if other else [],
        by=by,
        at=at,
    )
