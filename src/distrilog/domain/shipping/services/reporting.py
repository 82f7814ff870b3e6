"""What became of parcels: delivered, refused, lost or sent back. The ledger follows, lot by lot."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from distrilog.domain.shipping.models import Claim, Content, Fulfilment, FulfilmentLine, Parcel
from distrilog.domain.shipping.rules import (
    CLAIM_DAYS,
    Difference,
    News,
    ParcelState,
    Verdict,
    accepted,
    duplicate,
    refused,
)
from distrilog.domain.shipping.services.progressing import (
    lock_fulfilments,
    save_progress,
    update_rows,
)
from distrilog.domain.stock import services as ledger
from distrilog.domain.stock.rules import DOOR, Kind, Status
from distrilog.kernel.weeks import PARIS


@transaction.atomic
def report(*, news: Sequence[News], place: str, by: str, at: datetime) -> list[Verdict]:
    """Take down what became of parcels of a place; one verdict each, in their order."""
    ssccs = [each.sscc for each in news]
    parcels = lock_parcels(ssccs=ssccs)
    verdicts = []
    ended: dict[str, Parcel] = {}
    for each in news:
        parcel = parcels.get(each.sscc)
        verdict = _fault(parcel, each, place=place)
        if verdict is None and parcel is not None:
            parcel.state = Parcel.State(each.state)
            parcel.ended_at = each.at
            parcel.reason = each.reason[:200]
            ended[each.sscc] = parcel
            verdict = accepted(each.sscc)
        assert verdict is not None
        verdicts.append(verdict)
    end_parcels(parcels=list(ended.values()), by=by, at=at)
    return verdicts


def _fault(parcel: Parcel | None, news: News, *, place: str) -> Verdict | None:
    if parcel is None or parcel.despatch.place_id != place:
        return refused(news.sscc, "unknown-parcel", f"Le colis {news.sscc} n’est pas connu.")
    if parcel.state == news.state:
        return duplicate(news.sscc)
    if parcel.state != Parcel.State.IN_TRANSIT:
        return refused(
            news.sscc,
            "contradiction",
            f"Ce colis est déjà « {parcel.get_state_display()} » : une personne doit trancher.",
        )
    return None


def lock_parcels(*, ssccs: Collection[str]) -> dict[str, Parcel]:
    """Lock parcels, after the fulfilments they serve, with their contents."""
    references = (
        Parcel.objects.filter(sscc__in=list(ssccs))
        .values_list("despatch__fulfilment__order__reference", flat=True)
        .distinct()
    )
    fulfilments = {each.pk: each for each in lock_fulfilments(references=list(references)).values()}
    rows = (
        Parcel.objects.filter(sscc__in=list(ssccs))
        .select_related("despatch__place")
        .select_for_update(of=("self",))
        .order_by("pk")
        .prefetch_related("contents")
    )
    found = {row.sscc: row for row in rows}
    for row in found.values():
        attach(parcel=row, fulfilment=fulfilments[row.despatch.fulfilment_id])
    return found


def attach(*, parcel: Parcel, fulfilment: Fulfilment) -> None:
    """Have a parcel's contents share the line objects of its fulfilment, so that counters add up in one place."""
    parcel.despatch.fulfilment = fulfilment
    lines = {line.pk: line for line in fulfilment.lines.all()}
    for content in parcel.contents.all():
        content.line = lines[content.line_id]
        content.parcel = parcel


def end_parcels(*, parcels: Sequence[Parcel], by: str, at: datetime) -> None:
    """Write the ends of locked parcels whose state was just set: rows, counters, ledger, claims for the lost."""
    if not parcels:
        return
    update_rows(
        "shipping_parcel",
        "id",
        {
            "id": ("bigint", [parcel.pk for parcel in parcels]),
            "state": ("text", [str(parcel.state) for parcel in parcels]),
            "ended_at": ("timestamptz", [parcel.ended_at for parcel in parcels]),
            "reason": ("text", [parcel.reason for parcel in parcels]),
        },
    )
    movements = []
    claims = []
    for parcel in parcels:
        for content in parcel.contents.all():
            _count(content.line, parcel, content)
            movements.append(_movement(parcel, content))
            if parcel.state == Parcel.State.LOST:
                claims.append(_lost(parcel, content, by=by, at=at))
    fulfilments = {parcel.despatch.fulfilment_id: parcel.despatch.fulfilment for parcel in parcels}
    save_progress(fulfilments=list(fulfilments.values()))
    Claim.objects.bulk_create(claims)
    ledger.move(movements=movements, by=by, at=at)


def _count(line: FulfilmentLine, parcel: Parcel, content: Content) -> None:
    if parcel.state == Parcel.State.DELIVERED:
        line.delivered += content.units
    else:
        line.failed += content.units


def _movement(parcel: Parcel, content: Content) -> ledger.Movement:
    place = parcel.despatch.place_id
    kind, target, to = {
        ParcelState.DELIVERED: (Kind.DELIVERY, Status.DELIVERED, DOOR),
        ParcelState.LOST: (Kind.DISPUTE, Status.DISPUTED, place),
        ParcelState.REFUSED: (Kind.RETURN, Status.QUARANTINE, place),
        ParcelState.RETURNED: (Kind.RETURN, Status.QUARANTINE, place),
    }[ParcelState(parcel.state)]
    return ledger.Movement(
        key=f"end:{parcel.sscc}:{content.pk}",
        kind=kind,
        lot=content.lot_id,
        units=content.units,
        place=place,
        to=to,
        source=Status.IN_TRANSIT,
        target=target,
        about=parcel.despatch.reference,
        reason=parcel.reason,
    )


def _lost(parcel: Parcel, content: Content, *, by: str, at: datetime) -> Claim:
    return Claim(
        despatch=parcel.despatch,
        parcel=parcel,
        family_id=content.line.family_id,
        lot_id=content.lot_id,
        kind=Difference.LOST,
        units=content.units,
        owner=parcel.despatch.place.kind,
        due_on=(at + timedelta(days=CLAIM_DAYS)).astimezone(PARIS).date(),
        opened_by=by,
        opened_at=at,
    )
