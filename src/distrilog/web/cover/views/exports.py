"""Files that hold exactly what a page of cover shows: CSV, XLSX, Parquet."""

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations.queries import cover
from distrilog.domain.reporting.cover import every_facility, on_the_way
from distrilog.domain.reporting.cover_files import (
    MEDIA_TYPES,
    Form,
    Table,
    area_table,
    facility_table,
    written,
)
from distrilog.kernel import clock
from distrilog.web.cover import listing
from distrilog.web.cover.look import Look, look_of
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import attachment


@require_GET
@needs(Deed.COVER_READ)
def picture(request: ActorRequest, kind: str) -> HttpResponse:
    """Give an area and its parts for the article and the week looked at."""
    form = _form(kind)
    look = look_of(request, at=clock.now())
    area: dict[str, Any] = {
        "scope": request.actor.scope,
        "width": look.place.width,
        "code": look.place.code,
        "week": look.week,
        "family": look.family.code,
    }
    table = area_table(picture=cover.picture(**area, weeks=1), way=on_the_way(**area))
    return _file(table, form=form, look=look, name="couverture")


@require_GET
@needs(Deed.DECLARATION_READ)
def facilities(request: ActorRequest, kind: str) -> HttpResponse:
    """Give the rows of the list of facilities, all pages, as its filters and its order say."""
    form = _form(kind)
    look = look_of(request, at=clock.now())
    path = look.place.path(scope=request.actor.scope)
    order = listing.order_asked(request.GET)
    rows = every_facility(
        scope=request.actor.scope,
        width=look.place.width,
        code=look.place.code,
        week=look.week,
        choice=listing.choice_of(request.GET, family=look.family.code, order=order),
    )
    table = facility_table(rows=rows, week=str(look.week), name=path[-1].name)
    return _file(table, form=form, look=look, name="etablissements")


def _form(kind: str) -> Form:
    if kind not in set(Form):
        raise Http404
    return Form(kind)


def _file(table: Table, *, form: Form, look: Look, name: str) -> HttpResponse:
    where = "".join(one for one in look.place.code if one.isascii() and one.isalnum()) or "pays"
    return attachment(
        content=written(table=table, form=form, at=look.at),
        name=f"distrilog-{name}-{where}-{look.family.code}-{look.week}.{form}",
        kind=MEDIA_TYPES[form],
    )
