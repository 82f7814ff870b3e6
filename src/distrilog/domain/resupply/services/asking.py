"""Asking for help, and taking the request back."""

import base64
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages import services as messages
from distrilog.domain.orders.rules import MOST_LINES, FamilyFacts, french_date, units_fault
from distrilog.domain.resupply.models import Request, RequestLine
from distrilog.domain.resupply.queries.spares import spares
from distrilog.domain.resupply.rules import Change, PartState, Step, Urgency, procedure
from distrilog.domain.resupply.services.dropping import take_back
from distrilog.domain.resupply.services.refusals import AlreadyAsked, KeyReused, NotNow
from distrilog.domain.resupply.services.steps import (
    CONTACT_LENGTH,
    WORDS_LENGTH,
    close,
    live_parts,
    lock_request_within,
    refuse,
    start,
    text_faults,
)
from distrilog.kernel.refusals import Fault, Forbidden, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


_RANDOM_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Units of a family that a facility lacks; not yet believed."""

    family: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The reference of a request; `replayed` says that its key had already made it."""

    reference: str
    replayed: bool = False


@traced("demande de dépannage")
@transaction.atomic
def ask(
    *,
    actor: Actor,
    registry: str,
    urgency: str,
    words: str,
    lines: Sequence[Wanted],
    contact: str = "",
    key: UUID | None = None,
    at: datetime,
) -> Asked:
    """
    Ask for urgent help, under the procedure of the day; the agency decides.

    Raises `NotFound`, `Forbidden`, `Invalid` with every fault at once, `AlreadyAsked`, or `KeyReused`. The same
    key with the same content answers the request it made.
    """
    actor.require(Deed.RESUPPLY_ASK)
    facility = _lock_facility(actor, registry)
    earlier = Request.objects.filter(key=key).first() if key else None
    if earlier is not None:
        said = (facility.pk, urgency, words.strip(), contact.strip())
        return _replayed(earlier, said=said, lines=lines)
    families = {family.code: family for family in Family.objects.all()}
    refuse(
        *_facility_faults(facility, at=at),
        *_text_faults(urgency=urgency, words=words, contact=contact),
        *_line_faults(lines, families),
    )
    _refuse_twice(facility, lines, families)
    # After this point, the request must succeed.

    request = Request.objects.create(
        reference=_new_reference(facility),
        facility=facility,
        key=key,
        procedure=procedure(on=at.astimezone(PARIS).date()).code,
        urgency=urgency,
        words=words.strip(),
        contact=contact.strip(),
        asked_by=actor.by,
        asked_at=at,
    )
    known = spares(facilities=[facility.pk], at=at)
    needs = dict(
        facility.targets.filter(family__in=[line.family for line in lines]).values_list(
            "family_id", "need"
        )
    )
    RequestLine.objects.bulk_create(
        RequestLine(
            request=request,
            family_id=line.family,
            units=line.units,
            box_units=families[line.family].box_units,
            stock=known[facility.pk, line.family].stock
            if (facility.pk, line.family) in known
            else None,
            need=needs.get(line.family),
        )
        for line in lines
    )
    start(request, Step.DECIDE, at=at)
    _tell(request, at=at)
    return Asked(reference=request.reference)


def _lock_facility(actor: Actor, registry: str) -> Facility:
    """Lock the facility that asks: two requests at once come one after the other."""
    found = Facility.objects.within(actor.scope).filter(registry=registry[:20].replace("\0", ""))
    if not found.exists():
        raise NotFound(
            Fault(
                where="facility",
                message=f"Aucun établissement « {registry[:20]} » dans votre périmètre.",
                remedy="Vérifiez le numéro FINESS, ou demandez à votre ARS.",
            )
        )
    if registry != actor.registry:
        raise Forbidden(
            detail="Vous voyez cet établissement, mais ne demandez de l’aide que pour le vôtre."
        )
    return (
        Facility.objects.select_related("department__zone")
        .select_for_update(of=("self",), no_key=True)
        .get(registry=registry)
    )


def _replayed(
    earlier: Request, *, said: tuple[int, str, str, str], lines: Sequence[Wanted]
) -> Asked:
    had = sorted(earlier.lines.values_list("family_id", "units"))
    written = (earlier.facility_id, earlier.urgency, earlier.words, earlier.contact)
    same = written == said and had == sorted((line.family, line.units) for line in lines)
    if not same:
        raise KeyReused(
            detail="Cette clé a déjà servi à une demande différente : utilisez-en une nouvelle."
        )
    return Asked(reference=earlier.reference, replayed=True)


