"""The ledger: postings against pgbench writing the same rows, the proof of the books as they grow, a country's wave."""

import multiprocessing
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import log
from statistics import median
from time import perf_counter
from uuid import uuid4

from django.db import connection, connections, transaction

from bench import limit
from bench.measures import ROUNDS, Measure
from distrilog.domain.catalogue.models import Article
from distrilog.domain.orders import services as orders
from distrilog.domain.shipping import services as shipping
from distrilog.domain.shipping.models import (
    Fulfilment,
    Parcel,
)
from distrilog.domain.shipping.rules import OPEN, SILENCE_DAYS, Answer, News, ParcelState
from distrilog.domain.stock import queries as stock_queries, services as stock
from distrilog.domain.stock.models import Lot, Place
from distrilog.domain.stock.rules import Kind, PendingKind, Status
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


CLIENTS = 4
BATCH = 100
BATCHES = 60
LOTS = 20
ROOM = 10**10
SMALL, LARGE = 300_000, 3_000_000
WAVE = 30_000
MESSAGE = 200

# The same rows as a batch of postings: position, reservation and accounts locked and changed, the entries. No rule.
_POST = """
    CREATE OR REPLACE FUNCTION bench_post(asked text) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE held bigint; run text := gen_random_uuid()::text;
    BEGIN
        PERFORM 1 FROM stock_position WHERE place_id = asked ORDER BY id FOR UPDATE;
        SELECT id INTO held FROM stock_reservation WHERE key = 'bench:' || asked FOR UPDATE;
        PERFORM 1 FROM stock_account WHERE place_id = asked ORDER BY id FOR UPDATE;
        UPDATE stock_position SET usable = usable - 100, reserved = reserved - 100 WHERE place_id = asked;
        UPDATE stock_reservation SET pending = pending - 100 WHERE id = held;
        UPDATE stock_account SET units = units + CASE status WHEN 'available' THEN -5 ELSE 5 END
         WHERE place_id = asked AND status IN ('available', 'in_transit');
        INSERT INTO stock_entry (key, kind, lot_id, source_id, target_id, units, posts_id, about, reason, by, at)
        SELECT run || ':' || rank, 'issue', gone.lot_id, gone.id, moving.id, 1, held, 'bench', '', 'bench', now()
          FROM generate_series(0, 99) rank
          JOIN (SELECT id, lot_id, row_number() OVER (ORDER BY id) - 1 AS place FROM stock_account
                 WHERE place_id = asked AND status = 'available') gone ON gone.place = rank %% 20
          JOIN stock_account moving ON moving.place_id = asked AND moving.lot_id = gone.lot_id
               AND moving.status = 'in_transit';
        RETURN held;
    END $$
"""


def ledger_post() -> dict[str, Measure]:
    """Entries a second, in batches of 100 (a message of 25 orders), 4 clients; the limit is taken before each round."""
    lots = _stores()
    rates, ratios = [], []
    for _ in range(ROUNDS):
        reached = _limit() * BATCH
        started = perf_counter()
        _in_processes(lots)
        rate = CLIENTS * BATCHES * BATCH / (perf_counter() - started)
        rates.append(rate)
        ratios.append(rate / reached)
    wrong = [one for one in stock_queries.discrepancies() if "bench" in one.what]
    return {
        "ledger_post": Measure(
            value=median(rates),
            unit="entries/s",
            ratio=median(ratios),
            against=f"pgbench writing the same rows, {CLIENTS} clients, {BATCH} entries a commit",
            budget=0.4,
            at_least=True,
            note=f"{len(wrong)} discrepancies afterwards",
        )
    }


def _stores() -> list[list[int]]:
    """Make a store a client, with lots and a reservation that no measure can use up."""
    at = clock.now()
    article = Article.objects.order_by("gtin")[0]
    zone = Place.objects.get(code="operator").zone
    found = []
    for client in range(CLIENTS):
        place, _ = Place.objects.get_or_create(
            code=_place(client),
            defaults={"name": "Mesure", "kind": Place.Kind.CONSORTIUM, "zone": zone},
        )
        lots = [
            Lot.objects.get_or_create(article=article, number=f"BENCH{client}{rank}")[0].pk
            for rank in range(LOTS)
        ]
        stock.move(
            movements=[
                stock.Movement(
                    key=f"bench:{place.code}:{lot}", kind=Kind.OPENING, lot=lot, units=ROOM,
                    place=place.code, source=Status.OUTSIDE, target=Status.AVAILABLE,
                )
                for lot in lots
            ],
            by="bench", at=at,
        )  # fmt: skip
        stock.promise(
            promises=[
                stock.Promise(
                    key=f"bench:{place.code}", kind=PendingKind.RESERVE,
                    reservation=f"bench:{place.code}", place=place.code,
                    family=article.family_id, units=ROOM * LOTS // 2,
                )
            ],
            by="bench", at=at,
        )  # fmt: skip
        _post(client, lots)
        found.append(lots)
    return found


