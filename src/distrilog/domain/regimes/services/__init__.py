"""Deciding regimes, ordering windows, and the terms of a category."""

from distrilog.domain.regimes.services.deciding import (
    DecisionClosed,
    Proposal,
    WindowProposal,
    prepare,
    preview,
    set_window,
    sign,
    withdraw,
)
from distrilog.domain.regimes.services.terms import TermsProposal, seed_terms, set_terms


__all__ = [
    "DecisionClosed",
    "Proposal",
    "TermsProposal",
    "WindowProposal",
    "prepare",
    "preview",
    "seed_terms",
    "set_terms",
    "set_window",
    "sign",
    "withdraw",
]
