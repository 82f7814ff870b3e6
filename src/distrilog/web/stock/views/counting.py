"""Counting at a place: fields or a table, the differences before they are posted, and the posting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.stock import services
from distrilog.domain.stock.models import Account, InventoryCount, Lot, Place
from distrilog.domain.stock.rules import CONSORTIUM, STATE
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import counting, reading
from distrilog.web.stock.forms import CountForm, CountPlaceForm
from distrilog.web.stock.pages import page


LATEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A line of a count beside the books. Units."""

    lot: Lot
    status: str
    book: int
    counted: int

    @property
    def change(self) -> int:
        """What will be posted."""
        return self.counted - self.book


@needs(Deed.STOCK_MANAGE)
def count(request: ActorRequest) -> HttpResponse:
    """Choose a place and a family, count, see the differences, post them."""
    families, known = reading.families(), reading.places()
    asked = request.POST if request.method == "POST" else request.GET
    place = known.get(asked.get("lieu", ""))
    family = asked.get("famille", "")
    family = family if family in families else ""
    chooser = CountPlaceForm(
        families=families,
        places=known,
        initial={"lieu": place.code if place else "", "famille": family},
    )
    context: dict[str, Any] = {
        "chooser": chooser,
        "place": place,
        "family": families.get(family),
        "latest": InventoryCount.objects.select_related("place").order_by("-pk")[:LATEST],
    }
    if place is None:
        return page(request, "count", tab="count", context=context)
    accounts = _accounts(place, family)
    context |= {"too_many": len(accounts) > counting.MOST_FIELDS}
    accounts = accounts[: counting.MOST_FIELDS]
    if request.method != "POST":
        context |= {"form": CountForm(), "rows": _rows(accounts, {})}
        return page(request, "count", tab="count", context=context)
    return _posted(request, place, accounts, context)


def _owner(place: Place) -> str:
    return CONSORTIUM if place.kind == Place.Kind.CONSORTIUM else STATE


def _accounts(place: Place, family: str) -> list[Account]:
    rows = Account.objects.filter(
        place=place, owner=_owner(place), status__in=reading.HELD, units__gt=0
    )
    if family:
        rows = rows.filter(lot__article__family=family)
    order = ("lot__article__family__position", "lot__expires_on", "lot__number", "status")
    return list(rows.select_related("lot__article").order_by(*order)[: counting.MOST_FIELDS + 1])


def _rows(accounts: Sequence[Account], typed: Any) -> list[dict[str, Any]]:
    return [
        {
            "account": each,
            "status": reading.STATUS_WORDS[each.status],
            "name": counting.field_name(each),
            "value": typed.get(counting.field_name(each), ""),
        }
        for each in accounts
    ]


def _posted(
    request: ActorRequest, place: Place, accounts: Sequence[Account], context: dict[str, Any]
) -> HttpResponse:
    form = CountForm(_with_others(request, accounts), request.FILES)
    form.full_clean()
    # The lines are read whatever else is wrong: all faults at once.
    sheet = _sheet(request, form, accounts)
    for fault in sheet.faults:
        form.add_error(None, fault)
    if not sheet.units and not sheet.faults:
        form.add_error(None, "Rien n’est compté : remplissez au moins une ligne.")
    step = request.POST.get("step", "")
    if form.is_valid() and step == "confirm":
        if answer := _post(request, place, form, sheet):
            return answer
    elif form.is_valid() and step == "check":
        context |= {"form": form, "sheet": sheet, **_differences(place, sheet)}
        return page(request, "count_check", tab="count", context=context)
    typed = request.POST if "packed" not in request.POST else _typed(sheet)
    context |= {"form": form, "rows": _rows(accounts, typed)}
    status = 422 if form.errors else 200
    return page(request, "count", tab="count", context=context, status=status)


def _sheet(request: ActorRequest, form: CountForm, accounts: Sequence[Account]) -> counting.Sheet:
    if "packed" in request.POST:
        return counting.unpack(request.POST["packed"])
    sheet = counting.Sheet()
    counting.read_fields(sheet, accounts, request.POST)
    asked = form.cleaned_data
    counting.read_table(sheet, asked.get("file") or asked.get("table") or "")
    return sheet


def _with_others(request: ActorRequest, accounts: Sequence[Account]) -> QueryDict:
    """Return what was sent; of a count that comes back, the lots without a field go to the table again."""
    if "packed" not in request.POST:
        return request.POST
    shown = {(each.lot_id, each.status) for each in accounts}
    units = counting.unpack(request.POST["packed"]).units
    others = {key: count for key, count in units.items() if key not in shown}
    lots = Lot.objects.in_bulk({lot for lot, _ in others})
    sent = request.POST.copy()
    sent["table"] = "\n".join(
        f"{lots[lot].article_id};{lots[lot].number};{reading.STATUS_WORDS[status]};{count}"
        for (lot, status), count in others.items()
        if lot in lots
    )
    return sent


def _typed(sheet: counting.Sheet) -> dict[str, str]:
    """Return the fields of a count that comes back to be corrected."""
    return {
        f"{counting.PREFIX}{lot}-{status}": str(units)
        for (lot, status), units in sheet.units.items()
    }


def _differences(place: Place, sheet: counting.Sheet) -> dict[str, Any]:
    lots = Lot.objects.select_related("article").in_bulk({lot for lot, _ in sheet.units})
    held = {
        (lot, status): units
        for lot, status, units in Account.objects.filter(
            place=place, owner=_owner(place), lot__in=lots
        ).values_list("lot_id", "status", "units")
    }
    rows = [
        DifferenceRow(
            lot=lots[lot],
            status=reading.STATUS_WORDS[status],
            book=held.get((lot, status), 0),
            counted=units,
        )
        for (lot, status), units in sheet.units.items()
        if lot in lots
    ]
    rows.sort(key=lambda row: (-abs(row.change), row.lot.number))
    return {
        "differences": rows,
        "changed": sum(row.change != 0 for row in rows),
        "found": sum(max(row.change, 0) for row in rows),
        "lost": sum(max(-row.change, 0) for row in rows),
    }


def _post(
    request: ActorRequest, place: Place, form: CountForm, sheet: counting.Sheet
) -> HttpResponse | None:
    try:
        done = services.count(
            actor=request.actor,
            place=place.code,
            owner=_owner(place),
            counted=sheet.counted,
            reason=form.cleaned_data["reason"],
            key=form.cleaned_data["key"],
            at=clock.now(),
        )
    except Refusal as refusal:
        add_faults(form, refusal)
        return None
    lines = french.plural(len(sheet.units), "ligne")
    written = french.plural(len(done), "écart")
    notes.success(request, f"Inventaire enregistré : {lines}, {written} dans les comptes.")
    return redirect(request.path)
