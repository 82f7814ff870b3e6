"""
What may be ordered, by whom, until when, and what each event does to an order. Pure.

Rows G1, G2, G4, G7 and A10 of the mission. Every fault of a demand is found at once, each with its remedy.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.regimes.rules import ROUTINE, Price, Span, Standing, TermsRule
from distrilog.kernel.refusals import Fault, Forbidden, NotFound, Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


# Seven families today; a basket of more lines than this is a mistake, not a need.
MOST_LINES = 30
# A week of gloves for the largest hospital group is some millions: beyond this, a slip of the hand.
MOST_UNITS = 100_000_000
LONGEST_KEY = 120
# Visible ASCII: what a header carries unharmed.
_KEY_SHAPE = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


class Charge(StrEnum):
    """Whose share an order draws on; the values of `Order.Charge`."""

    QUOTA = "quota"
    POT = "pot"


class Status(StrEnum):
    """Where an order stands; the values of `Order.Status`."""

    PLACED = "placed"
    CANCELLED = "cancelled"
    RELEASED = "released"


class Event(StrEnum):
    """What can happen to an order once placed."""

    AMEND = "amend"
    CANCEL = "cancel"
    RELEASE = "release"


class Effect(StrEnum):
    """What an event does to an order and to the share it draws on."""

    REPLACE_LINES = "replace-lines"
    GIVE_UNITS_BACK = "give-units-back"
    HAND_OVER = "hand-over"
    NOTHING = "nothing"
    REFUSE_TOO_LATE = "refuse-too-late"
    REFUSE_CANCELLED = "refuse-cancelled"


def effect(*, status: Status, event: Event, before_cut_off: bool) -> Effect:
    """
    Return what an event does to an order in a status.

    Until the cut-off units go back to the quota; afterwards nothing moves but the hand-over. Each event
    may safely be told twice.
    """
    match status:
        case Status.PLACED:
            return _effect_when_placed(event=event, before_cut_off=before_cut_off)
        case Status.CANCELLED:
            return Effect.REFUSE_CANCELLED if event is Event.AMEND else Effect.NOTHING
        case Status.RELEASED:
            return Effect.NOTHING if event is Event.RELEASE else Effect.REFUSE_TOO_LATE
        case _:
            assert_never(status)


def _effect_when_placed(*, event: Event, before_cut_off: bool) -> Effect:
    match event:
        case Event.AMEND:
            return Effect.REPLACE_LINES if before_cut_off else Effect.REFUSE_TOO_LATE
        case Event.CANCEL:
            return Effect.GIVE_UNITS_BACK if before_cut_off else Effect.REFUSE_TOO_LATE
        case Event.RELEASE:
            return Effect.NOTHING if before_cut_off else Effect.HAND_OVER
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Units of a family that somebody asks for; not yet believed, so it may hold anything."""

    family: str
    units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """
    What somebody asks for a facility: not yet believed.

    `week` empty means the current one, `address` None the main one. `key` is the caller's idempotency
    key; without one, the same demand sent twice makes two orders.
    """

    registry: str
    lines: Sequence[Asked]
    charge: Charge = Charge.QUOTA
    week: str = ""
    address: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFacts:
    """What ordering needs to know of a family."""

    code: str
    name: str
    box_units: int
    plural: str = ""
    unit: str = "unité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """
    All that decides about a demand of one facility at one moment, except the quota itself.

    `address_id` is the address asked for when it is the facility's own or its platform's, else None.
    `week` is the current one on the zone's clocks, `span` its window, `following` the next that opens.
    `standings` are the regimes of the facility's region, `terms` what its category pays and until when, by
    family, on `today` (the zone's calendar). `promised_on` is when an order of this window arrives.
    """

    facility_id: int
    registry: str
    name: str
    opened_on: date | None
    closed_on: date | None
    department: str
    region: str
    region_name: str
    territory: str
    route: str
    overseas_source: str
    time_zone: str
    address_id: int | None
    week: Week
    span: Span | None
    following: Span | None
    families: Mapping[str, FamilyFacts]
    standings: Mapping[str, Standing] = field(default_factory=dict)
    group: str = ""
    today: date | None = None
    promised_on: date | None = None
    terms: Mapping[str, TermsRule] = field(default_factory=dict)

    def source(self, route: str = "") -> str:
        """Return the place that serves a route, the facility's present one unless told: where a pot lies."""
        route = route or self.route
        return self.overseas_source if route == "overseas" else route

    def opens(self, family: str) -> bool:
        """Tell whether a family is ordered from the State stock by this category, in its region, now."""
        return self.begun(family) and not self.ended(family)

    def begun(self, family: str) -> bool:
        """Tell whether it would be, were it not for the end of its terms: paid stock is, whatever the regime."""
        terms = self.terms.get(family)
        if terms is not None and terms.basis is not Price.FREE:
            return terms.paid
        return self.standings.get(family, ROUTINE).opens_state_stock

    def ended(self, family: str) -> bool:
        """Tell whether the demands, or the deliveries, of this category are over."""
        return self.requests_ended(family) or self.deliveries_ended(family)

    def requests_ended(self, family: str) -> bool:
        """Tell whether demands are over today."""
        terms = self.terms.get(family)
        return terms is not None and self.today is not None and terms.ended(on=self.today)

    def deliveries_ended(self, family: str) -> bool:
        """Tell whether what is ordered now would come after the last deliveries."""
        terms = self.terms.get(family)
        last = terms.deliveries_until if terms else None
        return last is not None and self.promised_on is not None and self.promised_on > last

    def price_cents(self, family: str) -> int:
        """Return what a box costs: nothing but where the State stock is sold."""
        terms = self.terms.get(family)
        return terms.price_cents if terms is not None and terms.paid else 0

    def amount_cents(self, *, family: str, units: int) -> int:
        """Return what whole boxes cost."""
        return self.price_cents(family) * (units // self.families[family].box_units)

    def weekly_units(self, family: str) -> int | None:
        """Return the most units it may order itself in a week; None where only its quota says so."""
        terms = self.terms.get(family)
        if terms is None or terms.weekly_boxes is None:
            return None
        return terms.weekly_boxes * self.families[family].box_units

    def left(self, *, family: str, left: int, ordered: int) -> int:
        """Return what of the units left of its quota of a week its category may still order."""
        limit = self.weekly_units(family)
        return left if limit is None else min(left, limit - ordered)


def authorise(*, actor: Actor, charge: Charge, situation: Situation) -> None:
    """
    Refuse unless the actor may order for this facility.

    To order within the quota, one must act for the facility itself; to order from the pot, be the ARS
    of its region. A facility one cannot see does not exist.
    """
    actor.require(Deed.ORDER_FROM_POT if charge is Charge.POT else Deed.ORDER_PLACE)
    if not covers(scope=actor.scope, situation=situation):
        raise NotFound(unknown_facility(situation.registry))
    if not covers(scope=actor.order_scope, situation=situation):
        raise Forbidden(detail="Vous voyez cet établissement, mais ne commandez que pour le vôtre.")


def unknown_facility(registry: str) -> Fault:
    """Return what is told of a facility that does not exist, or not for this actor."""
    return Fault(
        where="facility",
        message=f"Aucun établissement « {registry[:20]} » dans votre périmètre.",
        remedy="Vérifiez le numéro FINESS, ou demandez à votre ARS.",
    )


def covers(*, scope: Scope, situation: Situation) -> bool:
    """Tell whether a scope holds the facility."""
    match scope.kind:
        case ScopeKind.COUNTRY:
            return True
        case ScopeKind.REGION:
            return scope.code == situation.region
        case ScopeKind.DEPARTMENT:
            return scope.code == situation.department
        case ScopeKind.TERRITORY:
            return scope.code == situation.territory
        case ScopeKind.FACILITY:
            return scope.code == situation.registry
        case ScopeKind.NOTHING:
            return False
        case _:
            assert_never(scope.kind)


def key_fault(key: str) -> Fault | None:
    """Return what is wrong with an idempotency key, or None."""
    if _KEY_SHAPE.fullmatch(key):
        return None
    return _fault(
        "key-malformed",
        where="key",
        message=f"La clé d’idempotence a de 1 à {LONGEST_KEY} lettres, chiffres ou signes ASCII.",
        remedy="Utilisez par exemple un UUID.",
    )


def check(*, demand: Demand, situation: Situation, at: datetime) -> list[Fault]:
    """Return everything that is wrong with a demand, the quota aside: where, what, and the remedy."""
    return [
        *_facility_faults(situation=situation, at=at),
        *_week_faults(demand=demand, situation=situation),
        *_window_faults(situation=situation, at=at),
        *_address_faults(demand=demand, situation=situation),
        *basket_faults(lines=demand.lines, situation=situation),
    ]


def _facility_faults(*, situation: Situation, at: datetime) -> Iterator[Fault]:
    today = at.astimezone(ZoneInfo(situation.time_zone)).date()
    if situation.closed_on is not None and situation.closed_on <= today:
        yield _fault(
            "facility-closed",
            where="facility",
            message=f"L’établissement est fermé depuis le {french_date(situation.closed_on)}.",
            remedy="Si c’est une erreur du répertoire, signalez-la à votre ARS.",
        )
    elif situation.opened_on is not None and situation.opened_on > today:
        yield _fault(
            "facility-not-open-yet",
            where="facility",
            message=f"L’établissement n’ouvre que le {french_date(situation.opened_on)}.",
            remedy="Commandez à partir de ce jour, ou demandez à votre ARS.",
        )


def _week_faults(*, demand: Demand, situation: Situation) -> Iterator[Fault]:
    if demand.week and demand.week != str(situation.week):
        yield _fault(
            "week-not-current",
            where="week",
            message=f"On ne commande que pour la semaine en cours, {situation.week}.",
            remedy="Retirez la semaine de la demande, ou indiquez celle-ci.",
            week=str(situation.week),
        )


def _window_faults(*, situation: Situation, at: datetime) -> Iterator[Fault]:
    if situation.span is not None and situation.span.holds(at):
        return
    if situation.following is None:
        yield _fault(
            "window-closed",
            where="week",
            message="Les commandes sont fermées, et aucune ouverture n’est programmée.",
            remedy=f"Pour un besoin urgent, écrivez à {agency_name(situation)}.",
        )
        return
    opens_at = situation.following.opens_at
    moment = french_moment(opens_at, situation.time_zone)
    yield _fault(
        "window-closed",
        where="week",
        message="Les commandes de la semaine sont fermées.",
        remedy=f"Elles rouvrent {moment}. Pour un besoin urgent, écrivez à {agency_name(situation)}.",
        opens_again_at=opens_at.isoformat(),
    )


def _address_faults(*, demand: Demand, situation: Situation) -> Iterator[Fault]:
    if situation.address_id is not None:
        return
    if demand.address is None:
        yield _fault(
            "address-missing",
            where="address",
            message="L’établissement n’a pas d’adresse de livraison principale.",
            remedy="Demandez à votre ARS de l’enregistrer, ou choisissez celle de votre établissement support.",
        )
        return
    yield _fault(
        "address-unknown",
        where="address",
        message="Cette adresse n’est ni celle de l’établissement, ni celle de son établissement support.",
        remedy="Choisissez une adresse enregistrée, ou retirez-la pour livrer à l’adresse principale.",
    )


def basket_faults(
    *, lines: Sequence[Asked], situation: Situation, had: Mapping[str, int] | None = None
) -> list[Fault]:
    """
    Return what is wrong with the lines of a basket.

    `had` are the units an order already holds: a family closed since may be kept or reduced.
    """
    if not lines:
        return [
            _fault(
                "basket-empty",
                where="lines",
                message="Le panier est vide.",
                remedy="Ajoutez au moins une ligne.",
            )
        ]
    if len(lines) > MOST_LINES:
        return [
            _fault(
                "too-many-lines",
                where="lines",
                message=f"La commande a {len(lines)} lignes ; elle en a {MOST_LINES} au plus.",
                remedy="Regroupez les unités d’une même famille sur une ligne.",
            )
        ]
    faults: list[Fault] = []
    seen: set[str] = set()
    for position, line in enumerate(lines):
        faults += _line_faults(
            line=line, where=f"lines.{position}", situation=situation, had=had or {}
        )
        if line.family in seen:
            faults.append(_doubled(line.family, f"lines.{position}.family"))
        seen.add(line.family)
    return faults


def _doubled(family: str, where: str) -> Fault:
    return _fault(
        "family-twice",
        where=where,
        message=f"La famille « {family[:20]} » est déjà dans la commande.",
        remedy="Regroupez les deux lignes.",
    )


def _line_faults(
    *, line: Asked, where: str, situation: Situation, had: Mapping[str, int]
) -> Iterator[Fault]:
    family = situation.families.get(line.family)
    if family is None:
        yield _fault(
            "family-unknown",
            where=f"{where}.family",
            message=f"La famille « {line.family[:20]} » n’existe pas.",
            remedy=f"Familles connues : {', '.join(situation.families)}.",
        )
    elif not situation.opens(line.family) and line.units > had.get(line.family, 0):
        yield _not_open(family=family, where=f"{where}.family", situation=situation)
    fault = units_fault(units=line.units, where=f"{where}.units", family=family)
    if fault is not None:
        yield fault


def _not_open(*, family: FamilyFacts, where: str, situation: Situation) -> Fault:
    standing = situation.standings.get(family.code, ROUTINE)
    over = _over(family=family, where=where, situation=situation)
    if over is not None:
        return over
    if standing.regime == "tension":
        return _fault(
            "family-pushed",
            where=where,
            message=f"« {family.name} » vous est envoyé en dotation : il ne se commande pas.",
            remedy=f"Pour un besoin de plus, écrivez à {agency_name(situation)}.",
        )
    return _fault(
        "family-not-open",
        where=where,
        message=f"« {family.name} » n’est pas en tension dans votre région : le stock de l’État est fermé.",
        remedy="Retirez cette ligne et achetez par vos circuits habituels.",
    )


def _over(*, family: FamilyFacts, where: str, situation: Situation) -> Fault | None:
    """Return what the terms of the category close, with the date; None where they close nothing."""
    terms = situation.terms.get(family.code)
    if terms is None:
        return None
    if terms.basis is Price.CONSORTIUM:
        return _fault(
            "family-sold",
            where=where,
            message=f"« {family.name} » s’achète au prix du groupement depuis le {french_date(terms.starts_on)}.",
            remedy="Retirez cette ligne et commandez auprès du groupement d’achat.",
        )
    if not situation.begun(family.code):
        return None
    if situation.requests_ended(family.code):
        assert terms.requests_until is not None, "what has no end is not over"
        return _fault(
            "requests-ended",
            where=where,
            message=(
                f"« {family.name} » : les demandes de votre catégorie ont pris fin le "
                f"{french_date(terms.requests_until)}."
            ),
            remedy=_after_the_end(situation),
            until=terms.requests_until.isoformat(),
        )
    assert terms.deliveries_until is not None, "only the end of deliveries is left"
    return _fault(
        "deliveries-ended",
        where=where,
        message=(
            f"« {family.name} » : les livraisons à votre catégorie prennent fin le "
            f"{french_date(terms.deliveries_until)}, avant la date de livraison prévue."
        ),
        remedy=_after_the_end(situation),
        until=terms.deliveries_until.isoformat(),
    )


def _after_the_end(situation: Situation) -> str:
    return (
        "Retirez cette ligne et achetez par vos circuits habituels ; pour un besoin urgent, "
        f"écrivez à {agency_name(situation)}."
    )


def units_fault(*, units: float, where: str, family: FamilyFacts | None) -> Fault | None:
    """Return what is wrong with a number of units, or None: whole, positive, sane, in whole boxes."""
    if isinstance(units, bool) or not isinstance(units, int):
        return _fault(
            "units-fractional",
            where=where,
            message="Le nombre d’unités n’est pas entier.",
            remedy="Indiquez un nombre entier d’unités.",
        )
    if units <= 0:
        return _fault(
            "units-not-positive",
            where=where,
            message="Le nombre d’unités doit être supérieur à zéro.",
            remedy="Indiquez au moins une boîte, ou retirez la ligne.",
        )
    if units > MOST_UNITS:
        return _fault(
            "units-too-many",
            where=where,
            message=f"Le nombre d’unités dépasse {french_number(MOST_UNITS)}.",
            remedy="Vérifiez la saisie.",
        )
    if family is None or units % family.box_units == 0:
        return None
    return _broken_box(units=units, where=where, family=family)


def _broken_box(*, units: int, where: str, family: FamilyFacts) -> Fault:
    below = units - units % family.box_units
    choices = [f"{french_number(below + family.box_units)}"]
    if below:
        choices.insert(0, french_number(below))
    return _fault(
        "not-whole-boxes",
        where=where,
        message=(
            f"« {family.name} » se commande par boîtes de {french_number(family.box_units)} : "
            f"{french_number(units)} unités ne font pas un nombre entier de boîtes."
        ),
        remedy=f"Demandez {' ou '.join(choices)} unités.",
        box=family.box_units,
    )


def _fault(code: str, *, where: str, message: str, remedy: str, **values: Any) -> Fault:
    return Fault(where=where, message=message, remedy=remedy, values={"code": code, **values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Units asked for beyond what is left of a family; `limit` is the most its category orders in a week, if any."""

    family: str
    asked: int
    left: int
    box: int
    limit: int | None = None


def shortages(
    *, asked: Mapping[str, int], left: Mapping[str, int], situation: Situation
) -> list[Shortage]:
    """Return every line that asks for more than is left; a family without a quota has nothing left."""
    return [
        Shortage(
            family=code,
            asked=units,
            left=max(left.get(code, 0), 0),
            box=situation.families[code].box_units,
            limit=situation.weekly_units(code),
        )
        for code, units in asked.items()
        if units > left.get(code, 0)
    ]


def quota_exceeded(
    *, short: Sequence[Shortage], charge: Charge, situation: Situation
) -> "QuotaExceeded":
    """Return the refusal: what was asked and what is left for each line, when it opens again, whom to ask."""
    faults = [
        Fault(
            where=f"lines.{line.family}",
            message=(
                f"« {situation.families[line.family].name} » : {french_number(line.asked)} unités "
                f"demandées, il en reste {french_number(line.left)} cette semaine."
                + _limit_in_words(line, charge)
            ),
            remedy=_remedy_of_shortage(line),
            values={"code": "quota-exceeded", "family": line.family},
        )
        for line in short
    ]
    opens_at = situation.following.opens_at if situation.following else None
    asking = agency_name(situation)
    again = (
        f" Nouveau contingent {french_moment(opens_at, situation.time_zone)}." if opens_at else ""
    )
    whom = "la cellule nationale" if charge is Charge.POT else asking
    return QuotaExceeded(
        *faults,
        detail=" ".join(fault.message for fault in faults)
        + again
        + f" Pour un besoin urgent, écrivez à {whom}.",
        lines=[
            {
                "family": line.family,
                "asked": line.asked,
                "left": line.left,
                "box": line.box,
                "asked_boxes": line.asked // line.box,
                "left_boxes": line.left // line.box,
            }
            for line in short
        ],
        opens_again_at=opens_at.isoformat() if opens_at else None,
        ask=whom,
    )


def _limit_in_words(line: Shortage, charge: Charge) -> str:
    if line.limit is None or charge is Charge.POT:
        return ""
    boxes = line.limit // line.box
    return f" Votre catégorie est limitée à {french_number(boxes)} boîte{'s' if boxes > 1 else ''} par semaine."


def _remedy_of_shortage(line: Shortage) -> str:
    if line.left < line.box:
        return "Retirez cette ligne."
    return f"Demandez au plus {french_number(line.left - line.left % line.box)} unités."


def agency_name(situation: Situation) -> str:
    """Return whom a facility asks: its regional agency."""
    return f"l’ARS {situation.region_name}"


def promise_date(*, cut_off_on: date, lead_time_days: int, closed_days: Sequence[str]) -> date:
    """Return the day of delivery: so many days after the cut-off, Sundays and closed days (`MM-JJ`) not counted."""
    day = cut_off_on
    left = lead_time_days
    while left > 0:
        day += timedelta(days=1)
        if day.isoweekday() != 7 and day.strftime("%m-%d") not in closed_days:  # noqa: PLR2004 - Sunday
            left -= 1
    return day


def french_number(number: int) -> str:
    """Return a number as French readers write it, thousands apart by a narrow no-break space."""
    return f"{number:,}".replace(",", "\u202f")


def french_date(day: date) -> str:
    """Return a day such as `4 novembre 2020`."""
    return f"{day.day if day.day > 1 else '1er'} {_MONTHS[day.month - 1]} {day.year}"


def french_moment(moment: datetime, time_zone: str) -> str:
    """Return a moment such as `lundi 9 novembre à 8 h 00`, on the clocks of a zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    day = local.day if local.day > 1 else "1er"
    return f"{_DAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]} à {local.hour} h {local:%M}"


class QuotaExceeded(Refusal):
    """La demande dépasse ce qui reste du contingent."""

    slug = "quota-exceeded"


class TooLate(Refusal):
    """La commande ne peut plus être modifiée."""

    slug = "too-late"


class AlreadyCancelled(Refusal):
    """La commande est annulée."""

    slug = "order-cancelled"


class KeyReused(Refusal):
    """Cette clé d’idempotence a déjà servi à une autre demande."""

    slug = "idempotency-key-reused"


class VersionChanged(Refusal):
    """La commande a changé depuis que vous l’avez lue."""

    slug = "version-changed"
    status = 412
