"""Reads: server time and query counts of the pages and API reads that people open most."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import world
from bench.measures import Measure


# Roles and what they open first; the budget of a list is 200 ms of server time.
PAGES = {
    "ars": ("/", "/region/", "/region/rapport/"),
    "national_cell": ("/", "/pays/"),
    "orderer": ("/", "/commander/", "/commandes/"),
    "auditor": ("/", "/transparence/"),
}
API = ("/api/v1/me", "/api/v1/facilities", "/api/v1/orders")
REPEATS = 7
LIST_BUDGET_MS = 200


def reads() -> dict[str, Measure]:
    """Median server time of each page and API read, with its number of queries."""
    found: dict[str, Measure] = {}
    for role, paths in PAGES.items():
        client = world.signed_in(role=role)
        for path in paths:
            found[f"page_{role}_{path.strip('/').replace('/', '_') or 'home'}"] = _timed(
                lambda client=client, path=path: client.get(path, follow=True).status_code  # type: ignore[misc]
            )
    token = world.tokens()["ars"]
    client = Client(headers={"authorization": f"Bearer {token}"})
    for path in API:
        found[f"api{path.removeprefix('/api/v1').replace('/', '_')}"] = _timed(
            lambda path=path: client.get(path).status_code  # type: ignore[misc]
        )
    return found


def _timed(read: Callable[[], int]) -> Measure:
    status = read()
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        read()
        times.append(perf_counter() - start)
    with CaptureQueriesContext(connection) as captured:
        read()
    queries = len(captured)
    reset_queries()
    return Measure(
        value=median(times) * 1000,
        unit="ms of server time",
        budget=LIST_BUDGET_MS,
        note=f"{queries} queries, status {status}",
    )
