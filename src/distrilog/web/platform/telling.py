"""How the tour tells quantities: in boxes of the catalogue, or in units where boxes are not whole."""

from collections.abc import Mapping

from distrilog.domain.catalogue.models import Family
from distrilog.web.shared import format as french


def families_by_code() -> dict[str, Family]:
    """Return the families in the order of the catalogue."""
    return {family.code: family for family in Family.objects.order_by("position", "code")}


def holds(units: Mapping[str, int], families: Mapping[str, Family]) -> str:
    """Write « 12 boîtes de masques chirurgicaux, 1 boîte de surblouses », in the order of the catalogue."""
    return ", ".join(
        one(units[code], family) for code, family in families.items() if units.get(code)
    )


def one(units: int, family: Family) -> str:
    """Write « 12 boîtes de masques chirurgicaux », or the units where they fill no whole box."""
    boxes, rest = divmod(units, family.box_units)
    if rest:
        return french.plural(units, family.unit)
    return f"{french.plural(boxes, 'boîte')} de {family.plural}"


def told(units: int, family: Family) -> str:
    """Write « 4 boîtes (200 masques) »."""
    return french.in_boxes(units, family, box_units=family.box_units)


def size_of(units: int, family: Family) -> int:
    """Return what a form counts in: a box, or one unit where boxes would not be whole."""
    return 1 if units % family.box_units else family.box_units
