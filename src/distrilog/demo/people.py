"""
The people of the demonstration: who they are, where they work, how they log in.

Their names say their role: nobody here exists. They are found by the stand-in for PLAGE in
`demo-accounts.json`, and linked to their person by the same subject, their login.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from distrilog.domain.accounts.models import Person, Token
from distrilog.domain.accounts.queries import actor_of_profile, actor_of_token, profiles_of
from distrilog.domain.accounts.rules import DOMAIN, Actor, ProfileClaim, Role
from distrilog.domain.accounts.services import issue_token, revoke_token, sync_profiles
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS


Say = Callable[[str], None]

PASSWORD = "demonstration"  # noqa: S105 - printed on the screen, on this machine only
FILE_NAME = "demo-accounts.json"
OCCITANIE = "76"
HAUTE_GARONNE = "31"
TOKEN_NAME = "Démonstration"  # noqa: S105
TOKEN_LIFE = timedelta(days=365)
TOKEN_MARGIN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """How a facility is chosen in the register: the largest of its kind, or the next ones."""

    group: str
    region: str = OCCITANIE
    route: str = ""
    position: int = 0
    closed: bool = False


PLATFORM = "platform"
NO_SUCH_NUMBER = "999999999"

_HOME = Pick(group="nursing_home", route="operator")
_SECOND_HOME = Pick(group="nursing_home", route="operator", position=1)
_THIRD_HOME = Pick(group="nursing_home", route="operator", position=2)
_PHARMACY = Pick(group="pharmacy")
_LABORATORY = Pick(group="laboratory", route="operator")
_CLOSED_SITE = Pick(group="covid_site", region="", closed=True)
_LONG_AGO = datetime(2020, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One profile as PLAGE would state it; `place` is a rule, a number, or the platform of a territory."""

    role: Role
    place: Pick | str = ""
    perimeter: str = ""
    domain: str = DOMAIN
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """One account. `case` names what it shows, where that is more than its role."""

    login: str
    name: str
    seats: tuple[Seat, ...]
    case: str = ""

    @property
    def key(self) -> str:
        """Its word in the list of accounts and tokens."""
        return self.case or str(self.seats[0].role)


def _one(login: str, name: str, role: Role, **seat: Any) -> DemoPerson:
    return DemoPerson(login=login, name=f"{name} (démonstration)", seats=(Seat(role=role, **seat),))


