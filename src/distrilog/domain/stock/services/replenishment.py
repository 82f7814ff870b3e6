"""
Keeping a forward stock between its levels: pallets asked of another place, sent, received.

Locks are taken in one order: transfer, target place, then what the ledger locks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.stock.models import Lot, Place, Position, Threshold, Transfer, TransferLine
from distrilog.domain.stock.queries.levels import batches
from distrilog.domain.stock.queries.supply import pallets_free, smallest_pallets
from distrilog.domain.stock.rules import (
    STATE,
    Batch,
    Kind,
    Pallet,
    PalletOutcome,
    Status,
    is_too_old,
    whole_pallets,
)
from distrilog.domain.stock.services.faults import (
    family_faults,
    place_faults,
    refuse,
    text_faults,
    units_faults,
)
from distrilog.domain.stock.services.ledger import KeyReused, Movement, NotEnoughStock, move
from distrilog.domain.stock.services.supply import no_room
from distrilog.kernel import gs1
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


REFERENCE_LENGTH: Final = 40
REASON_LENGTH: Final = 250
# Beyond any warehouse: a list that long is not a delivery.
PALLETS: Final = 20_000
# The State's own pallets. A made-up company prefix: a real one is bought from GS1.
SSCC_PREFIX: Final = "0300000"
_ARRIVED: Final = frozenset({PalletOutcome.RECEIVED, PalletOutcome.DOUBTFUL})


class TransferOpen(Refusal):
    """Un réapprovisionnement de cette famille est déjà en cours pour ce lieu."""

    slug = "transfer-open"


class TransferClosed(Refusal):
    """Ce réapprovisionnement n’est plus modifiable."""

    slug = "transfer-closed"


class OutcomeKnown(Refusal):
    """Une autre issue est déjà connue pour cette palette."""

    slug = "outcome-known"


@traced("Seuil de réapprovisionnement")
@transaction.atomic
def set_threshold(
    *, actor: Actor, place: str, family: str, minimum: int, maximum: int, reason: str = ""
) -> Threshold:
    """Say between which levels of usable units a family is kept at a place. Raises `Invalid`."""
    actor.require(Deed.STOCK_MANAGE)
    numbers = [*units_faults(minimum, where="minimum", least=0)]
    numbers += units_faults(maximum, where="maximum", least=0)
    if not numbers and minimum > maximum:
        numbers.append(Fault(where="minimum", message="Le minimum ne dépasse pas le maximum."))
    refuse(
        *place_faults(place=place),
        *family_faults(family),
        *text_faults("reason", reason, length=REASON_LENGTH, required=False),
        *numbers,
    )
    # After this point, the threshold must succeed.

    threshold, _new = Threshold.objects.update_or_create(
        place_id=place, family_id=family, defaults={"minimum": minimum, "maximum": maximum}
    )
    return threshold


# ------------------------------------------------------------------ asking


@transaction.atomic
def request_transfer(
    *,
    source: str,
    target: str,
    family: str,
    units: int,
    reason: str,
    by: str,
    at: datetime,
    reference: str = "",
) -> Transfer:
    """
    Ask for units of a family, rounded up to whole pallets of the lots that would leave first.

    What the source does not hold today is rounded up to the family's smallest pallet. One request may be
    open per target and family. Asked again under its reference, the same request is returned. Raises
    `Invalid`, `TransferOpen`, `NoRoom` with the pallets that fit, `KeyReused`.
    """
    faults = [
        *place_faults(source=source, target=target),
        *family_faults(family),
        *_request_faults(units=units, reason=reason, reference=reference),
    ]
    if source == target:
        faults.append(Fault(where="target", message="Il faut deux lieux différents."))
    refuse(*faults)
    # One at a time for a place: no two requests share its last pallet.
    Place.objects.select_for_update(no_key=True).get(pk=target)
    if reference and (known := Transfer.objects.filter(reference=reference).first()):
        return _same(known, source=source, target=target, family=family, units=units)
    _refuse_second(target=target, family=family)
    asked, pallets = _rounded_up(source=source, family=family, units=units, at=at)
    free = pallets_free(place=target)
    if free is not None and pallets > free:
        raise no_room(place=target, pallets=pallets, free=max(0, free))
    # After this point, the request must succeed.

    number = _next_ids(Transfer, 1)[0]
    return Transfer.objects.create(
        pk=number,
        reference=reference or f"TR-{number:06d}",
        source_id=source,
        target_id=target,
        family_id=family,
        asked=asked,
        reason=reason.strip(),
        asked_by=by,
        asked_at=at,
    )


def _same(known: Transfer, *, source: str, target: str, family: str, units: int) -> Transfer:
    # What was asked then is only known rounded up.
    if (known.source_id, known.target_id, known.family_id) != (source, target, family) or (
        units > known.asked
    ):
        raise KeyReused(
            Fault(where="reference", message=f"« {known.reference} » est une autre demande.")
        )
    return known


def _refuse_second(*, target: str, family: str) -> None:
    known = Transfer.objects.filter(
        target=target, family=family, state__in=[Transfer.State.ASKED, Transfer.State.SENT]
    ).first()
    if known:
        raise TransferOpen(
            Fault(
                where="family",
                message=f"Le réapprovisionnement {known.reference} est déjà en cours.",
                remedy="Attendre son arrivée, ou le refuser.",
                values={"reference": known.reference},
            )
        )


def _rounded_up(*, source: str, family: str, units: int, at: datetime) -> tuple[int, int]:
    """Return what is asked, in units and in pallets."""
    pallets = _choose(source=source, family=family, units=units, at=at)
    there = sum(each.units for each in pallets)
    smallest = smallest_pallets()[family]
    more = -(-max(0, units - there) // smallest)
    return there + more * smallest, len(pallets) + more


def _choose(
    *, source: str, family: str, units: int, at: datetime, lock: bool = False
) -> list[Pallet]:
    there: Sequence[Batch] = batches(place=source, families=[family], lock=lock)[family]
    position = Position.objects.filter(place=source, family=family, owner=STATE).first()
    free = max(0, position.usable - position.reserved) if position else 0
    sizes = dict(
        Lot.objects.filter(pk__in=[each.lot for each in there]).values_list(
            "pk", "article__pallet_units"
        )
    )
    return whole_pallets(
        units=units,
        batches=there,
        pallet_units=sizes,
        free=free,
        on=at.astimezone(PARIS).date(),
    )


# ------------------------------------------------------------------ sending


def state_sscc(serial: int) -> str:
    """Return the SSCC of a pallet of the State, from a number never given twice."""
    return gs1.make_sscc(prefix=SSCC_PREFIX, serial=serial)


@transaction.atomic
def send_transfer(
    *, reference: str, by: str, at: datetime, sscc_of: Callable[[int], str] = state_sscc
) -> Transfer:
    """
    Load what is free at the source, what expires first first, and send it: one SSCC a pallet.

    Never what is promised, nor more pallets than still fit at the target: fewer may leave than were asked.
    `sscc_of` makes the label of a number never given twice. Sent again, nothing changes. Raises
    `TransferClosed` once refused, `NotEnoughStock` or `NoRoom` where no pallet can leave.
    """
    transfer = _locked(reference)
    if transfer.state == Transfer.State.REFUSED:
        raise TransferClosed(detail=f"Le réapprovisionnement {reference} a été refusé.")
    if transfer.state != Transfer.State.ASKED:
        return transfer
    pallets = _pallets_to_send(transfer, at=at)
    # After this point, the despatch must succeed.

    numbers = _next_ids(TransferLine, len(pallets))
    lines = TransferLine.objects.bulk_create(
        TransferLine(
            pk=number, transfer=transfer, sscc=sscc_of(number), lot_id=each.lot, units=each.units
        )
        for number, each in zip(numbers, pallets, strict=True)
    )
    move(
        movements=[
            Movement(
                key=f"{_about(transfer)}:{line.sscc}:out",
                kind=Kind.TRANSFER_OUT,
                lot=line.lot_id,
                units=line.units,
                place=transfer.source_id,
                source=Status.AVAILABLE,
                target=Status.IN_TRANSIT,
                about=_about(transfer),
            )
            for line in lines
        ],
        by=by,
        at=at,
    )
    transfer.state = Transfer.State.SENT
    transfer.sent, transfer.sent_at = sum(each.units for each in pallets), at
    transfer.save()
    return transfer


def _pallets_to_send(transfer: Transfer, *, at: datetime) -> list[Pallet]:
    Place.objects.select_for_update(no_key=True).get(pk=transfer.target_id)
    chosen = _choose(
        source=transfer.source_id,
        family=transfer.family_id,
        units=transfer.asked,
        at=at,
        lock=True,
    )
    if not chosen:
        raise NotEnoughStock(
            Fault(
                where="units",
                message=f"Rien de libre à {transfer.source_id} pour {transfer.reference}.",
                remedy="Attendre une arrivée, ou refuser la demande.",
                values={"asked": transfer.asked, "left": 0},
            )
        )
    free = pallets_free(place=transfer.target_id, but=transfer.reference)
    if free is not None and free <= 0:
        raise no_room(place=transfer.target_id, pallets=len(chosen), free=0)
    return chosen if free is None else chosen[:free]


# ------------------------------------------------------------------ receiving


@transaction.atomic
def receive_pallets(
    *,
    ssccs: Sequence[str],
    outcome: PalletOutcome,
    by: str,
    at: datetime,
    reason: str = "",
) -> list[str]:
    """
    Say how the journey of pallets ended; return the references of their transfers.

    Received: usable at the target; doubtful, of a recalled lot or in its last days: in quarantine there;
    returned: in quarantine at the source; lost: written off. Said again the same, nothing changes. Raises
    `Invalid` with every label nobody sent, `OutcomeKnown` with every pallet that ended otherwise.
    """
    refuse(*_scan_faults(ssccs, reason))
    wanted = TransferLine.objects.filter(sscc__in=ssccs)
    transfers = _locked_of(wanted.values_list("transfer_id", flat=True))
    lines = list(wanted.select_related("lot").order_by("pk"))
    _refuse_unknown(ssccs, lines)
    _refuse_other_outcome(lines, outcome)
    ended = [line for line in lines if not line.outcome]
    # After this point, the outcome must succeed.

    move(
        movements=[
            _last_leg(transfers[line.transfer_id], line, outcome, reason=reason, at=at)
            for line in ended
        ],
        by=by,
        at=at,
    )
    _write_outcomes(transfers, ended, outcome, at=at)
    return sorted({transfers[line.transfer_id].reference for line in lines})


def _locked_of(ids: Iterable[int]) -> dict[int, Transfer]:
    rows = Transfer.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return {each.pk: each for each in rows}


def _refuse_unknown(ssccs: Sequence[str], lines: Sequence[TransferLine]) -> None:
    unknown = sorted(set(ssccs) - {line.sscc for line in lines})
    if unknown:
        raise Invalid(
            *(
                Fault(where=f"ssccs.{each}", message=f"Aucune palette envoyée ne porte {each}.")
                for each in unknown
            )
        )


def _refuse_other_outcome(lines: Sequence[TransferLine], outcome: PalletOutcome) -> None:
    faults = [
        Fault(
            where=f"ssccs.{line.sscc}",
            message=f"La palette {line.sscc} est déjà « {line.get_outcome_display()} ».",
        )
        for line in lines
        if line.outcome and line.outcome != outcome
    ]
    if faults:
        raise OutcomeKnown(*faults)


def _last_leg(
    transfer: Transfer, line: TransferLine, outcome: PalletOutcome, *, reason: str, at: datetime
) -> Movement:
    kind, target, to = _LEGS[outcome]
    usable = line.lot.recalled_at is None and not is_too_old(
        expires_on=line.lot.expires_on, on=at.astimezone(PARIS).date()
    )
    if target is Status.AVAILABLE and not usable:
        target = Status.QUARANTINE
    return Movement(
        key=f"{_about(transfer)}:{line.sscc}:end",
        kind=kind,
        lot=line.lot_id,
        units=line.units,
        place=transfer.source_id,
        to=transfer.target_id if to else "",
        source=Status.IN_TRANSIT,
        target=target,
        about=_about(transfer),
        reason=reason.strip(),
    )


# How the journey ended → what it is in the ledger, and whether it ends at the target.
_LEGS: Final[Mapping[PalletOutcome, tuple[Kind, Status, bool]]] = {
    PalletOutcome.RECEIVED: (Kind.TRANSFER_IN, Status.AVAILABLE, True),
    PalletOutcome.DOUBTFUL: (Kind.TRANSFER_IN, Status.QUARANTINE, True),
    PalletOutcome.RETURNED: (Kind.RETURN, Status.QUARANTINE, False),
    PalletOutcome.LOST: (Kind.WRITE_OFF, Status.OUTSIDE, False),
}


def _write_outcomes(
    transfers: Mapping[int, Transfer],
    ended: Sequence[TransferLine],
    outcome: PalletOutcome,
    *,
    at: datetime,
) -> None:
    TransferLine.objects.filter(pk__in=[line.pk for line in ended]).update(
        outcome=outcome, received_at=at
    )
    still_moving = set(
        TransferLine.objects.filter(transfer__in=transfers, outcome="").values_list(
            "transfer_id", flat=True
        )
    )
    for transfer in transfers.values():
        if outcome in _ARRIVED:
            transfer.received += sum(
                line.units for line in ended if line.transfer_id == transfer.pk
            )
        if transfer.pk not in still_moving:
            transfer.state = Transfer.State.RECEIVED
            transfer.received_at = transfer.received_at or at
        transfer.save()


# ------------------------------------------------------------------ ending


@transaction.atomic
def refuse_transfer(*, reference: str, reason: str, by: str, at: datetime) -> Transfer:
    """Refuse a request that has not left; another may then be made. Refused again, nothing changes."""
    refuse(*text_faults("reason", reason, length=REASON_LENGTH))
    transfer = _locked(reference)
    if transfer.state == Transfer.State.REFUSED:
        return transfer
    if transfer.state != Transfer.State.ASKED:
        raise TransferClosed(detail=f"Le réapprovisionnement {reference} est déjà parti.")
    # After this point, the refusal must succeed.

    transfer.state = Transfer.State.REFUSED
    transfer.reason = f"Refusé le {at:%d/%m/%Y} par {by} : {reason.strip()}"[:300]
    transfer.save()
    return transfer


@transaction.atomic
def close_transfer(*, reference: str, reason: str, by: str, at: datetime) -> Transfer:
    """Give up what has not arrived of a transfer that left: its pallets are lost. Closed again, nothing changes."""
    refuse(*text_faults("reason", reason, length=REASON_LENGTH))
    transfer = _locked(reference)
    if transfer.state in {Transfer.State.ASKED, Transfer.State.REFUSED}:
        raise TransferClosed(detail=f"Le réapprovisionnement {reference} n’est pas parti.")
    missing = list(transfer.lines.filter(outcome="").values_list("sscc", flat=True))
    if missing:
        receive_pallets(ssccs=missing, outcome=PalletOutcome.LOST, by=by, at=at, reason=reason)
        transfer.refresh_from_db()
    return transfer


# ------------------------------------------------------------------ shared


def _locked(reference: str) -> Transfer:
    transfer = Transfer.objects.select_for_update(no_key=True).filter(reference=reference).first()
    if transfer is None:
        raise NotFound(
            detail=f"Aucun réapprovisionnement ne porte la référence « {reference[:REFERENCE_LENGTH]} »."
        )
    return transfer


def _about(transfer: Transfer) -> str:
    return f"transfer:{transfer.reference}"


def _next_ids(model: type[Transfer] | type[TransferLine], count: int) -> list[int]:
    """Take ids of a table before its rows are written: its references and labels are made of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],  # noqa: SLF001 - Django's documented name
        )
        return [number for (number,) in cursor.fetchall()]


def _request_faults(*, units: int, reason: str, reference: str) -> Iterator[Fault]:
    yield from units_faults(units)
    yield from text_faults("reference", reference, length=REFERENCE_LENGTH, required=False)
    yield from text_faults("reason", reason, length=REASON_LENGTH, required=False)


def _scan_faults(ssccs: Sequence[str], reason: str) -> Iterator[Fault]:
    if not 0 < len(ssccs) <= PALLETS:
        yield Fault(where="ssccs", message=f"Il faut de 1 à {PALLETS} palettes.")
    for each in ssccs:
        if fault := gs1.sscc_fault(each):
            yield Fault(where="ssccs", message=fault)
    yield from text_faults("reason", reason, length=REASON_LENGTH, required=False)
