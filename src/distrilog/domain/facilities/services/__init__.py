"""Actions on the register: import a file and sign what waits; contacts, attachments, temporary sites, circuits."""

from distrilog.domain.facilities.services.attaching import attach
from distrilog.domain.facilities.services.circuits import (
    CircuitEnded,
    CircuitProposal,
    end_circuit,
    seed_circuits,
    set_circuit,
)
from distrilog.domain.facilities.services.contacts import (
    Appointment,
    ReferentEnded,
    appoint_referent,
    end_referent,
)
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
from distrilog.domain.facilities.services.sites import NotTemporary, Site, close_site, open_site


__all__ = [
    "Appointment",
    "CircuitEnded",
    "CircuitProposal",
    "FileRefused",
    "ImportNotWaiting",
    "NotTemporary",
    "Outcome",
    "ReferentEnded",
    "RegisterChanged",
    "SamePerson",
    "Site",
    "appoint_referent",
    "attach",
    "close_site",
    "end_circuit",
    "end_referent",
    "import_delta",
    "open_site",
    "seed_circuits",
    "set_circuit",
    "sign_import",
    "turn_down_import",
]
