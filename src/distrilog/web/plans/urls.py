"""Routes of the push plans."""

from django.urls import path

from distrilog.web.plans.views import (
    deciding,
    desk,
    exports,
    listing,
    own,
    preparing,
    programmes,
    requests,
    urgent,
    why,
)


app_name = "plans"
urlpatterns = [
    path("plans/", listing.listed, name="plans"),
    path("plans/preparer/", preparing.prepare, name="prepare"),
    path("plans/urgences/", urgent.urgent, name="urgent"),
    path("plans/programmes/", programmes.listed, name="programmes"),
    path("plans/programmes/<slug:name>/", programmes.detail, name="programme"),
    path("plans/programmes/<slug:name>/sites/", programmes.enrol, name="enrol"),
    path("plans/programmes/<slug:name>/fin/", programmes.end, name="programme-end"),
    path("plans/programmes/<slug:name>/preparer/", programmes.prepare, name="programme-prepare"),
    path("plans/etablissements/<str:registry>/", own.of_facility, name="facility"),
    path("plans/<int:number>/", listing.detail, name="plan"),
    path("plans/<int:number>/transmettre/", deciding.share, name="share"),
    path("plans/<int:number>/arreter/", deciding.freeze, name="freeze"),
    path("plans/<int:number>/envoyer/", deciding.send, name="send"),
    path("plans/<int:number>/abandonner/", deciding.abandon, name="abandon"),
    path("plans/<int:number>/export.<slug:kind>", exports.export, name="export"),
    path("plans/<int:number>/pourquoi/<str:registry>/", why.why, name="why"),
    path("plans/<int:number>/<str:territory>/", desk.desk, name="desk"),
    path("plans/<int:number>/<str:territory>/ajuster/", desk.adjust, name="adjust"),
    path("plans/<int:number>/<str:territory>/effet/", desk.effect, name="effect"),
    path("demandes-evolution/", requests.listed, name="requests"),
    path("demandes-evolution/<int:number>/", requests.answer, name="answer"),
    path("ma-dotation/", own.own, name="own"),
    path("ma-dotation/demander/", own.ask, name="ask"),
]
