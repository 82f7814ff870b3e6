"""The account messages, as PLAGE would answer them: does it exist, create it, what became of it."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from distrilog.integrations.identity.standin.directory import find
from distrilog.integrations.identity.standin.environment import CLIENT_SECRET
from distrilog.integrations.identity.standin.models import AccountRequest


Answer = Callable[..., JsonResponse]

FIELDS = ("name", "email", "facility", "role")
# An address that the stand-in always turns down, to show what that looks like.
REFUSED_DOMAIN = "@refus.example"


def _for_the_portal(view: Answer) -> Answer:
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        _scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if not constant_time_compare(secret, CLIENT_SECRET):
            return JsonResponse({}, status=HTTPStatus.UNAUTHORIZED)
        return view(request, *args, **kwargs)

    return guarded


@require_GET
@_for_the_portal
def accounts(request: HttpRequest) -> JsonResponse:
    """Tell whether an address has an account."""
    return JsonResponse({"exists": find(request.GET.get("email", "")) is not None})


@csrf_exempt
@require_http_methods(["GET", "PUT"])
@_for_the_portal
def request_of(request: HttpRequest, key: UUID) -> JsonResponse:
    """Keep a request, once a key; asked later what became of it, create the account and say so."""
    known = AccountRequest.objects.filter(pk=key).first()
    if request.method == "GET":
        return _outcome(known)
    asked = {name: str(json.loads(request.body).get(name, "")) for name in FIELDS}
    if known is not None and any(getattr(known, name) != asked[name] for name in FIELDS):
        return JsonResponse({}, status=HTTPStatus.CONFLICT)
    if known is None:
        AccountRequest.objects.create(key=key, **asked)
    return JsonResponse({"state": "received"})


def _outcome(known: AccountRequest | None) -> JsonResponse:
    if known is None:
        return JsonResponse({}, status=HTTPStatus.NOT_FOUND)
    if known.email.endswith(REFUSED_DOMAIN):
        return JsonResponse({"state": "refused", "motive": "Adresse non professionnelle."})
    known.created = True
    known.save(update_fields=["created"])
    return JsonResponse({"state": "created"})
