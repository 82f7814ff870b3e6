"""Papers of a round as PDF: the list to walk with, and a delivery note a facility. A4, DejaVu Sans embedded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries.platforms import RoundSeen, Site
from distrilog.domain.facilities.models import Territory
from distrilog.kernel.weeks import PARIS
from distrilog.web.platform.telling import holds
from distrilog.web.shared import format as french


_FONTS: Final = Path(__file__).parent / "fonts"
_FONT: Final = "DejaVu"
_MARGIN: Final = 15
_MM: Final = 0.3528  # millimetres in a point
_LEADING: Final = 0.48  # millimetres of a line, a point of its letters
_ROW: Final = 11
_WAY: Final = 24
_SIGNED: Final = 40
_INK: Final = (20, 25, 30)
_GREY: Final = (90, 100, 110)
_RULE: Final = (190, 200, 208)
_TINT: Final = (238, 243, 246)


class _Paper:
    """A4 pages, drawn line by line: fpdf2's own tables and paragraphs take fifty times as long, and a round has 200 pages."""

    def __init__(self, *, title: str, at: datetime, landscape: bool = False) -> None:
        # Only who prints needs it: a web worker stays small.
        from fpdf import FPDF  # noqa: PLC0415

        self.pdf = FPDF(orientation="L" if landscape else "P", format="A4")
        self.pdf.set_creation_date(at)
        self.pdf.set_lang("fr")
        self.pdf.set_title(title)
        self.pdf.set_author("Distrilog")
        self.pdf.add_font(_FONT, fname=_FONTS / "DejaVuSans.ttf")
        self.pdf.add_font(_FONT, style="B", fname=_FONTS / "DejaVuSans-Bold.ttf")
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.set_draw_color(*_RULE)
        self.foot = f"Distrilog · {title} · édité le {at.astimezone(PARIS):%d/%m/%Y à %H:%M}"
        self.right = self.pdf.w - _MARGIN
        self.bottom = self.pdf.h - 16
        self.y: float = _MARGIN
        self._widths: dict[tuple[str, str], float] = {}

    def page(self) -> None:
        """Begin a page, its foot written."""
        self.pdf.add_page()
        self.y = self.pdf.h - 12
        self.write(self.foot, x=_MARGIN, size=7, grey=True)
        number = f"page {self.pdf.page_no()}"
        self.write(number, x=self.right - 30, width=30, size=7, grey=True, right=True)
        self.y = _MARGIN

    def write(
        self,
        words: str,
        *,
        x: float,
        size: float,
        width: float = 0,
        bold: bool = False,
        grey: bool = False,
        right: bool = False,
    ) -> None:
        """Write words on the line at `y`; nothing moves."""
        # Measured first: measuring sets a font of its own.
        shift = width - self.width(words, size=size, bold=bold) if right else 0
        self.pdf.set_font(_FONT, style="B" if bold else "", size=size)
        self.pdf.set_text_color(*(_GREY if grey else _INK))
        self.pdf.text(x + shift, self.y + size * _MM, words)

    def width(self, words: str, *, size: float, bold: bool = False) -> float:
        """Return how wide words are, in millimetres: letters do not lean on each other here."""
        style = "B" if bold else ""
        total = 0.0
        for letter in words:
            known = self._widths.get((style, letter))
            if known is None:
                self.pdf.set_font(_FONT, style=style, size=100)
                known = self._widths[style, letter] = self.pdf.get_string_width(letter) / 100
            total += known
        return total * size

    def lines(
        self, words: str, *, width: float, size: float, bold: bool = False, most: int = 3
    ) -> list[str]:
        """Return words in lines that fit; what is beyond the last ends in an ellipsis."""
        found, line = [], ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and self.width(longer, size=size, bold=bold) > width:
                found.append(line)
                longer = word
            line = longer
        found = [each for each in (*found, line) if each] or [""]
        kept = [self._cut(each, width=width, size=size, bold=bold) for each in found[:most]]
        if len(found) > most:
            kept[-1] = self._cut(f"{kept[-1]} …", width=width, size=size, bold=bold)
        return kept

    def _cut(self, words: str, *, width: float, size: float, bold: bool) -> str:
        if self.width(words, size=size, bold=bold) <= width:
            return words
        while words and self.width(f"{words}…", size=size, bold=bold) > width:
            words = words[:-1]
        return f"{words}…"

    def paragraph(
        self,
        words: str,
        *,
        x: float,
        width: float,
        size: float,
        bold: bool = False,
        grey: bool = False,
    ) -> None:
        """Write words over as many lines as they need, and go below them."""
        for line in self.lines(words, width=width, size=size, bold=bold):
            self.write(line, x=x, size=size, bold=bold, grey=grey)
            self.y += size * _LEADING

    def rule(self) -> None:
        """Draw a line across the page."""
        self.pdf.line(_MARGIN, self.y, self.right, self.y)

    def tint(self, height: float) -> None:
        """Fill a band across the page."""
        self.pdf.set_fill_color(*_TINT)
        self.pdf.rect(_MARGIN, self.y, self.right - _MARGIN, height, style="F")

    def output(self) -> bytes:
        """Return the file."""
        return bytes(self.pdf.output())


