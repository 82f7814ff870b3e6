"""Versions of the doctrine: one person prepares, another signs, and what changes is seen before."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import pghistory
from django.db import transaction

from distrilog.domain.accounts.rules import require_second_person
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import (
    RULE_SETS,
)
from distrilog.kernel.refusals import Refusal


REASON_LENGTH: Final = 2000
CODE_LENGTH: Final = 40
TITLE_LENGTH: Final = 160


class VersionClosed(Refusal):
    """Cette version n’est plus à signer."""

    slug = "version-closed"


class CodeTaken(Refusal):
    """Une version porte déjà ce nom."""

    slug = "code-taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seed:
    """A version that was in force in 2020, and its history."""

    rule_set: str
    effective_on: date
    decided_at: datetime
    reason: str


SEEDS: Final = (
    _Seed(
        rule_set="2020-03-20",
        effective_on=date(2020, 3, 20),
        decided_at=datetime(2020, 3, 20, 8, tzinfo=UTC),
        reason="Instruction aux ARS du 20 mars 2020.",
    ),
    _Seed(
        rule_set="2020-03-26",
        effective_on=date(2020, 3, 23),
        decided_at=datetime(2020, 3, 26, 8, tzinfo=UTC),
        reason=(
            "Instruction aux ARS du 26 mars 2020, pour les approvisionnements réalisés à partir du "
            "23 mars."
        ),
    ),
    # The portal opens in week 41, whose Monday is 5 October.
    _Seed(
        rule_set="2020-10",
        effective_on=date(2020, 10, 5),
        decided_at=datetime(2020, 10, 5, 6, tzinfo=UTC),
        reason="MARS n° 2020_87 du 8 octobre 2020 : contingentement des sept familles sur le portail.",
    ),
)


@transaction.atomic
def seed_versions(*, prepared_by: str, signed_by: str) -> list[DoctrineVersion]:
    """Add the three versions of 2020 as signed history, where they are missing; two persons."""
    require_second_person(prepared_by=prepared_by, signed_by=signed_by)
    # After this point, the versions must succeed.

    found = []
    for seed in SEEDS:
        rule_set = RULE_SETS[seed.rule_set]
        with pghistory.context(by=signed_by, why=seed.reason):
            version, _is_new = DoctrineVersion.objects.get_or_create(
                code=rule_set.code,
                defaults={
                    "title": rule_set.title,
                    "rule_set": rule_set.code,
                    "parameters": rule_set.defaults,
                    "effective_on": seed.effective_on,
                    "state": DoctrineVersion.State.SIGNED,
                    "reason": seed.reason,
                    "prepared_by": prepared_by,
                    "prepared_at": seed.decided_at,
                    "signed_by": signed_by,
                    "signed_at": seed.decided_at,
                },
            )
        found.append(version)
    return found
