"""What leaves a region's stock for somebody: by its delegation on an outbreak, in urgency, directly. Once a key, with its motive."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.text import slugify

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.facilities.models import Department, Facility
from distrilog.domain.regional.models import Issue, Receiver
from distrilog.domain.regional.services.places import (
    KEY_LENGTH,
    family_faults,
    own_region,
    own_store,
    store_in,
    taken,
    to_door,
    units_faults,
    words_faults,
)
from distrilog.domain.regional.services.sharing import issue_about
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.services import KeyReused, move
from distrilog.domain.stock.services.places import open_delegation
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


CODE_LENGTH: Final = 40
MOST_SITES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom units are for: a facility by its registry number, or a receiver by its code; exactly one."""

    facility: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """Units about to leave a shelf, and by what word."""

    kind: str
    place: Place
    owner: str
    family: str
    units: int
    motive: str
    key: str
    outbreak_on: date | None = None

    @property
    def unique(self) -> str:
        """The key of the issue: no kind takes another's."""
        return f"{self.kind}:{self.key}"


@traced("déstockage sur foyer")
@transaction.atomic
def release(
    *,
    actor: Actor,
    place: str,
    family: str,
    units: int,
    facility: str,
    motive: str,
    outbreak_on: date | None = None,
    key: str,
    at: datetime,
) -> Issue:
    """
    Give a facility units that a delegation keeps at a platform, on an outbreak there or its designation (no date): by this delegation alone.

    Row C10. Released again under its key, nothing changes. Raises `Invalid`, `NotEnoughStock`, NotFound for a facility of another department.
    """
    actor.require(Deed.REGIONAL_RELEASE)
    if actor.scope.kind is not ScopeKind.DEPARTMENT:
        raise Forbidden(detail="Le stock d’une délégation se déstocke par elle seule.")
    faults = list(_faults(family=family, units=units, motive=motive, key=key))
    if outbreak_on is not None and outbreak_on > at.astimezone(PARIS).date():
        faults.append(Fault(where="outbreak_on", message="Un foyer est signalé un jour passé."))
    if faults:
        raise Invalid(*faults)
    department = actor.scope.code
    region = Department.objects.get(pk=department).region_id
    leaving = _Leaving(
        kind=Issue.Kind.RELEASE,
        place=store_in(region=region, place=place),
        owner=open_delegation(department=department).pk,
        family=family,
        units=units,
        motive=motive,
        key=key,
        outbreak_on=outbreak_on,
    )
    return _issue(
        actor, leaving, whom=lambda: _within(actor, Recipient(facility=facility), region), at=at
    )


@traced("sortie urgente du stock régional")
@transaction.atomic
def issue_urgently(
    *,
    actor: Actor,
    to: Recipient,
    family: str,
    units: int,
    motive: str,
    key: str,
    place: str = "",
    at: datetime,
) -> Issue:
    """
    Serve at once a case that national supply does not cover (row E3), from the region's store or what it has at a platform.

    Once a key. Raises `Invalid`, `NotEnoughStock` (what a plan is promised is not given twice), NotFound outside the region.
    """
    return _by_agency(
        actor, Issue.Kind.URGENT, to, family=family, units=units, motive=motive, key=key,
        place=place, at=at,
    )  # fmt: skip


@traced("livraison directe")
@transaction.atomic
def deliver_directly(
    *,
    actor: Actor,
    receiver: str,
    family: str,
    units: int,
    motive: str,
    key: str,
    place: str = "",
    at: datetime,
) -> Issue:
    """Deliver to a receiver that no platform serves: a consultation centre, laboratories, a profession's council (row E6). Once a key."""
    return _by_agency(
        actor, Issue.Kind.DIRECT, Recipient(receiver=receiver), family=family, units=units,
        motive=motive, key=key, place=place, at=at,
    )  # fmt: skip


def _by_agency(
    actor: Actor,
    kind: str,
    to: Recipient,
    *,
    family: str,
    units: int,
    motive: str,
    key: str,
    place: str,
    at: datetime,
) -> Issue:
    actor.require(Deed.REGIONAL_MANAGE)
    region = own_region(actor)
    faults = list(_faults(family=family, units=units, motive=motive, key=key))
    if faults:
        raise Invalid(*faults)
    leaving = _Leaving(
        kind=kind,
        place=store_in(region=region, place=place),
        owner=own_store(region=region)[1].pk,
        family=family,
        units=units,
        motive=motive,
        key=key,
    )
    return _issue(actor, leaving, whom=lambda: _within(actor, to, region), at=at)


