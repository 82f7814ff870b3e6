"""The perimeter at a glance: what is missing first, what goes on next."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.web.beneficiaries.page import today
from distrilog.web.shared.rights import ActorRequest, needs


@require_GET
@needs(Deed.PERIMETER_READ)
def overview(request: ActorRequest) -> HttpResponse:
    """Count who is missing, who is attached nowhere, who may be counted twice, and what is under way."""
    on = today()
    scope = request.actor.scope
    seen = Facility.objects.within(scope)
    missing = facilities.missing_referents(scope=scope, on=on)
    context = {
        "tab": "overview",
        "missing": missing,
        "without_contact": sum(missing.facilities.values()),
        "orphans": facilities.unattached(scope=scope, on=on).count(),
        "twins": len(facilities.twice(scope=scope, on=on)),
        "sites": facilities.sites(scope=scope, since=on).open_on(on).count(),
        "overrides": Override.objects.filter(facility__in=seen, period__contains=on).count(),
        "trainees": Trainees.objects.filter(facility__in=seen, period__contains=on).count(),
        "circuits": facilities.circuits(on=on).count(),
    }
    return render(request, "beneficiaries/overview.html", context)
