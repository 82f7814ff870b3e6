"""Jobs of the demo: a week that begins while it runs gets its signed, published run as well."""

from procrastinate.contrib.django import app

from distrilog.demo import people, scenario
from distrilog.kernel import clock
from distrilog.kernel.models import Mark
from distrilog.kernel.weeks import Week


@app.periodic(cron="1 * * * *")
@app.task(name="demo.begin_week", queueing_lock="demo.begin_week", pass_context=False)
def begin_week(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when it was due
    """Publish the run of the current week in a database that carries the demo's mark, unless it has one."""
    if not Mark.objects.filter(name="demo").exists():
        return
    at = clock.now()
    cast = people.load_people(at=at, say=_silent)
    scenario.bring_to(
        week=Week.at(at),
        cast=scenario.Cast(prepares=cast.prepares, signs=cast.signs),
        sparing=cast.sparing,
        at=at,
        say=_silent,
    )


def _silent(_text: str) -> None:
    """Say nothing: there is nobody to read it."""
