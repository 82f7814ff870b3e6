"""Ways from a page of cover to its neighbours: breadcrumb, exports."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.rules.picture import Area
from distrilog.web.cover.look import Look


# What a table is given as, and how it is called on the screen.
KINDS: Final = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet"}


def crumbs_of(look: Look, *, path: Sequence[Area], actor: Actor) -> list[tuple[str, str]]:
    """Return the way from the widest area to the one looked at: names and addresses of their pictures."""
    if not actor.may(Deed.COVER_READ):
        return []
    picture = reverse("cover:picture")
    return [(area.name, look.at_area(picture, area)) for area in path]


def exports_of(look: Look, *, route: str, kept: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the files that hold exactly what is shown: their kind and address."""
    return [
        (words, look.address(reverse(route, args=[kind]), **kept)) for kind, words in KINDS.items()
    ]


def back_to(request: HttpRequest, *, usual: str) -> str:
    """Return the page of this portal that a form came from (`retour`), or the usual one."""
    back = request.POST.get("retour", "")
    inside = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if inside else usual
