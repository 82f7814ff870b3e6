"""
Settings, from the environment. `DISTRILOG_MODE` is `serve` (default), `demo` or `test`.

`serve` refuses demo accounts, stand-ins and default secrets (see `config/checks.py`).
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF


MODE = os.environ.get("DISTRILOG_MODE", "test")
DEMO = MODE == "demo"
SOURCE = Path(__file__).resolve().parent.parent
# The design system's licence reserves the State's brand to State sites.
STATE_BRAND = os.environ.get("DISTRILOG_STATE_BRAND", "") == "yes"
HOME = Path(os.environ.get("DISTRILOG_HOME", "var")).resolve()
PORT = int(os.environ.get("DISTRILOG_PORT", "8000"))
PLAGE_URL = os.environ.get(
    "DISTRILOG_PLAGE_URL", f"http://127.0.0.1:{os.environ.get('DISTRILOG_PLAGE_PORT', '8001')}"
)
PUBLIC_URL = os.environ.get("DISTRILOG_PUBLIC_URL", f"http://127.0.0.1:{PORT}")
OPERATOR_URL = os.environ.get(
    "DISTRILOG_OPERATOR_URL",
    f"http://127.0.0.1:{os.environ.get('DISTRILOG_OPERATOR_PORT', '8002')}",
)
SUIVI_URL = os.environ.get("DISTRILOG_SUIVI_URL", f"{OPERATOR_URL}/suivi/v2")
SIGNING_KEY_FILE = Path(os.environ.get("DISTRILOG_SIGNING_KEY", HOME / "signing-key"))

DEFAULT_SECRET_KEY = "not-a-secret-only-for-tests"  # noqa: S105
DEFAULT_PLAGE_SECRET = "demo-only-secret"  # noqa: S105
DEFAULT_OPERATOR_TOKEN = "demo-only-operator-token"  # noqa: S105
DEFAULT_SUIVI_KEY = "demo-only-suivi-key"
SECRET_KEY = os.environ.get("DISTRILOG_SECRET_KEY", DEFAULT_SECRET_KEY)
DEBUG = False
ALLOWED_HOSTS = os.environ.get(
    "DISTRILOG_HOSTS", "127.0.0.1,localhost,[::1],testserver" if MODE != "serve" else ""
).split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "dsfr",
    "ninja",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "distrilog.config",
    "distrilog.kernel",
    "distrilog.domain.facilities",
    "distrilog.domain.catalogue",
    "distrilog.domain.accounts",
    "distrilog.domain.messages",
    "distrilog.domain.doctrines",
    "distrilog.domain.stock",
    "distrilog.domain.regimes",
    "distrilog.domain.declarations",
    "distrilog.domain.quotas",
    "distrilog.domain.orders",
    "distrilog.domain.distribution",
    "distrilog.domain.shipping",
    "distrilog.domain.resupply",
    "distrilog.domain.regional",
    "distrilog.domain.reporting",
    "distrilog.domain.simulation",
    "distrilog.integrations.identity",
    "distrilog.integrations.finess",
    "distrilog.integrations.operator",
    "distrilog.web",
    "distrilog.api",
    "distrilog.demo",
]

MIDDLEWARE = [
    "distrilog.config.middleware.fast_api",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "distrilog.web.shared.middleware.acting_profile",
]

ROOT_URLCONF = "distrilog.config.urls"
WSGI_APPLICATION = "distrilog.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(SOURCE.glob("web/*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"distrilog": "distrilog.web.shared.templatetags.distrilog"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "distrilog.web.shared.context.page",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def _database(url: str) -> dict[str, object]:
    """Read a PostgreSQL URL; `?host=` may name a socket folder."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": query.get("port", str(parts.port or "")),
        # A held connection: the cheapest there is under granian's few threads.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Compiling a report's plan costs more than running it.
            "options": (
                f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=15000 -c jit=off"
            )
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


# Web requests end well before; long jobs raise it for their own transaction.
STATEMENT_TIMEOUT_MS = 120_000
DATABASES = {
    "default": _database(
        os.environ.get("DATABASE_URL", "postgresql://distrilog@127.0.0.1:5432/distrilog")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
# Only to read a session's person: no password is kept, none is asked here.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = (
    8 * 3600
)  # a working day; re-read at each request, so a revoked profile ends now
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "distrilog.web.shared.errors.form_expired"
SESSION_COOKIE_NAME = "distrilog_session"
CSRF_COOKIE_NAME = "distrilog_csrf"
if MODE == "serve":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, PLAGE_URL],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# Limits on everything that comes in. A register of 100,000 lines is about 30 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Of one token, on each worker: a whole minute's worth at once if it waited.
API_REQUESTS_PER_MINUTE = int(os.environ.get("DISTRILOG_API_REQUESTS_PER_MINUTE", "3000"))

