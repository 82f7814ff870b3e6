"""Routes of the exchanges with partners."""

from django.urls import path

from distrilog.web.partners import views


app_name = "partners"
urlpatterns = [
    path("echanges/", views.exchanges, name="exchanges"),
    path("echanges/envoyes/<int:number>/", views.sent, name="sent"),
    path("echanges/envoyes/<int:number>/rejouer/", views.replay_sent, name="replay-sent"),
    path("echanges/envoyes/<int:number>/redire/", views.resend_refused, name="resend-refused"),
    path("echanges/recus/<int:number>/", views.received, name="received"),
    path("echanges/recus/<int:number>/rejouer/", views.replay_received, name="replay-received"),
    path("echanges/recus/<int:number>/classer/", views.close_received, name="close-received"),
    path("echanges/rapprochement/", views.stock, name="stock"),
    path("echanges/rapprochement/<int:number>/", views.stock_of, name="stock-of"),
    path(
        "echanges/rapprochement/<int:number>/passer/", views.post_difference, name="post-difference"
    ),
]
