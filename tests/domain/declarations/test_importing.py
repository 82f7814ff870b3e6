"""Importing a file: all of it or nothing, every fault and every question at once."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.db import connection

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import (
    Declaration,
    RollUpState,
    Statement,
    Submission,
)
from distrilog.domain.declarations.services import Imported, import_file, name_delegate
from distrilog.domain.facilities.models import Facility
from distrilog.kernel import clock
from distrilog.kernel.refusals import Forbidden
from tests.domain.declarations.world import AT, GOWN, MASK, WEEK, acting, make_home, masks, say
from tests.factories import PersonFactory, agency, orderer


def load(text: str | bytes, *, actor: Any = None, name: str = "a.csv", **values: Any) -> Imported:
    content = text.encode() if isinstance(text, str) else text
    return import_file(actor=actor, name=name, content=content, at=AT, **values)


def rows(*lines: Sequence[Any], head: str = "établissement;famille;stock;consommation") -> str:
    return "\n".join([head, *(";".join(str(cell) for cell in line) for line in lines)])


def codes(imported: Imported) -> list[tuple[str, str]]:
    return [(fault.where, fault.values["code"]) for fault in imported.refused]


def current() -> dict[tuple[str, str], tuple[int, int | None]]:
    found = Statement.objects.filter(current=True).values_list(
        "facility__registry", "family_id", "stock", "consumption"
    )
    return {(registry, family): (stock, used) for registry, family, stock, used in found}


class TestImport:
    def test_declares_for_many_facilities_at_once(self, home):
        other = make_home()
        imported = load(
            rows(
                (home.registry, "Masque chirurgical", 2100, 600),
                (home.registry, "gown", 300, ""),
                (other.registry, "SURBLOUSES", "1 250", 40),
            )
        )
        assert (imported.lines, imported.declarations, imported.applied) == (3, 2, True)
        assert imported.refused == imported.questions == ()
        assert current() == {
            (home.registry, MASK): (2100, 600),
            (home.registry, GOWN): (300, None),
            (other.registry, GOWN): (1250, 40),
        }
        assert set(Submission.objects.values_list("channel", "declared_by", "version")) == {
            ("file", "console", 1)
        }
        assert set(Statement.objects.values_list("need", flat=True)) == {700, 140}
        assert RollUpState.objects.get(week=str(WEEK)).stale_since == AT

    def test_writes_corrections_as_versions_and_keeps_what_it_does_not_say(self, home):
        say(home, masks(2100, 600))
        imported = load(rows((home.registry, GOWN, 300, 50), (home.registry, MASK, 1900, 600)))
        assert imported.declarations == 1
        assert Declaration.objects.get().version == 2
        assert list(
            Statement.objects.filter(family_id=MASK)
            .order_by("version")
            .values_list("stock", "current")
        ) == [(2100, False), (1900, True)]
        load(rows((home.registry, GOWN, 310, 50)))
        assert Declaration.objects.get().version == 3
        assert current()[home.registry, MASK] == (1900, 600)

    def test_changes_nothing_the_second_time(self, home):
        text = rows((home.registry, MASK, 2100, 600), (home.registry, GOWN, 300, ""))
        load(text)
        again = load(text)
        assert (again.lines, again.unchanged, again.declarations, again.applied) == (2, 2, 0, True)
        assert (Submission.objects.count(), Statement.objects.count()) == (1, 2)

    def test_makes_a_version_only_where_something_is_new(self, home):
        other = make_home()
        load(rows((home.registry, MASK, 2100, 600), (other.registry, MASK, 2100, 600)))
        load(rows((home.registry, MASK, 2100, 600), (other.registry, MASK, 2000, 600)))
        assert dict(Declaration.objects.values_list("facility_id", "version")) == {
            home.pk: 1,
            other.pk: 2,
        }

    def test_writes_nothing_in_a_dry_run(self, home):
        imported = load(rows((home.registry, MASK, 2100, 600)), dry_run=True)
        assert (imported.lines, imported.declarations, imported.applied) == (1, 1, False)
        assert not Declaration.objects.exists()

    def test_reads_the_week_of_each_line(self, home):
        head = "semaine;établissement;stock;famille"
        load(
            rows(
                (WEEK.plus(-1), home.registry, 2100, MASK),
                ("", home.registry, 2000, MASK),
                head=head,
            )
        )
        assert dict(Statement.objects.values_list("week", "stock")) == {
            str(WEEK.plus(-1)): 2100,
            str(WEEK): 2000,
        }
        assert RollUpState.objects.count() == 2

    def test_reads_bands_of_small_sites(self, db):  # noqa: ARG002
        small = make_home(need=70)
        head = "établissement;famille;stock;tranche"
        assert load(rows((small.registry, MASK, "", "d’une à trois semaines"), head=head)).applied
        assert Statement.objects.values_list("stock", "band").get() == (70, "weeks")
        again = load(rows((small.registry, MASK, "", "weeks"), head=head))
        assert again.unchanged == 1

    def test_passes_over_the_lines_of_a_form_that_nobody_filled(self, home):
        imported = load(rows((home.registry, MASK, 2100, 600), (home.registry, GOWN, "", "")))
        assert (imported.lines, imported.applied) == (1, True)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    def test_reads_the_usual_kinds_of_csv(self, home, encoding, delimiter):
        text = rows((home.registry, MASK, 2100, 600)).replace(";", delimiter)
        assert load(text.encode(encoding)).applied
        assert current() == {(home.registry, MASK): (2100, 600)}

    def test_reads_what_excel_says_of_its_delimiter_and_counts_lines_as_a_person_does(self, home):
        text = "sep=;\r\n" + rows(
            (home.registry, MASK, 2100, 600), (), (home.registry, GOWN, "x", "")
        )
        assert codes(load(text.replace("\n", "\r\n"))) == [("lines.5.stock", "not-a-number")]

    def test_gives_back_the_zero_that_a_spreadsheet_dropped(self, db):  # noqa: ARG002
        home = make_home(registry="010000024")
        assert load(rows(("10000024", MASK, 2100, ""))).applied
        assert current() == {(home.registry, MASK): (2100, None)}

    def test_is_in_the_responsibility_of_each_director(self, home):
        director = acting(home, Role.DIRECTOR)
        other = make_home()
        load(rows((home.registry, MASK, 2100, 600), (other.registry, MASK, 2100, 600)))
        assert dict(Submission.objects.values_list("declaration__facility_id", "responsible")) == {
            home.pk: director.person,
            other.pk: "",
        }


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_make_a_version_each(self):
        homes = [make_home() for _ in range(3)]
        files = [
            rows(*((home.registry, MASK, 2100 + units, 600) for home in homes))
            for units in (1, 2, 3)
        ]
        # The second and the third name the facilities in another order.
        files[1:] = [
            "\n".join([each.splitlines()[0], *reversed(each.splitlines()[1:])])
            for each in files[1:]
        ]
        start, found = Barrier(len(files)), []

        def run(text: str) -> None:
            try:
                start.wait()
                found.append(load(text).applied)
            finally:
                connection.close()

        threads = [Thread(target=run, args=(text,)) for text in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 3
        assert set(Declaration.objects.values_list("version", flat=True)) == {3}
        assert Statement.objects.filter(current=True).count() == 3
        assert Submission.objects.count() == Statement.objects.count() == 9


class TestRights:
    def test_reach_every_facility_that_a_person_declares_for(self, home):
        other, person = make_home(), PersonFactory.create()
        actor = acting(home, person=person)
        acting(other, person=person)
        text = rows((home.registry, MASK, 2100, ""), (other.registry, MASK, 2100, ""))
        assert load(text, actor=actor).applied
        assert set(Submission.objects.values_list("declared_by", flat=True)) == {str(person.pk)}

    def test_end_at_the_facilities_of_others(self, home):
        other = make_home()
        text = rows((home.registry, MASK, 2100, ""), (other.registry, MASK, 2100, ""))
        assert codes(load(text, actor=orderer(home))) == [("lines.3.facility", "unknown-facility")]
        assert not Declaration.objects.exists()

    def test_of_a_token_are_those_of_its_profile(self, home):
        other, person = make_home(), PersonFactory.create()
        acting(other, person=person)
        actor = replace(acting(home, person=person), through="token:1")
        text = rows((home.registry, MASK, 2100, ""), (other.registry, MASK, 2100, ""))
        assert codes(load(text, actor=actor)) == [("lines.3.facility", "unknown-facility")]

    def test_stop_where_a_director_named_somebody_else(self, home):
        director, named, other = acting(home, Role.DIRECTOR), acting(home), acting(home)
        name_delegate(actor=director, profile_id=named.profile, at=AT)
        text = rows((home.registry, MASK, 2100, ""))
        assert codes(load(text, actor=other)) == [("lines.2.facility", "not-delegate")]
        assert load(text, actor=named).applied

    def test_are_not_those_of_an_agency(self, home):
        with pytest.raises(Forbidden):
            load(rows((home.registry, MASK, 1, "")), actor=agency(home.department.region))


class TestFaults:
    def test_are_told_all_at_once_with_their_lines(self, home):
        other = make_home()
        imported = load(
            rows(
                (WEEK, home.registry, MASK, 2100, 600),
                (WEEK, "750000000", MASK, 1, ""),
                (WEEK.plus(1), home.registry, MASK, 1, ""),
                ("45", home.registry, MASK, 1, ""),
                (WEEK, home.registry, "mask", 1, ""),
                (WEEK, home.registry, GOWN, "beaucoup", ""),
                (WEEK, home.registry, GOWN, "12,5", "=1+1"),
                (WEEK, home.registry, GOWN, -3, ""),
                (WEEK, other.registry, GOWN, "", 12),
                (WEEK, home.registry, MASK, 2100, 600),
                head="semaine;établissement;famille;stock;consommation",
            )
        )
        assert codes(imported) == [
            ("lines.3.facility", "unknown-facility"),
            ("lines.4.week", "week"),
            ("lines.5.week", "week"),
            ("lines.6.family", "unknown-family"),
            ("lines.7.stock", "not-a-number"),
            ("lines.8.stock", "not-whole"),
            ("lines.8.consumption", "formula"),
            ("lines.9.stock", "negative"),
            ("lines.10.stock", "stock-missing"),
            ("lines.11.family", "duplicate-family"),
        ]
        assert all(
            fault.message.startswith("Ligne ") and fault.remedy for fault in imported.refused
        )
        assert not imported.applied
        assert not Declaration.objects.exists()

    def test_are_all_listed_when_there_are_a_thousand(self, home):
        lines = [(home.registry, MASK, 2100, 600), *[(home.registry, MASK, "x", "")] * 1000]
        imported = load(rows(*lines))
        assert len(imported.refused) == 1000
        assert not Declaration.objects.exists()

    def test_keep_a_closed_facility_out(self, home):
        Facility.objects.filter(pk=home.pk).update(closed_on=WEEK.monday)
        assert codes(load(rows((home.registry, MASK, 1, "")))) == [
            ("lines.2.facility", "facility-closed")
        ]

    def test_keep_bands_for_small_sites(self, home):
        text = rows((home.registry, MASK, "days"), head="établissement;famille;tranche")
        assert codes(load(text)) == [("lines.2.band", "band-not-allowed")]

    @pytest.mark.parametrize(
        ("head", "words"),
        [
            ("établissement;stock", ["« famille » manque"]),
            ("famille;consommation", ["« établissement » manque", "« stock » manque"]),
            ("établissement;famille;stock;stock", ["« stock » figure deux fois"]),
            ("établissement;famille;stock;consomation", ["« consomation » est inconnue"]),
        ],
    )
    def test_name_the_columns_in_one(self, home, head, words):
        imported = load(f"{head}\n{home.registry};{MASK};1;1")
        (fault,) = imported.refused
        assert (fault.where, fault.values["code"]) == ("file", "columns")
        assert all(each in fault.message for each in words)
        assert "établissement, semaine, famille, stock" in fault.remedy


class TestQuestions:
    def test_stop_the_file_until_it_is_confirmed(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        text = rows((home.registry, MASK, 42, 600), (home.registry, GOWN, 300, ""))
        asked = load(text)
        assert [fault.where for fault in asked.questions] == ["lines.2.stock"]
        assert not asked.applied
        assert asked.refused == ()
        assert load(text, confirm=True).applied
        assert dict(
            Statement.objects.filter(week=str(WEEK)).values_list("family_id", "questioned")
        ) == {MASK: True, GOWN: False}

    def test_compare_with_the_usual_consumption(self, home):
        for back, used in ((3, 600), (2, 400), (1, 500)):
            say(home, masks(2100, used), week=WEEK.plus(-back))
        asked = load(rows((home.registry, MASK, 2100, 5000)))
        (question,) = asked.questions
        assert (question.values["code"], question.values["likely"]) == ("factor-of-ten", 500)

    def test_are_listed_beside_the_faults(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        asked = load(rows((home.registry, MASK, 42, 600), (home.registry, GOWN, "x", "")))
        assert (len(asked.refused), len(asked.questions)) == (1, 1)


def workbook(*lines: Sequence[Any], merge: str = "", formula: bool = False) -> bytes:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet("Déclarations")
    for number, line in enumerate([("Établissement", "Famille", "Stock", "Consommation"), *lines]):
        for place, cell in enumerate(line):
            sheet.write(number, place, cell)
    if formula:
        sheet.write_formula("C2", "=2000+100", None, 2100)
    if merge:
        sheet.merge_range(merge, "fusion")
    book.close()
    return kept.getvalue()


def altered(content: bytes, **parts: bytes) -> bytes:
    """Return a workbook with parts added or replaced."""
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.infolist():
            if part.filename not in parts:
                after.writestr(part.filename, before.read(part.filename))
        for name, data in parts.items():
            after.writestr(name, data)
    return kept.getvalue()


def sheet_of(cells: bytes) -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/'
        b'spreadsheetml/2006/main"><sheetData>' + cells + b"</sheetData></worksheet>"
    )


SHEET = "xl/worksheets/sheet1.xml"


class TestWorkbook:
    def test_is_read_like_a_csv(self, home):
        content = workbook((home.registry, "Masque chirurgical", 2100, 600.0), ("", "", "", ""))
        imported = load(content, name="a.xlsx")
        assert (imported.lines, imported.refused, imported.applied) == (1, (), True)
        assert current() == {(home.registry, MASK): (2100, 600)}

    def test_may_hold_numbers_as_numbers(self, db):  # noqa: ARG002
        home = make_home(registry="010000024")
        assert load(workbook((10000024, MASK, 2100, ""))).applied
        assert current() == {(home.registry, MASK): (2100, None)}

    def test_gives_the_values_of_its_formulas(self, home):
        content = workbook((home.registry, MASK, 1, 600), formula=True)
        assert load(content).applied
        assert current() == {(home.registry, MASK): (2100, 600)}

    def test_says_the_line_as_the_spreadsheet_does(self, home):
        content = workbook((), (home.registry, MASK, 12.5, ""))
        assert codes(load(content)) == [("lines.3.stock", "not-whole")]

    @pytest.mark.parametrize(
        ("name", "make", "code"),
        [
            ("a.xlsx", lambda _: workbook(merge="A2:B3"), "merged-cells"),
            ("a.xlsm", lambda good: good, "macro"),
            ("a.xlsx", lambda good: altered(good, **{"xl/vbaProject.bin": b"macro"}), "macro"),
            ("a.xlsx", lambda good: altered(good, **{"xl/big.xml": b"0" * 70_000_000}), "zip-bomb"),
            ("a.xlsx", lambda good: altered(good, **{"xl/dense.xml": b"0" * 9_000_000}), "zip-bomb"),
            (
                "a.xlsx",
                lambda good: altered(good, **{SHEET: sheet_of(b'<row r="1"><c r="XFD1048576"><v>1</v></c></row>')}),
                "far-cells",
            ),
            (
                "a.xlsx",
                lambda good: altered(good, **{SHEET: sheet_of(b"<row>" + b"<c><v>1</v></c>" * 9 + b"</row>")}),
                "far-cells",
            ),
            (
                "a.xlsx",
                lambda good: altered(good, **{SHEET: sheet_of(b"<row><c t=' r=\"A1\" ' r=\"ZZ9\"><v>1</v></c></row>")}),
                "far-cells",
            ),
            (
                "a.xlsx",
                lambda good: altered(good, **{SHEET: sheet_of(b'<row r="1"><c r="A250001"><v>1</v></c></row>')}),
                "far-cells",
            ),
            ("a.xlsx", lambda good: good[: len(good) // 2], "file-broken"),
            ("a.xlsx", lambda good: altered(good, **{SHEET: b"<worksheet><sheetData>"}), "file-broken"),
            ("a.xlsx", lambda good: b"\xd0\xcf\x11\xe0" + good, "file-encrypted"),
            ("a.pdf", lambda _: b"%PDF-1.7\n\x00\x81", "file-unknown"),
            ("a.csv", lambda _: b"  \n ", "file-empty"),
            ("a.csv", lambda _: b"finess;famille;stock\n", "file-empty"),
            ("a.csv", lambda _: b"finess;famille;stock\n1;2;" + b'"' + b"x" * 200_000, "file-broken"),
            ("a.csv", lambda _: b"x" * (16 * 1024 * 1024 + 1), "file-too-large"),
        ],
    )  # fmt: skip
    def test_is_refused_in_clear_words(self, home, name, make, code):
        content = make(workbook((home.registry, MASK, 2100, 600)))
        (fault,) = load(content, name=name).refused
        assert (fault.where, fault.values["code"]) == ("file", code)
        assert fault.remedy

    def test_that_lies_about_its_size_is_refused(self, home):
        content = bytearray(
            altered(workbook((home.registry, MASK, 1, 1)), **{"xl/big.xml": b"0" * 900_000})
        )
        # The inflated size, in the directory at the end: a thousandth of what it is.
        place = content.rindex(b"PK\x01\x02")
        content[place + 24 : place + 28] = (900).to_bytes(4, "little")
        (fault,) = load(bytes(content)).refused
        assert fault.values["code"] == "zip-bomb"


class TestCommand:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: AT)

    def test_imports_for_the_whole_country(self, home, tmp_path, capsys):
        path = tmp_path / "a.csv"
        path.write_text(rows((home.registry, MASK, 2100, 600)))
        call_command("import_declarations", str(path), "--dry-run")
        assert not Declaration.objects.exists()
        call_command("import_declarations", str(path))
        assert "1 versions de déclaration écrites" in capsys.readouterr().out
        assert current() == {(home.registry, MASK): (2100, 600)}

    def test_prints_each_fault_and_fails(self, home, tmp_path, capsys):
        path = tmp_path / "a.csv"
        path.write_text(rows((home.registry, MASK, "x", ""), ("750000000", MASK, 1, "")))
        with pytest.raises(CommandError, match=r"2 faute\(s\)"):
            call_command("import_declarations", str(path))
        assert [line.split(" :")[0] for line in capsys.readouterr().err.splitlines()] == [
            "Ligne 2",
            "Ligne 3",
        ]

    def test_asks_before_it_writes_what_surprises(self, home, tmp_path):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        path = tmp_path / "a.csv"
        path.write_text(rows((home.registry, MASK, 42, 600)))
        with pytest.raises(CommandError, match="confirmer"):
            call_command("import_declarations", str(path))
        call_command("import_declarations", str(path), "--confirm")
        assert Declaration.objects.filter(week=str(WEEK)).exists()
