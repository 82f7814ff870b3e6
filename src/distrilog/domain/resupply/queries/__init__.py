"""Questions about help: requests, their sources, what waits for whom, loans, and the proof of the books."""

from distrilog.domain.resupply.queries.loans import (
    Agreement,
    Borrower,
    LoanPapers,
    LoanView,
    Party,
    agreement,
    borrowers_of,
    discrepancies,
    loan_papers,
    loans,
)
from distrilog.domain.resupply.queries.requests import (
    ClockView,
    LineView,
    Narrowing,
    PartView,
    RequestCounts,
    RequestPage,
    RequestRow,
    RequestView,
    TaskView,
    request,
    request_counts,
    requests,
)
from distrilog.domain.resupply.queries.sources import LineSources, Source, sources_for
from distrilog.domain.resupply.queries.spares import Spare, spares
from distrilog.domain.resupply.queries.tasks import (
    promised,
    to_answer,
    to_hand_over,
    to_receive,
    waiting_for_validation,
)


__all__ = [
    "Agreement",
    "Borrower",
    "ClockView",
    "LineSources",
    "LineView",
    "LoanPapers",
    "LoanView",
    "Narrowing",
    "PartView",
    "Party",
    "RequestCounts",
    "RequestPage",
    "RequestRow",
    "RequestView",
    "Source",
    "Spare",
    "TaskView",
    "agreement",
    "borrowers_of",
    "discrepancies",
    "loan_papers",
    "loans",
    "promised",
    "request",
    "request_counts",
    "requests",
    "sources_for",
    "spares",
    "to_answer",
    "to_hand_over",
    "to_receive",
    "waiting_for_validation",
]
