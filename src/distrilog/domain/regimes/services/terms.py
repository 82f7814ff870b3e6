"""What a category pays for State stock, how much a week, and until when (rows L4 and L5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pghistory
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Category, Zone
from distrilog.domain.regimes.models import Terms
from distrilog.domain.regimes.reference import TERMS_2020
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.weeks import PARIS


SOURCE_LENGTH: Final = 300
# A box of State stock at more than this is a slip of the hand.
MOST_CENTS: Final = 1_000_000
MOST_BOXES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsProposal:
    """Terms somebody decides: `group`, `family` and `zone` empty mean all; both ends are included."""

    group: str = ""
    family: str = ""
    zone: str = ""
    basis: str
    price_cents: int = 0
    weekly_boxes: int | None = None
    starts_on: date
    requests_until: date | None = None
    deliveries_until: date | None = None
    source: str


@transaction.atomic
def set_terms(*, actor: Actor, proposal: TermsProposal, at: datetime) -> Terms:
    """
    Write the terms of a category from a day on; the same reach and day are written over, and the trace keeps both.

    Terms that have begun keep their price: only their end and their limit move. Raises Invalid with every fault.
    """
    actor.require(Deed.CIRCUIT_MANAGE)
    known = (
        Terms.objects.select_for_update(of=("self",))
        .filter(
            group=proposal.group,
            family=proposal.family or None,
            zone=proposal.zone or None,
            starts_on=proposal.starts_on,
        )
        .first()
    )
    faults = [
        *_reach_faults(proposal),
        *_price_faults(proposal),
        *_date_faults(proposal, known=known, today=at.astimezone(PARIS).date()),
    ]
    if faults:
        raise Invalid(*faults)
    # After this point, the terms must succeed.

    row = known or Terms(
        group=proposal.group,
        family_id=proposal.family or None,
        zone_id=proposal.zone or None,
        starts_on=proposal.starts_on,
    )
    row.basis = proposal.basis
    row.price_cents = proposal.price_cents
    row.weekly_boxes = proposal.weekly_boxes
    row.requests_until = proposal.requests_until
    row.deliveries_until = proposal.deliveries_until
    row.source = proposal.source.strip()
    row.by, row.at = actor.by, at
    with pghistory.context(by=actor.by, why=row.source):
        row.save()
    return row


def seed_terms(*, by: str, at: datetime) -> int:
    """Write the terms of 2020 that are missing and change no other; return how many were written."""
    zones = {None, *Zone.objects.values_list("code", flat=True)}
    written = 0
    for fact in TERMS_2020:
        # What is told of the mainland waits until the register has one.
        if (fact.zone or None) not in zones:
            continue
        _row, made = Terms.objects.get_or_create(
            group=fact.group,
            family=None,
            zone_id=fact.zone or None,
            starts_on=fact.starts_on,
            defaults={
                "basis": str(fact.basis),
                "price_cents": fact.price_cents,
                "weekly_boxes": fact.weekly_boxes,
                "requests_until": fact.requests_until,
                "deliveries_until": fact.deliveries_until,
                "source": fact.source,
                "by": by,
                "at": at,
            },
        )
        written += made
    return written


def _reach_faults(proposal: TermsProposal) -> Iterator[Fault]:
    if proposal.group and proposal.group not in Category.Group.values:
        yield Fault(where="group", message="Catégorie inconnue.", remedy="Choisir dans la liste.")
    if proposal.family and not Family.objects.filter(code=proposal.family).exists():
        yield Fault(where="family", message="Famille inconnue.", remedy="Choisir dans la liste.")
    if proposal.zone and not Zone.objects.filter(code=proposal.zone).exists():
        yield Fault(where="zone", message="Zone inconnue.", remedy="Choisir dans la liste.")
    if not proposal.source.strip() or len(proposal.source) > SOURCE_LENGTH:
        yield Fault(
            where="source",
            message=f"Écrivez le texte qui le décide, en {SOURCE_LENGTH} caractères au plus.",
        )


def _price_faults(proposal: TermsProposal) -> Iterator[Fault]:
    paid = proposal.basis == Terms.Basis.STATE_STOCK
    if proposal.basis not in Terms.Basis.values:
        yield Fault(where="basis", message="Prix inconnu.", remedy="Choisir dans la liste.")
    if not 0 <= proposal.price_cents <= MOST_CENTS or paid != bool(proposal.price_cents):
        yield Fault(
            where="price_cents",
            message=(
                "Le stock payant a un prix par boîte, de 0,01 à 10 000 euros."
                if paid
                else "Seul le stock de l’État payant a un prix."
            ),
        )
    if proposal.weekly_boxes is not None and not 0 < proposal.weekly_boxes <= MOST_BOXES:
        yield Fault(
            where="weekly_boxes",
            message="La limite est d’une boîte par semaine au moins.",
            remedy="Laissez vide pour ne pas limiter.",
        )


def _date_faults(proposal: TermsProposal, *, known: Terms | None, today: date) -> Iterator[Fault]:
    if known is None and proposal.starts_on < today:
        yield Fault(
            where="starts_on",
            message="Le début est passé : rien ne se décide en arrière.",
            remedy="Choisir aujourd’hui ou une date à venir.",
        )
    if known is not None and known.starts_on <= today and _priced_otherwise(proposal, known):
        yield Fault(
            where="basis",
            message="Ces conditions ont commencé : leur prix ne change plus.",
            remedy="Écrire de nouvelles conditions, à partir d’aujourd’hui.",
        )
    for where, end in (
        ("requests_until", proposal.requests_until),
        ("deliveries_until", proposal.deliveries_until),
    ):
        if end is not None and end < proposal.starts_on:
            yield Fault(where=where, message="La fin précède le début.")
        elif end is not None and end < today and (known is None or end != getattr(known, where)):
            yield Fault(where=where, message="La fin est passée : rien ne se décide en arrière.")
    if (
        proposal.requests_until is not None
        and proposal.deliveries_until is not None
        and proposal.deliveries_until < proposal.requests_until
    ):
        yield Fault(
            where="deliveries_until",
            message="Les livraisons prennent fin avant les demandes.",
        )


def _priced_otherwise(proposal: TermsProposal, known: Terms) -> bool:
    return (proposal.basis, proposal.price_cents) != (known.basis, known.price_cents)
