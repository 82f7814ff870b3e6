"""Who the token is."""

from django.http import HttpResponse
from ninja import Router

from distrilog.api.answers import answer
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.rules import AUTHENTICATED, ruled
from distrilog.api.shapes.facilities import Me
from distrilog.domain.accounts.rules import Deed


router = Router(tags=["Clé"])


@router.get(
    "/me",
    response={200: Me},
    operation_id="getMe",
    summary="Dire au nom de qui agit la clé",
    description="Rôle, établissement et périmètre de la clé, relus à chaque requête.",
    openapi_extra=ruled(AUTHENTICATED),
)
def me(request: ApiRequest) -> HttpResponse:
    """Answer the role, the facility and the scope of the token."""
    actor = request.auth
    return answer(
        {
            "role": actor.role,
            "facility": actor.registry or None,
            "scope": {"kind": actor.scope.kind, "code": actor.scope.code},
            "deeds": sorted(deed for deed in Deed if actor.may(deed)),
        }
    )
