"""Questions about runs, shares and quotas."""

from distrilog.domain.quotas.queries.previews import (
    Change,
    Preview,
    RegionPreview,
    SharePreview,
    WithoutBox,
)
from distrilog.domain.quotas.queries.sealed import sealed_files
from distrilog.domain.quotas.queries.stock import discrepancies, usable_stock


__all__ = [
    "Change",
    "Preview",
    "RegionPreview",
    "SharePreview",
    "WithoutBox",
    "discrepancies",
    "sealed_files",
    "usable_stock",
]
