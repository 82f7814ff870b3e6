"""Refusals under `/api/v1/fhir/` as OperationOutcome: whatever went wrong, and wherever it was refused."""

import json
from typing import Final

from django.http import HttpRequest, HttpResponse

from distrilog.api.problems import PROBLEM
from distrilog.integrations.fhir import codes
from distrilog.integrations.fhir.outcomes import outcome


PREFIX: Final = "/api/v1/fhir/"


def spoken(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a response as the address speaks: a problem told to a FHIR client becomes an OperationOutcome."""
    if not request.path_info.startswith(PREFIX) or response.headers.get("Content-Type") != PROBLEM:
        return response
    told = outcome(json.loads(response.content))
    response.content = json.dumps(told, ensure_ascii=False).encode()
    response["Content-Type"] = codes.JSON
    return response
