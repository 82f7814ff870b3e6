"""The end of a week: what was not ordered goes back to stock."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from distrilog.domain.facilities.models import Zone
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.quotas.services.preparing import WrongState
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS, Week


_CLOSE = """
    WITH locked AS (
        SELECT id FROM {table} WHERE week = %s AND NOT closed ORDER BY {order} FOR UPDATE
    ), now_closed AS (
        UPDATE {table} held SET closed = true FROM locked WHERE held.id = locked.id
        RETURNING held.source_id, held.family_id, held.cap - held.ordered AS units
    )
    SELECT source_id, family_id, sum(units)::bigint FROM now_closed GROUP BY source_id, family_id
"""
_CLOSE_QUOTAS = _CLOSE.format(table="quotas_quota", order="facility_id, family_id")
_CLOSE_POTS = _CLOSE.format(table="quotas_pot", order="region_id, family_id, source_id")


def over_at(week: Week) -> datetime:
    """Return the moment from which a week is over in every zone."""
    zones = [ZoneInfo(name) for name in Zone.objects.values_list("time_zone", flat=True)]
    following = week.plus(1)
    return max(following.moment(weekday=1, clock=time(0), zone=zone) for zone in (PARIS, *zones))


@traced("fin de semaine")
@transaction.atomic
def expire(*, week: str, at: datetime, by: str = "expiry") -> dict[tuple[str, str], int]:
    """
    Close a week that is over everywhere, and give back what was not ordered.

    Returns the units given back by (source, family); nothing the second time. Raises `WrongState` while
    the week still runs somewhere.
    """
    if at < over_at(Week.parse(week)):
        raise WrongState(detail=f"La semaine {week} n’est pas terminée partout.")
    run = (
        QuotaRun.objects.select_for_update(of=("self",))
        .filter(week=week, state=QuotaRun.State.PUBLISHED, expired_at__isnull=True)
        .first()
    )
    if run is None:
        return {}
    # After this point, the expiry must succeed.

    unused = _closed(week)
    shares = run.shares.filter(reservation__isnull=False).select_related("reservation")
    keys = {
        (share.source_id, share.family_id): share.reservation.key
        for share in shares
        if share.reservation
    }
    promises = [
        Promise(
            key=f"{keys[source, family]}:expired",
            kind=PendingKind.EXPIRE,
            reservation=keys[source, family],
            place=source,
            family=family,
            units=units,
            reason=f"Non commandé la semaine {week}",
        )
        for (source, family), units in sorted(unused.items())
    ]
    promise(promises=promises, by=by, at=at)
    run.expired_at = at
    run.save(update_fields=["expired_at"])
    return unused


def expire_all(*, at: datetime) -> list[str]:
    """Close every published week that is over and still holds something; returns those weeks."""
    open_weeks = (
        QuotaRun.objects.filter(
            state=QuotaRun.State.PUBLISHED, week__lt=str(Week.at(at)), expired_at__isnull=True
        )
        .order_by("week")
        .values_list("week", flat=True)
    )
    over = [week for week in open_weeks if at >= over_at(Week.parse(week))]
    for week in over:
        expire(week=week, at=at)
    return over


def _closed(week: str) -> dict[tuple[str, str], int]:
    """Close the week's rows, in the order that orders lock them, and sum what was left in them."""
    unused: dict[tuple[str, str], int] = {}
    with connection.cursor() as cursor:
        for statement in (_CLOSE_QUOTAS, _CLOSE_POTS):
            cursor.execute(statement, [week])
            for source, family, units in cursor.fetchall():
                unused[source, family] = unused.get((source, family), 0) + units
    return {pair: units for pair, units in unused.items() if units}
