"""The limit: what pgbench reaches writing the same rows on the same server, one prepared statement an order."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from bench.world import Orderer


SECONDS = 4
CLIENTS = 8

# The same rows as an order: 4 quotas drawn, the order, its 4 lines, its key, its outbox row. No rule is checked.
_PLACE = """
    CREATE OR REPLACE FUNCTION bench_place(asked_facility bigint, asked_week text) RETURNS bigint
    LANGUAGE plpgsql AS $$
    DECLARE
        made bigint := nextval('orders_order_id_seq');
        name text := 'bench-' || made;
        own_address bigint;
    BEGIN
        SELECT id INTO own_address FROM facilities_address WHERE facility_id = asked_facility AND main;
        PERFORM 1 FROM quotas_quota WHERE facility_id = asked_facility AND week = asked_week
          ORDER BY family_id LIMIT 4 FOR UPDATE;
        UPDATE quotas_quota SET ordered = ordered + 50 WHERE id IN (
            SELECT id FROM quotas_quota WHERE facility_id = asked_facility AND week = asked_week
             ORDER BY family_id LIMIT 4);
        INSERT INTO orders_order (id, reference, facility_id, week, charge, status, address_id, route, source,
                                  promised_on, cut_off_at, placed_by, placed_at, version)
        VALUES (made, name, asked_facility, asked_week, 'quota', 'placed', own_address, 'operator', 'operator',
                current_date, now(), 'bench', now(), 1);
        INSERT INTO orders_line (order_id, family_id, units, box_units, amount_cents)
        SELECT made, family_id, 50, 50, 0 FROM quotas_quota
         WHERE facility_id = asked_facility AND week = asked_week ORDER BY family_id LIMIT 4;
        INSERT INTO orders_orderkey (owner, facility_id, key, digest, order_id)
        VALUES ('bench', asked_facility, name, repeat('0', 64), made);
        INSERT INTO kernel_outboxmessage (key, topic, payload, created_at, attempts, last_error)
        VALUES (name, 'order.placed', '{}', now(), 0, '');
        RETURN made;
    END $$
"""


def program() -> str | None:
    """Return pgbench, where there is one."""
    folder = os.environ.get("DISTRILOG_POSTGRES", "")
    beside = Path(folder) / "pgbench"
    return str(beside) if folder and beside.exists() else shutil.which("pgbench")


def orders_per_second(*, orderers: list[Orderer], week: str) -> float:
    """Return how many orders a second pgbench writes, 8 clients, one commit each."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_facility (rank int PRIMARY KEY, id bigint)"
        )
        cursor.execute("TRUNCATE bench_facility")
        cursor.execute(
            "INSERT INTO bench_facility SELECT rank - 1, id"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY AS row (id, rank)",
            [[one.facility_id for one in orderers]],
        )
    script = (
        f"\\set rank random(0, {len(orderers) - 1})\n"
        f"SELECT bench_place(id, '{week}') FROM bench_facility WHERE rank = :rank;\n"
    )
    return transactions_per_second(script)


def transactions_per_second(script: str, *, clients: int = CLIENTS) -> float:
    """Return how many times a second pgbench runs a script, one commit each."""
    settings = connection.settings_dict
    pgbench = program()
    if pgbench is None:
        raise RuntimeError("pgbench was not found: the limit cannot be measured.")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            pgbench,
            *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS)),
            *("-f", file.name, "-h", str(settings["HOST"]), "-U", str(settings["USER"])),
            *(("-p", str(settings["PORT"])) if settings["PORT"] else ()),
            str(settings["NAME"]),
        ]
        environment = {**os.environ, "PGPASSWORD": str(settings["PASSWORD"])}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = re.search(r"tps = ([\d.]+) \(without|tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return float(found.group(1) or found.group(2))
