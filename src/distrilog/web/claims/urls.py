"""Routes of the claims."""

from django.urls import path

from distrilog.web.claims import views


app_name = "claims"
urlpatterns = [
    path("reclamations/", views.listing, name="claims"),
    path("reclamations/<int:number>/", views.detail, name="claim"),
    path("reclamations/<int:number>/clore/", views.settle, name="settle"),
]
