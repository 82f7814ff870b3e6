"""Logistics contacts: one a platform, an agency and a department’s ambulances; one a facility, shared or not (row A4)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Department, Facility, Referent, Region, Territory
from distrilog.domain.facilities.queries import current_referents, referents_within
from distrilog.domain.facilities.rules import sharing_fault
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


NAME_LENGTH: Final = 120
_PHONE: Final = re.compile(r"\+?[0-9][0-9 .\-]{8,18}")
_ONE_DAY: Final = timedelta(days=1)


class ReferentEnded(Refusal):
    """Ce référent n’est plus en fonction."""

    slug = "referent-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """
    Who answers for what, from a day on.

    `kind` is one of `Referent.Kind`; `reach` is a territory, region or department code by kind, empty for
    facilities, which `registries` name.
    """

    kind: str
    reach: str = ""
    registries: Sequence[str] = ()
    name: str
    email: str = ""
    phone: str = ""
    starts_on: date


@traced("référent désigné")
@transaction.atomic
def appoint_referent(*, actor: Actor, appointment: Appointment, at: datetime) -> Referent:
    """
    Name a contact; whoever answered for the same before ends the day before. Raises Invalid with every fault.

    One contact answers for a platform, an agency, a department’s ambulances or a facility at a time. One that was
    shared goes on for the others.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    facilities = _facilities(appointment, scope=actor.scope)
    faults = [
        *_person_faults(appointment),
        *_reach_faults(appointment, scope=actor.scope, facilities=facilities),
    ]
    if appointment.starts_on < at.astimezone(PARIS).date():
        faults.append(
            Fault(where="starts_on", message="Le début est passé.", remedy="Choisir aujourd’hui.")
        )
    if faults:
        raise Invalid(*faults)
    # After this point, the appointment must succeed.

    _end_predecessors(appointment, facilities=facilities)
    row = Referent.objects.create(
        kind=appointment.kind,
        name=appointment.name.strip(),
        email=appointment.email.strip(),
        phone=appointment.phone.strip(),
        starts_on=appointment.starts_on,
        by=actor.by,
        **_reach(appointment),
    )
    row.facilities.set(facilities)
    return row


@traced("fin de fonction d’un référent")
@transaction.atomic
def end_referent(*, actor: Actor, referent_id: int, on: date, at: datetime) -> Referent:
    """End a contact after a day, this one included. Raises NotFound outside the scope, or ReferentEnded."""
    actor.require(Deed.PERIMETER_MANAGE)
    row = (
        referents_within(scope=actor.scope)
        .select_for_update(of=("self",))
        .filter(pk=referent_id)
        .first()
    )
    if row is None:
        raise NotFound(Fault(where="referent", message="Aucun référent de ce numéro chez vous."))
    today = at.astimezone(PARIS).date()
    if row.ends_on is not None and row.ends_on < today:
        raise ReferentEnded(detail=f"{row.name} n’est plus en fonction.")
    if on < max(row.starts_on, today - _ONE_DAY):
        raise Invalid(
            Fault(where="on", message="Cette fin est passée.", remedy="Choisir hier au plus tôt.")
        )
    # After this point, the end must succeed.

    row.ends_on = on
    row.save(update_fields=["ends_on"])
    return row


def _facilities(appointment: Appointment, *, scope: Scope) -> list[Facility]:
    if appointment.kind != Referent.Kind.FACILITY:
        return []
    wanted = {registry.strip() for registry in appointment.registries}
    rows = Facility.objects.within(scope).filter(registry__in=wanted).select_related("category")
    return list(rows.order_by("registry"))


