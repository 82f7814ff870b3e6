"""Those who are served directly: the list, and a new one."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.facilities.models import Department
from distrilog.domain.regional import queries, services
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.regional.forms import ReceiverForm
from distrilog.web.regional.pages import REFUSED, page, region_shown
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.REGIONAL_READ)
def receivers(request: ActorRequest) -> HttpResponse:
    """List those of a region, with what each got; write down another."""
    region = region_shown(request)
    departments = list(Department.objects.filter(region=region).order_by("name"))
    form = ReceiverForm(request.POST or None, departments=departments)
    if request.method == "POST":
        request.actor.require(Deed.REGIONAL_MANAGE)
        if form.is_valid():
            try:
                made = services.register_receiver(
                    actor=request.actor, at=clock.now(), **form.cleaned_data
                )
            except Refusal as refusal:
                add_faults(form, refusal)
            else:
                notes.success(request, f"{made.name} est enregistré.")
                return redirect("regional:receivers")
    context = {"form": form, "rows": list(queries.receivers(region=region.pk))}
    status = REFUSED if form.is_bound else 200
    return page(
        request, "receivers", tab="receivers", region=region, context=context, status=status
    )