def _place(client: int) -> str:
    return f"bench{client}"


def _limit() -> float:
    with connection.cursor() as cursor:
        cursor.execute(_POST.replace("%%", "%"))
    return limit.transactions_per_second(
        "SELECT bench_post('bench' || :client_id);\n",
        clients=CLIENTS,
    )


def _in_processes(lots: Sequence[Sequence[int]]) -> None:
    connections.close_all()
    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(target=_post_many, args=(client, own)) for client, own in enumerate(lots)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError("A client of the ledger failed.")


def _post_many(client: int, lots: Sequence[int]) -> None:
    for _ in range(BATCHES):
        _post(client, lots)


def _post(client: int, lots: Sequence[int]) -> None:
    run = uuid4()
    stock.move(
        movements=[
            stock.Movement(
                key=f"{run}:{rank}",
                kind=Kind.ISSUE,
                lot=lots[rank % LOTS],
                units=1,
                place=_place(client),
                source=Status.AVAILABLE,
                target=Status.IN_TRANSIT,
                posts=f"bench:{_place(client)}",
                about="bench",
            )
            for rank in range(BATCH)
        ],
        by="bench",
        at=clock.now(),
    )


# ------------------------------------------------------------------ proof


_GROW = """
    INSERT INTO stock_entry (key, kind, lot_id, source_id, target_id, units, about, reason, by, at)
    SELECT 'proof:' || %(run)s || ':' || rank, 'count', pair.lot_id, pair.source_id, pair.target_id, 1,
           '', '', 'bench', now()
      FROM generate_series(1, %(count)s) rank
      JOIN (
        SELECT world.lot_id, world.id AS source_id, held.id AS target_id,
               row_number() OVER (ORDER BY world.id) - 1 AS place, count(*) OVER () AS pairs
          FROM stock_account world JOIN stock_account held
               ON held.lot_id = world.lot_id AND held.place_id = world.place_id
              AND held.owner_id = world.owner_id AND held.status = 'available'
         WHERE world.status = 'outside'
      ) pair ON pair.place = rank %% pair.pairs
"""
_SETTLE = """
    UPDATE stock_account account SET units = proven.units FROM (
        SELECT account_id, sum(units) AS units FROM (
            SELECT target_id AS account_id, units FROM stock_entry
            UNION ALL SELECT source_id, -units FROM stock_entry
        ) both_sides GROUP BY account_id
    ) proven WHERE proven.account_id = account.id;
    UPDATE stock_position position SET usable = held.units FROM (
        SELECT account.place_id, account.owner_id, article.family_id, sum(account.units) AS units
          FROM stock_account account JOIN stock_lot lot ON lot.id = account.lot_id
          JOIN catalogue_article article ON article.gtin = lot.article_id
         WHERE account.status = 'available' GROUP BY 1, 2, 3
    ) held WHERE (held.place_id, held.owner_id, held.family_id)
               = (position.place_id, position.owner_id, position.family_id)
"""


