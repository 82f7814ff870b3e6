"""Routes of the declaration."""

from django.urls import path

from distrilog.web.declarations.views import declare, delegation, files, history, offline


app_name = "declarations"
urlpatterns = [
    path("declaration/", declare.declare, name="declare"),
    path("declaration/envoyer/", declare.send, name="send"),
    path("declaration/etat/", offline.state, name="state"),
    path("declaration/hors-ligne/", offline.without_network, name="offline"),
    path("declaration/hors-ligne.js", offline.worker, name="worker"),
    path("declaration/historique/", history.history, name="history"),
    path("etablissements/<str:registry>/declarations/", history.of_facility, name="of-facility"),
    path("declaration/imprimer/", history.paper, name="paper"),
    path("declaration/importer/", files.importing, name="import"),
    path("declaration/importer/modele.<slug:kind>", files.model, name="model"),
    path("declaration/delegation/", delegation.delegation, name="delegation"),
    path("declaration/delegation/<int:number>/terminer/", delegation.end, name="delegation-end"),
]
