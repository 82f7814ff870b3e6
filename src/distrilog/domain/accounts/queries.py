"""Who acts: an `Actor` made again from the database at each request, in one statement."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distrilog.domain.accounts.models import Person, Profile
from distrilog.domain.accounts.rules import (
    DOMAIN,
    ROLE_NAMES,
    TOKEN_PREFIX,
    Actor,
    Role,
    scope_of,
    token_digest,
)
from distrilog.domain.facilities.models import Department, Facility, Region
from distrilog.kernel.statements import Statement
from distrilog.kernel.weeks import PARIS


_TOKEN_LENGTH = len(TOKEN_PREFIX) + 43

_COLUMNS = """
    profile.person_id, profile.id, profile.role, profile.perimeter, profile.facility_id,
    facility.registry, person.name,
    CASE WHEN profile.role = 'ars' THEN profile.perimeter ELSE department.region_id END,
    CASE WHEN profile.role = 'platform' THEN (
        SELECT min(territory.code) FROM facilities_territory territory
        WHERE territory.platform_id = profile.facility_id
    ) END
"""
# A region and a department may share a code: the perimeter is a department's for delegations only.
_JOINS = """
    JOIN accounts_person person ON person.id = profile.person_id
    LEFT JOIN facilities_facility facility ON facility.id = profile.facility_id
    LEFT JOIN facilities_department department ON department.code = coalesce(
        facility.department_id,
        CASE WHEN profile.role = 'delegation' THEN profile.perimeter END
    )
"""
_VALID = """
    person.is_active
    AND profile.revoked_at IS NULL
    AND (profile.expires_at IS NULL OR profile.expires_at > %(at)s)
    AND profile.domain = %(domain)s
    AND (facility.closed_on IS NULL OR facility.closed_on > %(day)s)
"""
# Constants only: every value travels as a parameter.
_OF_PROFILE = Statement(f"""
    SELECT {_COLUMNS}
    FROM accounts_profile profile {_JOINS}
    WHERE profile.id = %(profile)s AND profile.person_id = %(person)s AND {_VALID}
""")  # noqa: S608
_OF_TOKEN = Statement(f"""
    SELECT {_COLUMNS}, token.id, token.deeds
    FROM accounts_token token
    JOIN accounts_profile profile ON profile.id = token.profile_id {_JOINS}
    WHERE token.digest = %(digest)s
        AND token.revoked_at IS NULL AND token.expires_at > %(at)s AND {_VALID}
""")  # noqa: S608


def actor_of_profile(*, person_id: Any, profile_id: int, at: datetime) -> Actor | None:
    """Return who acts under this profile of this person, or `None` when it is no longer valid."""
    row = _one(_OF_PROFILE, {"person": str(person_id), "profile": profile_id}, at)
    return None if row is None else _actor(row)


def actor_of_token(*, secret: str, at: datetime) -> Actor | None:
    """
    Return who acts through an API token, or `None`: unknown, expired, revoked, or its profile is.

    One statement and one unique index: this is asked at every API request.
    """
    if len(secret) != _TOKEN_LENGTH or not secret.startswith(TOKEN_PREFIX):
        return None
    row = _one(_OF_TOKEN, {"digest": token_digest(secret)}, at)
    if row is None:
        return None
    *columns, token_id, deeds = row
    narrowed = json.loads(deeds) if isinstance(deeds, str) else deeds
    return _actor(
        columns,
        through=f"token:{token_id}",
        deeds=frozenset(narrowed) if narrowed else None,
    )


def _one(statement: Statement, values: dict[str, Any], at: datetime) -> Any:
    day = at.astimezone(PARIS).date()
    rows = statement.read({**values, "at": at, "day": day, "domain": DOMAIN})
    return rows[0] if rows else None


def _actor(row: Any, **more: Any) -> Actor:
    person, profile, role_value, perimeter, facility_id, registry, name, region, territory = row
    role = Role(role_value)
    return Actor(
        person=str(person),
        profile=profile,
        role=role,
        scope=scope_of(
            role=role, perimeter=perimeter, registry=registry or "", territory=territory or ""
        ),
        facility_id=facility_id,
        registry=registry or "",
        region=region or "",
        name=name,
        **more,
    )


def profiles_of(*, person: Person, at: datetime) -> list[Profile]:
    """Return the profiles this person may use now, with their facilities, oldest first."""
    day = at.astimezone(PARIS).date()
    found = (
        Profile.objects.valid_at(at)
        .filter(person=person, domain=DOMAIN)
        .exclude(facility__closed_on__lte=day)
    )
    return list(found.select_related("facility").order_by("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLine:
    """A profile as a person recognises it: the role's name and the place's."""

    id: int
    role: str
    place: str
    registry: str = ""


def profile_lines(*, person: Person, at: datetime) -> list[ProfileLine]:
    """Return the profiles this person may use now, in words; at most four statements."""
    profiles = profiles_of(person=person, at=at)
    names = _perimeter_names(profiles)
    return [
        ProfileLine(
            id=profile.pk,
            role=ROLE_NAMES[Role(profile.role)],
            place=profile.facility.main_address_label
            if profile.facility
            else names.get(
                (profile.role, profile.perimeter), profile.perimeter or "France entière"
            ),
            registry=profile.facility.registry if profile.facility else "",
        )
        for profile in profiles
    ]


def _perimeter_names(profiles: Sequence[Profile]) -> dict[tuple[str, str], str]:
    """Return the names of the regions of agencies and the departments of delegations."""
    agencies = {each.perimeter for each in profiles if each.role == Role.ARS}
    delegations = {each.perimeter for each in profiles if each.role == Role.DELEGATION}
    regions = Region.objects.filter(pk__in=agencies).values_list("pk", "name")
    departments = Department.objects.filter(pk__in=delegations).values_list("pk", "name")
    return {(str(Role.ARS), code): name for code, name in regions} | {
        (str(Role.DELEGATION), code): name for code, name in departments
    }


def open_registries(*, registries: Collection[str], at: datetime) -> set[str]:
    """Keep the registry numbers of facilities of the register that are not closed."""
    day = at.astimezone(PARIS).date()
    found = Facility.objects.filter(registry__in=registries).exclude(closed_on__lte=day)
    return set(found.values_list("registry", flat=True))
