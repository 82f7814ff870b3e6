"""API keys of the profile in use: issued once, shown once, revoked at once."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts import services
from distrilog.domain.accounts.models import Token
from distrilog.domain.accounts.rules import GRANTS, Deed
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.facility.forms import TokenForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


# Deeds that an operation of the API asks for, in the words of a screen.
DEED_WORDS: Final[dict[Deed, str]] = {
    Deed.FACILITY_READ: "Lire les établissements",
    Deed.QUOTA_READ: "Lire les contingents",
    Deed.ORDER_READ: "Lire les commandes",
    Deed.ORDER_PLACE: "Passer, modifier et annuler des commandes",
    Deed.ORDER_FROM_POT: "Commander sur le pot commun",
    Deed.RUN_READ: "Lire les calculs de contingents",
    Deed.RUN_PREPARE: "Préparer un calcul de contingents",
    Deed.RUN_SIGN: "Signer un calcul de contingents",
    Deed.STOCK_READ: "Lire le stock",
    Deed.REPORT_READ: "Lire les rapports",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.TOKEN_OWN)
def keys(request: ActorRequest) -> HttpResponse:
    """List the keys, and make a new one: its secret is on the answer of that POST and nowhere else."""
    at = clock.now()
    mine = [
        (deed, words) for deed, words in DEED_WORDS.items() if deed in GRANTS[request.actor.role]
    ]
    form = TokenForm(request.POST if request.method == "POST" else None, deeds=mine)
    issued = None
    if request.method == "POST" and form.is_valid():
        try:
            issued = services.issue_token(
                actor=request.actor,
                name=form.cleaned_data["name"],
                expires_at=at + timedelta(days=form.cleaned_data["days"]),
                deeds=form.cleaned_data["deeds"],
                at=at,
            )
            form = TokenForm(deeds=mine)
        except Refusal as refusal:
            add_faults(form, refusal, names={"expires_at": "days"})
    tokens = Token.objects.filter(profile_id=request.actor.profile).order_by("-created_at", "-pk")
    context = {
        "form": form,
        "issued": issued,
        "tokens": [(token, _state(token, at)) for token in tokens],
        "words": {deed.value: words for deed, words in DEED_WORDS.items()},
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "facility/keys.html", context, status=status)


def _state(token: Token, at: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= at else "valid"


@require_POST
@needs(Deed.TOKEN_OWN)
def revoke(request: ActorRequest, number: int) -> HttpResponse:
    """End a key at once."""
    services.revoke_token(actor=request.actor, token_id=number, at=clock.now())
    notes.success(request, "La clé est révoquée : elle ne fonctionne plus.")
    return redirect("facility:keys")
