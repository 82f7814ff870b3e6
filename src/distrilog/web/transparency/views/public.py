"""Transparence: the published runs, how a quota is computed, how to check one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.quotas.queries import Preview, refuse_stocks, sealed_files
from distrilog.domain.quotas.rules import THOUSANDTHS, Claims, Reason, Shares, share_out
from distrilog.domain.quotas.services import signing_key
from distrilog.kernel import clock
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.seals import key_identity
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import PUBLIC, actor_of, needs
from distrilog.web.shared.spreadsheets import attachment


PER_PAGE: Final = 20
MOST_PAGES: Final = 10_000
DAY: Final = 24 * 3600
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # of no meaning: the same files make the same archive


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyShare:
    """What a run did with one family over all its sources. Units."""

    family: Family
    envelope: int
    need: int
    shared: int
    pots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """A run that was published: its families, and its fairness as it was printed when signed."""

    run: QuotaRun
    families: Sequence[FamilyShare]
    preview: Preview | None


def _published() -> QuerySet[QuotaRun]:
    """Keep the runs that were published once: nothing that was ever in force disappears."""
    rows = QuotaRun.objects.filter(published_at__isnull=False).exclude(head="")
    return rows.select_related("doctrine").defer("inputs").order_by("-week", "-pk")


def _with_shares(runs: Sequence[QuotaRun]) -> list[PublishedRun]:
    """Return runs with their families, in two queries."""
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    sums = (
        Share.objects.filter(run__in=runs)
        .values("run_id", "family_id")
        .annotate(
            all_envelope=Sum("envelope"),
            all_need=Sum("need"),
            all_shared=Sum("shared"),
            all_pots=Sum("pots"),
        )
        .order_by("family__position", "family_id")
    )
    found: dict[int, list[FamilyShare]] = {}
    for row in sums:
        found.setdefault(row["run_id"], []).append(
            FamilyShare(
                family=families[row["family_id"]],
                envelope=row["all_envelope"],
                need=row["all_need"],
                shared=row["all_shared"],
                pots=row["all_pots"],
            )
        )
    return [
        PublishedRun(
            run=run,
            families=found.get(run.pk, []),
            preview=Preview.of(run.fairness) if run.fairness else None,
        )
        for run in runs
    ]


@require_safe
@needs(PUBLIC)
def overview(request: HttpRequest) -> HttpResponse:
    """Say what is public, and list the published runs, the latest week first."""
    number = _page_number(request.GET.get("page", ""))
    start = (number - 1) * PER_PAGE
    runs = list(_published()[start : start + PER_PAGE + 1])
    actor = actor_of(request)
    context = {
        "may_read_books": actor is not None and actor.may(Deed.STOCK_READ),
        "runs": _with_shares(runs[:PER_PAGE]),
        "number": number,
        "more": len(runs) > PER_PAGE,
        "previous": number - 1,
        "next": number + 1,
    }
    return render(request, "transparency/overview.html", context)


def _page_number(text: str) -> int:
    readable = text.isascii() and text.isdecimal() and len(text) < len(str(MOST_PAGES))
    return max(int(text), 1) if readable else 1


def _run(number: int) -> QuotaRun:
    found = _published().filter(pk=min(number, 2**63 - 1)).first()
    if found is None:
        fault = Fault(where="run", message=f"Aucun calcul publié ne porte le n° {number}.")
        raise NotFound(fault)
    return found


@require_safe
@needs(PUBLIC)
def run(request: HttpRequest, number: int) -> HttpResponse:
    """Show one published run: what it released, to what level, how fair, its seal."""
    found = _run(number)
    (told,) = _with_shares([found])
    families = {family.code: family for family in Family.objects.all()}
    shares = found.shares.select_related("source").order_by(
        "family__position", "family_id", "source__name"
    )
    context = {
        "told": told,
        "run": found,
        "preview": told.preview,
        "shares": [
            {
                "family": families[share.family_id],
                "source": share.source.name,
                "envelope": share.envelope,
                "need": share.need,
                "shared": share.shared,
                "level": _level(int(share.level_numerator), int(share.level_denominator)),
                "fairness": _fairness(told.preview, share),
                "floors_short": share.floors_short,
            }
            for share in shares
        ],
        "superseded": found.state == QuotaRun.State.SUPERSEDED,
        "key": signing_key().public_hex,
    }
    return render(request, "transparency/run.html", context)


def _level(numerator: int, denominator: int) -> str:
    """Write a level as « 73,6 % », rounded down to the tenth as the sentences to facilities are."""
    whole, tenth = divmod(THOUSANDTHS * numerator // denominator, 10)
    return f"{french.number(whole)},{tenth}{french.THIN}%"


def _fairness(preview: Preview | None, share: Share) -> object:
    shares = preview.shares if preview else []
    wanted = (share.family_id, share.source_id)
    return next((each for each in shares if (each.family, each.source) == wanted), None)


@require_safe
@needs(PUBLIC)
def export(request: HttpRequest, number: int) -> HttpResponse:
    """Give the sealed files of a published run, byte for byte as signed, in one archive; not declared stocks."""
    found = _run(number)
    refuse_stocks(run=found, actor=actor_of(request))
    tag = f'"{found.head}"'
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    response = attachment(
        content=_archive(sealed_files(run=found)),
        name=f"distrilog-calcul-{found.pk}-{found.week}.zip",
        kind="application/zip",
    )
    response["ETag"] = tag
    reach = "private" if found.inputs.get("reads_cover", False) else "public"
    response["Cache-Control"] = f"{reach}, max-age={DAY}"
    return response


def _archive(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in sorted(files.items()):
            entry = ZipInfo(name, date_time=EARLIEST)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """One facility of the example, in units; `exact` and `owed` are whole parts of what is kept in thousandths."""

    name: str
    need: int
    floor: int
    cap: int
    exact: int
    units: int
    boxes: int
    carried: int
    carried_next: int
    why: str


EXAMPLE_ENVELOPE: Final = 820
EXAMPLE_BOX: Final = 50
_NAMES: Final = (
    "EHPAD de 35 lits",
    "Hôpital de proximité",
    "Service d’aide à domicile",
    "EHPAD avec un plancher de 80",
    "Foyer avec un plafond de 60",
)
_NEEDS: Final = (350, 650, 30, 120, 200)
_FLOORS: Final = (0, 0, 0, 80, 0)
_CAPS: Final = (350, 650, 30, 120, 60)
_CARRIED: Final = (0, 9, 25, 0, 0)
_WHY: Final = {
    Reason.AT_LEVEL: "porté au niveau commun",
    Reason.AT_FLOOR: "son plancher est au-dessus du niveau",
    Reason.AT_CAP: "arrêté à son plafond",
    Reason.NO_NEED: "pas de besoin",
    Reason.NOTHING_LEFT: "il ne reste rien",
    Reason.FLOOR_SHARED: "sa part des planchers",
}


@cache
def _example() -> tuple[Shares, list[ExampleRow]]:
    """Share out the example by the very rule that shares out the country."""
    claims = Claims.of(
        week="2020-W45",
        family="surgical_mask",
        keys=[f"{rank}".encode() for rank in range(len(_NAMES))],
        need=_NEEDS,
        floor=_FLOORS,
        cap=_CAPS,
        carried=[each * THOUSANDTHS for each in _CARRIED],
    )
    shares = share_out(claims=claims, envelope=EXAMPLE_ENVELOPE, box=EXAMPLE_BOX)
    rows = [
        ExampleRow(
            name=name,
            need=_NEEDS[rank],
            floor=_FLOORS[rank],
            cap=_CAPS[rank],
            exact=int(shares.exact[rank]) // THOUSANDTHS,
            units=int(shares.units[rank]),
            boxes=int(shares.units[rank]) // EXAMPLE_BOX,
            carried=_CARRIED[rank],
            carried_next=round(int(shares.carried_next[rank]) / THOUSANDTHS),
            why=_WHY[Reason(int(shares.reason[rank]))],
        )
        for rank, name in enumerate(_NAMES)
    ]
    return shares, rows


@require_safe
@needs(PUBLIC)
def method(request: HttpRequest) -> HttpResponse:
    """Say how a quota is computed, with an example that the real rule works out."""
    shares, rows = _example()
    try:
        doctrine = doctrines.in_force(on=clock.now().astimezone(PARIS).date())
    except NoDoctrine:
        doctrine = None
    context = {
        "rows": rows,
        "envelope": EXAMPLE_ENVELOPE,
        "box": EXAMPLE_BOX,
        "whole": EXAMPLE_ENVELOPE - EXAMPLE_ENVELOPE % EXAMPLE_BOX,
        "unallocated": shares.unallocated,
        "numerator": shares.level[0],
        "denominator": shares.level[1],
        "level": _level(*shares.level),
        "doctrine": doctrine,
    }
    return render(request, "transparency/method.html", context)


@require_safe
@needs(PUBLIC)
def verify(request: HttpRequest) -> HttpResponse:
    """Say how to check a run without us, and show the public key."""
    key = signing_key().public_hex
    context = {
        "run": _published().first(),
        "key": key,
        "identity": key_identity(public_hex=key),
    }
    return render(request, "transparency/verify.html", context)
