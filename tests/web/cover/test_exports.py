"""Files hold what the pages show."""

import csv
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from tests.web.reading import words


@pytest.fixture
def told(covered):
    """Have homes say 10 and 0 days in Île-de-France, 30 in Occitanie."""
    covered.said(covered.home("Les Tilleuls"), 100)
    covered.said(covered.home("=Lilas", covered.seine), 0)
    covered.said(covered.home("Capitole", covered.garonne), 300)
    covered.rolled()
    return covered


def rows_of(response) -> list[dict[str, str]]:
    """Return the lines of a CSV answer by their titles."""
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


class TestPicture:
    @pytest.mark.usefixtures("told")
    def test_gives_the_area_and_its_parts(self, cell):
        rows = rows_of(cell.get("/couverture/export.csv"))
        assert rows[0]["Nom"] == "France"
        assert {row["Nom"]: row["Couverture (jours)"] for row in rows} == {
            "France": "13,3",
            "Île-de-France": "5,0",
            "Occitanie": "30,0",
        }

    @pytest.mark.usefixtures("told")
    def test_gives_the_place_looked_at(self, cell):
        rows = rows_of(cell.get("/couverture/export.csv?niveau=region&code=11"))
        assert [row["Nom"] for row in rows] == ["Île-de-France", "Paris", "Seine-Saint-Denis"]

    @pytest.mark.usefixtures("told")
    def test_gives_a_workbook_and_parquet(self, cell):
        book = CalamineWorkbook.from_filelike(BytesIO(cell.get("/couverture/export.xlsx").content))
        assert book.sheet_names[0] == "Couverture"
        assert cell.get("/couverture/export.parquet").content[:4] == b"PAR1"

    @pytest.mark.usefixtures("told")
    def test_knows_no_other_kind(self, cell):
        assert cell.get("/couverture/export.pdf").status_code == 404

    @pytest.mark.usefixtures("told")
    def test_knows_nothing_outside_the_scope(self, agency):
        assert agency.get("/couverture/export.csv?niveau=region&code=76").status_code == 404


class TestFacilities:
    @pytest.mark.usefixtures("told")
    def test_gives_the_rows_of_the_list_in_its_order(self, agency):
        rows = rows_of(agency.get("/couverture/etablissements-export.csv"))
        assert [row["Établissement"] for row in rows] == ["'=Lilas", "Les Tilleuls"]

    @pytest.mark.usefixtures("told")
    def test_gives_what_the_filters_keep(self, agency):
        rows = rows_of(agency.get("/couverture/etablissements-export.csv?etat=rupture"))
        assert [row["Établissement"] for row in rows] == ["'=Lilas"]

    @pytest.mark.usefixtures("told")
    def test_is_refused_to_the_auditor(self, auditor):
        assert auditor.get("/couverture/etablissements-export.csv").status_code == 403


class TestLinks:
    @pytest.mark.usefixtures("told")
    def test_lead_to_the_same_place_article_and_filters(self, cell):
        html = cell.get("/couverture/etablissements/?niveau=region&code=11&etat=rupture").content
        for kind in ("csv", "xlsx", "parquet"):
            part = (
                f"etablissements-export.{kind}?niveau=region&amp;code=11&amp;famille=surgical_mask"
            )
            assert part in html.decode()
        assert "etat=rupture" in html.decode().split("etablissements-export.csv")[1][:120]
        assert "Exporter ces lignes" in words(cell.get("/couverture/etablissements/"))
