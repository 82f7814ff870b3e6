"""Routes of the decisions."""

from django.urls import path

from distrilog.web.decisions.views import calendar, doctrines, regimes, runs


app_name = "decisions"
urlpatterns = [
    path("calculs/", runs.listing, name="runs"),
    path("calculs/preparer/", runs.prepare, name="run-prepare"),
    path("calculs/<int:number>/", runs.detail, name="run"),
    path("calculs/<int:number>/recalculer/", runs.preview, name="run-preview"),
    path("calculs/<int:number>/signer/", runs.sign, name="run-sign"),
    path("calculs/<int:number>/publier/", runs.publish, name="run-publish"),
    path("calculs/<int:number>/remplacer/", runs.replace, name="run-replace"),
    path("calculs/<int:number>/abandonner/", runs.abandon, name="run-abandon"),
    path("regimes/", regimes.listing, name="regimes"),
    path("regimes/preparer/", regimes.prepare, name="regime-prepare"),
    path("regimes/<int:number>/", regimes.detail, name="regime"),
    path("regimes/<int:number>/signer/", regimes.sign, name="regime-sign"),
    path("regimes/<int:number>/retirer/", regimes.withdraw, name="regime-withdraw"),
    path("calendrier/", calendar.windows, name="calendar"),
    path("doctrines/", doctrines.listing, name="doctrines"),
    path("doctrines/<int:number>/", doctrines.detail, name="doctrine"),
    path("doctrines/<int:number>/nouvelle-version/", doctrines.prepare, name="doctrine-prepare"),
    path("doctrines/<int:number>/signer/", doctrines.sign, name="doctrine-sign"),
    path("doctrines/<int:number>/retirer/", doctrines.withdraw, name="doctrine-withdraw"),
]
