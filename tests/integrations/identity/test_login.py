"""From the portal to the identity provider and back, over HTTP, the stand-in in its own process."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from distrilog.domain.accounts.models import Person, Profile
from distrilog.domain.accounts.services import revoke_profile
from distrilog.kernel import clock
from tests.factories import FacilityFactory
from tests.integrations.identity.conftest import PORTAL, point_to


pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("plage")]

ORDERER = {"role": "orderer", "facility": "310000002"}


class TestLogin:
    def test_uses_the_only_profile_at_once(self, browser, plage, home):
        plage.states("ehpad", ORDERER)
        assert browser.log_in("ehpad", next_page="/aide/") == "/aide/"
        assert browser.acts
        profile = Profile.objects.get()
        assert (profile.role, profile.facility) == ("orderer", home)
        assert profile.person.name == "ehpad (essai)"

    def test_finds_the_same_person_again_by_subject(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        browser.client.post("/deconnexion/")
        browser.log_in("ehpad")
        assert Person.objects.count() == 1
        assert SocialAccount.objects.get().uid == "ehpad"

    def test_takes_nobody_for_another_by_name_or_address(self, browser, plage, home):  # noqa: ARG002
        other = Person.objects.create_user(name="ehpad (essai)", email="ehpad@example.org")
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        assert Profile.objects.get().person != other

    def test_lets_choose_among_several_profiles(self, browser, plage, home):  # noqa: ARG002
        FacilityFactory(registry="310000010", name="Les Lilas")
        plage.states("deux", ORDERER, {"role": "orderer", "facility": "310000010"})
        assert browser.log_in("deux") == "/profils/?next=%2Faide%2F"
        assert not browser.acts
        page = browser.client.get("/profils/?next=/aide/").content.decode()
        assert "Les Tilleuls" in page
        assert "Les Lilas" in page
        wanted = Profile.objects.get(facility__registry="310000010")
        chosen = browser.client.post("/profils/", {"profile": wanted.pk, "next": "/aide/"})
        assert chosen["Location"] == "/aide/"
        assert browser.acts
        assert browser.client.session["profile_id"] == wanted.pk

    @pytest.mark.parametrize(
        ("profile", "page", "words"),
        [
            ({**ORDERER, "domain": "OVALIDE"}, "domaine", "OVALIDE"),
            ({"role": "emperor"}, "domaine", "domaine Distrilog"),
            ({**ORDERER, "valid_until": "2020-03-01T00:00:00Z"}, "profil-expire", "01/03/2020"),
            ({**ORDERER, "facility": "999999999"}, "etablissement-inconnu", "999999999"),
            ({**ORDERER, "facility": "310000028"}, "etablissement-inconnu", "310000028"),
            ({**ORDERER, "valid_until": "demain"}, "domaine", "domaine Distrilog"),
        ],
    )
    def test_explains_why_a_profile_opens_nothing(self, browser, plage, home, profile, page, words):  # noqa: ARG002
        FacilityFactory(registry="310000028", closed=True)
        plage.states("refuse", profile)
        address = browser.log_in("refuse")
        assert address == f"/connexion/explication/{page}/"
        shown = browser.client.get(address)
        assert shown.status_code == 403
        assert words in shown.content.decode()
        assert not browser.acts
        assert not Profile.objects.exists()

    def test_explains_that_the_account_is_closed(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        Person.objects.update(is_active=False)
        assert not browser.acts
        assert browser.log_in("ehpad") == "/connexion/explication/compte-desactive/"

    def test_ends_what_the_provider_no_longer_states(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER, {"role": "auditor"})
        browser.log_in("ehpad")
        plage.states("ehpad", {"role": "auditor"})
        browser.log_in("ehpad")
        ended = Profile.objects.get(role="orderer")
        assert ended.revoked_at is not None
        assert browser.acts

    def test_never_leads_out_of_the_portal(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        assert browser.log_in("ehpad", next_page="https://example.org/") == "/"

    def test_gives_the_session_a_new_key(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.client.post("/connexion/plage/")
        before = browser.client.session.session_key
        browser.log_in("ehpad")
        assert browser.client.session.session_key != before

    def test_keeps_no_token_of_the_provider(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        assert "access_token" not in str(SocialAccount.objects.get().extra_data)


class TestProvider:
    def test_says_so_when_it_does_not_answer(self, settings):
        point_to(settings, "http://127.0.0.1:9")
        client = Client(headers={"host": PORTAL})
        left = client.post("/connexion/plage/")
        assert left["Location"] == "/connexion/explication/plage-indisponible/"
        shown = client.get(left["Location"])
        assert shown.status_code == 503
        assert "PLAGE ne répond pas" in shown.content.decode()

    def test_is_not_believed_without_the_state_it_was_given(self, plage):  # noqa: ARG002
        client = Client(headers={"host": PORTAL})
        back = client.get("/connexion/plage/retour/?code=x&state=y")
        assert back["Location"] == "/connexion/explication/connexion-interrompue/"

    def test_may_be_left_without_logging_in(self, browser, plage):
        left = browser.client.post("/connexion/plage/")
        state = left["Location"].split("state=")[1].split("&")[0]
        back = browser.client.get(f"/connexion/plage/retour/?error=access_denied&state={state}")
        assert back["Location"] == "/connexion/explication/connexion-interrompue/"
        assert plage.url in left["Location"]


class TestSession:
    def test_ends_with_the_profile_during_work(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        revoke_profile(profile_id=Profile.objects.get().pk, at=clock.now())
        shown = browser.client.get("/connexion/")
        assert shown.status_code == 200
        assert "session a été fermée" in shown.content.decode()
        assert "_auth_user_id" not in browser.client.session

    def test_ends_on_leaving(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER)
        browser.log_in("ehpad")
        assert browser.client.get("/deconnexion/").status_code == 405
        assert browser.acts
        browser.client.post("/deconnexion/")
        assert not browser.acts

    def test_takes_no_profile_of_another(self, browser, plage, home):  # noqa: ARG002
        plage.states("ehpad", ORDERER, {"role": "delegation", "perimeter": "31"})
        browser.log_in("ehpad")
        other = Profile.objects.create(person=Person.objects.create_user(), role="auditor")
        for wrong in (other.pk, "x", "", 10**30):
            answer = browser.client.post("/profils/", {"profile": wrong})
            assert answer["Location"].startswith("/profils/")
            assert not browser.acts

    def test_needs_the_form_s_token_to_begin(self, plage):  # noqa: ARG002
        client = Client(enforce_csrf_checks=True, headers={"host": PORTAL})
        assert client.post("/connexion/plage/").status_code == 403
        assert client.get("/connexion/plage/")["Location"] == "/connexion/"


class TestLimit:
    def test_stops_an_address_that_begins_too_often(self, plage, settings):  # noqa: ARG002
        settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
        client = Client(headers={"host": PORTAL})
        answers = [client.post("/connexion/plage/")["Location"] for _ in range(3)]
        assert answers[2] == "/connexion/explication/trop-de-connexions/"
        assert client.get(answers[2]).status_code == 429
        cache.clear()
