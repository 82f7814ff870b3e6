"""Help pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from distrilog.web.shared.rights import PUBLIC, needs


@needs(PUBLIC)
def topics(request: HttpRequest) -> HttpResponse:
    """List the topics and the frequent questions."""
    return render(request, "facility/help.html", {})


@needs(PUBLIC)
def accessibility(request: HttpRequest) -> HttpResponse:
    """State how accessible the service is."""
    return render(request, "facility/help.html", {})
