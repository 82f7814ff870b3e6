"""Routes of the perimeter."""

from django.urls import path

from distrilog.web.beneficiaries.views import (
    adaptations,
    attachments,
    circuits,
    overview,
    referents,
    sites,
    terms,
    trainees,
)


app_name = "beneficiaries"
urlpatterns = [
    path("perimetre/", overview.overview, name="overview"),
    path("perimetre/referents/", referents.listing, name="referents"),
    path("perimetre/referents/nommer/<slug:nature>/", referents.appoint, name="appoint"),
    path("perimetre/referents/<int:number>/finir/", referents.end, name="referent-end"),
    path("perimetre/rattachements/", attachments.listing, name="attachments"),
    path("perimetre/rattachements/<str:registry>/", attachments.attach, name="attach"),
    path("perimetre/sites/", sites.listing, name="sites"),
    path("perimetre/sites/ouvrir/", sites.open_one, name="site-open"),
    path("perimetre/sites/<str:registry>/fermer/", sites.close, name="site-close"),
    path("perimetre/adaptations/", adaptations.listing, name="adaptations"),
    path("perimetre/adaptations/decider/", adaptations.decide, name="adapt"),
    path("perimetre/adaptations/<int:number>/finir/", adaptations.end, name="adaptation-end"),
    path("perimetre/formation/", trainees.listing, name="trainees"),
    path("perimetre/formation/inscrire/", trainees.register, name="trainees-register"),
    path("perimetre/formation/<int:number>/finir/", trainees.end, name="trainees-end"),
    path("perimetre/circuits/", circuits.listing, name="circuits"),
    path("perimetre/circuits/decider/", circuits.decide, name="circuit-decide"),
    path("perimetre/circuits/<int:number>/finir/", circuits.end, name="circuit-end"),
    path("perimetre/conditions/", terms.listing, name="terms"),
    path("perimetre/conditions/decider/", terms.decide, name="terms-decide"),
]
