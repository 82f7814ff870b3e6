"""Jobs: each night, the books are proven and the proof is kept."""

from procrastinate.contrib.django import app

from distrilog.domain.reporting.services import prove_books
from distrilog.kernel import clock


# After the day's entries are sealed, so that the seals proven are the night's own.
@app.periodic(cron="40 2 * * *")
@app.task(name="reporting.prove_books", queueing_lock="reporting.prove_books", pass_context=False)
def prove(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says when it was due
    """Prove the books; return how many figures did not hold."""
    return prove_books(at=clock.now()).found
