"""After each step: who has to act next, and whether all has arrived."""

from collections.abc import Collection
from datetime import datetime

from distrilog.domain.resupply.models import Part, Request
from distrilog.domain.resupply.rules import GRANTED, Change, PartState, Step
from distrilog.domain.resupply.services.dropping import take_back
from distrilog.domain.resupply.services.steps import close, finish, start


def granted(parts: Collection[Part]) -> int:
    """Return the units that are counted on, of the parts of a line."""
    return sum(part.units for part in parts if part.state in GRANTED)


def settle(request: Request, *, by: str, at: datetime) -> None:
    """
    Bring a locked request in line with its parts: who has to act next, and whether all has arrived.

    Something ungranted: the agency decides. All granted: its offers that nobody needs any more are let go. All
    received: closed.
    """
    lines = list(request.lines.prefetch_related("parts"))
    missing = complete = 0
    for line in lines:
        parts = list(line.parts.all())
        had = granted(parts)
        missing += had < line.units
        received = sum(part.units for part in parts if part.state == PartState.RECEIVED)
        complete += received >= line.units
        if had >= line.units:
            unused = [p for p in parts if p.state in {PartState.PROPOSED, PartState.OFFERED}]
            take_back(unused, Change.CANCEL, reason="Le besoin est couvert.", by=by, at=at)
    if request.state not in {Request.State.ASKED, Request.State.UNDER_WAY}:
        return
    if complete == len(lines):
        close(request, state=Request.State.CLOSED, at=at)
    elif missing:
        start(request, Step.DECIDE, at=at)
    else:
        finish(request, Step.DECIDE, at=at)
