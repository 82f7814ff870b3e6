"""Routes of what is public, and of the journal."""

from django.urls import path

from distrilog.web.transparency.views import (
    books,
    cover,
    journal,
    public,
    replay,
    reporting,
    statistics,
    tables,
)


app_name = "transparency"
urlpatterns = [
    path("transparence/", public.overview, name="overview"),
    path("transparence/calcul/", public.method, name="method"),
    path("transparence/declarer/", reporting.reporting, name="reporting"),
    path("transparence/praticiens/", reporting.practitioners, name="practitioners"),
    path("transparence/verifier/", public.verify, name="verify"),
    path("transparence/calculs/<int:number>/", public.run, name="run"),
    path("transparence/calculs/<int:number>/export.zip", public.export, name="export"),
    path("transparence/statistiques/", statistics.page, name="statistics"),
    path("transparence/statistiques.csv", statistics.table, name="statistics-table"),
    path("statistiques/", cover.page, name="cover-statistics"),
    path("statistiques.<slug:kind>", cover.table, name="cover-table"),
    path("transparence/rejeu/", replay.page, name="replay"),
    path("transparence/tableaux/", tables.page, name="tables"),
    path("transparence/tableaux/exemple.csv", tables.example, name="tables-example"),
    path("transparence/comptes/", books.books, name="books"),
    path("journal/", journal.journal, name="journal"),
]
