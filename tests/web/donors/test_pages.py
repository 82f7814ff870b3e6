"""The pages of gifts: a donor declares, sends a file, takes back; an agency reads."""

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Gift
from distrilog.kernel import clock
from tests.domain.regional.world import MASK, build
from tests.factories import ProfileFactory
from tests.web.people import client_of


pytestmark = pytest.mark.django_db
AT = datetime(2020, 4, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def region():
    return build()


def of(role, perimeter):
    return client_of(ProfileFactory(role=role.value, perimeter=perimeter))


@pytest.fixture
def donor(region):  # noqa: ARG001 - the region must be there
    return of(Role.DONOR, "region:76")


def text(response):
    return response.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def said(region, **more):
    return {
        "registry": region.home.registry, "family": MASK, "units": 1500, "given_on": "2020-04-22",
        "words": "Stock du lycée", "key": "k1", **more,
    }  # fmt: skip


class TestDeclare:
    def test_declares_once_and_shows_it_with_what_the_state_plans(self, region, donor):
        for _ in range(2):
            response = donor.post("/dons/declarer/", said(region), follow=True)
        page = text(response)
        assert "Dons, Région Occitanie" in page
        assert "Stock du lycée" in page
        assert "Prévu par l’État" in page
        assert Gift.objects.get().units == 1500

    def test_says_what_is_wrong_at_its_field(self, region, donor):
        answer = donor.post("/dons/declarer/", said(region, registry="750000001"))
        assert answer.status_code == 422
        assert "Aucun établissement « 750000001 »" in text(answer)
        answer = donor.post("/dons/declarer/", said(region, given_on="2020-05-01"))
        assert "une fois remis" in text(answer)

    def test_is_for_donors_alone(self, region):
        assert of(Role.ARS, "76").post("/dons/declarer/", said(region)).status_code == 403


class TestImport:
    def sent(self, client, content):
        file = SimpleUploadedFile("dons.csv", content.encode(), content_type="text/csv")
        return client.post("/dons/fichier/", {"file": file}, follow=True)

    def test_takes_a_file_whole(self, region, donor):
        content = (
            f"FINESS;famille;unités;donné le\n{region.home.registry};masque FFP2;200;22/04/2020"
        )
        assert "Dons déclarés : 1." in text(self.sent(donor, content))
        assert "Dons déclarés : 0, 1 déjà connus." in text(self.sent(donor, content))

    def test_shows_all_that_is_wrong_with_it(self, region, donor):
        content = f"FINESS;famille;unités;donné le\n{region.home.registry};chapeau;1.5;hier"
        answer = self.sent(donor, content)
        assert answer.status_code == 422
        assert "2 erreurs : rien n’est enregistré" in text(answer)

    def test_asks_for_a_file(self, donor):
        answer = donor.post("/dons/fichier/")
        assert answer.status_code == 422
        assert "Choisissez un fichier" in text(answer)


class TestWithdraw:
    def test_takes_back_ones_own(self, region, donor):
        donor.post("/dons/declarer/", said(region))
        gift = Gift.objects.get()
        other = of(Role.DONOR, "department:31")
        assert other.post(f"/dons/{gift.pk}/retirer/").status_code == 404
        assert "ne compte plus" in text(donor.post(f"/dons/{gift.pk}/retirer/", follow=True))
        assert Gift.objects.get().withdrawn_at == AT


class TestGifts:
    def test_shows_an_agency_its_region_and_no_other(self, region, donor):
        donor.post("/dons/declarer/", said(region))
        assert "Stock du lycée" in text(of(Role.ARS, "76").get("/dons/"))
        assert "Aucun don n’est déclaré" in text(of(Role.ARS, "11").get("/dons/"))
        assert "Stock du lycée" in text(of(Role.DELEGATION, "31").get("/dons/"))

    def test_sends_them_as_a_file_that_no_spreadsheet_computes(self, region, donor):
        donor.post("/dons/declarer/", said(region, words="=1+1"))
        content = text(of(Role.ARS, "76").get("/dons/dons.csv"))
        assert "2020-04-22;Région Occitanie" in content
        assert ";=1+1" not in content

    def test_shows_a_profession_its_own_gifts(self, region):
        union = of(Role.DONOR, "profession:biologistes")
        assert "0 don" in text(union.get("/dons/"))
        union.post("/dons/declarer/", said(region))
        assert "Profession biologistes" in text(union.get("/dons/"))
        assert Gift.objects.get().given_on == date(2020, 4, 22)
