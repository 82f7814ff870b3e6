"""Where a lot went: who has it, in which parcels, and whether each was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """
    Units of a lot that a facility may have: in a parcel on its way, at the door or in dispute; or by a platform, or sent urgently.

    `order` is what they were carried by: an order, an endowment, a flow. `despatch` and `sscc` are empty without a parcel.
    `told`: a message about the recall reached the facility; `read_at` is when somebody there first opened it.
    """

    facility: str
    facility_name: str
    department: str
    order: str
    despatch: str
    sscc: str
    state: str
    units: int
    delivered_at: datetime | None
    told: bool
    read_at: datetime | None


# A recall is told by messages whose key begins so, to named facilities.
RECALL_KEY = "recall:"

# By every way of the State: ordered and shipped, handed out by a platform, on its way to one or lying there, sent urgently.
_HELD = """
    SELECT placed.facility_id, placed.reference AS carried, despatch.reference AS despatch, parcel.sscc,
           parcel.state, sum(content.units)::bigint AS units, parcel.ended_at AS at
      FROM shipping_content content
      JOIN shipping_parcel parcel ON parcel.id = content.parcel_id
      JOIN shipping_despatch despatch ON despatch.id = parcel.despatch_id
      JOIN orders_order placed ON placed.id = despatch.fulfilment_id
     WHERE content.lot_id = %(lot)s AND parcel.state IN ('in_transit', 'delivered')
     GROUP BY placed.id, despatch.id, parcel.id
    UNION ALL
    SELECT line.facility_id, 'Dotation ' || plan.week, '', '', 'delivered',
           sum(given.units)::bigint, max(given.at)
      FROM distribution_handout given
      JOIN distribution_planline line ON line.id = given.line_id
      JOIN distribution_plan plan ON plan.id = line.plan_id
     WHERE given.lot_id = %(lot)s
     GROUP BY line.id, plan.id HAVING sum(given.units) > 0
    UNION ALL
    SELECT territory.platform_id, flow.reference, '', '', 'in_transit', part.sent, NULL
      FROM distribution_flowline part
      JOIN distribution_flow flow ON flow.id = part.flow_id
      JOIN facilities_territory territory ON territory.code = flow.territory_id
     WHERE part.lot_id = %(lot)s AND flow.state = 'sent' AND territory.platform_id IS NOT NULL
    UNION ALL
    SELECT territory.platform_id, 'Stock de plateforme', '', '', 'delivered',
           sum(account.units)::bigint, NULL
      FROM stock_account account
      JOIN facilities_territory territory ON account.place_id = 'ght-' || territory.code
     WHERE account.lot_id = %(lot)s AND account.status IN ('available', 'quarantine')
       AND account.units > 0 AND territory.platform_id IS NOT NULL
     GROUP BY territory.code
    UNION ALL
    SELECT push.facility_id, 'Envoi d’urgence', '', '', 'delivered', entry.units, entry.at
      FROM stock_entry entry
      JOIN distribution_emergencypush push ON entry.about = 'urgent:' || push.key
     WHERE entry.lot_id = %(lot)s AND entry.kind = 'delivery'
"""
_HOLDERS = f"""
    SELECT facility.registry, facility.name, facility.department_id, held.carried,
           held.despatch, held.sscc, held.state, held.units, held.at,
           told.message_id IS NOT NULL, told.read_at
      FROM ({_HELD}) held
      JOIN facilities_facility facility ON facility.id = held.facility_id
      LEFT JOIN LATERAL (
          SELECT message.id AS message_id, (
                 SELECT min(reading.read_at) FROM notices_reading reading
                   JOIN accounts_profile profile ON profile.id = reading.profile_id
                  WHERE reading.message_id = message.id AND profile.facility_id = facility.id
                 ) AS read_at
            FROM notices_message message
           WHERE starts_with(message.key, %(key)s)
             AND message.facility_ids @> to_jsonb(facility.id)
             -- What was told of an earlier recall, closed since, counts for nothing.
             AND message.sent_at >= coalesce(
                 (SELECT declared_at FROM stock_recall WHERE lot_id = %(lot)s), '-infinity')
           ORDER BY message.sent_at LIMIT 1
      ) told ON true
     ORDER BY facility.registry, held.sscc, held.carried
"""  # noqa: S608 - constants


def recall_trace(*, lot: int) -> Sequence[Holder]:
    """Return who may have units of a lot, parcel by parcel or way by way, by registry number; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, {"lot": lot, "key": f"{RECALL_KEY}{lot}:"})
        return [
            Holder(
                facility=facility,
                facility_name=name,
                department=department,
                order=order,
                despatch=despatch,
                sscc=sscc,
                state=state,
                units=units,
                delivered_at=ended_at if state == "delivered" else None,
                told=told,
                read_at=read_at,
            )
            for (
                facility,
                name,
                department,
                order,
                despatch,
                sscc,
                state,
                units,
                ended_at,
                told,
                read_at,
            ) in cursor.fetchall()
        ]
