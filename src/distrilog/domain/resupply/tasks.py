"""Jobs: neighbours are asked, orders followed, late steps told, borrowers warned."""

from procrastinate.contrib.django import app

from distrilog.domain.resupply import services
from distrilog.kernel import clock


@app.periodic(cron="* * * * *")
@app.task(name="resupply.follow", queueing_lock="resupply.follow", pass_context=False)
def follow(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Tell who is late, follow the orders, then ask neighbours for all that is still open, at once."""
    at = clock.now()
    services.escalate(at=at)
    services.follow_orders(at=at)
    services.warn_borrowers(at=at)
    return services.propose(at=at)
