"""The crisis centre says what leaves the State stock; its order is made at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed, Role, require_second_person
from distrilog.domain.messages import services as messages
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.rules import french_number
from distrilog.domain.resupply.models import Part, Request
from distrilog.domain.resupply.rules import Change, PartState, Step
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    WORDS_LENGTH,
    change,
    finish,
    lock_part,
    refuse,
    start,
    text_faults,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.trace import traced


@traced("validation d’un dépannage")
@transaction.atomic
def validate(
    *,
    actor: Actor,
    part_id: int,
    accept: bool,
    units: int | None = None,
    reason: str = "",
    at: datetime,
) -> Part:
    """
    Accept what the State is asked, all of it or fewer units, or refuse it with a reason. The same again is once.

    Accepted, its units are promised and an order goes to Santé publique France. Raises `NotFound`, `Invalid`,
    `NotNow`, `SameSigner` for whoever decided, or `NotEnoughStock`.
    """
    actor.require(Deed.RESUPPLY_VALIDATE)
    part = lock_part(
        part_id=part_id,
        within=Q(kind="state", line__request__in=Request.objects.within(actor.scope)),
    )
    given = part.units if units is None else units
    if _done(part, accept=accept, units=given):
        return part
    refuse(
        *text_faults("reason", reason, length=WORDS_LENGTH, required=not accept),
        *(_units_faults(part, given) if accept else ()),
    )
    request = part.line.request
    require_second_person(prepared_by=request.decided_by, signed_by=actor.by)
    if accept:
        part.units = given
        change(part, Change.ACCEPT, by=actor.by, at=at, reason=reason.strip())
        grant_part(part, by=actor.by, at=at)
        start(request, Step.SEND, at=at, part=part)
    else:
        change(part, Change.REFUSE, by=actor.by, at=at, reason=reason.strip())
    # After this point, the answer must succeed.

    finish(request, Step.VALIDATE, at=at, part=part)
    settle(request, by=actor.by, at=at)
    _tell(part, at=at)
    return part


def _done(part: Part, *, accept: bool, units: int) -> bool:
    if accept:
        return part.order_id is not None and part.units == units
    return part.state == PartState.REFUSED


def _units_faults(part: Part, units: int) -> list[Fault]:
    box = part.line.box_units
    if type(units) is int and 0 < units <= part.units and units % box == 0:
        return []
    return [
        Fault(
            where="units",
            message=f"Validez des boîtes entières de {box}, {french_number(part.units)} unités au plus.",
            remedy="Pour ne rien donner, refusez avec un motif.",
            values={"asked": units, "left": part.units, "box": box},
        )
    ]


def grant_part(part: Part, *, by: str, at: datetime) -> None:
    """Have the State stock give a part that was accepted: one order, made once."""
    request = part.line.request
    part.order = orders.grant(
        registry=request.facility.registry,
        units={part.line.family_id: part.units},
        key=f"part:{part.pk}",
        reason=f"Dépannage {request.reference}",
        by=by,
        at=at,
    )
    part.save()


def _tell(part: Part, *, at: datetime) -> None:
    request = part.line.request
    accepted = part.state == PartState.CHOSEN
    said = (
        f"{french_number(part.units)} unités partent du stock de l’État."
        if accepted
        else f"Le stock de l’État ne donne rien : {part.reason}"
    )
    messages.send(
        key=f"resupply-validated:{part.pk}:agency",
        title=f"Dépannage {request.reference} : {'validé' if accepted else 'non validé'}",
        body=said,
        roles=[Role.ARS],
        regions=[request.facility.department.region_id],
        by=part.changed_by,
        at=at,
    )
    messages.send(
        key=f"resupply-validated:{part.pk}:facility",
        title=f"Dépannage {request.reference} : {'validé' if accepted else 'non validé'}",
        body=said,
        facility_ids=[request.facility_id],
        by=part.changed_by,
        at=at,
    )
