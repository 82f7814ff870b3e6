"""
La Poste's Suivi v2, as its public documentation and its public clients describe it.

Shapes, codes and messages: developer.laposte.fr (Suivi 2.0.0), the sandbox answer to LU680211095FR, and
the test answers of the MIT-licensed client debuss/LaPosteSuivi. One number is answered by itself, several
by 207 and a list; an unknown one by 404. Here a journey is a function of when a parcel left.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from distrilog.integrations.operator.standin.moments import PARIS


MOST_NUMBERS = 10
FORMATS = re.compile(r"[6-9][A-Z]\d{11}|5[N-Z]\d{11}|[0-9A-Z]{2}\d{9}[A-Z]{2}")
LABELS = {
    "DR1": "Déclaratif réceptionné",
    "PC1": "Pris en charge",
    "ET1": "En cours de traitement",
    "PB1": "Problème en cours",
    "MD2": "Mis en distribution",
    "RE1": "Retourné à l'expéditeur",
    "DI1": "Distribué",
    "DI2": "Distribué à l'expéditeur",
}
FINAL = {"DI1", "DI2"}
STEPS = (
    "Votre colis est pris en charge",
    "Il est en traitement dans notre réseau.",
    "Il est en cours de transport vers votre site de livraison",
    "Il est sur le point d'être livré",
    "Votre colis est livré",
)
STEPS_REACHED = {"PC1": 1, "ET1": 3, "PB1": 3, "MD2": 4, "RE1": 4, "DI1": 5, "DI2": 5}
# When each event comes, as a share of the way.
JOURNEYS = {
    "delivered": (("PC1", 0.0), ("ET1", 0.25), ("MD2", 0.75), ("DI1", 1.0)),
    "refused": (("PC1", 0.0), ("ET1", 0.15), ("MD2", 0.4), ("RE1", 0.5), ("DI2", 1.0)),
    "lost": (("PC1", 0.0), ("ET1", 0.15), ("PB1", 0.5)),
}
TOO_RECENT = (
    "Votre envoi est trop récent, son suivi n'est pas encore disponible sur notre site. "
    "Nous vous invitons à réessayer ultérieurement."
)
# The sandbox: number → product, holder, last event known.
SANDBOX = {
    "LU680211095FR": ("Courrier international", 1, "DR1"),
    "LZ712917377US": ("Courrier", 1, "ET1"),
    "8K00009775862": ("Colissimo", 3, "DI1"),
    "861011301731382": ("Courrier", 4, "ET1"),
    "CB662173705US": ("Colissimo", 3, "ET1"),
}
SANDBOX_MOMENT = 1_638_004_200.0  # 2021-11-27, 10:10 in Paris: that of the published answer.
OURS = ("Colissimo", 4)
MESSAGES = {
    HTTPStatus.BAD_REQUEST: (
        "Votre requête est incorrecte. Veuillez la ressaisir en respectant le format."
    ),
    HTTPStatus.NOT_FOUND: "Not Found",
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What is known of a parcel's way; moments are seconds, `left_at` is `None` before it left."""

    packed_at: float
    left_at: float | None
    ends_at: float | None
    outcome: str | None


def events(way: Way, *, at: float) -> list[tuple[str, float]]:
    """Return what has happened by a moment, code and moment, the oldest first."""
    happened = [("DR1", way.packed_at)]
    if way.left_at is not None and way.ends_at is not None:
        length = way.ends_at - way.left_at
        planned = JOURNEYS[way.outcome or "delivered"]
        happened += [(code, way.left_at + share * length) for code, share in planned]
    return [(code, moment) for code, moment in happened if moment <= at]


def answer(number: str, way: Way | None, *, at: float) -> dict[str, Any]:
    """Return the answer for one number; `returnCode` is also the status when it is asked alone."""
    if number in SANDBOX:
        product, holder, last = SANDBOX[number]
        known = [("DR1", SANDBOX_MOMENT), *([(last, SANDBOX_MOMENT)] if last != "DR1" else [])]
        return _found(number, product, holder, known)
    if not FORMATS.fullmatch(number):
        return fault(HTTPStatus.BAD_REQUEST, number)
    if way is None:
        return fault(HTTPStatus.NOT_FOUND, number)
    return _found(number, *OURS, events(way, at=at))


def fault(status: HTTPStatus, number: str = "") -> dict[str, Any]:
    """Return what La Poste says of a number or a request that it cannot answer."""
    said = {
        "returnCode": int(status),
        "returnMessage": MESSAGES[status],
        "lang": "fr_FR",
        "scope": "open",
    }
    return said | ({"idShip": number} if number else {})


def _found(
    number: str, product: str, holder: int, known: Sequence[tuple[str, float]]
) -> dict[str, Any]:
    last = known[-1][0]
    reached = max((STEPS_REACHED.get(code, 0) for code, _moment in known), default=0)
    shipment: dict[str, Any] = {
        "idShip": number,
        "holder": holder,
        "product": product,
        "isFinal": last in FINAL,
        "timeline": [_step(index, reached) for index in range(1, len(STEPS) + 1)],
        "event": [
            {"order": 100 - age, "code": code, "label": LABELS[code], "date": _written(moment)}
            for age, (code, moment) in enumerate(reversed(known))
        ],
        "contextData": {
            "deliveryChoice": {"deliveryChoice": 0},
            "originCountry": "FR",
            "arrivalCountry": "FR",
        },
        "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
    }
    dated = {"PC1": "entryDate", "DI1": "deliveryDate"}
    shipment |= {dated[code]: _written(moment) for code, moment in known if code in dated}
    return {"lang": "fr_FR", "scope": "open", "returnCode": 200, "shipment": shipment}


def _step(index: int, reached: int) -> dict[str, Any]:
    label = STEPS[index - 1] if index <= reached else ""
    if index == 1 and reached == 0:
        label = TOO_RECENT
    return {
        "shortLabel": label,
        "longLabel": "",
        "id": index,
        "country": "",
        "status": index <= reached,
        "type": 1,
    }


def _written(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), PARIS).isoformat()


class Rate:
    """A count of calls in the last second; beyond it, the documented answer is 429."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()

    def allows(self, *, at: float, calls_per_second: int) -> bool:
        """Count a call, or refuse it."""
        while self._calls and self._calls[0] <= at - 1:
            self._calls.popleft()
        if len(self._calls) >= calls_per_second:
            return False
        self._calls.append(at)
        return True


def too_many(calls_per_second: int) -> dict[str, str]:
    """Return what the gateway says beyond its rate."""
    quota = f"max quota reached ({calls_per_second} calls per 1s)"
    return {
        "code": "TOO_MANY_REQUESTS",
        "message": f"Rate limited, {quota} (TOO_MANY_REQUESTS).",
    }


UNAUTHORIZED = {"code": "UNAUTHORIZED", "message": "This action requires an authorization"}
