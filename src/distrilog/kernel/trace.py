"""Who did it and why, handed to the triggers that keep every change (django-pghistory)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pghistory


P = ParamSpec("P")
R = TypeVar("R")


def traced(why: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Keep `by` and `why` with every change a service makes: its `actor`, its `reason` where one is given.

    A service without an actor (a job) is traced by its own name.
    """

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor: Any = kwargs.get("actor")
            by = actor.by if actor is not None else f"{service.__module__}.{service.__qualname__}"
            with pghistory.context(by=by, why=kwargs.get("reason") or why):
                return service(*args, **kwargs)

        return run

    return decorate
