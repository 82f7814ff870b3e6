from tests.factories import FacilityFactory
from tests.web.people import client_of, profile_of
from tests.web.reading import words


PAGE = "/declaration/delegation/"


class TestDelegation:
    def test_names_and_ends(self, site):
        director = client_of(profile_of(site.facility, role="director"))
        assert "Vous n’avez désigné personne" in words(director.get(PAGE))
        done = director.post(PAGE, {"profile": site.colleague.pk}, follow=True)
        assert "Camille Essai, gestionnaire des commandes" in words(done)
        number = site.facility.delegates.get().pk
        director.post(f"{PAGE}{number}/terminer/")
        assert "Vous n’avez désigné personne" in words(director.get(PAGE))

    def test_names_nobody_of_another_facility(self, site):
        director = client_of(profile_of(site.facility, role="director"))
        stranger = profile_of(FacilityFactory())
        refused = director.post(PAGE, {"profile": stranger.pk})
        assert "Choisissez une personne de la liste." in words(refused)
        assert not site.facility.delegates.exists()

    def test_is_the_directors_alone(self, site):
        assert site.client.get(PAGE).status_code == 403
