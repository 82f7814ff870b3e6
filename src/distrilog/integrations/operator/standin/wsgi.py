"""The stand-in over HTTP: messages in, Suivi v2, a look inside; its clock ticks in the same process."""

import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote

from distrilog.integrations.operator import reading, signatures
from distrilog.integrations.operator.standin import control, inbox, tracking
from distrilog.integrations.operator.standin.clockwork import Clockwork
from distrilog.integrations.operator.standin.environment import Environment, read
from distrilog.integrations.operator.standin.store import Store
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.seals import (
    KeyFileUnsafe,
    SigningKey,
    key_identity,
    load_or_create_key,
)


SUIVI = "/suivi/v2/idships/"
TRIES_TO_READ_A_KEY = 20


@dataclass(frozen=True, slots=True)
class Response:
    """A status, what is said, and headers besides."""

    status: HTTPStatus
    said: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came over HTTP; the names of headers are in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Stopped(Exception):  # noqa: N818 - ends a request, with its answer
    """The request is answered before its end."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.response = Response(status, {"reason": reason})


def key_in(path: Any) -> SigningKey:
    """Return the key of a file, drawn the first time; another process may be writing it this instant."""
    for _try in range(TRIES_TO_READ_A_KEY):
        try:
            return load_or_create_key(path)
        except KeyFileUnsafe:
            time.sleep(0.05)
    return load_or_create_key(path)


class Warehouse:
    """The WSGI application."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.database = environment.home / "operator.sqlite3"
        Store(self.database).create()
        self.key = key_in(environment.home / "operator-key")
        self.portal_key = (
            environment.portal_public_key
            or key_in(environment.home / "operator-portal-key").public_hex
        )
        self.rate = tracking.Rate()
        self.local = threading.local()
        self.clockwork = Clockwork(environment, self.key)
        self.routes: Mapping[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/health"): self._health,
            ("GET", "/state"): self._state,
            ("POST", "/control"): self._control,
            ("POST", "/messages"): self._messages,
        }

    @property
    def store(self) -> Store:
        """The connection of this thread."""
        if not hasattr(self.local, "store"):
            self.local.store = Store(self.database)
        found: Store = self.local.store
        return found

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, in JSON."""
        try:
            response = self._answer(_request(environ))
        except Stopped as stopped:
            response = stopped.response
        body = json.dumps(response.said, ensure_ascii=False).encode()
        start_response(
            f"{response.status.value} {response.status.phrase}",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                *response.headers.items(),
            ],
        )
        return [body]

    def _answer(self, request: Request) -> Response:
        route = self.routes.get((request.method, request.path))
        if route:
            return route(request)
        if request.method == "GET" and request.path.startswith(SUIVI):
            return self._suivi(request)
        return Response(HTTPStatus.NOT_FOUND, {"reason": "Rien à cette adresse."})

    def _health(self, _request: Request) -> Response:
        alive = self.clockwork.is_alive()
        status = HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(status, {"ticking": alive})

    def _state(self, request: Request) -> Response:
        asked = parse_qs(request.query).get("order")
        if asked:
            return Response(HTTPStatus.OK, control.order(self.store, asked[0]))
        return Response(HTTPStatus.OK, control.state(self.store, self.environment))

    def _control(self, request: Request) -> Response:
        self._require_token(request)
        try:
            control.control(self.store, json.loads(request.body))
        except (control.NotUnderstood, ValueError, KeyError, TypeError, sqlite3.Error) as error:
            return Response(HTTPStatus.BAD_REQUEST, {"reason": str(error)})
        return Response(HTTPStatus.OK, {})

    def _messages(self, request: Request) -> Response:
        if self.store.setting("silent"):
            raise Stopped(HTTPStatus.SERVICE_UNAVAILABLE, "L’entrepôt est arrêté.")
        self._require_token(request)
        self._require_signature(request)
        try:
            interchange = reading.read(
                body=request.body, content_type=request.headers.get("content-type", "")
            )
        except Refusal as refusal:
            return Response(HTTPStatus(refusal.status), {"reason": str(refusal)})
        if interchange.receiver != self.environment.gln:
            raise Stopped(HTTPStatus.BAD_REQUEST, "Cet envoi est pour un autre destinataire.")
        try:
            said = inbox.receive(
                self.store, self.environment, interchange, body=request.body, at=time.time()
            )
        except inbox.NumberReused as error:
            reason = f"Le numéro {interchange.number} a déjà servi à un autre envoi."
            raise Stopped(HTTPStatus.BAD_REQUEST, reason) from error
        if self._loses_the_answer():
            raise Stopped(HTTPStatus.GATEWAY_TIMEOUT, "")
        return Response(HTTPStatus.OK, said)

    def _loses_the_answer(self) -> bool:
        with self.store.transaction():
            return self.store.count_down("lose_next_response")

    def _require_token(self, request: Request) -> None:
        expected = f"Bearer {self.environment.token}"
        said = request.headers.get("authorization", "")
        if not hmac.compare_digest(said.encode(), expected.encode()):
            raise Stopped(HTTPStatus.UNAUTHORIZED, "Jeton absent ou inconnu.")

    def _require_signature(self, request: Request) -> None:
        try:
            signatures.verify(
                headers=request.headers,
                method=request.method,
                path=request.path,
                body=request.body,
                public_keys={key_identity(public_hex=self.portal_key): self.portal_key},
                at=datetime.fromtimestamp(time.time(), UTC),
            )
        except Refusal as refusal:
            raise Stopped(HTTPStatus.UNAUTHORIZED, str(refusal)) from refusal

    def _suivi(self, request: Request) -> Response:
        at = time.time()
        key = request.headers.get("x-okapi-key", "")
        if not hmac.compare_digest(key.encode(), self.environment.suivi_key.encode()):
            return Response(HTTPStatus.UNAUTHORIZED, tracking.UNAUTHORIZED)
        rate = self.store.setting("suivi_calls_per_second", self.environment.suivi_calls_per_second)
        if not self.rate.allows(at=at, calls_per_second=rate):
            too_many = tracking.too_many(rate)
            return Response(HTTPStatus.TOO_MANY_REQUESTS, too_many, {"Retry-After": "1"})
        numbers = unquote(request.path.removeprefix(SUIVI)).upper().split(",")
        if len(numbers) > tracking.MOST_NUMBERS or not all(numbers):
            return Response(HTTPStatus.BAD_REQUEST, tracking.fault(HTTPStatus.BAD_REQUEST))
        ways = self._ways(numbers)
        answers = [tracking.answer(number, ways.get(number), at=at) for number in numbers]
        if len(answers) == 1:
            return Response(HTTPStatus(answers[0]["returnCode"]), answers[0])
        return Response(HTTPStatus.MULTI_STATUS, answers)

    def _ways(self, numbers: list[str]) -> dict[str, tracking.Way]:
        rows = self.store.rows(
            "SELECT tracking, packed_at, left_at, ends_at, outcome FROM parcel"
            " WHERE state <> 'unpacked' AND tracking IN (SELECT value FROM json_each(?))",
            json.dumps(numbers),
        )
        return {
            row["tracking"]: tracking.Way(
                packed_at=row["packed_at"],
                left_at=row["left_at"],
                ends_at=row["ends_at"],
                outcome=row["outcome"],
            )
            for row in rows
        }


def _request(environ: Mapping[str, Any]) -> Request:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise Stopped(HTTPStatus.BAD_REQUEST, "Content-Length.") from error
    if length > reading.MAX_BODY:
        raise Stopped(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Envoi trop volumineux.")
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
    )


application = Warehouse(read())
application.clockwork.start()
