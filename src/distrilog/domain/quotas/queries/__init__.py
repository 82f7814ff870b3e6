"""Questions about runs, shares, quotas and pots."""

from distrilog.domain.quotas.queries.previews import (
    Change,
    Preview,
    RegionPreview,
    SharePreview,
    WithoutBox,
)
from distrilog.domain.quotas.queries.quotas import (
    Explanation,
    Position,
    QuotaLine,
    explanation,
    in_place,
    of_facility,
    position,
    pots_of,
)
from distrilog.domain.quotas.queries.runs import (
    FamilyWeek,
    Overview,
    get,
    in_force,
    named_run,
    preview_of,
    run_overview,
    runs,
    suggested_envelopes,
)
from distrilog.domain.quotas.queries.sealed import StocksNotPublic, refuse_stocks, sealed_files
from distrilog.domain.quotas.queries.sources import sources_of
from distrilog.domain.quotas.queries.stock import usable_stock


__all__ = [
    "Change",
    "Explanation",
    "FamilyWeek",
    "Overview",
    "Position",
    "Preview",
    "QuotaLine",
    "RegionPreview",
    "SharePreview",
    "StocksNotPublic",
    "WithoutBox",
    "explanation",
    "get",
    "in_force",
    "in_place",
    "named_run",
    "of_facility",
    "position",
    "pots_of",
    "preview_of",
    "refuse_stocks",
    "run_overview",
    "runs",
    "sealed_files",
    "sources_of",
    "suggested_envelopes",
    "usable_stock",
]
