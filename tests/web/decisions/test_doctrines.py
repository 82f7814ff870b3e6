"""Doctrines on screen: the rules with their texts, a new version with what it changes, signed by another."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.doctrines.models import DoctrineVersion
from tests.factories import ProfileFactory
from tests.web.people import client_of
from tests.web.reading import fields, queries_of, words


@pytest.fixture
def latest(country) -> DoctrineVersion:  # noqa: ARG001
    """Return the version of October."""
    return DoctrineVersion.objects.order_by("-effective_on").first()


@pytest.fixture
def address(latest) -> str:
    """Return where a new version is written."""
    return f"/doctrines/{latest.pk}/nouvelle-version/"


@pytest.fixture
def form(cell, latest, address) -> dict[str, str]:
    """Return a form that would be accepted: one parameter more than the version it starts from."""
    sent = fields(cell.get(address), "")
    here = {name: "75 93" for name, value in latest.parameters.items() if isinstance(value, list)}
    return (
        sent
        | here
        | {
            "code": "2020-11-renfort",
            "title": "Renfort",
            "effective_on": "2020-11-09",
            "reason": "Renfort de novembre.",
        }
    )


def counted(latest: DoctrineVersion) -> str:
    """Return a parameter that is a number."""
    return next(name for name, value in sorted(latest.parameters.items()) if isinstance(value, int))


def draft(cell, address, form, latest) -> DoctrineVersion:
    """Write a new version through the screen."""
    name = counted(latest)
    changed = {name: str(latest.parameters[name] + 1)}
    assert cell.post(address, form | changed).status_code == 302
    return DoctrineVersion.objects.get(state="draft")


class TestListing:
    def test_marks_the_one_in_force(self, cell, latest):
        page = words(cell.get("/doctrines/"))
        assert page.count("En vigueur") == 1
        assert latest.title in page

    def test_takes_the_same_queries_for_many(self, cell, latest):
        few = queries_of(cell, "/doctrines/")
        for rank in range(19):
            latest.pk = None
            latest.code = f"essai-{rank}"
            latest.state = "draft"
            latest.save(force_insert=True)
        assert queries_of(cell, "/doctrines/") == few


class TestDetail:
    def test_quotes_the_text_of_each_rule(self, country, latest):
        page = words(client_of(country.orderer).get(f"/doctrines/{latest.pk}/"))
        assert "Les règles et leurs textes" in page
        assert page.count("« ") >= 7
        assert "Préparer une nouvelle version" not in page

    def test_refuses_an_unknown_number(self, cell):
        assert cell.get("/doctrines/999/").status_code == 404


class TestPrepare:
    def test_shows_what_it_changes_before_anybody_signs(self, cell, address, form, latest):
        made = draft(cell, address, form, latest)
        page = words(cell.get(f"/doctrines/{made.pk}/"))
        assert "Ce que la signature changerait" in page
        assert "Paramètres changés" in page
        assert "une autre personne doit la signer" in page

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"code": ""}, "obligatoire"),
            ({"code": "avec espace"}, "des lettres"),
            ({"title": ""}, "obligatoire"),
            ({"effective_on": "hier"}, "Saisissez une date valide"),
            ({"effective_on": "2020-11-01"}, "La date d’effet, le 01/11/2020, est passée."),
            ({"reason": ""}, "obligatoire"),
            ({"reason": "x" * 2001}, "2000"),
        ],
    )
    def test_says_what_is_wrong(self, cell, address, form, sent, told):
        response = cell.post(address, form | sent)
        assert response.status_code == 422
        assert told in words(response)
        assert not DoctrineVersion.objects.filter(state="draft").exists()

    @pytest.mark.parametrize("value", ["", "-1", "1,5", "beaucoup"])
    def test_says_which_parameter_is_wrong(self, cell, address, form, latest, value):
        name = counted(latest)
        response = cell.post(address, form | {name: value})
        assert response.status_code == 422
        assert f'id="id_{name}_error"' in response.content.decode()
        assert not DoctrineVersion.objects.filter(state="draft").exists()

    def test_refuses_an_unknown_department(self, cell, address, form, latest):
        name = next(name for name, value in latest.parameters.items() if isinstance(value, list))
        response = cell.post(address, form | {name: "75 99"})
        assert response.status_code == 422
        assert "Département inconnu : 99." in words(response)

    def test_refuses_a_name_taken(self, cell, address, form, latest):
        response = cell.post(address, form | {"code": latest.code})
        assert response.status_code == 422
        assert 'id="id_code_error"' in response.content.decode()

    def test_is_closed_to_who_only_reads(self, country, address):
        assert client_of(country.ars).get(address).status_code == 403


class TestSign:
    def test_puts_it_in_force_from_its_date(self, cell, duty, address, form, latest):
        made = draft(cell, address, form, latest)
        page = words(duty.post(f"/doctrines/{made.pk}/signer/", {"reason": "Vu."}, follow=True))
        assert "Elle servira aux calculs à partir de sa date" in page
        assert DoctrineVersion.objects.get(pk=made.pk).state == "signed"

    def test_refuses_the_author_under_another_profile(self, country, cell, address, form, latest):
        made = draft(cell, address, form, latest)
        other = client_of(ProfileFactory(person=country.cell.person, role=Role.NATIONAL_DUTY))
        response = other.post(f"/doctrines/{made.pk}/signer/", {"reason": "Vu."})
        assert response.status_code == 422
        assert "une autre personne doit la signer" in words(response)
        assert DoctrineVersion.objects.get(pk=made.pk).state == "draft"

    def test_refuses_a_version_signed_already(self, duty, latest):
        response = duty.post(f"/doctrines/{latest.pk}/signer/", {"reason": "Encore."})
        assert response.status_code == 422
        assert latest.state == "signed"


class TestWithdraw:
    def test_sets_a_draft_aside(self, cell, address, form, latest):
        made = draft(cell, address, form, latest)
        page = words(cell.post(f"/doctrines/{made.pk}/retirer/", follow=True))
        assert "Le brouillon est retiré." in page

    def test_leaves_a_signed_version(self, cell, latest):
        assert cell.post(f"/doctrines/{latest.pk}/retirer/").status_code in {409, 422}
        assert DoctrineVersion.objects.get(pk=latest.pk).state == "signed"
