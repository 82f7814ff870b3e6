"""A home that needs the seven families, declared last week and was delivered since. Tuesday 3 November 2020, 10:00 in Paris."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.declarations.models import Statement, Submission, Target
from distrilog.domain.declarations.queries import LineView, WeekView, of_facility
from distrilog.domain.declarations.services import Declared, Said
from distrilog.domain.facilities.models import Facility
from tests.domain.declarations.world import AT, WEEK, say
from tests.domain.shipping.world import DespatchFactory, received
from tests.factories import FacilityFactory, PersonFactory, orderer
from tests.web.people import client_of, profile_of


LAST_WEEK = AT - timedelta(days=7)
# family → units a week in a crisis, units in stock last week, units used that week.
NEEDS = {
    "surgical_mask": (1_400, 2_000, 900),
    "ffp2": (120, 60, 20),
    "gown": (210, 700, 200),
    "apron": (700, 2_500, 600),
    "glove": (3_000, 9_500, 2_800),
    "cap": (400, 300, 300),
    "goggles": (10, 40, 0),
}
SMALL = {"surgical_mask": (100, 200, 50), "glove": (200, 200, 100)}


@dataclass
class Site:
    """A home, somebody who declares for it, somebody else who does too."""

    facility: Facility
    profile: Profile
    colleague: Profile

    @property
    def client(self) -> Client:
        """Return the browser of who declares."""
        return client_of(self.profile)

    @property
    def week(self) -> WeekView:
        """Return the week as it stands."""
        scope = orderer(self.facility).scope
        return of_facility(registry=self.facility.registry, scope=scope, week=WEEK, at=AT)

    def line(self, family: str) -> LineView:
        """Return what is declared of a family."""
        return next(line for line in self.week.lines if line.family == family)

    def declared(self) -> dict[str, int]:
        """Return the stocks that hold this week, by family."""
        rows = Statement.objects.filter(facility=self.facility, week=str(WEEK), current=True)
        return dict(rows.values_list("family_id", "stock"))

    def versions(self) -> int:
        """Return how many versions this week has."""
        found = Submission.objects.filter(
            declaration__facility=self.facility, declaration__week=str(WEEK)
        )
        return found.count()

    def say(self, *lines: Said, **values: Any) -> Declared:
        """Have the colleague declare."""
        actor = actor_of_profile(
            person_id=self.colleague.person_id, profile_id=self.colleague.pk, at=AT
        )
        return say(self.facility, *lines, **{"actor": actor, **values})


def build(*, needs: dict[str, tuple[int, int, int]] | None = None) -> Site:
    """Make the rows."""
    seed_catalogue()
    facility = FacilityFactory.create(name="Résidence des Tilleuls", commune="Paris")
    wanted = NEEDS if needs is None else needs
    for family, (need, _stock, _used) in wanted.items():
        Target.objects.create(facility=facility, family_id=family, need=need)
    say(
        facility,
        *(
            Said(family=family, stock=stock, consumption=used, confirmed=True)
            for family, (_need, stock, used) in wanted.items()
        ),
        week=WEEK.plus(-1),
        at=LAST_WEEK,
    )
    return Site(
        facility=facility,
        profile=profile_of(facility, person=PersonFactory.create(name="Sacha Essai")),
        colleague=profile_of(facility, person=PersonFactory.create(name="Camille Essai")),
    )


def deliver(site: Site) -> None:
    """Have the home receive an order, the day before."""
    received(DespatchFactory(facility=site.facility, delivered=True), at=AT - timedelta(days=1))
