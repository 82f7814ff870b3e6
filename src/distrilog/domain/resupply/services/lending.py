"""Agreeing to be asked by neighbours; saying yes or no to each."""

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages import services as messages
from distrilog.domain.orders.rules import french_number
from distrilog.domain.resupply.models import Lender, Loan, Part, Request
from distrilog.domain.resupply.queries.spares import spares
from distrilog.domain.resupply.rules import Change, PartState, Step
from distrilog.domain.resupply.services.refusals import BelowFloor
from distrilog.domain.resupply.services.settling import settle
from distrilog.domain.resupply.services.steps import (
    CONTACT_LENGTH,
    WORDS_LENGTH,
    change,
    drop,
    finish,
    lock_part,
    own_facility,
    refuse,
    text_faults,
)
from distrilog.kernel.refusals import Fault
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


FARTHEST_KILOMETRES: Final = 300
_RANDOM_BYTES: Final = 10


@traced("accord d’entraide")
@transaction.atomic
def agree_to_lend(
    *,
    actor: Actor,
    families: Sequence[str] = (),
    kilometres: int = 50,
    contact: str = "",
    at: datetime,
) -> Lender:
    """Agree, for one's facility, to be asked by neighbours; no families: all. Said again, it replaces what was said."""
    actor.require(Deed.AID_LEND)
    facility = own_facility(actor)
    refuse(
        *_terms_faults(families, kilometres),
        *text_faults("contact", contact, length=CONTACT_LENGTH),
    )
    lender, _ = Lender.objects.update_or_create(
        facility=facility,
        defaults={
            "families": sorted(set(families)),
            "kilometres": kilometres,
            "contact": contact.strip(),
            "agreed_by": actor.by,
            "agreed_at": at,
            "ended_at": None,
        },
    )
    return lender


def _terms_faults(families: Sequence[str], kilometres: int) -> list[Fault]:
    known = set(Family.objects.values_list("code", flat=True))
    faults = [
        Fault(where="families", message=f"La famille « {family[:20]} » n’existe pas.")
        for family in families
        if family not in known
    ]
    if type(kilometres) is not int or not 1 <= kilometres <= FARTHEST_KILOMETRES:
        faults.append(
            Fault(
                where="kilometres",
                message=f"Le rayon va de 1 à {FARTHEST_KILOMETRES} kilomètres.",
            )
        )
    return faults


