"""The hour in which 30,000 facilities report: declarations over HTTP, paced, while agencies and the cell read."""

import json
import threading
from itertools import cycle
from uuid import uuid4

from bench import client, server, world
from bench.measures import Measure
from bench.orders import APPLICATION, PORT
from distrilog.domain.declarations.models import Declaration
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


# 30,000 in an hour are 8.3 a second.
PACE = 9
PACED_SECONDS = 90
READERS = 2
READER_WAITS_SECONDS = 1.0
# Workers that have just started load what they need at their first requests.
WARM_UP = 60
READ = ("/api/v1/cover?level=country", "/api/v1/cover?level=region&code=76")
BUDGET_MS = 500


def declarations_hour() -> dict[str, Measure]:
    """The slowest hundredth of declarations at the pace of 30,000 in an hour, with readers."""
    people = world.orderers(count=WARM_UP + PACE * PACED_SECONDS)
    week = str(Week.at(clock.now()))
    versions = dict(
        Declaration.objects.filter(
            week=week, facility__in=[one.facility_id for one in people]
        ).values_list("facility_id", "version")
    )
    requests = [_request(one, week=week, version=versions.get(one.facility_id)) for one in people]
    done = threading.Event()
    read: list[client.Played] = []
    with server.serving(port=PORT, application=APPLICATION):
        client.play(port=PORT, requests=requests[:WARM_UP])
        for _ in READ:
            client.play(port=PORT, requests=[_read(path) for path in READ], clients=2)
        readers = [
            threading.Thread(target=_keep_reading, args=(done, read)) for _ in range(READERS)
        ]
        for reader in readers:
            reader.start()
        played = client.play(port=PORT, requests=requests[WARM_UP:], clients=16, per_second=PACE)
        done.set()
        for reader in readers:
            reader.join()
    wrong = sum(count for status, count in played.statuses.items() if status not in (200, 201))
    wrong += sum(each.statuses.total() - each.statuses[200] for each in read)
    return {
        "declarations_hour_p99": Measure(
            value=played.percentile(99),
            unit=f"ms at {PACE} declarations/s",
            budget=BUDGET_MS,
            note=(
                f"p50 {played.percentile(50):.0f} ms; {len(played.latencies)} declarations, "
                f"{sum(each.statuses.total() for each in read)} reads meanwhile"
            ),
        ),
        "declarations_hour_errors": Measure(value=wrong, unit="answers other than yes", budget=0),
    }


def _request(one: world.Orderer, *, week: str, version: int | None) -> bytes:
    lines = [
        {"family": family, "stock": box * 20, "consumption": box * 7, "confirmed": True}
        for family, box in one.families
    ]
    body = json.dumps({"lines": lines}).encode()
    match = f'If-Match: "{version}"\r\n' if version else ""
    head = (
        f"PUT /api/v1/facilities/{one.registry}/declarations/{week} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {one.token}\r\nIdempotency-Key: {uuid4()}\r\n{match}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _keep_reading(done: threading.Event, read: list[client.Played]) -> None:
    for path in cycle(READ):
        if done.wait(READER_WAITS_SECONDS):
            return
        read.append(client.play(port=PORT, requests=[_read(path)], clients=1))


def _read(path: str) -> bytes:
    token = world.tokens()["national_cell"]
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()
