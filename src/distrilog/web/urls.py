"""Routes of the pages: an entry a journey, each with its own names."""

from django.urls import include, path


# By name, not by import: a journey knows no other, and this list knows none of them.
urlpatterns = [
    path("", include("distrilog.web.facility.urls")),
    path("", include("distrilog.web.decisions.urls")),
    path("", include("distrilog.web.region.urls")),
    path("", include("distrilog.web.transparency.urls")),
    path("", include("distrilog.web.country.urls")),
    path("", include("distrilog.web.stock.urls")),
    path("", include("distrilog.web.accounts.urls")),
    path("", include("distrilog.web.claims.urls")),
    path("", include("distrilog.web.resupply.urls")),
    path("", include("distrilog.web.partners.urls")),
    path("", include("distrilog.web.declarations.urls")),
    path("", include("distrilog.web.cover.urls")),
    path("", include("distrilog.web.platform.urls")),
    path("", include("distrilog.web.plans.urls")),
    path("", include("distrilog.web.regional.urls")),
    path("", include("distrilog.web.donors.urls")),
    path("", include("distrilog.web.beneficiaries.urls")),
]
