"""
Documents as they come: JSON and XML of one known resource, in the form of FHIR R5. Pure.

`fhir.resources` judges the form. It is loaded at the first document, never with the web worker. What could make
a reader misunderstand is refused, as the standard asks: modifier extensions, implicit rules. Contained resources
are refused too: an identifier says who is meant.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, get_args
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic_core import from_json

from distrilog.kernel.refusals import Fault, Refusal


# A report of a whole hospital is some 20 kB; a hundred articles, 60 kB.
LARGEST: Final = 256 * 1024
# What a person reads; a hostile document could hold thousands.
MOST_FAULTS: Final = 50
# FHIR documents are some ten levels deep.
DEEPEST: Final = 40
_NAMESPACE: Final = "{http://hl7.org/fhir}"
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,15})?")
_REFUSED: Final = {
    "modifierExtension": (
        "Une extension modificatrice change le sens du document : aucune n’est connue ici.",
        "Envoyez le document sans elle.",
    ),
    "implicitRules": (
        "Des règles implicites changent le sens du document : aucune n’est connue ici.",
        "Envoyez le document sans elles.",
    ),
    "contained": (
        "Les ressources contenues ne sont pas lues.",
        "Nommez l’établissement et les articles par un identifiant (`identifier`).",
    ),
}
_MESSAGES: Final = {
    "missing": "Cet élément est obligatoire.",
    "model_field_validation.missing": "Cet élément est obligatoire.",
    "extra_forbidden": "Cet élément n’existe pas ici dans FHIR R5.",
    "list_type": "Une liste est attendue.",
    "string_type": "Un texte est attendu.",
    "value_error": "Cette valeur n’a pas la forme que FHIR R5 demande.",
}

Resource = Mapping[str, Any]


class Unreadable(Refusal):
    """Ce document n’est pas une ressource FHIR R5 lisible."""

    slug = "unreadable-resource"
    status = 400


class WrongForm(Refusal):
    """Cette ressource n’a pas la forme que FHIR R5 demande."""

    slug = "invalid-resource"
    status = 422


def read(body: bytes, *, kind: str, is_xml: bool) -> Resource:
    """Return a resource of a kind, its form judged, or refuse with all that is wrong with it."""
    resource = _from_xml(body, kind) if is_xml else _from_json(body, kind)
    faults = [*_refused(resource, kind), *_misshapen(resource, kind)]
    if faults:
        raise WrongForm(*faults[:MOST_FAULTS], more=max(0, len(faults) - MOST_FAULTS))
    return resource


def _from_json(body: bytes, kind: str) -> Resource:
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise _unreadable(kind, "Ce n’est pas du JSON valide en UTF-8.") from error
    if not isinstance(found, dict):
        raise _unreadable(kind, "Un objet JSON est attendu.")
    said = found.get("resourceType")
    if said != kind:
        raise _other_kind(kind, said if isinstance(said, str) else "")
    if _depth(found) > DEEPEST:
        raise _unreadable(kind, f"Ce document a plus de {DEEPEST} niveaux.")
    return found


def _depth(value: object) -> int:
    """Return how deep a document is, without descending further than it matters."""
    level: list[object] = [value]
    for depth in range(DEEPEST + 1):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return depth
        level = inner
    return DEEPEST + 1


def _from_xml(body: bytes, kind: str) -> Resource:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise _unreadable(kind, "Un document XML ne porte ici ni DOCTYPE ni entité.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _unreadable(kind, "Ce n’est pas du XML bien formé.") from error
    if root.tag != f"{_NAMESPACE}{kind}":
        raise _other_kind(kind, root.tag.removeprefix(_NAMESPACE))
    return {"resourceType": kind, **_object(root, _model(kind), kind, 0)}


def _object(element: Element, model: Any, kind: str, depth: int) -> dict[str, Any]:
    """Return an element as the JSON form has it, its fields told apart by the model of what it is."""
    if depth > DEEPEST:
        raise _unreadable(kind, f"Ce document a plus de {DEEPEST} niveaux.")
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        name = str(child.tag).removeprefix(_NAMESPACE)
        # A narrative is XHTML for readers of pages: nothing in it is data.
        if name == "text" and depth == 0:
            continue
        field = model.model_fields.get(name) if model is not None else None
        value = _value(child, field, kind, depth)
        if field is not None and _is_list(field):
            found.setdefault(name, []).append(value)
        else:
            # Said twice where once is allowed: the list is refused with the rest.
            found[name] = value if name not in found else [found[name], value]
    return found


def _value(child: Element, field: Any, kind: str, depth: int) -> Any:
    model = _inner_model(field)
    if model is not None or len(child) or "value" not in child.attrib:
        return _object(child, model, kind, depth + 1)
    text = child.attrib["value"]
    types = set() if field is None else set(_plain_types(field.annotation))
    if bool in types:
        return {"true": True, "false": False}.get(text, text)
    if types & {Decimal, int} and _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return text


def _plain_types(annotation: Any) -> Iterator[Any]:
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for each in inner:
        yield from _plain_types(each)


def _inner_model(field: Any) -> Any:
    """Return the model of what a field holds; None for a plain value, or where nobody knows the field."""
    types = [] if field is None else _plain_types(field.annotation)
    found = [each for each in types if hasattr(each, "get_model_klass")]
    return found[0].get_model_klass() if found else None


def _is_list(field: Any) -> bool:
    return "List[" in str(field.annotation)


@lru_cache(maxsize=8)
def _model(kind: str) -> Any:
    # Thirty megabytes that only those who send FHIR should cost.
    from fhir.resources import get_fhir_model_class  # noqa: PLC0415

    return get_fhir_model_class(kind)


def _required(kind: str) -> list[str]:
    fields = _model(kind).model_fields
    return [
        name
        for name, field in fields.items()
        if field.is_required() or (field.json_schema_extra or {}).get("element_required")
    ]


def _refused(value: object, where: str) -> Iterator[Fault]:
    """Yield what changes the meaning of a document, or hides some of it, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _REFUSED:
                message, remedy = _REFUSED[name]
                yield Fault(where=f"{where}.{name}", message=message, remedy=remedy)
            else:
                yield from _refused(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for rank, inner in enumerate(value):
            yield from _refused(inner, f"{where}[{rank}]")


def _misshapen(resource: Resource, kind: str) -> Iterator[Fault]:
    from pydantic import ValidationError  # noqa: PLC0415 - beside the models it judges

    # What is refused anyway is not judged: a contained resource could be of any of 150 kinds.
    judged = {name: value for name, value in resource.items() if name not in _REFUSED}
    # The models tell what is missing only when nothing else is wrong.
    missing = [name for name in _required(kind) if name not in judged]
    for name in missing:
        yield Fault(where=path(kind, [name]), message=_MESSAGES["missing"])
    try:
        _model(kind).model_validate(judged)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        for each in told:
            if each["loc"][:1] and each["loc"][0] in missing:
                continue
            message = _MESSAGES.get(each["type"], "Cette valeur n’est pas valable dans FHIR R5.")
            yield Fault(where=path(kind, each["loc"]), message=message)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        # The models fail on some values before they can say where.
        raise _unreadable(kind, "Cette ressource n’est pas lisible comme du FHIR R5.") from error


def path(kind: str, location: Sequence[int | str]) -> str:
    """Return a FHIRPath expression: `InventoryReport.inventoryListing[0].item[2].quantity`."""
    told = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return (kind + told)[:200]


def _unreadable(kind: str, message: str) -> Unreadable:
    return Unreadable(Fault(where=kind, message=message, remedy="Voir docs/fhir.md."))


def _other_kind(kind: str, said: str) -> Unreadable:
    printable = "".join(each if each.isprintable() else "�" for each in said[:40])
    return _unreadable(kind, f"Une ressource {kind} est attendue ici, pas « {printable} ».")
