"""The one door for the operator's messages: a token says who, a signature says that it is what was sent."""

import json
import logging
from collections.abc import Callable
from typing import Any, Final, NoReturn

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.queries import actor_of_token
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.integrations.operator import receiving, signatures
from distrilog.integrations.operator.keys import operator_keys
from distrilog.integrations.operator.reading import EANCOM, JSON, MAX_BODY, TooLarge, UnknownFormat
from distrilog.integrations.operator.receiving import Request
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, Refusal


logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

# The rule of the view, read by the test that walks all routes: it asks for a token and a signature itself.
PARTNER: Final = "partner"
_MOST_DIGITS: Final = 15


class NotTheOperator(Refusal):
    """Cette adresse est celle de l’opérateur logistique."""

    slug = "not-the-operator"
    status = 401


class LengthRequired(Refusal):
    """La longueur de l’envoi doit être annoncée."""

    slug = "length-required"
    status = 411


class Busy(Refusal):
    """Le service est occupé."""

    slug = "busy"
    status = 503


def _rule(name: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.rule = name  # type: ignore[attr-defined]
        return view

    return mark


@csrf_exempt
@_rule(PARTNER)
@require_POST
def messages(request: HttpRequest) -> HttpResponse:
    """Take in an interchange; answer what was done with each of its messages."""
    try:
        actor = _require_operator(request)
        taken = _read_within_limits(request, actor)
        _require_signature(request, taken)
        answered = receiving.receive(request=taken, at=clock.now())
    except Refusal as refusal:
        return _json(refusal.as_problem(), status=refusal.status, kind="application/problem+json")
    except OperationalError as error:
        logger.warning("An interchange found the database busy: %s", error)
        busy = Busy(detail="Rien n’a été fait : envoyez de nouveau le même message.")
        return _json(busy.as_problem(), status=busy.status, kind="application/problem+json")
    return _json(answered.as_json(), status=200, kind="application/json")


def _require_operator(request: HttpRequest) -> Actor:
    """
    Return who holds the token; whoever holds none learns nothing, and leaves no trace but a line in the log.

    Raises NotTheOperator.
    """
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    actor = (
        actor_of_token(secret=secret.strip(), at=clock.now())
        if scheme.lower() == "bearer"
        else None
    )
    if actor is None or actor.role is not Role.OPERATOR:
        logger.warning("A request to the operator's address holds no token of the operator.")
        raise NotTheOperator(
            detail="Il y faut la clé d’API d’un profil de l’opérateur, en cours de validité."
        )
    return actor


def _read_within_limits(request: HttpRequest, actor: Actor) -> Request:
    """Read the body, once its announced length and format are such that it may be read at all."""
    announced = request.headers.get("Content-Length", "")
    kind = request.headers.get("Content-Type", "")
    if not (announced.isascii() and announced.isdigit() and len(announced) <= _MOST_DIGITS):
        raise LengthRequired(detail="L’en-tête Content-Length manque, ou n’est pas un nombre.")
    size = int(announced)
    unread = Request(by=actor.by, content_type=kind, body=b"", size=size)
    if size > MAX_BODY:
        _refuse(
            unread,
            TooLarge(
                Fault(
                    where="",
                    message=f"{size} octets annoncés : un envoi en porte au plus {MAX_BODY}.",
                    remedy="Répartissez les messages en plusieurs envois.",
                )
            ),
        )
    if kind.partition(";")[0].strip().lower() not in {EANCOM, JSON}:
        _refuse(
            unread,
            UnknownFormat(
                Fault(
                    where="content-type",
                    message="Ce format n’est pas traité.",
                    remedy=f"Envoyez « {EANCOM} » (EANCOM) ou « {JSON} ».",
                )
            ),
        )
    return Request(by=actor.by, content_type=kind, body=request.read(size), size=size)


def _require_signature(request: HttpRequest, taken: Request) -> None:
    try:
        signatures.verify(
            headers=dict(request.headers.items()),
            method="POST",
            path=request.path,
            body=taken.body,
            public_keys=operator_keys(),
            at=clock.now(),
        )
    except Refusal as refusal:
        _refuse(taken, refusal)


def _refuse(taken: Request, refusal: Refusal) -> NoReturn:
    """Keep what the operator's token brought and is not taken in, so that somebody sees it."""
    receiving.keep_dead(request=taken, why=f"{refusal.title} {refusal}", at=clock.now())
    raise refusal


def _json(content: Any, *, status: int, kind: str) -> HttpResponse:
    response = HttpResponse(
        json.dumps(content, ensure_ascii=False), status=status, content_type=kind
    )
    response["Cache-Control"] = "no-store"
    return response
