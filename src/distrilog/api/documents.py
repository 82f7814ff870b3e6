"""The OpenAPI document and a page that reads it aloud: both public, both without a script."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from distrilog.api.answers import JSON
from distrilog.api.application import api
from distrilog.api.outcomes import PREFIX as FHIR
from distrilog.api.problems import PROBLEM
from distrilog.api.shapes.fhir import OperationOutcome
from distrilog.api.shapes.problems import Problem
from distrilog.integrations.fhir.codes import JSON as FHIR_JSON


PREFIX = "/api/v1/"
_METHODS = ("get", "post", "put", "patch", "delete")
# Every operation may answer these; the others depend on whether it has a body.
_ALWAYS = {
    400: "Requête illisible",
    401: "Clé absente ou non valable",
    403: "Ce rôle ne permet pas cette action",
    404: "Introuvable, ou hors du périmètre",
    422: "Demande refusée : toutes les erreurs à la fois",
    429: "Trop de requêtes",
    500: "Erreur inattendue",
    503: "Service momentanément indisponible",
}
_WHEN_WRITING = {
    409: "Refusé : contingent dépassé, étape ou clé déjà passée",
    412: "La commande ou la déclaration a changé depuis sa lecture",
    413: "Corps trop grand",
    415: "Le corps n’est pas du type attendu",
    428: "Une correction dit de quelle version elle part : `If-Match`",
}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "secondes à attendre"},
    503: {"Retry-After": "secondes à attendre"},
}
_SUCCESS_HEADERS = {
    "placeOrder": {"Location": "adresse de la commande", "ETag": "sa version"},
    "getOrder": {"ETag": "sa version"},
    "amendOrder": {"ETag": "sa version"},
    "cancelOrder": {"ETag": "sa version"},
    "prepareRun": {"Location": "adresse du calcul"},
    "askResupply": {"Location": "adresse de la demande"},
    "getDeclaration": {"ETag": "sa version"},
    "declare": {"ETag": "sa version"},
}
# What an answer lets one ask next: operation → (parameter, where its value is in the answer).
_LINKS: dict[str, dict[str, tuple[str, str]]] = {
    "placeOrder": dict.fromkeys(
        ("getOrder", "amendOrder", "cancelOrder"), ("reference", "$response.body#/reference")
    ),
    "askResupply": dict.fromkeys(
        ("getResupply", "withdrawResupply"), ("reference", "$response.body#/reference")
    ),
    "prepareRun": dict.fromkeys(
        ("getRun", "previewRun", "signRun", "publishRun", "exportRun"),
        ("run", "$response.body#/id"),
    ),
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document, every refusal included."""
    schema: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX)))
    schema["components"]["schemas"] |= _refusal_schemas()
    for path, method, operation in _operations(schema):
        _add_problems(operation, writes=method != "get", as_fhir=path.startswith(FHIR))
        _add_links(operation)
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _not_null(parameter["schema"])
    return schema


def _refusal_schemas() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for shape in (Problem, OperationOutcome):
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[shape.__name__] = schema
    return found


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _add_problems(operation: dict[str, Any], *, writes: bool, as_fhir: bool) -> None:
    kind, shape = (FHIR_JSON, "OperationOutcome") if as_fhir else (PROBLEM, "Problem")
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
    statuses = _ALWAYS | (_WHEN_WRITING if writes else {409: _WHEN_WRITING[409]})
    success = next(each for each in operation["responses"] if each.startswith("2"))
    for status, description in sorted(statuses.items()):
        operation["responses"][str(status)] = {
            "description": description,
            "content": content,
            **_headers(_HEADERS.get(status, {})),
        }
    answered = operation["responses"][success]
    answered |= _headers(_SUCCESS_HEADERS.get(operation["operationId"], {}))
    if as_fhir:
        answered["content"] = {FHIR_JSON: answered["content"][JSON]}


