"""A plan as a file, line by line: exactly what its pages add up."""

from typing import Final

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import plans
from distrilog.domain.facilities.models import Category
from distrilog.domain.reporting.cover_files import (
    MEDIA_TYPES,
    Column,
    Form,
    Kind,
    Table,
    written,
)
from distrilog.kernel import clock
from distrilog.web.plans.telling import name_of
from distrilog.web.shared import format as french
from distrilog.web.shared.rights import ActorRequest, needs
from distrilog.web.shared.spreadsheets import attachment


_TEXTS: Final = (
    ("region", "Région", 22),
    ("territory", "Territoire", 12),
    ("territory_name", "Nom du territoire", 30),
    ("registry", "Numéro", 14),
    ("facility", "Établissement", 40),
    ("commune", "Commune", 24),
    ("department", "Département", 12),
    ("group", "Catégorie", 28),
    ("family", "Famille", 16),
    ("family_name", "Article", 24),
)
_COUNTS: Final = (
    ("box_units", "Unités par boîte"),
    ("need_doctrine", "Besoin selon la doctrine"),
    ("need", "Besoin"),
    ("given", "Reçu de donateurs"),
    ("floor", "Plancher"),
    ("computed", "Calculé"),
    ("changed", "Ajusté par l’ARS"),
    ("units", "Dotation"),
)
COLUMNS: Final = (
    *(Column(name=name, title=title, kind=Kind.TEXT, width=width) for name, title, width in _TEXTS),
    *(Column(name=name, title=title) for name, title in _COUNTS),
)
_GROUP: Final = 7


@require_GET
@needs(Deed.PLAN_READ)
def export(request: ActorRequest, number: int, kind: str) -> HttpResponse:
    """Give every line of a plan within the reader's scope: `csv`, `xlsx` or `parquet`."""
    if kind not in set(Form):
        raise Http404
    at = clock.now()
    plan = plans.get(plan_id=number, scope=request.actor.scope)
    rows = plans.exported(plan_id=number, scope=request.actor.scope)
    table = Table(
        title=f"{name_of(plan)}, {french.week_name(plan.week)}",
        columns=COLUMNS,
        rows=(
            [*row[:_GROUP], Category.Group(row[_GROUP]).label, *row[_GROUP + 1 :]] for row in rows
        ),
        method=_method(plan),
    )
    return attachment(
        content=written(table=table, form=Form(kind), at=at),
        name=f"distrilog-plan-{plan.week}-{plan.pk}.{kind}",
        kind=MEDIA_TYPES[Form(kind)],
    )


def _method(plan: Plan) -> tuple[str, ...]:
    doctrine = plan.doctrine.title if plan.doctrine else "sans doctrine"
    return (
        "Quantités en unités ; une ligne par établissement et par article.",
        f"Doctrine : {doctrine}. État du plan : {plan.get_state_display()}.",
        "Dotation = calculé + ajusté. Les lignes d’une plateforme font exactement ce qu’elle reçoit.",
    )
