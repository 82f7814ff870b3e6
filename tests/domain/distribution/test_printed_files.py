"""A circular's table as a file, and what is refused of one."""

import io
from decimal import Decimal

import pytest
import xlsxwriter

from distrilog.domain.distribution import reference
from distrilog.domain.distribution.rules import printed_files
from distrilog.domain.distribution.rules.printed_files import check_sheet, read_sheet
from distrilog.kernel.tables import FileRefused


def workbook(rows):
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


class TestCheckSheet:
    def test_finds_in_the_file_what_the_table_says(self):
        content = reference.TERRITORIES.read_bytes()
        report = check_sheet(read_sheet(name="ght.csv", content=content))
        (wrong,) = report.disagreements
        assert (wrong.printed, wrong.computed) == (218_000, 218_100)

    def test_reads_a_workbook_with_its_numbers(self):
        content = workbook([["GHT", "Masques", "%"], ["Lot", 94500, 0.6], ["Gers", 63000, 0.4]])
        report = check_sheet(read_sheet(name="ght.xlsx", content=content))
        assert report.sums == {"Masques": Decimal(157_500), "%": Decimal("100.0")}
        assert report.agrees

    def test_tells_lines_as_the_file_numbers_them(self):
        report = check_sheet(read_sheet(name="a.csv", content=b"a;n\n\nx;12\ny;1,300\nz;3\n"))
        assert [unread.row for unread in report.unread] == [4]

    def test_keeps_columns_of_one_name_apart(self):
        sheet = read_sheet(name="a.csv", content=b"GHT;Masques;Masques;\nLot;1;2;3\n")
        assert sheet.heading == ["GHT", "Masques", "Masques (3)", "colonne 4"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"a;b\n", "table-empty"),
            (b";".join([b"x"] * 41) + b"\n1\n", "too-many-columns"),
            (b"a;b\n" * 2_002, "too-many-rows"),
            (b"a" * (printed_files.LARGEST + 1), "file-too-large"),
        ],
    )
    def test_refuses_what_is_no_page(self, content, code):
        with pytest.raises(FileRefused) as refused:
            read_sheet(name="a.csv", content=content)
        assert refused.value.code == code
