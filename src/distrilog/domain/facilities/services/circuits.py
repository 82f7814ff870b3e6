"""Deciding through which chain a category is served, and who counts it (004, note 1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pghistory
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Category, Circuit
from distrilog.domain.facilities.reference import CIRCUITS_2020
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


SOURCE_LENGTH: Final = 300
_FAMILY: Final = re.compile(r"[a-z0-9_\-]{0,30}")


class CircuitEnded(Refusal):
    """Ce circuit a déjà pris fin."""

    slug = "circuit-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitProposal:
    """A circuit somebody decides: `category` and `family` empty mean all; both ends are included."""

    group: str
    category: str = ""
    family: str = ""
    chain: str
    counts: bool = True
    starts_on: date
    ends_on: date | None = None
    source: str


@transaction.atomic
def set_circuit(*, actor: Actor, proposal: CircuitProposal, at: datetime) -> Circuit:
    """
    Put a circuit in force from a day on; the latest that counts holds. Raises Invalid with every fault.

    A second one that counts nothing completes the first: its beneficiaries are served twice, and counted once.
    """
    actor.require(Deed.CIRCUIT_MANAGE)
    faults = [
        *_kind_faults(proposal),
        *_word_faults(proposal, today=at.astimezone(PARIS).date()),
        *_twin_faults(proposal),
    ]
    if faults:
        raise Invalid(*faults)
    # After this point, the circuit must succeed.

    with pghistory.context(by=actor.by, why=proposal.source.strip()):
        return Circuit.objects.create(
            group=proposal.group,
            category_id=proposal.category or None,
            family=proposal.family,
            chain=proposal.chain,
            counts=proposal.counts,
            starts_on=proposal.starts_on,
            ends_on=proposal.ends_on,
            source=proposal.source.strip(),
            by=actor.by,
        )


@traced("fin d’un circuit")
@transaction.atomic
def end_circuit(*, actor: Actor, circuit_id: int, on: date, at: datetime) -> Circuit:
    """End a circuit after a day, this one included: what it replaced holds again, else the platform."""
    actor.require(Deed.CIRCUIT_MANAGE)
    row = Circuit.objects.select_for_update(of=("self",)).filter(pk=circuit_id).first()
    if row is None:
        raise NotFound(Fault(where="circuit", message="Aucun circuit de ce numéro."))
    today = at.astimezone(PARIS).date()
    if row.ends_on is not None and row.ends_on < today:
        raise CircuitEnded(detail=f"Il a pris fin le {row.ends_on:%d/%m/%Y}.")
    if on < max(today, row.starts_on):
        raise Invalid(
            Fault(
                where="on",
                message="Cette date est passée, ou précède le début.",
                remedy="Choisir aujourd’hui ou plus tard.",
            )
        )
    # After this point, the end must succeed.

    row.ends_on = on
    row.save(update_fields=["ends_on"])
    return row


def seed_circuits(*, by: str) -> int:
    """Write the circuits of 2020 that are missing and change no other; return how many were written."""
    written = 0
    for fact in CIRCUITS_2020:
        _row, made = Circuit.objects.get_or_create(
            group=fact.group,
            category=None,
            family="",
            chain=fact.chain,
            starts_on=fact.starts_on,
            defaults={
                "counts": fact.counts,
                "ends_on": fact.ends_on,
                "source": fact.source,
                "by": by,
            },
        )
        written += made
    return written


def _kind_faults(proposal: CircuitProposal) -> Iterator[Fault]:
    if proposal.group == Category.Group.PHARMACY:
        yield Fault(where="group", message="Les officines sont servies par leurs grossistes.")
    elif proposal.group not in Category.Group.values:
        yield Fault(where="group", message="Groupe inconnu.", remedy="Choisir dans la liste.")
    elif (
        proposal.category
        and not Category.objects.filter(code=proposal.category, group=proposal.group).exists()
    ):
        yield Fault(where="category", message="Cette catégorie n’est pas de ce groupe.")
    if proposal.chain not in Circuit.Chain.values:
        yield Fault(where="chain", message="Circuit inconnu.", remedy="Choisir dans la liste.")


def _word_faults(proposal: CircuitProposal, *, today: date) -> Iterator[Fault]:
    if not _FAMILY.fullmatch(proposal.family):
        yield Fault(where="family", message="Famille inconnue.", remedy="Choisir dans la liste.")
    if not proposal.source.strip() or len(proposal.source) > SOURCE_LENGTH:
        yield Fault(
            where="source",
            message=f"Écrivez le texte qui le décide, en {SOURCE_LENGTH} caractères au plus.",
        )
    if proposal.starts_on < today:
        yield Fault(
            where="starts_on",
            message="Le début est passé : rien ne se décide en arrière.",
            remedy="Choisir aujourd’hui ou une date à venir.",
        )
    if proposal.ends_on is not None and proposal.ends_on < proposal.starts_on:
        yield Fault(where="ends_on", message="La fin précède le début.")


def _twin_faults(proposal: CircuitProposal) -> Iterator[Fault]:
    """Two circuits that count the same from the same day would leave nobody knowing which does."""
    twins = Circuit.objects.filter(
        group=proposal.group,
        category=proposal.category or None,
        family=proposal.family,
        starts_on=proposal.starts_on,
    )
    same = twins.filter(counts=True) if proposal.counts else twins.filter(chain=proposal.chain)
    if same.exists():
        yield Fault(
            where="starts_on",
            message="Un circuit est déjà décidé pour eux à partir de ce jour.",
            remedy="Choisir un autre jour, ou en faire un complément qui ne compte pas le besoin.",
        )
