"""Jobs: the messages with PLAGE, every minute."""

from procrastinate.contrib.django import app

from distrilog.integrations.identity.invitations import exchange
from distrilog.integrations.identity.plage import Plage
from distrilog.kernel import clock


@app.periodic(cron="* * * * *")
@app.task(name="identity.exchange", queueing_lock="identity.exchange", pass_context=False)
def exchange_with_plage(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Send the invitations that wait and fetch the confirmations."""
    with Plage() as plage:
        return exchange(plage=plage, at=clock.now())
