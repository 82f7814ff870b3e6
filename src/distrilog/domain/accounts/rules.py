"""
What a role may do. One table, read by services; whatever is not written here is denied.

Scope (where) and grant (what) are both checked below HTTP: `Actor.require` for the deed,
`Actor.scope` handed to queries for the rows.
"""

from dataclasses import dataclass
from enum import StrEnum

from distrilog.kernel.refusals import Forbidden
from distrilog.kernel.scopes import Scope


class Role(StrEnum):
    """The roles of rows A9 and A10 of the mission."""

    ORDERER = "orderer"
    DIRECTOR = "director"
    PLATFORM = "platform"
    ARS = "ars"
    DELEGATION = "delegation"
    NATIONAL_CELL = "national_cell"
    NATIONAL_DUTY = "national_duty"
    SPF = "spf"
    OPERATOR = "operator"
    CONSORTIUM = "consortium"
    PHARMACY = "pharmacy"
    WHOLESALER = "wholesaler"
    HEALTH_INSURANCE = "health_insurance"
    DONOR = "donor"
    AUDITOR = "auditor"


ROLE_NAMES: dict[Role, str] = {
    Role.ORDERER: "Gestionnaire des commandes",
    Role.DIRECTOR: "Directeur d’établissement",
    Role.PLATFORM: "Référent d’établissement support",
    Role.ARS: "Agence régionale de santé",
    Role.DELEGATION: "Délégation départementale",
    Role.NATIONAL_CELL: "Cellule nationale",
    Role.NATIONAL_DUTY: "Cadre de permanence de la cellule nationale",
    Role.SPF: "Santé publique France",
    Role.OPERATOR: "Opérateur logistique",
    Role.CONSORTIUM: "Groupement d’achat",
    Role.PHARMACY: "Officine",
    Role.WHOLESALER: "Grossiste-répartiteur",
    Role.HEALTH_INSURANCE: "Assurance maladie",
    Role.DONOR: "Donateur",
    Role.AUDITOR: "Auditeur",
}


class Deed(StrEnum):
    """What somebody may be allowed to do."""

    FACILITY_READ = "facility.read"
    REGISTER_IMPORT = "register.import"
    REGISTER_SIGN = "register.sign"
    QUOTA_READ = "quota.read"
    ORDER_READ = "order.read"
    ORDER_PLACE = "order.place"
    ORDER_FROM_POT = "order.from-pot"
    RUN_READ = "run.read"
    RUN_PREPARE = "run.prepare"
    RUN_SIGN = "run.sign"
    REGIME_READ = "regime.read"
    REGIME_PREPARE = "regime.prepare"
    REGIME_SIGN = "regime.sign"
    DOCTRINE_READ = "doctrine.read"
    DOCTRINE_PREPARE = "doctrine.prepare"
    DOCTRINE_SIGN = "doctrine.sign"
    STOCK_READ = "stock.read"
    REPORT_READ = "report.read"
    MESSAGE_SEND = "message.send"
    TRACE_READ = "trace.read"
    TOKEN_OWN = "token.own"  # noqa: S105 - the name of a right


_COMMON = frozenset({Deed.DOCTRINE_READ, Deed.REGIME_READ, Deed.TOKEN_OWN})
_FACILITY = _COMMON | {Deed.FACILITY_READ, Deed.QUOTA_READ, Deed.ORDER_READ, Deed.ORDER_PLACE}
_AGENCY = _COMMON | {
    Deed.FACILITY_READ,
    Deed.QUOTA_READ,
    Deed.ORDER_READ,
    Deed.REPORT_READ,
    Deed.RUN_READ,
}
_NATIONAL = _AGENCY | {
    Deed.REGISTER_IMPORT,
    Deed.REGISTER_SIGN,
    Deed.RUN_PREPARE,
    Deed.RUN_SIGN,
    Deed.REGIME_PREPARE,
    Deed.REGIME_SIGN,
    Deed.DOCTRINE_PREPARE,
    Deed.DOCTRINE_SIGN,
    Deed.STOCK_READ,
    Deed.MESSAGE_SEND,
    Deed.TRACE_READ,
}

GRANTS: dict[Role, frozenset[Deed]] = {
    Role.ORDERER: _FACILITY,
    Role.DIRECTOR: _FACILITY,
    Role.PLATFORM: _COMMON
    | {Deed.FACILITY_READ, Deed.QUOTA_READ, Deed.ORDER_READ, Deed.ORDER_PLACE},
    Role.ARS: _AGENCY | {Deed.ORDER_FROM_POT, Deed.MESSAGE_SEND},
    Role.DELEGATION: _AGENCY,
    Role.NATIONAL_CELL: _NATIONAL,
    Role.NATIONAL_DUTY: _NATIONAL,
    Role.SPF: _COMMON | {Deed.ORDER_READ, Deed.STOCK_READ, Deed.FACILITY_READ},
    Role.OPERATOR: _COMMON | {Deed.ORDER_READ, Deed.FACILITY_READ},
    Role.CONSORTIUM: _COMMON,
    Role.PHARMACY: _COMMON | {Deed.FACILITY_READ},
    Role.WHOLESALER: _COMMON,
    Role.HEALTH_INSURANCE: _COMMON,
    Role.DONOR: _COMMON,
    Role.AUDITOR: _AGENCY | {Deed.STOCK_READ, Deed.TRACE_READ},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Somebody acting now, under one profile, read again from the database at this request.

    `person` is the opaque id of the human being: four eyes compare persons, never profiles.
    `order_scope` is where orders may be placed: a platform referent sees its territory but orders
    for its own facility only.
    """

    person: str
    profile: int
    role: Role
    scope: Scope
    facility_id: int | None = None
    registry: str = ""
    region: str = ""
    name: str = ""
    through: str = "session"

    @property
    def by(self) -> str:
        """The opaque id that traces keep."""
        return self.person

    def may(self, deed: Deed) -> bool:
        """Tell whether this role may do this at all."""
        return deed in GRANTS[self.role]

    def require(self, deed: Deed) -> None:
        """Refuse unless this role may do this."""
        if not self.may(deed):
            raise Forbidden(
                detail=f"Le rôle « {ROLE_NAMES[self.role]} » ne permet pas cette action."
            )


class SameSigner(Forbidden):
    """Deux personnes différentes doivent préparer et signer."""

    slug = "same-signer"


def require_second_person(*, prepared_by: str, signed_by: str) -> None:
    """Refuse a signature by the person who prepared: two profiles of one person are one person."""
    if prepared_by == signed_by:
        raise SameSigner(
            detail="Vous avez préparé cette décision : une autre personne doit la signer."
        )
