"""
What the warehouse has to say to the portal: kept with the change it tells of, sent until it is answered.

A message keeps the interchange it was first sent in, so that a retry is recognised. Each answer is applied
in one transaction; only the answer to a despatch decides anything.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from distrilog.integrations.operator import eancom, json_format, signatures
from distrilog.integrations.operator.content import Delivery, Interchange, Message
from distrilog.integrations.operator.reading import EANCOM, JSON
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.store import Store
from distrilog.kernel.seals import SigningKey


MESSAGES_IN_AN_INTERCHANGE = 200
TIMEOUT_SECONDS = 60
LONGEST_WAIT_SECONDS = 300
GONE = {"accepted", "duplicate"}
WITHDRAWN = "withdrawn"
# The lots that the answer names stay here; the order is packed again from others.
LOT_KEPT = frozenset({"lot-recalled", "lot-expired", "not-in-stock"})
FORMATS: Mapping[str, tuple[str, Callable[[Interchange], bytes]]] = {
    "eancom": (EANCOM, eancom.write),
    "json": (JSON, json_format.write),
}
ACCOUNTS_FILE = "demo-accounts.json"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Unanswered(Exception):  # noqa: N818 - says what it is
    """The portal did not answer, or not as agreed: the same is sent again later."""


def add(store: Store, messages: Sequence[Message]) -> None:
    """Keep messages to send, in the transaction of what they tell."""
    if not messages:
        return
    written = json.loads(
        json_format.write(_interchange(number="", sender="", receiver="", at=0, messages=messages))
    )["messages"]
    store.run_many(
        "INSERT INTO outbox (kind, reference, message) VALUES (?, ?, ?)",
        [
            (text["kind"], _reference(message), json.dumps(text))
            for message, text in zip(messages, written, strict=True)
        ],
    )


def _reference(message: Message) -> str:
    return message.sscc if isinstance(message, Delivery) else message.reference


def _interchange(
    *, number: str, sender: str, receiver: str, at: float, messages: Sequence[Message] = ()
) -> Interchange:
    return Interchange(
        number=number,
        sender=sender,
        receiver=receiver,
        sent_at=datetime.fromtimestamp(int(at), UTC),
        messages=messages,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the portal said of one message: its row, what it is about, and the outcome."""

    row: int
    kind: str
    reference: str
    outcome: str
    code: str
    reason: str


