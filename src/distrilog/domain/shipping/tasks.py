"""Jobs: orders go to their executors, waves leave, silence is an answer, outages move what they must."""

from procrastinate.contrib.django import app

from distrilog.domain.shipping import services
from distrilog.domain.stock.models import Place
from distrilog.kernel import clock


@app.periodic(cron="* * * * *")
@app.task(name="shipping.hand_over", queueing_lock="shipping.hand_over", pass_context=False)
def hand_over(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Give released orders to their executors, and move those that an outage sends elsewhere."""
    at = clock.now()
    handed = services.hand_over(at=at)
    services.reroute(at=at)
    return handed


@app.periodic(cron="*/5 * * * *")
@app.task(name="shipping.waves", queueing_lock="shipping.waves", pass_context=False)
def prepare_waves(timestamp: int) -> int:  # noqa: ARG001
    """Let the stores that label for themselves prepare what is open, and give back orders out again."""
    at = clock.now()
    places = Place.objects.filter(kind__in=[Place.Kind.SPF, Place.Kind.OVERSEAS])
    waves = [
        services.prepare_wave(place=place.code, by="wave", at=at)
        for place in places.order_by("code")
    ]
    services.give_again(at=at)
    return sum(len(verdicts) for verdicts in waves)


@app.periodic(cron="23 * * * *")
@app.task(name="shipping.silence", queueing_lock="shipping.silence", pass_context=False)
def assume_receipts(timestamp: int) -> int:  # noqa: ARG001
    """Receive as despatched what nobody answered for in time."""
    return services.assume_receipts(at=clock.now())
