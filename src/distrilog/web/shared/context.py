"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from distrilog.domain.accounts.rules import ROLE_NAMES
from distrilog.web.shared.navigation import menu
from distrilog.web.shared.rights import actor_of


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the base template. Reads no table: the middleware already did."""
    actor = actor_of(request)
    return {
        "actor": actor,
        "actor_role": ROLE_NAMES[actor.role] if actor else "",
        "menu": menu(actor=actor, path=request.path),
        "demo": settings.DEMO,
        "state_brand": settings.STATE_BRAND,
        "training_banner": settings.DEMO,
    }
