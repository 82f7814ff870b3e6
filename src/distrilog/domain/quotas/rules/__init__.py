"""How a scarce envelope becomes quotas: pure integer arithmetic, no database, no clock."""

from distrilog.domain.quotas.rules.adjustments import (
    Pots,
    apply_multipliers,
    caps_for,
    floors_for,
    split_pots,
)
from distrilog.domain.quotas.rules.claims import (
    BOX_LIMIT,
    CARRIED_LIMIT,
    CLAIM_COUNT_LIMIT,
    ENVELOPE_LIMIT,
    NEED_LIMIT,
    THOUSANDTHS,
    TOTAL_NEED_LIMIT,
    UNITS_LIMIT,
    Claims,
    Reason,
    Shares,
)
from distrilog.domain.quotas.rules.counting import SILENT, Counted, counted_stock
from distrilog.domain.quotas.rules.fairness import Fairness, fairness, weeks_without
from distrilog.domain.quotas.rules.sentences import ShareLine, explain, line_at
from distrilog.domain.quotas.rules.sharing import share_out


__all__ = [
    "BOX_LIMIT",
    "CARRIED_LIMIT",
    "CLAIM_COUNT_LIMIT",
    "ENVELOPE_LIMIT",
    "NEED_LIMIT",
    "SILENT",
    "THOUSANDTHS",
    "TOTAL_NEED_LIMIT",
    "UNITS_LIMIT",
    "Claims",
    "Counted",
    "Fairness",
    "Pots",
    "Reason",
    "ShareLine",
    "Shares",
    "apply_multipliers",
    "caps_for",
    "counted_stock",
    "explain",
    "fairness",
    "floors_for",
    "line_at",
    "share_out",
    "split_pots",
    "weeks_without",
]
