"""The journal: who changed what, when, and why, for those who audit."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.reporting import trace
from distrilog.domain.reporting.trace import Change, Entry, Kind, Wanted
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.transparency.forms import JournalFilter


# Words of decisions, as their authors say them.
WORDS = {
    "envelopes": "enveloppe",
    "pots": "pot commun, millièmes",
    "floors": "plancher, millièmes",
    "cap": "plafond, millièmes",
    "multipliers": "coefficient, millièmes",
    "stock_counted": "stock déduit",
}


@require_safe
@needs(Deed.TRACE_READ)
def journal(request: ActorRequest) -> HttpResponse:
    """Show a page of changes, the latest first; the filter is in the address."""
    form = JournalFilter(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = Wanted(
        kind=Kind(asked["quoi"]) if asked.get("quoi") else None,
        since=_midnight(asked.get("du")),
        until=_midnight(asked.get("au"), days=1),
        who=asked.get("qui", ""),
        after=request.GET.get("apres", ""),
    )
    # What cannot be read hides nothing by mistake: it is said at the field, and nothing is shown.
    page = None if form.errors else trace.page(wanted=wanted)
    words = WORDS | dict(Family.objects.values_list("code", "name"))
    context = {
        "form": form,
        "page": page,
        "filtered": any(asked.values()),
        "days": _days(page.entries if page else [], words),
        "later": _later(request, page.after) if page and page.after else "",
        "first": bool(wanted.after),
    }
    return render(request, "transparency/journal.html", context, status=422 if form.errors else 200)


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """Return when a day begins in Paris, or the day some days after it."""
    if day is None:
        return None
    shift = timedelta(days=days)
    return datetime.combine(min(day, date.max - shift) + shift, time(), PARIS)


def _later(request: ActorRequest, after: str) -> str:
    query = request.GET.copy()
    query["apres"] = after
    return f"?{query.urlencode()}"


def _days(entries: Any, words: dict[str, str]) -> list[tuple[date, list[dict[str, Any]]]]:
    """Return entries grouped by their day in Paris, as the page shows them."""
    found: dict[date, list[dict[str, Any]]] = {}
    for entry in entries:
        day = entry.at.astimezone(PARIS).date()
        found.setdefault(day, []).append(_shown(entry, words))
    return list(found.items())


# Acts that nobody presses a button for.
_MACHINES = {"system": "Traitement automatique", "expiry": "Expiration automatique"}


def _shown(entry: Entry, words: dict[str, str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "kind": trace.KIND_NAMES[entry.kind],
        "clock": f"{entry.at.astimezone(PARIS):%H:%M:%S}",
        "who": entry.name or _MACHINES.get(entry.by, entry.by) or _nobody(entry),
        "who_address": f"{reverse('transparency:journal')}?{urlencode({'qui': entry.by})}"
        if entry.by
        else "",
        "deed": entry.state or ("créé" if entry.created else "modifié"),
        "changes": [(_name(change, words), *_values(change)) for change in entry.changes],
    }


def _nobody(entry: Entry) -> str:
    if entry.kind is Kind.PROFILE:
        return "Fournisseur d’identité, à la connexion"
    return "Traitement automatique ou ligne de commande"


def _name(change: Change, words: dict[str, str]) -> str:
    return french.sentence(
        " · ".join(
            [change.name, *(words.get(part, part.replace("_", " ")) for part in change.path)]
        )
    )


def _values(change: Change) -> tuple[str, str]:
    return _told(change.before), _told(change.after)


def _told(value: Any) -> str:
    """Write a value for a reader; nothing is a dash."""
    match value:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return "oui" if value else "non"
        case int():
            return french.number(value)
        case datetime() | date():
            return _told_day(value)
        case list():
            return ", ".join(_told(each) for each in value)
    return str(value)


def _told_day(value: date) -> str:
    if isinstance(value, datetime):
        return f"{french.day(value)} à {french.clock(value)}"
    return french.day(value)
