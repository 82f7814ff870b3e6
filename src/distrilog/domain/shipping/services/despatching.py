"""
Taking down that parcels leave: a parcel leaves only once its advice has been accepted here.

That is what keeps an order from being shipped twice: it has one assignment, and an advice under another one
is refused. A batch is judged advice by advice under one set of locks; a bad one does not hurt the others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from distrilog.domain.orders.models import Order
from distrilog.domain.quotas import services as quotas
from distrilog.domain.shipping.models import Content, Despatch, Fulfilment, FulfilmentLine, Parcel
from distrilog.domain.shipping.rules import (
    OPEN,
    Advice,
    PackedLine,
    Verdict,
    accepted,
    duplicate,
    refused,
)
from distrilog.domain.shipping.services.answering import settle_shorts
from distrilog.domain.shipping.services.progressing import lock_fulfilments, save_progress
from distrilog.domain.stock import queries as stock, services as ledger
from distrilog.domain.stock.models import Lot, Reservation
from distrilog.domain.stock.rules import Kind, Status
from distrilog.kernel.weeks import PARIS


LotKey = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """What the batch meets, counted down as its advices are accepted."""

    place: str
    on: date
    fulfilments: Mapping[str, Fulfilment]
    lots: Mapping[LotKey, Lot]
    usable: Counter[int]
    promised: Counter[str]
    runs: Mapping[str, int]
    digests: dict[str, str]
    sscc: set[str]
    despatches: list[tuple[Advice, Fulfilment]] = field(default_factory=list)

    def reservation(self, fulfilment: Fulfilment, family: str) -> str:
        """Return the key of the reservation that an order's units are taken from."""
        if fulfilment.order.charge == Order.Charge.RESUPPLY:
            return quotas.resupply_key(source=self.place, family=family)
        run = self.runs.get(fulfilment.order.week, 0)
        return quotas.reservation_key(run_id=run, source=self.place, family=family)


@transaction.atomic
def despatch(*, advices: Sequence[Advice], place: str, by: str, at: datetime) -> list[Verdict]:
    """
    Accept that parcels leave a place, or refuse; one verdict an advice, in their order.

    What is accepted is in the ledger, lot by lot, in transit, posted against the reservation it was promised
    from. The same advice again is a duplicate; another one under the same reference is refused.
    """
    shelf = _open_shelf(advices, place=place, at=at)
    verdicts = []
    for advice in advices:
        verdict = _judge(shelf, advice)
        if verdict.outcome == "accepted":
            _take(shelf, advice)
        verdicts.append(verdict)
    _write(shelf, by=by, at=at)
    return verdicts


def _open_shelf(advices: Sequence[Advice], *, place: str, at: datetime) -> _Shelf:
    fulfilments = lock_fulfilments(references=[each.order for each in advices])
    packed = [line for each in advices for parcel in each.parcels for line in parcel.lines]
    families = {line.family_id for each in fulfilments.values() for line in each.lines.all()}
    weeks = sorted({each.order.week for each in fulfilments.values()})
    runs = {week: run.pk for week, run in quotas.published_runs(weeks=weeks).items()}
    # The positions are locked: what is counted below cannot be taken by somebody else meanwhile.
    batches = stock.batches(place=place, families=families, lock=True)
    keys = [
        quotas.reservation_key(run_id=run, source=place, family=family)
        for run in runs.values()
        for family in families
    ]
    keys += [quotas.resupply_key(source=place, family=family) for family in families]
    lots = Lot.objects.filter(number__in={line.lot for line in packed}).select_related("article")
    return _Shelf(
        place=place,
        on=at.astimezone(PARIS).date(),
        fulfilments=fulfilments,
        lots={(lot.article_id, lot.number): lot for lot in lots},
        usable=Counter({b.lot: b.units for found in batches.values() for b in found}),
        promised=Counter(
            dict(Reservation.objects.filter(key__in=keys).values_list("key", "pending"))
        ),
        runs=runs,
        digests=dict(
            Despatch.objects.filter(reference__in=[each.reference for each in advices]).values_list(
                "reference", "digest"
            )
        ),
        sscc=set(
            Parcel.objects.filter(
                sscc__in=[parcel.sscc for each in advices for parcel in each.parcels]
            ).values_list("sscc", flat=True)
        ),
    )


