"""
Refusals are answers: typed, in French, all faults at once, with the remedy.

A refusal class lives where it is raised; its docstring's first line is the French title. The API turns
it into `application/problem+json` (RFC 9457), the screens into messages next to the fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where (`lines.2.units`), what, and what to do about it."""

    where: str
    message: str
    remedy: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what an API client reads."""
        found: dict[str, Any] = {"where": self.where, "message": self.message, **self.values}
        return {**found, "remedy": self.remedy} if self.remedy else found


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Demande refusée."""

    slug: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, *faults: Fault, detail: str = "", **values: Any) -> None:
        self.faults: Sequence[Fault] = faults
        self.detail = detail or " ".join(fault.message for fault in faults)
        self.values = values
        super().__init__(self.detail or self.title)

    @property
    def title(self) -> str:
        """The French title: the first line of the class's docstring."""
        return (self.__doc__ or "").strip().splitlines()[0]

    def as_problem(self) -> dict[str, Any]:
        """Return the body of `application/problem+json`."""
        return {
            "type": f"urn:distrilog:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "faults": [fault.as_dict() for fault in self.faults],
            **self.values,
        }


class Invalid(Refusal):
    """La demande contient des erreurs."""

    slug = "invalid"
    status = 422


class NotFound(Refusal):
    """Introuvable, ou hors de votre périmètre."""

    slug = "not-found"
    status = 404


class Forbidden(Refusal):
    """Votre rôle ne permet pas cette action."""

    slug = "forbidden"
    status = 403