def _person_faults(appointment: Appointment) -> Iterator[Fault]:
    if not appointment.name.strip() or len(appointment.name) > NAME_LENGTH:
        yield Fault(where="name", message=f"Écrivez le nom, en {NAME_LENGTH} caractères au plus.")
    email, phone = appointment.email.strip(), appointment.phone.strip()
    if not email and not phone:
        yield Fault(
            where="email", message="Donnez une adresse électronique ou un téléphone : on doit pouvoir le joindre."
        )  # fmt: skip
    if email and not _is_email(email):
        yield Fault(where="email", message="Cette adresse électronique n’est pas valable.")
    if phone and not _PHONE.fullmatch(phone):
        yield Fault(
            where="phone",
            message="Ce numéro de téléphone n’est pas valable.",
            remedy="Par exemple 05 61 00 00 00.",
        )


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _reach_faults(
    appointment: Appointment, *, scope: Scope, facilities: Sequence[Facility]
) -> Iterator[Fault]:
    match appointment.kind:
        case Referent.Kind.FACILITY:
            yield from _facility_faults(appointment, facilities=facilities)
        case Referent.Kind.PLATFORM | Referent.Kind.AGENCY | Referent.Kind.AMBULANCES:
            if appointment.reach not in _reaches(appointment.kind, scope=scope):
                yield Fault(
                    where="reach",
                    message="Ce territoire n’est pas de votre ressort.",
                    remedy="Choisir dans la liste.",
                )
        case _:
            yield Fault(where="kind", message="Nature inconnue.", remedy="Choisir dans la liste.")


def _facility_faults(
    appointment: Appointment, *, facilities: Sequence[Facility]
) -> Iterator[Fault]:
    known = {facility.registry for facility in facilities}
    for registry in sorted({each.strip() for each in appointment.registries} - known):
        yield Fault(
            where="registries",
            message=f"Aucun établissement « {registry[:20]} » dans votre périmètre.",
            remedy="Vérifiez le numéro.",
        )
    told = sharing_fault([facility.category.group for facility in facilities])
    if told is not None:
        yield Fault(where="registries", message=told)


def _reaches(kind: str, *, scope: Scope) -> set[str]:
    """Return the codes of a kind that lie in a scope: a region’s, or the whole country’s."""
    region = scope.code if scope.kind is ScopeKind.REGION else ""
    if scope.kind not in {ScopeKind.REGION, ScopeKind.COUNTRY}:
        return set()
    if kind == Referent.Kind.AGENCY:
        rows: Any = Region.objects.filter(**({"code": region} if region else {}))
    elif kind == Referent.Kind.PLATFORM:
        rows = Territory.objects.filter(**({"region": region} if region else {}))
    else:
        rows = Department.objects.filter(**({"region": region} if region else {}))
    return set(rows.values_list("code", flat=True))


def _reach(appointment: Appointment) -> dict[str, str]:
    match appointment.kind:
        case Referent.Kind.PLATFORM:
            return {"territory_id": appointment.reach}
        case Referent.Kind.AGENCY:
            return {"region_id": appointment.reach}
        case Referent.Kind.AMBULANCES:
            return {"department_id": appointment.reach}
    return {}


def _end_predecessors(appointment: Appointment, *, facilities: Sequence[Facility]) -> None:
    """End whoever answered before, the day before; a shared contact goes on for the others."""
    last = appointment.starts_on - _ONE_DAY
    before = current_referents(on=appointment.starts_on).filter(kind=appointment.kind)
    if appointment.kind == Referent.Kind.FACILITY:
        replaced = {facility.pk for facility in facilities}
        rows = before.filter(facilities__in=replaced).distinct()
        for row in list(rows.prefetch_related("facilities")):
            _go_on_for_others(row, without=replaced, starts_on=appointment.starts_on)
            _end(row, on=last)
        return
    for row in before.filter(**_reach(appointment)):
        _end(row, on=last)


def _end(row: Referent, *, on: date) -> None:
    # Somebody named today and replaced today answered for a day.
    row.ends_on = max(row.starts_on, on)
    row.save(update_fields=["ends_on"])


def _go_on_for_others(row: Referent, *, without: Iterable[int], starts_on: date) -> None:
    others = [facility for facility in row.facilities.all() if facility.pk not in set(without)]
    if others:
        heir = Referent.objects.create(
            kind=row.kind,
            name=row.name,
            email=row.email,
            phone=row.phone,
            starts_on=starts_on,
            ends_on=row.ends_on,
            by=row.by,
        )
        heir.facilities.set(others)
