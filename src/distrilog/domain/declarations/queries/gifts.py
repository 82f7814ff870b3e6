"""What others than the State say they gave facilities (row E7): what a need is computed with, and what each may read of it."""

from datetime import date, datetime, time, timedelta

from django.db.models import Sum

from distrilog.domain.declarations.models import Gift
from distrilog.kernel.weeks import PARIS


def given(*, family: str, after: date, until: date) -> dict[int, int]:
    """
    Return units by facility id that donors said they gave of a family, after a day and until another, that day included. One query.

    Counted on the day in Paris on which it was said, not given: what is told late is counted late, but once. A day that
    is not over may still bring some: `until` is best the day before. What was withdrawn is not counted.
    """
    told = Gift.objects.filter(
        family=family,
        withdrawn_at__isnull=True,
        at__gte=_start_of(after + timedelta(days=1)),
        at__lt=_start_of(until + timedelta(days=1)),
    )
    return dict(told.order_by().values_list("facility").annotate(Sum("units")))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=PARIS)
