"""What is open to a facility now, and why: what the ordering page shows before any demand (row G1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from distrilog.domain.facilities.models import Facility
from distrilog.domain.facilities.queries import addresses_for
from distrilog.domain.orders.queries.situations import Found, situation_of
from distrilog.domain.orders.rules import (
    FamilyFacts,
    Situation,
    covers,
    french_date,
    french_moment,
    french_number,
    unknown_facility,
)
from distrilog.domain.quotas.models import Quota
from distrilog.domain.regimes.rules import ROUTINE, Price, TermsRule
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS, Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """
    One family as a facility finds it: open or not and why; its quota in units, what is ordered and may still be.

    `price_cents` is for a box, zero when free; `notice` says what the terms of its category limit, if anything.
    """

    family: str
    name: str
    plural: str
    unit: str
    box: int
    open: bool
    why: str
    cap: int
    ordered: int
    left: int
    price_cents: int = 0
    notice: str = ""

    @property
    def left_boxes(self) -> int:
        """Whole boxes that may still be ordered this week."""
        return self.left // self.box


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChoice:
    """An address that an order may name: the facility's own, or its platform's."""

    id: int
    label: str
    opening_hours: str
    main: bool
    platform: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a facility may order now: the week, whether its window is open, the families, the addresses."""

    facility_id: int
    registry: str
    week: Week
    open: bool
    why: str
    closes_at: datetime | None
    opens_again_at: datetime | None
    promised_on: date | None
    families: Sequence[Offered]
    addresses: Sequence[AddressChoice]


def offer(*, registry: str, scope: Scope, at: datetime) -> Offer:
    """Return what is open to a facility at a moment, or NotFound outside the scope; a fixed number of statements."""
    found = situation_of(registry=registry, at=at)
    if found is None or not covers(scope=scope, situation=found.situation):
        raise NotFound(unknown_facility(registry))
    situation = found.situation
    span = situation.span
    following = situation.following
    return Offer(
        facility_id=situation.facility_id,
        registry=situation.registry,
        week=situation.week,
        open=span is not None and span.holds(at),
        why=_window_sentence(found, at),
        closes_at=span.closes_at if span else None,
        opens_again_at=following.opens_at if following else None,
        promised_on=found.promised_on,
        families=_families(situation),
        addresses=_addresses(situation, at),
    )


def _window_sentence(found: Found, at: datetime) -> str:
    situation = found.situation
    if situation.span is not None and situation.span.holds(at):
        moment = french_moment(situation.span.closes_at, situation.time_zone)
        return f"Commandes ouvertes et modifiables jusqu’à {moment}."
    if situation.following is None:
        return "Commandes fermées : aucune ouverture n’est programmée."
    moment = french_moment(situation.following.opens_at, situation.time_zone)
    return f"Commandes fermées : elles rouvrent {moment}."


def _families(situation: Situation) -> list[Offered]:
    rows = Quota.objects.filter(facility_id=situation.facility_id, week=str(situation.week))
    quotas = {row.family_id: row for row in rows}
    return [
        _offered(family=family, situation=situation, quota=quotas.get(family.code))
        for family in situation.families.values()
    ]


def _offered(*, family: FamilyFacts, situation: Situation, quota: Quota | None) -> Offered:
    return Offered(
        family=family.code,
        name=family.name,
        plural=family.plural,
        unit=family.unit,
        box=family.box_units,
        open=situation.opens(family.code),
        why=_family_sentence(family=family, situation=situation),
        cap=quota.cap if quota else 0,
        ordered=quota.ordered if quota else 0,
        left=_left(quota, situation) if quota else 0,
        price_cents=situation.price_cents(family.code),
        notice=_notice(family=family, situation=situation),
    )


def _left(quota: Quota, situation: Situation) -> int:
    left = situation.left(family=quota.family_id, left=quota.left, ordered=quota.ordered)
    return max(left, 0)


def _family_sentence(*, family: FamilyFacts, situation: Situation) -> str:
    terms = situation.terms.get(family.code)
    if terms is not None:
        told = _terms_sentence(terms, family=family, situation=situation)
        if told:
            return told
    standing = situation.standings.get(family.code, ROUTINE)
    if standing.opens_state_stock:
        return "En tension : gratuit, sur le stock de l’État, dans la limite de votre contingent."
    if standing.regime == "tension":
        return "En tension : envoyé en dotation, sans commande."
    return "Hors tension : le stock de l’État est fermé pour cette famille."


def _terms_sentence(terms: TermsRule, *, family: FamilyFacts, situation: Situation) -> str:
    """Say what the terms of the category change; nothing where the regime alone decides."""
    if terms.basis is Price.CONSORTIUM:
        return "Achat au prix du groupement : le stock de l’État est fermé à votre catégorie."
    if not situation.begun(family.code):
        return ""
    last = terms.requests_until
    if last and situation.requests_ended(family.code):
        return f"Les demandes de votre catégorie ont pris fin le {french_date(last)}."
    if terms.deliveries_until and situation.deliveries_ended(family.code):
        return f"Les livraisons à votre catégorie prennent fin le {french_date(terms.deliveries_until)}."
    boxes = terms.weekly_boxes
    most = "" if boxes is None else f", au plus {french_number(boxes)} boîtes par semaine"
    if not terms.paid:
        return _until(f"En tension : gratuit, dans la limite de votre contingent{most}", last)
    return _until(f"Stock de l’État, payant{most}", last)


def _notice(*, family: FamilyFacts, situation: Situation) -> str:
    """Say the limit and the last day of an open family; empty where its terms set neither."""
    terms = situation.terms.get(family.code)
    if terms is None:
        return ""
    boxes, last = terms.weekly_boxes, terms.requests_until
    told = f"Au plus {french_number(boxes)} boîtes par semaine" if boxes is not None else ""
    if last is None:
        return f"{told}." if told else ""
    until = f"emandes jusqu’au {french_date(last)}."
    return f"{told} ; d{until}" if told else f"D{until}"


def _until(words: str, last: date | None) -> str:
    return f"{words} ; demandes jusqu’au {french_date(last)}." if last else f"{words}."


def _addresses(situation: Situation, at: datetime) -> list[AddressChoice]:
    facility = Facility(pk=situation.facility_id)
    return [
        AddressChoice(
            id=row.pk,
            label=str(row),
            opening_hours=row.opening_hours,
            main=row.main and row.facility_id == situation.facility_id,
            platform=row.facility_id != situation.facility_id,
        )
        for row in addresses_for(facility=facility, on=at.astimezone(PARIS).date())
    ]
