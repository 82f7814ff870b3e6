"""
Placing an order: one statement reads all that decides, Python decides, one statement writes it all.

The write is a transaction by itself: it locks the rows of the share by family, and draws, inserts the
order, its lines, its key and its message together, or writes nothing: when somebody else has taken the
last boxes since, or when a twin of this demand came first.
"""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities.rules import registry_fault
from distrilog.domain.orders.queries.orders import LineView, OrderView
from distrilog.domain.orders.queries.situations import Earlier, Found, situation_of
from distrilog.domain.orders.rules import (
    Charge,
    Demand,
    KeyReused,
    Shortage,
    Situation,
    Status,
    authorise,
    check,
    key_fault,
    quota_exceeded,
    shortages,
    unknown_facility,
)
from distrilog.domain.orders.services.refusing import keep_faults, keep_shortages
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.statements import Statement


Placed = OrderView

# The first try, and one after a twin of the demand was seen to come first.
_TRIES = 3
_RANDOM_BYTES = 10
# More than any share holds: where the terms of a category set no limit.
_NO_LIMIT = 2**62

_SHARES = {
    Charge.QUOTA: ("quotas_quota", "share.facility_id = %(facility)s::bigint"),
    Charge.POT: (
        "quotas_pot",
        "share.region_id = %(region)s::text AND share.source_id = %(source)s::text",
    ),
}
# Locked by family, as every other statement that draws; the values that `FOR UPDATE` gives are the latest.
_STATEMENT = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(families)s::text[], %(units)s::bigint[], %(boxes)s::int[],
                             %(limits)s::bigint[], %(amounts)s::bigint[])
               WITH ORDINALITY AS asked (family_id, units, box_units, most, amount_cents, position)
    ), locked AS MATERIALIZED (
        SELECT share.id, share.family_id, least(share.cap, asked.most) - share.ordered AS free,
               share.source_id, asked.units, asked.box_units, asked.amount_cents, asked.position
          FROM {table} share JOIN asked USING (family_id)
         WHERE {which} AND share.week = %(week)s::text AND NOT share.closed
         ORDER BY share.family_id FOR UPDATE OF share
    ), fits AS (
        -- One order has one executor: that of the stock its shares were cut from.
        SELECT place.code, place.kind FROM (
            SELECT min(source_id) AS source_id FROM locked
            HAVING count(*) = %(count)s::bigint AND bool_and(units <= free)
               AND min(source_id) = max(source_id)
        ) one JOIN stock_place place ON place.code = one.source_id
    ), keyed AS (
        INSERT INTO orders_orderkey (owner, facility_id, key, digest, order_id)
        SELECT %(owner)s::text, %(facility)s::bigint, %(key)s::text, %(digest)s::text,
               nextval('orders_order_id_seq'::regclass) FROM fits
            ON CONFLICT DO NOTHING
        RETURNING order_id
    ), drawn AS (
        UPDATE {table} share SET ordered = share.ordered + locked.units
          FROM locked, keyed WHERE share.id = locked.id
    ), placed AS (
        INSERT INTO orders_order (id, reference, facility_id, week, charge, status, address_id,
                                  route, source, promised_on, cut_off_at, placed_by, placed_at, version)
        SELECT order_id, %(reference)s::text, %(facility)s::bigint, %(week)s::text,
               %(charge)s::text, 'placed', %(address)s::bigint, fits.kind, fits.code,
               %(promised_on)s::date, %(cut_off_at)s::timestamptz, %(by)s::text,
               %(at)s::timestamptz, 1 FROM keyed, fits
    ), lined AS (
        INSERT INTO orders_line (order_id, family_id, units, box_units, amount_cents)
        SELECT order_id, family_id, units, box_units, amount_cents
          FROM keyed, locked ORDER BY position
    ), told AS (
        INSERT INTO kernel_outboxmessage (key, topic, payload, created_at, attempts, last_error)
        SELECT 'order.placed:' || %(reference)s::text, 'order.placed',
               jsonb_build_object('reference', %(reference)s::text),
               %(at)s::timestamptz, 0, '' FROM keyed
    )
    SELECT locked.family_id, locked.free, fits.kind
      FROM locked LEFT JOIN (keyed CROSS JOIN fits) ON true
