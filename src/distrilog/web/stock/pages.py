"""How every page of the stock is shown: its tab, and what the reader may do."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from distrilog.domain.accounts.rules import Deed
from distrilog.web.shared.rights import ActorRequest


def page(
    request: ActorRequest, name: str, *, tab: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Show a template of the stock under one of its tabs."""
    shown = {"tab": tab, "may_manage": request.actor.may(Deed.STOCK_MANAGE), **context}
    return render(request, f"stock/{name}.html", shown, status=status)
