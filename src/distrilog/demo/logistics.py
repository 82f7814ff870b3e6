"""
The demo's goods: opening stock by lot, what is bought and awaited, and last week's orders on their way.

Everything goes through the services that people and partners use. The last orders of the week are left to the
operator's stand-in, so that whoever starts the demo sees them confirmed, despatched and delivered.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

from distrilog.demo.people import orderer_of
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.orders import services as orders
from distrilog.domain.shipping import services as shipping
from distrilog.domain.shipping.models import Content, Despatch, Fulfilment, Parcel
from distrilog.domain.shipping.rules import OPEN, Answer, Difference, News, ParcelState
from distrilog.domain.shipping.services.handing import tell_operator
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot, Place, Purchase, Threshold
from distrilog.domain.stock.rules import CONSORTIUM, STATE, Kind, Status
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.weeks import PARIS


Say = Callable[[str], None]

# The opening stock at each place, in weeks of the need it serves; at SPF the country’s reserve besides.
PLACE_WEEKS = 4
# Below its minimum, so that whoever starts the demo sees the operator ask SPF for pallets.
SHORT_AT_OPERATOR = {"gown": 2}
OVERSEAS_WEEKS = 8
RESERVE_WEEKS = 3
STRATEGIC_WEEKS = {"surgical_mask": 10, "ffp2": 10}
MINIMUM_WEEKS, MAXIMUM_WEEKS = 2, 4
# Shares of a stock by lot, in percent, and the days its lot still has.
LOTS = (("A", 8, 95), ("B", 32, 400), ("C", 60, 900))
QUARANTINE_PERCENT = 2
PURCHASE_WEEKS = (2, 4, 7)
LEFT_TO_STAND_IN = 120
ANSWERED = 80
LOST, REPORTED = 0.004, 0.93
# When each step came, after the release in the night of Sunday to Monday.
CONFIRMED, PACKED = timedelta(hours=8), timedelta(hours=14)
DELIVERED, ANSWERED_AFTER = timedelta(days=2, hours=10), timedelta(days=3, hours=9)
OPERATOR_DOCK = shipping.Dock(prefix="0400001", carrier="La Poste Colissimo")


# ------------------------------------------------------------------ stock


def open_stock(*, needs: Mapping[tuple[str, str], int], at: datetime) -> None:
    """Open the books: lots at each place, the strategic stock at SPF, thresholds, purchases to come. Units a week in `needs`."""
    on = at.astimezone(PARIS).date()
    articles: dict[str, list[Article]] = {}
    for article in Article.objects.order_by("gtin"):
        articles.setdefault(article.family_id, []).append(article)
    movements: list[stock.Movement] = []
    national: dict[str, int] = {}
    for (place, family), need in sorted(needs.items()):
        national[family] = national.get(family, 0) + need
        weeks = PLACE_WEEKS if place in {"spf", "operator"} else OVERSEAS_WEEKS
        if place == "operator":
            weeks = SHORT_AT_OPERATOR.get(family, weeks)
        if need:
            movements += _opened(place, articles[family], need * weeks, Status.AVAILABLE, on=on)
    for family, need in national.items():
        reserve = need * RESERVE_WEEKS
        movements += _opened("spf", articles[family], reserve, Status.AVAILABLE, on=on, name="R")
        movements += _opened(
            "spf", articles[family], reserve * QUARANTINE_PERCENT // 100, Status.QUARANTINE, on=on, name="Q"
        )  # fmt: skip
        kept = need * STRATEGIC_WEEKS.get(family, 0)
        movements += _opened("spf", articles[family], kept, Status.STRATEGIC, on=on, name="S")
        movements += _opened(
            CONSORTIUM, articles[family], need, Status.AVAILABLE, on=on, name="G", owner=CONSORTIUM
        )
    stock.move(movements=movements, by="demo", at=at)
    _set_thresholds(needs)
    _plan_purchases(articles, national, on=on, at=at)


def _opened(
    place: str,
    articles: list[Article],
    units: int,
    status: Status,
    *,
    on: date,
    name: str = "",
    owner: str = STATE,
) -> Iterator[stock.Movement]:
    for letter, percent, days in LOTS:
        for article in articles:
            part = _whole_cartons(units * percent // 100 // len(articles), article.carton_units)
            if not part:
                continue
            lot, _ = Lot.objects.get_or_create(
                article=article,
                number=f"{name}{letter}{article.gtin[-4:]}",
                defaults={"expires_on": on + timedelta(days=days)},
            )
            yield stock.Movement(
                key=f"opening-{place}-{article.gtin}-{lot.number}-{status}",
                kind=Kind.OPENING,
                lot=lot.pk,
                units=part,
                place=place,
                source=Status.OUTSIDE,
                target=status,
                owner=owner,
                reason="Stock d’ouverture de la démonstration",
            )


def _whole_cartons(units: int, carton: int) -> int:
    return -(-units // carton) * carton


def _set_thresholds(needs: Mapping[tuple[str, str], int]) -> None:
    Threshold.objects.bulk_create(
        Threshold(
            place_id=place, family_id=family, minimum=need * MINIMUM_WEEKS, maximum=need * MAXIMUM_WEEKS
        )
        for (place, family), need in sorted(needs.items())
        if place == "operator" and need
    )  # fmt: skip


def _plan_purchases(
    articles: Mapping[str, list[Article]], national: Mapping[str, int], *, on: date, at: datetime
) -> None:
    Purchase.objects.bulk_create(
        Purchase(
            reference=f"ACHAT-{on:%Y}-{rank}{number}",
            article=articles[family][0],
            place_id="spf",
            supplier="Fournisseur fictif",
            units=_whole_cartons(need * 2, articles[family][0].carton_units),
            expected_on=on + timedelta(weeks=weeks),
            strategic_per_mille=300 if family in STRATEGIC_WEEKS else 0,
            made_by="demo",
            made_at=at,
        )
        for rank, (family, need) in enumerate(sorted(national.items()), start=1)
        for number, weeks in enumerate(PURCHASE_WEEKS, start=1)
    )


# ------------------------------------------------------------------ last week's orders


def ship_week(*, released_at: datetime, at: datetime, say: Say) -> bool:
    """
    Release the orders placed so far, ship most of them, and let some facilities confirm; False the second time.

    Each step has its hour in the days that followed, and none lies in the future.
    """
    if Despatch.objects.exists():
        return False
    say("Expéditions de la semaine passée")

    def hour(after: timedelta) -> datetime:
        return max(released_at, min(at, released_at + after))

    orders.release(at=released_at, by="demo", before_cut_off=True)
    shipping.hand_over(at=released_at)
    for place in Place.objects.exclude(kind__in=[Place.Kind.DOOR, Place.Kind.CONSORTIUM]):
        _ship_from(place, confirmed_at=hour(CONFIRMED), packed_at=hour(PACKED))
    _leave_to_stand_in(at=at)
    _deliver(at=hour(DELIVERED))
    _answer_some(at=hour(ANSWERED_AFTER))
    return True


def _leave_to_stand_in(*, at: datetime) -> None:
    """Tell the operator of what is left open, and of nothing else: the rest has left without it."""
    OutboxMessage.objects.filter(topic="operator.order", sent_at__isnull=True).delete()
    left = Fulfilment.objects.filter(place="operator", state__in=OPEN).order_by("pk")
    tell_operator(orders=list(left.values_list("pk", "assignment")), at=at)


def _ship_from(place: Place, *, confirmed_at: datetime, packed_at: datetime) -> None:
    waiting = Fulfilment.objects.filter(place=place, state__in=OPEN).order_by("pk")
    count = waiting.count()
    by_operator = place.kind == Place.Kind.OPERATOR
    most = max(0, count - LEFT_TO_STAND_IN) if by_operator else count
    if not most:
        return
    if by_operator:
        references = list(waiting.values_list("order__reference", flat=True)[:most])
        shipping.answer(
            answers=[Answer(order=one, assignment=1, units=None) for one in references],
            place=place.code,
            by="operator",
            at=confirmed_at,
        )
        shipping.prepare_wave(
            place=place.code, by="operator", at=packed_at, limit=most, dock=OPERATOR_DOCK
        )
    else:
        shipping.prepare_wave(place=place.code, by="wave", at=packed_at, limit=most)


def _deliver(*, at: datetime) -> None:
    """Let the operator report what arrived: nearly everything."""
    random = Random("deliveries")  # noqa: S311 - the same story every time
    sscc = (
        Parcel.objects.filter(despatch__place="operator")
        .order_by("pk")
        .values_list("sscc", flat=True)
    )
    shipping.report(
        news=[
            News(
                sscc=one,
                state=ParcelState.LOST
                if rank > ANSWERED and random.random() < LOST
                else ParcelState.DELIVERED,
                at=at,
            )
            for rank, one in enumerate(sscc)
            if rank <= ANSWERED or random.random() < REPORTED
        ],
        place="operator",
        by="operator",
        at=at,
    )


def _answer_some(*, at: datetime) -> None:
    """Let some facilities confirm; a few with a difference. The very first ones have not answered yet."""
    rows = (
        Despatch.objects.filter(place="operator", parcels__state=Parcel.State.DELIVERED)
        .select_related("fulfilment__order__facility__department")
        .order_by("pk")
        .distinct()[10:ANSWERED]
    )
    for rank, row in enumerate(rows):
        content = (
            Content.objects.filter(parcel__despatch=row).select_related("line__family").first()
        )
        stated = []
        if content is not None and rank % 9 == 0:
            kind = (Difference.MISSING, Difference.DAMAGED, Difference.WRONG)[rank // 9 % 3]
            box = Family.objects.get(pk=content.line.family_id).box_units
            stated = [
                shipping.Stated(
                    kind=kind, family=content.line.family_id, units=min(box, content.units), content=content.pk
                )
            ]  # fmt: skip
        shipping.receive(
            actor=orderer_of(row.fulfilment.order.facility),
            despatch=row.reference,
            stated=stated,
            at=at,
        )
