"""The stock by place and expiry, and the list of lots with its files."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.stock import queries
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import CSV, XLSX, attachment
from distrilog.web.stock import lots, reading
from distrilog.web.stock.drawing import buckets_of, expiry_picture
from distrilog.web.stock.forms import LotFilter
from distrilog.web.stock.pages import page


PER_PAGE: Final = 50
# Kind of a place → its words in the picture.
GROUPS: Final[Mapping[str, str]] = {
    "spf": "Santé publique France",
    "operator": "opérateur",
    "overseas": "outre-mer",
    "consortium": "groupement d’achat",
}


@require_safe
@needs(Deed.STOCK_READ)
def places(request: ActorRequest) -> HttpResponse:
    """Show a family by place and expiry, and the lots that the filters keep."""
    families, known, on = reading.families(), reading.places(), reading.today()
    choice = lots.choice_of(request.GET, families=families, places=known)
    path = reverse("stock:places")
    rows = lots.rows_of(choice)
    number = reading.page_number(request.GET.get("page", ""))
    pages = reading.Pages.of(
        rows, total=rows.count(), number=number, size=PER_PAGE, path=path, kept=choice.words
    )
    context = {
        "choice": choice,
        "filter": LotFilter(families=families, places=known, initial=choice.words),
        "filtered": any((choice.family, choice.place, choice.status, choice.number)),
        "headers": lots.headers_of(choice, path=path),
        "pages": pages,
        "lines": lots.lines_of(pages.rows, on=on),
        "exports": [
            (name, reading.address(reverse("stock:export", args=[name]), **choice.words))
            for name in ("xlsx", "csv")
        ],
        **_by_expiry(choice, families, known),
    }
    return page(request, "places", tab="places", context=context)


def _by_expiry(
    choice: lots.Choice, families: Mapping[str, Family], known: Mapping[str, Place]
) -> dict[str, Any]:
    """Draw one family: units of several are no sum."""
    family = families.get(choice.family) or next(iter(families.values()), None)
    if family is None:
        return {"family": None}
    lines = queries.by_expiry(
        on=reading.today(), family=family.code, place=choice.place or None,
        statuses=[choice.status] if choice.status else reading.HELD,
    )  # fmt: skip
    buckets = buckets_of(lines, group_of={code: place.kind for code, place in known.items()})
    shown = {key: GROUPS[key] for key in GROUPS if any(each.units.get(key) for each in buckets)}
    path = reverse("stock:places")
    return {
        "family": family,
        "place": known.get(choice.place),
        "status": reading.STATUS_WORDS.get(choice.status, ""),
        "families": [
            (each, reading.address(path, **choice.words | {"famille": each.code}))
            for each in families.values()
        ],
        "picture": expiry_picture(buckets, groups=shown),
        "groups": shown.values(),
        "buckets": [
            (each, [each.units.get(key, 0) for key in shown], each.total) for each in buckets
        ],
        "sums": [sum(each.units.get(key, 0) for each in buckets) for key in shown],
        "total": sum(each.total for each in buckets),
    }


@require_safe
@needs(Deed.STOCK_READ)
def export(request: ActorRequest, name: str) -> HttpResponse:
    """Give all rows of the list, in its order, under its filters: `xlsx` or `csv`."""
    choice = lots.choice_of(request.GET, families=reading.families(), places=reading.places())
    at = clock.now().astimezone(PARIS)
    lines = lots.lines_of(lots.rows_of(choice).iterator(chunk_size=2000), on=at.date())
    file = f"distrilog-lots-{at:%Y-%m-%d}"
    if name == "csv":
        return attachment(content=lots.as_csv(lines), name=f"{file}.csv", kind=CSV)
    if name == "xlsx":
        title = f"Stock lot par lot, état au {at:%d/%m/%Y à %H:%M} (heure de Paris)"
        content = lots.as_workbook(lines, title=title)
        return attachment(content=content, name=f"{file}.xlsx", kind=XLSX)
    raise Http404
