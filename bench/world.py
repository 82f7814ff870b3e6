"""The bench's own database: the whole country, its run published, and orderers with tokens."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import connection
from django.test import Client

from distrilog.demo.people import accounts_file
from distrilog.domain.accounts.models import Person, Profile, Token
from distrilog.domain.catalogue.models import Family
from distrilog.domain.quotas.models import Quota
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


ORDERERS = 2000
# Quotas so large that no order of a measure is refused: the bench's database alone.
ROOMY = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Orderer:
    """A facility that may order four families, and the token of somebody who orders for it."""

    facility_id: int
    registry: str
    token: str
    families: tuple[tuple[str, int], ...]


def prepare() -> None:
    """Bring the database to the current week; quick the second time."""
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)


def tokens() -> dict[str, str]:
    """Return a token of each role of the demo."""
    found: dict[str, str] = json.loads(accounts_file().read_text())["tokens"]
    return found


def signed_in(*, role: str) -> Client:
    """Return a client with the session of a demo person in a role."""
    profile = (
        Profile.objects.valid_at(clock.now())
        .filter(role=role, person__name__endswith="(démonstration)")
        .order_by("pk")[0]
    )
    client = Client(raise_request_exception=False)
    session = client.session
    session.update(
        {
            SESSION_KEY: str(profile.person_id),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
            HASH_SESSION_KEY: profile.person.get_session_auth_hash(),
            "profile_id": profile.pk,
        }
    )
    session.save()
    return client


def orderers(*, count: int = ORDERERS) -> list[Orderer]:
    """Return facilities with a published quota in four families, each with a fresh token."""
    at = clock.now()
    boxes = dict(Family.objects.values_list("code", "box_units"))
    rows: dict[int, tuple[str, list[str]]] = {}
    quotas = (
        Quota.objects.filter(week=str(Week.at(at)), facility__department__zone__overseas=False)
        .order_by("facility_id", "family_id")
        .values_list("facility_id", "facility__registry", "family_id")
    )
    for facility, registry, family in quotas.iterator():
        rows.setdefault(facility, (registry, []))[1].append(family)
        if len(rows) > count * 2:
            break
    full = [(facility, *row) for facility, row in rows.items() if len(row[1]) >= 4][:count]
    make_roomy([facility for facility, *_ in full])
    tokens = _tokens([facility for facility, *_ in full])
    return [
        Orderer(
            facility_id=facility,
            registry=registry,
            token=token,
            families=tuple((family, boxes[family]) for family in families[:4]),
        )
        for (facility, registry, families), token in zip(full, tokens, strict=True)
    ]


def make_roomy(facility_ids: list[int]) -> None:
    """Raise the quotas of these facilities, so that a measure meets no refusal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quotas_quota SET cap = %s WHERE facility_id = ANY(%s)", [ROOMY, facility_ids]
        )


def _tokens(facility_ids: list[int]) -> list[str]:
    at = clock.now()
    person, _ = Person.objects.get_or_create(name="Mesures (fictif)")
    profiles = {
        profile.facility_id: profile
        for profile in Profile.objects.filter(person=person, role="orderer")
    }
    missing = [one for one in facility_ids if one not in profiles]
    made = Profile.objects.bulk_create(
        Profile(person=person, role="orderer", facility_id=one) for one in missing
    )
    profiles |= {profile.facility_id: profile for profile in made}
    secret = ["dl_" + secrets.token_urlsafe(32) for _ in facility_ids]
    Token.objects.bulk_create(
        Token(
            profile=profiles[one],
            name="mesure",
            digest=sha256(text.encode()).digest(),
            created_at=at,
            expires_at=at + timedelta(days=1),
        )
        for one, text in zip(facility_ids, secret, strict=True)
    )
    return secret


def request_of(orderer: Orderer, *, boxes: int = 1) -> bytes:
    """Return the bytes of one HTTP order of its four families, with a key of its own."""
    body = json.dumps(
        {
            "facility": orderer.registry,
            "lines": [{"family": family, "units": box * boxes} for family, box in orderer.families],
        }
    ).encode()
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {orderer.token}\r\nIdempotency-Key: {secrets.token_hex(16)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
