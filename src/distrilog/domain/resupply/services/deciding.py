"""The agency decides: which source gives what to which line; or refuses, or ends what is left."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.messages import services as messages
from distrilog.domain.orders import services as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.rules import Asked as AskedLine, Charge, Demand, french_number
from distrilog.domain.resupply.models import Part, Request, RequestLine
from distrilog.domain.resupply.rules import (
    GRANTED,
    KIND_NAMES,
    LIVE,
    Change,
    Kind,
    PartState,
    Step,
    procedure_named,
)
from distrilog.domain.resupply.services.dropping import reserve, take_back
from distrilog.domain.resupply.services.lending import lock_lenders, refuse_below_floor
from distrilog.domain.resupply.services.refusals import NotNow, TooMuch
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    WORDS_LENGTH,
    change,
    close,
    live_parts,
    lock_request_within,
    refuse,
    start,
    text_faults,
)
from distrilog.domain.resupply.services.validating import grant_part
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.trace import traced


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    Units of a line (its id) from a source. A neighbour’s is a part it offered; a department’s, a place.

    Not yet believed.
    """

    kind: str
    line: int
    units: int
    part_id: int | None = None
    place: str = ""


def decide(
    *, actor: Actor, reference: str, choices: Sequence[Choice], answer: str = "", at: datetime
) -> Request:
    """
    Grant units to the lines of a request, from the sources that the agency chooses; all or none.

    A neighbour and a department prepare, the pot places an order, the State waits for the crisis centre where the
    procedure says so. Raises `NotFound`, `Invalid`, `TooMuch`, `NotNow`, `BelowFloor`, `NotEnoughStock`, or what the
    pot refuses. The same choices again change nothing. Call it outside a transaction: what the pot refuses is kept.
    """
    with transaction.atomic():
        outcome = _decide(actor=actor, reference=reference, choices=choices, answer=answer, at=at)
    # Nothing was written but the demand that the pot refused.
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


