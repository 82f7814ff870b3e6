"""Where a lot went: who has it, in which parcels, and whether each was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """
    Units of a lot in one parcel for a facility, which may have them: on their way, at the door, or in dispute.

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

_HOLDERS = """
    SELECT facility.registry, facility.name, facility.department_id, placed.reference,
           despatch.reference, parcel.sscc, parcel.state, sum(content.units)::bigint, parcel.ended_at,
           told.message_id IS NOT NULL, told.read_at
      FROM shipping_content content
      JOIN shipping_parcel parcel ON parcel.id = content.parcel_id
      JOIN shipping_despatch despatch ON despatch.id = parcel.despatch_id
      JOIN orders_order placed ON placed.id = despatch.fulfilment_id
      JOIN facilities_facility facility ON facility.id = placed.facility_id
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
     WHERE content.lot_id = %(lot)s AND parcel.state IN ('in_transit', 'delivered')
     GROUP BY facility.id, placed.id, despatch.id, parcel.id, told.message_id, told.read_at
     ORDER BY facility.registry, parcel.id
"""


def recall_trace(*, lot: int) -> Sequence[Holder]:
    """Return who may have units of a lot, parcel by parcel, by registry number; one statement."""
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