PEOPLE: tuple[DemoPerson, ...] = (
    _one("ehpad", "Gestionnaire EHPAD", Role.ORDERER, place=_HOME),
    _one("directeur", "Directeur EHPAD", Role.DIRECTOR, place=_HOME),
    _one("plateforme", "Référent établissement support", Role.PLATFORM, place=PLATFORM),
    _one("ars", "ARS Occitanie", Role.ARS, perimeter=OCCITANIE),
    _one("delegation", "Délégation Haute-Garonne", Role.DELEGATION, perimeter=HAUTE_GARONNE),
    _one("cellule", "Cellule nationale", Role.NATIONAL_CELL),
    _one("permanence", "Cadre de permanence", Role.NATIONAL_DUTY),
    _one("spf", "Santé publique France", Role.SPF),
    _one("operateur", "Opérateur logistique", Role.OPERATOR),
    _one("groupement", "Groupement d’achat", Role.CONSORTIUM),
    _one("officine", "Officine", Role.PHARMACY, place=_PHARMACY),
    _one("grossiste", "Grossiste-répartiteur", Role.WHOLESALER),
    _one("assurance-maladie", "Assurance maladie", Role.HEALTH_INSURANCE),
    _one("donateur", "Donateur Occitanie", Role.DONOR, perimeter=f"region:{OCCITANIE}"),
    _one("auditeur", "Auditeur", Role.AUDITOR),
    DemoPerson(
        login="deux-ehpad",
        name="Gestionnaire de deux EHPAD (démonstration)",
        case="two_facilities",
        seats=(
            Seat(role=Role.ORDERER, place=_SECOND_HOME),
            Seat(role=Role.ORDERER, place=_THIRD_HOME),
        ),
    ),
    DemoPerson(
        login="laboratoire",
        name="Gestionnaire de laboratoire (démonstration)",
        case="laboratory",
        seats=(Seat(role=Role.ORDERER, place=_LABORATORY),),
    ),
    DemoPerson(
        login="cellule-et-audit",
        name="Cellule et audit, une seule personne (démonstration)",
        case="cell_and_auditor",
        seats=(Seat(role=Role.NATIONAL_CELL), Seat(role=Role.AUDITOR)),
    ),
    DemoPerson(
        login="profil-expire",
        name="Profil expiré (démonstration)",
        case="expired",
        seats=(Seat(role=Role.ORDERER, place=_HOME, valid_until=_LONG_AGO),),
    ),
    DemoPerson(
        login="autre-domaine",
        name="Profil d’un autre domaine (démonstration)",
        case="foreign_domain",
        seats=(Seat(role=Role.ORDERER, place=_HOME, domain="OVALIDE"),),
    ),
    DemoPerson(
        login="etablissement-inconnu",
        name="Établissement inconnu (démonstration)",
        case="unknown_facility",
        seats=(Seat(role=Role.ORDERER, place=NO_SUCH_NUMBER),),
    ),
    DemoPerson(
        login="etablissement-ferme",
        name="Établissement fermé (démonstration)",
        case="closed_facility",
        seats=(Seat(role=Role.ORDERER, place=_CLOSED_SITE),),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays the story: one prepares, another signs, and some facilities are left to the visitor."""

    prepares: Actor
    signs: Actor
    sparing: set[str] = field(default_factory=set)


def accounts_file() -> Path:
    """Return where the accounts are kept, readable by their owner only."""
    return Path(settings.HOME) / FILE_NAME


def load_people(*, at: datetime, say: Say) -> Cast:
    """
    Make the persons, their profiles and one API token each; write the accounts for the stand-in.

    Doing it again changes nothing, but for tokens whose secret is lost: they are replaced.
    """
    secrets = _known_secrets()
    accounts: list[dict[str, Any]] = []
    tokens: dict[str, str] = {}
    actors: dict[str, Actor] = {}
    with transaction.atomic():
        for person in PEOPLE:
            claims = [_claim(seat, at=at) for seat in person.seats]
            accounts.append(_account(person, claims))
            actor = _load(person, claims, at=at)
            if actor is not None:
                actors[person.key] = actor
                tokens[person.key] = _token(actor, secret=secrets.get(person.key, ""), at=at)
    _write({"accounts": accounts, "tokens": tokens})
    say(f"Comptes : {len(accounts)} personnes, {len(tokens)} clés d’API")
    return Cast(
        prepares=actors[Role.NATIONAL_CELL],
        signs=actors[Role.NATIONAL_DUTY],
        sparing={
            profile["facility"]
            for account in accounts
            for profile in account["profiles"]
            if profile["facility"]
        },
    )


def _claim(seat: Seat, *, at: datetime) -> ProfileClaim:
    return ProfileClaim(
        role=str(seat.role),
        facility=_registry(seat.place, at=at),
        perimeter=seat.perimeter,
        domain=seat.domain,
        valid_until=seat.valid_until,
    )


def _registry(place: Pick | str, *, at: datetime) -> str:
    if isinstance(place, Pick):
        return _picked(place, at=at)
    if place != PLATFORM:
        return place
    territory = (
        Territory.objects.filter(region_id=OCCITANIE, platform__isnull=False)
        .select_related("platform")
        .order_by("code")
        .first()
    )
    if territory is None or territory.platform is None:
        raise LookupError("No platform in the demonstration's region: is the country loaded?")
    return territory.platform.registry


def _picked(pick: Pick, *, at: datetime) -> str:
    today = at.astimezone(PARIS).date()
    found = Facility.objects.filter(category__group=pick.group)
    if pick.region:
        found = found.filter(department__region_id=pick.region)
    if pick.route:
        found = found.filter(route=pick.route)
    found = found.filter(closed_on__lte=today) if pick.closed else found.open_on(today)
    largest = found.annotate(size=Sum("capacities__places", default=0)).order_by(
        "-size", "registry"
    )
    registries = largest.values_list("registry", flat=True)[pick.position : pick.position + 1]
    if not registries:
        raise LookupError(f"No facility for {pick}: is the country loaded?")
    return registries[0]


def _account(person: DemoPerson, claims: list[ProfileClaim]) -> dict[str, Any]:
    return {
        "login": person.login,
        "password": PASSWORD,
        "name": person.name,
        "role": person.key,
        "facility": claims[0].facility or None,
        "profiles": [
            {
                "role": claim.role,
                "facility": claim.facility,
                "perimeter": claim.perimeter,
                "domain": claim.domain,
                "valid_until": claim.valid_until.isoformat() if claim.valid_until else None,
            }
            for claim in claims
        ],
    }


def _load(person: DemoPerson, claims: list[ProfileClaim], *, at: datetime) -> Actor | None:
    """Make the person as its first login would; return who acts under its first usable profile."""
    link = SocialAccount.objects.filter(provider="plage", uid=person.login).first()
    if link is None:
        made = Person.objects.create_user(name=person.name)
        link = SocialAccount.objects.create(provider="plage", uid=person.login, user=made)
    known: Person = link.user
    sync_profiles(person=known, claims=claims, at=at)
    usable = profiles_of(person=known, at=at)
    if not usable:
        return None
    return actor_of_profile(person_id=known.pk, profile_id=usable[0].pk, at=at)


def _token(actor: Actor, *, secret: str, at: datetime) -> str:
    """Return a live token of the profile: the one whose secret is known, else a new one."""
    found = actor_of_token(secret=secret, at=at + TOKEN_MARGIN)
    if found is not None and found.profile == actor.profile:
        return secret
    lost = Token.objects.filter(profile_id=actor.profile, name=TOKEN_NAME, revoked_at__isnull=True)
    for token in lost:
        revoke_token(actor=actor, token_id=token.pk, at=at)
    return issue_token(actor=actor, name=TOKEN_NAME, expires_at=at + TOKEN_LIFE, at=at).secret


def _known_secrets() -> Mapping[str, str]:
    try:
        found = json.loads(accounts_file().read_text())["tokens"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return dict(found)


def _write(content: Mapping[str, Any]) -> None:
    """Write the file whole or not at all; `mkstemp` gives it to its owner only."""
    path = accounts_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = mkstemp(dir=path.parent)
    with open(descriptor, "w") as file:  # noqa: PTH123 - a descriptor, not a path
        json.dump(content, file, ensure_ascii=False, indent=1)
    Path(name).replace(path)


def orderer_of(facility: Facility) -> Actor:
    """Return somebody who orders and receives for a facility of the story; its department is read."""
    return Actor(
        person="demo",
        profile=0,
        role=Role.ORDERER,
        scope=Scope(kind=ScopeKind.FACILITY, code=facility.registry),
        facility_id=facility.pk,
        registry=facility.registry,
        region=facility.department.region_id,
        name="Démonstration",
    )
