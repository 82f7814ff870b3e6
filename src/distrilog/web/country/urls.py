"""Routes of the country’s page."""

from django.urls import path

from distrilog.web.country import views


app_name = "country"
urlpatterns = [path("pays/", views.week, name="week")]