def _facility_faults(facility: Facility, *, at: datetime) -> Iterator[Fault]:
    today = at.astimezone(ZoneInfo(facility.department.zone.time_zone)).date()
    if facility.closed_on is not None and facility.closed_on <= today:
        yield Fault(
            where="facility",
            message=f"L’établissement est fermé depuis le {french_date(facility.closed_on)}.",
            remedy="Si c’est une erreur du répertoire, signalez-la à votre ARS.",
            values={"code": "facility-closed"},
        )
    elif facility.opened_on is not None and facility.opened_on > today:
        yield Fault(
            where="facility",
            message=f"L’établissement n’ouvre que le {french_date(facility.opened_on)}.",
            remedy="Demandez à partir de ce jour, ou écrivez à votre ARS.",
            values={"code": "facility-not-open-yet"},
        )


def _text_faults(*, urgency: str, words: str, contact: str) -> Iterator[Fault]:
    if urgency not in set(Urgency):
        yield Fault(where="urgency", message="Dites sous combien de temps il n’y aura plus rien.")
    yield from text_faults("words", words, length=WORDS_LENGTH, required=True)
    yield from text_faults("contact", contact, length=CONTACT_LENGTH)


def _line_faults(lines: Sequence[Wanted], families: dict[str, Family]) -> Iterator[Fault]:
    if not lines:
        yield Fault(
            where="lines", message="Aucun article demandé.", remedy="Ajoutez au moins une ligne."
        )
    if len(lines) > MOST_LINES:
        yield Fault(where="lines", message=f"Une demande a {MOST_LINES} lignes au plus.")
        return
    seen: set[str] = set()
    for rank, line in enumerate(lines):
        family = families.get(line.family)
        if family is None:
            yield Fault(
                where=f"lines.{rank}.family",
                message=f"La famille « {line.family[:20]} » n’existe pas.",
                remedy=f"Familles connues : {', '.join(families)}.",
            )
        elif line.family in seen:
            yield Fault(
                where=f"lines.{rank}.family",
                message=f"La famille « {family.name} » est déjà dans la demande.",
                remedy="Regroupez les deux lignes.",
            )
        seen.add(line.family)
        fault = units_fault(
            units=line.units, where=f"lines.{rank}.units", family=_facts(family) if family else None
        )
        if fault is not None:
            yield fault


def _facts(family: Family) -> FamilyFacts:
    return FamilyFacts(
        code=family.code,
        name=family.name,
        box_units=family.box_units,
        plural=family.plural,
        unit=family.unit,
    )


def _refuse_twice(facility: Facility, lines: Sequence[Wanted], families: dict[str, Family]) -> None:
    open_lines = RequestLine.objects.filter(
        request__in=Request.objects.open().filter(facility=facility),
        family__in=[line.family for line in lines],
    ).select_related("request")
    faults = [
        Fault(
            where="lines",
            message=(
                f"« {families[line.family_id].name} » est déjà demandé par {line.request.reference}, en cours."
            ),
            remedy="Retirez cette demande pour en faire une autre, ou attendez sa réponse.",
            values={"reference": line.request.reference, "family": line.family_id},
        )
        for line in open_lines
    ]
    if faults:
        raise AlreadyAsked(*faults)


def _new_reference(facility: Facility) -> str:
    """Return a reference nobody can guess (80 random bits), which says its region."""
    random = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode()
    return f"DEP-{facility.department.region_id}-{random}"


def _tell(request: Request, *, at: datetime) -> None:
    messages.send(
        key=f"resupply-asked:{request.reference}",
        title=f"Demande de dépannage : {request.facility.name}",
        body=f"{request.get_urgency_display().capitalize()}. Référence {request.reference}.",
        roles=[Role.ARS],
        regions=[request.facility.department.region_id],
        by=request.asked_by,
        at=at,
    )


@traced("demande de dépannage retirée")
@transaction.atomic
def withdraw_request(*, actor: Actor, reference: str, at: datetime) -> None:
    """
    Take a request back, while nothing of it is being prepared or on its way; twice is once.

    Raises `NotFound`, or `NotNow` with what already left.
    """
    actor.require(Deed.RESUPPLY_ASK)
    request = lock_request_within(reference=reference, actor=actor)
    if request.facility_id != actor.facility_id:
        raise Forbidden(detail="Seul l’établissement qui a demandé peut retirer sa demande.")
    if request.state == Request.State.CANCELLED:
        return
    if request.state not in {Request.State.ASKED, Request.State.UNDER_WAY}:
        raise NotNow(detail="Cette demande est terminée : il n’y a plus rien à retirer.")
    parts = live_parts(request)
    if any(part.state == PartState.SENT or part.order_id is not None for part in parts):
        raise NotNow(
            detail="Une part est déjà en préparation ou en route : recevez-la, ou écrivez à votre ARS."
        )
    # After this point, the withdrawal must succeed.

    take_back(parts, Change.CANCEL, reason="Demande retirée.", by=actor.by, at=at)
    close(request, state=Request.State.CANCELLED, at=at)
