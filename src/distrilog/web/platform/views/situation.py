"""The platform's weekly word: stock and risk of running out, family by family."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution import services
from distrilog.domain.distribution.queries import platforms
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.platform.forms.saying import SituationForm
from distrilog.web.platform.telling import families_by_code
from distrilog.web.platform.views.dock import own_territory
from distrilog.web.shared.rights import ActorRequest, needs


@needs(Deed.PLATFORM_RUN)
def report(request: ActorRequest) -> HttpResponse:
    """Take down how the platform stands this week; what lies on its shelf is filled in."""
    actor, at = request.actor, clock.now()
    territory, week = own_territory(actor), Week.at(at, PARIS)
    said = platforms.situations(territory=territory, week=week)
    form = SituationForm(
        request.POST if request.method == "POST" else None,
        families=families_by_code(),
        said=said,
        shelf=platforms.tour(territory=territory, scope=actor.scope, at=at).shelf,
    )
    if form.is_bound and form.is_valid():
        try:
            services.report_situation(
                actor=actor, territory=territory, week=week, lines=form.stated(), at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(request, "Votre situation de la semaine est transmise.")
            return redirect("platform:tour")
    context = {"form": form, "rows": list(form.rows()), "week": str(week), "said": bool(said)}
    return render(request, "platform/situation.html", context, status=422 if form.errors else 200)
