"""What a form is filled with before anybody types. Pure."""

from dataclasses import dataclass

from distrilog.kernel.weeks import Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """
    What was said of a family before a week: last, in units, and usually.

    `consumption` is None where a band was said; `usual` is the mean of the last weeks' consumptions,
    rounded down, None where none was said. `delivered` counts the units received since, None where nobody knows.
    """

    week: Week
    stock: int
    consumption: int | None = None
    usual: int | None = None
    delivered: int | None = None


def suggested_stock(*, past: Past, week: Week) -> int:
    """Return what should be left in a week: the last stock, less a consumption each week since, and what came; never below 0."""
    weeks = (week.monday - past.week.monday).days // 7
    return max(0, past.stock - weeks * (past.consumption or 0) + (past.delivered or 0))
