"""
The main menu, by role: entries, and sections of entries that open a second line. A journey adds its own here.

Seven to nine words on the first line: a person with two minutes reads no more. A section leads to its first entry.
"""

from dataclasses import dataclass

from django.urls import reverse

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.kernel.scopes import ScopeKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu: its words and its route."""

    label: str
    route: str


@dataclass(frozen=True, slots=True)
class Section:
    """A word of the menu that gathers entries, shown below it while one of them is open."""

    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A word of the menu made for one page: `current` on the page itself and below; `below` is a section's entries."""

    label: str
    address: str
    current: bool
    below: tuple["Link", ...] = ()


Item = Entry | Section

_MESSAGES = Entry("Messages", "facility:messages")
_HELP = (_MESSAGES, Entry("Aide", "facility:help"))
_ACCOUNTS = Entry("Comptes", "accounts:invitations")
_GIFTS = Entry("Dons", "donors:gifts")

# A facility: two minutes, a phone.
_SHEET = Entry("Mon établissement", "facility:sheet")
_WEEK: tuple[Item, ...] = (
    Entry("Ma semaine", "facility:home"),
    Entry("Commander", "facility:order"),
    Entry("Commandes", "facility:orders"),
    Section(
        "Livraisons",
        (Entry("Livraisons", "facility:deliveries"), Entry("Ma dotation", "plans:own")),
    ),
    Entry("Déclarer", "declarations:declare"),
    Section(
        "Dépannage",
        (Entry("Mes demandes", "resupply:requests"), Entry("Entraide", "resupply:aid")),
    ),
)
_FACILITY: tuple[Item, ...] = (*_WEEK, _SHEET, *_HELP)
_DIRECTOR: tuple[Item, ...] = (*_WEEK, _SHEET, _ACCOUNTS, *_HELP)
_PLATFORM: tuple[Item, ...] = (
    Section(
        "Ma tournée",
        (
            Entry("Recevoir et remettre", "platform:tour"),
            Entry("Renforts régionaux", "regional:reinforcements"),
            Entry("Ma situation", "platform:situation"),
            Entry("Incidents", "platform:incidents"),
        ),
    ),
    Entry("Ma semaine", "facility:week"),
    *_WEEK[1:],
    Section(
        "Mon territoire",
        (
            _SHEET,
            Entry("Établissements", "facility:list"),
            Entry("Plans", "plans:plans"),
            Entry("Qui va manquer", "cover:facilities"),
            Entry("Difficultés", "cover:difficulties"),
            Entry("Périmètre", "beneficiaries:overview"),
            _GIFTS,
        ),
    ),
    *_HELP,
)

# Those who carry it out.
_EXCHANGES = Entry("Échanges", "partners:exchanges")
_CLAIMS = Entry("Réclamations", "claims:claims")
_STOCK = Entry("Le stock", "stock:overview")
_EXECUTOR: tuple[Item, ...] = (
    Entry("Commandes", "facility:orders"),
    _CLAIMS,
    _EXCHANGES,
    Entry("Rapprochement", "partners:stock"),
    *_HELP,
)

