"""A stock in the middle of things: purchases, pallets on their way, a lot recalled, an exercise, a proof."""

from datetime import date, datetime, timedelta
from typing import Any

from distrilog.domain.accounts.rules import Role
from distrilog.domain.reporting.services import prove_books
from distrilog.domain.shipping import services as shipping
from distrilog.domain.shipping.models import Content, Outage
from distrilog.domain.stock import services as stock
from distrilog.domain.stock.models import Lot, Purchase
from distrilog.domain.stock.rules import Status
from tests.factories import actor, gtin_of, stocked


GOWN = "gown"


def kept(*, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Play it; return what stands in the address of each of its pages that has arguments."""
    old = stocked(500, family=GOWN, place="spf", number="OLD", expires_on=date(2020, 12, 15))
    stocked(9_000, family=GOWN, place="spf", number="NEW")
    blocked = stocked(70, family=GOWN, place="spf", number="WET", status=Status.QUARANTINE)
    keeper = actor(Role.SPF)
    stock.set_threshold(actor=keeper, place="operator", family=GOWN, minimum=5_000, maximum=9_000)
    late = Purchase.objects.create(
        reference="ACHAT-1", article_id=gtin_of(GOWN), place_id="spf", supplier="Fournisseur fictif",
        units=1_000, expected_on=at.date() - timedelta(days=2), strategic_per_mille=250,
        made_by="somebody", made_at=at,
    )  # fmt: skip
    asked = stock.request_transfer(
        source="spf", target="operator", family=GOWN, units=1_000, reason="Sous le minimum.",
        by="somebody", at=at,
    )  # fmt: skip
    stock.send_transfer(reference=asked.reference, by="somebody", at=at)
    recalled = _recalled(at=at)
    Outage.objects.create(
        partner="operator", drill=True, reason="Exercice.", declared_by="somebody", declared_at=at
    )
    stock.seal_entries(at=at)
    prove_books(at=at)
    lots = [{"number": each} for each in (old.pk, recalled)]
    return {
        "stock:lot": lots,
        "stock:block": lots[:1],
        "stock:unblock": [{"number": blocked.pk}],
        "stock:write-off": lots[:1],
        "stock:recall": lots,
        "stock:close-recall": lots[1:],
        "stock:purchase": [{"number": late.pk}],
        "stock:transfer": [{"number": asked.pk}],
        "stock:outage-end": [{"number": 1}],
    }


def _recalled(*, at: datetime) -> int:
    """Recall a lot that some facilities hold; return it."""
    content = Content.objects.order_by("pk").first()
    number = content.lot_id if content else Lot.objects.order_by("pk").first().pk
    shipping.recall_lot(
        actor=actor(Role.NATIONAL_CELL), lot=number, reason="Lanières qui cassent.",
        instruction="Isoler les boîtes.", at=at,
    )  # fmt: skip
    return number
