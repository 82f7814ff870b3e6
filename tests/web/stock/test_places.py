"""The stock by place and expiry, the list of lots, and the files that hold the same rows."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from distrilog.domain.stock.models import Account
from distrilog.domain.stock.rules import Status
from tests.factories import stocked
from tests.web.reading import queries_of, words


@pytest.fixture
def lots(shelves) -> None:  # noqa: ARG001
    """Put more lots: one past, one soon, one of gowns, one in quarantine."""
    stocked(10, number="PAST", expires_on=date(2020, 11, 1))
    stocked(20, number="SOON", expires_on=date(2021, 1, 15))
    stocked(30, number="G1", family="gown")
    stocked(40, number="Q1", status=Status.QUARANTINE, place="spf")


def numbers(response) -> list[str]:
    """Return the lots of the list, in its order."""
    return [line.account.lot.number for line in response.context["lines"]]


@pytest.mark.usefixtures("lots")
class TestPlaces:
    def test_says_in_words_what_is_past_and_what_is_soon(self, spf):
        page = words(spf.get("/stock/lieux/"))
        assert "Périmé 0 10 10" in page
        assert "Moins de 3 mois 0 20 20" in page
        assert "Total 150 040 20 030 170 070" in page

    def test_begins_with_what_expires_first(self, spf):
        assert numbers(spf.get("/stock/lieux/"))[:2] == ["PAST", "SOON"]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ("famille=gown", ["G1"]),
            ("lieu=spf&statut=quarantine", ["Q1"]),
            ("lot=so", ["SOON"]),
            ("lot=nothing", []),
            ("tri=unites&sens=desc&lieu=operator&famille=surgical_mask", ["O1", "SOON", "PAST"]),
            ("tri=lot&lieu=operator", ["G1", "O1", "PAST", "SOON"]),
        ],
    )
    def test_filters_and_sorts(self, spf, asked, expected):
        assert numbers(spf.get(f"/stock/lieux/?{asked}")) == expected

    @pytest.mark.parametrize("asked", ["famille=x", "statut=outside", "tri=x", "page=x", "lieu=x"])
    def test_passes_over_what_means_nothing(self, spf, asked):
        assert len(numbers(spf.get(f"/stock/lieux/?{asked}"))) == 7

    def test_shows_the_last_page_for_one_beyond_it(self, spf):
        assert len(numbers(spf.get("/stock/lieux/?page=99"))) == 7

    def test_takes_the_same_queries_for_many(self, spf):
        few = queries_of(spf, "/stock/lieux/")
        for rank in range(12):
            stocked(100, number=f"N{rank}")
        assert queries_of(spf, "/stock/lieux/") == few

    def test_is_closed_to_a_facility(self, orderer):
        assert orderer.get("/stock/lieux/").status_code == 403
        assert orderer.get("/stock/lieux/lots.csv").status_code == 403


@pytest.mark.usefixtures("lots")
class TestExport:
    ASKED = "?famille=surgical_mask&tri=unites&sens=desc"

    def rows(self, spf, name: str) -> list[list[str]]:
        response = spf.get(f"/stock/lieux/lots.{name}{self.ASKED}")
        assert response.status_code == 200
        if name == "csv":
            text = response.content.decode("utf-8-sig")
            return list(csv.reader(StringIO(text), delimiter=";"))[1:]
        sheet = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0)
        return [[str(cell) for cell in row] for row in sheet.to_python()[3:]]

    @pytest.mark.parametrize("name", ["csv", "xlsx"])
    def test_holds_what_the_list_shows_in_its_order(self, spf, name):
        shown = numbers(spf.get(f"/stock/lieux/{self.ASKED}"))
        rows = self.rows(spf, name)
        assert [row[3] for row in rows] == shown
        assert sum(float(row[-1]) for row in rows) == sum(
            Account.objects.filter(lot__article__family="surgical_mask", units__gt=0).values_list(
                "units", flat=True
            )
        )

    def test_lets_no_lot_be_a_formula(self, spf):
        stocked(999_999, number="=1+1")
        assert self.rows(spf, "csv")[0][3] == "'=1+1"
        assert self.rows(spf, "xlsx")[0][3] == "=1+1"

    def test_knows_no_other_kind(self, spf):
        assert spf.get("/stock/lieux/lots.pdf").status_code == 404
