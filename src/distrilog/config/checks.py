"""What production refuses to start with: default secrets, stand-ins, demo data. Run by `./distrilog serve`."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from distrilog.kernel.models import Mark


SHORTEST_SECRET = 50
LOCAL = {"127.0.0.1", "localhost", "::1"}


@register(Tags.security)
def production_settings(app_configs: Any, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse default secrets, and stand-ins for the identity provider, the operator and the carrier."""
    return list(_faults()) if settings.MODE == "serve" else []


def _faults() -> Iterator[CheckMessage]:
    if (
        settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY
        or len(settings.SECRET_KEY) < SHORTEST_SECRET
    ):
        yield _error(
            1,
            "La clé secrète est celle des tests, ou trop courte.",
            f"DISTRILOG_SECRET_KEY : au moins {SHORTEST_SECRET} caractères au hasard.",
        )
    provider = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    if provider["secret"] == settings.DEFAULT_PLAGE_SECRET:
        yield _error(
            2,
            "Le secret du client PLAGE est celui de la démonstration.",
            "DISTRILOG_PLAGE_CLIENT_SECRET",
        )
    address = urlsplit(settings.PLAGE_URL)
    if address.scheme != "https" or address.hostname in LOCAL:
        yield _error(
            3,
            "Le fournisseur d’identité n’est pas joint en https, ou c’est le remplaçant de la démonstration.",
            "DISTRILOG_PLAGE_URL",
        )
    if not any(settings.ALLOWED_HOSTS):
        yield _error(4, "Aucun nom de domaine n’est déclaré.", "DISTRILOG_HOSTS")
    in_clear = not settings.EMAIL_USE_TLS and not settings.EMAIL_USE_SSL
    if in_clear and settings.EMAIL_HOST_PASSWORD and settings.EMAIL_HOST not in LOCAL:
        yield _error(
            11, "Le mot de passe du serveur de courriel partirait en clair.", "DISTRILOG_EMAIL_TLS"
        )
    yield from _faults_with_the_operator()


def _faults_with_the_operator() -> Iterator[CheckMessage]:
    if settings.DEFAULT_OPERATOR_TOKEN == settings.OPERATOR_TOKEN:
        yield _error(
            6,
            "Le jeton montré à l’opérateur est celui de la démonstration.",
            "DISTRILOG_OPERATOR_TOKEN",
        )
    if not settings.OPERATOR_PUBLIC_KEY.strip():
        yield _error(
            7,
            "La clé publique de l’opérateur n’est pas donnée : aucun de ses messages ne serait reçu.",
            "DISTRILOG_OPERATOR_PUBLIC_KEY : 64 chiffres hexadécimaux.",
        )
    for number, url, name in (
        (8, settings.OPERATOR_URL, "DISTRILOG_OPERATOR_URL"),
        (9, settings.SUIVI_URL, "DISTRILOG_SUIVI_URL"),
    ):
        address = urlsplit(url)
        if address.scheme != "https" or address.hostname in LOCAL:
            yield _error(
                number, "Un partenaire n’est pas joint en https, ou c’est son remplaçant.", name
            )
    if settings.DEFAULT_SUIVI_KEY == settings.SUIVI_KEY:
        yield _error(10, "La clé de Suivi est celle de la démonstration.", "DISTRILOG_SUIVI_KEY")


@register(Tags.database)
def no_demo_data(
    app_configs: Any,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_options: Any,
) -> list[CheckMessage]:
    """Refuse to serve a database that carries the demo's mark: its accounts are public."""
    if settings.MODE != "serve" or not databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [Mark._meta.db_table])  # noqa: SLF001
        (exists,) = cursor.fetchone()
    if exists and Mark.objects.filter(name="demo").exists():
        return [
            _error(5, "Cette base porte la marque de la démonstration.", "Choisir une autre base.")
        ]
    return []


def _error(number: int, message: str, remedy: str) -> CheckMessage:
    return Error(message, hint=remedy, id=f"distrilog.E{number:03d}")
