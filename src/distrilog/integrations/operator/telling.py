"""Telling those who watch the exchanges that something waits for them: once an hour, however much failed."""

from datetime import datetime

from distrilog.domain.accounts.rules import GRANTS, Deed
from distrilog.domain.messages.services import send
from distrilog.kernel.weeks import PARIS


WATCHERS = tuple(sorted(role for role, deeds in GRANTS.items() if Deed.PARTNER_WATCH in deeds))


def tell_of_failure(*, what: str, at: datetime) -> None:
    """Tell whoever may watch partners what failed first in this hour, and where to look for the rest."""
    hour = at.astimezone(PARIS)
    send(
        key=f"operator-failed:{hour:%Y-%m-%dT%H}",
        title=f"Échanges avec l’opérateur : un échec à {hour:%H} h {hour:%M}",
        body=(
            f"{what}\n\nLa page « Échanges » dit ce qui a échoué, pourquoi, et permet de le rejouer."
            " D’autres échecs de la même heure ne sont pas annoncés un par un."
        ),
        roles=WATCHERS,
        by="operator.exchange",
        at=at,
    )
