"""Counting: read all at once, compared with the books, posted once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from distrilog.domain.stock.models import Account, InventoryCount, Lot
from distrilog.web.stock.counting import Sheet, read_table, whole
from tests.factories import stocked
from tests.web.reading import queries_of, words


ADDRESS = "/stock/inventaire/"


def lot(number: str) -> int:
    return Lot.objects.get(number=number).pk


def units(number: str, status: str = "available") -> int:
    return Account.objects.get(lot__number=number, status=status, place="spf").units


def send(client, step: str = "check", **values):
    asked = {"lieu": "spf", "famille": "", "key": "k1", "reason": "Inventaire tournant.", **values}
    return client.post(ADDRESS, {**asked, "step": step})


class TestWhole:
    @pytest.mark.parametrize(
        ("text", "units"),
        [("12", 12), ("0", 0), (" 12 000 ", 12_000), ("12\u202f000", 12_000), ("007", 7)],
    )
    def test_reads_whole_numbers(self, text, units):
        assert whole(text) == units

    @pytest.mark.parametrize("text", ["", "-1", "1,5", "1.0", "½", "1e3", "٣", "9" * 14, "douze"])
    def test_reads_nothing_else(self, text):
        assert whole(text) is None


@pytest.mark.usefixtures("shelves")
class TestReadTable:
    def read(self, text: str) -> Sheet:
        sheet = Sheet()
        read_table(sheet, text)
        return sheet

    @pytest.mark.parametrize(
        "text",
        [
            "S1;utilisable;90000",
            "lot;statut;unités\nS1;Utilisable;90 000",
            "S1\tdisponible\t90000",
            "\ufeff09520000001018;S1;;90000\n\n",
        ],
    )
    def test_reads_what_spreadsheets_write(self, text):
        text = text.replace("09520000001018", Lot.objects.get(number="S1").article_id)
        sheet = self.read(text)
        assert (sheet.faults, sheet.units) == ([], {(lot("S1"), "available"): 90_000})

    def test_names_every_line_that_is_wrong(self):
        sheet = self.read("X9;utilisable;5\nS1;bizarre;5\nS1;utilisable;1/2\nS1\nS1;;7\nS1;;7")
        assert [fault.split(" : ")[0] for fault in sheet.faults] == [
            f"Ligne {line}" for line in (1, 2, 3, 4, 6)
        ]

    def test_asks_for_the_article_where_two_have_the_lot(self):
        stocked(10, family="gown", number="S1", place="spf")
        assert "donnez le GTIN" in self.read("S1;utilisable;5").faults[0]

    def test_survives_its_own_packing(self):
        sheet = self.read("S1;utilisable;5\nS1;stratégique;0")
        assert sheet.packed == f"{lot('S1')};available;5\n{lot('S1')};strategic;0"


class TestCount:
    def test_shows_the_books_of_the_place(self, spf):
        page = words(spf.get(f"{ADDRESS}?lieu=spf"))
        assert "S1 utilisable" in page
        assert "100 000" in page
        assert "O1" not in page

    def test_shows_the_differences_and_posts_nothing_yet(self, spf):
        name = f"units-{lot('S1')}-available"
        page = words(send(spf, **{name: "99 990"}, table="S1;stratégique;50010"))
        assert "S1 utilisable" in page
        assert "100 000 99 990 −10" in page
        assert "50 000 50 010 + 10" in page or "50 000 50 010 +10" in page
        assert units("S1") == 100_000

    def test_posts_them_once(self, spf):
        packed = f"{lot('S1')};available;99990"
        for _ in range(2):
            assert send(spf, "confirm", packed=packed).status_code == 302
        assert units("S1") == 99_990
        assert InventoryCount.objects.get().differences == 1
        assert "Inventaire tournant." in words(spf.get(ADDRESS))

    def test_refuses_with_every_fault_at_once(self, spf):
        name = f"units-{lot('S1')}-available"
        answer = send(spf, **{name: "12,5"}, table="ZZ;utilisable;5", reason="")
        page = words(answer)
        assert answer.status_code == 422
        assert "« 12,5 » n’est pas un nombre entier" in page
        assert "le lot « ZZ » n’est pas connu" in page
        assert "Motif de l’inventaire : Ce champ est obligatoire." in page
        assert 'value="12,5"' in answer.content.decode()

    def test_asks_for_something_counted(self, spf):
        assert "Rien n’est compté" in words(send(spf))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    def test_reads_a_file(self, spf, encoding):
        file = SimpleUploadedFile("c.csv", "S1;stratégique;49000".encode(encoding))
        page = words(send(spf, file=file))
        assert "50 000 49 000 −1 000" in page

    def test_refuses_a_file_that_is_no_table(self, spf):
        answer = send(spf, file=SimpleUploadedFile("c.csv", b"PK\x03\x04\0\0"))
        assert answer.status_code == 422
        assert "n’est pas un tableau CSV" in words(answer)

    def test_gives_back_what_was_typed_to_be_corrected(self, spf):
        packed = f"{lot('S1')};available;99990\n{lot('O1')};quarantine;5"
        html = send(spf, "change", packed=packed).content.decode()
        assert 'value="99990"' in html
        assert ";O1;en quarantaine;5" in html

    @pytest.mark.parametrize("packed", ["x;available;5", "1;outside;5", "", "999999;available;5"])
    def test_trusts_nothing_that_comes_back_altered(self, spf, packed):
        assert send(spf, "confirm", packed=packed).status_code == 422
        assert not InventoryCount.objects.exists()

    def test_is_for_who_keeps_the_stock(self, cell):
        assert cell.get(ADDRESS).status_code == 403

    def test_takes_the_same_queries_for_many(self, spf):
        few = queries_of(spf, f"{ADDRESS}?lieu=spf")
        for rank in range(12):
            stocked(100, number=f"N{rank}", place="spf")
        assert queries_of(spf, f"{ADDRESS}?lieu=spf") == few
