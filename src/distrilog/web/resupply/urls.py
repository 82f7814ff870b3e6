"""Routes of urgent help and mutual aid."""

from django.urls import path

from distrilog.web.resupply.views import asking, deciding, lending, listing, loans


app_name = "resupply"
urlpatterns = [
    # Who asks.
    path("depannage/", asking.requests, name="requests"),
    path("depannage/demander/", asking.ask, name="ask"),
    path("depannage/parts/<int:part>/recevoir/", asking.receive, name="receive"),
    path("depannage/<str:asked>/", asking.detail, name="request"),
    path("depannage/<str:asked>/retirer/", asking.withdraw, name="withdraw"),
    # Who lends.
    path("entraide/", lending.aid, name="aid"),
    path("entraide/preter/", lending.lend, name="lend"),
    path("entraide/arreter/", lending.stop, name="stop-lending"),
    path("entraide/propositions/<int:part>/", lending.answer, name="answer"),
    path("entraide/prets/<str:loan>/", loans.detail, name="loan"),
    path("entraide/prets/<str:loan>/bon/", loans.note, name="note"),
    path("entraide/prets/<str:loan>/remettre/", loans.hand_over, name="hand-over"),
    path("entraide/prets/<str:loan>/rendre/", loans.give_back, name="give-back"),
    # Who decides.
    path("depannages/", listing.listing, name="open"),
    path("depannages/export/<str:name>", listing.export, name="export"),
    path("depannages/parts/<int:part>/valider/", deciding.validate, name="validate"),
    path("depannages/parts/<int:part>/remettre/", deciding.hand_out, name="hand-out"),
    path("depannages/<str:asked>/", deciding.desk, name="desk"),
    path("depannages/<str:asked>/decider/", deciding.decide, name="decide"),
    path("depannages/<str:asked>/voisins/", deciding.seek, name="seek"),
    path("depannages/<str:asked>/parts/<int:part>/reprendre/", deciding.cancel, name="cancel-part"),
    path("depannages/<str:asked>/refuser/", deciding.refuse, name="refuse"),
    path("depannages/<str:asked>/solder/", deciding.close, name="close"),
]
