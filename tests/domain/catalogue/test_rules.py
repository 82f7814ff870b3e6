"""GS1's check digit."""

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.catalogue.rules import gtin_check_digit, gtin_fault


class TestGtinFault:
    @pytest.mark.parametrize("gtin", ["00012345600012", "04006381333931", "09524000059109"])
    def test_accepts_published_examples(self, gtin):
        assert gtin_fault(gtin) is None

    @pytest.mark.parametrize(
        ("gtin", "says"),
        [
            ("04006381333932", "clé de contrôle"),
            ("4006381333931", "quatorze chiffres"),
            ("", "quatorze chiffres"),
            ("0400638133393A", "quatorze chiffres"),
            ("٠٤٠٠٦٣٨١٣٣٣٩٣١", "quatorze chiffres"),
        ],
    )
    def test_says_what_is_wrong(self, gtin, says):
        assert says in gtin_fault(gtin)

    @given(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
    def test_finds_any_single_wrong_digit(self, body, place, shift):
        gtin = body + gtin_check_digit(body)
        wrong = gtin[:place] + str((int(gtin[place]) + shift) % 10) + gtin[place + 1 :]
        assert gtin_fault(gtin) is None
        assert gtin_fault(wrong) is not None
