"""A file of 100,000 declaration lines, against reading it with the csv module and copying the same rows."""

import csv
import io
from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection, transaction

from bench.measures import ROUNDS, Measure
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import services as declarations
from distrilog.domain.declarations.models import Declaration, Target
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


LINES = 100_000
FAULTS = 1000
HEAD = "établissement;semaine;famille;stock;consommation\n"


def import_declarations() -> dict[str, Measure]:
    """Each round reads and copies, then imports the same file; nothing is kept. Constraints are checked in both."""
    if not Target.objects.exists():
        declarations.rebuild_targets(at=clock.now())
    _forget()
    content = _file()
    spoiled = _spoiled(content)
    bases, spent, checks, again = [], [], [], []
    for _ in range(ROUNDS):
        bases.append(_timed(lambda: _read_and_copy(content)))
        spent.append(_timed(lambda: _import(content)))
        checks.append(_timed(lambda: _refused(spoiled)))
        again.append(_correction(content))
    return {
        "import_declarations": Measure(
            value=median(spent),
            unit=f"s for {LINES} lines",
            ratio=median(one / base for one, base in zip(spent, bases, strict=True)),
            against="csv module + COPY into the same tables, constraints checked",
            budget=3,
            note=f"{median(bases):.2f} s to read and copy; {median(checks):.2f} s to list {FAULTS} faults;"
            f" {median(again):.2f} s when each line corrects one",
        )
    }


def _forget() -> None:
    """Take away what the demonstration said of this week, so that each line is a first one."""
    week = str(Week.at(clock.now()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("difficulty", "statement", "submission"):
            cursor.execute(
                f"DELETE FROM declarations_{table} WHERE declaration_id IN"
                " (SELECT id FROM declarations_declaration WHERE week = %s)",
                [week],
            )
        cursor.execute("DELETE FROM declarations_declaration WHERE week = %s", [week])


def _file() -> bytes:
    """Return a file of plausible lines, each facility's families together."""
    families = list(Family.objects.order_by("position").values_list("code", "name"))
    count = LINES // len(families) + 1
    asked = Target.objects.order_by("facility_id").values("facility_id").distinct()[:count]
    sites = Facility.objects.filter(pk__in=asked).order_by("registry").values_list("pk", "registry")
    needs = {
        (facility, family): need
        for facility, family, need in Target.objects.values_list("facility_id", "family_id", "need")
    }
    week = Week.at(clock.now())
    lines = [
        f"{registry};{week};{name};{needs.get((pk, code), 10) * 3 + pk % 7};{needs.get((pk, code), 10)}\n"
        for pk, registry in sites
        for code, name in families
    ]
    return (HEAD + "".join(lines[:LINES])).encode()


def _spoiled(content: bytes) -> bytes:
    """Return the same file with a fault in every hundredth line."""
    lines = content.decode().splitlines(keepends=True)
    for place in range(1, len(lines), len(lines) // FAULTS):
        cells = lines[place].split(";")
        lines[place] = ";".join([*cells[:3], "beaucoup", cells[4]])
    return "".join(lines).encode()


def _timed(work: Callable[[], object]) -> float:
    with transaction.atomic():
        started = perf_counter()
        work()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        spent = perf_counter() - started
        transaction.set_rollback(True)
    return spent


def _import(content: bytes) -> None:
    imported = declarations.import_file(
        actor=None, name="bench.csv", content=content, at=clock.now(), confirm=True
    )
    if not imported.applied or imported.lines != LINES:
        raise RuntimeError(f"The file was refused: {[*imported.refused[:1]]}")


def _refused(content: bytes) -> None:
    imported = declarations.import_file(
        actor=None, name="bench.csv", content=content, at=clock.now()
    )
    if imported.applied or len(imported.refused) < FAULTS:
        raise RuntimeError("The faults were not all listed.")


def _correction(content: bytes) -> float:
    """Return how long the second of two files takes, when each of its lines changes what the first said."""
    changed = content.replace(b"\n", b"1\n").replace(b"consommation1", b"consommation")
    with transaction.atomic():
        _import(content)
        spent = _timed(lambda: _import(changed))
        transaction.set_rollback(True)
    return spent


def _read_and_copy(content: bytes) -> None:
    facilities = dict(Facility.objects.values_list("registry", "pk"))
    families = dict(Family.objects.values_list("name", "code"))
    reader = csv.reader(io.StringIO(content.decode()), delimiter=";")
    next(reader)
    rows = list(reader)
    at = clock.now()
    pairs = list(dict.fromkeys((row[0], row[1]) for row in rows))
    first = _free_ids(len(pairs))
    ids = {pair: first + rank for rank, pair in enumerate(pairs)}
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY declarations_declaration (id, facility_id, week, version) FROM STDIN"
        ) as copy:
            for (registry, week), pk in ids.items():
                copy.write_row((pk, facilities[registry], week, 1))
        with cursor.copy(
            "COPY declarations_submission (declaration_id, version, digest, channel, declared_by,"
            " responsible, declared_at) FROM STDIN"
        ) as copy:
            for pk in ids.values():
                copy.write_row((pk, 1, "0" * 64, "file", "bench", "", at))
        with cursor.copy(
            "COPY declarations_statement (declaration_id, version, facility_id, week, family_id, stock,"
            " consumption, need, band, questioned, current) FROM STDIN"
        ) as copy:
            for registry, week, name, stock, consumption in rows:
                copy.write_row(
                    (
                        ids[registry, week], 1, facilities[registry], week, families[name], int(stock),
                        int(consumption), int(consumption), "", False, True,
                    )
                )  # fmt: skip


def _free_ids(count: int) -> int:
    """Return the first of so many free numbers of declarations."""
    table = Declaration._meta.db_table  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        first = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + count]
        )
    return first