# Agencies and the cell.
_HELPING = Entry("Dépannages", "resupply:open")
_PICTURE = Entry("Carte et prévision", "cover:picture")
_COMPLETENESS = Entry("Qui a déclaré", "cover:completeness")
_THRESHOLDS = Entry("Seuils d’alerte", "cover:thresholds")
_COVER = Section(
    "Couverture",
    (
        _PICTURE,
        Entry("Qui va manquer", "cover:facilities"),
        _COMPLETENESS,
        Entry("Difficultés", "cover:difficulties"),
        _THRESHOLDS,
    ),
)
_REGIONAL = Entry("Stock régional", "regional:situation")
_OF_REGION = Section("Stock régional", (_REGIONAL, _GIFTS))
_PUSHED = (
    Entry("Plans", "plans:plans"),
    Entry("Plateformes", "platform:platforms"),
    Entry("Incidents", "platform:incidents"),
)
_PUSH = Section("Répartition", _PUSHED)
_PUSH_OF_AGENCY = Section(
    "Répartition", (*_PUSHED, Entry("Demandes d’évolution", "plans:requests"))
)
_PUSH_OF_CELL = Section(
    "Répartition",
    (
        *_PUSHED,
        Entry("Envois d’urgence", "plans:urgent"),
        Entry("Programmes", "plans:programmes"),
    ),
)
_COUNTRY = Entry("Le pays", "country:week")
_FACILITIES = Entry("Établissements", "facility:list")
_PERIMETER = Entry("Périmètre", "beneficiaries:overview")
_JOURNAL = Entry("Journal", "transparency:journal")
_REPLAY = Entry("2020 rejoué", "transparency:replay")
_DECISIONS = Section(
    "Décisions",
    (
        Entry("Calculs", "decisions:runs"),
        Entry("Régimes", "decisions:regimes"),
        Entry("Calendrier", "decisions:calendar"),
        Entry("Doctrines", "decisions:doctrines"),
    ),
)
_REGIONS = Entry("Régions", "region:desk")
_TERRITORIES = Section("Territoires", (_REGIONS, _FACILITIES))
_SERVED = Section("Territoires", (_REGIONS, _FACILITIES, _PERIMETER))
_NATIONAL: tuple[Item, ...] = (
    _COUNTRY,
    _DECISIONS,
    _PUSH_OF_CELL,
    Section("Stock", (_STOCK, Entry("Continuité", "stock:continuity"), _REGIONAL, _GIFTS)),
    _SERVED,
    _COVER,
    _HELPING,
    Section("Suivi", (_EXCHANGES, _CLAIMS, _JOURNAL, _ACCOUNTS, _REPLAY)),
    *_HELP,
)
_AUDITOR: tuple[Item, ...] = (
    Section(
        "Transparence",
        (
            Entry("Transparence", "transparency:overview"),
            Entry("Preuves du stock", "transparency:books"),
            _REPLAY,
            Entry("Relire un tableau", "transparency:tables"),
        ),
    ),
    _COUNTRY,
    Section("Décisions", (*_DECISIONS.entries, Entry("Plans", "plans:plans"))),
    _STOCK,
    _TERRITORIES,
    Section("Couverture", (_PICTURE, _COMPLETENESS, _THRESHOLDS)),
    _CLAIMS,
    _JOURNAL,
    *_HELP,
)
_ORDERS = Entry("Commandes", "facility:orders")
_REPORT = Entry("Rapport", "region:report")
_AGENCY: tuple[Item, ...] = (
    Entry("Ma région", "region:desk"),
    _PUSH_OF_AGENCY,
    _OF_REGION,
    _COVER,
    _HELPING,
    Section(
        "Commandes", (_ORDERS, Entry("Commander pour un site", "region:choose"), _REPORT, _CLAIMS)
    ),
    Section("Établissements", (_FACILITIES, _PERIMETER, _ACCOUNTS)),
    *_HELP,
)
_DELEGATION: tuple[Item, ...] = (
    Entry("Mon département", "region:desk"),
    _PUSH,
    _OF_REGION,
    _COVER,
    _HELPING,
    Section("Commandes", (_ORDERS, _REPORT, _CLAIMS)),
    Section("Établissements", (_FACILITIES, _PERIMETER)),
    *_HELP,
)

MENUS: dict[Role, tuple[Item, ...]] = {
    Role.ORDERER: _FACILITY,
    Role.DIRECTOR: _DIRECTOR,
    Role.PLATFORM: _PLATFORM,
    Role.ARS: _AGENCY,
    Role.DELEGATION: _DELEGATION,
    Role.NATIONAL_CELL: _NATIONAL,
    Role.NATIONAL_DUTY: _NATIONAL,
    Role.AUDITOR: _AUDITOR,
    Role.SPF: (_STOCK, *_EXECUTOR),
    Role.OPERATOR: _EXECUTOR,
    Role.DONOR: (_GIFTS, *_HELP),
}
OTHERS: tuple[Item, ...] = _HELP
ANONYMOUS: tuple[Item, ...] = (
    Entry("Accueil", "facility:home"),
    Entry("Transparence", "transparency:overview"),
    Entry("Aide", "facility:help"),
)


def menu(*, actor: Actor | None, path: str) -> list[Link]:
    """Return the words of the menu, the entry of the longest matching address marked current, and its section."""
    items = ANONYMOUS if actor is None else _items(actor)
    addresses = [reverse(entry.route) for item in items for entry in _entries(item)]
    inside = [a for a in addresses if path == a or (a != "/" and path.startswith(a))]
    current = max(inside, key=len, default="")
    return [_word(item, current=current) for item in items]


def _items(actor: Actor) -> tuple[Item, ...]:
    """Return the menu of a role; a platform’s referent whose facility is no platform has a facility’s."""
    if actor.role is Role.PLATFORM and actor.scope.kind is not ScopeKind.TERRITORY:
        return _FACILITY
    return MENUS.get(actor.role, OTHERS)


def _entries(item: Item) -> tuple[Entry, ...]:
    return item.entries if isinstance(item, Section) else (item,)


def _word(item: Item, *, current: str) -> Link:
    links = tuple(_link(entry, current=current) for entry in _entries(item))
    if isinstance(item, Entry):
        return links[0]
    return Link(item.label, links[0].address, any(link.current for link in links), links)


def _link(entry: Entry, *, current: str) -> Link:
    address = reverse(entry.route)
    return Link(entry.label, address, address == current)
