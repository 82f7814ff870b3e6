"""A run's life, and what orders draw on."""

from distrilog.domain.quotas.services.drawing import (
    DrawingRefused,
    LockedQuota,
    add_ordered,
    add_ordered_pots,
    lock_pots,
    lock_quotas,
)


__all__ = [
    "DrawingRefused",
    "LockedQuota",
    "add_ordered",
    "add_ordered_pots",
    "lock_pots",
    "lock_quotas",
]
