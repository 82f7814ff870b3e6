"""Whole boxes from sources to platforms to facilities, adjustments within a total, the week's clock. Pure."""

from distrilog.domain.distribution.rules.adjusting import Moved, adjustment_faults
from distrilog.domain.distribution.rules.calendar import (
    cut_off,
    delivery_day,
    freeze,
    week_of_request,
)
from distrilog.domain.distribution.rules.incidents import Kind, dealt_with_by, due
from distrilog.domain.distribution.rules.needing import left_unserved, weeks_supplied
from distrilog.domain.distribution.rules.splitting import by_line, by_source


__all__ = [
    "Kind",
    "Moved",
    "adjustment_faults",
    "by_line",
    "by_source",
    "cut_off",
    "dealt_with_by",
    "delivery_day",
    "due",
    "freeze",
    "left_unserved",
    "week_of_request",
    "weeks_supplied",
]
