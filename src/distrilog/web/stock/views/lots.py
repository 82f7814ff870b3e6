"""One lot: where it is, what happened to it, who has some, and what can be done to it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib import messages as notes
from django.db.models import Min, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.messages.models import Reading
from distrilog.domain.shipping import queries as shipping, services as shipping_services
from distrilog.domain.stock import services
from distrilog.domain.stock.models import Account, Entry, Lot, Place, Recall
from distrilog.domain.stock.rules import Cause, Status
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.stock import reading
from distrilog.web.stock.forms import LotDeedForm, ReasonForm, RecallForm, WriteOffForm
from distrilog.web.stock.pages import page


ENTRIES: Final = 25
HOLDERS: Final = 50
_LARGEST: Final = 2**63 - 1
_USED: Final = ("available", "strategic")


def _lot(number: int) -> Lot:
    found = (
        Lot.objects.filter(pk=min(number, _LARGEST))
        .select_related("article__family", "recall")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _accounts(lot: Lot) -> list[Account]:
    rows = lot.accounts.exclude(status=Account.Status.OUTSIDE).exclude(units=0)
    kinds, statuses = list(Place.Kind.values), list(Account.Status.values)

    def rank(each: Account) -> tuple[int, str, int]:
        return kinds.index(each.place.kind), each.place.name, statuses.index(each.status)

    return sorted(rows.select_related("place", "owner"), key=rank)


@dataclass(slots=True, kw_only=True)
class HolderRow:
    """A facility that may have units of a lot: how many, in what parcels, and whether it was told."""

    registry: str
    name: str
    department: str
    units: int = 0
    coming: int = 0
    orders: list[str] = field(default_factory=list)
    told: bool = False
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None

    @property
    def progress(self) -> int:
        """How far it is: 0 not told, 1 told, 2 read, 3 acknowledged."""
        return sum((self.told, self.read_at is not None, self.acknowledged_at is not None))


def _holders(lot: Lot) -> list[HolderRow]:
    """Return who has some, facility by facility, those who have not answered first; two queries."""
    rows: dict[str, HolderRow] = {}
    for each in shipping.recall_trace(lot=lot.pk):
        row = rows.setdefault(
            each.facility,
            HolderRow(registry=each.facility, name=each.facility_name, department=each.department),
        )
        row.units += each.units
        row.coming += each.units if each.delivered_at is None else 0
        row.told, row.read_at = each.told, each.read_at
        if each.order not in row.orders:
            row.orders.append(each.order)
    acknowledged = dict(
        Reading.objects.filter(
            message__key__startswith=f"{shipping.RECALL_KEY}{lot.pk}:",
            acknowledged_at__isnull=False,
        )
        .values_list("profile__facility__registry")
        .annotate(first=Min("acknowledged_at"))
    )
    for registry, at in acknowledged.items():
        if registry in rows:
            rows[registry].acknowledged_at = at
    return sorted(rows.values(), key=lambda row: (row.progress, row.department, row.name))


def _came_back(accounts: Sequence[int], recall: Recall | None) -> int:
    if recall is None:
        return 0
    rows = Entry.objects.filter(
        source__in=accounts, kind=Entry.Kind.RETURN, at__gte=recall.declared_at
    )
    return rows.aggregate(units=Sum("units"))["units"] or 0


@require_safe
@needs(Deed.STOCK_READ)
def lot(request: ActorRequest, number: int) -> HttpResponse:
    """Show one lot."""
    found = _lot(number)
    recall = getattr(found, "recall", None)
    accounts, holders = _accounts(found), _holders(found)
    tag, tag_words = reading.freshness(found.expires_on, on=reading.today())
    path = reverse("stock:lot", args=[found.pk])
    # By its accounts, which are indexed: entries have no index by lot.
    ids = list(found.accounts.values_list("pk", flat=True))
    entries = Entry.objects.filter(Q(source__in=ids) | Q(target__in=ids))
    pages = reading.Pages.of(
        entries.select_related("source__place", "target__place").order_by("-pk"),
        total=entries.count(),
        number=reading.page_number(request.GET.get("page", "")),
        size=ENTRIES, path=path, kept={}, anchor="#ecritures",
    )  # fmt: skip
    shown_holders = reading.Pages.of(
        holders,
        total=len(holders),
        number=reading.page_number(request.GET.get("etablissements", "")),
        size=HOLDERS, path=path, kept={}, name="etablissements", anchor="#qui",
    )  # fmt: skip
    told = [each for each in holders if each.told]
    context = {
        "lot": found,
        "recall": recall if recall and not recall.closed_at else None,
        "closed": recall if recall and recall.closed_at else None,
        "tag": tag,
        "tag_words": tag_words,
        "accounts": [(each, reading.STATUS_WORDS[each.status]) for each in accounts],
        "total": sum(each.units for each in accounts),
        "holders": shown_holders,
        "held": sum(each.units for each in holders),
        "facilities": len(holders),
        "told": len(told),
        "read": sum(each.read_at is not None for each in told),
        "acknowledged": sum(each.acknowledged_at is not None for each in told),
        "came_back": _came_back(ids, recall),
        "pages": pages,
        "entries": [_shown(each) for each in pages.rows],
        "may_recall": request.actor.may(Deed.RECALL_DECLARE),
        "may_open_facility": request.actor.may(Deed.FACILITY_READ),
        "deeds": _deeds_open(accounts),
        "reason_form": ReasonForm(),
    }
    return page(request, "lot", tab="places", context=context)


def _deeds_open(accounts: Sequence[Account]) -> dict[str, bool]:
    statuses = {each.status for each in accounts}
    return {
        "block": bool(statuses & set(_USED)),
        "unblock": "quarantine" in statuses,
        "write_off": bool(statuses & set(reading.HELD)),
    }


def _shown(entry: Entry) -> dict[str, Any]:
    """Return an entry as the page tells it: from where, to where."""
    return {
        "entry": entry,
        "kind": french.sentence(entry.get_kind_display()),
        "source": _end(entry.source),
        "target": _end(entry.target),
    }


def _end(account: Account) -> str:
    if account.status == Account.Status.OUTSIDE:
        return "extérieur"
    return f"{account.place.name}, {reading.STATUS_WORDS[account.status]}"


# ------------------------------------------------------------------ blocking, writing off


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a deed is called on its page."""

    title: str
    explained: str
    button: str
    done: str


