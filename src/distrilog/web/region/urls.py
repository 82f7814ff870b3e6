"""Routes of an agency's pages."""

from django.urls import path

from distrilog.web.region.views import desk, pot, reports


app_name = "region"
urlpatterns = [
    path("region/", desk.desk, name="desk"),
    path("region/export.<slug:name>", desk.export, name="export"),
    path("region/rapport/", reports.report, name="report"),
    path("region/rapport.xlsx", reports.workbook, name="workbook"),
    path("region/commander/", pot.choose, name="choose"),
    path("region/commander/<str:registry>/", pot.order, name="order"),
]
