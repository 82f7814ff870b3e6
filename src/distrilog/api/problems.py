"""Refusals as `application/problem+json` (RFC 9457): every answer of the API that is not a success."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from distrilog.kernel.refusals import Fault, Invalid, Refusal


logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


class Unauthenticated(Refusal):
    """Clé d’API absente, inconnue, expirée ou révoquée."""

    slug = "unauthenticated"
    status = 401


class NoSuchOperation(Refusal):
    """Cette adresse n’existe pas dans l’API."""

    slug = "no-such-operation"
    status = 404


class MethodNotAllowed(Refusal):
    """Cette méthode ne s’applique pas à cette adresse."""

    slug = "method-not-allowed"
    status = 405


class Malformed(Refusal):
    """La requête est illisible."""

    slug = "malformed"
    status = 400


class TooLarge(Refusal):
    """Le corps de la requête est trop grand."""

    slug = "too-large"
    status = 413


class NotJson(Refusal):
    """Le corps de la requête n’est pas du JSON."""

    slug = "not-json"
    status = 415


class UnsupportedKind(Refusal):
    """Ce type de contenu n’est pas traité à cette adresse."""

    slug = "unsupported-content-type"
    status = 415


class PreconditionRequired(Refusal):
    """Dites de quelle version part votre correction."""

    slug = "precondition-required"
    status = 428


class TooManyRequests(Refusal):
    """Trop de requêtes pour cette clé."""

    slug = "too-many-requests"
    status = 429


class InsecureTransport(Refusal):
    """L’API ne répond qu’en HTTPS."""

    slug = "https-only"
    status = 403


class Unavailable(Refusal):
    """Le service est momentanément indisponible."""

    slug = "unavailable"
    status = 503


class Unexpected(Refusal):
    """Le service a rencontré une erreur."""

    slug = "unexpected"
    status = 500


class Headers:
    """The headers that a status always comes with."""

    OF: ClassVar[Mapping[int, Mapping[str, str]]] = {
        401: {"WWW-Authenticate": 'Bearer realm="distrilog"'},
        503: {"Retry-After": "5"},
    }


def problem(refusal: Refusal, **headers: str) -> HttpResponse:
    """Return the response of a refusal; `Retry_After=` and the like become headers."""
    content = json.dumps(refusal.as_problem(), ensure_ascii=False, default=str)
    response = HttpResponse(
        content.encode("utf-8", "replace"), status=refusal.status, content_type=PROBLEM
    )
    for name, value in Headers.OF.get(refusal.status, {}).items():
        response[name] = value
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def on_refusal(_request: HttpRequest, refusal: Any) -> HttpResponse:
    """Answer a refusal, whoever raised it."""
    wait = refusal.values.get("retry_after")
    return problem(refusal) if wait is None else problem(refusal, Retry_After=str(wait))


def on_http_error(_request: HttpRequest, error: Any) -> HttpResponse:
    """Answer what the framework refuses by a status: a body that is not JSON, no token."""
    if error.status_code == Unauthenticated.status:
        return problem(Unauthenticated(detail="Envoyez « Authorization: Bearer <clé> »."))
    return problem(Malformed(detail="Le corps de la requête n’est pas du JSON valide en UTF-8."))


def on_validation_error(_request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a request of the wrong shape, with everything that is wrong with it."""
    return problem(Invalid(*[_fault(each) for each in error.errors]))


def on_exception(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer what nobody foresaw, without telling more than a number to quote."""
    if isinstance(error, OperationalError):
        logger.warning("API %s %s: %s", request.method, request.path_info, error)
        return problem(Unavailable(detail="Réessayez dans quelques secondes."))
    incident = uuid4().hex[:12]
    logger.error(
        "API incident %s on %s %s", incident, request.method, request.path_info, exc_info=error
    )
    return problem(
        Unexpected(
            detail=f"Rien n’a été enregistré. Signalez l’incident {incident}.", incident=incident
        )
    )


# What pydantic calls its errors, in French; the rest is « valeur non valable ».
_MESSAGES = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n’existe pas.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "string_type": "Un texte est attendu.",
    "list_type": "Une liste est attendue.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
    "string_too_long": "Ce texte est trop long.",
    "string_too_short": "Ce texte est trop court.",
    "too_long": "Cette liste est trop longue.",
    "too_short": "Cette liste est trop courte.",
    "string_pattern_mismatch": "Ce texte n’a pas la forme attendue.",
    "literal_error": "Cette valeur n’est pas dans la liste.",
    "greater_than_equal": "Ce nombre est trop petit.",
    "less_than_equal": "Ce nombre est trop grand.",
}
_EXPECTED = ("pattern", "ge", "le", "max_length", "min_length", "expected")


def _fault(error: Mapping[str, Any]) -> Fault:
    kind = str(error.get("type", ""))
    context = error.get("ctx") or {}
    expected = [f"{name} : {context[name]}" for name in _EXPECTED if name in context]
    return Fault(
        where=_where(error.get("loc", ())),
        message=_MESSAGES.get(kind, "Cette valeur n’est pas valable."),
        remedy=f"Attendu : {', '.join(expected)}." if expected else "",
        values={"code": kind.replace("_", "-")},
    )


def _where(location: Sequence[Any]) -> str:
    """Return the place of a fault as clients see it: without the framework’s own level of names."""
    source, *path = [str(part) for part in location] or [""]
    if source == "body" and path:
        path = path[1:]
    kinds = {"int", "float", "str", "dict[str,int]", "dict[str,constrained-int]"}
    return ".".join(part for part in path if part not in kinds)[:200] or source
