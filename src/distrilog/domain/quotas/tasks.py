"""Jobs: a week that is over gives back what was not ordered; quotas follow a change of route."""

from procrastinate.contrib.django import app

from distrilog.domain.quotas.services import expire_all, follow_routes
from distrilog.kernel import clock


@app.periodic(cron="7 * * * *")
@app.task(name="quotas.expire_weeks", queueing_lock="quotas.expire_weeks", pass_context=False)
def expire_weeks(timestamp: int) -> list[str]:  # noqa: ARG001 - procrastinate says when it was due
    """Close the weeks that are over everywhere."""
    return expire_all(at=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="quotas.follow_routes", queueing_lock="quotas.follow_routes", pass_context=False)
def move_with_routes(timestamp: int) -> dict[str, int]:  # noqa: ARG001
    """Move what is left of quotas to the place that serves their facility now."""
    return follow_routes(by="routes", at=clock.now())
