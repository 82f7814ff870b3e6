"""Gifts: the list with what the State plans beside, a new one, a file of them, one taken back."""

from csv import writer
from datetime import timedelta
from io import StringIO
from typing import Any, Final

from django.contrib import messages as notes
from django.db.models import F, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import services
from distrilog.domain.declarations.queries import gifts as queries
from distrilog.domain.distribution.models import Plan, PlanLine
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Line
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.tables import LARGEST_FILE
from distrilog.kernel.weeks import PARIS
from distrilog.web.donors.forms import GiftForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, attachment, safe_row


SHOWN: Final = 200
MOST_FAULTS: Final = 500
MOST_EXPORTED: Final = 50_000
LONGEST_NAME: Final = 100
REFUSED: Final = 422
_LARGEST: Final = 2**63 - 1
# Since when gifts and plans are set side by side.
WEEKS: Final = 4
SITES: Final = 1500


@require_safe
@needs(Deed.GIFT_READ)
def gifts(request: ActorRequest) -> HttpResponse:
    """List the gifts one may read, the last first; beside them, what the State plans for the same facilities."""
    actor = request.actor
    rows = queries.gifts(actor=actor)
    donor, donor_name = queries.donor_of(actor)
    context = {
        "rows": list(rows[:SHOWN]),
        "total": rows.count(),
        "shown": SHOWN,
        "donor": donor,
        "donor_name": donor_name,
        "may_declare": actor.may(Deed.GIFT_DECLARE),
        "beside": _beside(actor),
        "weeks": WEEKS,
    }
    return render(request, "donors/gifts.html", context)


def _beside(actor: Actor) -> list[tuple[Family, int, int]]:
    """Return what donors gave and what the State pushed or sold, by family, to the facilities of a scope, the last weeks."""
    if actor.scope.kind is ScopeKind.NOTHING:
        return []
    since = (clock.now() - timedelta(weeks=WEEKS)).astimezone(PARIS).date()
    given = queries.given_to(scope=actor.scope, since=since)
    within = Facility.objects.within(actor.scope)
    pushed = dict(
        PlanLine.objects.filter(
            facility__in=within,
            plan__delivers_on__gte=since,
            plan__state__in=[Plan.State.SHARED, Plan.State.FROZEN, Plan.State.SENT],
        )
        .order_by()
        .values_list("family")
        .annotate(got=Sum(F("computed") + F("changed")))
    )
    ordered = dict(
        Line.objects.filter(order__facility__in=within, order__placed_at__date__gte=since)
        .order_by()
        .values_list("family")
        .annotate(got=Sum(F("units") - F("withdrawn")))
    )
    rows = []
    for family in Family.objects.order_by("position", "code"):
        state = (pushed.get(family.code) or 0) + (ordered.get(family.code) or 0)
        if given.get(family.code) or state:
            rows.append((family, given.get(family.code, 0), state))
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.GIFT_DECLARE)
def declare(request: ActorRequest) -> HttpResponse:
    """Say what was given to a facility."""
    form = GiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            gift = services.declare_gift(
                actor=request.actor, gift=services.NewGift(**form.cleaned_data), at=clock.now()
            )
        except Refusal as refusal:
            add_faults(form, refusal, names={"facility": "registry"})
        else:
            notes.success(
                request, f"Don à {gift.facility.name} déclaré : son besoin en tient compte."
            )
            return redirect("donors:gifts")
    context = {"form": form, "sites": _sites(request.actor)}
    status = REFUSED if form.is_bound else 200
    return render(request, "donors/declare.html", context, status=status)


def _sites(actor: Actor) -> list[tuple[str, str, str]]:
    """Return the facilities to choose from; a profession, which may give anywhere, knows the number."""
    found = Facility.objects.within(actor.scope).open_on(clock.now().astimezone(PARIS).date())
    return list(found.order_by("name").values_list("registry", "name", "commune")[:SITES])


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.GIFT_DECLARE)
def importing(request: ActorRequest) -> HttpResponse:
    """Take a file of gifts whole, or show all that is wrong with it."""
    sent = request.FILES.get("file")
    if request.method != "POST" or sent is None:
        fault = "Choisissez un fichier CSV ou XLSX." if request.method == "POST" else ""
        return _import_page(request, {"fault": fault}, status=REFUSED if fault else 200)
    done = services.import_gifts(
        actor=request.actor,
        name=(sent.name or "")[:LONGEST_NAME],
        content=sent.read(LARGEST_FILE + 1),
        at=clock.now(),
    )
    if done.applied:
        known = f", {done.known} déjà connus" if done.known else ""
        notes.success(request, f"Dons déclarés : {done.declared}{known}.")
        return redirect("donors:gifts")
    context = {
        "done": done,
        "faults": done.refused[:MOST_FAULTS],
        "hidden": max(0, len(done.refused) - MOST_FAULTS),
    }
    return _import_page(request, context, status=REFUSED)


def _import_page(request: ActorRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    shown = {"size": LARGEST_FILE // 1024 // 1024, **context}
    return render(request, "donors/import.html", shown, status=status)


@require_POST
@needs(Deed.GIFT_DECLARE)
def withdraw(request: ActorRequest, number: int) -> HttpResponse:
    """Take back a gift of one's own."""
    gift = services.withdraw_gift(
        actor=request.actor, gift_id=min(number, _LARGEST), at=clock.now()
    )
    notes.success(request, f"Don à {gift.facility.name} retiré : il ne compte plus.")
    return redirect("donors:gifts")


@require_safe
@needs(Deed.GIFT_READ)
def export(request: ActorRequest) -> HttpResponse:
    """Send the gifts one may read as a file."""
    text = StringIO()
    lines = writer(text, delimiter=";")
    lines.writerow(
        [
            "Donné le",
            "Donateur",
            "FINESS",
            "Établissement",
            "Famille",
            "Unités",
            "Retiré",
            "Précisions",
        ]
    )
    for gift in queries.gifts(actor=request.actor)[:MOST_EXPORTED]:
        row = [
            gift.given_on.isoformat(),
            gift.donor_name,
            gift.facility.registry,
            gift.facility.name,
            gift.family.name,
            gift.units,
            "oui" if gift.withdrawn_at else "",
            gift.words,
        ]
        lines.writerow(safe_row(row))
    return attachment(content="\ufeff" + text.getvalue(), name="dons.csv", kind=CSV)
