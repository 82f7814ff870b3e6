"""Requests for a change of endowment, consolidated for the plan of a week (rows B12, B17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import ChangeRequest
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import Week


MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    One request, with what it is measured against. Units.

    `territory` serves the facility now, empty when none does. `usual` is what it gets in that week's plan if there is one, and
    `plan_id` that plan; otherwise what it got in the latest; None when it never got any.
    """

    request: ChangeRequest
    facility: Facility
    family: Family
    territory: str
    territory_name: str
    plan_id: int | None
    usual: int | None

    @property
    def more(self) -> int:
        """Units it would get beyond what it gets."""
        return self.request.units - (self.usual or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySum:
    """The requests of one family together: how many sites, what they ask beyond what they get."""

    family: Family
    sites: int
    asked: int
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidated:
    """
    The requests of a scope for the plan of one week: those that wait first.

    `until` is when requests for that week stop; `closed` says that it is past: what comes now is the next week's.
    """

    week: Week
    until: datetime
    closed: bool
    waiting: Sequence[Wish]
    answered: Sequence[Wish]
    sums: Sequence[FamilySum]
    later: int


_BESIDE: Final = """
    SELECT request.id, attachment.territory_id, territory.name, latest.plan_id, latest.units
      FROM distribution_changerequest request
      LEFT JOIN facilities_attachment attachment
        ON attachment.facility_id = request.facility_id AND upper_inf(attachment.period)
      LEFT JOIN facilities_territory territory ON territory.code = attachment.territory_id
      LEFT JOIN LATERAL (
        SELECT CASE WHEN plan.week = request.week AND plan.state <> 'draft' THEN plan.id END AS plan_id,
               line.computed + line.changed AS units
          FROM distribution_planline line JOIN distribution_plan plan ON plan.id = line.plan_id
         WHERE line.facility_id = request.facility_id AND line.family_id = request.family_id
           AND plan.state IN ('shared', 'frozen', 'sent') AND plan.programme_id IS NULL
           AND plan.week <= request.week
         ORDER BY plan.week DESC, plan.number DESC LIMIT 1
      ) latest ON TRUE
     WHERE request.id = ANY (%s)
"""


def requests(*, scope: Scope, week: Week, at: datetime) -> Consolidated:
    """Return the requests of a scope for the plan of a week; a fixed number of statements."""
    within = ChangeRequest.objects.filter(facility__in=Facility.objects.within(scope))
    rows = list(
        within.filter(week=str(week))
        .select_related("facility__department", "family")
        .order_by("family__position", "family_id", "facility__name", "pk")[:MOST]
    )
    beside = _beside([row.pk for row in rows])
    wishes = [
        Wish(
            request=row,
            facility=row.facility,
            family=row.family,
            territory=beside[row.pk][0] or "",
            territory_name=beside[row.pk][1] or "",
            plan_id=beside[row.pk][2],
            usual=beside[row.pk][3],
        )
        for row in rows
    ]
    until = rules.cut_off(week=week)
    return Consolidated(
        week=week,
        until=until,
        closed=at > until,
        waiting=[each for each in wishes if each.request.state == ChangeRequest.State.ASKED],
        answered=[each for each in wishes if each.request.state != ChangeRequest.State.ASKED],
        sums=_sums(wishes),
        later=within.filter(week=str(week.plus(1))).count(),
    )


def _beside(ids: Sequence[int]) -> dict[int, tuple[str, str, int | None, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [list(ids)])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _sums(wishes: Sequence[Wish]) -> list[FamilySum]:
    families = {each.family.pk: each.family for each in wishes}
    found = []
    for code, family in families.items():
        own = [each for each in wishes if each.family.pk == code]
        found.append(
            FamilySum(
                family=family,
                sites=len(own),
                asked=sum(each.request.units for each in own),
                more=sum(each.more for each in own),
            )
        )
    return found


def of_facility(*, facility_id: int, limit: int = 20) -> list[ChangeRequest]:
    """Return a facility's own requests, the latest first; one statement."""
    rows = ChangeRequest.objects.filter(facility=facility_id).select_related("family")
    return list(rows.order_by("-week", "-pk")[:limit])


def following_plan_week(*, at: datetime) -> Week:
    """Return the week whose plan a request made now is for."""
    return rules.week_of_request(at=at)


def asked_count(*, scope: Scope, at: datetime) -> int:
    """Return how many requests of a scope wait for an answer, for the next plan that takes any; one statement."""
    week = rules.week_of_request(at=at)
    rows = ChangeRequest.objects.filter(
        week=str(week),
        state=ChangeRequest.State.ASKED,
        facility__in=Facility.objects.within(scope),
    )
    return rows.count()


def until(*, week: Week) -> datetime:
    """Return until when requests for the plan of a week are taken; the moment itself is in time."""
    return rules.cut_off(week=week)
