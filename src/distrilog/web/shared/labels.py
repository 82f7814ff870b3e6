"""
Logistic labels to print: the parcel's SSCC as GS1-128 and DataMatrix, who it goes to, what it holds.

Sizes follow the General Specifications for logistic labels (5.12.3, 6.6): modules of half a millimetre and
bars of 32 mm, so that an SSCC fits the width of an A6 sheet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import zxingcpp
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from distrilog.kernel import gs1


MODULE_MM: Final = 0.5
BARS_MM: Final = 32
MATRIX_MODULE_MM: Final = 0.8
# What fits between the addresses and the bars.
LINES_SHOWN: Final = 12
_SIZE: Final = re.compile(r'<svg width="(\d+)" height="(\d+)"')
_PATH: Final = re.compile(r'<path d="([MmHhVvLlZz0-9. -]+)"')


class Symbol(StrEnum):
    """How an element string is printed."""

    BARS = "GS1-128"
    MATRIX = "GS1 DataMatrix"


_FORMATS: Final = {
    Symbol.BARS: zxingcpp.BarcodeFormat.Code128,
    Symbol.MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLine:
    """Units of one lot in the parcel, as a reader at the door wants them."""

    article: str
    units: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A parcel's label. `sender` and `receiver` are lines of an address, the name first."""

    sscc: str
    sender: Sequence[str]
    receiver: Sequence[str]
    lines: Sequence[LabelLine] = ()
    order: str = ""
    tracking: str = ""
    hours: str = ""

    @property
    def text(self) -> str:
        """The SSCC in its human form."""
        return gs1.element_string(sscc=self.sscc)

    @property
    def lines_shown(self) -> Sequence[LabelLine]:
        """The lines that fit on the sheet."""
        return self.lines[:LINES_SHOWN]

    @property
    def lines_left(self) -> int:
        """How many lines do not fit."""
        return max(0, len(self.lines) - LINES_SHOWN)

    @property
    def bars(self) -> SafeString:
        """The SSCC as GS1-128."""
        return label_svg(text=self.text)

    @property
    def matrix(self) -> SafeString:
        """The SSCC as GS1 DataMatrix."""
        return label_svg(text=self.text, symbol=Symbol.MATRIX)


def label_svg(*, text: str, symbol: Symbol = Symbol.BARS) -> SafeString:
    """
    Return an element string, `(00)…` or `(01)…(17)…(10)…`, as an SVG to stand in a page.

    No style, no script, only attributes; its size is in millimetres, quiet zones included. Raises
    ValueError for what is no GS1 element string.
    """
    drawn = zxingcpp.create_barcode(text, _FORMATS[symbol], gs1=True).to_svg()
    size, path = _SIZE.search(drawn), _PATH.search(drawn)
    if size is None or path is None:
        raise ValueError(f"{text!r} could not be drawn.")
    width, height = int(size[1]), int(size[2])
    if symbol is Symbol.BARS:
        wide, high, ratio = width * MODULE_MM, float(BARS_MM), "none"
    else:
        wide, high, ratio = width * MATRIX_MODULE_MM, height * MATRIX_MODULE_MM, "xMidYMid"
    return format_html(
        '<svg class="dl-code" xmlns="http://www.w3.org/2000/svg" width="{}mm" height="{}mm"'
        ' viewBox="0 0 {} {}" preserveAspectRatio="{}" shape-rendering="crispEdges" role="img"'
        ' aria-label="{} {}"><rect width="{}" height="{}" fill="#fff"/><path d="{}" fill="#000"/>'
        "</svg>",
        f"{wide:g}",
        f"{high:g}",
        width,
        height,
        ratio,
        symbol.value,
        text,
        width,
        height,
        mark_safe(path[1]),  # noqa: S308 - moves, lines and digits: the pattern lets nothing else through
    )
