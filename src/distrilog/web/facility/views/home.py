"""The first page: each role opens on its own."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from distrilog.domain.accounts.rules import Role
from distrilog.web.shared.rights import PUBLIC, actor_of, needs


DESKS: Final[dict[Role, str]] = {
    Role.ARS: "/region/",
    Role.DELEGATION: "/region/",
    Role.NATIONAL_CELL: "/pays/",
    Role.NATIONAL_DUTY: "/pays/",
    Role.AUDITOR: "/transparence/",
}


@needs(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """Open the page of the role; the anonymous read what this is."""
    actor = actor_of(request)
    if actor is None:
        return render(request, "facility/landing.html", {})
    if actor.role in DESKS:
        return redirect(DESKS[actor.role])
    return render(request, "facility/landing.html", {})
