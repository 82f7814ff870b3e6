"""Words of the templates: French formats, quota bars, steppers, icons."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french


register = template.Library()

BAR = 1000  # The width of a bar's drawing; it stretches to its place.
ICONS = frozenset(
    {"surgical_mask", "ffp2", "gown", "apron", "glove", "cap", "goggles", "box", "truck", "bell"}
    | {"clock", "check", "why", "key", "people", "warning", "lock", "chart", "map", "file"}
)


def box_of(family: Any) -> int:
    """Return the units of a box: a family says `box_units`, an offer or a line says `box`."""
    return int(getattr(family, "box_units", None) or family.box)


@register.filter
def number(value: float | None) -> str:
    """Write a number the French way; nothing for None."""
    return "" if value is None else french.number(value)


@register.filter
def plain(value: object) -> str:
    """Write a value for an attribute or an address: no grouping of digits."""
    return "" if value is None else str(value)


@register.filter
def percent(part: int, whole: int) -> str:
    """Write a share."""
    return french.percent(part, whole)


@register.filter
def plural(count: int, word: str) -> str:
    """Write a count and its word."""
    return french.plural(count, word)


@register.filter
def euros(cents: int) -> str:
    """Write an amount."""
    return french.euros(cents)


@register.filter
def in_boxes(units: int, family: Any) -> str:
    """Write boxes, and the units they hold; `family` is a family, or an offer of one."""
    return french.in_boxes(units, family, box_units=box_of(family))


@register.filter
def boxes_of(units: int, family: Any) -> str:
    """Write whole boxes alone, where the heading says that they are boxes."""
    return french.number(units // box_of(family))


@register.filter
def day(value: date | None) -> str:
    """Write a day with its weekday."""
    return "" if value is None else french.day(value)


@register.filter
def short_day(value: date | None) -> str:
    """Write a day where space is short."""
    return "" if value is None else french.short_day(value)


@register.filter
def weekday(value: int) -> str:
    """Write a weekday from its number, 1 for Monday; 8 is the next Monday."""
    return french.DAYS[(value - 1) % 7]


@register.filter
def moment(value: datetime | None) -> str:
    """Write a day and an hour, Paris clocks."""
    return "" if value is None else french.moment(value)


@register.filter
def closing(value: datetime, zone: ZoneInfo) -> str:
    """Write the end of a window on a zone's clocks: midnight is the end of the day before."""
    return french.end_moment(value, zone)


@register.filter
def opening(value: datetime, zone: ZoneInfo) -> str:
    """Write the start of a window on a zone's clocks."""
    return french.moment(value, zone)


@register.filter
def clock(value: datetime | None) -> str:
    """Write an hour, Paris clocks."""
    return "" if value is None else french.clock(value)


@register.filter
def week_name(value: Week | str | None) -> str:
    """Write a week with its days."""
    return "" if not value else french.week_name(value)


@register.filter
def family_plural(code: str, families: Mapping[str, Any]) -> str:
    """Write a family's plural from its code; `families` are by code."""
    return str(families[code].plural)


@register.filter
def lookup(words: Mapping[str, str], key: str) -> str:
    """Return the words of a key, or the key itself."""
    return words.get(key, key)


@register.filter
def state_in(reference: str, states: object) -> object:
    """Return what a page knows of a reference; nothing where it was given no states."""
    return states.get(reference) if isinstance(states, Mapping) else None


@register.simple_tag
def icon(name: str, size: int = 48) -> SafeString:
    """Draw one of our icons; decoration, hidden from readers of the screen."""
    known = name if name in ICONS else "box"
    return render_to_string(f"shared/icons/{known}.svg", {"size": str(size)})


@register.inclusion_tag("shared/quota_bar.html")
def quota_bar(cap: int, ordered: int, family: Any, box_units: int | None = None) -> dict[str, Any]:
    """Draw how much of a quota is taken, and say what is left in words."""
    left = max(cap - ordered, 0)
    box_units = box_units or box_of(family)
    taken = BAR * ordered // cap if cap else 0
    return {
        "cap": french.in_boxes(cap, family, box_units=box_units),
        "ordered": french.in_boxes(ordered, family, box_units=box_units),
        "left": french.in_boxes(left, family, box_units=box_units),
        "cap_units": cap,
        "left_units": left,
        "taken": str(taken),
        "percent": french.percent(ordered, cap),
        "family": family,
    }


@register.inclusion_tag("shared/share_bar.html")
def share_bar(part: int, whole: int, label: str) -> dict[str, Any]:
    """Draw a part of a whole; the label says both."""
    return {"filled": str(min(BAR, BAR * part // whole) if whole else 0), "label": label}


@register.inclusion_tag("shared/stepper.html")
def stepper(
    *,
    name: str,
    value: object,
    family: Any,
    left: int,
    box_units: int | None = None,
    fault: str = "",
) -> dict[str, Any]:
    """Ask for boxes: a number field that works alone, with buttons where there is JavaScript."""
    size = box_units or box_of(family)
    return {
        "name": name,
        "identifier": f"field-{slugify(name)}",
        "value": "" if value in (None, 0, "0") else value,
        "family": family,
        "box_units": str(size),
        "most": str(max(left, 0) // size),
        "fault": fault,
        "box": french.plural(size, family.unit),
    }
