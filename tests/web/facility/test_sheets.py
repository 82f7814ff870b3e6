import pytest
from django.test import Client

from distrilog.domain.doctrines.models import DoctrineVersion
from tests.factories import AttachmentFactory, CapacityFactory, FacilityFactory, StaffFactory
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


class TestOwn:
    def test_tells_the_need_with_the_text_behind_it(self, world, home):
        CapacityFactory(facility=world.home, places=84)
        page = words(home.get("/etablissement/"))
        assert "Masques chirurgicaux : 420 unités par semaine" in page
        assert "84 places × 5 masques = 420" in page
        assert "5 masques chirurgicaux par lit ou place par semaine" in page

    def test_tells_who_serves_it(self, world, home):
        StaffFactory(facility=world.home, headcount=46)
        page = words(home.get("/etablissement/"))
        assert f"Établissement support : {world.platform.name}" in page
        assert "Soignants 46 ETP" in page
        assert "Établissement fictif" in page

    def test_says_so_without_a_doctrine(self, home):
        DoctrineVersion.objects.update(effective_on="2030-01-01")
        assert "Aucune doctrine n’est en vigueur" in words(home.get("/etablissement/"))

    @pytest.mark.usefixtures("world")
    def test_sends_a_profile_without_a_facility_to_the_list(self):
        agency = client_of(profile_of(None, role="ars", perimeter="11"))
        assert agency.get("/etablissement/")["Location"] == "/etablissements/"

    def test_takes_the_same_queries_for_many_rows(self, world, home):
        CapacityFactory(facility=world.home, places=84)
        few = queries_of(home, "/etablissement/")
        for activity in ("acute", "psychiatry", "emergency"):
            CapacityFactory(facility=world.home, activity=activity, places=10)
        assert queries_of(home, "/etablissement/") == few


class TestSheet:
    def test_does_not_exist_outside_the_scope(self, world, home):
        assert home.get(f"/etablissements/{world.stranger.registry}/").status_code == 404
        assert home.get("/etablissements/inconnu/").status_code == 404

    def test_opens_the_territory_to_its_referent(self, world):
        referent = client_of(profile_of(world.platform, role="platform"))
        assert referent.get(f"/etablissements/{world.home.registry}/").status_code == 200

    def test_asks_the_anonymous_to_log_in(self, world):
        response = Client().get(f"/etablissements/{world.home.registry}/")
        assert response.status_code == 302


class TestListing:
    @pytest.fixture
    def referent(self, world):
        return client_of(profile_of(world.platform, role="platform"))

    def test_lists_the_territory(self, world, referent):
        page = words(referent.get("/etablissements/"))
        assert world.home.name in page
        assert world.stranger.name not in page

    def test_finds_by_name_or_number(self, world, referent):
        page = words(referent.get("/etablissements/", {"q": world.home.registry}))
        assert world.home.name in page
        assert world.platform.name not in page
        nothing = referent.get("/etablissements/", {"q": "zzz % _ '"})
        assert "Aucun établissement trouvé" in words(nothing)

    def test_refuses_what_no_text_holds(self, referent):
        assert referent.get("/etablissements/", {"q": "a\0b"}).status_code == 400

    def test_refuses_a_cursor_that_is_not_ours(self, referent):
        response = referent.get("/etablissements/", {"apres": "n’importe quoi"})
        assert response.status_code == 422
        assert "Ce repère de page n’est pas reconnu." in words(response)

    def test_takes_the_same_queries_for_many(self, world, referent):
        few = queries_of(referent, "/etablissements/")
        for facility in FacilityFactory.create_batch(20):
            AttachmentFactory(facility=facility, territory=world.home.attachments.get().territory)
        assert queries_of(referent, "/etablissements/") == few
