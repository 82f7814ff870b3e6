"""A circular's table says by itself what does not add up. Figures: ARS Occitanie, 24 April 2020."""

from decimal import Decimal

import pytest

from distrilog.domain.distribution.rules.printed import (
    Kind,
    Unreadable,
    check_table,
    read_number,
)


GHT = """GHT Cœur d'Occitanie;168 800;6,0;12600;5,8
GHT Aude-Pyrénées;215 400;7,6;14200;6,5
GHT Cévennes Gard Camargue;296 500;10,5;14400;6,6
GHT Est Hérault et Sud Aveyron;476 300;16,8;58700;26,9
GHT Gers;108 500;3,8;1800;0,8
GHT Haute-Garonne et Tarn Ouest;645 400;22,8;82700;37,9
GHT Hautes-Pyrénées;146 600;5,2;4500;2,1
GHT Lot;94 500;3,3;2200;1,0
GHT Lozère;64 400;2,3;1400;0,6
GHT Ouest audois;171 100;6,0;6500;3,0
GHT Ouest Hérault;115 650;4,1;6300;2,9
GHT Pyrénées ariégeoises;87 900;3,1;6200;2,8
GHT Rouergue;137 650;4,9;3000;1,4
GHT Tarn-et-Garonne;106 850;3,8;3600;1,7
TOTAL;2 835 550;100,0;218 000;100"""
HEADING = ["GHT", "Masques chirurgicaux", "% chirurgicaux", "FFP2", "% FFP2"]


def table(text):
    return [line.split(";") for line in text.splitlines()]


class TestReadNumber:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("1450000", "1450000"),
            ("1.450.000", "1450000"),
            ("1 450 000", "1450000"),
            ("1\u202f009\u00a0450", "1009450"),
            ("1,450,000", "1450000"),
            ("12.600", "12600"),
            ("6,0", "6.0"),
            ("26.9", "26.9"),
            ("37,9 %", "37.9"),
        ],
    )
    def test_reads_what_circulars_print(self, text, number):
        assert read_number(text) == Decimal(number)

    @pytest.mark.parametrize("text", ["", "–", " "])
    def test_reads_nothing_in_an_empty_cell(self, text):
        assert read_number(text) is None

    @pytest.mark.parametrize("text", ["1,300", "douze", "1.45.000", "-5", "1e3", "٣"])
    def test_refuses_to_guess(self, text):
        with pytest.raises(Unreadable):
            read_number(text)

    def test_does_not_take_a_share_for_thousands(self):
        with pytest.raises(Unreadable):
            read_number("12.600", share=True)


class TestCheckTable:
    def test_reads_the_columns_for_what_they_are(self):
        report = check_table(heading=HEADING, rows=table(GHT))
        assert list(report.columns.values()) == [
            Kind.LABEL,
            Kind.QUANTITY,
            Kind.SHARE,
            Kind.QUANTITY,
            Kind.SHARE,
        ]
        assert report.rows == 14

    def test_adds_up_the_reference_case_to_the_unit(self):
        report = check_table(heading=HEADING, rows=table(GHT))
        assert report.sums["Masques chirurgicaux"] == 2_835_550
        assert report.sums["FFP2"] == 218_100
        (total,) = [each for each in report.disagreements if each.row == 0]
        assert (total.column, total.printed, total.computed) == ("FFP2", 218_000, 218_100)
        assert total.difference == -100
        assert "écart de −100." in total.sentence

    def test_compares_shares_at_the_decimals_that_are_printed(self):
        wrong = GHT.replace("GHT Lot;94 500;3,3", "GHT Lot;94 500;3,4")
        report = check_table(heading=HEADING, rows=table(wrong))
        (share,) = [each for each in report.disagreements if each.label == "GHT Lot"]
        assert (share.printed, share.computed) == (Decimal("3.4"), Decimal("3.3"))

    def test_lists_what_it_cannot_read_and_corrects_nothing(self):
        report = check_table(heading=HEADING, rows=table(GHT.replace("94 500", "94,500")))
        (unread,) = report.unread
        assert (unread.column, unread.text) == ("Masques chirurgicaux", "94,500")
        assert not report.agrees

    def test_does_not_read_a_decimal_among_whole_numbers(self):
        report = check_table(
            heading=["Don", "Masques"], rows=[["AIRBUS", "404.00"], ["Région", "1.279.100"]]
        )
        (unread,) = report.unread
        assert (unread.text, unread.row) == ("404.00", 1)
        assert "entier" in unread.sentence

    def test_reads_decimals_where_all_have_them(self):
        report = check_table(heading=["Jour", "Tonnes"], rows=[["1", "4,5"], ["2", "6,5"]])
        assert not report.unread
        assert report.sums["Tonnes"] == 11

    def test_adds_subtotals_from_one_to_the_next(self):
        rows = [
            ["a", "1"],
            ["b", "2"],
            ["Sous-total", "3"],
            ["c", "4"],
            ["Sous-total", "5"],
            ["Total", "7"],
        ]
        report = check_table(heading=["Site", "Masques"], rows=rows)
        (wrong,) = report.disagreements
        assert (wrong.row, wrong.printed, wrong.computed) == (5, 5, 4)

    def test_takes_a_share_held_as_a_fraction_for_a_percentage(self):
        rows = [["a", Decimal(1), Decimal("0.333")], ["b", Decimal(2), Decimal("0.666")]]
        report = check_table(heading=["Site", "Masques", "%"], rows=rows)
        (wrong,) = report.disagreements
        assert (wrong.label, wrong.printed, wrong.computed) == (
            "b",
            Decimal("66.6"),
            Decimal("66.7"),
        )

    def test_refuses_an_empty_table(self):
        with pytest.raises(ValueError, match="vide"):
            check_table(heading=HEADING, rows=[])
