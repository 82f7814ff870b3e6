"""The weekly push: a national plan against COPY of the same rows, and one agency's adjustment with its effect."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Final

from django.db import connection, transaction
from django.db.models import Count

from bench.measures import ROUNDS, Measure
from distrilog.demo import people
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan, PlanLine, PlanShare
from distrilog.domain.distribution.queries import desk, needs
from distrilog.domain.facilities.models import Territory, Zone
from distrilog.kernel import clock
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


# Far from the weeks of the demonstration, that has plans of its own.
WEEKS_AHEAD: Final = 20
PER_MILLE: Final = 600
ADJUSTMENTS: Final = 30
COLUMNS: Final = (
    "plan_id, territory_id, facility_id, family_id, need_doctrine, need, given, already, missing, floor, computed, changed, reason,"
    " carried"
)


def plan_run() -> dict[str, Measure]:
    """The plans of a week, every family, zone and platform: register read to lines written, against COPY of the same rows."""
    whole, copied, lines, platforms = [], [], 0, 0
    cast = people.load_people(at=clock.now(), say=lambda _text: None)
    volumes = {zone.pk: some for zone in Zone.objects.all() if (some := _volumes(zone))}
    for ahead in range(ROUNDS):
        with transaction.atomic():
            start = perf_counter()
            plans = [
                _prepare(cast.prepares, some, zone=zone, ahead=ahead)
                for zone, some in volumes.items()
            ]
            _prove()
            whole.append(perf_counter() - start)
            found = PlanLine.objects.filter(plan__in=plans)
            lines, platforms = found.count(), found.values("territory").distinct().count()
            copied.append(_copy_again(plans=plans))
            transaction.set_rollback(True)
    return {
        "plan_run": Measure(
            value=median(whole),
            unit=f"s, read to written, for {lines} lines through {platforms} platforms",
            ratio=median(one / other for one, other in zip(whole, copied, strict=True)),
            against="COPY of the same rows into the same constrained table",
            budget=3.0,
        )
    }


def plan_adjust() -> dict[str, Measure]:
    """One agency's adjustment at its largest platform: its effect as it types, then the adjustment; server time, no network."""
    at = clock.now()
    cast = people.load_people(at=at, say=lambda _text: None)
    with transaction.atomic():
        mainland = Zone.objects.get(overseas=False)
        plan = _prepare(cast.prepares, _volumes(mainland), zone=mainland.pk, ahead=ROUNDS)
        services.share(actor=cast.signs, plan_id=plan.pk, at=at)
        spent = [_adjust(plan, turn=turn) for turn in range(ADJUSTMENTS)]
        transaction.set_rollback(True)
    return {
        "plan_adjust": Measure(
            value=median(spent) * 1000,
            unit=f"ms, effect and adjustment (slowest of {ADJUSTMENTS}: {max(spent) * 1000:.0f})",
            budget=100,
        )
    }


def _week(ahead: int) -> Week:
    return Week.at(clock.now()).plus(WEEKS_AHEAD + ahead)


def _volumes(zone: Zone) -> dict[str, dict[str, int]]:
    """Return part of what the stock of a zone allows, so that there is something to share."""
    week = _week(0)
    regions = needs.pushed_regions(week=week, zone=zone, fallback=True)
    country = needs.country(week=week, zone=zone)
    boxes = dict(Family.objects.values_list("code", "box_units"))
    return {
        family: {
            source: units * PER_MILLE // 1000 // boxes[family] * boxes[family]
            for source, units in sources.items()
        }
        for family, sources in needs.suggested_volumes(country=country, regions=regions).items()
    }


def _prepare(actor: Actor, volumes: dict[str, dict[str, int]], *, zone: str, ahead: int) -> Plan:
    proposal = services.Proposal(
        week=_week(ahead), zone=zone, volumes=volumes, fallback=True, reason="Mesure"
    )
    return services.prepare(actor=actor, proposal=proposal, at=clock.now())


def _prove() -> None:
    """Check the rows of this transaction as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _adjust(plan: Plan, *, turn: int) -> float:
    """Move a box between the two largest lines of the largest platform, there and back; return the time in seconds."""
    share = PlanShare.objects.filter(plan=plan).order_by("-shared")[0]
    territory = (
        PlanLine.objects.filter(plan=plan, family=share.family_id)
        .values_list("territory", flat=True)
        .annotate(lines=Count("pk"))
        .order_by("-lines")[0]
    )
    region = Territory.objects.get(pk=territory).region_id
    first, second = (
        PlanLine.objects.filter(plan=plan, family=share.family_id, territory=territory, floor=0)
        .order_by("-computed", "pk")
        .values_list("facility__registry", flat=True)[:2]
    )
    box = share.box_units if turn % 2 else -share.box_units
    changes = {first: box, second: -box}
    agency = Actor(
        person="mesure",
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=region),
        region=region,
    )
    family = share.family_id
    return _timed(
        lambda: desk.effect(
            plan_id=plan.pk,
            territory=territory,
            family=family,
            scope=agency.scope,
            changes=changes,
            at=clock.now(),
        ),
        lambda: services.adjust(
            actor=agency,
            plan_id=plan.pk,
            territory=territory,
            family=family,
            changes=changes,
            reason="Mesure",
            at=clock.now(),
        ),
    )


def _timed(*works: Callable[[], object]) -> float:
    start = perf_counter()
    for work in works:
        work()
    return perf_counter() - start


def _copy_again(*, plans: list[Plan]) -> float:
    """Time COPY of the lines of plans into the same table, after taking them out; the caller keeps nothing."""
    keys = [plan.pk for plan in plans]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS taken")
        cursor.execute(
            f"CREATE TEMPORARY TABLE taken AS SELECT {COLUMNS} FROM distribution_planline WHERE plan_id = ANY(%s)",
            [keys],
        )
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM taken) TO STDOUT") as out:
            data = b"".join(bytes(chunk) for chunk in out)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DELETE FROM distribution_planline WHERE plan_id = ANY(%s)", [keys])
        start = perf_counter()
        with cursor.copy(f"COPY distribution_planline ({COLUMNS}) FROM STDIN") as into:
            into.write(data)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return perf_counter() - start
