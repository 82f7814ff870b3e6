"""What may be put in a plan: volumes that are there, from the zone's own sources, under a rank that is free."""

from collections.abc import Iterator, Mapping

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Plan, Programme
from distrilog.domain.distribution.queries.needs import SOURCES
from distrilog.domain.facilities.models import Zone
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault
from distrilog.kernel.weeks import Week


def volume_faults(*, volumes: Mapping[str, Mapping[str, int]], zone: Zone) -> Iterator[Fault]:
    """Yield what is wrong with units by family and source: unknown, of another zone, above the usable stock."""
    families = frozenset(Family.objects.values_list("code", flat=True))
    places = {place.code: place for place in Place.objects.filter(kind__in=SOURCES)}
    usable = stock.available()
    if not any(units for sources in volumes.values() for units in sources.values()):
        yield Fault(
            where="volumes",
            message="Aucun volume n’est donné : il n’y a rien à répartir.",
            remedy="Donner un volume pour au moins une famille.",
        )
    for family, sources in volumes.items():
        if family not in families:
            yield Fault(where=f"volumes.{family}", message=f"Famille inconnue : « {family[:30]} ».")
            continue
        for source, units in sources.items():
            yield from _source_faults(
                where=f"volumes.{family}.{source}",
                source=source,
                place=places.get(source),
                zone=zone,
                units=units,
                there=usable.get((source, family), 0),
            )


def _source_faults(
    *, where: str, source: str, place: Place | None, zone: Zone, units: int, there: int
) -> Iterator[Fault]:
    if place is None:
        yield Fault(where=where, message=f"Lieu inconnu : « {source[:30]} ».")
    elif place.zone_id != zone.pk:
        yield Fault(
            where=where,
            message=f"« {place.name} » sert une autre zone que « {zone.name} ».",
            remedy="Choisir un lieu de la zone du plan.",
        )
    elif not 0 <= units <= there:
        yield Fault(
            where=where,
            message=f"Le volume de {units} unités dépasse le stock utilisable : {there}.",
            remedy=f"Ne pas dépasser {there} unités.",
            values={"asked": units, "left": there},
        )


def number_faults(
    *, week: Week, zone: Zone, number: int, programme: Programme | None
) -> Iterator[Fault]:
    """Yield a fault where a week's plan of a rank stands already."""
    standing = Plan.objects.filter(
        week=str(week), zone=zone, number=number, programme=programme
    ).exclude(state=Plan.State.ABANDONED)
    if standing.exists():
        yield Fault(
            where="number",
            message=f"La semaine {week} a déjà un plan n° {number} ({zone.name}).",
            remedy="Abandonner ce plan, ou choisir le rang suivant.",
        )