def _heading(paper: _Paper, words: str, *more: str) -> None:
    width = paper.right - _MARGIN
    paper.paragraph(words, x=_MARGIN, width=width, size=15, bold=True)
    paper.y += 1
    for line in more:
        paper.paragraph(line, x=_MARGIN, width=width, size=9, grey=True)
    paper.y += 4


def list_pdf(
    *,
    platform: Territory,
    found: RoundSeen,
    sites: Sequence[Site],
    families: Mapping[str, Family],
    at: datetime,
) -> bytes:
    """Return the list of a round: a line a facility, a column a family in boxes, a box to tick and room to sign."""
    shown = [families[each.family] for each in found.totals if each.planned]
    title = f"Liste de tournée, {platform.name}"
    paper = _Paper(title=title, at=at, landscape=True)
    paper.page()
    sums = holds({each.family: each.planned for each in found.totals}, families)
    _heading(
        paper,
        title,
        f"{found.title} · {french.week_name(found.week)} · à remettre à partir du {french.day(found.delivers_on)}",
        f"{french.plural(len(sites), 'établissement')} · {sums}. Quantités en boîtes.",
    )
    _table_head(paper, shown)
    for site in sites:
        if paper.y + _ROW > paper.bottom:
            paper.page()
            _table_head(paper, shown)
        _table_row(paper, site, shown)
    return paper.output()


def _columns(paper: _Paper, shown: Sequence[Family]) -> tuple[float, float]:
    """Return the width of the names’ column and of each family’s."""
    counts = min(24.0, 120.0 / max(1, len(shown)))
    return paper.right - _MARGIN - counts * len(shown) - _WAY - _SIGNED, counts


def _table_head(paper: _Paper, shown: Sequence[Family]) -> None:
    names, counts = _columns(paper, shown)
    paper.tint(9)
    top = paper.y
    paper.y = top + 1
    paper.write("Établissement", x=_MARGIN + 1, size=8, bold=True)
    for rank, family in enumerate(shown):
        paper.y = top + 1
        words = french.sentence(family.name)
        for line in paper.lines(words, width=counts - 2, size=7, bold=True, most=2):
            x = _MARGIN + names + rank * counts
            paper.write(line, x=x, width=counts - 1, size=7, bold=True, right=True)
            paper.y += 3.4
    paper.y = top + 1
    x = _MARGIN + names + counts * len(shown) + 3
    paper.write("Mode", x=x, size=8, bold=True)
    paper.write("Reçu par, le", x=x + _WAY, size=8, bold=True)
    paper.y = top + 9


def _table_row(paper: _Paper, site: Site, shown: Sequence[Family]) -> None:
    names, counts = _columns(paper, shown)
    top = paper.y
    paper.rule()
    paper.y = top + 1.2
    (name, *_rest) = paper.lines(site.name, width=names - 3, size=9, bold=True, most=1)
    paper.write(name, x=_MARGIN + 1, size=9, bold=True)
    for rank, family in enumerate(shown):
        x = _MARGIN + names + rank * counts
        paper.write(_boxes(site, family), x=x, width=counts - 1, size=10, right=True)
    x = _MARGIN + names + counts * len(shown) + 3
    way = "Livré" if site.way == HandOut.Way.DELIVERED else "Retiré"
    paper.write(f"{'☑' if site.done else '☐'} {way}", x=x, size=9)
    paper.y = top + 6
    where = f"{site.registry} · {site.commune} ({site.department})"
    paper.write(where, x=_MARGIN + 1, size=7.5, grey=True)
    paper.y = top + _ROW


