"""People who use the screens, already logged in: the login itself is tested with the identity provider."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from distrilog.domain.accounts.models import Profile
from distrilog.web.shared.middleware import PROFILE_KEY
from tests.factories import ProfileFactory


def session_of(profile: Profile) -> str:
    """Write a session of somebody who uses this profile; return its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(profile.person_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = profile.person.get_session_auth_hash()
    session[PROFILE_KEY] = profile.pk
    session.create()
    return session.session_key


def client_of(profile: Profile, **values) -> Client:
    """Return a client logged in under a profile."""
    client = Client(**values)
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(profile)
    return client


def profile_of(facility, *, role: str = "orderer", **values) -> Profile:
    """Return a new person in a facility's role."""
    return ProfileFactory(role=role, facility=facility, **values)
