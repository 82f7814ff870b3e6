"""Attaching a facility to the territory of another platform (row A3): a start, an end, a reason."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Attachment, Category, Facility, Territory
from distrilog.domain.facilities.queries import get
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REASON_LENGTH: Final = 200


@traced("rattachement")
@transaction.atomic
def attach(
    *, actor: Actor, registry: str, territory: str, on: date, reason: str, at: datetime
) -> Attachment:
    """
    Attach a facility to a territory from a day on; its present attachment ends that day.

    A plan reads attachments on its Monday: one already made does not move. Raises NotFound outside the scope,
    or Invalid with every fault.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    facility = get(registry=registry, scope=actor.scope)
    # Two clerks on one facility follow each other.
    Facility.objects.select_for_update(of=("self",)).get(pk=facility.pk)
    rows = list(Attachment.objects.filter(facility=facility).order_by("period"))
    present = next((row for row in rows if on in row.period), None)
    faults = [
        *_facility_faults(facility, on=on, today=at.astimezone(PARIS).date(), reason=reason),
        *_territory_faults(territory, scope=actor.scope, present=present),
        *_later_faults(rows, on=on),
    ]
    if faults:
        raise Invalid(*faults)
    # After this point, the attachment must succeed.

    if present is not None and present.period.lower == on:
        present.territory_id, present.reason = territory, reason.strip()
        present.save(update_fields=["territory", "reason"])
        return present
    if present is not None:
        present.period = DateRange(present.period.lower, on)
        present.save(update_fields=["period"])
    return Attachment.objects.create(
        facility=facility,
        territory_id=territory,
        period=DateRange(on, facility.closed_on),
        reason=reason.strip(),
    )


def _facility_faults(facility: Facility, *, on: date, today: date, reason: str) -> Iterator[Fault]:
    if facility.category.group == Category.Group.PHARMACY:
        yield Fault(
            where="registry",
            message="Une officine est servie par son grossiste : elle n’a pas de plateforme.",
        )
    if facility.closed_on is not None and facility.closed_on <= on:
        yield Fault(where="registry", message=f"{facility.name} est fermé ce jour-là.")
    if on < today:
        yield Fault(
            where="on", message="Cette date est passée.", remedy="Choisir aujourd’hui ou plus tard."
        )
    if not reason.strip() or len(reason) > REASON_LENGTH:
        yield Fault(
            where="reason", message=f"Écrivez le motif, en {REASON_LENGTH} caractères au plus."
        )


def _territory_faults(code: str, *, scope: Scope, present: Attachment | None) -> Iterator[Fault]:
    found = Territory.objects.filter(code=code).first()
    if found is None or (scope.kind is ScopeKind.REGION and found.region_id != scope.code):
        yield Fault(
            where="territory",
            message="Ce territoire n’est pas de votre région.",
            remedy="Choisir dans la liste.",
        )
    elif found.platform_id is None:
        yield Fault(where="territory", message="Ce territoire n’a pas d’établissement support.")
    elif present is not None and present.territory_id == code:
        yield Fault(where="territory", message=f"Il est déjà rattaché à {found.name}.")


def _later_faults(rows: list[Attachment], *, on: date) -> Iterator[Fault]:
    for row in rows:
        if row.period.lower is not None and row.period.lower > on:
            yield Fault(
                where="on",
                message=f"Un rattachement est déjà prévu à partir du {row.period.lower:%d/%m/%Y}.",
                remedy="Choisir ce jour-là ou un autre après lui.",
            )
