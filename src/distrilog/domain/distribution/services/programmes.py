"""Special flows: a programme decided, its sites named, its own plans computed by its own rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Plan, Programme, ProgrammeSite
from distrilog.domain.distribution.services.volumes import number_faults, volume_faults
from distrilog.domain.distribution.services.writing import Asked, write_family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Facility, Zone
from distrilog.domain.quotas.rules import NEED_LIMIT
from distrilog.domain.stock.services.faults import text_faults, units_faults
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


MAINLAND: Final = "metropole"
CODE_LENGTH: Final = 30
TITLE_LENGTH: Final = 120
SOURCE_LENGTH: Final = 300
MOST_WEEKS: Final = 52
Rule = Programme.Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a programme is: for whom the text says it is (`source`), how a site's units come, from when to when, how often."""

    code: str
    title: str
    family: str
    rule: str
    starts_on: date
    source: str
    units: int = 0
    ends_on: date | None = None
    every_weeks: int = 1
    once: bool = False


@traced("programme décidé")
@transaction.atomic
def decide_programme(*, actor: Actor, decision: Decision, at: datetime) -> Programme:
    """Open a programme; its sites are enrolled afterwards. Raises `Invalid` with every fault at once."""
    actor.require(Deed.PROGRAMME_MANAGE)
    faults = list(_decision_faults(decision))
    if faults:
        raise Invalid(*faults)
    # After this point, the decision must succeed.

    return Programme.objects.create(
        code=decision.code,
        title=decision.title.strip(),
        family_id=decision.family,
        rule=decision.rule,
        units=decision.units,
        starts_on=decision.starts_on,
        ends_on=decision.ends_on,
        every_weeks=decision.every_weeks,
        once=decision.once,
        source=decision.source.strip(),
        decided_by=actor.by,
        decided_at=at,
    )


def _decision_faults(decision: Decision) -> Iterator[Fault]:
    if not _is_slug(decision.code):
        yield Fault(
            where="code", message="Un code a 1 à 30 lettres sans accent, chiffres ou tirets."
        )
    elif Programme.objects.filter(pk=decision.code).exists():
        yield Fault(where="code", message=f"Le programme « {decision.code} » existe déjà.")
    yield from text_faults("title", decision.title, length=TITLE_LENGTH)
    yield from text_faults("source", decision.source, length=SOURCE_LENGTH)
    if not Family.objects.filter(pk=decision.family).exists():
        yield Fault(where="family", message=f"Famille inconnue : « {decision.family[:30]} ».")
    if decision.rule not in Rule.values:
        yield Fault(where="rule", message=f"Règle inconnue : « {decision.rule[:20]} ».")
    least = 0 if decision.rule == Rule.NAMED else 1
    yield from units_faults(decision.units, least=least)
    if decision.ends_on is not None and decision.ends_on < decision.starts_on:
        yield Fault(where="ends_on", message="Le programme finit avant de commencer.")
    if not 1 <= decision.every_weeks <= MOST_WEEKS:
        yield Fault(where="every_weeks", message=f"La fréquence va de 1 à {MOST_WEEKS} semaines.")


def _is_slug(code: str) -> bool:
    plain = code.replace("-", "").replace("_", "")
    return plain.isascii() and plain.isalnum() and len(code) <= CODE_LENGTH


@traced("sites d’un programme")
@transaction.atomic
def enrol_sites(
    *, actor: Actor, code: str, sites: Mapping[str, int], at: datetime
) -> list[ProgrammeSite]:
    """
    Enrol sites by registry number with their size (or units, where the rule names them); a size of zero takes one out.

    A site enrolled again takes the new size. Raises `Invalid` with every fault at once.
    """
    actor.require(Deed.PROGRAMME_MANAGE)
    programme = _locked(code)
    known = dict(Facility.objects.filter(registry__in=sites).values_list("registry", "pk"))
    faults = [
        Fault(where=f"sites.{registry}", message=f"Aucun établissement « {registry[:20]} ».")
        for registry in sites
        if registry not in known
    ]
    for registry, size in sites.items():
        faults += units_faults(size, where=f"sites.{registry}", least=0)
        if not faults and size * max(1, _multiplier(programme)) > NEED_LIMIT:
            faults.append(Fault(where=f"sites.{registry}", message="Cette taille est trop grande."))
    if faults:
        raise Invalid(*faults)
    # After this point, the enrolment must succeed.

    del at
    out = [known[registry] for registry, size in sites.items() if not size]
    ProgrammeSite.objects.filter(programme=programme, facility__in=out).delete()
    return ProgrammeSite.objects.bulk_create(
        [
            ProgrammeSite(programme=programme, facility_id=known[registry], size=size)
            for registry, size in sites.items()
            if size
        ],
        update_conflicts=True,
        unique_fields=["programme", "facility"],
        update_fields=["size"],
    )


@traced("fin d’un programme")
@transaction.atomic
def end_programme(*, actor: Actor, code: str, on: date, at: datetime) -> Programme:
    """Say the last day of a programme; no plan of it starts afterwards, those prepared go on."""
    actor.require(Deed.PROGRAMME_MANAGE)
    programme = _locked(code)
    if on < programme.starts_on:
        raise Invalid(Fault(where="on", message="Le programme finirait avant de commencer."))
    # After this point, the end must succeed.

    del at
    programme.ends_on = on
    programme.save(update_fields=["ends_on"])
    return programme


