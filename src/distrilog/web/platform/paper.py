"""Papers of a round as PDF: the list to walk with, and a delivery note a facility. A4, DejaVu Sans embedded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries.platforms import RoundSeen, Site
from distrilog.domain.facilities.models import Territory
from distrilog.kernel.weeks import PARIS
from distrilog.web.platform.telling import holds
from distrilog.web.shared import format as french


if TYPE_CHECKING:
    from fpdf import FPDF

_FONTS: Final = Path(__file__).parent / "fonts"
_FONT: Final = "DejaVu"
_MARGIN: Final = 15
_LINE: Final = 5.5
_GREY: Final = (90, 100, 110)
_RULE: Final = (190, 200, 208)
_TINT: Final = (238, 243, 246)


def _paper(*, title: str, at: datetime, landscape: bool = False) -> "FPDF":
    # Only who prints needs it: a web worker stays small.
    from fpdf import FPDF  # noqa: PLC0415

    class Paper(FPDF):
        """Pages that say what they are, their number and when they were made."""

        def footer(self) -> None:
            """Write the foot of a page."""
            self.set_y(-12)
            self.set_font(_FONT, size=7)
            self.set_text_color(*_GREY)
            made = f"Distrilog · {title} · édité le {at.astimezone(PARIS):%d/%m/%Y à %H:%M}"
            self.cell(0, 4, made)
            self.set_x(-_MARGIN - 30)
            self.cell(30, 4, f"page {self.page_no()}/{{nb}}", align="R")
            self.set_text_color(0, 0, 0)

    paper = Paper(orientation="L" if landscape else "P", format="A4")
    paper.set_creation_date(at)
    paper.set_lang("fr")
    paper.set_title(title)
    paper.set_author("Distrilog")
    paper.add_font(_FONT, fname=_FONTS / "DejaVuSans.ttf")
    paper.add_font(_FONT, style="B", fname=_FONTS / "DejaVuSans-Bold.ttf")
    paper.set_margins(_MARGIN, _MARGIN, _MARGIN)
    paper.set_auto_page_break(auto=True, margin=16)
    paper.set_draw_color(*_RULE)
    return paper


def _heading(paper: "FPDF", words: str, *more: str) -> None:
    paper.set_font(_FONT, style="B", size=15)
    paper.multi_cell(0, 7.5, words, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.set_font(_FONT, size=9)
    paper.set_text_color(*_GREY)
    for line in more:
        paper.multi_cell(0, 4.6, line, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.set_text_color(0, 0, 0)
    paper.ln(3)


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
    paper = _paper(title=title, at=at, landscape=True)
    paper.add_page()
    sums = holds({each.family: each.planned for each in found.totals}, families)
    _heading(
        paper,
        title,
        f"{found.title} · {french.week_name(found.week)} · à remettre à partir du {french.day(found.delivers_on)}",
        f"{french.plural(len(sites), 'établissement')} · {sums}",
    )
    _table(paper, sites, shown)
    return bytes(paper.output())


def _table(paper: "FPDF", sites: Sequence[Site], shown: Sequence[Family]) -> None:
    from fpdf.fonts import FontFace  # noqa: PLC0415

    counts = min(22.0, 110.0 / max(1, len(shown)))
    widths = (267 - counts * len(shown) - 24 - 34, *[counts] * len(shown), 24, 34)
    paper.set_font(_FONT, size=8)
    head = FontFace(emphasis="BOLD", fill_color=_TINT, size_pt=7)
    with paper.table(
        col_widths=widths,
        headings_style=head,
        line_height=4.4,
        padding=1.1,
        text_align=("LEFT", *["RIGHT"] * len(shown), "LEFT", "LEFT"),
        borders_layout="HORIZONTAL_LINES",
    ) as table:
        table.row(
            [
                "Établissement",
                *(french.sentence(family.name) + "\n(boîtes)" for family in shown),
                "Mode",
                "Reçu par, le",
            ]
        )
        for site in sites:
            where = f"{site.commune} ({site.department})".strip()
            counted = [_boxes(site, family) for family in shown]
            way = "Livré" if site.way == HandOut.Way.DELIVERED else "Retiré"
            table.row(
                [
                    f"{site.name}\n{site.registry} · {where}",
                    *counted,
                    f"{'☑' if site.done else '☐'} {way}",
                    "",
                ]
            )


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
    paper = _paper(title=f"Bons de remise, {platform.name}", at=at)
    for site in sites:
        paper.add_page()
        _note(paper, site, platform=platform, found=found, families=families)
    return bytes(paper.output())


def _note(
    paper: "FPDF",
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
    top = paper.get_y()
    giver = platform.platform
    _side(paper, "Remis par", [platform.name, giver.name if giver else ""], x=_MARGIN, y=top)
    where = site.address or [f"{site.commune} ({site.department})"]
    lines = [site.name, f"N° {site.registry}", *where, site.contact, site.hours]
    bottom = _side(paper, "Remis à", lines, x=110, y=top)
    paper.set_xy(_MARGIN, max(bottom, top + 30) + 4)
    _note_lines(paper, site, families)
    _signatures(paper)


def _side(paper: "FPDF", title: str, lines: Sequence[str], *, x: float, y: float) -> float:
    """Write one party; return where it ends."""
    paper.set_xy(x, y)
    paper.set_font(_FONT, size=8)
    paper.set_text_color(*_GREY)
    paper.cell(85, 5, title)
    paper.set_text_color(0, 0, 0)
    paper.set_xy(x, y + 5)
    for rank, line in enumerate(line for line in lines if line):
        paper.set_x(x)
        paper.set_font(_FONT, style="" if rank else "B", size=10)
        paper.multi_cell(85, _LINE, line, align="L", new_x="LMARGIN", new_y="NEXT")
    return float(paper.get_y())


def _note_lines(paper: "FPDF", site: Site, families: Mapping[str, Family]) -> None:
    from fpdf.fonts import FontFace  # noqa: PLC0415

    paper.set_font(_FONT, size=10)
    with paper.table(
        col_widths=(74, 30, 38, 38),
        headings_style=FontFace(emphasis="BOLD", fill_color=_TINT, size_pt=9),
        line_height=6,
        padding=1.2,
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
        borders_layout="HORIZONTAL_LINES",
    ) as table:
        table.row(["Produit", "Boîtes", "Unités", "Déjà remis"])
        for line in site.lines:
            family = families[line.family]
            boxes, rest = divmod(line.units, family.box_units)
            table.row(
                [
                    french.sentence(family.plural),
                    "" if rest else french.number(boxes),
                    french.number(line.units),
                    french.number(line.handed) if line.handed else "–",
                ]
            )
    paper.ln(4)


def _signatures(paper: "FPDF") -> None:
    if paper.get_y() > paper.h - 75:
        paper.add_page()
    top = paper.get_y() + 4
    paper.set_font(_FONT, size=9)
    for rank, words in enumerate(
        ("Pour la plateforme : date, nom, signature", "Pour l’établissement : date, nom, signature")
    ):
        x = _MARGIN + rank * 93
        paper.rect(x, top, 87, 34)
        paper.set_xy(x + 2, top + 2)
        paper.cell(83, 5, words)
    paper.set_xy(_MARGIN, top + 38)
    paper.set_text_color(*_GREY)
    paper.multi_cell(
        0,
        4.6,
        "Vérifiez les quantités avant de signer. Un écart se signale à la plateforme, qui l’enregistre dans Distrilog.",
        align="L",
    )
    paper.set_text_color(0, 0, 0)
