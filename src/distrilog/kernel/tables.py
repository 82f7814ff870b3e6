"""
A file as a table of cells: CSV of any of the usual kinds, and XLSX. Pure: bytes in, rows out.

A workbook is a zip from a stranger. Before a reader that builds whole sheets in memory sees anything of it, it is
inflated here within limits, its sizes are compared with those it declares, each cell must lie where a table of ours has
cells, and only what passed is handed over.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final


Cell = str | int | float | bool | date | time | timedelta | None

# A country's week is 210,000 lines of forty bytes; a web worker holds the file and its cells.
LARGEST_FILE: Final = 16 * 1024 * 1024
MOST_ROWS: Final = 250_000
LARGEST_INFLATED: Final = 64 * 1024 * 1024
# Sheets of numbers shrink some ten times, never two hundred.
MOST_RATIO: Final = 200
_RATIO_FREE: Final = 1024 * 1024
MOST_PARTS: Final = 1000
_CHUNK: Final = 1024 * 1024
_LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"
# Excel's "Unicode text".
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS: Final = ";,\t"

# A cell lies in the columns A to Z of the rows that are read, and says so in plain attributes: what the reader
# makes of a sheet is as large as its furthest cell, however few there are.
_ROW = rb"(?:[1-9]\d{0,4}|1\d{5}|2[0-4]\d{4}|250000)"
_MORE = rb'(?:\s+(?:s|t|cm|vm|ph)="\w*")*'
_CELL_IN_PLACE = rb"(?:" + _MORE + rb'\s+r="[A-Z]' + _ROW + rb'"' + _MORE + rb"\s*/?>)"
_ODD_CELL: Final = re.compile(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])(?!" + _CELL_IN_PLACE + rb")")


class FileRefused(ValueError):  # noqa: N818 - names what is wrong with the file
    """A file that holds no table that can be read: `message` and `remedy` are French, `code` is for machines."""

    def __init__(self, message: str, *, remedy: str, code: str) -> None:
        self.message = message
        self.remedy = remedy
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a file, each with the number of its line as a person sees it; the first are the headings."""

    rows: Iterator[tuple[int, Sequence[Cell]]]


def read_table(*, name: str, content: bytes, most_inflated: int = LARGEST_INFLATED) -> Table:
    """
    Return the rows of a file that hold anything, by what it is rather than what it is called; raises `FileRefused`.

    A workbook is inflated to so many bytes at most.
    """
    if len(content) > LARGEST_FILE:
        raise FileRefused(
            f"Le fichier dépasse {LARGEST_FILE // 1024 // 1024} Mo.",
            remedy="Envoyez-le en plusieurs parties.",
            code="file-too-large",
        )
    if not content.strip():
        raise FileRefused("Le fichier est vide.", remedy="Vérifiez l’envoi.", code="file-empty")
    if content.startswith(_OLD_OFFICE):
        raise FileRefused(
            "Ce fichier est protégé par un mot de passe, ou d’un ancien format (.xls).",
            remedy="Retirez le mot de passe et enregistrez en XLSX ou en CSV.",
            code="file-encrypted",
        )
    if content.startswith(_ZIP):
        return Table(rows=_xlsx_rows(name=name, content=content, most=most_inflated))
    return Table(rows=_csv_rows(_text_of(content)))


# ------------------------------------------------------------------ CSV


