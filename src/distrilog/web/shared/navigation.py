"""The main menu, by role. A journey adds its entries here; each names a route."""

from dataclasses import dataclass

from django.urls import reverse

from distrilog.domain.accounts.rules import Actor, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu: its words and its route."""

    label: str
    route: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry made for one page: `current` is true on the page itself and below."""

    label: str
    address: str
    current: bool


_HELP = (Entry("Messages", "facility:messages"), Entry("Aide", "facility:help"))
_FACILITY = (
    Entry("Ma semaine", "facility:home"),
    Entry("Commander", "facility:order"),
    Entry("Commandes", "facility:orders"),
    Entry("Livraisons", "facility:deliveries"),
    Entry("Mon établissement", "facility:sheet"),
    *_HELP,
)
_ACCOUNTS = Entry("Comptes", "accounts:invitations")
_DIRECTOR = (*_FACILITY[:5], _ACCOUNTS, *_HELP)
_PLATFORM = (*_FACILITY[:5], Entry("Mon territoire", "facility:list"), *_HELP)

_EXCHANGES = Entry("Échanges", "partners:exchanges")
_CLAIMS = Entry("Réclamations", "claims:claims")
_EXECUTOR = (
    Entry("Commandes", "facility:orders"),
    _CLAIMS,
    _EXCHANGES,
    Entry("Rapprochement", "partners:stock"),
    *_HELP,
)

_DECISIONS = (
    Entry("Calculs", "decisions:runs"),
    Entry("Régimes", "decisions:regimes"),
    Entry("Calendrier", "decisions:calendar"),
    Entry("Doctrines", "decisions:doctrines"),
)
_STOCK = Entry("Le stock", "stock:overview")
_CONTINUITY = Entry("Continuité", "stock:continuity")
_BOOKS = Entry("Preuves du stock", "transparency:books")
_NATIONAL = (
    Entry("Le pays", "country:week"),
    _STOCK,
    *_DECISIONS,
    Entry("Régions", "region:desk"),
    Entry("Établissements", "facility:list"),
    _CLAIMS,
    _EXCHANGES,
    _CONTINUITY,
    _ACCOUNTS,
    Entry("Journal", "transparency:journal"),
    *_HELP,
)
_AUDITOR = (
    Entry("Transparence", "transparency:overview"),
    _BOOKS,
    *(entry for entry in _NATIONAL if entry not in (_ACCOUNTS, _EXCHANGES, _CONTINUITY)),
)

_AGENCY = (
    Entry("Ma région", "region:desk"),
    Entry("Commander", "region:choose"),
    Entry("Commandes", "facility:orders"),
    _CLAIMS,
    Entry("Rapport", "region:report"),
    Entry("Établissements", "facility:list"),
    _ACCOUNTS,
    *_HELP,
)
_DELEGATION = (
    Entry("Mon département", "region:desk"),
    *(entry for entry in _AGENCY[2:] if entry is not _ACCOUNTS),
)

MENUS: dict[Role, tuple[Entry, ...]] = {
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
}
OTHERS: tuple[Entry, ...] = _HELP
ANONYMOUS: tuple[Entry, ...] = (
    Entry("Accueil", "facility:home"),
    Entry("Transparence", "transparency:overview"),
    Entry("Aide", "facility:help"),
)


def menu(*, actor: Actor | None, path: str) -> list[Link]:
    """Return the links of the menu, the one of the longest matching address marked current."""
    entries = ANONYMOUS if actor is None else MENUS.get(actor.role, OTHERS)
    addresses = [reverse(entry.route) for entry in entries]
    inside = [a for a in addresses if path == a or (a != "/" and path.startswith(a))]
    current = max(inside, key=len, default="")
    return [
        Link(entry.label, address, address == current)
        for entry, address in zip(entries, addresses, strict=True)
    ]
