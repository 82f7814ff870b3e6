"""Pushes at once, outside every plan (row B14): one facility, a State source, a motive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import EmergencyPush
from distrilog.domain.distribution.queries import needs as asked, plans
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.plans.forms import UrgentForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A push as the list shows it."""

    push: EmergencyPush
    boxes: int
    who: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.EMERGENCY_PUSH)
def urgent(request: ActorRequest) -> HttpResponse:
    """Send at once, or see what was sent; the same form sends once."""
    families = plans.families()
    places = list(Place.objects.filter(kind__in=asked.SOURCES).order_by("kind", "code"))
    form = UrgentForm(
        request.POST if request.method == "POST" else None,
        families=families,
        places=places,
        initial={"key": uuid4().hex[:24], "registry": request.GET.get("site", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.push_at_once(
                actor=request.actor,
                registry=form.cleaned_data["registry"].strip(),
                units=form.units,
                source=form.cleaned_data["source"],
                motive=form.cleaned_data["motive"],
                key=form.cleaned_data["key"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal, names=_names(refusal, families))
        else:
            notes.success(
                request,
                f"C’est parti pour {made[0].facility.name}. Aucun plan n’en est changé.",
            )
            return redirect("plans:urgent")
    rows = list(
        EmergencyPush.objects.select_related("facility", "family", "source").order_by("-at", "-pk")[
            :SHOWN
        ]
    )
    names = names_of(row.by for row in rows)
    context: dict[str, Any] = {
        "form": form,
        "fields": [(family, form[f"boxes_{code}"]) for code, family in families.items()],
        "stocks": _stocks(places, families),
        "sent": [
            Sent(push=row, boxes=row.units // row.family.box_units, who=names[row.by])
            for row in rows
        ],
    }
    return render(request, "plans/urgent.html", context, status=422 if form.errors else 200)


def _names(refusal: Refusal, families: Mapping[str, Family]) -> dict[str, str]:
    """Put a fault at its field: `units.surgical_mask` at that family's, the facility's at its number."""
    found = {"facility": "registry", "motive": "motive", "source": "source"}
    for fault in refusal.faults:
        last = fault.where.rsplit(".", 1)[-1]
        if last in families:
            found[fault.where] = f"boxes_{last}"
    return found


def _stocks(
    places: Sequence[Place], families: Mapping[str, Family]
) -> list[tuple[Family, list[tuple[Place, int]]]]:
    """Return what nobody was promised of each family, in boxes, place by place."""
    free = stock.available(places=[place.pk for place in places])
    found = []
    for code, family in families.items():
        boxes = [(place, free.get((place.pk, code), 0) // family.box_units) for place in places]
        if any(count for _, count in boxes):
            found.append((family, [(place, count) for place, count in boxes if count]))
    return found
