"""A circular's table checks itself: anyone may send one, and the reference case is read in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from distrilog.domain.distribution import reference
from distrilog.domain.distribution.rules.printed import Kind, Report, check_table, shown
from distrilog.domain.distribution.rules.printed_files import (
    LARGEST,
    MOST_ROWS,
    check_sheet,
    read_sheet,
)
from distrilog.domain.distribution.rules.statements import check_statement
from distrilog.kernel.tables import FileRefused
from distrilog.web.shared.rights import PUBLIC, needs
from distrilog.web.shared.spreadsheets import CSV, attachment


LONGEST_NAME: Final = 100
# A page that lists more is no longer read; the rest is counted.
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Two figures that should be one, or a cell that is not read (`computed` is then empty)."""

    where: str
    what: str
    printed: str
    computed: str
    difference: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is shown of a table: what was read of it, and everything that does not agree."""

    name: str
    rows: int
    quantities: int
    shares: int
    sums: Sequence[tuple[str, str]]
    findings: Sequence[Finding]
    hidden: int
    unread: int


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PUBLIC)
def page(request: HttpRequest) -> HttpResponse:
    """Check the table that is sent, and show the reference case; nothing is kept."""
    sent = _sent(request) if request.method == "POST" else {}
    verdicts = [check_statement(statement=each) for each in reference.statements()]
    context = {
        "size": LARGEST // 1024,
        "rows": MOST_ROWS,
        "source": reference.SOURCE,
        "table": reference.territories(),
        "reference": _reference(),
        "apart": [each for each in verdicts if not each.agrees],
        "agreeing": [each for each in verdicts if each.agrees],
        **sent,
    }
    return render(
        request, "transparency/tables.html", context, status=422 if "fault" in sent else 200
    )


def _sent(request: HttpRequest) -> dict[str, object]:
    sent = request.FILES.get("file")
    if sent is None:
        return {"fault": "Choisissez un fichier CSV ou XLSX."}
    name = (sent.name or "")[:LONGEST_NAME]
    try:
        sheet = read_sheet(name=name, content=sent.read(LARGEST + 1))
    except FileRefused as refused:
        return {"fault": f"{refused.message} {refused.remedy}"}
    return {"checked": _checked(name, check_sheet(sheet))}


def _reference() -> Checked:
    table = reference.territories()
    return _checked(reference.SOURCE, check_table(heading=table.heading, rows=table.rows))


def _checked(name: str, report: Report) -> Checked:
    kinds = list(report.columns.values())
    findings = [*_disagreements(report), *_unread(report)]
    return Checked(
        name=name,
        rows=report.rows,
        quantities=kinds.count(Kind.QUANTITY),
        shares=kinds.count(Kind.SHARE),
        sums=[
            (column, shown(units))
            for column, units in report.sums.items()
            if report.columns[column] is Kind.QUANTITY
        ],
        findings=findings[:MOST_SHOWN],
        hidden=max(0, len(findings) - MOST_SHOWN),
        unread=len(report.unread),
    )


def _disagreements(report: Report) -> list[Finding]:
    return [
        Finding(
            where=f"ligne {each.row}" if each.row else "total",
            what=f"{each.label or 'ligne sans nom'}, {each.column}",
            printed=shown(each.printed),
            computed=shown(each.computed),
            difference=shown(each.difference, signed=True),
            sentence=each.sentence,
        )
        for each in report.disagreements
    ]


def _unread(report: Report) -> list[Finding]:
    return [
        Finding(
            where=f"ligne {each.row}",
            what=each.column,
            printed=each.text,
            computed="",
            difference="",
            sentence=each.sentence,
        )
        for each in report.unread
    ]


@require_safe
@needs(PUBLIC)
def example(_request: HttpRequest) -> HttpResponse:
    """Send the reference table as printed, to try the check with."""
    name = reference.TERRITORIES.name
    return attachment(content=reference.TERRITORIES.read_bytes(), name=name, kind=CSV)
