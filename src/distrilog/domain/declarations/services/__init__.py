"""Actions: declare, import, delegate, judge, enrol, remind; what many facilities said is rolled up in `rolling`."""

from distrilog.domain.declarations.rules import Said, Trouble
from distrilog.domain.declarations.services.declaring import (
    Conflict,
    Declared,
    KeyReused,
    ToConfirm,
    declare,
)
from distrilog.domain.declarations.services.delegating import end_delegate, name_delegate
from distrilog.domain.declarations.services.enrolling import Enrolled, enrol, let_off
from distrilog.domain.declarations.services.giving import (
    GiftKeyReused,
    ImportedGifts,
    NewGift,
    declare_gift,
    import_gifts,
    withdraw_gift,
)
from distrilog.domain.declarations.services.importing import Imported, import_file
from distrilog.domain.declarations.services.judging import (
    follow_doctrine,
    mark_seen,
    rebuild_targets,
    set_threshold,
)
from distrilog.domain.declarations.services.reminding import Reminded, remind


__all__ = [
    "Conflict",
    "Declared",
    "Enrolled",
    "GiftKeyReused",
    "Imported",
    "ImportedGifts",
    "KeyReused",
    "NewGift",
    "Reminded",
    "Said",
    "ToConfirm",
    "Trouble",
    "declare",
    "declare_gift",
    "end_delegate",
    "enrol",
    "follow_doctrine",
    "import_file",
    "import_gifts",
    "let_off",
    "mark_seen",
    "name_delegate",
    "rebuild_targets",
    "remind",
    "set_threshold",
    "withdraw_gift",
]
