"""The picture of a family, from purchase to door, and what of the stock asks for somebody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Sum
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.stock import queries
from distrilog.domain.stock.models import Place, Position, Recall
from distrilog.domain.stock.rules import STATE
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import reading
from distrilog.web.stock.drawing import flow_picture
from distrilog.web.stock.pages import page


MAIN: Final = "spf"
MOST_RECALLS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRow:
    """A family over all places. Units."""

    family: Family
    address: str
    chosen: bool
    usable: int
    reserved: int
    strategic: int
    quarantine: int
    in_transit: int
    delivered: int
    disputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that asks for somebody: its tag, its words, and where to look."""

    tag: str
    tag_words: str
    words: str
    address: str


@require_safe
@needs(Deed.STOCK_READ)
def overview(request: ActorRequest) -> HttpResponse:
    """Show where the units of a family are, all families beside, and what asks for somebody."""
    families, places = reading.families(), reading.places()
    family = reading.chosen_family(request, families)
    flow = queries.where_units_are(family=family.code) if family else None
    context = {
        "families": families.values(),
        "family": family,
        "flow": flow,
        "picture": flow_picture(flow, main=MAIN) if flow else None,
        "rows": _place_rows(flow, places) if flow else [],
        "somewhere": sum(each.units for each in flow.places) if flow else 0,
        "left": flow.came_in - flow.accounted_for if flow else 0,
        "totals": _family_rows(families, chosen=family),
        "shortfalls": _shortfalls(families, places),
        **_remedy(request.actor),
        "alerts": _alerts(families, places, actor=request.actor),
    }
    return page(request, "overview", tab="overview", context=context)


def _place_rows(flow: queries.Flow, places: Mapping[str, Place]) -> list[queries.PlaceFlow]:
    """Return the places that hold some, SPF first."""
    found = {each.place: each for each in flow.places if each.units or each.unserved}
    return [found[code] for code in places if code in found]


def _family_rows(families: Mapping[str, Family], *, chosen: Family | None) -> list[FamilyRow]:
    held: Counter[tuple[str, str]] = Counter()
    for (_place, family, status), units in queries.balances().items():
        held[family, status] += units
    reserved = dict(
        Position.objects.filter(owner=STATE).values_list("family_id").annotate(Sum("reserved"))
    )
    path = reverse("stock:overview")
    return [
        FamilyRow(
            family=family,
            address=reading.address(path, famille=code),
            chosen=family == chosen,
            usable=held[code, "available"],
            reserved=reserved.get(code, 0),
            strategic=held[code, "strategic"],
            quarantine=held[code, "quarantine"],
            in_transit=held[code, "in_transit"],
            delivered=held[code, "delivered"],
            disputed=held[code, "disputed"],
        )
        for code, family in families.items()
    ]


def _shortfalls(
    families: Mapping[str, Family], places: Mapping[str, Place]
) -> list[tuple[queries.Shortfall, Family, str]]:
    return [
        (each, families[each.family], _place_name(places, each.place))
        for each in queries.shortfalls()
    ]


def _remedy(actor: Actor) -> dict[str, Any]:
    """Return what a reader can do about a shortfall: replace the run of the week, or make one."""
    may = actor.may(Deed.RUN_PREPARE)
    run = quotas.in_force(week=str(Week.at(clock.now()))) if may else None
    return {"may_prepare": may, "run": run}


def _place_name(places: Mapping[str, Place], code: str) -> str:
    return places[code].name if code in places else code


def _alerts(
    families: Mapping[str, Family], places: Mapping[str, Place], *, actor: Actor
) -> Sequence[Alert]:
    expired: Counter[str] = Counter()
    soon: Counter[str] = Counter()
    for line in queries.by_expiry(on=reading.today()):
        expired[line.family] += line.expired
        soon[line.family] += line.soon
    found = []
    for code, family in families.items():
        lots = reading.address(reverse("stock:places"), famille=code)
        for tag, tag_words, units in (
            ("late", "Périmé", expired[code]),
            ("tension", "Moins de 3 mois", soon[code]),
        ):
            if units:
                words = f"{french.sentence(family.plural)} : {_told(units, family)}."
                found.append(Alert(tag=tag, tag_words=tag_words, words=words, address=lots))
    return [*_recalls(), *found, *_low(families, places, actor=actor)]


def _recalls() -> list[Alert]:
    rows = Recall.objects.filter(closed_at__isnull=True).select_related("lot__article")
    return [
        Alert(
            tag="late",
            tag_words="Rappel en cours",
            words=f"Lot {each.lot.number}, {each.lot.article.name} : {each.reason}",
            address=reverse("stock:lot", args=[each.lot_id]),
        )
        for each in rows.order_by("-declared_at")[:MOST_RECALLS]
    ]


def _low(
    families: Mapping[str, Family], places: Mapping[str, Place], *, actor: Actor
) -> list[Alert]:
    deed = "à demander" if actor.may(Deed.STOCK_MANAGE) else "à réapprovisionner"
    return [
        Alert(
            tag="tension",
            tag_words="Sous le minimum",
            words=(
                f"{french.sentence(families[each.family].plural)}, "
                f"{_place_name(places, each.place)} : {_told(each.wanted, families[each.family])} {deed}."
            ),
            address=reverse("stock:transfers"),
        )
        for each in queries.levels()
        if each.is_low
    ]


def _told(units: int, family: Family) -> str:
    return french.plural(units, family.unit)
