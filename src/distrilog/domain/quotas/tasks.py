"""Jobs: a week that is over gives back what was not ordered."""

from procrastinate.contrib.django import app

from distrilog.domain.quotas.services import expire_all
from distrilog.kernel import clock


@app.periodic(cron="7 * * * *")
@app.task(name="quotas.expire_weeks", queueing_lock="quotas.expire_weeks", pass_context=False)
def expire_weeks(timestamp: int) -> list[str]:  # noqa: ARG001 - procrastinate says when it was due
    """Close the weeks that are over everywhere."""
    return expire_all(at=clock.now())
