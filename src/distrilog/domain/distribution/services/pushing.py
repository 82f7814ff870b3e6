"""A push at once to one facility, outside every plan (row B14): it takes nothing that was promised to anybody."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import EmergencyPush
from distrilog.domain.distribution.queries.needs import SOURCES
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import DOOR, Kind, Status, first_expired_first_out
from distrilog.domain.stock.services import KeyReused, Movement, NotEnoughStock, move
from distrilog.domain.stock.services.faults import text_faults, units_faults
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


MOTIVE_LENGTH: Final = 300
KEY_LENGTH: Final = 30


@traced("envoi d’urgence")
@transaction.atomic
def push_at_once(
    *,
    actor: Actor,
    registry: str,
    units: Mapping[str, int],
    source: str,
    motive: str,
    key: str,
    at: datetime,
) -> list[EmergencyPush]:
    """
    Send a facility units by family from a State source, now; once a key, and the units leave for its door in the same act.

    Whole boxes, of what nobody was promised: no plan's volume is read nor lowered, what is promised stays. Raises `Invalid` with
    every fault at once, `NotEnoughStock`, or `KeyReused`.
    """
    actor.require(Deed.EMERGENCY_PUSH)
    facility = facilities.get(registry=registry, scope=actor.scope)
    # One push at a time for a facility: sent twice at once, it is known the second time.
    Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
    if known := _known(key, facility=facility, units=units):
        return known
    place = Place.objects.filter(pk=source, kind__in=SOURCES).first()
    faults = list(_faults(units, place=place, source=source, motive=motive, key=key))
    if place is not None and place.zone_id != facility.department.zone_id:
        faults.append(
            Fault(
                where="source",
                message=f"« {place.name} » ne sert pas {facility.name} : autre zone.",
            )
        )
    if facility.closed_on is not None and facility.closed_on <= at.astimezone(PARIS).date():
        faults.append(Fault(where="facility", message=f"{facility.name} est fermé."))
    if faults:
        raise Invalid(*faults)
    lots = _lots(units, source=source, at=at)
    # After this point, only the stock promised meanwhile may refuse.

    pushes = []
    movements = []
    for family, asked in units.items():
        push = EmergencyPush.objects.create(
            key=f"{key}:{family}",
            facility=facility,
            family_id=family,
            source_id=source,
            units=asked,
            motive=motive.strip(),
            by=actor.by,
            at=at,
        )
        push.lots.set(lots[family])
        pushes.append(push)
        for lot, part in lots[family].items():
            movements += _to_door(source=source, lot=lot, units=part, about=push.key)
    move(movements=movements, by=actor.by, at=at)
    return pushes


def _known(key: str, *, facility: Facility, units: Mapping[str, int]) -> list[EmergencyPush]:
    """Return what was pushed under a key, or refuse a key that served for something else."""
    known = list(EmergencyPush.objects.filter(key__startswith=f"{key}:").order_by("pk"))
    same = {each.family_id: each.units for each in known} == dict(units)
    if known and not (same and all(each.facility_id == facility.pk for each in known)):
        raise KeyReused(
            Fault(where="key", message=f"La clé « {key[:40]} » a servi à un autre envoi.")
        )
    return known


def _faults(
    units: Mapping[str, int], *, place: Place | None, source: str, motive: str, key: str
) -> Iterator[Fault]:
    if place is None:
        yield Fault(where="source", message=f"Lieu inconnu : « {source[:30]} ».")
    yield from text_faults("motive", motive, length=MOTIVE_LENGTH)
    yield from text_faults("key", key, length=KEY_LENGTH)
    if not units:
        yield Fault(where="units", message="Rien n’est demandé : choisir au moins une famille.")
    boxes = dict(Family.objects.values_list("code", "box_units"))
    for family, asked in units.items():
        if family not in boxes:
            yield Fault(where=f"units.{family}", message=f"Famille inconnue : « {family[:30]} ».")
            continue
        wrong = list(units_faults(asked, where=f"units.{family}"))
        yield from wrong
        if not wrong and asked % boxes[family]:
            yield Fault(
                where=f"units.{family}",
                message=f"{asked} unités ne font pas des boîtes entières de {boxes[family]}.",
                remedy="Envoyer par boîtes.",
            )


def _lots(units: Mapping[str, int], *, source: str, at: datetime) -> dict[str, dict[int, int]]:
    on = at.astimezone(PARIS).date()
    batches = stock.batches(place=source, families=list(units), lock=True)
    free = stock.available(places=[source])
    faults = []
    lots = {}
    for family, asked in units.items():
        lots[family] = first_expired_first_out(units=asked, batches=batches[family], on=on)
        left = min(sum(lots[family].values()), free.get((source, family), 0))
        if left < asked:
            faults.append(
                Fault(
                    where=f"units.{family}",
                    message=f"Il ne reste que {left} unités qui ne sont promises à personne, sur {asked}.",
                    remedy="Prendre moins, ou un autre lieu.",
                    values={"asked": asked, "left": left},
                )
            )
    if faults:
        raise NotEnoughStock(*faults)
    return lots


def _to_door(*, source: str, lot: int, units: int, about: str) -> list[Movement]:
    key = f"urgent:{about}:{lot}"
    return [
        Movement(
            key=f"{key}:out",
            kind=Kind.ISSUE,
            lot=lot,
            units=units,
            place=source,
            source=Status.AVAILABLE,
            target=Status.IN_TRANSIT,
            about=f"urgent:{about}",
        ),
        Movement(
            key=f"{key}:door",
            kind=Kind.DELIVERY,
            lot=lot,
            units=units,
            place=source,
            source=Status.IN_TRANSIT,
            target=Status.DELIVERED,
            to=DOOR,
            about=f"urgent:{about}",
        ),
    ]
