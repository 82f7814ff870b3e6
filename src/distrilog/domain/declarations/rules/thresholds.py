"""Below how many days of cover a facility is watched, or in alert: dated rows, the most telling holds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final


# Until somebody says otherwise: three weeks is the safety stock (MINSANTE 143), one week is the time help takes.
WATCH_DAYS: Final = 21
ALERT_DAYS: Final = 7
# Nobody keeps a year: a longer threshold is a slip of the hand.
LONGEST_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Days below which a facility is to be watched, or in alert, from a day on; an empty text means every one."""

    watch_days: int = WATCH_DAYS
    alert_days: int = ALERT_DAYS
    group: str = ""
    region: str = ""
    family: str = ""
    starts_on: date = date.min

    def holds_for(self, *, group: str, region: str, family: str, on: date) -> bool:
        """Tell whether it speaks of a facility's group and region, of a family, on a day."""
        return (
            self.starts_on <= on
            and self.group in {"", group}
            and self.region in {"", region}
            and self.family in {"", family}
        )

    @property
    def precision(self) -> tuple[int, bool, bool, bool, date]:
        """How much it says: the more columns, then family before region before group, then the later."""
        said = (bool(self.family), bool(self.region), bool(self.group))
        return (sum(said), *said, self.starts_on)


DEFAULT: Final = Threshold()


def threshold_for(
    thresholds: Iterable[Threshold], *, group: str, region: str, family: str, on: date
) -> Threshold:
    """Return the threshold that holds for a facility's group and region, a family and a day."""
    holding = [
        each
        for each in thresholds
        if each.holds_for(group=group, region=region, family=family, on=on)
    ]
    return max(holding, key=lambda each: each.precision, default=DEFAULT)
