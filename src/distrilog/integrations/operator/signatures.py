"""
Signed HTTP requests: RFC 9421 with Ed25519, over a body named by its digest (RFC 9530). Pure.

Every request covers its method, its path, its body's digest and its type, and says when it was made. The
parameters are signed as they were sent, so that nothing is written anew before it is verified.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.seals import SigningKey


COVERED: Final = ("@method", "@path", "content-digest", "content-type")
LABEL: Final = "sig"
# Clocks differ, and a request may wait in a queue; later than that it must be signed anew.
TOLERANCE_SECONDS: Final = 300
_LONGEST_HEADER: Final = 2_000
_INPUT: Final = re.compile(
    r'(?P<label>[a-z*][a-z0-9_.*-]*)=(?P<parameters>\((?P<components>"[^"]*"(?: "[^"]*")*)\)'
    r'(?P<rest>(?:;[a-z*][a-z0-9_.*-]*=(?:"[^"\\]*"|-?[0-9]{1,15}))*))'
)
_PARAMETER: Final = re.compile(r';([^=]+)=(?:"([^"]*)"|(-?[0-9]+))')
_BYTES: Final = re.compile(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):")
_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):\s*(?:,|$)")


class BadSignature(Refusal):
    """La signature de la requête n’est pas valable."""

    slug = "bad-signature"
    status = 401


@dataclass(frozen=True, slots=True)
class _Input:
    """What `Signature-Input` says: the parameters as sent, and as read."""

    label: str
    parameters: str
    components: Sequence[str]
    values: Mapping[str, str]


def sign(
    *,
    key: SigningKey,
    key_id: str,
    method: str,
    path: str,
    content_type: str,
    body: bytes,
    at: datetime,
) -> dict[str, str]:
    """Return the headers that a signed request adds, its `Content-Type` among them."""
    parameters = (
        "(" + " ".join(f'"{name}"' for name in COVERED) + ")"
        f';created={int(at.timestamp())};keyid="{key_id}";alg="ed25519"'
    )
    headers = {"Content-Type": content_type, "Content-Digest": content_digest(body)}
    base = signature_base(
        components=COVERED, parameters=parameters, method=method, path=path, headers=headers
    )
    signature = b64encode(key.private.sign(base)).decode("ascii")
    return {
        **headers,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{signature}:",
    }


def verify(
    *,
    headers: Mapping[str, str],
    method: str,
    path: str,
    body: bytes,
    public_keys: Mapping[str, str],
    at: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> str:
    """
    Return the id of the key that signed the request; the keys are hexadecimal, by their id.

    Raises BadSignature where a header is missing or malformed, the body is another one, the moment is
    not now, the key is unknown, or the signature is not this key's.
    """
    found = {name.lower(): value for name, value in headers.items()}
    said = _read_input(_header(found, "signature-input"))
    key = _trusted_key(said, public_keys)
    _check_moment(said, at=at, tolerance_seconds=tolerance_seconds)
    digest = _DIGEST.search(_header(found, "content-digest"))
    if digest is None or digest[1] != b64encode(sha256(body).digest()).decode("ascii"):
        _refuse("content-digest", "Le corps de la requête n’est pas celui qui a été signé.")
    _header(found, "content-type")
    base = signature_base(
        components=said.components,
        parameters=said.parameters,
        method=method,
        path=path,
        headers=found,
    )
    try:
        key.verify(_signature(_header(found, "signature"), said.label), base)
    except InvalidSignature:
        _refuse("signature", "La signature ne correspond ni à la requête ni à la clé annoncée.")
    return said.values["keyid"]


def content_digest(body: bytes) -> str:
    """Return the `Content-Digest` of a body."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode('ascii')}:"


def signature_base(
    *,
    components: Sequence[str],
    parameters: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
) -> bytes:
    """Return what is signed (RFC 9421, 2.5): each component on a line, then the parameters."""
    lowered = {name.lower(): value for name, value in headers.items()}
    derived = {"@method": method.upper(), "@path": path}
    lines = [
        f'"{name}": {derived[name] if name in derived else lowered.get(name, "").strip()}'
        for name in components
    ]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def _read_input(header: str) -> _Input:
    matched = _INPUT.fullmatch(header)
    if matched is None:
        _refuse("signature-input", "L’en-tête Signature-Input est mal formé.")
    pairs = [(name, text or number) for name, text, number in _PARAMETER.findall(matched["rest"])]
    components = matched["components"][1:-1].split('" "')
    if len(dict(pairs)) != len(pairs) or len(set(components)) != len(components):
        _refuse("signature-input", "L’en-tête Signature-Input dit deux fois la même chose.")
    missing = [name for name in COVERED if name not in components]
    if missing or len(components) != len(COVERED):
        _refuse("signature-input", f"La signature doit couvrir {', '.join(COVERED)}, et eux seuls.")
    return _Input(matched["label"], matched["parameters"], components, dict(pairs))


def _trusted_key(said: _Input, public_keys: Mapping[str, str]) -> Ed25519PublicKey:
    if said.values.get("alg", "ed25519") != "ed25519":
        _refuse("alg", "Seul l’algorithme ed25519 est accepté.")
    public_hex = public_keys.get(said.values.get("keyid", ""))
    if public_hex is None:
        _refuse("keyid", "La clé annoncée n’est pas connue.")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))


def _check_moment(said: _Input, *, at: datetime, tolerance_seconds: int) -> None:
    created, expires = said.values.get("created", ""), said.values.get("expires", "")
    if not created.isdigit() or (expires and not expires.isdigit()):
        _refuse("created", "La signature ne dit pas quand elle a été faite.")
    now = int(at.timestamp())
    if abs(now - int(created)) > tolerance_seconds or (expires and int(expires) < now):
        _refuse(
            "created",
            "La signature est trop ancienne, ou faite dans l’avenir.",
            remedy="Vérifiez l’heure de votre serveur et signez de nouveau.",
        )


def _signature(header: str, label: str) -> bytes:
    matched = _BYTES.fullmatch(header)
    if matched is None or matched[1] != label:
        _refuse("signature", "L’en-tête Signature est mal formé.")
    try:
        return b64decode(matched[2], validate=True)
    except NotBase64:
        _refuse("signature", "L’en-tête Signature n’est pas en base 64.")


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        _refuse(name, f"L’en-tête « {name} » manque.")
    if len(value) > _LONGEST_HEADER or not value.isascii():
        _refuse(name, f"L’en-tête « {name} » est inutilisable.")
    return value


def _refuse(where: str, message: str, *, remedy: str = "") -> NoReturn:
    raise BadSignature(Fault(where=where, message=message, remedy=remedy))
