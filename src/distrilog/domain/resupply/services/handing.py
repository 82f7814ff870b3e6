"""Units change hands: a neighbour’s as a loan or a gift, a department’s from its store."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages import services as messages
from distrilog.domain.orders.rules import french_number
from distrilog.domain.resupply.models import Loan, Part, Request
from distrilog.domain.resupply.queries.loans import held_by
from distrilog.domain.resupply.queries.requests import department_scope
from distrilog.domain.resupply.rules import Change, Kind as Source, PartState, Step
from distrilog.domain.resupply.services.dropping import department_key, give_back_rest
from distrilog.domain.resupply.services.lending import lock_lenders, refuse_below_floor
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    change,
    finish,
    lock_part,
    own_facility,
    refuse,
    start,
)
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Lot
from distrilog.domain.stock.rules import (
    DOOR,
    FACILITIES,
    LOANS,
    STATE,
    Kind,
    Status,
    first_expired_first_out,
)
from distrilog.domain.stock.services import (
    LotRecalled,
    Movement,
    NewLot,
    NotEnoughStock,
    hold,
    move,
    register_lots,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


# What a loan is of when nobody read the box.
UNREAD_LOT: Final = "INCONNU"


@traced("remise d’une part de dépannage")
@transaction.atomic
def hand_over(
    *, actor: Actor, part_id: int, units: int, lot: str = "", gtin: str = "", at: datetime
) -> Part:
    """
    Say that a part was handed over: by the neighbour that gives it, or from a department’s store.

    `lot` is what was read on the boxes, `gtin` their article where it is known. Fewer units than granted may
    leave, never more. Raises `NotFound`, `Invalid`, `NotNow`, `BelowFloor`, `LotRecalled`, or `NotEnoughStock`.
    The same again changes nothing.
    """
    part = lock_part(part_id=part_id, within=_in_hands_of(actor))
    if part.state == PartState.SENT and part.units == units:
        return part
    if part.state != PartState.CHOSEN:
        change(part, Change.SEND, by=actor.by, at=at)  # Says what it is by now.
    refuse(*_units_faults(part, units))
    if part.kind == Source.NEIGHBOUR:
        _lend(part, units=units, lot=lot.strip(), gtin=gtin.strip(), by=actor.by, at=at)
    else:
        _hand_out(part, units=units, by=actor.by, at=at)
    part.units = units
    change(part, Change.SEND, by=actor.by, at=at)
    request = part.line.request
    finish(request, Step.SEND, at=at, part=part)
    start(request, Step.RECEIVE, at=at, part=part)
    settle(request, by=actor.by, at=at)
    _tell(part, at=at)
    return part


def _in_hands_of(actor: Actor) -> Q:
    """Say which parts somebody may hand over: its facility’s own, or those of the department stores of its perimeter."""
    if actor.facility_id is not None:
        actor.require(Deed.AID_LEND)
        return Q(lender=own_facility(actor))
    actor.require(Deed.RESUPPLY_HAND_OUT)
    return Q(kind=Source.DEPARTMENT.value) & department_scope(actor.scope)


def _units_faults(part: Part, units: int) -> list[Fault]:
    if type(units) is int and 0 < units <= part.units:
        return []
    return [
        Fault(
            where="units",
            message=f"Remettez de 1 à {french_number(part.units)} unités.",
            remedy="Pour ne rien remettre, déclinez." if part.kind == Source.NEIGHBOUR else "",
            values={"asked": units, "left": part.units},
        )
    ]


def _lend(part: Part, *, units: int, lot: str, gtin: str, by: str, at: datetime) -> None:
    """Write the papers and the entry: from what was delivered where the lot is known there, else from outside."""
    assert part.lender_id is not None, "a neighbour’s part has a lender"
    lock_lenders(facilities=[part.lender_id])
    refuse_below_floor(part, units=units, at=at)
    loan = Loan.objects.select_for_update().get(part=part)
    row = _lot(part.line.family, number=lot, gtin=gtin)
    if row.recalled_at is not None:
        raise LotRecalled(
            Fault(
                where="lot",
                message=f"Le lot {row.number} est rappelé : il ne se prête pas.",
                remedy="Mettez-le de côté, et remettez-en un autre.",
            )
        )
    delivered = row.pk, DOOR, STATE, Status.DELIVERED.value
    lent = row.pk, LOANS, STATE, Status.DELIVERED.value
    there = hold(accounts=[delivered, lent])[delivered]
    known = min(there, held_by(facility_id=part.lender_id, lot=row.pk)) >= units
    # After this point, the loan must succeed.

    move(
        movements=[
            Movement(
                key=f"loan:{loan.reference}",
                kind=Kind.LOAN,
                lot=row.pk,
                units=units,
                place=DOOR if known else LOANS,
                to=LOANS,
                owner=STATE if known else FACILITIES,
                source=Status.DELIVERED if known else Status.OUTSIDE,
                target=Status.DELIVERED,
                about=loan.reference,
                reason=f"Dépannage {part.line.request.reference}",
            )
        ],
        by=by,
        at=at,
    )
    loan.lot, loan.handed, loan.handed_by, loan.handed_at = row, units, by, at
    loan.save()


def _lot(family: Family, *, number: str, gtin: str) -> Lot:
    """Return the lot that was read; one nobody knows is registered under the article, or the family’s first."""
    articles = list(Article.objects.filter(family=family).order_by("gtin"))
    if not articles:
        refuse(
            Fault(where="lot", message=f"« {family.name} » n’a pas encore d’article au catalogue.")
        )
    if gtin and gtin not in {article.gtin for article in articles}:
        refuse(
            Fault(
                where="gtin",
                message=f"L’article « {gtin[:14]} » n’est pas de la famille « {family.name} ».",
                remedy="Vérifiez le code, ou laissez-le vide.",
            )
        )
    number = number or UNREAD_LOT
    known = Lot.objects.filter(number=number[:20], article__in=[gtin] if gtin else articles)
    found = known.order_by("pk").first()
    if found is not None:
        return found
    article = gtin or articles[0].gtin
    ids = register_lots(lots=[NewLot(gtin=article, number=number)])
    return Lot.objects.get(pk=ids[article, number])


def _hand_out(part: Part, *, units: int, by: str, at: datetime) -> None:
    """Take units out of a department’s store, what expires first first, to the door."""
    place, family = part.place_id or "", part.line.family_id
    batches = stock.batches(place=place, families=[family], lock=True)[family]
    chosen = first_expired_first_out(units=units, batches=batches, on=at.astimezone(PARIS).date())
    there = sum(chosen.values())
    if there < units:
        raise NotEnoughStock(
            Fault(
                where="units",
                message=f"{french_number(units)} unités à remettre, {french_number(there)} utilisables ici.",
                remedy="Remettez-en moins : l’ARS trouvera une autre source pour le reste.",
                values={"asked": units, "left": there},
            )
        )
    # After this point, the hand-over must succeed.

    move(movements=_to_the_door(part, chosen.items()), by=by, at=at)
    give_back_rest(part, units=part.units - units, by=by, at=at)


def _to_the_door(part: Part, chosen: Iterable[tuple[int, int]]) -> list[Movement]:
    place, family = part.place_id or "", part.line.family_id
    about = f"part:{part.pk}"
    movements = []
    for lot, units in chosen:
        movements += [
            Movement(
                key=f"{about}:issue:{lot}",
                kind=Kind.ISSUE,
                lot=lot,
                units=units,
                place=place,
                source=Status.AVAILABLE,
                target=Status.IN_TRANSIT,
                posts=department_key(place=place, family=family),
                about=about,
            ),
            Movement(
                key=f"{about}:delivery:{lot}",
                kind=Kind.DELIVERY,
                lot=lot,
                units=units,
                place=place,
                to=DOOR,
                source=Status.IN_TRANSIT,
                target=Status.DELIVERED,
                about=about,
            ),
        ]
    return movements


def _tell(part: Part, *, at: datetime) -> None:
    request: Request = part.line.request
    giver: Facility | None = part.lender
    messages.send(
        key=f"resupply-sent:{part.pk}",
        title=f"Dépannage {request.reference} : {french_number(part.units)} unités vous sont remises",
        body=f"Par {giver.name if giver else part.place}. Confirmez ce que vous recevez.",
        facility_ids=[request.facility_id],
        by=part.changed_by,
        at=at,
    )
