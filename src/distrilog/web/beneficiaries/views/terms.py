"""Terms: what each category pays, how much a week and until when (rows L4 and L5)."""

from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.regimes import queries, services
from distrilog.kernel import clock
from distrilog.web.beneficiaries.forms import TermsForm, starting
from distrilog.web.beneficiaries.page import act, today
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


MOST_SHOWN: Final = 200


@require_GET
@needs(Deed.PERIMETER_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the terms, those that began last first; whatever none names follows its regime."""
    rows = list(queries.terms()[:MOST_SHOWN])
    context = {
        "tab": "terms",
        "rows": rows,
        "names": names_of(row.by for row in rows),
        "today": today(),
        "may_manage": request.actor.may(Deed.CIRCUIT_MANAGE),
    }
    return render(request, "beneficiaries/terms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.CIRCUIT_MANAGE)
def decide(request: ActorRequest) -> HttpResponse:
    """Decide terms; the same reach and day again moves their end."""
    form = TermsForm(request.POST if request.method == "POST" else None, initial=_initial(request))

    def do(values: Any) -> None:
        given = {name: value for name, value in values.items() if name != "price"}
        services.set_terms(
            actor=request.actor,
            proposal=services.TermsProposal(**given, price_cents=form.price_cents),
            at=clock.now(),
        )

    return act(
        request,
        form,
        do=do,
        done="Les conditions sont décidées : elles valent dès la prochaine commande.",
        back=reverse("beneficiaries:terms"),
        words={
            "title": "Décider des conditions",
            "lead": (
                "Ce que rien ne nomme suit son régime : gratuit en tension, prix du groupement sinon. Pour mettre fin "
                "à des conditions, ou déplacer leur fin, redécidez-les à la même date de début."
            ),
            "parent": "Conditions",
            "button": "Décider",
        },
        names={"price_cents": "price"},
    )


def _initial(request: ActorRequest) -> dict[str, Any]:
    """Return what the form shows first: terms to change (`de`), or a blank sheet."""
    number = request.GET.get("de", "")
    known = number.isdecimal() and number.isascii() and len(number) < 10  # noqa: PLR2004
    row = queries.terms().filter(pk=int(number)).first() if known else None
    if row is None:
        return dict(starting(today()))
    names = (
        *("group", "basis", "weekly_boxes", "starts_on"),
        *("requests_until", "deliveries_until", "source"),
    )
    found = {name: getattr(row, name) for name in names}
    price = Decimal(row.price_cents) / 100 if row.price_cents else None
    return {**found, "family": row.family_id or "", "zone": row.zone_id or "", "price": price}
