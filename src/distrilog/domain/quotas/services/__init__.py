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
    FacilityShare,
    RegionShare,
    carry,
    cut_units,
    follow_routes,
    hand_back,
    published_runs,
    resupply_key,
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
from distrilog.domain.quotas.services.replacing import prepare_replacement
from distrilog.domain.quotas.services.signing import InputsChanged, export, sign, signing_key


__all__ = [
    "Carried",
    "DrawingRefused",
    "FacilityShare",
    "InputsChanged",
    "LockedQuota",
    "RegionShare",
    "RunAlreadyPublished",
    "SealBroken",
    "WrongState",
    "abandon",
    "add_ordered",
    "add_ordered_pots",
    "carry",
    "cut_units",
    "expire",
    "expire_all",
    "export",
    "follow_routes",
    "hand_back",
    "lock_pots",
    "lock_quotas",
    "prepare",
    "prepare_replacement",
    "preview",
    "publish",
    "published_runs",
    "reservation_key",
    "resupply_key",
    "return_units",
    "sign",
    "signing_key",
]
