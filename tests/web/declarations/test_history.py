import pytest

from distrilog.domain.declarations.services import Said
from tests.factories import FacilityFactory, ProfileFactory
from tests.web.people import client_of
from tests.web.reading import queries_of, words


PAGE = "/declaration/historique/"


class TestHistory:
    def test_shows_every_version(self, site):
        site.say(Said(family="ffp2", stock=40, consumption=20))
        site.say(Said(family="ffp2", stock=60, consumption=20))
        told = words(site.client.get(PAGE))
        assert "Version 2 mardi 3 novembre à 10 h, Camille Essai (écran)" in told
        assert "Masques FFP2 corrigé depuis 2 boîtes (40 masques)" in told
        assert "Masques FFP2 3 boîtes (60 masques) 1 boîte (20 masques) 3,5 jours" in told

    def test_takes_the_same_queries_whatever_there_is(self, site):
        before = queries_of(site.client, PAGE)
        for stock in (40, 60, 80):
            site.say(Said(family="ffp2", stock=stock, consumption=20))
        assert queries_of(site.client, PAGE) == before

    def test_is_read_by_the_agency_of_the_region_only(self, site):
        address = f"/etablissements/{site.facility.registry}/declarations/"
        here, elsewhere = (
            client_of(ProfileFactory(role="ars", perimeter=region)) for region in ("11", "76")
        )
        assert "Résidence des Tilleuls" in words(here.get(address))
        assert elsewhere.get(address).status_code == 404
        assert "Corriger" not in words(here.get(address))

    @pytest.mark.usefixtures("site")
    def test_may_be_empty(self):
        other = ProfileFactory(role="orderer", facility=FacilityFactory())
        assert "Aucune déclaration" in words(client_of(other).get(PAGE))


class TestPaper:
    def test_is_empty_or_filled(self, site):
        site.say(Said(family="ffp2", stock=50, consumption=20))
        empty = words(site.client.get("/declaration/imprimer/"))
        filled = words(site.client.get("/declaration/imprimer/?remplie=1"))
        assert "Masques FFP2 1 boîte = 20 masques 18 boîtes 3 boîtes Blouses" in empty
        assert "Masques FFP2 1 boîte = 20 masques 18 boîtes 3 boîtes 2,5 boîtes 1 boîte" in filled
        assert "version 1" in filled
