"""What a plan's week asks for: the doctrine's need, as agencies changed it, of those whom a platform serves."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Q
from numpy.typing import NDArray

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import needs
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Circuit, Region, Zone
from distrilog.domain.facilities.rules import Features
from distrilog.domain.quotas.rules import THOUSANDTHS, apply_multipliers
from distrilog.domain.regimes import queries as regimes
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.kernel.weeks import Week


Integers = NDArray[np.int64]
Needs = Mapping[str, Integers]

# What a plan may draw on: what the State keeps for the country, or for a zone overseas.
SOURCES: Final = (
    Place.Kind.SPF,
    Place.Kind.REQUISITION,
    Place.Kind.OPERATOR,
    Place.Kind.OVERSEAS,
)
# What annex 3 of MARS n° 2020_87 has people in training supplied with.
_OF_TRAINEES: Final = ("surgical_mask", "ffp2")
# The first of these that a facility's own rule counts is what a person in training counts as.
_COUNTED_AS: Final = (
    ("staff", "caregiver"),
    ("staff", "home_carer"),
    ("staff", "technician"),
    ("places", "places"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Country:
    """
    The facilities of a zone as columns, with what their week asks for, in units by family.

    `by_doctrine` is the doctrine's need; `need` is that need as overrides change it, with the people in training.
    `territories` names the platform's territory of each, empty without one.
    """

    week: Week
    zone: Zone
    doctrine: DoctrineVersion
    features: Features
    territories: NDArray[np.str_]
    by_doctrine: Needs
    need: Needs

    def need_of(self, family: str) -> Integers:
        """Return the need of a family, zero where the doctrine does not know it."""
        return self.need.get(family, np.zeros(len(self.features), dtype=np.int64))

    def doctrine_of(self, family: str) -> Integers:
        """Return the doctrine's own need of a family."""
        return self.by_doctrine.get(family, np.zeros(len(self.features), dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """
    Those a plan serves for one family, as positions in the columns of the country: those of one platform together, by number.

    `unattached` are positions too: they have a need and no platform. `elsewhere` counts those whom another chain serves, by group.
    """

    rows: NDArray[np.intp]
    unattached: NDArray[np.intp]
    elsewhere: Mapping[str, int]


def country(*, week: Week, zone: Zone) -> Country:
    """Read the country on the Monday of a week, and keep a zone of it; a fixed number of statements. Raises `NoDoctrine`."""
    on = week.monday
    version = doctrines.in_force(on=on)
    national = doctrines.national_need(version=version, on=on)
    changed = _overridden(national.units, features=national.features, on=on)
    added = _of_trainees(national.units, features=national.features, version=version, week=week)
    of_zone = np.flatnonzero(national.features.zones == zone.code)
    features = national.features.pick(of_zone)
    return Country(
        week=week,
        zone=zone,
        doctrine=version,
        features=features,
        territories=_territories(features, on=on),
        by_doctrine={family: units[of_zone] for family, units in national.units.items()},
        need={family: (units + added.get(family, 0))[of_zone] for family, units in changed.items()},
    )


def served(*, country: Country, family: str, regions: Collection[str]) -> Served:
    """Say whom a plan serves for a family in some regions: who needs it, whom a platform serves, and who counts in its chain."""
    features = country.features
    asked = (country.need_of(family) > 0) & np.isin(features.regions, sorted(regions))
    chains = facilities.chains(features=features, on=country.week.monday, family=family)
    ours = asked & (chains == Circuit.Chain.PLATFORM.value)
    attached = np.flatnonzero(ours & (country.territories != ""))
    order = np.lexsort((features.registries[attached], country.territories[attached]))
    groups, counts = np.unique(features.groups[asked & ~ours], return_counts=True)
    return Served(
        rows=attached[order],
        unattached=np.flatnonzero(ours & (country.territories == "")),
        elsewhere=dict(zip(groups.tolist(), counts.tolist(), strict=True)),
    )


def pushed_regions(*, week: Week, zone: Zone, fallback: bool = False) -> dict[str, list[str]]:
    """Return the regions of a zone where each family is pushed on a week's Monday, on its clocks; all of them in a fallback."""
    there = sorted(
        Region.objects.filter(departments__zone=zone).distinct().values_list("code", flat=True)
    )
    if fallback:
        return dict.fromkeys(Family.objects.values_list("code", flat=True), there)
    monday = week.moment(weekday=1, clock=time(0), zone=ZoneInfo(zone.time_zone))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for (family, region), standing in sorted(regimes.in_force(at=monday).items()):
        pushed = (RegimeDecision.Regime.TENSION, RegimeDecision.Mode.PUSH)
        if (standing.regime, standing.mode) == pushed and region in there:
            found[family].append(region)
    return dict(found)


def suggested_volumes(
    *, country: Country, regions: Mapping[str, Collection[str]]
) -> dict[str, dict[str, int]]:
    """Return what the stock lets a plan give: by family, the usable stock of each source in order, no more than the need."""
    boxes = dict(Family.objects.values_list("code", "box_units"))
    sources = list(
        Place.objects.filter(zone=country.zone, kind__in=SOURCES)
        .order_by("-kind", "code")
        .values_list("code", flat=True)
    )
    usable = stock.available(places=sources)
    volumes: dict[str, dict[str, int]] = {}
    for family, where in regions.items():
        rows = served(country=country, family=family, regions=where).rows
        box = boxes[family]
        left = int((-(-country.need_of(family)[rows] // box) * box).sum())
        for source in sources:
            units = min(left, usable.get((source, family), 0))
            units -= units % box
            if units:
                volumes.setdefault(family, {})[source] = units
                left -= units
    return volumes


_PLATFORMS: Final = """
    SELECT attachment.facility_id, attachment.territory_id
      FROM facilities_attachment attachment
      JOIN facilities_territory territory ON territory.code = attachment.territory_id
     WHERE attachment.period @> %s::date AND territory.platform_id IS NOT NULL
"""


def _territories(features: Features, *, on: date) -> NDArray[np.str_]:
    with connection.cursor() as cursor:
        cursor.execute(_PLATFORMS, [on])
        known = dict(cursor.fetchall())
    return np.array([known.get(pk, "") for pk in features.ids.tolist()], dtype="U12")


def spread(values: Mapping[int, int], *, features: Features, absent: int = 0) -> Integers:
    """Put values known by facility id at the facility's row; `absent` elsewhere."""
    if not values:
        return np.full(len(features), absent, dtype=np.int64)
    return np.array([values.get(pk, absent) for pk in features.ids.tolist()], dtype=np.int64)


def _overridden(units: Needs, *, features: Features, on: date) -> dict[str, Integers]:
    """Change needs as agencies said for a while; what is said of the family wins over what is said of all."""
    by_family: defaultdict[str, dict[int, int]] = defaultdict(dict)
    said = Override.objects.filter(period__contains=on)
    for facility, family, per_mille in said.values_list("facility_id", "family", "per_mille"):
        by_family[family][facility] = per_mille
    if not by_family:
        return dict(units)
    return {
        family: apply_multipliers(
            need=need,
            thousandths=spread(
                by_family[""] | by_family[family], features=features, absent=THOUSANDTHS
            ),
        )
        for family, need in units.items()
    }


def _of_trainees(
    units: Needs, *, features: Features, version: DoctrineVersion, week: Week
) -> dict[str, Integers]:
    """
    Return what people in training add to the need of who supplies them, the weeks they are supplied (row B18).

    Each counts as one more of the people (or of the places) that the facility's own rule counts, for masks alone.
    """
    people = _people_supplied(week)
    if not people:
        return {}
    heads = spread(people, features=features)
    added = {family: np.zeros(len(features), dtype=np.int64) for family in _OF_TRAINEES}
    waiting = heads > 0
    for table, name in _COUNTED_AS:
        more = needs(
            rule_set=version.rule_set,
            parameters=version.parameters,
            features=_with(features, table=table, name=name, heads=np.where(waiting, heads, 0)),
        )
        counted = np.zeros(len(features), dtype=np.bool_)
        for family in _OF_TRAINEES:
            extra = np.where(waiting, np.maximum(more[family] - units[family], 0), 0)
            added[family] += extra
            counted |= extra > 0
        waiting &= ~counted
    return added


def _people_supplied(week: Week) -> dict[int, int]:
    """Return persons times weeks by facility id."""
    found: defaultdict[int, int] = defaultdict(int)
    sunday = week.plus(1).monday
    open_then = Trainees.objects.filter(
        Q(period__endswith__isnull=True) | Q(period__endswith__gt=week.monday),
        period__startswith__lt=sunday,
    )
    for each in open_then:
        weeks = rules.weeks_supplied(
            week=week,
            starts_on=each.period.lower,
            ends_before=each.period.upper,
            every_weeks=each.every_weeks,
        )
        if weeks:
            found[each.facility_id] += each.headcount * weeks
    return dict(found)


def _with(features: Features, *, table: str, name: str, heads: Integers) -> Features:
    """Return the features with more people, or more places."""
    known = features.staff if table == "staff" else features.places
    more = {**known, name: known.get(name, np.zeros(len(features), dtype=np.int64)) + heads}
    return replace(features, staff=more) if table == "staff" else replace(features, places=more)
