"""The operator as the portal meets it in tests: its key, its token, its messages, and a warehouse that answers."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import Client

from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.services import issue_token
from distrilog.integrations.operator import content, eancom, json_format, reading, signatures
from distrilog.integrations.operator.sending import reference_of
from distrilog.kernel.seals import SigningKey
from tests.factories import ProfileFactory


OPERATOR, PORTAL = "0400000000022", "0400000000015"
ADDRESS = "/partenaires/operateur/messages"
WRITERS = {reading.EANCOM: eancom.write, reading.JSON: json_format.write}
NOW = datetime(2020, 11, 6, 14, tzinfo=UTC)


def interchange(
    *messages: content.Message, number: str = "OP1", **values: Any
) -> content.Interchange:
    """Return messages of the operator under a number."""
    said = {"sender": OPERATOR, "receiver": PORTAL, "sent_at": NOW, **values}
    return content.Interchange(number=number, messages=messages, **said)


@dataclass
class Caller:
    """The operator's software: a token, a key, and what it posts to the portal."""

    key: SigningKey
    token: str
    at: datetime = NOW

    def post(
        self,
        *messages: content.Message,
        number: str = "OP1",
        form: str = reading.JSON,
        **values: Any,
    ) -> Any:
        """Post an interchange; return the response."""
        return self.post_bytes(
            WRITERS[form](interchange(*messages, number=number, **values)), form=form
        )

    def post_bytes(self, body: bytes, *, form: str = reading.JSON, **headers: str) -> Any:
        """Post bytes, signed; a header may be replaced."""
        signed = signatures.sign(
            key=self.key,
            key_id=self.key.identity,
            method="POST",
            path=ADDRESS,
            content_type=form,
            body=body,
            at=self.at,
        )
        sent = {**signed, "Authorization": f"Bearer {self.token}", **headers}
        kind = sent.pop("Content-Type")
        return Client().post(ADDRESS, data=body, content_type=kind, headers=sent)

    def outcomes(self, *messages: content.Message, **values: Any) -> list[str]:
        """Post messages; return the outcome, or the code of the refusal, of each."""
        response = self.post(*messages, **values)
        assert response.status_code == 200, response.content.decode()
        return [each["code"] or each["outcome"] for each in response.json()["messages"]]


def caller(key: SigningKey, *, role: str = "operator", at: datetime = NOW) -> Caller:
    """Return software that holds the token of a new profile."""
    profile = ProfileFactory(role=role)
    actor = actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=at)
    issued = issue_token(actor=actor, name="entrepôt", expires_at=at + timedelta(days=30), at=at)
    return Caller(key=key, token=issued.secret, at=at)


def accept(messages: Sequence[content.Message]) -> tuple[int, Any]:
    """Answer that everything is accepted."""
    return 200, {
        "interchange": "",
        "messages": [
            {
                "kind": "-",
                "reference": reference_of(each),
                "outcome": "accepted",
                "code": "",
                "reason": "",
            }
            for each in messages
        ],
    }


@dataclass
class Warehouse:
    """A warehouse over real HTTP: keeps what it gets, answers what the test says."""

    portal_key: SigningKey
    answer: Callable[[Sequence[content.Message]], tuple[int, Any]] = accept
    bodies: list[bytes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    received: list[content.Interchange] = field(default_factory=list)
    url: str = ""
    at: datetime = NOW

    @property
    def messages(self) -> list[content.Message]:
        return [message for each in self.received for message in each.messages]

    def take(self, headers: Any, body: bytes) -> tuple[int, Any]:
        identity = self.portal_key.identity
        signatures.verify(
            headers=dict(headers.items()),
            method="POST",
            path="/messages",
            body=body,
            public_keys={identity: self.portal_key.public_hex},
            at=self.at,
            tolerance_seconds=10**9,
        )
        assert headers["Authorization"] == "Bearer to-the-operator"
        read = reading.read(body=body, content_type=headers["Content-Type"])
        assert (read.sender, read.receiver) == (PORTAL, OPERATOR)
        self.bodies.append(body)
        self.kinds.append(headers["Content-Type"])
        self.received.append(read)
        return self.answer(read.messages)


@contextmanager
def warehouse(portal_key: SigningKey) -> Iterator[Warehouse]:
    """Run a warehouse on a free port."""
    made = Warehouse(portal_key=portal_key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, said = made.take(self.headers, body)
            except Exception as error:  # noqa: BLE001 - told to the test, which expects no 418
                status, said = 418, {"reason": repr(error)}
            if not status:  # The answer is lost on its way.
                self.close_connection = True
                return
            text = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
