"""The sentences of 24 April 2020 that do not say one thing, to the unit (rows N1 to N3)."""

import pytest

from distrilog.domain.distribution import reference
from distrilog.domain.distribution.rules.printed import Unreadable
from distrilog.domain.distribution.rules.statements import (
    Part,
    Statement,
    check_statement,
    read_units,
)


def verdicts():
    found = [check_statement(statement=each) for each in reference.statements()]
    return {verdict.statement.code: verdict for verdict in found}


def statement(whole, *parts):
    return Statement(
        code="a",
        label="Masques",
        text=whole,
        where="",
        parts=[Part(label="", times=1, text=part, where="") for part in parts],
    )


class TestReadUnits:
    @pytest.mark.parametrize(
        ("text", "units"),
        [("5M", 5_000_000), ("2,5 millions", 2_500_000), ("1.279.100", 1_279_100), ("", None)],
    )
    def test_reads_numbers_as_circulars_print_them(self, text, units):
        assert read_units(text) == units

    def test_does_not_take_decimals_for_units(self):
        with pytest.raises(Unreadable):
            read_units("404.00")


class TestCheckStatement:
    def test_keeps_both_figures_and_their_difference(self):
        verdict = check_statement(statement=statement("900 000", "416 000", "480 000"))
        assert (verdict.printed, verdict.computed, verdict.difference) == (900_000, 896_000, 4_000)
        assert not verdict.agrees

    def test_says_when_rounding_may_explain_it(self):
        assert "arrondi" in check_statement(statement=statement("1,5 M", "1.450.000")).sentence
        assert "arrondi" not in check_statement(statement=statement("1,5 M", "1.440.000")).sentence


class TestReference:
    @pytest.mark.parametrize(
        ("code", "difference"),
        [
            ("first-endowments", 900_000 - 28 * 32_000),
            ("regional-ffp2-order", 5_000_000 - 1_300_000 - 3_300_000),
            ("distributed-ffp2", 1_300_000 - 1_279_100),
            ("emergency-stock", 1_500_000 - 1_450_000),
            ("direct-deliveries", 201_000 - 164_125),
            ("centres", 10_000 - 180 * 700),
            ("pharmacy-complement", 460_000 - 2_000 * 200),
        ],
    )
    def test_shows_every_disagreement(self, code, difference):
        assert verdicts()[code].difference == difference

    @pytest.mark.parametrize(
        "code",
        [
            "agency-order",
            "council-order",
            "stock-0417",
            "stock-0425",
            "split-surgical",
            "split-ffp2",
            "laboratories",
        ],
    )
    def test_agrees_where_the_document_does(self, code):
        assert verdicts()[code].agrees

    def test_does_not_read_a_number_with_a_digit_missing(self):
        verdict = verdicts()["distributed-surgical"]
        assert (verdict.computed, verdict.agrees) == (None, False)
        assert "404.00" in verdict.sentence

    def test_adds_up_the_deliveries_to_pharmacies(self):
        assert verdicts()["pharmacies"].computed == 3_545_625

    def test_leaves_nothing_out(self):
        wrong = {code for code, verdict in verdicts().items() if not verdict.agrees}
        assert wrong == {
            "first-endowments",
            "regional-ffp2-order",
            "distributed-ffp2",
            "distributed-surgical",
            "emergency-stock",
            "direct-deliveries",
            "centres",
            "pharmacy-complement",
        }
