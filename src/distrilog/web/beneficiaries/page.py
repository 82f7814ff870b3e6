"""What the pages of the perimeter share: the day, the one form of a page, and how an act is tried."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render

from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest


REFUSED: Final = 422


def today() -> date:
    """Return the day in Paris."""
    return clock.now().astimezone(PARIS).date()


def act(
    request: ActorRequest,
    form: forms.Form,
    *,
    do: Callable[[Mapping[str, Any]], object],
    done: str,
    back: str,
    words: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    unknown: str = "",
) -> HttpResponse:
    """
    Show a form; once sent, do what it asks, say it is `done` and go `back`. A refusal goes to its fields.

    `words` are the page's `title`, `lead` and `button`, and `parent`, the name of the page it goes back to.
    `unknown` is the field that names something which may not exist.
    """
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data)
        except NotFound as refusal:
            if not unknown:
                raise
            form.add_error(unknown, refusal.detail)
        except Refusal as refusal:
            add_faults(form, refusal, names=names)
        else:
            notes.success(request, done)
            return redirect(back)
    context = {"form": form, "back": back, **words}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "beneficiaries/act.html", context, status=status)
