"""Making lots known before anything is done to them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from distrilog.domain.catalogue.models import Article
from distrilog.domain.stock.models import (
    Lot,
)
from distrilog.kernel import gs1
from distrilog.kernel.refusals import Fault, Invalid, Refusal


class LotDiffers(Refusal):
    """Ce lot est déjà connu avec une autre péremption."""

    slug = "lot-differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLot:
    """A batch of an article, as its label or a message names it; no expiry where it says none."""

    gtin: str
    number: str
    expires_on: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return self.gtin, self.number


@transaction.atomic
def register_lots(*, lots: Sequence[NewLot]) -> dict[tuple[str, str], int]:
    """
    Return the id of each lot by (gtin, number), known or new. Five statements at most, whatever their number.

    An expiry that was not known is learned; another one than is known is refused. Raises `Invalid` or
    `LotDiffers` with every fault at once.
    """
    gtins = set(
        Article.objects.filter(gtin__in={each.gtin for each in lots}).values_list("gtin", flat=True)
    )
    faults = [
        Fault(where=f"lots.{rank}.{where}", message=message)
        for rank, each in enumerate(lots)
        for where, message in _lot_faults(each, gtins)
    ]
    if faults:
        raise Invalid(*faults)
    wanted = _one_expiry_each(lots)
    # By key, so that two who register the same lots wait for each other in one order.
    Lot.objects.bulk_create(
        (
            Lot(article_id=gtin, number=number, expires_on=wanted[gtin, number])
            for gtin, number in sorted(wanted)
        ),
        ignore_conflicts=True,
    )
    known = _known_lots(wanted)
    _refuse_differing((each, known[each.key].expires_on) for each in lots)
    # After this point, the registration must succeed.

    learned = [lot for key, lot in known.items() if lot.expires_on is None and wanted[key]]
    for lot in learned:
        lot.expires_on = wanted[lot.article_id, lot.number]
    Lot.objects.bulk_update(learned, ["expires_on"])
    return {key: lot.pk for key, lot in known.items()}


def _lot_faults(lot: NewLot, gtins: Collection[str]) -> Iterator[tuple[str, str]]:
    if lot.gtin not in gtins:
        yield "gtin", f"L’article « {lot.gtin[:30]} » n’est pas au catalogue."
    try:
        gs1.element_string(lot=lot.number)
    except ValueError:
        yield "number", f"« {lot.number[:30]} » n’est pas un numéro de lot : 1 à 20 caractères GS1."
    else:
        if not lot.number:
            yield "number", "Il faut un numéro de lot."


def _one_expiry_each(lots: Sequence[NewLot]) -> dict[tuple[str, str], date | None]:
    wanted: dict[tuple[str, str], date | None] = {}
    for each in lots:
        wanted[each.key] = wanted.get(each.key) or each.expires_on
    _refuse_differing((each, wanted[each.key]) for each in lots)
    return wanted


def _refuse_differing(pairs: Iterator[tuple[NewLot, date | None]]) -> None:
    faults = [
        Fault(
            where=f"{lot.gtin}.{lot.number}",
            message=(
                f"Le lot {lot.number} de l’article {lot.gtin} expire le {known:%d/%m/%Y},"
                f" et non le {lot.expires_on:%d/%m/%Y}."
            ),
            remedy="Vérifier l’étiquette du carton.",
        )
        for lot, known in pairs
        if known and lot.expires_on and known != lot.expires_on
    ]
    if faults:
        raise LotDiffers(*faults)


def _known_lots(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Lot]:
    found = Lot.objects.filter(
        article__in={gtin for gtin, _ in keys}, number__in={number for _, number in keys}
    )
    return {
        (lot.article_id, lot.number): lot for lot in found if (lot.article_id, lot.number) in keys
    }