_BLOCK = _Words(
    title="Mettre en quarantaine",
    explained=(
        "Les unités restent où elles sont, mais ne partent plus. Ce qui en était promis devient un manque à régler."
    ),
    button="Mettre en quarantaine",
    done="en quarantaine",
)
_UNBLOCK = _Words(
    title="Lever la quarantaine",
    explained="Les unités redeviennent utilisables. Refusé pour un lot rappelé ou près de sa péremption.",
    button="Rendre utilisable",
    done="de nouveau utilisables",
)


@needs(Deed.STOCK_MANAGE)
def block(request: ActorRequest, number: int) -> HttpResponse:
    """Put units in quarantine."""
    return _change(request, number, words=_BLOCK, statuses=_USED, act=services.block)


@needs(Deed.STOCK_MANAGE)
def unblock(request: ActorRequest, number: int) -> HttpResponse:
    """Make units usable again."""
    return _change(request, number, words=_UNBLOCK, statuses=("quarantine",), act=services.unblock)


def _change(
    request: ActorRequest,
    number: int,
    *,
    words: _Words,
    statuses: Sequence[str],
    act: Callable[..., int],
) -> HttpResponse:
    found = _lot(number)
    accounts = [each for each in _accounts(found) if each.status in statuses]
    form = LotDeedForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        place, owner = form.place_and_owner
        try:
            units = act(
                actor=request.actor,
                place=place,
                owner=owner,
                lot=found.pk,
                units=form.cleaned_data["units"],
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, f"{french.number(units)} unités {words.done}.")
            return redirect("stock:lot", number=found.pk)
    return _deed_page(request, found, form=form, words=words, empty=not accounts)


