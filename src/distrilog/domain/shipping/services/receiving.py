"""What the facility says it received; what it says nothing about in time is received as despatched."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.rules import MOST_UNITS
from distrilog.domain.shipping.models import Claim, Content, Despatch, Parcel, Receipt, Remark
from distrilog.domain.shipping.rules import CLAIM_DAYS, SILENCE_DAYS, Difference
from distrilog.domain.shipping.services.progressing import save_progress
from distrilog.domain.shipping.services.reporting import end_parcels, lock_parcels
from distrilog.domain.stock import services as ledger
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import DOOR, Kind, Status
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.weeks import PARIS


REMARK_LENGTH = 1000
_ASSUME_BATCH = 2000
# What a facility may say of units that were announced; extra ones were not.
_MAY_HAVE_ARRIVED = frozenset({Parcel.State.IN_TRANSIT, Parcel.State.DELIVERED})
_OF_CONTENT = frozenset(
    {Difference.MISSING, Difference.DAMAGED, Difference.REFUSED, Difference.WRONG}
)


class AlreadyReceived(Refusal):
    """Cette livraison a déjà été confirmée."""

    slug = "already-received"


class NotOnItsWay(Refusal):
    """Cette livraison n’est pas attendue."""

    slug = "not-on-its-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One difference: units of a content of the despatch, or of a family when nobody announced them (extra)."""

    kind: Difference
    family: str
    units: int
    content: int | None = None


@transaction.atomic
def receive(
    *,
    actor: Actor,
    despatch: str,
    stated: Sequence[Stated] = (),
    remark: str = "",
    photo: bytes | None = None,
    at: datetime,
) -> Receipt:
    """
    Record what arrived of a despatch: all of it, less what is stated. Each difference opens a claim.

    The same statement again changes nothing. Raises NotFound outside one's own facility, `AlreadyReceived`,
    `NotOnItsWay`, or `Invalid` with every fault at once.
    """
    actor.require(Deed.RECEIPT_RECORD)
    row = _find(actor, despatch)
    parcels = list(lock_parcels(ssccs=row.parcels.values_list("sscc", flat=True)).values())
    arrived = [each for each in parcels if each.state in _MAY_HAVE_ARRIVED]
    contents = {content.pk: content for each in arrived for content in each.contents.all()}
    earlier = Receipt.objects.filter(despatch=row).first()
    if earlier is not None and earlier.how == Receipt.How.RECORDED:
        return _repeated(earlier, stated, contents)
    if not arrived:
        raise NotOnItsWay(detail="Aucun colis de cette expédition n’est arrivé chez vous.")
    faults = [*_faults(stated, contents), *_remark_faults(remark)]
    if faults:
        raise Invalid(*faults)
    # After this point, the receipt must succeed.

    _deliver(
        [each for each in arrived if each.state == Parcel.State.IN_TRANSIT], by=actor.by, at=at
    )
    receipt, _ = Receipt.objects.update_or_create(
        despatch=row, defaults={"how": Receipt.How.RECORDED, "by": actor.by, "at": at}
    )
    if remark.strip() or photo:
        Remark.objects.create(receipt=receipt, text=remark.strip(), photo=photo)
    _count(stated, contents, assumed=earlier is not None)
    save_progress(fulfilments=[arrived[0].despatch.fulfilment])
    ledger.move(movements=list(_disputes(row, stated, contents)), by=actor.by, at=at)
    Claim.objects.bulk_create(_claim(row, each, contents, by=actor.by, at=at) for each in stated)
    return receipt


def _find(actor: Actor, reference: str) -> Despatch:
    row = (
        Despatch.objects.filter(
            reference=reference,
            fulfilment__order__facility__in=Facility.objects.within(actor.scope),
        )
        .select_related("fulfilment__order", "place")
        .first()
    )
    if row is None:
        raise NotFound(
            Fault(
                where="despatch",
                message="Cette livraison n’existe pas, ou n’est pas pour votre établissement.",
                remedy="Vérifiez le numéro sur l’étiquette ; un colis d’un autre établissement se signale à l’ARS.",
            )
        )
    return row


def _repeated(
    receipt: Receipt, stated: Sequence[Stated], contents: Mapping[int, Content]
) -> Receipt:
    """Answer the same statement with the receipt it made; refuse another one."""
    said = Counter(
        (each.kind.value, _family(each, contents.get(each.content or 0)), each.units)
        for each in stated
    )
    claims = Claim.objects.filter(despatch=receipt.despatch_id).exclude(kind=Difference.LOST)
    if said == Counter((claim.kind, claim.family_id, claim.units) for claim in claims):
        return receipt
    raise AlreadyReceived(
        detail="Elle a été confirmée avec un autre contenu : signalez la différence à l’ARS."
    )


def _family(stated: Stated, content: Content | None) -> str:
    return content.line.family_id if content else stated.family


def _faults(stated: Sequence[Stated], contents: Mapping[int, Content]) -> Iterator[Fault]:
    said: Counter[int] = Counter()
    for rank, each in enumerate(stated):
        where = f"lines.{rank}"
        if type(each.units) is not int or each.units <= 0:
            yield Fault(
                where=f"{where}.units", message="Donnez un nombre entier d’unités, 1 au moins."
            )
            continue
        if each.kind is Difference.EXTRA:
            yield from _extra_faults(where, each)
        elif each.kind not in _OF_CONTENT:
            yield Fault(
                where=f"{where}.kind", message="Cette nature d’écart ne se déclare pas ici."
            )
        elif each.content is None or each.content not in contents:
            yield Fault(
                where=f"{where}.content", message="Cet article n’est pas dans cette livraison."
            )
        else:
            said[each.content] += each.units
    for content, units in said.items():
        there = contents[content].units
        if units > there:
            yield Fault(
                where=f"content.{content}",
                message=f"{units} unités signalées, {there} annoncées.",
                remedy=f"Réduisez à {there} unités au plus.",
                values={"asked": units, "left": there},
            )


