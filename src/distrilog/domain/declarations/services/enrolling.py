"""Asking facilities to declare, wave by wave (row F3 of the mission), set-wise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.models import Enrolment, Mailing, Wave
from distrilog.domain.declarations.rules.rollout import MAILINGS, WAVES_2020
from distrilog.domain.declarations.services import rolling
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS, Week


# A list by hand; a whole category is a wave.
MOST_NAMED: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What enrolling a wave did: how many are asked for the first time, or again, and how many were already."""

    wave: str
    since: date
    added: int
    already: int


_REACH: Final = {
    Wave.Reach.PLATFORMS: "EXISTS (SELECT FROM facilities_territory WHERE platform_id = facility.id)",
    Wave.Reach.HOSPITALS: "category.\"group\" = 'hospital'",
    Wave.Reach.EVERYONE: "category.\"group\" <> 'pharmacy'",
}
# Who was asked before stays in its wave; who had been let off is asked again.
_ENROL: Final = """
    WITH meant AS (
        SELECT facility.id FROM facilities_facility facility
        JOIN facilities_category category ON category.code = facility.category_id
        WHERE {reach} AND (facility.closed_on IS NULL OR facility.closed_on > %(today)s)
            AND (%(registries)s::text[] IS NULL OR facility.registry = ANY (%(registries)s))
    ), added AS (
        INSERT INTO declarations_enrolment AS enrolment (facility_id, wave_id, since)
        SELECT id, %(wave)s, %(since)s FROM meant ORDER BY id
        ON CONFLICT (facility_id) DO UPDATE
            SET wave_id = excluded.wave_id, since = excluded.since, until = NULL
            WHERE enrolment.until <= excluded.since
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM meant)
"""


@transaction.atomic
def seed_rollout() -> None:
    """Write the three waves of 2020 and the days of automatic e-mails where they are missing; change nothing else."""
    for fact in WAVES_2020:
        Wave.objects.get_or_create(
            code=fact.code,
            defaults={
                "name": fact.name,
                "starts_on": fact.starts_on,
                "position": fact.position,
                "reach": fact.reach,
            },
        )
    if not Mailing.objects.exists():
        Mailing.objects.bulk_create(
            Mailing(kind=fact.kind, weekday=fact.weekday, clock=fact.clock) for fact in MAILINGS
        )


@traced("enrôlement")
@transaction.atomic
def enrol(
    *,
    actor: Actor,
    wave: str,
    at: datetime,
    since: date | None = None,
    registries: Sequence[str] | None = None,
) -> Enrolled:
    """
    Ask the facilities a wave reaches to declare, from its day on or from `since`; of all, or of those named.

    Doing it again asks only those that are new. In one statement, whatever their number. Raises NotFound without
    such a wave, Invalid with every number that is not that of an open facility.
    """
    actor.require(Deed.ROLLOUT_MANAGE)
    found = _locked(wave)
    faults = _unknown(registries, at=at)
    if faults:
        raise Invalid(*faults)
    since = since or found.starts_on
    # After this point, the enrolment must succeed.

    return _enrol(found, since=since, registries=registries, at=at)


@transaction.atomic
def follow_register(*, at: datetime) -> int:
    """Ask those that a wave under way reaches and that opened since, from today on; return how many."""
    today = at.astimezone(PARIS).date()
    begun = Wave.objects.filter(starts_on__lte=today, enrolments__isnull=False).distinct()
    waves = sorted(begun, key=lambda wave: (wave.position, wave.code))
    return sum(_enrol(wave, since=today, registries=None, at=at).added for wave in waves)


@traced("fin d’enrôlement")
@transaction.atomic
def let_off(*, actor: Actor, registries: Sequence[str], until: date, at: datetime) -> int:
    """No longer ask some facilities from a day on; they may still declare. Return how many were asked."""
    actor.require(Deed.ROLLOUT_MANAGE)
    faults = _unknown(registries, at=None)
    if faults:
        raise Invalid(*faults)
    rows = Enrolment.objects.filter(facility__registry__in=registries, until__isnull=True)
    # After this point, it must succeed.

    ended = rows.update(until=until)
    rolling.mark_stale_since(week=Week.of(until), at=at)
    return ended


def _locked(code: str) -> Wave:
    wave = Wave.objects.select_for_update(of=("self",)).filter(pk=code[:20]).first()
    if wave is None:
        raise NotFound(Fault(where="wave", message=f"Aucune vague « {code[:20]} »."))
    return wave


def _enrol(wave: Wave, *, since: date, registries: Sequence[str] | None, at: datetime) -> Enrolled:
    # Who is named is meant, whatever the wave reaches by itself.
    reach = _REACH[Wave.Reach(wave.reach if registries is None else Wave.Reach.EVERYONE)]
    with connection.cursor() as cursor:
        cursor.execute(
            _ENROL.format(reach=reach),
            {
                "wave": wave.pk,
                "since": since,
                "today": at.astimezone(PARIS).date(),
                "registries": None if registries is None else list(registries),
            },
        )
        added, meant = cursor.fetchone()
    if added:
        rolling.mark_stale_since(week=Week.of(since), at=at)
    return Enrolled(wave=wave.pk, since=since, added=added, already=meant - added)


def _unknown(registries: Sequence[str] | None, *, at: datetime | None) -> list[Fault]:
    """Return a fault for each number that no facility has, or whose facility is closed at the moment."""
    if registries is None:
        return []
    if len(registries) > MOST_NAMED:
        return [
            Fault(
                where="registries",
                message=f"{len(registries)} établissements : au plus {MOST_NAMED} à la fois.",
                remedy="Enrôler une vague entière.",
            )
        ]
    rows = Facility.objects.filter(registry__in=registries)
    if at is not None:
        rows = rows.open_on(at.astimezone(PARIS).date())
    known = set(rows.values_list("registry", flat=True))
    return [
        Fault(
            where=f"registries.{rank}",
            message=f"Aucun établissement ouvert ne porte le numéro « {registry[:20]} ».",
        )
        for rank, registry in enumerate(registries)
        if registry not in known
    ]
