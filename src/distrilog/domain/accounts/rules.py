"""
What a role may do. One table, read by services; whatever is not written here is denied.

Scope (where) and grant (what) are both checked below HTTP: `Actor.require` for the deed,
`Actor.scope` handed to queries for the rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from distrilog.kernel.refusals import Forbidden
from distrilog.kernel.scopes import Scope, ScopeKind


DOMAIN = "DISTRILOG"
TOKEN_PREFIX = "dl_"  # noqa: S105 - what every secret starts with, so that leaks can be searched for


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
    STOCK_MANAGE = "stock.manage"
    RECALL_DECLARE = "recall.declare"
    RECEIPT_RECORD = "receipt.record"
    CLAIM_READ = "claim.read"
    CLAIM_SETTLE = "claim.settle"
    OUTAGE_DECLARE = "outage.declare"
    PARTNER_WATCH = "partner.watch"
    DECLARATION_READ = "declaration.read"
    DECLARATION_MAKE = "declaration.make"
    DECLARATION_DELEGATE = "declaration.delegate"
    COVER_READ = "cover.read"
    THRESHOLD_SET = "threshold.set"
    ROLLOUT_MANAGE = "rollout.manage"
    REMINDER_SEND = "reminder.send"
    RESUPPLY_READ = "resupply.read"
    RESUPPLY_ASK = "resupply.ask"
    AID_LEND = "aid.lend"
    RESUPPLY_DECIDE = "resupply.decide"
    RESUPPLY_HAND_OUT = "resupply.hand-out"
    RESUPPLY_VALIDATE = "resupply.validate"
    PLAN_READ = "plan.read"
    PLAN_PREPARE = "plan.prepare"
    PLAN_SHARE = "plan.share"
    PLAN_ADJUST = "plan.adjust"
    CHANGE_ASK = "change.ask"
    EMERGENCY_PUSH = "push.emergency"
    PROGRAMME_MANAGE = "programme.manage"
    PLATFORM_RUN = "platform.run"
    INCIDENT_TELL = "incident.tell"
    INCIDENT_DEAL = "incident.deal"
    PERIMETER_READ = "perimeter.read"
    PERIMETER_MANAGE = "perimeter.manage"
    CIRCUIT_MANAGE = "circuit.manage"
    REGIONAL_READ = "regional.read"
    REGIONAL_MANAGE = "regional.manage"
    REGIONAL_RELEASE = "regional.release"
    GIFT_READ = "gift.read"
    GIFT_DECLARE = "gift.declare"
    REPORT_READ = "report.read"
    MESSAGE_SEND = "message.send"
    TRACE_READ = "trace.read"
    ACCOUNT_INVITE = "account.invite"
    TOKEN_OWN = "token.own"  # noqa: S105 - the name of a right


_COMMON = frozenset({Deed.DOCTRINE_READ, Deed.REGIME_READ, Deed.TOKEN_OWN})
_FACILITY = _COMMON | {
    Deed.FACILITY_READ,
    Deed.QUOTA_READ,
    Deed.ORDER_READ,
    Deed.ORDER_PLACE,
    Deed.RECEIPT_RECORD,
    Deed.CLAIM_READ,
    Deed.DECLARATION_READ,
    Deed.DECLARATION_MAKE,
    Deed.RESUPPLY_READ,
    Deed.RESUPPLY_ASK,
    Deed.AID_LEND,
    Deed.PLAN_READ,
    Deed.CHANGE_ASK,
}
_AGENCY = _COMMON | {
    Deed.FACILITY_READ,
    Deed.QUOTA_READ,
    Deed.ORDER_READ,
    Deed.REPORT_READ,
    Deed.RUN_READ,
    Deed.CLAIM_READ,
    Deed.COVER_READ,
    Deed.PLAN_READ,
}
# A facility's own figures are for its people, its platform, its agency and the cell: not for an auditor.
_WATCHING = _AGENCY | {
    Deed.DECLARATION_READ,
    Deed.RESUPPLY_READ,
    Deed.PERIMETER_READ,
    Deed.REGIONAL_READ,
    Deed.GIFT_READ,
    Deed.INCIDENT_TELL,
}
_NATIONAL = _WATCHING | {
    Deed.REGISTER_IMPORT,
    Deed.REGISTER_SIGN,
    Deed.RUN_PREPARE,
    Deed.RUN_SIGN,
    Deed.REGIME_PREPARE,
    Deed.REGIME_SIGN,
    Deed.DOCTRINE_PREPARE,
    Deed.DOCTRINE_SIGN,
    Deed.STOCK_READ,
    Deed.RECALL_DECLARE,
    Deed.OUTAGE_DECLARE,
    Deed.PARTNER_WATCH,
    Deed.MESSAGE_SEND,
    Deed.TRACE_READ,
    Deed.ACCOUNT_INVITE,
    Deed.THRESHOLD_SET,
    Deed.ROLLOUT_MANAGE,
    Deed.REMINDER_SEND,
    Deed.RESUPPLY_VALIDATE,
    Deed.PLAN_PREPARE,
    Deed.PLAN_SHARE,
    Deed.EMERGENCY_PUSH,
    Deed.PROGRAMME_MANAGE,
    Deed.INCIDENT_DEAL,
    Deed.CIRCUIT_MANAGE,
}

GRANTS: dict[Role, frozenset[Deed]] = {
    Role.ORDERER: _FACILITY,
    Role.DIRECTOR: _FACILITY | {Deed.ACCOUNT_INVITE, Deed.DECLARATION_DELEGATE},
    Role.PLATFORM: _FACILITY
    | {Deed.PLATFORM_RUN, Deed.INCIDENT_TELL, Deed.PERIMETER_READ, Deed.GIFT_READ},
    Role.ARS: _WATCHING
    | {
        Deed.ORDER_FROM_POT,
        Deed.MESSAGE_SEND,
        Deed.ACCOUNT_INVITE,
        Deed.THRESHOLD_SET,
        Deed.REMINDER_SEND,
        Deed.RESUPPLY_DECIDE,
        Deed.RESUPPLY_HAND_OUT,
        Deed.PLAN_ADJUST,
        Deed.CHANGE_ASK,
        Deed.INCIDENT_DEAL,
        Deed.PERIMETER_MANAGE,
        Deed.REGIONAL_MANAGE,
    },
    Role.DELEGATION: _WATCHING | {Deed.RESUPPLY_HAND_OUT, Deed.REGIONAL_RELEASE},
    Role.NATIONAL_CELL: _NATIONAL,
    Role.NATIONAL_DUTY: _NATIONAL,
    Role.SPF: _COMMON
    | {
        Deed.ORDER_READ,
        Deed.FACILITY_READ,
        Deed.STOCK_READ,
        Deed.STOCK_MANAGE,
        Deed.RECALL_DECLARE,
        Deed.CLAIM_READ,
        Deed.CLAIM_SETTLE,
        Deed.PARTNER_WATCH,
    },
    Role.OPERATOR: _COMMON
    | {Deed.ORDER_READ, Deed.FACILITY_READ, Deed.CLAIM_READ, Deed.CLAIM_SETTLE, Deed.PARTNER_WATCH},
    Role.CONSORTIUM: _COMMON,
    Role.PHARMACY: _COMMON | {Deed.FACILITY_READ},
    Role.WHOLESALER: _COMMON,
    Role.HEALTH_INSURANCE: _COMMON,
    Role.DONOR: _COMMON | {Deed.GIFT_READ, Deed.GIFT_DECLARE},
    Role.AUDITOR: _AGENCY | {Deed.STOCK_READ, Deed.TRACE_READ},
}


FACILITY_ROLES = frozenset({Role.ORDERER, Role.DIRECTOR, Role.PLATFORM, Role.PHARMACY})
COUNTRY_ROLES = frozenset(
    {Role.NATIONAL_CELL, Role.NATIONAL_DUTY, Role.SPF, Role.OPERATOR, Role.AUDITOR}
)
# The route whose orders an executor reads; other roles read those of every route in their scope.
ROUTES: dict[Role, str] = {Role.SPF: "spf", Role.OPERATOR: "operator"}

_NOTHING = Scope(kind=ScopeKind.NOTHING)
_COUNTRY = Scope(kind=ScopeKind.COUNTRY)
_DONOR_SCOPES = {
    "region": ScopeKind.REGION,
    "department": ScopeKind.DEPARTMENT,
    "prefecture": ScopeKind.DEPARTMENT,
}


def scope_of(*, role: Role, perimeter: str = "", registry: str = "", territory: str = "") -> Scope:
    """
    Return what a profile sees of the country; a role that no line names sees nothing.

    `perimeter` is a region code for an ARS, a department code for a delegation and `region:76`,
    `department:31`, `prefecture:31` or `profession:…` for a donor. `territory` is the one whose
    platform the facility `registry` is; a referent of a facility that is no platform sees it alone.
    """
    if role in COUNTRY_ROLES:
        return _COUNTRY
    if role in FACILITY_ROLES:
        return _scope_of_facility(role=role, registry=registry, territory=territory)
    if role is Role.ARS:
        return _place(ScopeKind.REGION, perimeter)
    if role is Role.DELEGATION:
        return _place(ScopeKind.DEPARTMENT, perimeter)
    if role is Role.DONOR:
        kind, _colon, code = perimeter.partition(":")
        return _place(_DONOR_SCOPES.get(kind, ScopeKind.NOTHING), code)
    return _NOTHING


def _scope_of_facility(*, role: Role, registry: str, territory: str) -> Scope:
    if role is Role.PLATFORM and territory:
        return Scope(kind=ScopeKind.TERRITORY, code=territory)
    return _place(ScopeKind.FACILITY, registry)


def _place(kind: ScopeKind, code: str) -> Scope:
    """Make a scope; one without its code must never widen to more."""
    return Scope(kind=kind, code=code) if code and kind is not ScopeKind.NOTHING else _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Somebody acting now, under one profile, read again from the database at this request.

    `person` is the opaque id of the human being: four eyes compare persons, never profiles.
    `facility_id` and `registry` are those of its own facility, `region` the one it lies in.
    `deeds`, where a token was narrowed, is all that is left of the role's grants. `through` is
    `session` or `token:<id>`.
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
    deeds: frozenset[str] | None = None

    @property
    def by(self) -> str:
        """The opaque id that traces keep."""
        return self.person

    @property
    def order_scope(self) -> Scope:
        """
        Where it may place orders: a platform referent sees its territory but orders for its own facility.

        An ARS orders from its pot for any facility of its region.
        """
        if self.may(Deed.ORDER_PLACE):
            return _place(ScopeKind.FACILITY, self.registry)
        return self.scope if self.may(Deed.ORDER_FROM_POT) else _NOTHING

    @property
    def route(self) -> str:
        """The only fulfilment route whose orders it reads; empty when every route."""
        return ROUTES.get(self.role, "")

    def may(self, deed: Deed) -> bool:
        """Tell whether this role, through this token, may do this at all."""
        return deed in GRANTS[self.role] and (self.deeds is None or deed in self.deeds)

    def require(self, deed: Deed) -> None:
        """Refuse unless this role, through this token, may do this."""
        if deed not in GRANTS[self.role]:
            raise Forbidden(
                detail=f"Le rôle « {ROLE_NAMES[self.role]} » ne permet pas cette action."
            )
        if not self.may(deed):
            raise Forbidden(detail="Cette clé d’API n’a pas reçu ce droit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileClaim:
    """
    One profile as the identity provider states it.

    `facility` is a registry number or empty, `perimeter` is read by `scope_of`, `valid_until` is
    aware or `None` when it never ends. `role` is kept as given: a role we do not know is no role.
    """

    role: str
    facility: str = ""
    perimeter: str = ""
    domain: str = DOMAIN
    valid_until: datetime | None = None


class Outcome(StrEnum):
    """What a login leads to: somewhere to work, or one of three explanations."""

    READY = "ready"
    FOREIGN_DOMAIN = "foreign-domain"
    EXPIRED = "expired"
    UNKNOWN_FACILITY = "unknown-facility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The profiles that may be used now; where there is none, the outcome says why."""

    outcome: Outcome
    usable: tuple[ProfileClaim, ...] = ()


