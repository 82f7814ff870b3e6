"""Cover by area: sums, parts, trends; and the facilities of an area, who runs out first."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.declarations import days, week_of
from distrilog.api.operations.parameters import LIMIT, AfterQuery, WeekQuery
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import Digits
from distrilog.api.shapes.declarations import CoverPicture, FacilityCoverPage
from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.queries import cover
from distrilog.domain.declarations.rules.forecast import RunOut
from distrilog.domain.declarations.rules.picture import (
    Area,
    AreaCover,
    Choice,
    FacilityCover,
    FamilyCover,
    Figures,
    Picture,
    Width,
)
from distrilog.domain.reporting import cover as reporting
from distrilog.domain.reporting.cover_files import (
    MEDIA_TYPES,
    Form,
    area_table,
    facility_table,
    written,
)
from distrilog.kernel import clock
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.weeks import Week


router = Router(tags=["Couverture"])

_SUMS = (
    *("facilities", "asked", "declared", "stock", "consumption", "need"),
    *("alert", "watch", "covered", "empty", "questioned"),
)
LevelQuery = Annotated[
    Literal["country", "region", "department", "territory", "part"] | None,
    Query(description="le plus large que la clé voie, par défaut"),
]
CodeQuery = Annotated[
    str,
    Query(
        pattern=r"^[!-~]{0,40}$",
        description="code de la région, du département, du territoire, ou `75:<territoire>`",
    ),
]
FamilyQuery = Annotated[str, Query(pattern=r"^[a-z0-9_]{0,20}$", description="une seule famille")]

RowsQuery = Annotated[Literal["areas", "facilities"], Query(description="ce qu’une ligne dit")]
FormQuery = Annotated[Literal["csv", "xlsx", "parquet"], Query(description="le format")]


@router.get(
    "/cover",
    response={200: CoverPicture},
    operation_id="getCoverPicture",
    summary="Lire la couverture d’un territoire",
    description=(
        "Ses sommes, celles de ses parties, dont il est le total, et ses douze dernières semaines ; par famille, "
        "les jours de couverture et la date de rupture prévue, avec un intervalle. Les sommes de la semaine "
        "sont refaites chaque minute."
    ),
    openapi_extra=ruled(Deed.COVER_READ),
)
def get_cover_picture(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    level: LevelQuery = None,
    code: CodeQuery = "",
    family: FamilyQuery = "",
    week: WeekQuery = None,
) -> HttpResponse:
    """Answer an area's week."""
    actor = request.auth
    actor.require(Deed.COVER_READ)
    area = _area(actor, level, code)
    found = cover.picture(
        scope=actor.scope, width=area.width, code=area.code, week=_week(week), family=family
    )
    return answer(_picture(found))


