"""Who declares in the director's place."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import GRANTS, ROLE_NAMES, Deed, Role
from distrilog.domain.declarations import services
from distrilog.domain.declarations.models import Delegate
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.rights import ActorRequest, needs


_DECLARING: Final = [
    str(role)
    for role, deeds in GRANTS.items()
    if Deed.DECLARATION_MAKE in deeds and role is not Role.DIRECTOR
]


class DelegateForm(PageForm):
    """Somebody of the facility, to declare in the director's place."""

    profile = forms.TypedChoiceField(
        label="Personne",
        coerce=int,
        error_messages={
            "required": "Choisissez une personne.",
            "invalid_choice": "Choisissez une personne de la liste.",
        },
    )

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["profile"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "Choisissez"), *people]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.DECLARATION_DELEGATE)
def delegation(request: ActorRequest) -> HttpResponse:
    """Show who may declare; let the director name somebody."""
    at = clock.now()
    delegates = list(
        Delegate.objects.filter(facility=request.actor.facility_id, ended_at__isnull=True)
        .select_related("profile__person")
        .order_by("named_at", "pk")
    )
    named = {each.profile_id for each in delegates}
    profiles = (
        Profile.objects.valid_at(at)
        .filter(facility=request.actor.facility_id, role__in=_DECLARING, person__is_active=True)
        .select_related("person")
        .order_by("person__name", "pk")
    )
    free = [each for each in profiles if each.pk not in named]
    form = DelegateForm(
        request.POST if request.method == "POST" else None,
        people=[(each.pk, _words(each)) for each in free],
    )
    if form.is_bound and form.is_valid():
        try:
            services.name_delegate(
                actor=request.actor, profile_id=form.cleaned_data["profile"], at=at
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(request, "C’est fait : cette personne déclare désormais à votre place.")
            return redirect("declarations:delegation")
    context = {
        "delegates": [(each, _words(each.profile)) for each in delegates],
        "orderers": [_words(each) for each in profiles],
        "free": free,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "declarations/delegation.html", context, status=status)


@require_http_methods(["POST"])
@needs(Deed.DECLARATION_DELEGATE)
def end(request: ActorRequest, number: int) -> HttpResponse:
    """End a delegation."""
    services.end_delegate(actor=request.actor, delegate_id=number, at=clock.now())
    notes.success(request, "La délégation est terminée.")
    return redirect("declarations:delegation")


def _words(profile: Profile) -> str:
    name = profile.person.name or "Compte sans nom"
    return f"{name}, {ROLE_NAMES[Role(profile.role)].lower()}"
