"""A file as rows: whatever its kind, numbered as a person sees them; what is no table is refused."""

import io

import pytest
import xlsxwriter

from distrilog.kernel.tables import FileRefused, read_table


def rows_of(content: bytes, *, name: str = "a.csv") -> list[tuple[int, list[object]]]:
    return [(number, list(row)) for number, row in read_table(name=name, content=content).rows]


def workbook(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


class TestReadTable:
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_reads_the_usual_kinds_of_csv(self, delimiter, encoding):
        text = f"Hôpital{delimiter}Masques\nSud{delimiter}12\n"
        assert rows_of(text.encode(encoding)) == [(1, ["Hôpital", "Masques"]), (2, ["Sud", "12"])]

    def test_numbers_lines_as_a_person_sees_them(self):
        assert [number for number, _ in rows_of(b"\n\na;b\n\n1;2\n")] == [3, 5]

    def test_reads_a_workbook(self):
        content = workbook([["GHT", "Masques"], ["Lot", 94500]])
        assert rows_of(content, name="a.xlsx") == [(1, ["GHT", "Masques"]), (2, ["Lot", 94500.0])]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"  \n", "file-empty"),
            (b"\xd0\xcf\x11\xe0 old", "file-encrypted"),
            (b"a\0b", "file-unknown"),
            (b"PK\x03\x04 torn", "file-broken"),
        ],
    )
    def test_refuses_what_is_no_table(self, content, code):
        with pytest.raises(FileRefused) as refused:
            rows_of(content)
        assert refused.value.code == code
