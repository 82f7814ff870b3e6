"""Actions on the register: import a file, sign what waits."""

from distrilog.domain.facilities.services.importing import (
    FileRefused,
    ImportNotWaiting,
    Outcome,
    RegisterChanged,
    SamePerson,
    import_delta,
    sign_import,
    turn_down_import,
)


__all__ = [
    "FileRefused",
    "ImportNotWaiting",
    "Outcome",
    "RegisterChanged",
    "SamePerson",
    "import_delta",
    "sign_import",
    "turn_down_import",
]
