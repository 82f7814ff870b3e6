"""Actions: declare, import, delegate, judge; what many facilities said is rolled up in `rolling`."""

from distrilog.domain.declarations.rules import Said, Trouble
from distrilog.domain.declarations.services.declaring import (
    Conflict,
    Declared,
    KeyReused,
    ToConfirm,
    declare,
)
from distrilog.domain.declarations.services.delegating import end_delegate, name_delegate
from distrilog.domain.declarations.services.importing import Imported, import_file
from distrilog.domain.declarations.services.judging import (
    follow_doctrine,
    mark_seen,
    rebuild_targets,
    set_threshold,
)


__all__ = [
    "Conflict",
    "Declared",
    "Imported",
    "KeyReused",
    "Said",
    "ToConfirm",
    "Trouble",
    "declare",
    "end_delegate",
    "follow_doctrine",
    "import_file",
    "mark_seen",
    "name_delegate",
    "rebuild_targets",
    "set_threshold",
]
