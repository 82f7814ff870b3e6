"""Refusals as an OperationOutcome: every fault an issue, where it is, what to do. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from distrilog.integrations.fhir import codes
from distrilog.integrations.fhir.documents import Resource


# Statuses as the issue types of FHIR R5 (CodeSystem issue-type).
_TYPES: Final = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "business-rule",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    428: "required",
    429: "throttled",
    500: "exception",
    503: "transient",
}


def outcome(problem: Mapping[str, Any]) -> Resource:
    """Return the OperationOutcome of a problem (RFC 9457); one issue at least."""
    kind = _TYPES.get(problem["status"], "processing")
    slug = str(problem["type"]).rpartition(":")[2]
    faults = problem.get("faults") or [
        {"message": problem.get("detail") or problem["title"], "where": ""}
    ]
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(fault, kind=kind, slug=slug, title=problem["title"]) for fault in faults],
    }


def _issue(fault: Mapping[str, Any], *, kind: str, slug: str, title: str) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": "error",
        "code": kind,
        "details": {
            "coding": [{"system": codes.PROBLEM, "code": slug, "display": title}],
            "text": fault["message"],
        },
    }
    if fault.get("remedy"):
        issue["diagnostics"] = fault["remedy"]
    if fault.get("where"):
        issue["expression"] = [fault["where"]]
    return issue
