"""Writing a delta of the register: a fixed number of statements, whatever the number of facilities."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import Facility
from distrilog.domain.facilities.rules import Change, Kind, State, Value, default, in_reserved_range


GOODS_IN = "Réception marchandises"
_COLUMN_TYPES = {
    "latitude": "float8", "longitude": "float8", "opened_on": "date", "closed_on": "date"
}  # fmt: skip
_LISTED = ", ".join(queries.STATE_COLUMNS)
_ARRAYS = ", ".join(
    f"%({column})s::{_COLUMN_TYPES.get(column, 'text')}[]" for column in queries.STATE_COLUMNS
)
# The names below are constants of this module; every value is a parameter.
_INSERT = f"""
    INSERT INTO facilities_facility (registry, {_LISTED}, fictitious, route, origin)
    SELECT o.registry, {", ".join("o." + column for column in queries.STATE_COLUMNS)}, o.fictitious,
           CASE WHEN z.overseas THEN 'overseas' ELSE 'operator' END, %(origin)s
    FROM unnest(%(registry)s::text[], {_ARRAYS}, %(fictitious)s::bool[])
         AS o (registry, {_LISTED}, fictitious)
    JOIN facilities_department d ON d.code = o.department_id
    JOIN facilities_zone z ON z.code = d.zone_id
"""  # noqa: S608
_UPDATE = f"""
    UPDATE facilities_facility f
    SET {", ".join(f"{column} = o.{column}" for column in queries.STATE_COLUMNS)}
    FROM unnest(%(registry)s::text[], {_ARRAYS}) AS o (registry, {_LISTED})
    WHERE f.registry = o.registry
"""  # noqa: S608
_VALUES = {
    "places.": (
        """
        DELETE FROM facilities_capacity c USING unnest(%(ids)s::bigint[], %(keys)s::text[]) AS o (id, key)
        WHERE c.facility_id = o.id AND c.activity = o.key
        """,
        """
        INSERT INTO facilities_capacity (facility_id, activity, places)
        SELECT * FROM unnest(%(ids)s::bigint[], %(keys)s::text[], %(values)s::int[]) AS o (id, key, value)
        WHERE o.value > 0
        """,
    ),
    "staff.": (
        """
        DELETE FROM facilities_staff s USING unnest(%(ids)s::bigint[], %(keys)s::text[]) AS o (id, key)
        WHERE s.facility_id = o.id AND s.role = o.key
        """,
        """
        INSERT INTO facilities_staff (facility_id, role, headcount)
        SELECT * FROM unnest(%(ids)s::bigint[], %(keys)s::text[], %(values)s::int[]) AS o (id, key, value)
        WHERE o.value > 0
        """,
    ),
}
_UPDATE_ADDRESS = """
    UPDATE facilities_address a SET street = o.street, postcode = o.postcode, city = o.city
    FROM unnest(%(ids)s::bigint[], %(street)s::text[], %(postcode)s::text[], %(city)s::text[])
         AS o (id, street, postcode, city)
    WHERE a.facility_id = o.id AND a.main
"""
_INSERT_ADDRESS = """
    INSERT INTO facilities_address
        (facility_id, label, street, postcode, city, main, opening_hours, contact, phone)
    SELECT o.id, 'Adresse principale', o.street, o.postcode, o.city, true, '', %(contact)s, ''
    FROM unnest(%(ids)s::bigint[], %(street)s::text[], %(postcode)s::text[], %(city)s::text[])
         AS o (id, street, postcode, city)
    WHERE NOT EXISTS (SELECT FROM facilities_address a WHERE a.facility_id = o.id AND a.main)