def _deed_page(
    request: ActorRequest, found: Lot, *, form: Any, words: _Words, empty: bool
) -> HttpResponse:
    context = {"lot": found, "form": form, "words": words, "empty": empty}
    status = 422 if form.is_bound else 200
    return page(request, "lot_deed", tab="places", context=context, status=status)


_WRITE_OFF = _Words(
    title="Sortir définitivement",
    explained=(
        "Les unités quittent les comptes pour toujours, avec leur cause. Ce qui en était promis devient un manque à régler."
    ),
    button="Sortir des comptes",
    done="sorties des comptes",
)


@needs(Deed.STOCK_MANAGE)
def write_off(request: ActorRequest, number: int) -> HttpResponse:
    """Take units out of the books."""
    found = _lot(number)
    accounts = [each for each in _accounts(found) if each.status in reading.HELD]
    form = WriteOffForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        account = next(each for each in accounts if str(each.pk) == asked["account"])
        try:
            units = services.write_off(
                actor=request.actor,
                place=account.place_id,
                owner=account.owner_id,
                lot=found.pk,
                status=Status(account.status),
                units=asked["units"],
                cause=Cause(asked["cause"]),
                reason=asked["reason"],
                key=asked["key"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, f"{french.number(units)} unités {_WRITE_OFF.done}.")
            return redirect("stock:lot", number=found.pk)
    return _deed_page(request, found, form=form, words=_WRITE_OFF, empty=not accounts)


# ------------------------------------------------------------------ recalling


@needs(Deed.RECALL_DECLARE)
def recall(request: ActorRequest, number: int) -> HttpResponse:
    """Call a lot back: say why and what to do, see whom it touches, confirm."""
    found = _lot(number)
    form = RecallForm(request.POST or None)
    step = request.POST.get("step", "")
    if request.method == "POST" and step != "change" and form.is_valid():
        if step == "confirm":
            try:
                return _recalled(request, found, form)
            except Refusal as refusal:
                add_faults(form, refusal)
        else:
            return _check_recall(request, found, form)
    status = 422 if form.errors and step != "change" else 200
    context = {"lot": found, "form": form}
    return page(request, "recall", tab="places", context=context, status=status)


def _recalled(request: ActorRequest, found: Lot, form: RecallForm) -> HttpResponse:
    done = shipping_services.recall_lot(
        actor=request.actor,
        lot=found.pk,
        reason=form.cleaned_data["reason"],
        instruction=form.cleaned_data["instruction"],
        at=clock.now(),
    )
    units = french.number(sum(done.blocked.values()))
    told = french.plural(done.told, "établissement")
    notes.success(request, f"Lot rappelé : {units} unités bloquées, {told} prévenus par message.")
    return redirect("stock:lot", number=found.pk)


def _check_recall(request: ActorRequest, found: Lot, form: RecallForm) -> HttpResponse:
    by_place: Counter[str] = Counter()
    for each in _accounts(found):
        if each.status in _USED:
            by_place[each.place.name] += each.units
    holders = _holders(found)
    context = {
        "lot": found,
        "form": form,
        "asked": form.cleaned_data,
        "by_place": by_place.items(),
        "blocked": by_place.total(),
        "facilities": len(holders),
        "held": sum(each.units for each in holders),
        "coming": sum(each.coming for each in holders),
    }
    return page(request, "recall_check", tab="places", context=context)


@require_POST
@needs(Deed.RECALL_DECLARE)
def close_recall(request: ActorRequest, number: int) -> HttpResponse:
    """Close a recall; what is in quarantine stays there."""
    found = _lot(number)
    declared = getattr(found, "recall", None)
    form = ReasonForm(request.POST)
    if declared is None:
        raise Http404
    if not form.is_valid():
        notes.error(request, "Le rappel n’est pas clos : dites pourquoi, en une phrase.")
        return redirect("stock:lot", number=found.pk)
    services.close_recall(
        actor=request.actor,
        recall_id=declared.pk,
        reason=form.cleaned_data["reason"],
        at=clock.now(),
    )
    notes.success(request, "Rappel clos. Les unités bloquées restent en quarantaine.")
    return redirect("stock:lot", number=found.pk)
