"""Routes of the picture of cover."""

from django.urls import path

from distrilog.web.cover.views import (
    completeness,
    difficulties,
    exports,
    facilities,
    picture,
    reminding,
    thresholds,
)


app_name = "cover"
urlpatterns = [
    path("couverture/", picture.picture, name="picture"),
    path("couverture/etablissements/", facilities.listed, name="facilities"),
    path("couverture/etablissements/<str:registry>/", facilities.facility, name="facility"),
    path("couverture/completude/", completeness.completeness, name="completeness"),
    path("couverture/acces/<str:registry>/", completeness.repair, name="repair"),
    path("couverture/seuils/", thresholds.thresholds, name="thresholds"),
    path("couverture/difficultes/", difficulties.listed, name="difficulties"),
    path("couverture/difficultes/<int:number>/vue/", difficulties.seen, name="seen"),
    path("couverture/export.<slug:kind>", exports.picture, name="export"),
    path(
        "couverture/etablissements-export.<slug:kind>",
        exports.facilities,
        name="facilities-export",
    ),
    path("couverture/relance/", reminding.reminded, name="remind"),
]
