"""Jobs: each night, what expired is withdrawn and the day's entries are sealed."""

from procrastinate.contrib.django import app

from distrilog.domain.stock.services import seal_entries, withdraw_expired
from distrilog.kernel import clock


# Past midnight in Paris the whole year, so that a lot is judged on the day that begins.
@app.periodic(cron="12 0 * * *")
@app.task(name="stock.withdraw_expired", queueing_lock="stock.withdraw_expired", pass_context=False)
def withdraw(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Put what expires into quarantine."""
    return withdraw_expired(at=clock.now())


@app.periodic(cron="32 0 * * *")
@app.task(name="stock.seal_entries", queueing_lock="stock.seal_entries", pass_context=False)
def seal(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Seal the entries since the last seal."""
    return seal_entries(at=clock.now())