def _faults(*, family: str, units: int, motive: str, key: str) -> Iterator[Fault]:
    yield from family_faults(family)
    yield from units_faults(units)
    yield from words_faults("motive", motive)
    yield from words_faults("key", key, length=KEY_LENGTH)


Whom = tuple[Facility | None, Receiver | None]


def _within(actor: Actor, to: Recipient, region: str) -> Whom:
    """Return the facility of the actor's scope, or the receiver of the region; NotFound where there is not exactly one."""
    facility = receiver = None
    if to.facility and not to.receiver:
        facility = Facility.objects.within(actor.scope).filter(registry=to.facility).first()
    elif to.receiver and not to.facility:
        receiver = Receiver.objects.filter(code=to.receiver, region=region).first()
    if facility is None and receiver is None:
        raise NotFound(Fault(where="to", message="Ce destinataire n’est pas dans votre périmètre."))
    return facility, receiver


def _issue(actor: Actor, leaving: _Leaving, *, whom: Callable[[], Whom], at: datetime) -> Issue:
    facility, receiver = whom()
    # The shelf is held first: of two that take the last box, the second sees the first.
    if known := _known(leaving, facility, receiver):
        return known
    lots = taken(
        place=leaving.place.pk,
        owner=leaving.owner,
        family=leaving.family,
        units=leaving.units,
        at=at,
    )
    if known := _known(leaving, facility, receiver):
        return known
    # After this point, the units must leave, or be promised elsewhere.

    issue = Issue.objects.create(
        key=leaving.unique,
        kind=leaving.kind,
        place=leaving.place,
        owner_id=leaving.owner,
        family_id=leaving.family,
        units=leaving.units,
        facility=facility,
        receiver=receiver,
        motive=leaving.motive.strip(),
        outbreak_on=leaving.outbreak_on,
        by=actor.by,
        at=at,
    )
    issue.lots.set(lots)
    movements = to_door(
        place=leaving.place.pk,
        owner=leaving.owner,
        lots=lots,
        about=issue_about(issue.key),
        reason=issue.motive,
    )
    move(movements=movements, by=actor.by, at=at)
    return issue


def _known(leaving: _Leaving, facility: Facility | None, receiver: Receiver | None) -> Issue | None:
    """Return the issue of this key; refuse it for another one."""
    found = Issue.objects.filter(key=leaving.unique).first()
    if found is None:
        return None
    if (found.kind, found.owner_id, found.family_id, found.units, found.facility, found.receiver) != (
        leaving.kind, leaving.owner, leaving.family, leaving.units, facility, receiver,
    ):  # fmt: skip
        raise KeyReused(Fault(where="key", message="Cette clé est celle d’une autre sortie."))
    return found


@traced("destinataire direct")
@transaction.atomic
def register_receiver(
    *,
    actor: Actor,
    name: str,
    kind: str,
    code: str = "",
    department: str = "",
    sites: int = 1,
    at: datetime,  # noqa: ARG001 - told with the change
) -> Receiver:
    """Write down somebody served directly; again under its code, its name, kind and number of sites are those said last."""
    actor.require(Deed.REGIONAL_MANAGE)
    region = own_region(actor)
    code = (code or slugify(f"{region}-{name}"))[:CODE_LENGTH].strip("-")
    faults = [
        *words_faults("name", name, length=160),
        *words_faults("kind", kind, length=80),
        *words_faults("code", code, length=CODE_LENGTH),
        *units_faults(sites, where="sites"),
    ]
    if department and not Department.objects.filter(pk=department, region=region).exists():
        faults.append(Fault(where="department", message="Ce département n’est pas de la région."))
    if type(sites) is int and sites > MOST_SITES:
        faults.append(Fault(where="sites", message="Ce nombre de sites est trop grand."))
    known = Receiver.objects.filter(code=code).first()
    if known is not None and known.region_id != region:
        faults.append(Fault(where="code", message="Ce code est celui d’une autre région."))
    if faults:
        raise Invalid(*faults)
    # After this point, the receiver must be written.

    receiver, _ = Receiver.objects.update_or_create(
        code=code,
        defaults={
            "name": name.strip(),
            "region_id": region,
            "department_id": department or None,
            "kind": kind.strip(),
            "sites": sites,
        },
    )
    return receiver
