"""ISO weeks as values: `2020-W45`, `2020-W53`."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


PARIS = ZoneInfo("Europe/Paris")
WEEK_PATTERN = r"^\d{4}-W\d{2}$"


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week; knows years of 53 weeks. Ordered by time."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date.fromisocalendar(self.year, self.number, 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> "Week":
        """Read `YYYY-Www`; ValueError for anything else, such as week 53 of a year of 52."""
        if not re.fullmatch(WEEK_PATTERN, text, re.ASCII):
            raise ValueError(
                f"« {text[:20]} » n’est pas une semaine : écrire par exemple 2020-W45."
            )
        return cls(int(text[:4]), int(text[6:]))

    @classmethod
    def of(cls, day: date) -> "Week":
        """Return the week a day falls in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def at(cls, moment: datetime, zone: ZoneInfo = PARIS) -> "Week":
        """Return the week that an aware moment falls in, on the clocks of a zone."""
        return cls.of(moment.astimezone(zone).date())

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    def plus(self, weeks: int) -> "Week":
        """Return the week so many weeks later (or earlier, if negative)."""
        return Week.of(self.monday + timedelta(weeks=weeks))

    def moment(self, *, weekday: int, clock: time, zone: ZoneInfo) -> datetime:
        """Return the aware moment of a weekday (1 = Monday) and wall clock time in a zone."""
        day = date.fromisocalendar(self.year, self.number, weekday)
        return datetime.combine(day, clock, tzinfo=zone)