def _add_links(operation: dict[str, Any]) -> None:
    links = _LINKS.get(operation["operationId"], {})
    if links:
        operation["responses"]["201"]["links"] = {
            name: {"operationId": name, "parameters": {parameter: value}}
            for name, (parameter, value) in links.items()
        }


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be absent: in an address or a header there is no null."""
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**{name: each for name, each in schema.items() if name != "anyOf"}, **choices[0]}


def _headers(described: dict[str, str]) -> dict[str, Any]:
    if not described:
        return {}
    return {
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in described.items()
        }
    }


@lru_cache(maxsize=1)
def _document_bytes() -> tuple[bytes, str]:
    content = json.dumps(document(), ensure_ascii=False, indent=1).encode()
    return content, f'"{sha256(content).hexdigest()[:32]}"'


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document."""
    content, tag = _document_bytes()
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    return HttpResponse(content, content_type=JSON, headers={"ETag": tag})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationShown:
    """One operation as the page shows it."""

    method: str
    path: str
    operation: dict[str, Any]
    parameters: list[dict[str, Any]]
    example: str
    statuses: list[tuple[str, str]]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaShown:
    """One shape as the page shows it: its fields, their types, what they mean."""

    name: str
    description: str
    fields: list[tuple[str, str, str]]


@require_safe
def docs(_request: HttpRequest) -> HttpResponse:
    """Answer the documentation as one page, without a script."""
    return HttpResponse(_page())


@lru_cache(maxsize=1)
def _page() -> str:
    schema = document()
    subjects: dict[str, list[OperationShown]] = {}
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item:
                shown = _shown(schema, path=path, method=method, operation=item[method])
                subjects.setdefault(item[method]["tags"][0], []).append(shown)
    return render_to_string(
        "api/docs.html",
        {
            "info": schema["info"],
            "subjects": subjects,
            "shapes": [
                _shape(name, each) for name, each in schema["components"]["schemas"].items()
            ],
        },
    )


def _shown(
    schema: dict[str, Any], *, path: str, method: str, operation: dict[str, Any]
) -> OperationShown:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    name = str(body.get("$ref", "")).rpartition("/")[2]
    examples = schema["components"]["schemas"].get(name, {}).get("examples", [])
    return OperationShown(
        method=method.upper(),
        path=path,
        operation=operation,
        parameters=[
            {
                "name": each["name"],
                "in": each["in"],
                "required": each.get("required", False),
                "type": _type(each["schema"]),
                "meaning": each.get("description", ""),
            }
            for each in operation.get("parameters", [])
        ],
        example=json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else "",
        statuses=[(status, each["description"]) for status, each in operation["responses"].items()],
        rule=operation["x-rule"],
    )


def _shape(name: str, schema: dict[str, Any]) -> SchemaShown:
    required = schema.get("required", [])
    return SchemaShown(
        name=name,
        description=schema.get("description", ""),
        fields=[
            (field, _type(each) + ("" if field in required else ", facultatif"), _meaning(each))
            for field, each in schema.get("properties", {}).items()
        ],
    )


def _meaning(schema: dict[str, Any]) -> str:
    limits = [
        f"{word} {schema[name]}"
        for name, word in (
            ("pattern", "forme"),
            ("minimum", "au moins"),
            ("maximum", "au plus"),
            ("maxLength", "longueur au plus"),
            ("maxItems", "nombre au plus"),
        )
        if name in schema
    ]
    return " ; ".join(part for part in (schema.get("description", ""), *limits) if part)


def _type(schema: dict[str, Any]) -> str:
    """Return a type as people read it: `integer`, `list of Line`, `string or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " ou ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"liste de {_type(schema['items'])}"
    words = {
        "integer": "entier",
        "string": "texte",
        "boolean": "oui ou non",
        "null": "rien",
        "object": "objet",
        "number": "nombre",
    }
    kind = str(schema.get("type", "valeur"))
    return {"date": "date", "date-time": "date et heure"}.get(
        str(schema.get("format")), words.get(kind, kind)
    )