@router.get(
    "/cover/facilities",
    response={200: FacilityCoverPage},
    operation_id="listCoverFacilities",
    summary="Lister les établissements d’un territoire et leur couverture",
    description="Un établissement et une famille par ligne, la rupture la plus proche d’abord, page par page.",
    openapi_extra=ruled(Deed.DECLARATION_READ, **{"x-rule-also": str(Deed.COVER_READ)}),
)
def list_cover_facilities(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    level: LevelQuery = None,
    code: CodeQuery = "",
    family: FamilyQuery = "",
    week: WeekQuery = None,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page of facilities."""
    actor = request.auth
    actor.require(Deed.DECLARATION_READ)
    actor.require(Deed.COVER_READ)
    area = _area(actor, level, code)
    wanted = read_cursor(after)
    choice = Choice(family=family, page=wanted if isinstance(wanted, int) else 1, per_page=limit)
    page = reporting.facilities(
        scope=actor.scope, width=area.width, code=area.code, week=_week(week), choice=choice
    )
    more = choice.offset + len(page.rows) < page.matching
    return answer(
        {
            "items": [_facility(row) for row in page.rows],
            "matching": page.matching,
            "next": write_cursor(choice.page + 1 if more and page.rows else None),
        }
    )


@router.get(
    "/cover/export",
    operation_id="exportCover",
    summary="Exporter la couverture d’un territoire",
    description=(
        "Le territoire et ses parties, ou ses établissements (`rows=facilities`, avec `declaration.read`), en CSV, "
        "XLSX ou Parquet, avec la méthode et ce qui est en route."
    ),
    openapi_extra=ruled(
        Deed.COVER_READ,
        responses={
            200: {
                "description": "OK",
                "content": {
                    kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                    for kind in MEDIA_TYPES.values()
                },
            }
        },
        **{"x-rule-facilities": str(Deed.DECLARATION_READ)},
    ),
)
def export_cover(  # noqa: PLR0917 - the framework passes them by name
    request: ApiRequest,
    rows: RowsQuery = "areas",
    format: FormQuery = "csv",  # noqa: A002 - the name in the address
    level: LevelQuery = None,
    code: CodeQuery = "",
    family: FamilyQuery = "",
    week: WeekQuery = None,
) -> HttpResponse:
    """Answer an area as a file."""
    actor = request.auth
    actor.require(Deed.COVER_READ)
    area = _area(actor, level, code)
    looked_at: dict[str, Any] = {
        "scope": actor.scope,
        "width": area.width,
        "code": area.code,
        "week": _week(week),
    }
    picture = cover.picture(**looked_at, family=family, weeks=1)
    if rows == "facilities":
        actor.require(Deed.DECLARATION_READ)
        listed = reporting.every_facility(**looked_at, choice=Choice(family=family))
        table = facility_table(rows=listed, week=picture.week, name=picture.path[-1].name)
    else:
        way = reporting.on_the_way(**looked_at, family=family)
        table = area_table(picture=picture, way=way)
    form = Form(format)
    return HttpResponse(
        written(table=table, form=form, at=clock.now()),
        content_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="couverture-{picture.week}.{form}"'},
    )


def _area(actor: Actor, level: str | None, code: str) -> Area:
    """Return the area that is looked at: the widest one sees unless told."""
    if level:
        return Area(width=Width(level), code=code)
    widest = cover.widest(actor.scope)
    if widest is None:
        raise NotFound(
            detail="Votre périmètre n’a pas de sommes : lisez la couverture de l’établissement."
        )
    return widest


def _week(text: str | None) -> Week:
    return week_of(text) if text else Week.at(clock.now())


def _picture(found: Picture) -> dict[str, Any]:
    return {
        "week": found.week,
        "total": _area_cover(found.total),
        "children": [_area_cover(child) for child in found.children],
        "trend": [
            {
                "week": each.week,
                "family": family,
                "figures": _figures(figures),
                "cover_days": days(figures.cover_tenths),
            }
            for each in found.trend
            for family, figures in each.families.items()
        ],
        "built_at": found.built_at,
        "stale_since": found.stale_since,
    }


def _area_cover(found: AreaCover) -> dict[str, Any]:
    return {
        "level": found.area.width,
        "code": found.area.code,
        "name": found.area.name,
        "families": [_family(family, each) for family, each in found.families.items()],
    }


def _family(family: str, found: FamilyCover) -> dict[str, Any]:
    return {
        "family": family,
        "level": found.level,
        "cover_days": days(found.figures.cover_tenths),
        "watch_days": found.threshold.watch_days,
        "alert_days": found.threshold.alert_days,
        "run_out": _run_out(found.run_out),
        "figures": _figures(found.figures),
        "previous": _figures(found.previous),
    }


def _figures(found: Figures) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _SUMS}


def _run_out(found: RunOut | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"earliest": found.earliest, "expected": found.expected, "latest": found.latest}


def _facility(row: FacilityCover) -> dict[str, Any]:
    return {
        "facility": row.registry,
        "name": row.facility,
        "department": row.department,
        "territory": row.territory or None,
        "group": row.group,
        "family": row.family,
        "box": row.box_units,
        "need": row.need,
        "stock": row.stock,
        "consumption": row.consumption,
        "cover_days": days(row.cover_tenths),
        "level": row.level,
        "run_out": _run_out(row.run_out),
        "questioned": row.questioned,
        "asked": row.asked,
        "difficulty": row.difficulty,
        "on_the_way": row.on_the_way,
    }
