"""Jobs: e-mails that are due are sent; old ones go."""

from procrastinate.contrib.django import app

from distrilog.domain.messages import services
from distrilog.kernel import clock


@app.periodic(cron="* * * * *")
@app.task(name="messages.send", queueing_lock="messages.send", pass_context=False)
def send(timestamp: int) -> dict[str, int]:  # noqa: ARG001 - procrastinate says when it was due
    """Send what is due; return what became of it."""
    report = services.send_due(at=clock.now())
    return {"sent": report.sent, "failed": report.failed, "dead": report.dead}


@app.periodic(cron="47 3 * * *")
@app.task(name="messages.purge", queueing_lock="messages.purge", pass_context=False)
def purge(timestamp: int) -> int:  # noqa: ARG001
    """Delete the e-mails of more than a month ago."""
    return services.purge(at=clock.now())
