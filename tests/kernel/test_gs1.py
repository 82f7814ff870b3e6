from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.kernel import gs1
from distrilog.kernel.gs1 import Scan
from distrilog.kernel.refusals import Invalid


SSCC = "330123450000000018"
GTIN = "03012345678902"


class TestCheckDigit:
    @pytest.mark.parametrize(
        "number",
        [
            "629104150021",  # GS1's own worked example, whose check digit is 3
            "37610425002123456",
            "1234567",
        ],
    )
    def test_weighs_from_the_right(self, number):
        expected = {"629104150021": "3", "37610425002123456": "9", "1234567": "0"}[number]
        assert gs1.check_digit(number) == expected

    @given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 17), st.integers(1, 9))
    def test_finds_any_digit_that_was_changed(self, body, at, by):
        number = body + gs1.check_digit(body)
        changed = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
        assert gs1.sscc_fault(number) is None
        assert "clé de contrôle" in gs1.sscc_fault(changed)


class TestFaults:
    def test_find_nothing_wrong_with_what_is_right(self):
        assert gs1.gtin_fault(GTIN) is None
        assert gs1.sscc_fault(SSCC) is None
        assert gs1.gln_fault("3012345000000") is None

    @pytest.mark.parametrize("number", ["", "1", "٣" * 14, "0301234567890 ", "301234567890\n"])
    def test_need_digits_in_number(self, number):
        assert "quatorze chiffres" in gs1.gtin_fault(number)
        assert "dix-huit chiffres" in gs1.sscc_fault(number)
        assert "treize chiffres" in gs1.gln_fault(number)


class TestMakeSscc:
    @given(st.integers(0, 10**9 - 1), st.integers(0, 9))
    def test_makes_a_number_that_holds(self, serial, extension):
        made = gs1.make_sscc(prefix="3012345", serial=serial, extension=extension)
        assert gs1.sscc_fault(made) is None
        assert made[1:17] == f"3012345{serial:09d}"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"prefix": "3012345", "serial": 10**9},
            {"prefix": "3012345", "serial": -1},
            {"prefix": "301", "serial": 1},
            {"prefix": "30123x5", "serial": 1},
            {"prefix": "3012345", "serial": 1, "extension": 10},
        ],
    )
    def test_refuses_what_does_not_fit(self, wrong):
        with pytest.raises(ValueError):
            gs1.make_sscc(**wrong)


class TestElementString:
    def test_names_a_parcel(self):
        assert gs1.element_string(sscc=SSCC) == f"(00){SSCC}"

    def test_names_an_article_of_a_lot(self):
        text = gs1.element_string(gtin=GTIN, lot="L2020/A", expires_on=date(2023, 1, 31))
        assert text == f"(01){GTIN}(17)230131(10)L2020/A"

    def test_counts_what_a_parcel_holds(self):
        text = gs1.element_string(sscc=SSCC, gtin=GTIN, lot="A", count=50)
        assert text == f"(00){SSCC}(02){GTIN}(10)A(37)50"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"sscc": "1"},
            {"gtin": GTIN[:-1] + "8"},
            {"gtin": GTIN, "lot": "x" * 21},
            {"gtin": GTIN, "lot": "é"},
            {"gtin": GTIN, "lot": "A(21)"},
            {"count": 5},
            {"gtin": GTIN, "count": 0},
        ],
    )
    def test_refuses_what_cannot_be_encoded(self, wrong):
        with pytest.raises(ValueError):
            gs1.element_string(**wrong)


class TestReadScan:
    @pytest.mark.parametrize(
        "text",
        [
            SSCC,
            f" {SSCC}\r\n",
            "3 3012345 000000001 8",
            f"00{SSCC}",
            f"(00){SSCC}",
            f"(00) {SSCC}",
            f"]C100{SSCC}",
            f"\x1d00{SSCC}",
        ],
    )
    def test_reads_a_parcel(self, text):
        assert gs1.read_scan(text) == Scan(sscc=SSCC)

    @pytest.mark.parametrize(
        ("text", "gtin"),
        [
            (GTIN, GTIN),
            (GTIN[1:], GTIN),
            ("36000291452", None),
            ("036000291452", "00036000291452"),
            ("96385074", "00000096385074"),
            (f"]E0{GTIN[1:]}", None),
        ],
    )
    def test_reads_an_article(self, text, gtin):
        if gtin is None:
            with pytest.raises(Invalid):
                gs1.read_scan(text)
        else:
            assert gs1.read_scan(text) == Scan(gtin=gtin)

    @pytest.mark.parametrize(
        "text",
        [
            f"01{GTIN}1723013110L2020/A\x1d3750",
            f"]d202{GTIN}1723013110L2020/A\x1d3750",
            f"\x1d01{GTIN}3750\x1d1723013110L2020/A",
            f"(01){GTIN}(17)230131(10)L2020/A(37)50",
        ],
    )
    def test_reads_the_elements_of_a_datamatrix(self, text):
        assert gs1.read_scan(text) == Scan(
            gtin=GTIN, lot="L2020/A", expires_on=date(2023, 1, 31), count=50
        )

    def test_takes_day_zero_for_the_last_of_the_month(self):
        assert gs1.read_scan(f"01{GTIN}17230200").expires_on == date(2023, 2, 28)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "bonjour",
            SSCC[:-1] + "9",
            f"(00){SSCC[:-1]}9",
            f"00{SSCC[:-1]}9",
            GTIN[:-1] + "8",
            f"(01){GTIN[:-1]}8(10)A",
            f"(10)A(10)B(01){GTIN}",
            f"01{GTIN}17231331",
            "(21)123",
            "https://www.example.org/01/03012345678902",
            "(",
            "]C1",
            "9" * 501,
        ],
    )
    def test_refuses_in_french_what_says_nothing(self, text):
        with pytest.raises(Invalid) as refused:
            gs1.read_scan(text)
        assert refused.value.faults[0].where == "code"
        assert refused.value.faults[0].remedy

    @given(
        st.builds(
            dict,
            sscc=st.just(SSCC) | st.just(""),
            gtin=st.just(GTIN),
            lot=st.text("ABCabc019-/.", max_size=20),
            expires_on=st.none() | st.dates(date(2000, 1, 1), date(2049, 12, 31)),
            count=st.none() | st.integers(1, 99_999_999),
        )
    )
    @settings(deadline=None)
    def test_reads_what_element_string_writes(self, values):
        assert gs1.read_scan(gs1.element_string(**values)) == Scan(**values)

    @given(st.text(max_size=60) | st.text("()0123456789\x1d]C1d", max_size=60))
    @settings(deadline=None)
    def test_reads_or_refuses(self, text):
        with suppress(Invalid):
            assert gs1.read_scan(text) != Scan()
