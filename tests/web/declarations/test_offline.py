import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from distrilog.web.declarations.views.offline import FILES
from tests.factories import ProfileFactory
from tests.web.people import client_of
from tests.web.reading import words


class TestWorker:
    def test_is_a_script_of_its_own_scope(self):
        response = Client().get("/declaration/hors-ligne.js")
        assert response["Content-Type"].startswith("text/javascript")
        assert response["Service-Worker-Allowed"] == "/declaration/"
        assert response["Cache-Control"] == "no-cache"

    def test_keeps_all_that_the_page_needs(self, site):
        told = Client().get("/declaration/hors-ligne.js").content.decode()
        for name in FILES:
            assert finders.find(name), name
            assert f"/static/{name}" in told
        page = site.client.get("/declaration/").content.decode()
        wanted = [part.split('"')[0] for part in page.split("/static/")[1:]]
        assert set(wanted) <= set(FILES)

    def test_keeps_a_page_no_longer_than_a_login_lasts(self):
        told = Client().get("/declaration/hors-ligne.js").content.decode()
        assert f"LIFE = {settings.SESSION_COOKIE_AGE * 1000};" in told

    def test_may_run_under_the_content_policy(self, site):
        assert "worker-src 'self'" in site.client.get("/declaration/")["Content-Security-Policy"]


class TestState:
    def test_says_who_is_signed_in(self, site):
        told = site.client.get("/declaration/etat/").json()
        assert told["profile"] == site.client.get("/declaration/")["X-Distrilog-Profile"]
        assert site.profile.person.name not in str(told)

    @pytest.mark.django_db
    def test_sends_others_away(self):
        assert Client().get("/declaration/etat/").status_code == 302
        agency = client_of(ProfileFactory(role="ars", perimeter="11"))
        assert agency.get("/declaration/etat/").status_code == 403


class TestWithoutNetwork:
    def test_speaks_of_nobody(self, site):
        response = site.client.get("/declaration/hors-ligne/")
        assert "Pas de réseau" in words(response)
        assert site.facility.name not in words(response)
        assert "<script" not in response.content.decode()
