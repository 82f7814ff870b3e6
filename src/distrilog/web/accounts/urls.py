"""Routes of the accounts."""

from django.urls import path

from distrilog.web.accounts import views


app_name = "accounts"
urlpatterns = [path("comptes/", views.invitations, name="invitations")]
