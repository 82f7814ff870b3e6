"""Routes: the API, the login, the pages."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database answers: what the launcher and a load balancer ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("ready", ready, name="ready"),
    path("api/v1/", include("distrilog.api.urls")),
    path("", include("distrilog.integrations.identity.urls")),
    path("", include("distrilog.integrations.operator.urls")),
    path("", include("distrilog.web.urls")),
]

handler400 = "distrilog.web.shared.errors.bad_request"
handler403 = "distrilog.web.shared.errors.forbidden"
handler404 = "distrilog.web.shared.errors.not_found"
handler500 = "distrilog.web.shared.errors.broken"
