"""A warehouse that runs, and a portal that it talks to, both over real HTTP."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from typing import Any

import httpx
import pytest

from distrilog.integrations.operator import eancom, json_format, reading, signatures
from distrilog.integrations.operator.content import (
    Delivery,
    Despatch,
    Interchange,
    Message,
    Order,
    OrderedLine,
    Party,
)
from distrilog.kernel import gs1, seals


ROOT = Path(__file__).resolve().parents[4]
OPERATOR, PORTAL = "0400000000022", "0400000000015"
PATIENCE_SECONDS = 90
TODAY = datetime.now(UTC).date()
NEXT_YEAR = TODAY + timedelta(days=365)
WRITERS = {reading.EANCOM: eancom.write, reading.JSON: json_format.write}


def gtin(number: int) -> str:
    body = f"0{40000000000 + number:012d}"
    return body + gs1.check_digit(body)


MASK, MASK_B, GLOVE = gtin(1), gtin(2), gtin(3)
ARTICLES = [
    {"gtin": MASK, "family": "mask", "box_units": 50, "carton_units": 200, "pallet_units": 2000},
    {"gtin": MASK_B, "family": "mask", "box_units": 50, "carton_units": 200, "pallet_units": 2000},
    {"gtin": GLOVE, "family": "glove", "box_units": 100, "carton_units": 500, "pallet_units": 5000},
]


def lot(gtin: str, name: str, units: int, *, expires_on: date = NEXT_YEAR, **more: Any) -> Any:
    return {
        "gtin": gtin,
        "lot": name,
        "units": units,
        "expires_on": expires_on.isoformat(),
        **more,
    }


def line(number: int, family: str, units: int, *, box_units: int = 50, gtin: str = "") -> Any:
    return OrderedLine(number=number, family=family, units=units, box_units=box_units, gtin=gtin)


def order(reference: str, *lines: OrderedLine, assignment: int = 1) -> Order:
    return Order(
        reference=reference,
        assignment=assignment,
        placed_at=datetime.now(UTC).replace(microsecond=0),
        promised_on=TODAY + timedelta(days=2),
        receiver=Party(code="310000002", name="Les Tilleuls"),
        lines=lines,
    )


@dataclass
class Portal:
    """The other side: keeps each message once, and decides which despatches may leave."""

    key: seals.SigningKey
    received: dict[Any, Message] = field(default_factory=dict)
    arrivals: list[Any] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)
    withdrawn: set[tuple[str, int]] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)
    lot_code: str = "lot-recalled"
    refuses_all: bool = False
    down: bool = False
    lose: int = 0
    operator_key: str = ""
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Be a portal that has heard of nothing."""
        with self._lock:
            heard = (self.received, self.arrivals, self.numbers, self.formats)
            for each in (*heard, self.withdrawn, self.recalled):
                each.clear()
        self.down, self.lose, self.refuses_all = False, 0, False
        self.lot_code = "lot-recalled"

    def all(self, kind: type[Message]) -> list[Any]:
        with self._lock:
            return [each for each in self.received.values() if isinstance(each, kind)]

    def answer(self, headers: Any, body: bytes) -> tuple[int, Any]:
        if self.down:
            return 503, {}
        identity = seals.key_identity(public_hex=self.operator_key)
        signatures.verify(
            headers=dict(headers.items()),
            method="POST",
            path="/partenaires/operateur/messages",
            body=body,
            public_keys={identity: self.operator_key},
            at=datetime.now(UTC),
        )
        assert headers["Authorization"] == "Bearer to-the-portal"
        self.formats.add(headers["Content-Type"])
        interchange = reading.read(body=body, content_type=headers["Content-Type"])
        assert (interchange.sender, interchange.receiver) == (OPERATOR, PORTAL)
        with self._lock:
            self.numbers.append(interchange.number)
            said = [self._take(message) for message in interchange.messages]
            if self.lose:
                self.lose -= 1
                return 0, {}
        return 200, {"interchange": interchange.number, "messages": said}

    def _take(self, message: Message) -> dict[str, str]:
        reference = message.sscc if isinstance(message, Delivery) else message.reference
        key = (type(message), reference, getattr(message, "assignment", 0))
        self.arrivals.append(key)
        said = {"kind": "-", "reference": reference, "code": "", "reason": ""}
        if key in self.received:
            return {**said, "outcome": "duplicate"}
        refusal = self._refusal(message) if isinstance(message, Despatch) else None
        if refusal:
            code, reason = refusal
            return {**said, "outcome": "refused", "code": code, "reason": reason}
        self.received[key] = message
        return {**said, "outcome": "accepted"}

    def _refusal(self, despatch: Despatch) -> tuple[str, str] | None:
        lots = {line.lot for parcel in despatch.parcels for line in parcel.lines}
        recalled = sorted(lots & self.recalled)
        if (despatch.order, despatch.assignment) in self.withdrawn:
            return "withdrawn", "Cette commande ne vous est plus attribuée."
        if recalled:
            return self.lot_code, f"Le lot {recalled[0]} est rappelé : ne pas l’expédier."
        return ("not-promised", "Rien n’est réservé ici.") if self.refuses_all else None