def _judge(shelf: _Shelf, advice: Advice) -> Verdict:
    known = shelf.digests.get(advice.reference)
    if known is not None:
        if known == advice.digest:
            return duplicate(advice.reference)
        return refused(
            advice.reference,
            "reference-reused",
            "Ce numéro d’expédition a déjà servi à un autre contenu.",
        )
    fulfilment = shelf.fulfilments.get(advice.order)
    if fulfilment is None:
        return refused(advice.reference, "unknown-order", "Cette commande n’est pas connue.")
    if fulfilment.place_id != shelf.place or fulfilment.assignment != advice.assignment:
        return refused(
            advice.reference,
            "withdrawn",
            "Cette commande ne vous est plus attribuée : remettez les colis en stock.",
        )
    faults = list(_faults(shelf, advice, fulfilment))
    if faults:
        return refused(
            advice.reference, faults[0][0], " ".join(dict.fromkeys(text for _code, text in faults))
        )
    return accepted(advice.reference)


def _faults(shelf: _Shelf, advice: Advice, fulfilment: Fulfilment) -> Iterator[tuple[str, str]]:
    """Yield everything that is wrong with what an advice says, as (code, French sentence)."""
    if fulfilment.state not in OPEN:
        yield "nothing-to-ship", "Il ne reste rien à expédier de cette commande."
    for parcel in advice.parcels:
        if parcel.sscc in shelf.sscc:
            yield "sscc-known", f"Le SSCC {parcel.sscc} a déjà servi à un autre colis."
    lines = {line.number: line for line in fulfilment.lines.all()}
    wanted: Counter[int] = Counter()
    taken: Counter[LotKey] = Counter()
    for packed in (line for parcel in advice.parcels for line in parcel.lines):
        yield from _line_faults(shelf, packed, lines.get(packed.number))
        wanted[packed.number] += packed.units
        taken[packed.gtin, packed.lot] += packed.units
    for number, units in wanted.items():
        yield from _quantity_faults(shelf, fulfilment, lines.get(number), units)
    for lot, units in taken.items():
        yield from _lot_faults(shelf, lot, units)


def _line_faults(
    shelf: _Shelf, packed: PackedLine, line: FulfilmentLine | None
) -> Iterator[tuple[str, str]]:
    lot = shelf.lots.get((packed.gtin, packed.lot))
    if line is None:
        yield "unknown-line", f"La commande n’a pas de ligne {packed.number}."
    if lot is None:
        yield "unknown-lot", f"Le lot {packed.lot} de l’article {packed.gtin} n’est pas connu."
        return
    if line is not None and lot.article.family_id != line.family_id:
        yield "wrong-family", f"L’article {packed.gtin} n’est pas de la famille commandée."
    if lot.recalled_at is not None:
        yield "lot-recalled", f"Le lot {packed.lot} est rappelé : ne pas l’expédier."
    if lot.expires_on is not None and lot.expires_on < shelf.on:
        yield "lot-expired", f"Le lot {packed.lot} est périmé depuis le {lot.expires_on:%d/%m/%Y}."


def _quantity_faults(
    shelf: _Shelf, fulfilment: Fulfilment, line: FulfilmentLine | None, units: int
) -> Iterator[tuple[str, str]]:
    if line is None:
        return
    if units > line.to_come:
        yield (
            "too-many",
            f"{units} unités expédiées de {line.family_id}, {line.to_come} restent à expédier.",
        )
    promised = shelf.promised[shelf.reservation(fulfilment, line.family_id)]
    if units > promised:
        yield "not-promised", f"{units} unités de {line.family_id} : {promised} réservées ici."