def judge(
    *, claims: Sequence[ProfileClaim], open_registries: Collection[str], at: datetime
) -> Judgement:
    """
    Keep the claims that open a door, or tell the nearest reason why none does.

    A claim must be of our domain and of a role we know, not be expired, and, for a facility role,
    name a facility of the register that is not closed.
    """
    ours = [claim for claim in claims if claim.domain == DOMAIN and claim.role in set(Role)]
    if not ours:
        return Judgement(outcome=Outcome.FOREIGN_DOMAIN)
    current = [claim for claim in ours if claim.valid_until is None or claim.valid_until > at]
    if not current:
        return Judgement(outcome=Outcome.EXPIRED)
    usable = tuple(
        claim
        for claim in current
        if claim.role not in FACILITY_ROLES or claim.facility in open_registries
    )
    if not usable:
        return Judgement(outcome=Outcome.UNKNOWN_FACILITY)
    return Judgement(outcome=Outcome.READY, usable=usable)


def token_digest(secret: str) -> bytes:
    """Return what is kept of a token: its SHA-256. The secret has 256 random bits, so no salt."""
    return sha256(secret.encode()).digest()


class SameSigner(Forbidden):
    """Deux personnes différentes doivent préparer et signer."""

    slug = "same-signer"


def require_second_person(*, prepared_by: str, signed_by: str) -> None:
    """Refuse a signature by the person who prepared: two profiles of one person are one person."""
    if prepared_by == signed_by:
        raise SameSigner(
            detail="Vous avez préparé cette décision : une autre personne doit la signer."
        )
