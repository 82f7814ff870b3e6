"""The workbook says what the page says, and text stays text."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from distrilog.domain.reporting import queries
from distrilog.domain.reporting.workbooks import ars_report_workbook
from distrilog.kernel.refusals import NotFound
from tests.domain.reporting.test_queries import ILE_DE_FRANCE, WEEK, World
from tests.factories import FacilityFactory


pytestmark = pytest.mark.django_db

NOW = datetime(2020, 11, 4, 9, tzinfo=UTC)
DANGEROUS = ("=1+1", "+33 1", "-2", "@SUM(A1)", "http://x", "{=1}")


@pytest.fixture
def content():
    world = World()
    for name in DANGEROUS:
        facility = FacilityFactory(name=name, commune=name)
        world.quota(facility, "surgical_mask", 400, 100)
        world.order(facility, surgical_mask=100)
    world.quota(FacilityFactory(name="Les Acacias"), "glove", 1200)
    return ars_report_workbook(region="11", week=WEEK, at=NOW)


class TestArsReportWorkbook:
    def test_has_the_rows_of_the_page(self, content):
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Commandes")
        found = sheet.to_python(skip_empty_area=False)

        assert found[0][0] == "Région 11, semaine 2020-W45, état au 04/11/2020 à 10:00"
        titles = found[2]
        rows = [dict(zip(titles, cells, strict=True)) for cells in found[3:]]
        page = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK).rows
        assert [
            (
                row["Établissement"],
                row["Contingent (unités)"],
                row["Contingent (boîtes)"],
                row["Commandé (unités)"],
                row["Reste (unités)"],
                row["Dernière commande"],
            )
            for row in rows
        ] == [
            (
                each.facility,
                each.quota,
                each.quota // each.box_units,
                each.ordered,
                each.left,
                each.last_order,
            )
            for each in page
        ]
        assert {row["Numéro"] for row in rows} == {each.registry for each in page}
        ordered = next(row for row in rows if row["Dernière commande"] == "R001")
        assert ordered["Passée le (heure de Paris)"] == datetime(2020, 11, 2, 9, 1)

    def test_has_the_sums_of_the_page(self, content):
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Totaux")
        found = sheet.to_python(skip_empty_area=False)[3:]
        report = queries.region_week(scope=ILE_DE_FRANCE, week=WEEK)

        totals = {cells[2]: cells for cells in found if cells[0] == "Total"}
        masks = report.by_family["surgical_mask"]
        assert totals["masque chirurgical"][3:] == [
            masks.facilities,
            masks.having_ordered,
            masks.quota,
            masks.ordered,
            masks.left,
            masks.from_pot,
        ]
        assert len(found) == len(report.areas) + len(report.by_family)

    def test_writes_no_formula_and_no_link(self, content):
        with ZipFile(BytesIO(content)) as archive:
            sheets = [
                archive.read(name).decode()
                for name in archive.namelist()
                if name.startswith("xl/worksheets/")
            ]
        assert not any("<f>" in sheet or "<f " in sheet or "hyperlink" in sheet for sheet in sheets)
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Commandes")
        assert set(DANGEROUS) <= {cells[2] for cells in rows.to_python()}

    def test_says_how_it_is_made(self, content):
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Méthode")
        assert any("besoin" in str(cells[0]) for cells in sheet.to_python())

    def test_is_written_for_a_week_without_anything(self):
        World()
        FacilityFactory()
        content = ars_report_workbook(region="11", week=WEEK.plus(1), at=NOW)
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("Commandes")
        assert len(sheet.to_python(skip_empty_area=False)) == 3

    def test_refuses_an_unknown_region(self):
        with pytest.raises(NotFound):
            ars_report_workbook(region="99", week=WEEK, at=NOW)
