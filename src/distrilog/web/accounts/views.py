"""The page of accounts: how far the scope is, the latest invitations, and the form of a new one."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.rules import ROLE_NAMES, Deed
from distrilog.integrations.identity.invitations import Wanted, invite, latest, progress
from distrilog.integrations.identity.models import INVITED_ROLES
from distrilog.integrations.identity.rules import STATE_NAMES, State
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.rights import ActorRequest, needs


# How each state is coloured: done, under way, refused.
_TAGS: Final[dict[State, str]] = {
    State.WAITING: "",
    State.KNOWN: "good",
    State.ASKED: "",
    State.CREATED: "good",
    State.REFUSED: "late",
}


class InvitationForm(PageForm):
    """Whom to invite, where and as what."""

    registry = forms.CharField(label="Numéro de l’établissement", max_length=20)
    role = forms.ChoiceField(
        label="Rôle", choices=[(str(role), ROLE_NAMES[role]) for role in INVITED_ROLES]
    )
    name = forms.CharField(label="Nom et prénom", max_length=120)
    email = forms.EmailField(
        label="Courriel professionnel", help_text="PLAGE y écrira pour ouvrir le compte."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.ACCOUNT_INVITE)
def invitations(request: ActorRequest) -> HttpResponse:
    """Show the accounts of the scope; invite somebody."""
    actor = request.actor
    at = clock.now()
    form = InvitationForm(request.POST or None, initial={"registry": actor.registry})
    if request.method == "POST" and form.is_valid():
        try:
            made = invite(actor=actor, wanted=Wanted(**form.cleaned_data), at=at)
        except Refusal as refusal:
            add_faults(form, refusal, names={"facility": "registry"})
        else:
            notes.success(request, f"{made.name} est invité. PLAGE est prévenu dans la minute.")
            return redirect("accounts:invitations")
    context: dict[str, Any] = {
        "form": form,
        "progress": progress(scope=actor.scope, at=at),
        "rows": [
            (each, STATE_NAMES[State(each.state)], _TAGS[State(each.state)])
            for each in latest(scope=actor.scope)
        ],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/invitations.html", context, status=status)
