"""A run's life (prepare, preview, sign, publish, expire), and what orders draw on."""

from distrilog.domain.quotas.services.drawing import (
    DrawingRefused,
    LockedQuota,
    add_ordered,
    add_ordered_pots,
    lock_pots,
    lock_quotas,
)
from distrilog.domain.quotas.services.expiring import expire, expire_all
from distrilog.domain.quotas.services.moving import (
    Carried,
    carry,
    follow_routes,
    published_runs,
    return_units,
)
from distrilog.domain.quotas.services.preparing import WrongState, abandon, prepare
from distrilog.domain.quotas.services.previewing import preview
from distrilog.domain.quotas.services.publishing import (
    RunAlreadyPublished,
    SealBroken,
    publish,
    reservation_key,
)
from distrilog.domain.quotas.services.signing import InputsChanged, export, sign, signing_key


__all__ = [
    "Carried",
    "DrawingRefused",
    "InputsChanged",
    "LockedQuota",
    "RunAlreadyPublished",
    "SealBroken",
    "WrongState",
    "abandon",
    "add_ordered",
    "add_ordered_pots",
    "carry",
    "expire",
    "expire_all",
    "export",
    "follow_routes",
    "lock_pots",
    "lock_quotas",
    "prepare",
    "preview",
    "publish",
    "published_runs",
    "reservation_key",
    "return_units",
    "sign",
    "signing_key",
]
