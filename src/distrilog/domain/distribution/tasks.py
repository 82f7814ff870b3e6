"""Jobs: plans are frozen soon after their hour."""

from procrastinate.contrib.django import app

from distrilog.domain.distribution.services import freeze_due
from distrilog.kernel import clock


@app.periodic(cron="*/5 * * * *")
@app.task(name="distribution.freeze", queueing_lock="distribution.freeze", pass_context=False)
def freeze_plans(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Freeze the shared plans whose moment has passed."""
    return freeze_due(at=clock.now())