def books_proof() -> dict[str, Measure]:
    """The proof of the books, seals included, at 0.3 and at 3 million entries; nothing is kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        small = _proof(SMALL)
        large = _proof(LARGE - SMALL)
        transaction.set_rollback(True)
    return {
        "books_proof": Measure(
            value=log(large / small) / log(LARGE / SMALL),
            unit="growth exponent, 0.3 to 3 million entries",
            budget=1.1,
            note=f"{small:.1f} s, then {large:.1f} s",
        )
    }


def _proof(added: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_GROW, {"run": str(uuid4()), "count": added})
        cursor.execute(_SETTLE)
        cursor.execute("ANALYZE stock_entry")
    stock.seal_entries(at=clock.now())
    started = perf_counter()
    found = stock_queries.discrepancies()
    spent = perf_counter() - started
    if found:
        raise RuntimeError(f"The books of the measure are wrong: {found[0]}")
    return spent


# ------------------------------------------------------------------ wave


# One box of each family that a facility still has a quota of, straight into the tables: placing is measured elsewhere.
_ORDER = """
    WITH chosen AS (
        SELECT quota.facility_id, min(quota.source_id) AS source_id
          FROM quotas_quota quota JOIN catalogue_family family ON family.code = quota.family_id
         WHERE quota.week = %(week)s AND quota.cap - quota.ordered >= family.box_units
         GROUP BY quota.facility_id ORDER BY quota.facility_id LIMIT %(count)s
    ), placed AS (
        INSERT INTO orders_order (reference, facility_id, week, charge, status, address_id, route, source,
                                  promised_on, cut_off_at, placed_by, placed_at, version)
        SELECT 'bench-wave-' || %(run)s || '-' || chosen.facility_id, chosen.facility_id, %(week)s, 'quota',
               'placed', address.id, place.kind, chosen.source_id, current_date, now(), 'bench', now(), 1
          FROM chosen JOIN stock_place place ON place.code = chosen.source_id
          JOIN facilities_address address ON address.facility_id = chosen.facility_id AND address.main
        RETURNING id, facility_id
    ), lined AS (
        INSERT INTO orders_line (order_id, family_id, units, box_units, amount_cents)
        SELECT placed.id, quota.family_id, family.box_units, family.box_units, 0
          FROM placed JOIN quotas_quota quota ON quota.facility_id = placed.facility_id
               AND quota.week = %(week)s
          JOIN catalogue_family family ON family.code = quota.family_id
         WHERE quota.cap - quota.ordered >= family.box_units
        RETURNING order_id, family_id, units
    )
    UPDATE quotas_quota quota SET ordered = quota.ordered + lined.units
      FROM lined JOIN placed ON placed.id = lined.order_id
     WHERE quota.facility_id = placed.facility_id AND quota.week = %(week)s
       AND quota.family_id = lined.family_id
"""


def country_wave() -> dict[str, Measure]:
    """30,000 orders of the week: released, handed over, confirmed, despatched, delivered, received."""
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_ORDER, {"week": str(Week.at(at)), "run": uuid4().hex[:8], "count": WAVE})
    spent: dict[str, float] = {}
    spent["release"] = _timed(lambda: orders.release(at=at, by="bench", before_cut_off=True))
    spent["hand over"] = _timed(lambda: shipping.hand_over(at=at))
    count = Fulfilment.objects.filter(state__in=OPEN).count()
    before = _units()
    spent["confirm"] = _timed(lambda: _confirm(at))
    spent["despatch"] = _timed(lambda: _despatch(at))
    spent["deliver"] = _timed(lambda: _deliver(at))
    later = at + timedelta(days=SILENCE_DAYS)
    spent["receive"] = _timed(lambda: _receive(later))
    wrong = stock_queries.discrepancies()
    lost = _units() - before
    left = Fulfilment.objects.filter(state__in=OPEN).count()
    return {
        "country_wave": Measure(
            value=sum(spent.values()),
            unit=f"s for {count} orders, from release to receipt",
            note=", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
            + f"; {lost} units lost or made, {len(wrong)} discrepancies, {left} orders left open",
        )
    }


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _units() -> int:
    """Return all units in the books, whatever their place and status, less those of the world outside."""
    return sum(
        units
        for (_place, _family, status), units in stock_queries.balances().items()
        if status != Status.OUTSIDE
    )


def _confirm(at: datetime) -> None:
    rows = list(
        Fulfilment.objects.filter(state__in=OPEN, place="operator").values_list(
            "order__reference", "assignment"
        )
    )
    for start in range(0, len(rows), MESSAGE):
        shipping.answer(
            answers=[
                Answer(order=reference, assignment=assignment, units=None)
                for reference, assignment in rows[start : start + MESSAGE]
            ],
            place="operator",
            by="bench",
            at=at,
        )


def _despatch(at: datetime) -> None:
    for place in Place.objects.filter(kind__in=["spf", "operator", "overseas"]):
        while True:
            verdicts = shipping.prepare_wave(place=place.code, by="bench", at=at, limit=MESSAGE)
            if not any(verdict.outcome == "accepted" for verdict in verdicts):
                break


def _deliver(at: datetime) -> None:
    parcels = list(
        Parcel.objects.filter(state=Parcel.State.IN_TRANSIT, despatch__place="operator")
        .order_by("pk")
        .values_list("sscc", flat=True)
    )
    for start in range(0, len(parcels), MESSAGE):
        shipping.report(
            news=[
                News(sscc=sscc, state=ParcelState.DELIVERED, at=at)
                for sscc in parcels[start : start + MESSAGE]
            ],
            place="operator",
            by="bench",
            at=at,
        )


def _receive(later: datetime) -> None:
    while shipping.assume_receipts(at=later):
        pass
