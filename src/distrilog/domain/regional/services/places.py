"""Whose region an actor's is, where its stock may lie, and what takes units off a shelf."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Territory
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Owner, Place
from distrilog.domain.stock.rules import DOOR, MOVEMENT_LIMIT, Kind, Status, first_expired_first_out
from distrilog.domain.stock.services import Movement, NotEnoughStock
from distrilog.domain.stock.services.places import open_platform, open_regional_store
from distrilog.kernel.refusals import Fault, Forbidden, NotFound
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.weeks import PARIS


WORDS_LENGTH: Final = 300
# The key of an issue adds its kind to it.
KEY_LENGTH: Final = 50
_PLATFORM: Final = "ght-"


def own_region(actor: Actor) -> str:
    """Return the code of the region that an agency acts for; refuses anybody else."""
    if actor.scope.kind is not ScopeKind.REGION:
        raise Forbidden(detail="Le stock d’une région se gère par son agence.")
    return actor.scope.code


def own_store(*, region: str) -> tuple[Place, Owner]:
    """Return the store of a region and its agency as an owner, opened where missing."""
    try:
        return open_regional_store(region=region)
    except LookupError as error:
        raise NotFound(detail="Cette région n’est pas connue du registre.") from error


def region_of_place(place: str) -> str:
    """Return the code of the region where a place of regional stock lies; empty for any other place."""
    if place.startswith(_PLATFORM):
        found = Territory.objects.filter(pk=place.removeprefix(_PLATFORM)).first()
        return found.region_id if found else ""
    return place.removeprefix("reg-") if place.startswith("reg-") else ""


def store_in(*, region: str, place: str) -> Place:
    """Return a place of a region: its own store where none is named, or a platform's, opened where missing."""
    if not place or place == f"reg-{region}":
        return own_store(region=region)[0]
    if region_of_place(place) == region and place.startswith(_PLATFORM):
        try:
            return open_platform(territory=place.removeprefix(_PLATFORM))
        except LookupError:
            pass
    raise NotFound(Fault(where="place", message="Ce lieu n’est pas dans votre région."))


def family_faults(family: str) -> Iterator[Fault]:
    """Say whether a family is not known."""
    if not Family.objects.filter(pk=family).exists():
        yield Fault(where="family", message=f"Famille inconnue : « {family[:30]} ».")


def units_faults(units: object, *, where: str = "units") -> Iterator[Fault]:
    """Say whether units are no whole number above nothing."""
    if type(units) is not int or not 0 < units <= MOVEMENT_LIMIT:
        yield Fault(where=where, message="Il faut un nombre entier d’unités, au moins 1.")


def words_faults(
    where: str, words: str, *, length: int = WORDS_LENGTH, required: bool = True
) -> Iterator[Fault]:
    """Say whether words are missing, too long, or hold what no database keeps."""
    if required and not words.strip():
        yield Fault(where=where, message="Ce champ ne peut pas être vide.")
    if len(words.strip()) > length or "\0" in words:
        yield Fault(where=where, message=f"Ce texte compte au plus {length} caractères lisibles.")


def taken(*, place: str, owner: str, family: str, units: int, at: datetime) -> dict[int, int]:
    """
    Return units by lot to take off a shelf, what expires first first, and keep others from it until the end.

    What is promised is the ledger's to refuse. Raises `NotEnoughStock` with what is there.
    """
    batches = stock.batches(place=place, families=[family], owner=owner, lock=True)[family]
    lots = first_expired_first_out(units=units, batches=batches, on=at.astimezone(PARIS).date())
    there = sum(lots.values())
    if there < units:
        raise NotEnoughStock(
            Fault(
                where="units",
                message=f"Il n’y a ici que {there} unités utilisables de cette famille, sur {units}.",
                remedy="Réduire la quantité, ou attendre une arrivée.",
                values={"asked": units, "left": there},
            )
        )
    return lots


def to_door(
    *,
    place: str,
    owner: str,
    lots: dict[int, int],
    about: str,
    reason: str,
    posts: str = "",
) -> list[Movement]:
    """Return the entries of units that leave a place for somebody and reach him at once."""
    movements = []
    for lot, units in sorted(lots.items()):
        leaves = Movement(
            key=f"{about}:{lot}:out",
            kind=Kind.ISSUE,
            lot=lot,
            units=units,
            place=place,
            owner=owner,
            source=Status.AVAILABLE,
            target=Status.IN_TRANSIT,
            posts=posts,
            about=about,
            reason=reason,
        )
        arrives = Movement(
            key=f"{about}:{lot}:door",
            kind=Kind.DELIVERY,
            lot=lot,
            units=units,
            place=place,
            owner=owner,
            source=Status.IN_TRANSIT,
            target=Status.DELIVERED,
            to=DOOR,
            about=about,
            reason=reason,
        )
        movements += [leaves, arrives]
    return movements
