"""A small country drawn at random, and its figures counted facility by facility: what roll-ups must give."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random

from django.db.backends.postgresql.psycopg_any import DateRange

from distrilog.domain.declarations.models import (
    AlertThreshold,
    Declaration,
    Difficulty,
    Enrolment,
    Reminder,
    Statement,
    Submission,
    Target,
    Wave,
)
from distrilog.domain.declarations.rules import Level, Threshold, level, threshold_for, was_open
from distrilog.domain.declarations.rules.picture import Figures
from distrilog.domain.facilities.models import Attachment, Category
from distrilog.kernel.weeks import Week
from tests.factories import (
    CATEGORIES,
    CategoryFactory,
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    RegionFactory,
    TerritoryFactory,
)


WEEK = Week(2020, 45)
SUNDAY = date(2020, 11, 8)
AT = datetime(2020, 11, 9, 9, tzinfo=UTC)
FAMILIES = ("surgical_mask", "gown", "glove")
# department → region
DEPARTMENTS = {"75": "11", "78": "11", "35": "53", "22": "53"}
# Territories of several departments, one of two regions; some facilities have none.
TERRITORIES = {"75": ["T1"], "78": ["T1", "T2"], "35": ["T2", "T3"], "22": ["T3"]}


class Country:
    """Facilities with needs, what they said over four weeks, thresholds, waves: all from one seed."""

    def __init__(self, *, seed: int, size: int = 40, weeks: int = 4) -> None:
        self.random = Random(seed)
        self.weeks = [WEEK.plus(-back) for back in range(weeks)]
        self.found: dict[Week, list] = {}
        self.places()
        self.facilities = [self.facility() for _ in range(size)]
        self.needs()
        self.thresholds()
        self.enrolments()
        for week in self.weeks:
            self.say(week)

    def places(self) -> None:
        for code, region in DEPARTMENTS.items():
            DepartmentFactory.create(code=code, region=RegionFactory.create(code=region))
        for code, region in (("T1", "11"), ("T2", "11"), ("T3", "53")):
            TerritoryFactory.create(code=code, region=RegionFactory.create(code=region))
        for code in CATEGORIES:
            CategoryFactory.create(code=code)
        for code in FAMILIES:
            FamilyFactory.create(code=code)
        Wave.objects.create(code="1", name="Vague 1", starts_on=date(2020, 9, 1), position=1)
        Wave.objects.create(code="2", name="Vague 2", starts_on=date(2020, 10, 1), position=2)

    def facility(self):
        department = self.random.choice(list(DEPARTMENTS))
        made = FacilityFactory.create(
            name=f"Site {self.random.randrange(10**6)}",
            category_id=self.random.choice(list(CATEGORIES)),
            department_id=department,
            opened_on=self.random.choice([None, date(2001, 1, 1), SUNDAY - timedelta(days=9)]),
            closed_on=self.random.choice([None] * 8 + [SUNDAY - timedelta(days=7), SUNDAY]),
        )
        if self.random.random() < 0.8:
            code = self.random.choice(TERRITORIES[department])
            end = self.random.choice([None, None, None, date(2020, 10, 29)])
            Attachment.objects.create(
                facility=made, territory_id=code, period=DateRange(date(2020, 1, 1), end)
            )
        return made

    def needs(self) -> None:
        Target.objects.bulk_create(
            Target(facility=facility, family_id=family, need=self.random.randint(1, 300))
            for facility in self.facilities
            for family in FAMILIES
            if self.random.random() < 0.8
        )

    def thresholds(self) -> None:
        groups = ["", *Category.Group.values]
        keys = {
            (
                self.random.choice(groups[:4]),
                self.random.choice([None, "11", "53"]),
                self.random.choice([None, *FAMILIES]),
                SUNDAY - timedelta(days=self.random.choice([40, 10, 3, 0, -1, -30])),
            )
            for _ in range(self.random.randrange(25))
        }
        for group, region, family, starts_on in sorted(keys, key=str):
            alert = self.random.randint(1, 14)
            AlertThreshold.objects.create(
                group=group, region_id=region, family_id=family, starts_on=starts_on,
                alert_days=alert, watch_days=alert + self.random.randint(0, 14),
                reason="essai", set_by="cell", set_at=AT,
            )  # fmt: skip

    def enrolments(self) -> None:
        Enrolment.objects.bulk_create(
            Enrolment(
                facility=facility,
                wave_id=self.random.choice("12"),
                since=self.random.choice([date(2020, 9, 1), SUNDAY, SUNDAY + timedelta(days=1)]),
                until=self.random.choice([None, None, SUNDAY, SUNDAY + timedelta(days=1)]),
            )
            for facility in self.facilities
            if self.random.random() < 0.8
        )

    def say(self, week) -> None:
        """Have most facilities say most families, some of them corrected, on a day of the week or later."""
        for facility in self.facilities:
            if self.random.random() < 0.3:
                continue
            made = Declaration.objects.create(facility=facility, week=str(week), version=2)
            later = datetime(2020, 11, 3, tzinfo=UTC) - timedelta(weeks=self.weeks.index(week))
            for version in (1, 2):
                Submission.objects.create(
                    declaration=made, version=version, channel="screen", declared_by="x", digest="",
                    declared_at=later + timedelta(days=self.random.randrange(20)),
                )  # fmt: skip
            for family in FAMILIES:
                if self.random.random() < 0.8:
                    self.state(made, family)
        for facility in self.facilities[::7]:
            Reminder.objects.create(
                facility=facility, week=str(week), rank=1, recipients=1, sent_at=AT
            )

    def state(self, declaration, family) -> None:
        versions = self.random.choice([[1], [2], [1, 2]])
        for version in versions:
            need = self.random.choice([0, self.random.randint(1, 300), self.random.randint(1, 300)])
            # Often exactly at a threshold, in days of cover.
            days = self.random.randint(0, 30)
            Statement.objects.create(
                declaration=declaration, version=version, facility_id=declaration.facility_id,
                week=declaration.week, family_id=family, need=need,
                stock=self.random.choice([0, need * days // 7, need * 3, self.random.randint(0, 900)]),
                consumption=self.random.choice([None, 0, self.random.randint(0, 300)]),
                questioned=self.random.random() < 0.2, current=version == versions[-1],
            )  # fmt: skip
        if self.random.random() < 0.1:
            Difficulty.objects.create(
                declaration=declaration, version=1, facility_id=declaration.facility_id,
                week=declaration.week, family_id=self.random.choice([None, family]),
                category="shortage", urgency="week",
            )  # fmt: skip

    # ------------------------------------------------------------ counted again, one by one

    def stands(self, week):
        """Return each facility and family that counts in a week: where, what it said, how it is judged. Counted once."""
        if week not in self.found:
            self.found[week] = self._stands(week)
        return self.found[week]

    def _stands(self, week):
        sunday = week.monday + timedelta(days=6)
        said = {
            (row.facility_id, row.family_id): row
            for row in Statement.objects.filter(week=str(week), current=True)
        }
        targets = {(row.facility_id, row.family_id): row.need for row in Target.objects.all()}
        thresholds = known_thresholds()
        rows = []
        for facility in self.facilities:
            if not counts(facility, week):
                continue
            territory, asked = territory_on(facility, sunday), asked_on(facility, sunday)
            for family in FAMILIES:
                row = said.get((facility.pk, family))
                need = (row.need if row else 0) or targets.get((facility.pk, family), 0)
                if not need:
                    continue
                held = threshold_for(
                    thresholds,
                    group=facility.category.group,
                    region=DEPARTMENTS[facility.department_id],
                    family=family,
                    on=sunday,
                )
                rows.append(
                    {
                        "facility": facility,
                        "family": family,
                        "region": DEPARTMENTS[facility.department_id],
                        "department": facility.department_id,
                        "territory": territory,
                        "row": row,
                        "need": need,
                        "asked": asked,
                        "level": level(
                            stock=row.stock if row else None,
                            need=need,
                            watch_days=held.watch_days,
                            alert_days=held.alert_days,
                        ),
                    }
                )
        return rows

    def cells(self, week):
        """Return the figures of a week by family, department and territory, added up one by one."""
        found = defaultdict(Figures)
        for stand in self.stands(week):
            key = (stand["family"], stand["department"], stand["territory"])
            found[key] = found[key].plus(figures_of(stand))
        return dict(found)


def known_thresholds():
    return [
        Threshold(
            group=row.group,
            region=row.region_id or "",
            family=row.family_id or "",
            watch_days=row.watch_days,
            alert_days=row.alert_days,
            starts_on=row.starts_on,
        )
        for row in AlertThreshold.objects.all()
    ]


def counts(facility, week):
    return facility.category.group != "pharmacy" and was_open(
        week=week, opened_on=facility.opened_on, closed_on=facility.closed_on
    )


def territory_on(facility, day):
    for attachment in facility.attachments.all():
        if attachment.period.upper is None or attachment.period.upper > day:
            return attachment.territory_id
    return ""


def asked_on(facility, day):
    enrolment = Enrolment.objects.filter(facility=facility).first()
    if enrolment is None or enrolment.since > day:
        return False
    return enrolment.until is None or enrolment.until > day


def figures_of(stand):
    """Return what one facility and family add to a cell."""
    row, found = stand["row"], stand["level"]
    return Figures(
        facilities=1,
        asked=int(stand["asked"]),
        declared=int(row is not None),
        stock=row.stock if row else 0,
        consumption=(row.consumption or 0) if row else 0,
        need=stand["need"] if row else 0,
        told_need=stand["need"] if row and row.consumption is not None else 0,
        alert=int(found in {Level.ALERT, Level.EMPTY}),
        watch=int(found is Level.WATCH),
        covered=int(found is Level.COVERED),
        empty=int(found is Level.EMPTY),
        questioned=int(bool(row and row.questioned)),
    )
