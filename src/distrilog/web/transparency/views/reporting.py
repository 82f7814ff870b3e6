"""Déclarer ne fait jamais perdre: the rule of what a run counts, worked out on four hospitals; targets of practitioners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from distrilog.domain.declarations.rules import DAYS_A_WEEK, SAFETY_WEEKS
from distrilog.domain.declarations.rules.practitioners import ENDOWMENTS, SINCE
from distrilog.domain.quotas.rules import SILENT, Claims, counted_stock, share_out
from distrilog.web.shared.rights import PUBLIC, needs


NEED: Final = 700
ENVELOPE: Final = 1_400
BOX: Final = 50
FLOOR: Final = 250
# What each hospital has, in days of its need: nearly nothing, much, and two that have a little more still.
DAYS: Final[Mapping[str, int]] = {"A": 5, "B": 40, "C": 41, "D": 42}
SITUATIONS: Final[Mapping[str, str]] = {
    "": "Les quatre déclarent",
    "A": "A se tait",
    "B": "B se tait",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleHospital:
    """One hospital in one situation: days declared (None: silent), days counted, and its quota in units."""

    name: str
    declared: int | None
    counted: int
    units: int

    @property
    def label(self) -> str:
        """What the bar says to who cannot see it."""
        return f"Hôpital {self.name} : {self.units} masques sur {NEED} de besoin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who speaks and who does not, and what each then receives."""

    title: str
    hospitals: Sequence[ExampleHospital]


@cache
def situations() -> list[Situation]:
    """Work out the example by the very rules that share out the country."""
    return [_situation(title, silent={silent}) for silent, title in SITUATIONS.items()]


def _situation(title: str, *, silent: set[str]) -> Situation:
    count = len(DAYS)
    need = np.full(count, NEED, dtype=np.int64)
    stock = np.array(
        [SILENT if name in silent else days * NEED // DAYS_A_WEEK for name, days in DAYS.items()],
        dtype=np.int64,
    )
    have = counted_stock(stock=stock, need=need, classes=np.full(count, "hospital")).have
    shares = share_out(
        claims=Claims.of(
            week="2020-W45",
            family="surgical_mask",
            keys=[name.encode() for name in DAYS],
            need=need,
            have=have,
            floor=np.full(count, FLOOR, dtype=np.int64),
        ),
        envelope=ENVELOPE,
        box=BOX,
    )
    return Situation(
        title=title,
        hospitals=[
            ExampleHospital(
                name=name,
                declared=None if name in silent else days,
                counted=int(have[rank]) * DAYS_A_WEEK // NEED,
                units=int(shares.units[rank]),
            )
            for rank, (name, days) in enumerate(DAYS.items())
        ],
    )


@require_safe
@needs(PUBLIC)
def reporting(request: HttpRequest) -> HttpResponse:
    """Say how declared stock counts, and why silence never pays."""
    context = {
        "situations": situations(),
        "need": NEED,
        "envelope": ENVELOPE,
        "floor": FLOOR,
    }
    return render(request, "transparency/reporting.html", context)


@require_safe
@needs(PUBLIC)
def practitioners(request: HttpRequest) -> HttpResponse:
    """Show the safety stock of each profession: a target, with no duty to report (row K3 of the mission)."""
    context = {"endowments": ENDOWMENTS, "since": SINCE, "weeks": SAFETY_WEEKS}
    return render(request, "transparency/practitioners.html", context)
