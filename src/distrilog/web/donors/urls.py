"""Routes of gifts."""

from django.urls import path

from distrilog.web.donors import views


app_name = "donors"
urlpatterns = [
    path("dons/", views.gifts, name="gifts"),
    path("dons/declarer/", views.declare, name="declare"),
    path("dons/fichier/", views.importing, name="import"),
    path("dons/dons.csv", views.export, name="export"),
    path("dons/<int:number>/retirer/", views.withdraw, name="withdraw"),
]
