"""Routes of the platform's tour, of the platforms as agencies see them, and of their papers."""

from django.urls import path

from distrilog.web.platform.views import dock, incidents, papers, rounds, situation, watching


app_name = "platform"
urlpatterns = [
    # The platform itself.
    path("tournee/", dock.tour, name="tour"),
    path("tournee/recevoir/<str:reference>/", dock.receive, name="receive"),
    path("tournee/situation/", situation.report, name="situation"),
    path("tournee/<int:plan>/", rounds.mine, name="round"),
    path("tournee/<int:plan>/remettre/", rounds.hand_out_round, name="hand-out-round"),
    path("tournee/<int:plan>/reliquat/", rounds.explain, name="explain"),
    path("tournee/<int:plan>/sites/<str:registry>/", rounds.site, name="site"),
    path("tournee/<int:plan>/sites/<str:registry>/remettre/", rounds.hand_out, name="hand-out"),
    path("tournee/<int:plan>/sites/<str:registry>/annuler/", rounds.take_back, name="take-back"),
    # What went wrong.
    path("incidents/", incidents.listing, name="incidents"),
    path("incidents/<int:incident>/prendre/", incidents.take, name="take-incident"),
    path("incidents/<int:incident>/clore/", incidents.close, name="close-incident"),
    # Agencies and the cell.
    path("plateformes/", watching.overview, name="platforms"),
    path("plateformes/export/<str:name>", watching.export, name="export"),
    path("plateformes/<str:territory>/", watching.detail, name="platform"),
    path("plateformes/<str:territory>/compenser/", watching.settle, name="settle"),
    path("plateformes/<str:territory>/<int:plan>/", watching.round_, name="watched-round"),
    # Papers.
    path("plateformes/<str:territory>/<int:plan>/liste/<str:name>", papers.listing, name="list"),
    path("plateformes/<str:territory>/<int:plan>/bons/", papers.notes, name="notes"),
    path("plateformes/<str:territory>/<int:plan>/bons/<str:registry>/", papers.note, name="note"),
]
