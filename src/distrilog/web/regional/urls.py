"""Routes of the region's own stock."""

from django.urls import path

from distrilog.web.regional.views import issues, plans, receivers, situation, supplies


app_name = "regional"
urlpatterns = [
    path("stock-regional/", situation.situation, name="situation"),
    path("stock-regional/situation.<str:kind>", situation.export, name="export"),
    path("stock-regional/apports/", supplies.supplies, name="supplies"),
    path("stock-regional/apports/nouveau/", supplies.register, name="supply-new"),
    path("stock-regional/apports/<int:number>/", supplies.supply, name="supply"),
    path("stock-regional/lots/", plans.plans, name="plans"),
    path("stock-regional/lots/nouveau/", plans.prepare, name="plan-new"),
    path("stock-regional/lots/<int:number>/", plans.plan, name="plan"),
    path("stock-regional/sorties/", issues.issues, name="issues"),
    path("stock-regional/sorties/urgence/", issues.urgent, name="urgent"),
    path("stock-regional/sorties/directe/", issues.direct, name="direct"),
    path("stock-regional/sorties/foyer/", issues.release, name="release"),
    path("stock-regional/destinataires/", receivers.receivers, name="receivers"),
    path("renforts/", issues.reinforcements, name="reinforcements"),
]