def _text_of(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 with its mark, or Windows' western encoding."""
    encodings = ("utf-16",) if content.startswith(_UTF16) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileRefused(
        "Ce fichier n’est ni un texte CSV ni un classeur XLSX.",
        remedy="Enregistrez-le en XLSX, ou en CSV (UTF-8).",
        code="file-unknown",
    )


def _csv_rows(text: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    first, _, rest = text.lstrip("\r\n").partition("\n")
    blank, skipped = text[: len(text) - len(text.lstrip("\r\n"))].count("\n"), 0
    delimiter = max(_DELIMITERS, key=first.count)
    # Excel's own way of naming the delimiter.
    if first.strip().lower().startswith("sep="):
        delimiter, text, skipped = first.strip()[4:5] or ";", rest, blank + 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for count, row in enumerate(reader):
            if count > MOST_ROWS:
                raise _too_many_rows()
            if any(row):
                yield reader.line_num + skipped, row
    except csv.Error as error:
        raise FileRefused(
            f"Le fichier CSV ne se lit plus après la ligne {reader.line_num + skipped}.",
            remedy="Vérifiez les guillemets, ou enregistrez-le de nouveau.",
            code="file-broken",
        ) from error


def _too_many_rows() -> FileRefused:
    return FileRefused(
        f"Le fichier dépasse {MOST_ROWS} lignes.",
        remedy="Envoyez-le en plusieurs parties.",
        code="too-many-rows",
    )


# ------------------------------------------------------------------ XLSX


def _xlsx_rows(*, name: str, content: bytes, most: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    checked = _checked_workbook(name=name, content=content, most=most)
    # Only who imports a workbook needs it: a web worker stays small.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    try:
        workbook = CalamineWorkbook.from_filelike(checked)
        sheet = workbook.get_sheet_by_index(0)
        merged = bool(sheet.merged_cell_ranges)
        begins = (sheet.start or (0, 0))[0]
        rows = sheet.iter_rows()
    except (CalamineError, ValueError, OSError, IndexError) as error:
        raise _broken() from error
    if merged:
        raise FileRefused(
            f"La feuille « {sheet.name[:30]} » a des cellules fusionnées : on ne sait pas à quelle ligne elles appartiennent.",
            remedy="Annulez la fusion des cellules, puis renvoyez le fichier.",
            code="merged-cells",
        )
    for count, row in enumerate(rows):
        if count > MOST_ROWS:
            raise _too_many_rows()
        if any(cell not in {"", None} for cell in row):
            yield begins + count + 1, row


def _broken() -> FileRefused:
    return FileRefused(
        "Ce classeur est endommagé, ou n’est pas un XLSX.",
        remedy="Ouvrez-le dans votre tableur et enregistrez-le de nouveau en XLSX.",
        code="file-broken",
    )


def _bomb() -> FileRefused:
    return FileRefused(
        "Ce classeur est démesuré une fois décompressé.",
        remedy="Enregistrez de nouveau la seule feuille utile, en XLSX ou en CSV.",
        code="zip-bomb",
    )


def _checked_workbook(*, name: str, content: bytes, most: int) -> io.BytesIO:
    """
    Return a workbook made again of the parts that were checked: no other reader sees the zip as it was sent.

    Refuses what a workbook of figures never is: with macros, encrypted, huge once inflated, or with far cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken() from error
    names = {part.filename for part in parts}
    if name.lower().endswith(".xlsm") or any("vbaproject" in each.lower() for each in names):
        raise FileRefused(
            "Ce classeur contient des macros.",
            remedy="Enregistrez-le en XLSX, sans macros.",
            code="macro",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused(
            "Ce fichier est chiffré.", remedy="Retirez le mot de passe.", code="file-encrypted"
        )
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise FileRefused(
            "Ce fichier compressé n’est pas un classeur XLSX.",
            remedy="Enregistrez-le en XLSX, ou en CSV.",
            code="file-unknown",
        )
    _refuse_declared_bomb(parts, size=len(content), most=most)
    checked, left = io.BytesIO(), most
    with zipfile.ZipFile(checked, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            if not part.filename.endswith((".xml", ".rels")):
                continue
            data = _inflated(part, content=content, most=left)
            left -= len(data)
            _refuse_part(part.filename, data)
            archive.writestr(zipfile.ZipInfo(part.filename), data)
    checked.seek(0)
    return checked


def _refuse_declared_bomb(parts: Sequence[zipfile.ZipInfo], *, size: int, most: int) -> None:
    """Refuse by what the zip says of itself: too many parts, too large, too dense, or parts that share their bytes."""
    inflated = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if (
        len(parts) > MOST_PARTS
        or inflated > most
        or packed > size
        or any(part.file_size > max(_RATIO_FREE, part.compress_size * MOST_RATIO) for part in parts)
    ):
        raise _bomb()


def _inflated(part: zipfile.ZipInfo, *, content: bytes, most: int) -> bytes:
    """Return a part inflated, never past what is left; refuse one that is not as long as it says."""
    packed = _packed(part, content=content)
    if part.compress_type == zipfile.ZIP_STORED:
        data = packed
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = stream.decompress(packed, min(most, part.file_size) + 1)
        except zlib.error as error:
            raise _broken() from error
    else:
        raise _broken()
    if len(data) > min(most, part.file_size):
        raise _bomb()
    if len(data) < part.file_size:
        raise _broken()
    return data


def _packed(part: zipfile.ZipInfo, *, content: bytes) -> bytes:
    header = content[part.header_offset : part.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size:
        raise _broken()
    mark, *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    begins = part.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    packed = content[begins : begins + part.compress_size]
    if mark != _ZIP or len(packed) < part.compress_size:
        raise _broken()
    return packed


def _refuse_part(name: str, data: bytes) -> None:
    if name == "[Content_Types].xml" and b"macroEnabled" in data:
        raise FileRefused(
            "Ce classeur contient des macros.",
            remedy="Enregistrez-le en XLSX, sans macros.",
            code="macro",
        )
    # A sheet in UTF-16 would hide its cells from the search.
    if name.startswith("xl/") and name.endswith(".xml") and b"\0" in data[:_CHUNK]:
        raise _broken()
    if _ODD_CELL.search(data):
        raise FileRefused(
            f"Ce classeur a des cellules au-delà de la colonne Z ou de la ligne {MOST_ROWS}.",
            remedy="Copiez les lignes dans un classeur neuf, à partir de la cellule A1.",
            code="far-cells",
        )
