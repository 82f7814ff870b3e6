"""Jobs: what waits for the operator is sent, pallets are announced, parcels are looked for, old messages go."""

from procrastinate.contrib.django import app

from distrilog.integrations.operator import receiving, replenishing, sending, tracking
from distrilog.integrations.operator.topics import TOPICS
from distrilog.kernel import clock, outbox


@app.periodic(cron="* * * * * */10")
@app.task(name="operator.send", queueing_lock="operator.send", pass_context=False)
def send(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Announce what left for the operator, and send it what is due."""
    at = clock.now()
    replenishing.announce(at=at)
    return sending.send_due(at=at)


@app.periodic(cron="* * * * *")
@app.task(name="operator.replenish", queueing_lock="operator.replenish", pass_context=False)
def replenish(timestamp: int) -> int:  # noqa: ARG001
    """Send the operator the pallets it asked for."""
    return replenishing.send_what_was_asked(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="operator.replay_early", queueing_lock="operator.replay_early", pass_context=False)
def replay_early(timestamp: int) -> int:  # noqa: ARG001
    """Take in the deliveries that were told before their despatch."""
    return receiving.replay_early(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="operator.track", queueing_lock="operator.track", pass_context=False)
def track(timestamp: int) -> int:  # noqa: ARG001
    """Look where the parcels on their way are."""
    return tracking.look(at=clock.now())


@app.periodic(cron="41 3 * * *")
@app.task(name="operator.purge", queueing_lock="operator.purge", pass_context=False)
def purge(timestamp: int) -> int:  # noqa: ARG001
    """Delete what was exchanged more than a month ago, and what no partner listens to."""
    at = clock.now()
    return receiving.purge(at=at) + outbox.purge(listened=TOPICS, at=at)
