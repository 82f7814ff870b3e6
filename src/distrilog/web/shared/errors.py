"""Pages for what went wrong: what happened, what to do next, in French. None of them reads the database."""

import sys
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from distrilog.kernel.refusals import Refusal


PAGES: dict[int, tuple[str, str, str]] = {
    400: (
        "Cette demande est illisible",
        "Votre navigateur a envoyé une demande que nous ne comprenons pas.",
        "Revenez à l’accueil et recommencez. Si vous avez suivi un lien, il est peut-être incomplet.",
    ),
    403: (
        "Vous n’avez pas accès à cette page",
        "Votre profil actuel ne permet pas de la voir.",
        "Changez de profil en haut de la page si vous en avez plusieurs. Sinon, demandez cet accès à qui gère vos comptes.",
    ),
    404: (
        "Page introuvable",
        "Cette page n’existe pas, n’existe plus, ou se trouve hors de votre périmètre.",
        "Vérifiez l’adresse, ou repartez de l’accueil.",
    ),
    405: (
        "Cette page s’ouvre autrement",
        "Cette adresse sert à envoyer un formulaire, pas à être ouverte directement.",
        "Repartez de l’accueil.",
    ),
    429: (
        "Trop de demandes en peu de temps",
        "Pour protéger le service, nous avons mis vos demandes en pause.",
        "Attendez un quart d’heure, puis recommencez. Rien de ce que vous avez enregistré n’est perdu.",
    ),
    500: (
        "Le service a rencontré une erreur",
        "Votre dernière action n’a pas été enregistrée. L’équipe technique est prévenue.",
        "Vérifiez dans « Commandes » avant de recommencer : une commande confirmée a toujours un numéro.",
    ),
    503: (
        "Le service est momentanément indisponible",
        "Nous ne pouvons pas lire les données pour l’instant.",
        "Réessayez dans quelques minutes. Les commandes confirmées et vos contingents sont intacts.",
    ),
}
CSRF_PAGE = (
    "Ce formulaire n’est plus valable",
    "La page est restée ouverte trop longtemps, ou vous avez changé de profil dans un autre onglet.",
    "Revenez en arrière, rechargez la page et renvoyez le formulaire.",
)


def _page(request: HttpRequest, status: int, **more: Any) -> HttpResponse:
    title, text, next_step = PAGES[status]
    context = {"title": title, "text": text, "next_step": next_step, "status": status, **more}
    return render(request, "shared/failure.html", context, status=status)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Show a refusal that no form caught, with its faults and remedies."""
    known = PAGES.get(refusal.status)
    next_step = known[2] if known else "Revenez à la page précédente pour corriger."
    context = {
        "title": refusal.title,
        "text": refusal.detail,
        "next_step": next_step,
        "status": refusal.status,
        "faults": refusal.faults,
    }
    return render(request, "shared/failure.html", context, status=refusal.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 400."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 403."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 404."""
    return _page(request, 404)


def too_many(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """Answer 429; also what the login limiter calls."""
    response = _page(request, 429)
    response["Retry-After"] = "900"
    return response


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer 403 when the form's token is missing or old."""
    title, text, next_step = CSRF_PAGE
    context = {"title": title, "text": text, "next_step": next_step, "status": 403}
    return render(request, "shared/failure.html", context, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when it is the database that does not answer; touches neither request nor database."""
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    title, text, next_step = PAGES[status]
    nonce = getattr(request, "csp_nonce", "")
    context = {"title": title, "text": text, "next_step": next_step, "status": status}
    body = render_to_string("shared/failure.html", {**context, "CSP_NONCE": nonce})
    response = HttpResponse(body, status=status)
    if status == 503:  # noqa: PLR2004
        response["Retry-After"] = "120"
    return response