"""
# A new facility joins the territory that serves most of its department, else of its region; the
# ARS may say otherwise. Pharmacies have none: wholesalers serve them.
_ATTACH = """
    WITH current AS (
        SELECT f.department_id, d.region_id, a.territory_id
        FROM facilities_attachment a
        JOIN facilities_facility f ON f.id = a.facility_id
        JOIN facilities_department d ON d.code = f.department_id
        WHERE upper_inf(a.period)
    ), of_department AS (
        SELECT DISTINCT ON (department_id) department_id, territory_id
        FROM current GROUP BY 1, 2 ORDER BY 1, count(*) DESC, 2
    ), of_region AS (
        SELECT DISTINCT ON (region_id) region_id, territory_id
        FROM current GROUP BY 1, 2 ORDER BY 1, count(*) DESC, 2
    )
    INSERT INTO facilities_attachment (facility_id, territory_id, period, reason)
    SELECT f.id, COALESCE(near.territory_id, far.territory_id),
           daterange(GREATEST(%(on)s::date, f.opened_on), NULL), 'Plateforme de son département'
    FROM facilities_facility f
    JOIN facilities_category c ON c.code = f.category_id AND c."group" <> 'pharmacy'
    JOIN facilities_department d ON d.code = f.department_id
    LEFT JOIN of_department near ON near.department_id = f.department_id
    LEFT JOIN of_region far ON far.region_id = d.region_id
    WHERE f.id = ANY (%(ids)s) AND COALESCE(near.territory_id, far.territory_id) IS NOT NULL
"""


def apply(changes: Sequence[Change], *, states: Mapping[str, State], on: date, origin: str) -> None:
    """Write a delta in a fixed number of statements; `on` dates the new attachments."""
    added = [change for change in changes if change.kind is Kind.ADDED]
    others = [change for change in changes if change.kind is not Kind.ADDED]
    with connection.cursor() as cursor:
        if added:
            _insert_facilities(cursor, added, origin=origin)
        if others:
            _update_facilities(cursor, others, states)
        touched = [change.registry for change in changes]
        ids = dict(Facility.objects.filter(registry__in=touched).values_list("registry", "pk"))
        for prefix, statements in _VALUES.items():
            _write_values(cursor, changes, ids, prefix=prefix, statements=statements)
        _write_addresses(cursor, changes, ids, states)
        if added:
            new = [ids[change.registry] for change in added]
            cursor.execute(_ATTACH, {"ids": new, "on": on})


def _columns(changes: Sequence[Change], states: Mapping[str, State]) -> dict[str, list[Value]]:
    """Return the whole rows of facilities after their change, column by column."""
    found: dict[str, list[Value]] = {"registry": [change.registry for change in changes]}
    for column, key in zip(queries.STATE_COLUMNS, queries.STATE_KEYS, strict=True):
        found[column] = [
            change.after[key]
            if key in change.after
            else states.get(change.registry, {}).get(key, default(key))
            for change in changes
        ]
    return found


def _insert_facilities(cursor: Any, changes: Sequence[Change], *, origin: str) -> None:
    columns = _columns(changes, {})
    columns["status"] = [status or Facility.Status.PRIVATE.value for status in columns["status"]]
    fictitious = [in_reserved_range(change.registry) for change in changes]
    cursor.execute(_INSERT, {**columns, "fictitious": fictitious, "origin": origin})


def _update_facilities(cursor: Any, changes: Sequence[Change], states: Mapping[str, State]) -> None:
    own = [change for change in changes if any("." not in key for key in change.after)]
    if own:
        cursor.execute(_UPDATE, _columns(own, states))


def _write_values(
    cursor: Any,
    changes: Sequence[Change],
    ids: Mapping[str, int],
    *,
    prefix: str,
    statements: Sequence[str],
) -> None:
    """Replace the values that changed: beds and places, or staff."""
    rows = [
        (ids[change.registry], key.removeprefix(prefix), value)
        for change in changes
        for key, value in change.after.items()
        if key.startswith(prefix)
    ]
    if rows:
        numbers, keys, values = (list(column) for column in zip(*rows, strict=True))
        for statement in statements:
            cursor.execute(statement, {"ids": numbers, "keys": keys, "values": values})


def _write_addresses(
    cursor: Any, changes: Sequence[Change], ids: Mapping[str, int], states: Mapping[str, State]
) -> None:
    """Bring main addresses to what they became; hours and contact stay what they are."""
    moved = [
        change for change in changes if any(key.startswith("address.") for key in change.after)
    ]
    if not moved:
        return
    given: dict[str, Any] = {"ids": [ids[change.registry] for change in moved]}
    for part in queries.ADDRESS_KEYS:
        key = f"address.{part}"
        given[part] = [
            change.after.get(key, states.get(change.registry, {}).get(key, "")) for change in moved
        ]
    cursor.execute(_UPDATE_ADDRESS, given)
    cursor.execute(_INSERT_ADDRESS, {**given, "contact": GOODS_IN})
