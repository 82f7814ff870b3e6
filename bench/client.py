"""A small HTTP client for measures: requests built beforehand, held connections, bounded in count and time."""

import queue
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, sleep


RECEIVE_BYTES = 65536
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a play: statuses counted, latencies in seconds sorted, and the time it took."""

    statuses: Counter[int]
    latencies: Sequence[float]
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return a latency that so many percent of the requests did not exceed, in milliseconds."""
        index = min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        return self.latencies[index] * 1000


def play(
    *, port: int, requests: Sequence[bytes], clients: int = 8, per_second: float | None = None
) -> Played:
    """Send requests once each from so many clients; `per_second` paces them, else as fast as answered."""
    waiting: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
    for number, request in enumerate(requests):
        waiting.put((number, request))
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    start = perf_counter()

    def work() -> None:
        connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while True:
                try:
                    number, request = waiting.get_nowait()
                except queue.Empty:
                    return
                due = start + number / per_second if per_second else perf_counter()
                if due > perf_counter():
                    sleep(due - perf_counter())
                sent = due if per_second else perf_counter()
                connection.sendall(request)
                status = _status(connection)
                latencies.append(perf_counter() - sent)
                statuses[status] += 1

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Played(statuses=statuses, latencies=sorted(latencies), seconds=perf_counter() - start)


def _status(connection: socket.socket) -> int:
    data = connection.recv(RECEIVE_BYTES)
    while b"\r\n\r\n" not in data:
        data += connection.recv(RECEIVE_BYTES)
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(RECEIVE_BYTES)
    return int(head.split(b" ", 2)[1])