"""
_STATEMENTS = {
    charge: Statement(_STATEMENT.format(table=table, which=which))
    for charge, (table, which) in _SHARES.items()
}


def place(*, actor: Actor, demand: Demand, at: datetime) -> Placed:
    """
    Place an order, or refuse it for every reason at once.

    Raises Forbidden, NotFound, Invalid, KeyReused or QuotaExceeded. The same key with the same content
    answers the order it made, as it was made. Call it outside a transaction: a refused demand is kept.
    """
    owner = f"{actor.person}/{actor.profile}/{actor.through}"
    digest = digest_of(demand)
    refuse_malformed(demand)
    twin_may_have_won = bool(demand.key)
    for _ in range(_TRIES):
        found = situation_of(
            registry=demand.registry, address=demand.address, owner=owner, key=demand.key, at=at
        )
        if found is None:
            raise NotFound(unknown_facility(demand.registry))
        authorise(actor=actor, charge=demand.charge, situation=found.situation)
        if found.earlier is not None:
            return _replayed(demand=demand, digest=digest, found=found, earlier=found.earlier)
        refuse_faults(actor=actor, demand=demand, situation=found.situation, at=at)
        # After this point, only somebody who came first can make it fail.

        attempt = Attempt(actor=actor, demand=demand, owner=owner, digest=digest, found=found)
        outcome = attempt.write(at=at)
        if isinstance(outcome, Placed):
            return outcome
        if outcome and not twin_may_have_won:
            keep_shortages(short=outcome, situation=found.situation, by=actor.by, at=at)
            raise quota_exceeded(short=outcome, charge=demand.charge, situation=found.situation)
        # A twin may have taken the last boxes: then its order is the answer, not a refusal.
        twin_may_have_won = False
    raise KeyReused(detail="La même demande est en cours : réessayez dans un instant.")


def digest_of(demand: Demand) -> str:
    """Return the SHA-256 of what a demand asks, as it was sent, whatever the order of its lines."""
    content = [
        demand.charge,
        demand.week,
        demand.address,
        sorted([line.family, line.units] for line in demand.lines),
    ]
    return sha256(json.dumps(content).encode()).hexdigest()


def refuse_malformed(demand: Demand) -> None:
    """Refuse what no register and no key could hold, before any question to the database."""
    fault = registry_fault(demand.registry)
    if fault is not None:
        raise Invalid(
            Fault(
                where="facility",
                message=fault,
                remedy="Vérifiez le numéro.",
                values={"code": "registry-number"},
            )
        )
    wrong_key = key_fault(demand.key) if demand.key else None
    if wrong_key is not None:
        raise Invalid(wrong_key)


def refuse_faults(*, actor: Actor, demand: Demand, situation: Situation, at: datetime) -> None:
    """Refuse a demand for all its faults at once, and keep it where the need is real."""
    faults = check(demand=demand, situation=situation, at=at)
    if faults:
        keep_faults(faults=faults, lines=demand.lines, situation=situation, by=actor.by, at=at)
        raise Invalid(*faults)


def _replayed(*, demand: Demand, digest: str, found: Found, earlier: Earlier) -> Placed:
    """Return what the first call answered; what has happened to the order since is another question."""
    if earlier.digest != digest:
        raise KeyReused(
            detail="Cette clé d’idempotence a déjà servi à une demande différente : utilisez-en une nouvelle.",
            reference=earlier.reference,
        )
    return _placed(
        reference=earlier.reference,
        demand=demand,
        found=found,
        week=earlier.week,
        address=earlier.address_id,
        route=earlier.route,
        promised_on=earlier.promised_on,
        cut_off_at=earlier.cut_off_at,
        placed_at=earlier.placed_at,
        replayed=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at writing a demand that was found to be right."""

    actor: Actor
    demand: Demand
    owner: str
    digest: str
    found: Found

    def write(self, *, at: datetime) -> Placed | list[Shortage]:
        """Write all of it, or return what is short: nothing when it is a twin that came first."""
        situation = self.found.situation
        asked = {line.family: int(line.units) for line in self.demand.lines}
        values = self._values(asked=asked, at=at)
        rows = _STATEMENTS[self.demand.charge].write(values)
        left: dict[str, int] = {family: free for family, free, _route in rows}
        if rows and rows[0][2]:
            return self._answer(
                values={**values, "route": rows[0][2]}, left={f: left[f] - asked[f] for f in asked}
            )
        return shortages(asked=asked, left=left, situation=situation)

    def _values(self, *, asked: Mapping[str, int], at: datetime) -> dict[str, Any]:
        situation = self.found.situation
        reference = new_reference(situation)
        span = situation.span
        assert span is not None, "an order outside a window was refused above"
        return {
            "families": list(asked),
            "units": list(asked.values()),
            "boxes": [situation.families[code].box_units for code in asked],
            "limits": self._limits(asked),
            "amounts": [
                situation.amount_cents(family=code, units=units) for code, units in asked.items()
            ],
            "count": len(asked),
            "facility": situation.facility_id,
            "region": situation.region,
            "source": situation.source(),
            "week": str(situation.week),
            "owner": self.owner,
            "key": self.demand.key or reference,
            "digest": self.digest,
            "reference": reference,
            "charge": str(self.demand.charge),
            "address": situation.address_id or 0,
            "promised_on": self.found.promised_on,
            "cut_off_at": span.closes_at,
            "by": self.actor.by,
            "at": at,
        }

    def _limits(self, families: Iterable[str]) -> list[int]:
        """Return the most units of each family: the pot is the agency's to open, so no limit binds it."""
        told = [self.found.situation.weekly_units(family) for family in families]
        free = self.demand.charge is Charge.POT
        return [_NO_LIMIT if free or units is None else units for units in told]

    def _answer(self, *, values: Mapping[str, Any], left: Mapping[str, int]) -> Placed:
        return _placed(
            reference=values["reference"],
            demand=self.demand,
            found=self.found,
            week=values["week"],
            address=int(values["address"]),
            route=values["route"],
            promised_on=values["promised_on"],
            cut_off_at=values["cut_off_at"],
            placed_at=values["at"],
            left=left,
        )


def _placed(*, demand: Demand, found: Found, **values: Any) -> Placed:
    situation = found.situation
    families = situation.families
    return Placed(
        status=Status.PLACED,
        charge=demand.charge,
        facility=found.situation.registry,
        facility_name=found.situation.name,
        address_label=found.address_label,
        version=1,
        lines=tuple(
            LineView(
                family=line.family,
                units=int(line.units),
                box=families[line.family].box_units,
                amount_cents=situation.amount_cents(family=line.family, units=int(line.units)),
            )
            for line in demand.lines
        ),
        **values,
    )


def new_reference(situation: Situation) -> str:
    """Return a reference nobody can guess (80 random bits), which says its region and week."""
    random = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode()
    return f"{situation.region}-{situation.week.year}W{situation.week.number:02d}-{random}"
