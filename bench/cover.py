"""Cover: the pages that lead from the country to a facility over a year of weeks, and adding up a week again."""

import random
from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import world
from bench.measures import ROUNDS, Measure
from distrilog.domain.declarations import services as declarations
from distrilog.domain.declarations.models import Target
from distrilog.domain.declarations.queries.cover import discrepancies
from distrilog.domain.declarations.services import rolling
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


WEEKS = 52
# Weeks whose rows are there too: what lists and forecasts read. The older ones have their roll-ups alone.
WEEKS_OF_ROWS = 5
REPEATS = 7
PICTURE_BUDGET_MS = 300
LIST_BUDGET_MS = 200
# The largest region: the agency with the most facilities.
REGION = "11"

_DECLARE = """
    WITH made AS (
        INSERT INTO declarations_declaration (facility_id, week, version)
        SELECT DISTINCT facility_id, %(week)s, 1 FROM declarations_target
        WHERE facility_id %% 10 < 9
        ON CONFLICT DO NOTHING RETURNING id, facility_id
    ), sent AS (
        INSERT INTO declarations_submission (declaration_id, version, digest, channel, declared_by,
            responsible, declared_at)
        SELECT id, 1, '', 'file', 'bench', '', %(monday)s::date + (facility_id %% 6)::int FROM made
    )
    INSERT INTO declarations_statement (declaration_id, version, facility_id, week, family_id,
        stock, consumption, need, band, questioned, current)
    SELECT made.id, 1, made.facility_id, %(week)s, target.family_id,
        target.need * (made.facility_id * %(salt)s %% 50) / 10,
        target.need * (3 + made.facility_id %% 9) / 10, target.need, '', FALSE, TRUE
    FROM made JOIN declarations_target target ON target.facility_id = made.facility_id
"""
_COPY = """
    INSERT INTO declarations_rollup (week, family_id, region_id, department_id, territory_id,
        facilities, asked, declared, stock, consumption, need, told_need, alert, watch, covered,
        empty, questioned)
    SELECT %(week)s, family_id, region_id, department_id, territory_id, facilities, asked, declared,
        stock * %(percent)s / 100, consumption, need, told_need, alert, watch, covered, empty,
        questioned
    FROM declarations_rollup WHERE week = %(source)s ON CONFLICT DO NOTHING
"""
# What adding up cannot go under: reading the week's rows and grouping them, nothing judged or joined.
_FLOOR = """
    SELECT family_id, facility_id %% 300, count(*), sum(stock), sum(consumption), sum(need)
    FROM declarations_statement WHERE week = %(week)s AND current GROUP BY 1, 2
"""


def cover_reads() -> dict[str, Measure]:
    """Server time of each page of the way down, over a year of weeks; the slowest one counts."""
    _a_year()
    cell, agency = world.signed_in(role="national_cell"), world.signed_in(role="ars")
    ways = {
        "pays": (cell, "/couverture/"),
        "région": (cell, f"/couverture/?niveau=region&code={REGION}"),
        "département": (cell, "/couverture/?niveau=departement&code=75"),
        "territoire": (cell, f"/couverture/?niveau=partie&code={_part()}"),
    }
    lists = {
        "d’un territoire": (cell, f"/couverture/etablissements/?niveau=partie&code={_part()}"),
        "d’une région": (
            cell,
            f"/couverture/etablissements/?niveau=region&code={REGION}",
        ),
        "d’une agence": (agency, "/couverture/etablissements/"),
    }
    return {
        "cover_reads": _slowest(ways, budget=PICTURE_BUDGET_MS, what="of the way down"),
        "cover_lists": _slowest(lists, budget=LIST_BUDGET_MS, what="of the lists"),
    }


def cover_rebuild() -> dict[str, Measure]:
    """Seconds to add up a country's week again, and its ratio to reading and grouping its rows."""
    _a_year()
    at = clock.now()
    week = Week.at(at)
    spent, floors = [], []
    for _ in range(ROUNDS):
        floors.append(_timed(lambda: _run(_FLOOR, {"week": str(week)})))
        spent.append(_timed(lambda: rolling.rebuild(week=week, at=at)))
    wrong = [found for found in discrepancies(at=at) if found.week == str(week)]
    return {
        "cover_rebuild": Measure(
            value=median(spent),
            unit="s for a week of the country",
            ratio=median(one / floor for one, floor in zip(spent, floors, strict=True)),
            against="reading and grouping the week's rows",
            note=f"{_lines(week)} lines; {len(wrong)} discrepancies afterwards",
        )
    }


def _a_year() -> None:
    """Have the country declare the last weeks, and roll up a year; quick the second time."""
    at = clock.now()
    now = Week.at(at)
    if not Target.objects.exists():
        declarations.rebuild_targets(at=at)
    for back in range(WEEKS_OF_ROWS):
        week = now.plus(-back)
        values = {"week": str(week), "monday": week.monday, "salt": 7 + 2 * back}
        with transaction.atomic():
            _run(_DECLARE, values)
        rolling.rebuild(week=week, at=at)
    chance = random.Random(2020)
    for back in range(WEEKS_OF_ROWS, WEEKS):
        week = str(now.plus(-back))
        source = str(now.plus(-(back % WEEKS_OF_ROWS)))
        _run(_COPY, {"week": week, "source": source, "percent": chance.randint(60, 140)})
    _run("ANALYZE declarations_statement, declarations_rollup, declarations_submission", {})


def _part() -> str:
    """Return the part of Paris's territories with the most facilities."""
    rows = _run(
        "SELECT territory_id FROM declarations_rollup WHERE department_id = '75'"
        " GROUP BY territory_id ORDER BY sum(facilities) DESC LIMIT 1",
        {},
    )
    return f"75:{rows[0][0] or ''}"


def _lines(week: Week) -> int:
    rows = _run(
        "SELECT count(*) FROM declarations_statement WHERE week = %(week)s AND current",
        {"week": str(week)},
    )
    return int(rows[0][0])


def _run(statement: str, values: dict) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _slowest(pages: dict[str, tuple[Client, str]], *, budget: int, what: str) -> Measure:
    times, notes = [], []
    for name, (client, path) in pages.items():
        status = client.get(path).status_code
        spent = median(_timed(lambda c=client, p=path: c.get(p)) for _ in range(REPEATS)) * 1000  # type: ignore[misc]
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        times.append(spent)
        notes.append(f"{name} {spent:.0f} ms, {len(captured)} queries, status {status}")
    return Measure(
        value=max(times),
        unit=f"ms of server time, slowest {what}",
        budget=budget,
        note="; ".join(notes),
    )


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