def _boxes(site: Site, family: Family) -> str:
    line = site.line(family.code)
    if line is None:
        return "–"
    boxes, rest = divmod(line.units, family.box_units)
    return f"{french.number(line.units)} u." if rest else french.number(boxes)


def notes_pdf(
    *,
    platform: Territory,
    found: RoundSeen,
    sites: Sequence[Site],
    families: Mapping[str, Family],
    at: datetime,
) -> bytes:
    """Return the delivery notes of facilities, a page each: what is handed over, and who signs for it."""
    paper = _Paper(title=f"Bons de remise, {platform.name}", at=at)
    for site in sites:
        paper.page()
        _note(paper, site, platform=platform, found=found, families=families)
    return paper.output()


def _note(
    paper: _Paper,
    site: Site,
    *,
    platform: Territory,
    found: RoundSeen,
    families: Mapping[str, Family],
) -> None:
    _heading(
        paper,
        "Bon de remise",
        f"{found.title} · {french.week_name(found.week)}",
        f"Réf. {found.week}-{found.plan_id}-{platform.pk}-{site.registry}",
    )
    top = paper.y
    giver = platform.platform
    _side(paper, "Remis par", [platform.name, giver.name if giver else ""], x=_MARGIN, y=top)
    where = site.address or [f"{site.commune} ({site.department})"]
    lines = [site.name, f"N° {site.registry}", *where, site.contact, site.hours]
    _side(paper, "Remis à", lines, x=_MARGIN + 95, y=top)
    paper.y = max(paper.y, top + 30) + 4
    _note_lines(paper, site, families)
    _signatures(paper)


def _side(paper: _Paper, title: str, lines: Sequence[str], *, x: float, y: float) -> None:
    paper.y = y
    paper.write(title, x=x, size=8, grey=True)
    paper.y += 5
    for rank, line in enumerate(line for line in lines if line):
        paper.paragraph(line, x=x, width=85, size=10, bold=not rank)


_COUNTS: Final = (90.0, 122.0, 152.0)  # where the boxes, the units and what was handed begin


def _note_lines(paper: _Paper, site: Site, families: Mapping[str, Family]) -> None:
    _note_line(paper, ("Produit", "Boîtes", "Unités", "Déjà remis"), bold=True)
    for line in site.lines:
        family = families[line.family]
        boxes, rest = divmod(line.units, family.box_units)
        counts = (
            french.sentence(family.plural),
            "" if rest else french.number(boxes),
            french.number(line.units),
            french.number(line.handed) if line.handed else "–",
        )
        _note_line(paper, counts)
    paper.rule()
    paper.y += 6


def _note_line(paper: _Paper, cells: Sequence[str], *, bold: bool = False) -> None:
    top = paper.y
    if bold:
        paper.tint(8)
    else:
        paper.rule()
    paper.y = top + 2
    paper.write(cells[0], x=_MARGIN + 1, size=10, bold=bold)
    for cell, x in zip(cells[1:], _COUNTS, strict=True):
        paper.write(cell, x=x, width=28, size=10, bold=bold, right=True)
    paper.y = top + 8


def _signatures(paper: _Paper) -> None:
    if paper.y > paper.bottom - 50:
        paper.page()
    top = paper.y
    for rank, words in enumerate(("Pour la plateforme", "Pour l’établissement")):
        x = _MARGIN + rank * 93
        paper.pdf.rect(x, top, 87, 34)
        paper.y = top + 2
        paper.write(f"{words} : date, nom, signature", x=x + 2, size=8.5)
    paper.y = top + 38
    paper.paragraph(
        "Vérifiez les quantités avant de signer. Un écart se signale à la plateforme, qui l’enregistre dans Distrilog.",
        x=_MARGIN,
        width=paper.right - _MARGIN,
        size=8,
        grey=True,
    )
