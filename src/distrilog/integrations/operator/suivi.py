"""
Where parcels are: a client of La Poste's Suivi v2.

Ten numbers a call; one alone is answered by itself, several by 207 and a list, each with its own code; 429
says to wait. The codes of events are La Poste's; the few statuses are ours. Documented at
developer.laposte.fr (Suivi 2.0.0).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings


NUMBERS_IN_A_CALL: Final = 10
TIMEOUT_SECONDS: Final = 10
SECONDS_TO_WAIT_UNLESS_TOLD: Final = 60
LONGEST_WAIT_SECONDS: Final = 3600
LONGEST_LABEL: Final = 300
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
_NUMBER: Final = re.compile(r"[0-9A-Z]{11,15}")
_UNKNOWN: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}


class Status(StrEnum):
    """Where a parcel is, in few words."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AT_COUNTER = "at_counter"
    PROBLEM = "problem"
    RETURNED = "returned"
    DELIVERED = "delivered"


# The 19 codes that the public clients of Suivi v2 agree on.
STATUS_OF: Final[Mapping[str, Status]] = {
    "DR1": Status.ANNOUNCED,
    "PC1": Status.IN_TRANSIT,
    "PC2": Status.IN_TRANSIT,
    "ET1": Status.IN_TRANSIT,
    "ET2": Status.IN_TRANSIT,
    "ET3": Status.IN_TRANSIT,
    "ET4": Status.IN_TRANSIT,
    "EP1": Status.IN_TRANSIT,
    "DO1": Status.IN_TRANSIT,
    "DO2": Status.IN_TRANSIT,
    "DO3": Status.PROBLEM,
    "PB1": Status.PROBLEM,
    "PB2": Status.IN_TRANSIT,
    "ND1": Status.PROBLEM,
    "MD2": Status.OUT_FOR_DELIVERY,
    "AG1": Status.AT_COUNTER,
    "RE1": Status.RETURNED,
    "DI1": Status.DELIVERED,
    "DI2": Status.RETURNED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a parcel; a code we do not know is kept as it is."""

    code: str
    label: str
    at: datetime

    @property
    def status(self) -> Status | None:
        """What it means for us, if we know."""
        return STATUS_OF.get(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the five steps of La Poste's timeline."""

    label: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """
    What La Poste says of a parcel; its events, the oldest first.

    `unknown`: it has never heard of the number. `too_recent`: it has, but does not hold the parcel yet.
    """

    number: str
    product: str = ""
    final: bool = False
    steps: Sequence[Step] = ()
    events: Sequence[Event] = ()
    unknown: bool = False
    too_recent: bool = False

    @property
    def status(self) -> Status | None:
        """Where the parcel is: what the latest event says that we understand."""
        known = (event.status for event in reversed(self.events))
        return next((status for status in known if status), None)


class SuiviUnreachable(Exception):  # noqa: N818 - says what it is
    """La Poste does not answer, or not as documented: ask again later."""


class SuiviBusy(Exception):  # noqa: N818 - says what it is
    """Too many calls: wait `seconds`. `tracked` is what was answered before that."""

    def __init__(self, *, seconds: int, tracked: Sequence[Tracked]) -> None:
        super().__init__(f"Suivi v2 asks to wait {seconds} s.")
        self.seconds = seconds
        self.tracked = tracked


def track(*, numbers: Sequence[str]) -> list[Tracked]:
    """
    Return what La Poste says of each number, once each; one that it failed on is left out.

    Raises SuiviBusy or SuiviUnreachable.
    """
    asked = list(dict.fromkeys(number.strip().upper() for number in numbers))
    sound = [number for number in asked if _NUMBER.fullmatch(number)]
    found = [Tracked(number=each, unknown=True) for each in asked if not _NUMBER.fullmatch(each)]
    with httpx.Client(
        timeout=TIMEOUT_SECONDS,
        headers={"X-Okapi-Key": settings.SUIVI_KEY, "Accept": "application/json"},
        trust_env=urlsplit(settings.SUIVI_URL).hostname not in _LOOPBACK,
    ) as client:
        for start in range(0, len(sound), NUMBERS_IN_A_CALL):
            found += _call(client, sound[start : start + NUMBERS_IN_A_CALL], before=found)
    return found


def _call(
    client: httpx.Client, batch: Sequence[str], *, before: Sequence[Tracked]
) -> list[Tracked]:
    try:
        response = client.get(
            f"{settings.SUIVI_URL}/idships/{','.join(batch)}", params={"lang": "fr_FR"}
        )
    except httpx.HTTPError as error:
        raise SuiviUnreachable(repr(error)) from error
    match response.status_code:
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise SuiviBusy(seconds=_seconds_to_wait(response), tracked=before)
        case HTTPStatus.OK | HTTPStatus.MULTI_STATUS:
            return list(_read(batch, response))
        case HTTPStatus.NOT_FOUND | HTTPStatus.BAD_REQUEST if len(batch) == 1:
            return [Tracked(number=batch[0], unknown=True)]
        case HTTPStatus.NOT_FOUND | HTTPStatus.BAD_REQUEST:  # One of them; nobody says which.
            return [one for each in batch for one in _call(client, [each], before=before)]
        case status:
            raise SuiviUnreachable(f"Suivi v2 answers {status}.")


def _seconds_to_wait(response: httpx.Response) -> int:
    told = response.headers.get("Retry-After", "")
    seconds = int(told) if told.isascii() and told.isdigit() else SECONDS_TO_WAIT_UNLESS_TOLD
    return min(max(seconds, 1), LONGEST_WAIT_SECONDS)


def _read(batch: Sequence[str], response: httpx.Response) -> Iterable[Tracked]:
    try:
        said = response.json()
        answers = said if isinstance(said, list) else [said]
        if len(answers) != len(batch):
            raise SuiviUnreachable(f"{len(answers)} answers to {len(batch)} numbers.")
        for number, answer in zip(batch, answers, strict=True):
            shipment = answer.get("shipment") or {}
            named = shipment.get("idShip") or answer.get("idShip") or number
            code = answer.get("returnCode")
            if code in _UNKNOWN and named in batch:
                yield Tracked(number=named, unknown=True)
            elif code == HTTPStatus.OK and named in batch:
                yield _tracked(named, shipment)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SuiviUnreachable(f"Suivi v2 does not answer as documented: {error!r}") from error


def _tracked(number: str, shipment: Mapping[str, Any]) -> Tracked:
    steps = [
        Step(label=_label(step.get("shortLabel")), reached=step.get("status") is True)
        for step in shipment.get("timeline", [])
    ]
    events = [
        Event(
            code=str(event["code"])[:10],
            label=_label(event.get("label")),
            at=datetime.fromisoformat(event["date"]),
        )
        for event in reversed(shipment.get("event", []))
    ]
    if any(event.at.utcoffset() is None for event in events):
        raise ValueError("A moment has no zone.")
    return Tracked(
        number=number,
        product=_label(shipment.get("product")),
        final=shipment.get("isFinal") is True,
        steps=steps,
        events=sorted(events, key=lambda event: event.at),
        too_recent=not any(step.reached for step in steps),
    )


def _label(text: object) -> str:
    return " ".join(str(text or "").split())[:LONGEST_LABEL]
