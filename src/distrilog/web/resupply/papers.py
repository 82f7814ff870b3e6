"""What is told of a loan or a gift: both sides, how far it is, what is still owed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from distrilog.domain.catalogue.models import Family
from distrilog.domain.resupply.models import Loan
from distrilog.domain.resupply.queries import LoanView
from distrilog.kernel.weeks import PARIS
from distrilog.web.resupply.telling import Happening
from distrilog.web.shared import format as french


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSeen:
    """A loan as pages show it. `tone` is the tag’s."""

    loan: LoanView
    family: Family
    status: str
    tone: str

    @property
    def noun(self) -> str:
        """Whether it comes back, in a word."""
        return "don" if self.gift else "prêt"

    @property
    def gift(self) -> bool:
        """Tell whether it does not come back."""
        return self.loan.terms == Loan.Terms.GIFT

    @property
    def told(self) -> str:
        """How much, as far as it is: promised, handed over, or received."""
        return self.boxes(self.loan.received or self.loan.handed or self.loan.promised)

    @property
    def promised_boxes(self) -> int:
        """Boxes that were agreed."""
        return self.loan.promised // self.loan.box_units

    @property
    def owed_boxes(self) -> int:
        """Boxes that are still to come back, the last one counted if it is not full."""
        return -(-self.loan.owed // self.loan.box_units)

    @property
    def owed(self) -> str:
        """What is still to come back."""
        return self.boxes(self.loan.owed)

    @property
    def due(self) -> date | None:
        """When the rest is to come back, while something is."""
        return self.loan.return_by if self.loan.settled_at is None and not self.gift else None

    @property
    def terms_words(self) -> str:
        """Its conditions, in a sentence."""
        if self.gift:
            return "Don : rien n’est à rendre."
        by = self.loan.return_by
        return f"Prêt, à rendre avant le {french.day(by)}." if by else "Prêt, à rendre."

    def boxes(self, units: int) -> str:
        """Write units in boxes."""
        return french.in_boxes(units, self.family, box_units=self.loan.box_units)

    def counts(self) -> Iterator[tuple[str, str]]:
        """Yield what happened to its units, as far as it went."""
        loan = self.loan
        if loan.handed_at:
            yield "Remis", self.boxes(loan.handed)
        if loan.received_at:
            yield "Reçu", self.boxes(loan.received)
        if loan.returned:
            yield "Rendu", self.boxes(loan.returned)
        if loan.given:
            yield "Donné", self.boxes(loan.given)
        if loan.owed and loan.received_at:
            yield "Reste à rendre", self.owed

    def life(self) -> Iterator[Happening]:
        """Yield what happened, and what is awaited."""
        loan = self.loan
        yield _step("Remis", loan.handed_at, self.boxes(loan.handed))
        yield _step("Reçu", loan.received_at, self.boxes(loan.received))
        if self.gift:
            return
        if loan.settled_at:
            yield _step("Soldé", loan.settled_at, "")
        else:
            by = loan.return_by
            when = f"avant le {french.day(by)}" if by else ""
            yield Happening(words="Rendu", when=when, later=True, late=self.tone == "late")


def _step(words: str, at: datetime | None, more: str) -> Happening:
    if at is None:
        return Happening(words=words, later=True)
    return Happening(words=words, when=french.moment(at), more=more)


def seen(loan: LoanView, family: Family, *, at: datetime) -> LoanSeen:
    """Return a loan as pages show it at a moment."""
    status, tone = _status(loan, on=at.astimezone(PARIS).date())
    return LoanSeen(loan=loan, family=family, status=status, tone=tone)


def _status(loan: LoanView, *, on: date) -> tuple[str, str]:
    gift = loan.terms == Loan.Terms.GIFT
    if loan.handed_at is None:
        return "à remettre", "tension"
    if loan.received_at is None:
        return "remis, à confirmer", "tension"
    if not loan.received:
        return "jamais arrivé", "late"
    if loan.settled_at:
        return ("donné" if gift or loan.given == loan.received else "rendu"), "good"
    return ("en retard", "late") if loan.overdue(on=on) else ("en cours", "")
