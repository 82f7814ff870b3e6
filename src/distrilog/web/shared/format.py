"""French formats: numbers, boxes, days, weeks. Pure: the screens, e-mails and documents say things one way."""

from datetime import date, datetime, timedelta
from typing import Final, Protocol
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from distrilog.kernel.weeks import PARIS, Week


THIN: Final = "\u202f"  # narrow no-break space: between thousands, before « % » and « ; »
MINUS: Final = "\u2212"
HARD: Final = "\u00a0"  # no-break space: between a number and its unit

DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SHORT_DAYS: Final = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SHORT_MONTHS: Final = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)


class Counted(Protocol):
    """Whatever is counted in units: a family, an offer, a line."""

    @property
    def unit(self) -> str:
        """The word for one: « masque »."""


def number(value: float) -> str:
    """Write « 12 345 » or « 1 234,5 », thousands apart by a narrow no-break space."""
    whole = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return whole.replace(",", THIN).replace(".", ",").replace("-", MINUS)


def percent(part: int, whole: int) -> str:
    """Write « 42 % »; nothing of nothing is « 0 % »."""
    return f"{100 * part // whole if whole else 0}{THIN}%"


def plural(count: int, word: str) -> str:
    """Write « 2 boîtes », « 1 boîte », « 0 boîte »: French keeps the singular below two."""
    head, space, rest = word.partition(" ")  # « paires de lunettes »
    if abs(count) >= 2 and not head.endswith(("s", "x", "z")):  # noqa: PLR2004
        head += "s"
    return f"{number(count)}{HARD}{head}{space}{rest}"


def alphabetical(words: str) -> str:
    """Return what to sort a name by: « Île-de-France » comes before « La Réunion », not after « Pays »."""
    bare = "".join(one for one in normalize("NFD", words) if not combining(one))
    return bare.casefold()


def sentence(words: str) -> str:
    """Begin with a capital, the rest as it is: « Masques FFP2 »."""
    return words[:1].upper() + words[1:]


def euros(cents: int) -> str:
    """Write « 1 234,50 € »."""
    return f"{number(cents // 100)},{cents % 100:02d}{HARD}€"


def in_boxes(units: int, family: Counted, *, box_units: int) -> str:
    """Write « 4 boîtes (200 masques) »; units that fill no whole box are told as they are."""
    boxes, rest = divmod(units, box_units)
    told = plural(units, family.unit)
    if rest:
        return told
    return f"{plural(boxes, 'boîte')} ({told})"


def day(value: date, *, year: bool = True) -> str:
    """Write « lundi 23 novembre 2026 », « mardi 1er décembre 2026 »."""
    value = _local_day(value)
    number_of_day = "1er" if value.day == 1 else str(value.day)
    words = f"{DAYS[value.weekday()]} {number_of_day}{HARD}{MONTHS[value.month - 1]}"
    return f"{words} {value.year}" if year else words


def short_day(value: date) -> str:
    """Write « lun. 23 nov. »."""
    value = _local_day(value)
    return f"{SHORT_DAYS[value.weekday()]} {value.day}{HARD}{SHORT_MONTHS[value.month - 1]}"


def clock(value: datetime, zone: ZoneInfo = PARIS) -> str:
    """Write « 18 h », « 9 h 05 » on the clocks of a zone."""
    local = value.astimezone(zone)
    return f"{local.hour}{HARD}h" + (f"{HARD}{local.minute:02d}" if local.minute else "")


def moment(value: datetime, zone: ZoneInfo = PARIS) -> str:
    """Write « lundi 23 novembre à 18 h » on the clocks of a zone."""
    return f"{day(value.astimezone(zone).date(), year=False)} à{HARD}{clock(value, zone)}"


def end_moment(value: datetime, zone: ZoneInfo = PARIS) -> str:
    """Write « dimanche 29 novembre à minuit » for the end of that Sunday, which clocks call Monday, 0 h."""
    local = value.astimezone(zone)
    if local.hour or local.minute:
        return moment(value, zone)
    return f"{day(local.date() - timedelta(days=1), year=False)} à{HARD}minuit"


def week_name(week: Week | str) -> str:
    """Write « semaine 47 (16–22 nov. 2026) »."""
    found = Week.parse(week) if isinstance(week, str) else week
    first, last = found.monday, date.fromisocalendar(found.year, found.number, 7)
    start = str(first.day)
    if first.month != last.month:
        start += f"{HARD}{SHORT_MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f"{HARD}{first.year}"
    joint = "–" if first.month == last.month else f"{HARD}– "
    end = f"{last.day}{HARD}{SHORT_MONTHS[last.month - 1]}{HARD}{last.year}"
    return f"semaine{HARD}{found.number} ({start}{joint}{end})"


def _local_day(value: date) -> date:
    return value.astimezone(PARIS).date() if isinstance(value, datetime) else value
