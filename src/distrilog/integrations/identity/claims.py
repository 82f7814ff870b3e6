"""Reads what the provider says of somebody: from JSON to values, passing over what is malformed."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from distrilog.domain.accounts.rules import ProfileClaim


logger = logging.getLogger(__name__)

_LONGEST = 60


def profile_claims(userinfo: Mapping[str, Any]) -> list[ProfileClaim]:
    """
    Return the profiles of the `profiles` claim.

    Shape: `[{"role", "domain", "facility"?, "perimeter"?, "valid_until"?}]`, `valid_until` in ISO 8601.
    A line that cannot be read gives nothing: a date that we misread must not open a door for ever.
    """
    stated = userinfo.get("profiles")
    if not isinstance(stated, list):
        return []
    read = [_claim(line) for line in stated]
    return [claim for claim in read if claim is not None]


def _claim(line: object) -> ProfileClaim | None:
    try:
        return _read(line)
    except (ValueError, TypeError, AttributeError):
        logger.warning("A profile of the identity provider could not be read.")
        return None


def _read(line: Any) -> ProfileClaim:
    return ProfileClaim(
        role=_text(line.get("role")),
        domain=_text(line.get("domain")),
        facility=_text(line.get("facility")),
        perimeter=_text(line.get("perimeter")),
        valid_until=_moment(line.get("valid_until")),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST or "\x00" in value:
        raise ValueError
    return value.strip()


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