STATIC_URL = "/static/"
STATICFILES_DIRS = sorted(SOURCE.glob("web/*/static"))
STATIC_ROOT = HOME / "static" if MODE == "serve" else None
WHITENOISE_USE_FINDERS = True
# Each test client would otherwise look at 1,700 files as it is made: 0.4 s.
WHITENOISE_AUTOREFRESH = MODE == "test"
DSFR_USE_INTEGRITY_CHECKSUMS = False

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# Nothing ever leaves a demonstration: its e-mails are files in the data folder. In production they wait
# until a server is named.
_EMAIL_BACKENDS = {"demo": "filebased", "serve": "smtp"}
EMAIL_BACKEND = f"django.core.mail.backends.{_EMAIL_BACKENDS.get(MODE, 'locmem')}.EmailBackend"
EMAIL_FILE_PATH = HOME / "mails"
EMAIL_HOST = os.environ.get("DISTRILOG_EMAIL_HOST", "")
EMAIL_ENABLED = MODE != "serve" or bool(EMAIL_HOST)
EMAIL_PORT = int(os.environ.get("DISTRILOG_EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("DISTRILOG_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("DISTRILOG_EMAIL_PASSWORD", "")
# `starttls` (unless told), `tls` from the first byte, or `none` inside one's own network.
_EMAIL_TLS = os.environ.get("DISTRILOG_EMAIL_TLS", "starttls")
EMAIL_USE_TLS = _EMAIL_TLS == "starttls"
EMAIL_USE_SSL = _EMAIL_TLS == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get(
    "DISTRILOG_EMAIL_FROM", f"Distrilog <ne-pas-repondre@{urlsplit(PUBLIC_URL).hostname}>"
)

PGHISTORY_APPEND_ONLY = True

ACCOUNT_ADAPTER = "distrilog.integrations.identity.adapter.PersonAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Wrong passwords are counted where they are typed, by the identity provider. Here: how many logins an
# address may begin, each worker counting its own; a whole hospital may share one address.
ACCOUNT_RATE_LIMITS = {"login": os.environ.get("DISTRILOG_LOGIN_LIMIT", "120/m/ip")}
# In production one proxy stands in front and says who asks.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if MODE == "serve" else 0
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email"]
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_ADAPTER = "distrilog.integrations.identity.adapter.PlageAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "plage",
                "name": "PLAGE",
                "client_id": os.environ.get("DISTRILOG_PLAGE_CLIENT_ID", "distrilog"),
                "secret": os.environ.get("DISTRILOG_PLAGE_CLIENT_SECRET", DEFAULT_PLAGE_SECRET),
                "settings": {"server_url": f"{PLAGE_URL}/.well-known/openid-configuration"},
            }
        ],
    }
}

# With the logistics operator: what we show it, and how the two are named (GLN). Numbers that begin with
# 04 are for use among partners: the demonstration borrows nobody's.
OPERATOR_TOKEN = os.environ.get("DISTRILOG_OPERATOR_TOKEN", DEFAULT_OPERATOR_TOKEN)
OPERATOR_GLN = os.environ.get("DISTRILOG_OPERATOR_GLN", "0400000000022")
PORTAL_GLN = os.environ.get("DISTRILOG_PORTAL_GLN", "0400000000015")
# How we write to it: `eancom` or `json`. Both are read.
OPERATOR_FORMAT = os.environ.get("DISTRILOG_OPERATOR_FORMAT", "eancom")
# Our key for the operator, and its own public one; in a demonstration that is read beside ours.
OPERATOR_PORTAL_KEY_FILE = Path(
    os.environ.get("DISTRILOG_OPERATOR_PORTAL_KEY", HOME / "operator-portal-key")
)
OPERATOR_PUBLIC_KEY = os.environ.get("DISTRILOG_OPERATOR_PUBLIC_KEY", "")
SUIVI_KEY = os.environ.get("DISTRILOG_SUIVI_KEY", DEFAULT_SUIVI_KEY)

# Nobody signs up here: accounts come from the identity provider alone.
SILENCED_SYSTEM_CHECKS = ["account.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
