"""Routes of the facility's pages."""

from django.urls import path

from distrilog.web.facility.views import (
    deliveries,
    help as helping,
    home,
    keys,
    messages,
    ordering,
    orders,
    sheets,
    training,
    why,
)


app_name = "facility"
urlpatterns = [
    path("", home.home, name="home"),
    path("ma-semaine/", home.week, name="week"),
    path("commander/", ordering.order, name="order"),
    path("commander/verifier/", ordering.check, name="check"),
    path("commander/envoyer/", ordering.send, name="send"),
    path("commandes/", orders.listing, name="orders"),
    path("commandes/<str:reference>/", orders.detail, name="order-detail"),
    path("commandes/<str:reference>/modifier/", ordering.amend, name="amend"),
    path("commandes/<str:reference>/annuler/", ordering.cancel, name="cancel"),
    path("livraisons/", deliveries.listing, name="deliveries"),
    path("livraisons/colis/", deliveries.parcel, name="parcel"),
    # An executor names its despatches, slashes included.
    path("livraisons/<path:despatch>/recevoir/", deliveries.receive, name="receive"),
    path("livraisons/<path:despatch>/photo/", deliveries.photo, name="delivery-photo"),
    path("livraisons/<path:despatch>/effacer/", deliveries.erase, name="delivery-erase"),
    path("livraisons/<path:despatch>/bon/", deliveries.note, name="delivery-note"),
    path("livraisons/<path:despatch>/etiquettes/", deliveries.labels, name="delivery-labels"),
    path("livraisons/<path:despatch>/", deliveries.detail, name="delivery"),
    path("contingents/<str:family>/pourquoi/", why.own, name="why"),
    path("etablissement/", sheets.own, name="sheet"),
    path("etablissements/", sheets.listing, name="list"),
    path("etablissements/<str:registry>/", sheets.sheet, name="facility"),
    path(
        "etablissements/<str:registry>/contingents/<str:family>/pourquoi/",
        why.of_facility,
        name="facility-why",
    ),
    path("messages/", messages.inbox, name="messages"),
    path("messages/<int:number>/", messages.message, name="message"),
    path("messages/<int:number>/accuser-reception/", messages.acknowledge, name="acknowledge"),
    path("cles/", keys.keys, name="keys"),
    path("cles/<int:number>/revoquer/", keys.revoke, name="revoke"),
    path("entrainement/", training.training, name="training"),
    path("aide/", helping.topics, name="help"),
    path("aide/accessibilite/", helping.accessibility, name="accessibility"),
    path("aide/<slug:name>/", helping.topic, name="topic"),
]