def _handler(portal: Portal) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = portal.answer(self.headers, body)
            if not status:  # The answer is lost on its way.
                self.close_connection = True
                return
            text = dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_words: object) -> None:
            pass

    return Handler


@dataclass
class Operator:
    """The warehouse's process, as its neighbours see it."""

    home: Path
    portal: Portal
    variables: dict[str, str] = field(default_factory=dict)
    process: Any = None
    url: str = ""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=20))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if "DISTRILOG" not in name}
        variables = {
            "DISTRILOG_HOME": str(self.home),
            "DISTRILOG_MODE": "test",
            "DISTRILOG_PUBLIC_URL": f"http://127.0.0.1:{self.portal.port}",
            "DISTRILOG_OPERATOR_TOKEN": "to-the-operator",
            "DISTRILOG_SUIVI_KEY": "okapi",
            "DISTRILOG_OPERATOR_TICK_SECONDS": "0.03",
            "DISTRILOG_OPERATOR_LEAD_SECONDS": "0.05",
            "DISTRILOG_OPERATOR_TRANSFER_SECONDS": "0.05",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        accounts = {"accounts": [], "tokens": {"operator": "to-the-portal"}}
        (self.home / "demo-accounts.json").write_text(dumps(accounts))
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            env=kept | variables | self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        port = self.process.stdout.readline().strip()
        assert port, "the stand-in did not start"
        self.url = f"http://127.0.0.1:{port}"
        key = seals.load_or_create_key(self.home / "operator-key")
        self.portal.operator_key = key.public_hex

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process.stdout.close()
        self.client.close()

    def control(self, **asked: Any) -> None:
        response = self.client.post(
            f"{self.url}/control",
            json=asked,
            headers={"Authorization": "Bearer to-the-operator"},
        )
        assert response.status_code == 200, response.text

    def state(self) -> Any:
        return self.client.get(f"{self.url}/state").json()

    def order(self, reference: str) -> Any:
        return self.client.get(f"{self.url}/state", params={"order": reference}).json()

    def order_states(self, reference: str) -> dict[int, str]:
        return {each["assignment"]: each["state"] for each in self.order(reference)["orders"]}

    def units(self, gtin: str) -> dict[str, tuple[int, int]]:
        """Units of each lot on hand, and those of them in closed parcels; blocked ones apart."""
        return {
            each["lot"] + (" blocked" if each["blocked"] else ""): (each["units"], each["packed"])
            for each in self.state()["stock"]
            if each["gtin"] == gtin
        }

    def post(
        self,
        messages: Sequence[Message],
        *,
        number: str = "",
        form: str = reading.JSON,
        **headers: Any,
    ) -> httpx.Response:
        interchange = Interchange(
            number=number or f"P{next(self.numbers):09d}",
            sender=PORTAL,
            receiver=OPERATOR,
            sent_at=datetime.now(UTC).replace(microsecond=0),
            messages=messages,
        )
        return self.post_bytes(WRITERS[form](interchange), form=form, **headers)

    def post_bytes(
        self, body: bytes, *, form: str = reading.JSON, **headers: str
    ) -> httpx.Response:
        signed = signatures.sign(
            key=self.portal.key,
            key_id=self.portal.key.identity,
            method="POST",
            path="/messages",
            content_type=form,
            body=body,
            at=datetime.now(UTC),
        )
        sent = {**signed, "Authorization": "Bearer to-the-operator", **headers}
        return self.client.post(f"{self.url}/messages", content=body, headers=sent)

    def send(self, *messages: Message, form: str = reading.JSON) -> list[str]:
        response = self.post(messages, form=form)
        assert response.status_code == 200, response.text
        return [each["outcome"] for each in response.json()["messages"]]

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait for something to hold."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < give_up, self.state()
            time.sleep(0.02)


@contextmanager
def neighbours(home: Path, **variables: str) -> Iterator[Operator]:
    """Run a portal and, in a process of its own, a warehouse."""
    portal = Portal(key=seals.load_or_create_key(home / "operator-portal-key"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(portal))
    portal.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    operator = Operator(home=home, portal=portal, variables=variables)
    try:
        operator.start()
        yield operator
    finally:
        operator.stop()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with neighbours(tmp_path_factory.mktemp("operator")) as operator:
        yield operator


@pytest.fixture
def operator(shared: Operator) -> Iterator[Operator]:
    """A warehouse that knows its articles and has no stock."""
    shared.portal.forget()
    shared.control(reset=True, articles=ARTICLES)
    yield shared
    shared.control(silent=True)  # Nothing of this test is said in the next one.
    time.sleep(0.1)


@pytest.fixture
def portal(operator: Operator) -> Portal:
    return operator.portal
