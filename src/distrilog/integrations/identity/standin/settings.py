"""Settings of the stand-in. It refuses to start where the portal is for real."""

import os

from django.core.exceptions import ImproperlyConfigured

from distrilog.integrations.identity.standin.environment import HOME
from distrilog.integrations.identity.standin.key import private_key


if os.environ.get("DISTRILOG_MODE") == "serve":
    raise ImproperlyConfigured("The stand-in for PLAGE never runs beside a real portal.")

SECRET_KEY = os.environ.get("DISTRILOG_SECRET_KEY", "not-a-secret-only-for-tests") + "-plage"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "distrilog.integrations.identity.standin",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "distrilog.integrations.identity.standin.urls"
WSGI_APPLICATION = "distrilog.integrations.identity.standin.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "plage.sqlite3",
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cookies do not know ports: the portal is on the same host.
SESSION_COOKIE_NAME = "plage_session"
CSRF_COOKIE_NAME = "plage_csrf"
SESSION_COOKIE_AGE = 1800

LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["distrilog.integrations.identity.standin.directory.DirectoryBackend"]
# One secret is checked at each login, the client's; it is no secret here.
PASSWORD_HASHERS = ["distrilog.integrations.identity.standin.key.QuickHasher"]
ACCOUNT_ADAPTER = "distrilog.integrations.identity.standin.adapter.PlainWords"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# Wrong passwords: 5 in 5 minutes for one login, 30 a minute for one address. Right ones do not count.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "30/m/ip,5/300s/key"}

IDP_OIDC_ADAPTER = "distrilog.integrations.identity.standin.adapter.StandInAdapter"
IDP_OIDC_PRIVATE_KEY = private_key(HOME / "plage-key.pem")

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
