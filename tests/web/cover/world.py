"""A country that declares: three departments of two regions, a territory, and facilities with so many days of cover."""

from dataclasses import dataclass, field
from datetime import datetime

from distrilog.domain.declarations.models import Declaration, Difficulty, Enrolment, Wave
from distrilog.domain.declarations.rules import Said, Trouble
from distrilog.domain.declarations.services import rolling
from distrilog.domain.facilities.models import Department, Facility, Territory
from distrilog.kernel.weeks import Week
from tests.domain.declarations.world import GOWN, MASK, make_home, say
from tests.domain.orders.world import AT
from tests.factories import (
    AttachmentFactory,
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    RegionFactory,
    TerritoryFactory,
)


WEEK = Week.parse("2020-W45")
NEED = 700  # masks a week: a hundred a day


@dataclass
class Covered:
    """The places, and how to have somebody there declare."""

    paris: Department
    seine: Department
    garonne: Department
    territory: Territory
    wave: Wave
    homes: list[Facility] = field(default_factory=list)

    def home(self, name: str, department: Department | None = None, **values) -> Facility:
        """Make a home that is asked to declare, in Paris unless told otherwise."""
        made = make_home(
            need=values.pop("need", NEED),
            name=name,
            department=department or self.paris,
            commune=values.pop("commune", "Ville"),
            **values,
        )
        if made.department == self.paris:
            AttachmentFactory(facility=made, territory=self.territory)
        Enrolment.objects.create(facility=made, wave=self.wave, since=self.wave.starts_on)
        self.homes.append(made)
        return made

    def said(self, facility: Facility, tenths: int, *, week: Week = WEEK, **values) -> None:
        """Have a facility say masks for so many tenths of a day, using a hundred a day."""
        line = Said(
            family=MASK,
            stock=NEED * tenths // 70,
            consumption=values.pop("consumption", NEED),
            confirmed=True,
        )
        say(facility, line, week=week, **values)

    def told(
        self, facility: Facility, *, urgency: str = "today", words: str = "Plus rien."
    ) -> Difficulty:
        """Have a facility tell a shortage with a day of cover."""
        trouble = Trouble(category="shortage", urgency=urgency, family=MASK, words=words)
        self.said(facility, 10, troubles=[trouble])
        return Difficulty.objects.latest("pk")

    def rolled(self, *, week: Week = WEEK, at: datetime = AT) -> None:
        """Add up a week."""
        rolling.rebuild(week=week, at=at)


def build() -> Covered:
    """Make the places; nobody has declared."""
    for code in (MASK, GOWN):
        FamilyFactory(code=code)
    capital = RegionFactory(code="11", name="Île-de-France")
    south = RegionFactory(code="76", name="Occitanie")
    paris = DepartmentFactory(code="75", name="Paris", region=capital)
    platform = FacilityFactory(hospital=True, department=paris)
    return Covered(
        paris=paris,
        seine=DepartmentFactory(code="93", name="Seine-Saint-Denis", region=capital),
        garonne=DepartmentFactory(code="31", name="Haute-Garonne", region=south),
        territory=TerritoryFactory(platform=platform, region=capital, name="GHT Paris"),
        wave=Wave.objects.create(
            code="une", name="Première vague", starts_on=Week.parse("2020-W40").monday, position=1
        ),
    )


def watched(*, said: Facility, silent: Facility) -> None:
    """Ask two facilities of another country to declare, one of which has; it told a difficulty. Add up the week."""
    wave = Wave.objects.create(
        code="une", name="Première vague", starts_on=Week.parse("2020-W40").monday, position=1
    )
    for facility in (said, silent):
        Enrolment.objects.create(facility=facility, wave=wave, since=wave.starts_on)
    declaration, _made = Declaration.objects.get_or_create(facility=said, week=str(WEEK))
    Difficulty.objects.create(
        declaration=declaration,
        version=1,
        facility=said,
        week=str(WEEK),
        category="shortage",
        urgency="today",
        words="Plus un masque demain.",
    )
    rolling.rebuild(week=WEEK, at=AT)
