"""Files of cover: what the page shows, typed, and never a formula."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from distrilog.domain.declarations.queries.cover import picture
from distrilog.domain.declarations.rules.picture import Choice, Width
from distrilog.domain.declarations.services import rolling
from distrilog.domain.reporting.cover import AreaWay, Way, every_facility
from distrilog.domain.reporting.cover_files import (
    MEDIA_TYPES,
    Form,
    area_table,
    facility_table,
    open_table,
    written,
)
from distrilog.domain.reporting.cover_statistics import open_cells
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.declarations.country import AT, WEEK
from tests.domain.declarations.world import MASK, make_home, masks, say


pytestmark = pytest.mark.django_db
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def home():
    """A home with a name that looks like a formula, 20.9 days of masks, and silent about gowns."""
    made = make_home(need=700, name=FORMULA, commune="@Paris")
    say(made, masks(2099, 650, confirmed=True))
    rolling.rebuild(week=WEEK, at=AT)
    return made


def read(content, form):
    """Return the titles (names in Parquet) and the rows of a file, and the notes of a workbook."""
    if form is Form.CSV:
        text = content.decode()
        assert text.startswith("\ufeff")
        titles, *rows = csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=";")
        return titles, rows, []
    if form is Form.PARQUET:
        found = parquet.read_table(BytesIO(content))
        return found.column_names, [list(row.values()) for row in found.to_pylist()], found.schema
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    lines = book.get_sheet_by_name("Couverture").to_python(skip_empty_area=False)
    return lines[2], lines[3:], book.get_sheet_by_name("Méthode").to_python()


def facility_file(form):
    rows = every_facility(scope=COUNTRY, width=Width.COUNTRY, week=WEEK, choice=Choice(family=MASK))
    table = facility_table(rows=rows, week=str(WEEK), name="France")
    return read(written(table=table, form=form, at=AT), form)


class TestWritten:
    def test_shows_a_facility_in_csv_as_people_read_it(self, home):
        titles, (row,), _notes = facility_file(Form.CSV)
        found = dict(zip(titles, row, strict=True))
        assert found["Établissement"] == f"'{FORMULA}"
        assert found["Commune"] == "'@Paris"
        assert found["Numéro"] == home.registry
        assert (found["Stock (unités)"], found["Couverture (jours)"]) == ("2099", "20,9")
        assert (found["État"], found["Déclaré le"]) == ("à surveiller", "03/11/2020")
        assert (found["Enrôlé"], found["Confirmé après question"]) == ("non", "non")

    def test_keeps_types_in_a_workbook_and_text_as_text(self, home):  # noqa: ARG002
        titles, (row,), notes = facility_file(Form.XLSX)
        found = dict(zip(titles, row, strict=True))
        assert found["Établissement"] == FORMULA
        assert (found["Stock (unités)"], found["Couverture (jours)"]) == (2099, 20.9)
        assert found["Épuisement attendu"] == date(2020, 11, 25)
        assert any("En route" in line[0] for line in notes)
        assert "état au 09/11/2020 à 10:00" in notes[0][0]

    def test_keeps_types_in_parquet_under_english_names(self, home):  # noqa: ARG002
        names, (row,), schema = facility_file(Form.PARQUET)
        found = dict(zip(names, row, strict=True))
        assert (found["facility"], found["stock"], found["cover_tenths"]) == (FORMULA, 2099, 209)
        assert (found["said_on"], found["difficulty"]) == (date(2020, 11, 3), False)
        types = {field.name: str(field.type) for field in schema}
        assert (types["said_on"], types["stock"], types["asked"]) == (
            "date32[day]",
            "int64",
            "bool",
        )
        assert b"title" in schema.metadata

    @pytest.mark.parametrize("form", Form)
    def test_shows_an_area_and_its_parts_with_what_is_on_its_way(self, home, form):  # noqa: ARG002
        found = picture(scope=COUNTRY, width=Width.DEPARTMENT, code="75", week=WEEK)
        ways = {MASK: Way(waiting=50, moving=100)}
        table = area_table(picture=found, way=AreaWay(total=ways, parts={"75:": ways}))
        titles, rows, _notes = read(written(table=table, form=form, at=AT), form)
        # The department and its part without a territory, two families each.
        assert len(rows) == 4
        assert len(titles) == len(rows[0])
        moving = [str(row[-1]).removesuffix(".0") for row in rows]
        assert moving == ["100", "0", "100", "0"]

    @pytest.mark.parametrize("form", Form)
    def test_leaves_what_is_withheld_empty(self, home, form):  # noqa: ARG002
        table = open_table(cells=open_cells(weeks=[str(WEEK)]))
        titles, rows, _notes = read(written(table=table, form=form, at=AT), form)
        stock = [str(title).startswith(("Stock", "stock")) for title in titles].index(True)
        masks_rows = [row for row in rows if MASK in row]
        assert {row[stock] for row in masks_rows} <= {"", None}
        assert {row[-1] for row in masks_rows} <= {"oui", True}

    @pytest.mark.parametrize("form", Form)
    def test_writes_a_table_without_rows(self, form):
        table = facility_table(rows=[], week=str(WEEK), name="France")
        titles, rows, _notes = read(written(table=table, form=form, at=AT), form)
        assert titles
        assert rows == []
        assert MEDIA_TYPES[form]
