import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.domain.declarations.world import make_home
from tests.web.people import profile_of
from tests.web.reading import fields, words


PAGE = "/declaration/importer/"


def upload(site, text: str, *, name: str = "stock.csv", **more):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return site.client.post(PAGE, {"file": file, **more})


def lines(site, *rows: str) -> str:
    head = "établissement;famille;stock;consommation"
    return "\n".join([head, *(f"{site.facility.registry};{row}" for row in rows)])


class TestImport:
    def test_checks_first_and_writes_nothing(self, site):
        response = upload(site, lines(site, "ffp2;40;20", "Gants d’examen;6700;2800"))
        assert response.status_code == 200
        assert "« stock.csv » peut être enregistré 2 lignes lues. 1 déclaration" in words(response)
        assert site.versions() == 0

    def test_writes_what_was_checked(self, site):
        checked = upload(site, lines(site, "ffp2;40;20"))
        sent = fields(checked, PAGE)
        done = site.client.post(PAGE, sent | {"enregistrer": "1"}, follow=True)
        assert "C’est enregistré : 1 ligne, 1 déclaration." in words(done)
        assert site.declared() == {"ffp2": 40}

    def test_shows_every_error_at_once(self, site):
        response = upload(site, lines(site, *(f"ffp2;{rank} boîtes;" for rank in range(30))))
        assert response.status_code == 422
        told = words(response)
        assert "30 erreurs dans « stock.csv »" in told
        assert "Ligne 2 :" in told
        assert "Ligne 31 :" in told
        assert site.versions() == 0

    def test_asks_before_it_writes_what_surprises(self, site):
        checked = upload(site, lines(site, "surgical_mask;55000;900"))
        assert "1 valeur de « stock.csv » surprend" in words(checked)
        sent = fields(checked, PAGE) | {"enregistrer": "1"}
        assert "1 valeur de « stock.csv » surprend" in words(site.client.post(PAGE, sent))
        assert site.versions() == 0
        site.client.post(PAGE, sent | {"confirmer": "1"})
        assert site.declared() == {"surgical_mask": 55_000}

    def test_refuses_another_facility(self, site):
        other = make_home()
        text = lines(site, "ffp2;40;20").replace(site.facility.registry, other.registry)
        assert "1 erreur" in words(upload(site, text))

    @pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04", b"a;b\n1;2"])
    def test_refuses_what_is_no_declaration(self, site, content):
        response = upload(site, content, name="vide.csv")
        assert response.status_code == 422
        assert site.versions() == 0

    @pytest.mark.parametrize("carried", ["", "%%%", "QQ"])
    def test_asks_for_a_file(self, site, carried):
        response = site.client.post(PAGE, {"carried": carried, "enregistrer": "1"})
        assert "Choisissez un fichier" in words(response)


class TestModel:
    def rows(self, site) -> list[dict[str, str]]:
        text = site.client.get("/declaration/importer/modele.csv").content.decode("utf-8-sig")
        return list(csv.DictReader(StringIO(text), delimiter=";"))

    def test_has_a_line_a_family_for_all_the_sites_of_a_person(self, site):
        second = make_home(name="Résidence des Lilas")
        profile_of(second, person=site.profile.person)
        found = self.rows(site)
        assert {row["nom"] for row in found} == {"Résidence des Tilleuls", "Résidence des Lilas"}
        assert len(found) == 7 + 2

    def test_comes_back_as_it_is_filled_in(self, site):
        text = site.client.get("/declaration/importer/modele.csv").content.decode("utf-8-sig")
        filled = text.replace("Masque FFP2;20;;;", "Masque FFP2;20;40;20;")
        assert filled != text
        checked = upload(site, filled)
        site.client.post(PAGE, fields(checked, PAGE) | {"enregistrer": "1"})
        assert site.declared() == {"ffp2": 40}

    def test_holds_what_is_declared_and_remarks_what_was(self, site):
        (masks, *_others) = self.rows(site)
        assert (masks["stock"], masks["remarque"]) == ("", "dernière fois : 2000 (2020-W44)")
        upload(site, lines(site, "surgical_mask;1100;900"), enregistrer="1")
        (masks, *_others) = self.rows(site)
        assert (masks["stock"], masks["consommation"], masks["remarque"]) == ("1100", "900", "")

    def test_is_a_workbook_too(self, site):
        response = site.client.get("/declaration/importer/modele.xlsx")
        with ZipFile(BytesIO(response.content)) as book:
            assert "Résidence des Tilleuls" in book.read("xl/sharedStrings.xml").decode()
        checked = upload(site, response.content, name="modele.xlsx")
        assert "ne contient aucune déclaration" in words(checked)

    def test_is_of_no_other_kind(self, site):
        assert site.client.get("/declaration/importer/modele.pdf").status_code == 404
