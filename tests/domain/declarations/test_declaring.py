"""Declaring: versions, refusals, questions, keys, two at once."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.models import (
    Declaration,
    Difficulty,
    RollUpState,
    Statement,
    Submission,
    Target,
)
from distrilog.domain.declarations.rules import Said, Trouble
from distrilog.domain.declarations.services import (
    Conflict,
    Declared,
    KeyReused,
    ToConfirm,
    declare,
    name_delegate,
)
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.factories import FacilityFactory, FamilyFactory, ProfileFactory, orderer


AT = datetime(2020, 11, 3, 9, tzinfo=UTC)
WEEK = Week.parse("2020-W45")
MASK, GOWN = "surgical_mask", "gown"


@pytest.fixture
def home(db: Any) -> Facility:  # noqa: ARG001
    return make_home()


def make_home() -> Facility:
    """Make a nursing home that needs 700 masks and 70 gowns a week in a crisis."""
    facility = FacilityFactory.create()
    for family, need in ((MASK, 700), (GOWN, 140)):
        FamilyFactory.create(code=family)
        Target.objects.create(facility=facility, family_id=family, need=need)
    return facility


def say(facility: Facility, *lines: Said, **values: Any) -> Declared:
    return declare(
        **{
            "actor": orderer(facility),
            "registry": facility.registry,
            "week": WEEK,
            "lines": lines,
            "at": AT,
            **values,
        }
    )


def masks(stock: int | None, consumption: int | None = None, **values: Any) -> Said:
    return Said(family=MASK, stock=stock, consumption=consumption, **values)


class TestDeclare:
    def test_writes_a_first_version(self, home):
        declared = say(home, masks(2100, 600))
        assert (declared.version, declared.replayed) == (1, False)
        line = declared.declaration.lines[0]
        assert (line.stock, line.consumption, line.need, line.cover_tenths) == (2100, 600, 700, 210)
        assert declared.declaration.declared_at == AT
        assert RollUpState.objects.get(week=str(WEEK)).stale_since == AT
