"""The national run: its arithmetic, its growth, and all of it against COPY of the same rows."""

from math import log
from statistics import median
from time import perf_counter

import numpy as np
from django.db import connection, transaction

from bench.measures import ROUNDS, Measure, seconds
from distrilog.demo import people, scenario
from distrilog.domain.catalogue.models import Family
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import Quota
from distrilog.domain.quotas.rules import Claims, share_out
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


NATIONAL = 30_000
LARGEST = 3_000_000
FAMILIES = 8
COLUMNS = (
    "run_id, facility_id, family_id, week, source_id, need, cap, ordered, reason, carried,"
    " carried_next, floor, ceiling"
)


def quota_growth() -> dict[str, Measure]:
    """Arithmetic alone: 8 families at 30,000 facilities, and its growth to 3,000,000."""
    national = median(_arithmetic(NATIONAL) for _ in range(ROUNDS))
    largest = _arithmetic(LARGEST)
    exponent = log(largest / national) / log(LARGEST / NATIONAL)
    return {
        "quota_arithmetic": Measure(
            value=national, unit="s for 30,000 facilities × 8 families", budget=0.1
        ),
        "quota_growth": Measure(
            value=exponent,
            unit="growth exponent, 30,000 to 3,000,000 facilities",
            budget=1.2,
            note=f"{largest:.1f} s for 3,000,000 facilities × 8 families",
        ),
    }


def _arithmetic(count: int) -> float:
    random = np.random.default_rng(2020)
    need = random.integers(10, 20_000, size=count)
    keys = np.char.add("96", np.arange(count).astype("U8")).astype("S20")
    zeros = np.zeros(count, dtype=np.int64)
    spent = 0.0
    for _ in range(FAMILIES):
        claims = Claims.of(
            week="2020-W45", family="mask", keys=keys, need=need, floor=need // 3, carried=zeros
        )
        start = perf_counter()
        share_out(claims=claims, envelope=int(need.sum()) * 6 // 10, box=50)
        spent += perf_counter() - start
    return spent


def quota_run() -> dict[str, Measure]:
    """A national run from the register read to quotas published, against COPY of the same rows."""
    whole, copied = [], []
    for ahead in range(1, ROUNDS + 1):
        whole.append(seconds(lambda ahead=ahead: _publish(ahead=ahead)))  # type: ignore[misc]
        copied.append(_copy_again(week=_week(ahead)))
    return {
        "quota_run": Measure(
            value=median(whole),
            unit=f"s, read to published, for {_rows(_week(1))} quotas",
            ratio=median(one / other for one, other in zip(whole, copied, strict=True)),
            against="COPY of the same rows into the same constrained table",
            budget=3.0,
        )
    }


def _week(ahead: int) -> Week:
    return Week.at(clock.now()).plus(ahead)


def _rows(week: Week) -> int:
    return Quota.objects.filter(week=str(week)).count()


def _publish(*, ahead: int) -> None:
    at = clock.now()
    cast = people.load_people(at=at, say=lambda _text: None)
    run = quotas.prepare(
        actor=cast.prepares,
        week=_week(ahead),
        envelopes={
            family.code: _boxes(20_000 * family.box_units, family.box_units)
            for family in Family.objects.all()
        },
        floors=scenario.FLOOR_PER_MILLE,
        reason="Mesure",
        at=at,
    )
    quotas.preview(actor=cast.prepares, run_id=run.pk, at=at)
    quotas.sign(actor=cast.signs, run_id=run.pk, reason="Mesure", at=at)
    quotas.publish(actor=cast.signs, run_id=run.pk, at=at)


def _boxes(units: int, box: int) -> int:
    return units - units % box


def _copy_again(*, week: Week) -> float:
    """Time COPY of a week’s quota rows into the same table, after taking them out; nothing is kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE taken ON COMMIT DROP AS"
            f" SELECT {COLUMNS} FROM quotas_quota WHERE week = %s",
            [str(week)],
        )
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM taken) TO STDOUT") as out:
            data = b"".join(bytes(chunk) for chunk in out)
        cursor.execute("DELETE FROM quotas_quota WHERE week = %s", [str(week)])
        start = perf_counter()
        with cursor.copy(f"COPY quotas_quota ({COLUMNS}) FROM STDIN") as into:
            into.write(data)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        spent = perf_counter() - start
        transaction.set_rollback(True)
    return spent