def _extra_faults(where: str, stated: Stated) -> Iterator[Fault]:
    """Yield what is wrong with units that nobody announced: they have a family, and no content."""
    if stated.content is not None:
        yield Fault(
            where=f"{where}.content",
            message="Des unités en trop ne font partie d’aucun contenu annoncé.",
            remedy="Donnez leur famille seule.",
        )
    elif not Family.objects.filter(code=stated.family).exists():
        yield Fault(where=f"{where}.family", message="Cette famille d’articles n’existe pas.")
    elif stated.units > MOST_UNITS:
        yield Fault(where=f"{where}.units", message="Ce nombre d’unités est bien trop grand.")


def _remark_faults(remark: str) -> Iterator[Fault]:
    if len(remark) > REMARK_LENGTH:
        yield Fault(where="remark", message=f"La remarque dépasse {REMARK_LENGTH} caractères.")


def _deliver(parcels: Sequence[Parcel], *, by: str, at: datetime) -> None:
    """Who holds a parcel in their hands knows better than a report that has not come yet."""
    for parcel in parcels:
        parcel.state = Parcel.State.DELIVERED
        parcel.ended_at = at
    end_parcels(parcels=parcels, by=by, at=at)


def _count(stated: Sequence[Stated], contents: Mapping[int, Content], *, assumed: bool) -> None:
    """Count what was received well and what is disputed; an assumed receipt had counted all as received."""
    wrong = Counter(dict.fromkeys(contents, 0))
    for each in stated:
        if each.content is not None:
            wrong[each.content] += each.units
    for pk, content in contents.items():
        content.line.received += (0 if assumed else content.units) - wrong[pk]
        content.line.disputed += wrong[pk]


def _disputes(
    row: Despatch, stated: Sequence[Stated], contents: Mapping[int, Content]
) -> Iterator[ledger.Movement]:
    for rank, each in enumerate(stated):
        if each.content is not None:
            yield ledger.Movement(
                key=f"dispute:{row.pk}:{rank}",
                kind=Kind.DISPUTE,
                lot=contents[each.content].lot_id,
                units=each.units,
                place=DOOR,
                source=Status.DELIVERED,
                target=Status.DISPUTED,
                about=row.reference,
                reason=each.kind.value,
            )


def _claim(
    row: Despatch, stated: Stated, contents: Mapping[int, Content], *, by: str, at: datetime
) -> Claim:
    content = contents.get(stated.content or 0)
    return Claim(
        despatch=row,
        parcel=content.parcel if content else None,
        family_id=_family(stated, content),
        lot_id=content.lot_id if content else None,
        kind=stated.kind,
        units=stated.units,
        owner=row.place.kind,
        due_on=(at + timedelta(days=CLAIM_DAYS)).astimezone(PARIS).date(),
        opened_by=by,
        opened_at=at,
    )


@transaction.atomic
def assume_receipts(*, at: datetime, by: str = "system", limit: int = _ASSUME_BATCH) -> int:
    """
    Receive as despatched what nobody answered for in `SILENCE_DAYS`; return how many despatches.

    The days run from delivery; where no carrier reports one (SPF, overseas), from the day it was expected.
    """
    silent_since = at - timedelta(days=SILENCE_DAYS)
    rows = list(
        Despatch.objects.filter(receipt__isnull=True)
        .filter(
            Q(parcels__state=Parcel.State.DELIVERED, parcels__ended_at__lte=silent_since)
            | Q(
                parcels__state=Parcel.State.IN_TRANSIT,
                expected_on__lte=silent_since.astimezone(PARIS).date(),
            )
            & ~Q(place__kind=Place.Kind.OPERATOR)
        )
        # A receipt is of all the parcels: one that the operator still has on its way is waited for.
        .exclude(place__kind=Place.Kind.OPERATOR, parcels__state=Parcel.State.IN_TRANSIT)
        .order_by("pk")
        .distinct()[:limit]
    )
    ssccs = Parcel.objects.filter(despatch__in=rows).values_list("sscc", flat=True)
    parcels = list(lock_parcels(ssccs=list(ssccs)).values())
    # Under lock: somebody may have answered since.
    answered = set(Receipt.objects.filter(despatch__in=rows).values_list("despatch_id", flat=True))
    rows = [row for row in rows if row.pk not in answered]
    parcels = [parcel for parcel in parcels if parcel.despatch_id not in answered]
    late = [
        parcel
        for parcel in parcels
        if parcel.state == Parcel.State.IN_TRANSIT
        and parcel.despatch.place.kind != Place.Kind.OPERATOR
    ]
    _deliver(late, by=by, at=at)
    delivered = [parcel for parcel in parcels if parcel.state == Parcel.State.DELIVERED]
    for parcel in delivered:
        for content in parcel.contents.all():
            content.line.received += content.units
    save_progress(
        fulfilments=list(
            {each.despatch.fulfilment_id: each.despatch.fulfilment for each in delivered}.values()
        )
    )
    Receipt.objects.bulk_create(
        Receipt(despatch=row, how=Receipt.How.ASSUMED, by=by, at=at) for row in rows
    )
    return len(rows)


@transaction.atomic
def erase_remark(*, actor: Actor, despatch: str, at: datetime) -> None:
    """Erase the free text and the photo of a receipt; what was counted stays. Twice is once."""
    actor.require(Deed.RECEIPT_RECORD)
    row = _find(actor, despatch)
    Remark.objects.filter(receipt__despatch=row, erased_at__isnull=True).update(
        text="", photo=None, erased_at=at
    )
