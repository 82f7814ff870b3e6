import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_resolver

from distrilog.domain.accounts.rules import GRANTS, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.web.shared.rights import PUBLIC, SIGNED_IN, WriteInReadError, needs
from tests.factories import FamilyFactory, actor
from tests.web.reading import words


def request_of(role=None, method="GET"):
    made = RequestFactory().generic(method, "/page/?a=1")
    made.actor = actor(role) if role else None
    return made


def answer(_request) -> HttpResponse:
    return HttpResponse("fait")


def writing(statement: str):
    def view(_request) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return HttpResponse()

    return view


def every_view(resolver=None):
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from every_view(pattern)
        elif pattern.callback.__module__.startswith("distrilog.web"):
            yield pattern.name, pattern.callback


class TestNeeds:
    def test_sends_the_anonymous_to_the_login_and_back(self):
        response = needs(SIGNED_IN)(answer)(request_of())
        assert response.status_code == 302
        assert response["Location"] == "/connexion/?next=%2Fpage%2F%3Fa%3D1"

    def test_opens_a_public_page_to_the_anonymous(self):
        assert needs(PUBLIC)(answer)(request_of()).content == b"fait"

    @pytest.mark.parametrize("role", list(Role))
    def test_opens_to_the_roles_that_are_granted_the_deed_alone(self, role):
        response = needs(Deed.RUN_SIGN)(answer)(request_of(role))
        assert response.status_code == (200 if Deed.RUN_SIGN in GRANTS[role] else 403)

    def test_says_in_french_what_is_refused(self):
        def refuse(_request):
            raise NotFound(Fault(where="x", message="Rien ici.", remedy="Cherchez ailleurs."))

        response = needs(PUBLIC)(refuse)(request_of())
        assert response.status_code == 404
        assert "Introuvable" in words(response)
        assert "Rien ici. Cherchez ailleurs." in words(response)

    def test_keeps_the_status_of_a_refusal(self):
        def refuse(_request):
            raise Invalid(detail="Non.")

        assert needs(PUBLIC)(refuse)(request_of(Role.ORDERER, "POST")).status_code == 422

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE catalogue_family SET name = 'autre'",
            "  delete from catalogue_family",
            "SELECT * FROM catalogue_family FOR UPDATE",
        ],
    )
    def test_lets_no_get_write(self, statement):
        FamilyFactory()
        with pytest.raises(WriteInReadError):
            needs(PUBLIC)(writing(statement))(request_of())
        assert Family.objects.filter(code="surgical_mask").exclude(name="autre").exists()

    @pytest.mark.django_db
    def test_lets_a_post_write(self):
        FamilyFactory()
        write = writing("UPDATE catalogue_family SET name = 'autre'")
        needs(PUBLIC)(write)(request_of(method="POST"))
        assert Family.objects.filter(name="autre").exists()


def test_every_page_has_a_rule():
    found = dict(every_view())
    assert len(found) > 15
    assert [name for name, view in found.items() if not hasattr(view, "rule")] == []
