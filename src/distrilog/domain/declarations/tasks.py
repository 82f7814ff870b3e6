"""Jobs: targets follow the doctrine and the register."""

from procrastinate.contrib.django import app

from distrilog.domain.declarations.services import follow_doctrine, rebuild_targets
from distrilog.domain.declarations.services.enrolling import follow_register
from distrilog.domain.declarations.services.reminding import post_due
from distrilog.domain.declarations.services.rolling import mark_stale, rebuild_stale
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.kernel import clock
from distrilog.kernel.weeks import Week


# The register changes by day: beds, openings and closures are taken up before the next morning.
@app.periodic(cron="15 3 * * *")
@app.task(name="declarations.targets", queueing_lock="declarations.targets", pass_context=False)
def targets(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Rebuild the targets; return how many rows changed."""
    try:
        return rebuild_targets(at=clock.now())
    except NoDoctrine:
        return 0


@app.periodic(cron="*/5 * * * *")
@app.task(name="declarations.doctrine", queueing_lock="declarations.doctrine", pass_context=False)
def doctrine(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Rebuild the targets soon after a doctrine took effect; return how many rows changed."""
    return follow_doctrine(at=clock.now())


@app.periodic(cron="35 3 * * *")
@app.task(name="declarations.enrol", queueing_lock="declarations.enrol", pass_context=False)
def enrol(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Ask those that a wave under way reaches and that opened since; return how many."""
    return follow_register(at=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="declarations.mail", queueing_lock="declarations.mail", pass_context=False)
def mail(timestamp: int) -> list[str]:  # noqa: ARG001 - procrastinate says when it was due
    """Write the reminders and digests whose hour has come; return which."""
    return post_due(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="declarations.roll_up", queueing_lock="declarations.roll_up", pass_context=False)
def roll_up(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Add up again the weeks in which something is new; return their number."""
    return rebuild_stale(at=clock.now())


# What opened, closed or moved to another territory since yesterday says nothing by itself.
@app.periodic(cron="50 3 * * *")
@app.task(name="declarations.refresh", queueing_lock="declarations.refresh", pass_context=False)
def refresh(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when it was due
    """Have this week added up again, whatever happened."""
    at = clock.now()
    mark_stale(week=Week.at(at), at=at)
