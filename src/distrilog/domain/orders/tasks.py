"""Jobs: orders are handed over soon after their cut-off."""

from procrastinate.contrib.django import app

from distrilog.domain.orders.services import release
from distrilog.kernel import clock


@app.periodic(cron="*/5 * * * *")
@app.task(name="orders.release", queueing_lock="orders.release", pass_context=False)
def release_orders(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Hand over the orders whose cut-off has passed."""
    return release(at=clock.now(), by="system")