@traced("plan d’un programme préparé")
@transaction.atomic
def prepare_programme(
    *,
    actor: Actor,
    code: str,
    week: Week,
    volumes: Mapping[str, int],
    zone: str = MAINLAND,
    freezes_at: datetime | None = None,
    delivers_on: date | None = None,
    at: datetime,
) -> Plan:
    """
    Compute the plan of a programme for a week, as a draft that lives as any plan: `volumes` are units by source.

    Its sites ask for what its rule gives them, and share what there is when that is less; no weekly need, circuit or floor comes
    in. Raises `Invalid`: not its week, no site, no volume.
    """
    actor.require(Deed.PROGRAMME_MANAGE)
    programme = _locked(code)
    where = Zone.objects.filter(pk=zone).first()
    if where is None:
        raise Invalid(Fault(where="zone", message=f"Zone inconnue : « {zone[:20]} »."))
    sites = _sites(programme, zone=where, on=week.monday)
    by_family = {programme.family_id: volumes}
    faults = [
        *_turn_faults(programme, week=week, zone=where),
        *volume_faults(volumes=by_family, zone=where),
        *number_faults(week=week, zone=where, number=1, programme=programme),
    ]
    if not sites:
        faults.append(Fault(where="sites", message="Ce programme n’a aucun site dans cette zone."))
    if faults:
        raise Invalid(*faults)
    # After this point, the plan must succeed.

    clock = ZoneInfo(where.time_zone)
    frozen = freezes_at or rules.freeze(week=week, zone=clock)
    plan = Plan.objects.create(
        week=str(week),
        zone=where,
        programme=programme,
        title=programme.title,
        doctrine=_doctrine(on=week.monday),
        volumes={family: dict(sources) for family, sources in by_family.items()},
        excluded={"no_platform": [site.registry for site in sites if not site.territory]},
        requests_until=min(rules.cut_off(week=week), frozen),
        freezes_at=frozen,
        delivers_on=delivers_on
        or rules.delivery_day(
            week=week,
            frozen_on=frozen.astimezone(clock).date(),
            lead_time_days=where.lead_time_days,
        ),
        prepared_by=actor.by,
        prepared_at=at,
    )
    write_family(
        plan,
        family=programme.family_id,
        sources=volumes,
        box=programme.family.box_units,
        asked=_asked([site for site in sites if site.territory], programme=programme),
    )
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    facility: int
    registry: str
    size: int
    territory: str


_SITES: Final = """
    SELECT facility.id, facility.registry, site.size, coalesce(territory.code, '')
      FROM distribution_programmesite site
      JOIN facilities_facility facility ON facility.id = site.facility_id
      JOIN facilities_department department ON department.code = facility.department_id
      LEFT JOIN facilities_attachment attachment
        ON attachment.facility_id = facility.id AND attachment.period @> %(on)s::date
      LEFT JOIN facilities_territory territory
        ON territory.code = attachment.territory_id AND territory.platform_id IS NOT NULL
     WHERE site.programme_id = %(programme)s AND department.zone_id = %(zone)s
       AND (facility.opened_on IS NULL OR facility.opened_on <= %(on)s)
       AND (facility.closed_on IS NULL OR facility.closed_on > %(on)s)
     ORDER BY territory.code, facility.registry COLLATE "C"
"""


def _sites(programme: Programme, *, zone: Zone, on: date) -> list[_Site]:
    with connection.cursor() as cursor:
        cursor.execute(_SITES, {"programme": programme.pk, "zone": zone.pk, "on": on})
        return [
            _Site(facility=facility, registry=registry, size=size, territory=territory)
            for facility, registry, size, territory in cursor.fetchall()
        ]


def _asked(sites: list[_Site], *, programme: Programme) -> Asked:
    sizes = np.array([site.size for site in sites], dtype=np.int64)
    match programme.rule:
        case Rule.PER_SITE:
            need = np.full(len(sites), programme.units, dtype=np.int64)
        case Rule.PER_SIZE:
            need = sizes * programme.units
        case _:
            need = sizes
    nothing = np.zeros_like(need)
    return Asked(
        ids=np.array([site.facility for site in sites], dtype=np.int64),
        keys=np.array([site.registry.encode() for site in sites], dtype="S20"),
        territories=np.array([site.territory for site in sites], dtype="U12"),
        by_doctrine=nothing,
        need=need,
        given=nothing,
        already=nothing,
        missing=nothing,
        floor=nothing,
        carried=nothing,
    )


def _multiplier(programme: Programme) -> int:
    return programme.units if programme.rule == Rule.PER_SIZE else 1


def _turn_faults(programme: Programme, *, week: Week, zone: Zone) -> Iterator[Fault]:
    first = Week.of(programme.starts_on)
    over = programme.ends_on is not None and week.monday > programme.ends_on
    if week < first or over:
        yield Fault(
            where="week",
            message=f"Le programme « {programme.title} » n’est pas en cours la semaine {week}.",
        )
    elif (week.monday - first.monday).days // 7 % programme.every_weeks:
        yield Fault(
            where="week",
            message=f"Ce programme livre toutes les {programme.every_weeks} semaines depuis {first} : pas la semaine {week}.",
        )
    if programme.once:
        done = (
            Plan.objects.filter(programme=programme, zone=zone)
            .exclude(state=Plan.State.ABANDONED)
            .first()
        )
        if done is not None:
            yield Fault(
                where="week",
                message=f"Ce programme n’a lieu qu’une fois : son plan est celui de la semaine {done.week}.",
            )


def _doctrine(*, on: date) -> DoctrineVersion | None:
    """Return the doctrine in force, for the record; a programme may be older than any."""
    try:
        return doctrines.in_force(on=on)
    except doctrines.NoDoctrine:
        return None


def _locked(code: str) -> Programme:
    found = Programme.objects.select_for_update(of=("self",)).filter(pk=code).first()
    if found is None:
        raise NotFound(Fault(where="programme", message=f"Aucun programme « {code[:30]} »."))
    return found
