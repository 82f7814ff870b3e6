"""The calendar of ordering windows: what holds in each zone, and an exception for a week."""

from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities.models import Zone
from distrilog.domain.regimes import queries, services
from distrilog.domain.regimes.models import Window
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.decisions.forms import WindowForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIME_READ)
def windows(request: ActorRequest) -> HttpResponse:
    """Show each zone’s window now and next, on its own clocks; the national cell may change them."""
    at = clock.now()
    may_change = request.actor.may(Deed.REGIME_PREPARE)
    form = WindowForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        request.actor.require(Deed.REGIME_PREPARE)
        if form.is_valid():
            try:
                services.set_window(actor=request.actor, proposal=form.proposal(), at=at)
                notes.success(
                    request, "La fenêtre est enregistrée. Elle vaut pour les prochaines commandes."
                )
                return redirect("decisions:calendar")
            except Refusal as refusal:
                add_faults(form, refusal)
    rules = queries.window_rules()
    zones = Zone.objects.order_by("overseas", "name")
    context = {
        "zones": [
            (
                zone,
                ZoneInfo(zone.time_zone),
                queries.calendar(zone=zone, at=at, rules=rules.get(zone.code, [])),
            )
            for zone in zones
        ],
        "windows": Window.objects.select_related("zone").order_by(
            "zone__name", "week", "starts_on"
        ),
        "form": form,
        "may_change": may_change,
    }
    status = 422 if form.is_bound else 200
    return render(request, "decisions/calendar.html", context, status=status)
