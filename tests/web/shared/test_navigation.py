import pytest
from django.test import Client

from distrilog.domain.accounts.rules import Role
from distrilog.web.shared.navigation import menu
from tests.factories import actor
from tests.web.people import client_of, profile_of


class TestMenu:
    @pytest.mark.parametrize("role", [*Role, None])
    def test_names_routes_that_exist(self, role):
        links = menu(actor=actor(role) if role else None, path="/")
        assert {"Aide"} <= {link.label for link in links}
        assert len(links) <= 10

    def test_marks_one_entry_as_current(self):
        links = menu(actor=actor(Role.ORDERER), path="/commandes/11-2020W45-ABC/modifier/")
        assert [link.label for link in links if link.current] == ["Commandes"]

    def test_marks_the_first_page_on_itself_alone(self):
        links = menu(actor=actor(Role.ORDERER), path="/cles/")
        assert [link.label for link in links if link.current] == []

    def test_opens_the_section_of_the_page(self):
        links = menu(actor=actor(Role.NATIONAL_CELL), path="/regimes/12/")
        (section,) = [link for link in links if link.current]
        assert section.label == "Décisions"
        assert section.address == section.below[0].address
        assert [link.label for link in section.below if link.current] == ["Régimes"]

    @pytest.mark.parametrize("role", ["orderer", "director", "platform"])
    def test_leads_nowhere_that_is_closed_to_the_role(self, world, role):
        whose = world.platform if role == "platform" else world.home
        client = client_of(profile_of(whose, role=role))
        page = client.get("/", follow=True)
        links = page.context["menu"]
        assert len(links) >= 6
        for link in (each for word in links for each in (word, *word.below)):
            assert client.get(link.address).status_code == 200, link.address

    def test_gives_a_facilitys_menu_to_a_referent_whose_facility_is_no_platform(self, world):
        client = client_of(profile_of(world.home, role="platform"))
        labels = [link.label for link in client.get("/").context["menu"]]
        assert "Ma tournée" not in labels

    @pytest.mark.usefixtures("world")
    def test_leads_the_anonymous_to_public_pages(self):
        client = Client()
        for link in client.get("/").context["menu"]:
            assert client.get(link.address).status_code == 200, link.address
