"""What agencies and the cell change of the push chain is in the journal, with its reason and what it was before."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Override
from distrilog.domain.facilities.models import Referent
from distrilog.domain.reporting import trace
from distrilog.domain.reporting.trace import Kind, Wanted
from tests.domain.distribution.world import AT, build, shared
from tests.factories import agency


pytestmark = pytest.mark.django_db


def entries(kind: Kind) -> list[trace.Entry]:
    return list(trace.page(wanted=Wanted(kind=kind)).entries)


class TestPlans:
    def test_are_told_from_draft_to_shared_with_who_did_it(self):
        world = build()
        shared(world)
        last, *_, first = entries(Kind.PLAN)
        assert (first.created, first.state, first.by) == (True, "brouillon", world.prepares.by)
        assert (last.created, last.state, last.by) == (False, "transmis aux ARS", world.shares.by)
        assert last.subject == "2020-W15 n° 1 · France métropolitaine"

    def test_tell_each_adjustment_and_why(self):
        world = build()
        plan = shared(world)
        officer = agency(world.north.region)
        services.adjust(
            actor=officer,
            plan_id=plan.pk,
            territory=world.north.pk,
            family="surgical_mask",
            changes={world.hospital.registry: -50, world.home.registry: 50},
            reason="Un foyer dans l’unité protégée.",
            at=AT,
        )
        (entry,) = [each for each in entries(Kind.PLAN) if each.by == officer.by]
        assert entry.why == "Un foyer dans l’unité protégée."
        told = {each.path[-1]: each.after for each in entry.changes}
        assert told == {world.hospital.registry: -50, world.home.registry: 50}


class TestTheOthers:
    def test_tell_a_seasonal_change_of_need(self):
        world = build()
        Override.objects.create(
            facility=world.home,
            per_mille=500,
            period=DateRange(date(2020, 7, 1), date(2020, 9, 1)),
            reason="Une aile fermée l’été.",
            by="agence",
            at=AT,
        )
        (entry,) = entries(Kind.OVERRIDE)
        assert (entry.subject, entry.why, entry.by) == (
            world.home.name,
            "Une aile fermée l’été.",
            "agence",
        )

    def test_never_tell_how_to_reach_a_contact(self):
        world = build()
        Referent.objects.create(
            kind="platform",
            name="Contact d’essai",
            phone="0102030405",
            territory=world.north,
            starts_on=date(2020, 3, 1),
            by="agence",
        )
        (entry,) = entries(Kind.REFERENT)
        assert entry.subject == world.north.name
        assert "0102030405" not in str(entry.changes)

    def test_are_read_with_the_rest(self):
        """Every kind’s statement is one that the database takes."""
        assert not trace.page(wanted=Wanted()).entries
