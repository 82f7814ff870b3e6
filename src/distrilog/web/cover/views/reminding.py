"""Reminding the silent: those ticked, or all of one's scope."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations.services.reminding import Reminded, remind
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import Week
from distrilog.web.cover.ways import back_to
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs


EVERYONE = "tous"


@require_POST
@needs(Deed.REMINDER_SEND)
def reminded(request: ActorRequest) -> HttpResponse:
    """Write to the silent facilities that were ticked, or to all, and say what was done."""
    everyone = request.POST.get("qui", "") == EVERYONE
    named = request.POST.getlist("numero")
    answer = redirect(back_to(request, usual=reverse("cover:completeness")))
    if not everyone and not named:
        notes.warning(request, "Personne n’était coché : cochez les établissements à relancer.")
        return answer
    at = clock.now()
    try:
        week = Week.parse(request.POST.get("semaine", "") or str(Week.at(at)))
        done = remind(actor=request.actor, week=week, registries=None if everyone else named, at=at)
    except ValueError as wrong:
        notes.error(request, str(wrong))
    except Refusal as refusal:
        notes.error(request, refusal.detail or refusal.title)
    else:
        notes.success(request, told(done))
    return answer


def told(done: Reminded) -> str:
    """Say what reminding did."""
    facilities = french.plural(done.facilities, "établissement")
    emails = french.plural(done.emails, "courriel")
    words = [f"{facilities} {_past(done.facilities, 'relancé')}, {emails}."]
    if done.without_address:
        words.append(
            f"{french.plural(done.without_address, 'établissement')} sans personne à qui écrire : "
            "réparez leur accès."
        )
    if done.passed_over:
        words.append(
            f"{french.number(done.passed_over)} déjà relancés aujourd’hui, ou qui ont déclaré entre-temps."
        )
    return " ".join(words)


def _past(count: int, word: str) -> str:
    return f"{word}s" if count > 1 else word