class Postman:
    """Carries messages to the portal over HTTP, signed."""

    def __init__(self, environment: Environment, key: SigningKey) -> None:
        self.environment, self.key = environment, key
        self.content_type, self.write = FORMATS[environment.message_format]
        address = urlsplit(environment.portal_messages_url)
        self.path = address.path
        self.client = httpx.Client(
            timeout=TIMEOUT_SECONDS, trust_env=address.hostname not in _LOOPBACK
        )

    def next_batch(self, store: Store, *, at: float) -> str | None:
        """
        Return the number of the next interchange that is due, or of a new one; `None` when none is.

        While one waits for another try, nothing new is sent: the portal is away.
        """
        waiting = store.rows(
            "SELECT s.interchange, s.next_at FROM sending s WHERE EXISTS (SELECT 1 FROM outbox o"
            " WHERE o.interchange = s.interchange AND o.state = 'pending')"
            " ORDER BY s.next_at, s.interchange LIMIT 1"
        )
        if not waiting:
            return self._new_batch(store, at=at)
        number, next_at = waiting[0]
        return str(number) if next_at <= at else None

    def _new_batch(self, store: Store, *, at: float) -> str | None:
        order_by = "random()" if store.setting("shuffle") else "id"
        with store.transaction():
            chosen = store.rows(
                "SELECT id FROM outbox WHERE state = 'pending' AND interchange IS NULL"  # noqa: S608 - two words
                f" ORDER BY {order_by} LIMIT ?",
                MESSAGES_IN_AN_INTERCHANGE,
            )
            if not chosen:
                return None
            number = f"OP{store.numbers('interchange')[0]:09d}"
            store.run(
                "INSERT INTO sending (interchange, made_at, next_at) VALUES (?, ?, ?)",
                number,
                at,
                at,
            )
            store.run_many(
                "UPDATE outbox SET interchange = ?, place = ? WHERE id = ?",
                [(number, place, row[0]) for place, row in enumerate(chosen)],
            )
        return number

    def send(self, store: Store, number: str, *, at: float) -> list[Answered]:
        """Send an interchange and return the answers; raises Unanswered, and a wait has then begun."""
        rows = store.rows(
            "SELECT id, kind, reference, message FROM outbox WHERE interchange = ? ORDER BY place",
            number,
        )
        texts = [row["message"] for row in rows]
        # The same bytes each time, so that the portal knows a retry for what it is.
        made_at = store.value("SELECT made_at FROM sending WHERE interchange = ?", number)
        try:
            if self._is_doubled(store):
                self._post(f"{number}-2", texts, made_at)
            return _matched(rows, self._post(number, texts, made_at))
        except (httpx.HTTPError, Unanswered, ValueError, KeyError, TypeError) as error:
            _wait(store, number, environment=self.environment, at=at, fault=repr(error)[:300])
            raise Unanswered(str(error)) from error

    @staticmethod
    def _is_doubled(store: Store) -> bool:
        with store.transaction():
            return store.count_down("double_next")

    def _post(self, number: str, texts: Sequence[str], made_at: float) -> Any:
        environment = self.environment
        head = _interchange(
            number=number, sender=environment.gln, receiver=environment.portal_gln, at=made_at
        )
        plain = json.loads(json_format.write(head))
        plain["messages"] = [json.loads(text) for text in texts]
        body = self.write(json_format.read(json.dumps(plain).encode()))
        headers = signatures.sign(
            key=self.key,
            key_id=self.key.identity,
            method="POST",
            path=self.path,
            content_type=self.content_type,
            body=body,
            at=datetime.fromtimestamp(time.time(), UTC),
        )
        response = self.client.post(
            environment.portal_messages_url,
            content=body,
            headers={**headers, "Authorization": f"Bearer {self._token()}"},
        )
        if response.status_code != httpx.codes.OK:
            raise Unanswered(f"{response.status_code}: {response.text[:200]}")
        return response.json()

    def _token(self) -> str:
        """Return what the portal knows us by, read each time: the demonstration may be loaded meanwhile."""
        if self.environment.portal_token:
            return self.environment.portal_token
        try:
            accounts = json.loads((self.environment.home / ACCOUNTS_FILE).read_text())
        except FileNotFoundError as error:
            raise Unanswered("No account of the portal yet.") from error
        return str(accounts["tokens"]["operator"])


def _matched(rows: Sequence[Any], told: Any) -> list[Answered]:
    """Give each message its answer: by rank, checked by kind and reference."""
    answers = told["messages"]
    if len(answers) != len(rows):
        raise Unanswered(f"{len(answers)} answers to {len(rows)} messages.")
    matched = []
    for row, answer in zip(rows, answers, strict=True):
        if answer["outcome"] not in {"accepted", "duplicate", "refused"}:
            raise Unanswered(f"The portal answers {answer['outcome']!r}.")
        if answer["reference"] != row["reference"]:
            raise Unanswered(f"The portal answers about {answer['reference']!r}.")
        matched.append(
            Answered(
                row=row["id"],
                kind=row["kind"],
                reference=row["reference"],
                outcome=answer["outcome"],
                code=str(answer.get("code") or ""),
                reason=str(answer.get("reason") or ""),
            )
        )
    return matched


def _wait(store: Store, number: str, *, environment: Environment, at: float, fault: str) -> None:
    """Send it again later: after a tick, then twice as long each time."""
    with store.transaction():
        attempts = store.value(
            "UPDATE sending SET attempts = attempts + 1, fault = ? WHERE interchange = ?"
            " RETURNING attempts",
            fault,
            number,
        )
        wait = min(LONGEST_WAIT_SECONDS, environment.tick_seconds * 2 ** min(attempts - 1, 20))
        store.run("UPDATE sending SET next_at = ? WHERE interchange = ?", at + wait, number)


def settle(store: Store, answered: Sequence[Answered]) -> None:
    """Keep what was said of each message, no longer the message; what follows is the caller's."""
    store.run_many(
        "UPDATE outbox SET state = ?, code = ?, reason = ?, message = '' WHERE id = ?",
        [(one.outcome, one.code, one.reason, one.row) for one in answered],
    )


def is_empty(store: Store) -> bool:
    """Whether nothing waits to be said."""
    return store.value("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1") is None
