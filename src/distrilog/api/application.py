"""The API: its operations, its gate, and how it answers what goes wrong."""

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from pydantic_core import from_json

from distrilog.api import problems
from distrilog.api.gate import Gate
from distrilog.api.operations import (
    cover,
    declaration_files,
    declarations,
    difficulties,
    facilities,
    fhir,
    gifts,
    me,
    orders,
    plans,
    platforms,
    quota_runs,
    receipts,
    resupply,
)
from distrilog.kernel.refusals import Refusal


DESCRIPTION = """
L’accès des systèmes hospitaliers et des partenaires à Distrilog : contingents, commandes, livraisons,
déclarations de stock, dépannages, calculs.

- Chaque requête porte `Authorization: Bearer <clé>` ; la clé se crée dans « Mes clés d’API » et n’a que
  les droits et le périmètre de son profil.
- Les semaines sont ISO (`2020-W45`), les quantités des entiers en unités ; les réponses disent aussi les boîtes.
- Un refus est un `application/problem+json` (RFC 9457) : `faults` dit tout ce qui ne va pas, et quoi faire.
- Hors de votre périmètre, la réponse est 404.
"""


class StrictParser(Parser):
    """JSON as the standard has it: UTF-8, no NaN, no lone surrogate, no endless nesting."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the body, or raise ValueError."""
        found: dict[str, Any] = from_json(request.body, allow_inf_nan=False)
        return found


api = NinjaAPI(
    title="Distrilog",
    version="1.0.0",
    description=DESCRIPTION,
    auth=Gate(),
    parser=StrictParser(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
for router in (
    me.router,
    facilities.router,
    orders.router,
    receipts.router,
    declarations.router,
    declaration_files.router,
    difficulties.router,
    cover.router,
    resupply.router,
    quota_runs.router,
    plans.router,
    platforms.router,
    gifts.router,
    fhir.router,
):
    api.add_router("", router)

api.add_exception_handler(Refusal, problems.on_refusal)
api.add_exception_handler(HttpError, problems.on_http_error)
api.add_exception_handler(ValidationError, problems.on_validation_error)
api.add_exception_handler(Exception, problems.on_exception)