def _lot_faults(shelf: _Shelf, key: LotKey, units: int) -> Iterator[tuple[str, str]]:
    lot = shelf.lots.get(key)
    if lot is not None and units > shelf.usable[lot.pk]:
        yield (
            "not-in-stock",
            f"Le lot {lot.number} n’a que {shelf.usable[lot.pk]} unités utilisables, {units} expédiées.",
        )


def _take(shelf: _Shelf, advice: Advice) -> None:
    """Count an accepted advice down, so that the next ones of the batch meet what is left."""
    fulfilment = shelf.fulfilments[advice.order]
    lines = {line.number: line for line in fulfilment.lines.all()}
    for parcel in advice.parcels:
        shelf.sscc.add(parcel.sscc)
        for packed in parcel.lines:
            line = lines[packed.number]
            line.despatched += packed.units
            shelf.usable[shelf.lots[packed.gtin, packed.lot].pk] -= packed.units
            shelf.promised[shelf.reservation(fulfilment, line.family_id)] -= packed.units
    if advice.complete:
        fulfilment.exhausted = True
        for line in lines.values():
            line.confirmed = line.asked - line.withdrawn - line.to_come
    shelf.digests[advice.reference] = advice.digest
    shelf.despatches.append((advice, fulfilment))


def _write(shelf: _Shelf, *, by: str, at: datetime) -> None:
    if not shelf.despatches:
        return
    rows = Despatch.objects.bulk_create(
        Despatch(
            reference=advice.reference,
            fulfilment=fulfilment,
            place_id=shelf.place,
            assignment=advice.assignment,
            carrier=advice.carrier,
            packed_at=advice.packed_at,
            expected_on=advice.expected_on,
            digest=advice.digest,
        )
        for advice, fulfilment in shelf.despatches
    )
    parcels = Parcel.objects.bulk_create(
        Parcel(sscc=parcel.sscc, despatch=row, tracking=parcel.tracking)
        for row, (advice, _fulfilment) in zip(rows, shelf.despatches, strict=True)
        for parcel in advice.parcels
    )
    contents = Content.objects.bulk_create(
        _contents(shelf, {parcel.sscc: parcel for parcel in parcels})
    )
    save_progress(fulfilments=[fulfilment for _advice, fulfilment in _each_once(shelf)])
    ledger.move(movements=[_issue(shelf, content) for content in contents], by=by, at=at)
    settle_shorts(
        fulfilments=[f for advice, f in _each_once(shelf) if advice.complete], by=by, at=at
    )


def _each_once(shelf: _Shelf) -> list[tuple[Advice, Fulfilment]]:
    """Return the last accepted advice of each order."""
    return list(
        {fulfilment.pk: (advice, fulfilment) for advice, fulfilment in shelf.despatches}.values()
    )


def _contents(shelf: _Shelf, parcels: Mapping[str, Parcel]) -> Iterator[Content]:
    """Yield the rows of what is in the parcels; the same lot twice in one is one row."""
    for advice, fulfilment in shelf.despatches:
        lines = {line.number: line for line in fulfilment.lines.all()}
        for parcel in advice.parcels:
            units: defaultdict[tuple[int, int], int] = defaultdict(int)
            substitutes: set[tuple[int, int]] = set()
            for packed in parcel.lines:
                pair = packed.number, shelf.lots[packed.gtin, packed.lot].pk
                units[pair] += packed.units
                if packed.substitute:
                    substitutes.add(pair)
            for (number, lot), count in units.items():
                yield Content(
                    parcel=parcels[parcel.sscc],
                    line=lines[number],
                    lot_id=lot,
                    units=count,
                    substitute=(number, lot) in substitutes,
                )


def _issue(shelf: _Shelf, content: Content) -> ledger.Movement:
    fulfilment = content.line.fulfilment
    return ledger.Movement(
        key=f"issue:{content.parcel.sscc}:{content.line.number}:{content.lot_id}",
        kind=Kind.ISSUE,
        lot=content.lot_id,
        units=content.units,
        place=shelf.place,
        source=Status.AVAILABLE,
        target=Status.IN_TRANSIT,
        posts=shelf.reservation(fulfilment, content.line.family_id),
        about=content.parcel.despatch.reference,
    )
