"""What cover is judged against: thresholds that people set, needs that the doctrine gives; and who read a difficulty."""

from datetime import date, datetime

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import AlertThreshold, Difficulty, TargetState
from distrilog.domain.declarations.rules import LONGEST_DAYS
from distrilog.domain.declarations.services.rolling import mark_stale_since
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Category, Facility, Region
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.scopes import ScopeKind
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS, Week


LONGEST_REASON = 300
_LOCK = "distrilog.declarations.targets"


@traced("seuil d’alerte")
@transaction.atomic
def set_threshold(
    *,
    actor: Actor,
    watch_days: int,
    alert_days: int,
    starts_on: date,
    reason: str,
    group: str = "",
    region: str = "",
    family: str = "",
    at: datetime,
) -> AlertThreshold:
    """
    Set days of cover from a day on; an empty column means every one; the same columns and day are set again.

    An ARS sets its own region's, whatever `region` says. Raises Forbidden, Invalid with every fault.
    """
    actor.require(Deed.THRESHOLD_SET)
    if actor.scope.kind is ScopeKind.REGION:
        region = actor.scope.code
    today = at.astimezone(PARIS).date()
    faults = _threshold_faults(
        watch_days=watch_days,
        alert_days=alert_days,
        starts_on=starts_on,
        reason=reason,
        today=today,
    ) + _place_faults(group=group, region=region, family=family)
    if faults:
        raise Invalid(*faults)
    # After this point, the threshold must succeed.

    row, _ = AlertThreshold.objects.update_or_create(
        group=group,
        region_id=region or None,
        family_id=family or None,
        starts_on=starts_on,
        defaults={
            "watch_days": watch_days,
            "alert_days": alert_days,
            "reason": reason.strip(),
            "set_by": actor.by,
            "set_at": at,
        },
    )
    mark_stale_since(week=Week.of(starts_on), at=at)
    return row


def _threshold_faults(
    *, watch_days: int, alert_days: int, starts_on: date, reason: str, today: date
) -> list[Fault]:
    faults = [
        Fault(
            where=where,
            message=f"Le seuil doit être entre 0 et {LONGEST_DAYS} jours.",
            remedy="Indiquez un nombre de jours.",
        )
        for where, days in (("watch_days", watch_days), ("alert_days", alert_days))
        if not 0 <= days <= LONGEST_DAYS
    ]
    if alert_days > watch_days:
        faults.append(
            Fault(
                where="alert_days",
                message="L’alerte ne peut pas précéder la surveillance.",
                remedy="Le seuil d’alerte est au plus celui de surveillance.",
            )
        )
    if starts_on < Week.of(today).monday:
        faults.append(
            Fault(
                where="starts_on",
                message="Les semaines passées gardent les seuils d’alors.",
                remedy="Choisissez un jour de cette semaine, ou plus tard.",
            )
        )
    if not 0 < len(reason.strip()) <= LONGEST_REASON or "\0" in reason:
        faults.append(
            Fault(
                where="reason",
                message=f"Donnez un motif, en {LONGEST_REASON} caractères au plus.",
                remedy="Il est montré avec le seuil.",
            )
        )
    return faults


def _place_faults(*, group: str, region: str, family: str) -> list[Fault]:
    known = (
        ("group", group, group in Category.Group.values),
        ("region", region, "\0" not in region and Region.objects.filter(pk=region).exists()),
        ("family", family, "\0" not in family and Family.objects.filter(pk=family).exists()),
    )
    return [
        Fault(
            where=where,
            message=f"« {value[:20]} » est inconnu.",
            remedy="Choisissez dans la liste.",
        )
        for where, value, found in known
        if value and not found
    ]


@transaction.atomic
def mark_seen(*, actor: Actor, difficulty_id: int, at: datetime) -> Difficulty:
    """Note that the agency or the cell has read a difficulty; the first reader stays. Raises Forbidden, NotFound."""
    actor.require(Deed.COVER_READ)
    actor.require(Deed.DECLARATION_READ)
    row = (
        Difficulty.objects.select_for_update(of=("self",))
        .filter(pk=difficulty_id, facility__in=Facility.objects.within(actor.scope))
        .first()
    )
    if row is None:
        raise NotFound(
            Fault(where="difficulty", message="Cette difficulté n’est pas de votre périmètre.")
        )
    if row.seen_at is None:
        row.seen_by, row.seen_at = actor.by, at
        row.save(update_fields=["seen_by", "seen_at"])
    return row


# ------------------------------------------------------------------ targets


_STAGE = """
    CREATE TEMPORARY TABLE new_target (facility_id bigint, family_id text, need bigint) ON COMMIT DROP
"""
_DELETE = """
    DELETE FROM declarations_target target WHERE NOT EXISTS (
        SELECT FROM new_target new
        WHERE new.facility_id = target.facility_id AND new.family_id = target.family_id
    )
"""
_UPSERT = """
    INSERT INTO declarations_target (facility_id, family_id, need)
    SELECT facility_id, family_id, need FROM new_target ORDER BY facility_id, family_id
    ON CONFLICT (facility_id, family_id) DO UPDATE SET need = excluded.need
    WHERE declarations_target.need <> excluded.need
"""


@transaction.atomic
def rebuild_targets(*, at: datetime) -> int:
    """
    Give each facility open today its weekly crisis need under the doctrine in force; return how many rows changed.

    Set-wise, one at a time. Weeks from the present one on are rolled up again when anything changed. Raises
    NoDoctrine where none is in force: what was there stays.
    """
    today = at.astimezone(PARIS).date()
    version = doctrines.in_force(on=today)
    need = doctrines.national_need(version=version, on=today)
    families = set(Family.objects.values_list("code", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
        cursor.execute("DROP TABLE IF EXISTS new_target")
        cursor.execute(_STAGE)
        with cursor.copy("COPY new_target (facility_id, family_id, need) FROM STDIN") as copy:
            ids = need.features.ids.tolist()
            for family in families & need.units.keys():
                for facility, units in zip(ids, need.units[family].tolist(), strict=True):
                    if units > 0:
                        copy.write_row((facility, family, units))
        cursor.execute("ANALYZE new_target")
        changed = 0
        for statement in (_DELETE, _UPSERT):
            cursor.execute(statement)
            changed += cursor.rowcount
    TargetState.objects.update_or_create(pk=1, defaults={"doctrine": version, "built_at": at})
    if changed:
        mark_stale_since(week=Week.at(at), at=at)
    return changed


def follow_doctrine(*, at: datetime) -> int:
    """Rebuild the targets where they are those of another doctrine than the one in force; return how many rows changed."""
    version = _in_force(at)
    built = TargetState.objects.filter(pk=1).first()
    if version is None or (built is not None and built.doctrine_id == version.pk):
        return 0
    return rebuild_targets(at=at)


def _in_force(at: datetime) -> DoctrineVersion | None:
    try:
        return doctrines.in_force(on=at.astimezone(PARIS).date())
    except doctrines.NoDoctrine:
        return None
