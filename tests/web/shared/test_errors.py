import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from distrilog.web.shared import errors
from tests.web.people import client_of, profile_of
from tests.web.reading import words


def _fail(error: Exception) -> None:
    raise error


class TestNotFound:
    @pytest.mark.django_db
    def test_says_it_in_french(self):
        response = Client().get("/nulle-part/")
        assert response.status_code == 404
        assert "Page introuvable" in words(response)


class TestFormExpired:
    def test_answers_a_form_without_its_token(self, world):
        client = client_of(profile_of(world.home), enforce_csrf_checks=True)
        response = client.post("/commander/envoyer/")
        assert response.status_code == 403
        assert "Ce formulaire n’est plus valable" in words(response)


class TestBroken:
    @pytest.mark.parametrize(
        ("error", "status", "title"),
        [
            (ValueError("x"), 500, "Le service a rencontré une erreur"),
            (OperationalError("x"), 503, "Le service est momentanément indisponible"),
        ],
    )
    def test_needs_no_database(self, error, status, title):
        request = RequestFactory().get("/")
        try:
            _fail(error)
        except type(error):
            response = errors.broken(request)
        assert response.status_code == status
        assert title in words(response)


class TestTooMany:
    def test_says_when_to_come_back(self):
        response = errors.too_many(RequestFactory().get("/"))
        assert response.status_code == 429
        assert response["Retry-After"] == "900"
