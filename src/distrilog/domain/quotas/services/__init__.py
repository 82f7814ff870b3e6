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
from distrilog.domain.quotas.services.preparing import WrongState, abandon, prepare
from distrilog.domain.quotas.services.previewing import preview
from distrilog.domain.quotas.services.publishing import RunAlreadyPublished, SealBroken, publish
from distrilog.domain.quotas.services.signing import InputsChanged, export, sign, signing_key


__all__ = [
    "DrawingRefused",
    "InputsChanged",
    "LockedQuota",
    "RunAlreadyPublished",
    "SealBroken",
    "WrongState",
    "abandon",
    "add_ordered",
    "add_ordered_pots",
    "expire",
    "expire_all",
    "export",
    "lock_pots",
    "lock_quotas",
    "prepare",
    "preview",
    "publish",
    "sign",
    "signing_key",
]
