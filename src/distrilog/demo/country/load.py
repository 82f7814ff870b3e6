"""Put the demonstration country into an empty register, in one transaction, by COPY."""

from collections.abc import Callable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models.functions import Now
from psycopg import sql

from distrilog.demo.country.generate import DEFAULT_SEED, Table, generate
from distrilog.domain.facilities.models import (
    Address,
    Attachment,
    Capacity,
    Category,
    Department,
    Facility,
    Region,
    Staff,
    Territory,
    Zone,
)
from distrilog.kernel.models import Mark
from distrilog.kernel.refusals import Fault, Refusal


MARK = "country"
FRENCH = {
    "zone": "zones d’approvisionnement",
    "region": "régions",
    "department": "départements",
    "category": "catégories",
    "facility": "établissements",
    "territory": "territoires et leurs plateformes",
    "capacity": "capacités",
    "staff": "effectifs",
    "attachment": "rattachements",
    "address": "adresses de livraison",
}
MODELS = {
    "zone": Zone,
    "region": Region,
    "department": Department,
    "category": Category,
    "facility": Facility,
    "territory": Territory,
    "capacity": Capacity,
    "staff": Staff,
    "attachment": Attachment,
    "address": Address,
}
# The whole country takes seconds; a slow machine may need more than a web request is allowed.
LOAD_TIMEOUT_MS = 10 * 60 * 1000


class RegisterNotEmpty(Refusal):
    """Le répertoire contient déjà d’autres établissements."""

    slug = "register-not-empty"


def load_country(*, seed: int = DEFAULT_SEED, say: Callable[[str], object]) -> bool:
    """
    Load the country of a seed; return False when it is there already.

    Refuses a register that holds anything else. Tells each step to `say`, in French.
    """
    mark = Mark.objects.filter(name=MARK).first()
    if mark is not None and mark.value == {"seed": seed}:
        say("Le pays de démonstration est déjà chargé.")
        return False
    _refuse_other_register()
    say("Pays de démonstration : calcul des établissements…")
    load_tables(generate(seed=seed), mark={"seed": seed}, say=say)
    return True


def load_tables(
    tables: Sequence[Table], *, mark: Mapping[str, object] | None, say: Callable[[str], object]
) -> None:
    """Put tables into an empty register, in one transaction, with the mark of a whole country where it is one."""
    with transaction.atomic():
        _claim_empty_register()
        # After this point, the load must succeed.

        for table in tables:
            _copy(table)
            count = f"{len(table.rows):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
            say(f"Pays de démonstration : {count} {FRENCH[table.name]}")
        if mark is not None:
            Mark.objects.create(name=MARK, value=mark, set_at=Now())
    _analyse(tables)


def _claim_empty_register() -> None:
    """Hold the register against another load, and refuse one that is not empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(LOAD_TIMEOUT_MS)])
        cursor.execute("LOCK TABLE facilities_facility IN SHARE ROW EXCLUSIVE MODE")
    _refuse_other_register()


def _refuse_other_register() -> None:
    if Zone.objects.exists() or Region.objects.exists() or Facility.objects.exists():
        raise RegisterNotEmpty(
            Fault(
                where="register",
                message="Le répertoire n’est pas vide : le pays de démonstration n’y est pas ajouté.",
                remedy="Repartez d’une base vide : ./distrilog demo --fresh",
            )
        )


def _copy(table: Table) -> None:
    """Write a table's rows, and move its sequence past the numbers given."""
    name = MODELS[table.name]._meta.db_table  # noqa: SLF001 - Django's public way to say it
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for row in table.rows:
                copy.write_row(row)
        if table.columns[0] == "id":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [name, max(int(str(row[0])) for row in table.rows)],
            )


def _analyse(tables: Sequence[Table]) -> None:
    """Let the planner know what is there: the first questions come at once."""
    with connection.cursor() as cursor:
        for table in tables:
            name = MODELS[table.name]._meta.db_table  # noqa: SLF001 - Django's public way to say it
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))
