"""What stands in the fields of a declaration: at first, counted another way, corrected, beside another's."""

from uuid import uuid4

from django.http import QueryDict

from distrilog.domain.declarations.queries import LineView, WeekView
from distrilog.domain.declarations.rules import BAND_DAYS, BAND_NAMES, DAYS_A_WEEK, Band
from distrilog.web.declarations.forms import DeclarationForm
from distrilog.web.declarations.quantities import LONGEST, Counting, read, shown
from distrilog.web.declarations.rows import FIGURES, is_declared


def first_values(
    view: WeekView, *, profile: str, counting: Counting | None = None
) -> dict[str, str]:
    """Return what a new form holds: what is declared already, else what last week and deliveries suggest."""
    way = counting or (Counting.BANDS if _in_bands(view) else Counting.BOXES)
    values = {
        "week": str(view.week),
        "version": str(view.version),
        "key": str(uuid4()),
        "profile": profile,
        "counting": way.value,
        "typed": Counting.UNITS.value if way is Counting.UNITS else Counting.BOXES.value,
        "troubles": "1",
        "queued": "",
    }
    for line in view.lines:
        values |= _of_line(line, typed=Counting(values["typed"]))
    return values


def _in_bands(view: WeekView) -> bool:
    """Tell whether a small site said bands this week, or last time: a band comes without a consumption."""
    if not view.bands_allowed:
        return False
    if view.version:
        return any(line.band for line in view.lines)
    past = [line for line in view.lines if line.previous_stock is not None]
    return bool(past) and all(line.previous_consumption is None for line in past)


def _of_line(line: LineView, *, typed: Counting) -> dict[str, str]:
    code, known = line.family, is_declared(line)
    stock = line.stock if known else line.suggested_stock
    used = line.consumption if known else line.suggested_consumption
    if line.band:
        stock = None  # what the band means at least is no count
    return {
        f"stock-{code}": shown(stock, counting=typed, box_units=line.box_units),
        f"consumption-{code}": shown(used, counting=typed, box_units=line.box_units),
        f"band-{code}": line.band or _band_of(stock, need=line.need),
        **was_of(line),
    }


def was_of(line: LineView) -> dict[str, str]:
    """Return what is declared of a family, as a form remembers it."""
    counted = not line.band
    return {
        f"was-stock-{line.family}": _plain(line.stock) if counted else "",
        f"was-consumption-{line.family}": _plain(line.consumption) if counted else "",
        f"was-band-{line.family}": line.band,
    }


def rebased(data: QueryDict, view: WeekView) -> QueryDict:
    """Return what was sent, as if it had been filled from what is declared now."""
    made = data.copy()
    made["version"] = str(view.version)
    for line in view.lines:
        for name, value in was_of(line).items():
            made[name] = value
    return made


def recounted(form: DeclarationForm, counting: Counting) -> dict[str, str]:
    """Return the values of a form in another way of counting; what cannot be read stays as it is typed."""
    values = {name: str(value) for name, value in form.data.items()}
    values["counting"] = counting.value
    if counting is Counting.BANDS:
        return values
    values["typed"] = counting.value
    for line in form.lines:
        for name in FIGURES:
            spot = f"{name}-{line.family}"
            try:
                units = read(values.get(spot, ""), counting=form.numbers, box_units=line.box_units)
            except ValueError:
                continue
            values[spot] = shown(units, counting=counting, box_units=line.box_units)
    return values


def corrected(form: DeclarationForm, correction: str) -> dict[str, str]:
    """Return the values of a form, one figure replaced: `correction` is `stock-family:units`."""
    values = {name: str(value) for name, value in form.data.items()}
    spot, _colon, units = correction.partition(":")
    readable = units.isdecimal() and units.isascii() and len(units) <= LONGEST
    for line in form.lines if readable else ():
        if spot in (f"{name}-{line.family}" for name in FIGURES):
            values[spot] = shown(int(units), counting=form.numbers, box_units=line.box_units)
    return values


def _band_of(stock: int | None, *, need: int) -> str:
    """Return the band that a stock falls in, empty where there is none to tell."""
    if stock is None or need <= 0:
        return ""
    held = [band for band in BAND_NAMES if stock * DAYS_A_WEEK >= BAND_DAYS[band] * need]
    if stock > 0 and held[-1] is Band.NONE:
        return Band.DAYS.value
    return held[-1].value


def _plain(units: int | None) -> str:
    return "" if units is None else str(units)