@traced("décision de dépannage")
def _decide(
    *, actor: Actor, reference: str, choices: Sequence[Choice], answer: str, at: datetime
) -> Request | Refusal:
    actor.require(Deed.RESUPPLY_DECIDE)
    request = lock_request_within(reference=reference, actor=actor)
    lines = {line.pk: line for line in request.lines.select_related("family")}
    had = Part.objects.filter(line__in=lines).select_related("line__family", "lender")
    case = _Case(
        actor=actor,
        request=request,
        choices=choices,
        lines=lines,
        had={part.pk: part for part in had.order_by("pk")},
    )
    if _made_already(case):
        return request
    _refuse_over(request)
    refuse(*_choice_faults(case), *text_faults("answer", answer, length=WORDS_LENGTH))
    _refuse_too_much(case)
    _lock_offers(case, at=at)
    try:
        order = _order_from_pot(case, at=at)
    except Refusal as refusal:
        return refusal
    # After this point, only the stock of a department or of the State can refuse, and then nothing is written.

    for choice in choices:
        _grant(case, choice, order, at=at)
    request.state = Request.State.UNDER_WAY
    request.decided_by, request.decided_at = actor.by, at
    request.answer = answer.strip() or request.answer
    request.save()
    settle(request, by=actor.by, at=at)
    _tell(request, at=at)
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A locked request, its lines and the parts it had, by id, and what somebody chooses for it."""

    actor: Actor
    request: Request
    choices: Sequence[Choice]
    lines: Mapping[int, RequestLine]
    had: Mapping[int, Part]

    def left(self) -> Counter[int]:
        """Return the units of each line that nobody has granted yet."""
        left = Counter({pk: line.units for pk, line in self.lines.items()})
        for part in self.had.values():
            if part.state in GRANTED:
                left[part.line_id] -= part.units
        return left


def _made_already(case: _Case) -> bool:
    """Tell whether all the choices were made before, and nothing is left to make them again."""
    left = case.left()
    made: Counter[tuple[str, int, int, str]] = Counter()
    for part in case.had.values():
        if part.state in GRANTED:
            made[part.kind, part.line_id, part.units, _of(part)] += 1
    wanted = Counter(
        (each.kind, each.line, each.units, str(each.part_id) if each.part_id else each.place)
        for each in case.choices
    )
    return (
        bool(wanted)
        and all(made[one] >= count for one, count in wanted.items())
        and any(each.part_id is not None or each.units > left[each.line] for each in case.choices)
    )


def _of(part: Part) -> str:
    if part.kind == Kind.NEIGHBOUR:
        return str(part.pk)
    return (part.place_id or "") if part.kind == Kind.DEPARTMENT else ""


def _refuse_over(request: Request) -> None:
    if request.state not in {Request.State.ASKED, Request.State.UNDER_WAY}:
        raise NotNow(
            detail=f"Cette demande est « {request.get_state_display()} » : elle n’attend plus de décision."
        )


def _choice_faults(case: _Case) -> Iterator[Fault]:
    if not case.choices:
        yield Fault(
            where="choices",
            message="Aucune source choisie.",
            remedy="Choisissez une source au moins, ou refusez la demande avec un motif.",
        )
    named = [each.part_id for each in case.choices if each.part_id is not None]
    if len(named) > len(set(named)):
        yield Fault(where="choices", message="La même offre est choisie deux fois.")
    for rank, each in enumerate(case.choices):
        line = case.lines.get(each.line)
        if line is None:
            yield Fault(
                where=f"choices.{rank}.line", message="Cette ligne n’est pas de la demande."
            )
        elif type(each.units) is not int or each.units <= 0 or each.units % line.box_units:
            yield Fault(
                where=f"choices.{rank}.units",
                message=f"Accordez des boîtes entières de {line.box_units} unités, une au moins.",
                values={"box": line.box_units},
            )
        yield from _source_faults(case, each, f"choices.{rank}")


def _source_faults(case: _Case, choice: Choice, where: str) -> Iterator[Fault]:
    rules = procedure_named(case.request.procedure)
    if choice.kind not in rules.kinds:
        known = ", ".join(KIND_NAMES[kind] for kind in rules.kinds)
        yield Fault(
            where=f"{where}.kind",
            message=f"La procédure de cette demande ne connaît pas cette source ({known}).",
            remedy=rules.source,
        )
    elif choice.kind == Kind.NEIGHBOUR:
        yield from _offer_faults(choice, where, case.had.get(choice.part_id or 0))
    elif choice.kind == Kind.DEPARTMENT:
        found = Place.objects.filter(
            pk=choice.place,
            kind=Place.Kind.DEPARTMENT,
            department__region=case.request.facility.department.region_id,
        )
        if not found.exists():
            yield Fault(
                where=f"{where}.place",
                message="Ce stock d’urgence n’est pas de la région.",
                remedy="Choisissez un stock départemental de votre région.",
            )
    elif choice.kind == Kind.POT and not case.actor.may(Deed.ORDER_FROM_POT):
        yield Fault(where=f"{where}.kind", message="Votre rôle ne commande pas sur le pot commun.")


def _offer_faults(choice: Choice, where: str, part: Part | None) -> Iterator[Fault]:
    if part is None or part.line_id != choice.line or part.kind != Kind.NEIGHBOUR:
        yield Fault(where=f"{where}.part_id", message="Cette offre n’est pas de cette ligne.")
    elif part.state != PartState.OFFERED:
        yield Fault(
            where=f"{where}.part_id",
            message="Ce voisin n’a pas dit oui, ou son offre a déjà servi.",
            remedy="Rechargez la page : rien n’est pris sans l’accord de celui qui donne.",
            values={"state": part.state},
        )
    elif choice.units > part.units:
        yield Fault(
            where=f"{where}.units",
            message=f"Ce voisin offre {french_number(part.units)} unités au plus.",
            values={"asked": choice.units, "left": part.units},
        )


def _refuse_too_much(case: _Case) -> None:
    left = case.left()
    wanted: Counter[int] = Counter()
    for each in case.choices:
        wanted[each.line] += each.units
    faults = [
        Fault(
            where=f"lines.{pk}",
            message=(
                f"{case.lines[pk].family.name} : {french_number(units)} unités accordées, "
                f"{french_number(max(0, left[pk]))} restent à accorder."
            ),
            remedy="Réduisez une des sources.",
            values={"asked": units, "left": max(0, left[pk])},
        )
        for pk, units in wanted.items()
        if units > left[pk]
    ]
    if faults:
        raise TooMuch(*faults)


def _lock_offers(case: _Case, *, at: datetime) -> None:
    """Lock the givers of the offers chosen, and look again at what they would keep."""
    chosen = {each.part_id: each.units for each in case.choices if each.kind == Kind.NEIGHBOUR}
    offers = {pk: part for pk, part in case.had.items() if pk in chosen}
    lock_lenders(facilities=[part.lender_id for part in offers.values() if part.lender_id])
    for part in offers.values():
        refuse_below_floor(part, units=chosen[part.pk], at=at)


def _order_from_pot(case: _Case, *, at: datetime) -> Order | None:
    """Place one order for all that the pot gives; it is under the key of this decision, so twice is once."""
    asked: Counter[str] = Counter()
    for each in case.choices:
        if each.kind == Kind.POT:
            asked[case.lines[each.line].family_id] += each.units
    if not asked:
        return None
    placed = orders.place(
        actor=case.actor,
        demand=Demand(
            registry=case.request.facility.registry,
            lines=[AskedLine(family=family, units=units) for family, units in asked.items()],
            charge=Charge.POT,
            key=f"resupply:{case.request.reference}:{len(case.had)}",
        ),
        at=at,
    )
    return Order.objects.get(reference=placed.reference)


def _grant(case: _Case, choice: Choice, order: Order | None, *, at: datetime) -> None:
    request, actor = case.request, case.actor
    if choice.kind == Kind.NEIGHBOUR:
        part = case.had[choice.part_id or 0]
        part.units = choice.units
        change(part, Change.CHOOSE, by=actor.by, at=at)
        start(request, Step.SEND, at=at, part=part)
        return
    validated = procedure_named(request.procedure).validated
    waits = choice.kind == Kind.STATE and validated
    part = Part.objects.create(
        line=case.lines[choice.line],
        kind=choice.kind,
        state=PartState.TO_VALIDATE if waits else PartState.CHOSEN,
        units=choice.units,
        place_id=choice.place if choice.kind == Kind.DEPARTMENT else None,
        order=order if choice.kind == Kind.POT else None,
        changed_by=actor.by,
        changed_at=at,
    )
    start(request, Step.VALIDATE if waits else Step.SEND, at=at, part=part)
    if choice.kind == Kind.DEPARTMENT:
        reserve(part, by=actor.by, at=at)
    elif choice.kind == Kind.STATE and not waits:
        grant_part(part, by=actor.by, at=at)


def _tell(request: Request, *, at: datetime) -> None:
    """Tell who asked, the givers chosen, and the crisis centre where it has to validate."""
    parts = [part for part in live_parts(request) if part.changed_at == at]
    messages.send(
        key=f"resupply-decided:{request.reference}:{at.timestamp():.6f}",
        title=f"Dépannage {request.reference} : l’ARS a répondu",
        body=request.answer or "Voyez sur le portail ce qui est accordé, et par qui.",
        facility_ids=[request.facility_id],
        by=request.decided_by,
        at=at,
    )
    for part in parts:
        if part.state == PartState.CHOSEN and part.lender_id is not None:
            messages.send(
                key=f"resupply-chosen:{part.pk}",
                title=f"Entraide : remettez {french_number(part.units)} unités à {request.facility.name}",
                body=f"Votre offre est retenue. Contact : {request.contact or 'voir le portail'}.",
                facility_ids=[part.lender_id],
                by=request.decided_by,
                at=at,
            )
    if any(part.state == PartState.TO_VALIDATE for part in parts):
        messages.send(
            key=f"resupply-to-validate:{request.reference}:{at.timestamp():.6f}",
            title=f"Dépannage à valider : {request.facility.name}",
            body=f"{request.get_urgency_display().capitalize()}. Référence {request.reference}.",
            roles=[Role.NATIONAL_CELL, Role.NATIONAL_DUTY],
            by=request.decided_by,
            at=at,
        )


@traced("dépannage refusé")
@transaction.atomic
def refuse_request(*, actor: Actor, reference: str, reason: str, at: datetime) -> Request:
    """
    Refuse a request, with a reason that the facility reads. Twice is once.

    Raises `NotFound`, `Invalid` without a reason, or `NotNow` once something was granted.
    """
    actor.require(Deed.RESUPPLY_DECIDE)
    refuse(*text_faults("reason", reason, length=WORDS_LENGTH, required=True))
    request = lock_request_within(reference=reference, actor=actor)
    if request.state == Request.State.REFUSED:
        return request
    _refuse_over(request)
    parts = live_parts(request)
    if Part.objects.filter(line__request=request, state__in=[s.value for s in GRANTED]).exists():
        raise NotNow(
            detail="Une part est déjà accordée : annulez-la, ou soldez la demande une fois reçue."
        )
    # After this point, the refusal must succeed.

    take_back(parts, Change.CANCEL, reason="Demande refusée.", by=actor.by, at=at)
    request.decided_by, request.decided_at = actor.by, at
    close(request, state=Request.State.REFUSED, at=at, answer=reason.strip())
    messages.send(
        key=f"resupply-refused:{request.reference}",
        title=f"Dépannage {request.reference} : demande refusée",
        body=reason.strip(),
        facility_ids=[request.facility_id],
        by=actor.by,
        at=at,
    )
    return request


@traced("dépannage soldé")
@transaction.atomic
def close_request(*, actor: Actor, reference: str, answer: str, at: datetime) -> Request:
    """
    End a request with what it was given, once nothing of it is on its way. Twice is once.

    Raises `NotFound`, `Invalid` without a word to the facility, or `NotNow`.
    """
    actor.require(Deed.RESUPPLY_DECIDE)
    refuse(*text_faults("answer", answer, length=WORDS_LENGTH, required=True))
    request = lock_request_within(reference=reference, actor=actor)
    if request.state == Request.State.CLOSED:
        return request
    _refuse_over(request)
    parts = live_parts(request)
    if any(part.state not in {PartState.PROPOSED, PartState.OFFERED} for part in parts):
        raise NotNow(
            detail="Une part accordée n’est pas encore reçue : annulez-la, ou attendez-la."
        )
    if not Part.objects.filter(line__request=request, state=PartState.RECEIVED).exists():
        raise NotNow(detail="Rien n’a été reçu : refusez la demande, avec un motif.")
    # After this point, the closing must succeed.

    take_back(parts, Change.CANCEL, reason="Demande soldée.", by=actor.by, at=at)
    close(request, state=Request.State.CLOSED, at=at, answer=answer.strip())
    return request


@traced("part de dépannage annulée")
@transaction.atomic
def cancel_part(*, actor: Actor, part_id: int, reason: str, at: datetime) -> Part:
    """
    Take back what the agency granted from a neighbour, a department or the State, while nothing has left.

    What an order carries is cancelled there. Twice is once. Raises `NotFound`, `Invalid`, or `NotNow`.
    """
    actor.require(Deed.RESUPPLY_DECIDE)
    refuse(*text_faults("reason", reason, length=WORDS_LENGTH, required=True))
    found = Part.objects.filter(
        pk=part_id, line__request__in=Request.objects.within(actor.scope)
    ).values_list("line__request__reference", flat=True)
    request = lock_request_within(reference=found.first() or "", actor=actor)
    part = Part.objects.select_related("line__request", "lender", "place").get(pk=part_id)
    if part.state == PartState.CANCELLED:
        return part
    if part.order_id is not None or part.state not in LIVE - {PartState.SENT}:
        raise NotNow(detail="Cette part est déjà en préparation, partie ou terminée.")
    # After this point, the cancellation must succeed.

    take_back([part], Change.CANCEL, reason=reason.strip(), by=actor.by, at=at)
    settle(request, by=actor.by, at=at)
    return part
