"""What became of orders, as a facility reads it: the steps of one, its despatches, what is on its way, what a code names."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
)

from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.queries.orders import unknown_order
from distrilog.domain.orders.rules import Status
from distrilog.domain.shipping.models import (
    Claim,
    Content,
    Despatch,
    Fulfilment,
    FulfilmentLine,
    Parcel,
    Receipt,
    Remark,
    TrackingEvent,
)
from distrilog.domain.shipping.rules import SILENCE_DAYS, ParcelState, State, TrackingStatus
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel.gs1 import read_scan
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.scopes import Scope


NUL: Final = "\0"
MOST_AWAITED: Final = 50
# The kinds of places that despatch are the roles that answer for what they sent.
OWNERS: Final[Mapping[str, str]] = {
    Place.Kind.OPERATOR.value: "l’opérateur logistique",
    Place.Kind.SPF.value: "Santé publique France",
    Place.Kind.OVERSEAS.value: "le stock zonal outre-mer",
    Place.Kind.CONSORTIUM.value: "le groupement d’achat",
}
# Never in a facility's hands: nothing of them is counted at the door.
NOT_AT_THE_DOOR: Final = (ParcelState.LOST, ParcelState.RETURNED, ParcelState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One thing that happened to an order, or will: `key` for software, `words` and `more` for people.

    `at` is when it happened; `on` the day it is due when it is `later`.
    """

    key: str
    words: str
    at: datetime | None = None
    on: date | None = None
    more: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLife:
    """One family of an order, in units: what was asked and how far it is. `confirmed` is None before the answer."""

    family: str
    box: int
    asked: int
    confirmed: int | None
    despatched: int
    failed: int
    delivered: int
    received: int
    disputed: int
    withdrawn: int
    to_come: int
    short_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSeen:
    """Units of a lot in a parcel. `box` is the units of a box of this article; `why` says why it replaces another."""

    id: int
    family: str
    article: str
    gtin: str
    lot: str
    expires_on: date | None
    units: int
    box_units: int
    substitute: bool
    recalled: bool
    why: str

    @property
    def box(self) -> int:
        """Units counted together at the door: a box, or one where the units fill no whole box."""
        return 1 if self.units % self.box_units else self.box_units

    @property
    def boxes(self) -> int:
        """How many of them were despatched."""
        return self.units // self.box


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSeen:
    """What the carrier said of a parcel."""

    at: datetime
    label: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSeen:
    """A parcel, what is in it, where the carrier saw it. `state` is a `ParcelState`, `words` says it in French."""

    id: int
    sscc: str
    tracking: str
    state: str
    words: str
    ended_at: datetime | None
    reason: str
    contents: Sequence[ContentSeen]
    events: Sequence[EventSeen]

    @property
    def at_the_door(self) -> bool:
        """Tell whether the facility may count it: it came, or may have come before the carrier said so."""
        return self.state not in NOT_AT_THE_DOOR


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSeen:
    """What the facility said, or what its silence was taken for. `erased` tells that there was a text or a photo."""

    how: str
    words: str
    at: datetime
    remark: str
    photo: bool
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSeen:
    """A difference and who owns it. `lot` is empty for what nobody announced; `outcome` while it is open."""

    id: int
    despatch: str
    order: str
    facility: str
    facility_name: str
    sscc: str
    family: str
    lot: str
    units: int
    kind: str
    kind_words: str
    owner: str
    owner_words: str
    due_on: date
    opened_at: datetime
    outcome: str
    outcome_words: str
    settled_at: datetime | None
    reason: str

    def late(self, *, on: date) -> bool:
        """Tell whether it should have been settled by now."""
        return not self.outcome and self.due_on < on


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchSeen:
    """
    Parcels that left together, and what came of them. `facility` is the registry number.

    `tracked`: deliveries are reported, so that silence is counted from them alone; else from the day it was
    expected. `assumed_on` is the day silence is taken for a conforming receipt, None while nothing tells when.
    """

    reference: str
    order: str
    facility: str
    facility_name: str
    address: str
    address_lines: Sequence[str]
    place: str
    place_name: str
    tracked: bool
    carrier: str
    by_platform: bool
    packed_at: datetime
    expected_on: date | None
    parcels: Sequence[ParcelSeen]
    receipt: ReceiptSeen | None
    claims: Sequence[ClaimSeen]
    zone: ZoneInfo

    @property
    def countable(self) -> Sequence[ParcelSeen]:
        """The parcels that the facility may count."""
        return [parcel for parcel in self.parcels if parcel.at_the_door]

    @property
    def contents(self) -> Sequence[ContentSeen]:
        """What the parcels hold that the facility may count."""
        return [content for parcel in self.countable for content in parcel.contents]

    @property
    def substitutes(self) -> Sequence[ContentSeen]:
        """What replaces another article."""
        return [content for content in self.contents if content.substitute]

    @property
    def units(self) -> Mapping[str, int]:
        """Units by family in the parcels that the facility may count."""
        found: dict[str, int] = {}
        for content in self.contents:
            found[content.family] = found.get(content.family, 0) + content.units
        return found

    @property
    def waiting(self) -> bool:
        """Tell whether the facility is still asked what it received."""
        return self.receipt is None and bool(self.countable)

    @property
    def answerable(self) -> bool:
        """Tell whether the facility may say what it received: silence taken for an answer may still be corrected."""
        said = self.receipt is not None and self.receipt.how == Receipt.How.RECORDED
        return bool(self.countable) and not said

    @property
    def delivered(self) -> int:
        """How many parcels the carrier says it handed over."""
        return sum(parcel.state == ParcelState.DELIVERED for parcel in self.parcels)

    @property
    def delivered_at(self) -> datetime | None:
        """When the last parcel was handed over; None while one is on its way, or none was."""
        if any(parcel.state == ParcelState.IN_TRANSIT for parcel in self.parcels):
            return None
        moments = [
            parcel.ended_at for parcel in self.parcels if parcel.state == ParcelState.DELIVERED
        ]
        return max((moment for moment in moments if moment), default=None)

    @property
    def last_event(self) -> EventSeen | None:
        """The carrier's last word on any of its parcels."""
        events = [event for parcel in self.parcels for event in parcel.events]
        return max(events, key=lambda event: event.at, default=None)

    @property
    def assumed_on(self) -> date | None:
        """The day on which silence is taken for a conforming receipt."""
        if self.receipt is not None:
            return None
        moments = [
            parcel.ended_at
            for parcel in self.parcels
            if parcel.state == ParcelState.DELIVERED and parcel.ended_at
        ]
        if moments:
            since: date | None = min(moments).astimezone(self.zone).date()
        else:
            since = None if self.tracked else self.expected_on
        return None if since is None else since + timedelta(days=SILENCE_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLife:
    """An order from its placing to its receipt. `state` is empty before anybody executes it."""

    reference: str
    state: str
    state_words: str
    place_name: str
    by_platform: bool
    despatch_on: date | None
    steps: Sequence[Step] = field(default=())
    lines: Sequence[LineLife] = field(default=())
    despatches: Sequence[DespatchSeen] = field(default=())


def of_order(*, reference: str, scope: Scope, route: str = "") -> OrderLife:
    """
    Return what became of an order, or NotFound outside the scope; in a fixed number of statements.

    `route` narrows to the orders that one executor serves.
    """
    orders = Order.objects.within(scope).filter(reference=reference.replace(NUL, " "))
    orders = orders.filter(source__in=stock.places_of(route=route)) if route else orders
    order = (
        orders.select_related("address", "facility__department__zone", "fulfilment__place")
        .prefetch_related("lines", "fulfilment__lines")
        .first()
    )
    if order is None:
        raise NotFound(unknown_order(reference))
    fulfilment: Fulfilment | None = getattr(order, "fulfilment", None)
    despatches = seen(Despatch.objects.filter(fulfilment=order.pk).order_by("packed_at", "pk"))
    lines = _lines(order, fulfilment)
    return OrderLife(
        reference=order.reference,
        state=fulfilment.state if fulfilment else "",
        state_words=fulfilment.get_state_display() if fulfilment else "",
        place_name=fulfilment.place.name if fulfilment else "",
        by_platform=bool(fulfilment and fulfilment.by_platform),
        despatch_on=fulfilment.despatch_on if fulfilment else None,
        steps=tuple(_steps(order, fulfilment, lines, despatches)),
        lines=lines,
        despatches=despatches,
    )


def despatch(*, reference: str, scope: Scope, route: str = "") -> DespatchSeen:
    """Return one despatch, or NotFound outside the scope; `route` narrows to what one executor sent."""
    rows = _despatches(scope=scope, route=route).filter(reference=reference.replace(NUL, " "))
    found = seen(rows)
    if not found:
        raise NotFound(
            Fault(
                where="despatch",
                message=f"Aucune livraison « {reference[:40]} » dans votre périmètre.",
                remedy="Vérifiez la référence du bon de livraison.",
            )
        )
    return found[0]


def by_sscc(*, sscc: str, scope: Scope, route: str = "") -> str:
    """
    Return the reference of the despatch of a parcel, from its SSCC or whatever its label reads as.

    Raises Invalid for a text that names no parcel, NotFound for a parcel of nobody here: the answer is the
    same whether it is somebody else's or no parcel at all.
    """
    scan = read_scan(sscc)
    if not scan.sscc:
        raise Invalid(
            Fault(
                where="code",
                message="Ce code est celui d’un article, pas d’un colis.",
                remedy="Scannez l’étiquette du colis : son code commence par (00).",
            )
        )
    found = (
        _despatches(scope=scope, route=route)
        .filter(parcels__sscc=scan.sscc)
        .values_list("reference", flat=True)
        .first()
    )
    if found is None:
        raise NotFound(
            Fault(
                where="code",
                message="Ce colis n’est pas attendu dans votre établissement.",
                remedy="Ne l’ouvrez pas : laissez-le au livreur, ou prévenez l’expéditeur nommé sur l’étiquette.",
            )
        )
    return found


def awaiting(*, facility_id: int) -> Sequence[DespatchSeen]:
    """Return what is on its way to a facility or delivered, and not answered for; the oldest first."""
    rows = Despatch.objects.filter(
        Exists(Parcel.objects.filter(despatch=OuterRef("pk")).exclude(state__in=NOT_AT_THE_DOOR)),
        fulfilment__order__facility=facility_id,
        receipt__isnull=True,
    )
    return seen(rows.order_by("packed_at", "pk")[:MOST_AWAITED])


def deliveries(
    *, facility_id: int, before: int | None = None, limit: int = 20
) -> tuple[Sequence[DespatchSeen], int | None]:
    """Return a page of what a facility has answered for, newest first, and where the next page begins."""
    rows = Despatch.objects.filter(fulfilment__order__facility=facility_id, receipt__isnull=False)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    page = seen(Despatch.objects.filter(pk__in=keys[:limit]).order_by("-pk"))
    return page, keys[limit - 1] if len(keys) > limit else None


def states(*, references: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Return how far orders are, by reference: the state and its French words; nothing where nobody has them yet."""
    rows = Fulfilment.objects.filter(order__reference__in=list(references))
    return {
        reference: (state, str(Fulfilment.State(state).label))
        for reference, state in rows.values_list("order__reference", "state")
    }


def photo(*, reference: str, scope: Scope, route: str = "") -> bytes:
    """Return the photo of a receipt, a clean JPEG; NotFound outside the scope, or where there is none."""
    found = (
        Remark.objects.filter(
            receipt__despatch__in=_despatches(scope=scope, route=route),
            receipt__despatch__reference=reference.replace(NUL, " "),
        )
        .values_list("photo", flat=True)
        .first()
    )
    if not found:
        raise NotFound(detail="Aucune photo n’accompagne cette réception.")
    return bytes(found)


def _despatches(*, scope: Scope, route: str) -> QuerySet[Despatch]:
    rows = Despatch.objects.filter(fulfilment__order__facility__in=Facility.objects.within(scope))
    return rows.filter(place__in=stock.places_of(route=route)) if route else rows


def seen(rows: QuerySet[Despatch]) -> Sequence[DespatchSeen]:
    """Return despatches with all that hangs on them, in a fixed number of statements."""
    pictured = ExpressionWrapper(Q(photo__isnull=False), output_field=BooleanField())
    found = rows.select_related(
        "place", "fulfilment__order__address", "fulfilment__order__facility__department__zone"
    ).prefetch_related(
        Prefetch("parcels", Parcel.objects.order_by("pk")),
        Prefetch(
            "parcels__contents",
            Content.objects.select_related("lot__article", "line").order_by("line__number", "pk"),
        ),
        Prefetch("parcels__events", TrackingEvent.objects.order_by("at", "pk")),
        Prefetch("receipt", Receipt.objects.all()),
        Prefetch("receipt__remark", Remark.objects.defer("photo").annotate(pictured=pictured)),
        Prefetch("claims", claim_rows().order_by("pk")),
    )
    return [_despatch_of(row) for row in found]


def claim_rows() -> QuerySet[Claim]:
    """Return claims with what is told of each at hand."""
    return Claim.objects.select_related("parcel", "lot", "despatch__fulfilment__order__facility")


def claim_of(row: Claim) -> ClaimSeen:
    """Return what is told of a claim."""
    order = row.despatch.fulfilment.order
    return ClaimSeen(
        id=row.pk,
        despatch=row.despatch.reference,
        order=order.reference,
        facility=order.facility.registry,
        facility_name=order.facility.name,
        sscc=row.parcel.sscc if row.parcel else "",
        family=row.family_id,
        lot=row.lot.number if row.lot else "",
        units=row.units,
        kind=row.kind,
        kind_words=row.get_kind_display(),
        owner=row.owner,
        owner_words=owner_words(row.owner),
        due_on=row.due_on,
        opened_at=row.opened_at,
        outcome=row.outcome,
        outcome_words=row.get_outcome_display() if row.outcome else "",
        settled_at=row.settled_at,
        reason=row.reason,
    )


def owner_words(owner: str) -> str:
    """Return how the owner of a claim is called: « l’opérateur logistique »."""
    return OWNERS.get(owner, owner)


def _despatch_of(row: Despatch) -> DespatchSeen:
    order = row.fulfilment.order
    facility, address = order.facility, order.address
    return DespatchSeen(
        reference=row.reference,
        order=order.reference,
        facility=facility.registry,
        facility_name=facility.name,
        address=str(address),
        address_lines=tuple(
            line
            for line in (
                facility.name,
                address.label,
                address.street,
                f"{address.postcode} {address.city}",
                address.opening_hours and f"Réception : {address.opening_hours}",
            )
            if line
        ),
        place=row.place_id,
        place_name=row.place.name,
        tracked=row.place.kind == Place.Kind.OPERATOR,
        carrier=row.carrier,
        by_platform=row.fulfilment.by_platform,
        packed_at=row.packed_at,
        expected_on=row.expected_on,
        parcels=tuple(_parcel_of(parcel) for parcel in row.parcels.all()),
        receipt=_receipt_of(getattr(row, "receipt", None)),
        claims=tuple(claim_of(claim) for claim in row.claims.all()),
        zone=ZoneInfo(facility.department.zone.time_zone),
    )


def _parcel_of(row: Parcel) -> ParcelSeen:
    return ParcelSeen(
        id=row.pk,
        sscc=row.sscc,
        tracking=row.tracking,
        state=row.state,
        words=row.get_state_display(),
        ended_at=row.ended_at,
        reason=row.reason,
        contents=tuple(_content_of(content) for content in row.contents.all()),
        events=tuple(
            EventSeen(at=event.at, label=event.label, status=event.status)
            for event in row.events.all()
        ),
    )


def _content_of(row: Content) -> ContentSeen:
    lot, article = row.lot, row.lot.article
    return ContentSeen(
        id=row.pk,
        family=row.line.family_id,
        article=article.name,
        gtin=article.gtin,
        lot=lot.number,
        expires_on=lot.expires_on,
        units=row.units,
        box_units=article.box_units,
        substitute=row.substitute,
        recalled=lot.recalled_at is not None,
        why=row.line.short_reason if row.substitute else "",
    )


def _receipt_of(row: Receipt | None) -> ReceiptSeen | None:
    if row is None:
        return None
    remark: Any = getattr(row, "remark", None)
    return ReceiptSeen(
        how=row.how,
        words=row.get_how_display(),
        at=row.at,
        remark=remark.text if remark else "",
        photo=bool(remark and remark.pictured),
        erased=bool(remark and remark.erased_at),
    )


def _lines(order: Order, fulfilment: Fulfilment | None) -> Sequence[LineLife]:
    boxes = {line.family_id: line.box_units for line in order.lines.all()}
    rows: Iterable[FulfilmentLine] = fulfilment.lines.all() if fulfilment else ()
    return tuple(
        LineLife(
            family=row.family_id,
            box=boxes.get(row.family_id, 1),
            asked=row.asked,
            confirmed=row.confirmed,
            despatched=row.despatched,
            failed=row.failed,
            delivered=row.delivered,
            received=row.received,
            disputed=row.disputed,
            withdrawn=row.withdrawn,
            to_come=row.to_come,
            short_reason=row.short_reason,
        )
        for row in sorted(rows, key=lambda row: row.number)
    )


def _steps(
    order: Order,
    fulfilment: Fulfilment | None,
    lines: Sequence[LineLife],
    despatches: Sequence[DespatchSeen],
) -> Iterator[Step]:
    """Yield what happened, in order, then what is due."""
    yield Step(key="ordered", words="Commande enregistrée", at=order.placed_at)
    if order.status == Status.CANCELLED:
        return
    if fulfilment is None:
        yield from _promised(order)
        return
    by = "Remise par votre établissement support." if fulfilment.by_platform else ""
    yield Step(
        key="handed",
        words="Transmise pour préparation",
        at=fulfilment.handed_at,
        more=f"{fulfilment.place.name}. {by}".strip(),
    )
    if fulfilment.answered_at:
        yield _answered(fulfilment, lines)
    happened = [step for each in despatches for step in _despatch_steps(each)]
    yield from sorted(happened, key=lambda step: step.at or order.placed_at)
    yield from _due(order, fulfilment, lines, despatches)


def _promised(order: Order) -> Iterator[Step]:
    if order.status == Status.PLACED:
        yield Step(
            key="to-hand", words="Transmission pour préparation", at=order.cut_off_at, later=True
        )
    yield Step(key="to-deliver", words="Livraison prévue", on=order.promised_on, later=True)


def _answered(fulfilment: Fulfilment, lines: Sequence[LineLife]) -> Step:
    short = any((line.confirmed or 0) < line.asked for line in lines)
    given_up = fulfilment.state == State.GIVEN_UP
    words = "Ne peut pas être servie" if given_up else "Confirmée"
    more = "" if given_up or not short else "En partie : voir le détail des articles."
    return Step(key="answered", words=words, at=fulfilment.answered_at, more=more)


def _despatch_steps(row: DespatchSeen) -> Iterator[Step]:
    count = len(row.parcels)
    carried = f", {row.carrier}" if row.carrier else ""
    parcels = f"{count} colis{carried}"
    yield Step(key="despatched", words="Expédiée", at=row.packed_at, more=parcels)
    event = row.last_event
    if event and event.status != TrackingStatus.DELIVERED and event.at >= row.packed_at:
        yield Step(key="on-the-way", words="En route", at=event.at, more=event.label)
    for parcel in row.parcels:
        if not parcel.at_the_door:
            words = f"Colis {parcel.words}"
            more = parcel.reason or f"Colis {parcel.sscc}."
            yield Step(key=parcel.state, words=words, at=parcel.ended_at, more=more)
    yield from _door_steps(row)


def _door_steps(row: DespatchSeen) -> Iterator[Step]:
    moments = [
        parcel.ended_at
        for parcel in row.parcels
        if parcel.state == ParcelState.DELIVERED and parcel.ended_at
    ]
    if moments:
        partly = row.delivered < len(row.parcels)
        more = f"{row.delivered} colis sur {len(row.parcels)}." if partly else ""
        yield Step(
            key="delivered",
            words="Livrée en partie" if partly else "Livrée",
            at=max(moments),
            more=more,
        )
    if row.receipt:
        kinds = ", ".join(dict.fromkeys(claim.kind_words for claim in row.claims))
        yield Step(
            key="received",
            words="Reçue, avec un écart" if kinds else "Reçue",
            at=row.receipt.at,
            more=f"Réception {row.receipt.words}" + (f" : {kinds}." if kinds else "."),
        )


def _due(
    order: Order,
    fulfilment: Fulfilment,
    lines: Sequence[LineLife],
    despatches: Sequence[DespatchSeen],
) -> Iterator[Step]:
    """Yield what is still to happen: what is to leave, to arrive, to be answered for."""
    if any(line.to_come for line in lines):
        if fulfilment.despatch_on:
            yield Step(
                key="to-despatch", words="Expédition prévue", on=fulfilment.despatch_on, later=True
            )
        if not despatches:
            yield Step(key="to-deliver", words="Livraison prévue", on=order.promised_on, later=True)
    for each in despatches:
        if each.waiting and each.delivered_at is None:
            on = each.expected_on or order.promised_on
            yield Step(key="to-deliver", words="Livraison prévue", on=on, later=True)
        if each.waiting:
            yield Step(
                key="to-receive",
                words="Réception à confirmer",
                on=each.assumed_on,
                more="Sans réponse à cette date, la livraison est réputée conforme."
                if each.assumed_on
                else f"Dans les {SILENCE_DAYS} jours qui suivent la livraison ; ensuite, elle est réputée conforme.",
                later=True,
            )