@traced("fin d’entraide")
@transaction.atomic
def stop_lending(*, actor: Actor, at: datetime) -> None:
    """Stop being asked: what was proposed and not answered is let go; what was promised stays. Twice is once."""
    actor.require(Deed.AID_LEND)
    facility = own_facility(actor)
    Lender.objects.filter(facility=facility, ended_at__isnull=True).update(ended_at=at)
    references = sorted(
        set(
            Part.objects.filter(lender=facility, state=PartState.PROPOSED).values_list(
                "line__request__reference", flat=True
            )
        )
    )
    list(
        Request.objects.filter(reference__in=references)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    waiting = Part.objects.filter(lender=facility, state=PartState.PROPOSED).select_related("line")
    drop(list(waiting), Change.DECLINE, reason="N’entraide plus.", by=actor.by, at=at)


@traced("réponse d’un voisin")
@transaction.atomic
def answer(
    *,
    actor: Actor,
    part_id: int,
    units: int,
    reason: str = "",
    terms: str = Loan.Terms.LOAN,
    return_by: date | None = None,
    at: datetime,
) -> Part:
    """
    Say yes to a proposal, with so many units, or no (0); until it has left, the giver may change its mind.

    Raises `NotFound` where it is not one's own, `Invalid`, `NotNow`, or `BelowFloor` where the giver would not
    keep its safety stock. The same answer again changes nothing.
    """
    actor.require(Deed.AID_LEND)
    facility = own_facility(actor)
    part = lock_part(part_id=part_id, within=Q(lender=facility))
    refuse(
        *_answer_faults(part, units=units, reason=reason, terms=terms, return_by=return_by, at=at)
    )
    if units == 0:
        return _decline(part, reason=reason.strip(), by=actor.by, at=at)
    if _same_offer(part, units=units, terms=terms, return_by=return_by):
        return part
    if part.state not in {PartState.PROPOSED, PartState.OFFERED}:
        change(part, Change.OFFER, by=actor.by, at=at)  # Says what it is by now.
    lock_lenders(facilities=[facility.pk])
    refuse_below_floor(part, units=units, at=at)
    # After this point, the offer must succeed.

    part.units = units
    part.reason = reason.strip()
    if part.state == PartState.PROPOSED:
        change(part, Change.OFFER, by=actor.by, at=at)
    else:
        part.changed_by, part.changed_at = actor.by, at
        part.save()
    Loan.objects.update_or_create(
        part=part,
        defaults={"terms": terms, "return_by": return_by},
        create_defaults={"reference": _new_reference(), "terms": terms, "return_by": return_by},
    )
    request = part.line.request
    finish(request, Step.ANSWER, at=at, part=part)
    _tell(part, at=at)
    return part


def _same_offer(part: Part, *, units: int, terms: str, return_by: date | None) -> bool:
    said_yes = part.state in {PartState.OFFERED, PartState.CHOSEN}
    papers = Loan.objects.filter(part=part).first()
    return (
        said_yes
        and papers is not None
        and (part.units, papers.terms, papers.return_by) == (units, terms, return_by)
    )


def _answer_faults(
    part: Part, *, units: int, reason: str, terms: str, return_by: date | None, at: datetime
) -> list[Fault]:
    faults = text_faults("reason", reason, length=WORDS_LENGTH)
    box = part.line.box_units
    if type(units) is not int or units < 0 or units % box:
        faults.append(
            Fault(
                where="units",
                message=f"Offrez des boîtes entières de {box}, ou 0 pour décliner.",
                values={"box": box},
            )
        )
    elif units > part.units:
        faults.append(
            Fault(
                where="units",
                message=f"On vous demande {french_number(part.units)} unités au plus.",
                remedy="Offrez moins ; l’ARS peut toujours vous écrire.",
                values={"asked": units, "left": part.units},
            )
        )
    if terms not in Loan.Terms.values:
        faults.append(Fault(where="terms", message="Choisissez un prêt ou un don."))
    if return_by is not None and return_by < at.astimezone(PARIS).date():
        faults.append(Fault(where="return_by", message="La date de retour est passée."))
    return faults


def _decline(part: Part, *, reason: str, by: str, at: datetime) -> Part:
    if part.state == PartState.DECLINED:
        return part
    had_said_yes = part.state in {PartState.OFFERED, PartState.CHOSEN}
    drop([part], Change.DECLINE, reason=reason or "Décliné.", by=by, at=at)
    if had_said_yes:
        settle(part.line.request, by=by, at=at)
    _tell(part, at=at)
    return part


def lock_lenders(*, facilities: Collection[int]) -> None:
    """Lock what facilities may lend, by id: whoever counts it next waits for us."""
    list(
        Facility.objects.filter(pk__in=list(facilities))
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def refuse_below_floor(part: Part, *, units: int, at: datetime) -> None:
    """Refuse that a giver, locked, lends more than keeps its safety stock, all it has promised besides counted."""
    assert part.lender_id is not None, "only neighbours have a floor"
    family = part.line.family
    found = spares(facilities=[part.lender_id], at=at, without=[part.pk]).get(
        (part.lender_id, family.code)
    )
    left = found.units if found else 0
    if units <= left:
        return
    if found is None:
        raise BelowFloor(
            Fault(
                where="units",
                message=f"Aucune déclaration récente de « {family.name} » : son stock n’est pas connu.",
                remedy="Déclarez votre stock, puis répondez.",
                values={"asked": units, "left": 0},
            )
        )
    raise BelowFloor(
        Fault(
            where="units",
            message=(
                f"{french_number(units)} unités de « {family.name} » ne laisseraient pas les "
                f"{french_number(found.floor)} de son stock de sécurité : "
                f"{french_number(left)} peuvent être prêtées."
            ),
            remedy=(
                f"Offrez {french_number(left)} unités au plus, ou déclarez votre stock du jour."
                if left
                else "Déclinez, ou déclarez votre stock du jour s’il a changé."
            ),
            values={"asked": units, "left": left},
        )
    )


def _new_reference() -> str:
    return f"PRET-{base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode()}"


def _tell(part: Part, *, at: datetime) -> None:
    """Tell the agency of the one who asked."""
    request, lender = part.line.request, part.lender
    assert lender is not None, "only neighbours answer"
    said = "décline" if part.state == PartState.DECLINED else f"offre {french_number(part.units)}"
    messages.send(
        key=f"resupply-answer:{part.pk}:{part.state}:{part.units}",
        title=f"Entraide : {lender.name} {said}",
        body=f"Demande {request.reference} de {request.facility.name}, {part.line.family.name}.",
        roles=[Role.ARS],
        regions=[request.facility.department.region_id],
        by=part.changed_by,
        at=at,
    )
