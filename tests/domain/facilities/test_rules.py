import numpy as np
import pytest
from hypothesis import given, strategies as st

from distrilog.domain.facilities.rules import (
    Features,
    check_digit,
    finess_number,
    in_reserved_range,
    own_number,
    registry_fault,
)


class TestRegistryFault:
    @pytest.mark.parametrize(
        "number",
        [
            "010000024",
            "2A0000030",  # A counts as 1
            "2B0000012",  # B counts as 2
            "980500003",
            "960000016",
            "SIRET-26010004500012",
            "SIRET-35600000000048",  # La Poste, head office
            "SIRET-35600000012341",  # La Poste, a post office: its digits sum to a multiple of five
            "DIS-000000018",
        ],
    )
    def test_accepts_each_form(self, number):
        assert registry_fault(number) is None

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            ("", "manque"),
            ("010000025", "clé de contrôle"),
            ("2A0000031", "clé de contrôle"),
            ("2A0000012", "clé de contrôle"),  # the number of a `2B`, in `2A`
            ("SIRET-26010004500013", "clé de contrôle"),
            ("DIS-000000019", "clé de contrôle"),
            ("2a0000030", "majuscules"),
            ("2C0000030", "neuf caractères"),
            ("10000024", "neuf caractères"),
            ("0100000240", "neuf caractères"),
            ("010000024\n", "neuf caractères"),
            ("٠١٠٠٠٠٠٢٤", "neuf caractères"),
            ("DIS-12", "neuf chiffres"),
            ("SIRET-123", "quatorze chiffres"),
            ("=1+1", "neuf caractères"),
        ],
    )
    def test_says_what_is_wrong(self, number, words):
        assert words in registry_fault(number)

    def test_does_not_echo_a_long_number(self):
        assert len(registry_fault("9" * 10_000)) < 200

    @given(rank=st.integers(0, 999_999), digit=st.integers(0, 7), change=st.integers(1, 9))
    def test_sees_any_single_wrong_digit(self, rank, digit, change):
        number = finess_number(prefix="31", rank=rank)
        wrong = list(number)
        wrong[digit] = str((int(wrong[digit]) + change) % 10)
        assert registry_fault(number) is None
        assert registry_fault("".join(wrong)) is not None


class TestInReservedRange:
    @given(rank=st.integers(0, 999_999))
    def test_holds_the_numbers_made_for_fictitious_facilities(self, rank):
        for number in (
            finess_number(prefix="96", rank=rank),
            own_number(rank=rank, fictitious=True),
        ):
            assert in_reserved_range(number)
            assert registry_fault(number) is None

    @pytest.mark.parametrize("number", ["010000024", "970100400", "2A0000030", "DIS-000000018"])
    def test_holds_no_real_number(self, number):
        assert not in_reserved_range(number)


class TestCheckDigit:
    def test_refuses_a_rank_that_does_not_fit(self):
        with pytest.raises(ValueError, match="does not fit"):
            finess_number(prefix="96", rank=1_000_000)
        with pytest.raises(ValueError, match="does not fit"):
            own_number(rank=1_000_000)

    def test_counts_corsican_letters(self):
        assert check_digit("2A000003") == "0"
        assert check_digit("2B000001") == "2"


class TestFeatures:
    def test_picks_rows_in_the_order_asked(self):
        names = np.array(["a", "b", "c"])
        features = Features(
            ids=np.array([1, 2, 3]),
            registries=np.array([b"1", b"2", b"3"]),
            categories=names,
            groups=names,
            departments=names,
            regions=names,
            zones=names,
            routes=names,
            places={"acute": np.array([10, 20, 30])},
            staff={"crew": np.array([1, 2, 3])},
        )
        picked = features.pick(np.array([2, 0]))
        assert len(picked) == 2
        assert picked.ids.tolist() == [3, 1]
        assert picked.places["acute"].tolist() == [30, 10]
        assert picked.staff["crew"].tolist() == [3, 1]
