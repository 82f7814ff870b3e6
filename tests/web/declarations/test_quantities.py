import pytest
from hypothesis import given, strategies as st

from distrilog.web.declarations.quantities import Counting, NotANumber, TooMany, read, shown


BOXES, UNITS = Counting.BOXES, Counting.UNITS


class TestRead:
    @pytest.mark.parametrize(
        ("text", "units"),
        [
            ("", None),
            ("  ", None),
            ("0", 0),
            ("4", 200),
            ("2,5", 125),
            ("2.5", 125),
            ("1 200", 60000),
            ("1\u202f200", 60000),
            ("3,333", 167),
            ("-2", -100),
            ("−2", -100),
        ],
    )
    def test_takes_boxes_as_people_write_them(self, text, units):
        assert read(text, counting=BOXES, box_units=50) == units

    @pytest.mark.parametrize(("text", "units"), [("200", 200), ("1 200", 1_200), ("200,0", 200)])
    def test_takes_units(self, text, units):
        assert read(text, counting=UNITS, box_units=50) == units

    @pytest.mark.parametrize(
        "text", ["beaucoup", "4 boîtes", "1e9", "NaN", "∞", "٣", "1.250", "--2", "1,2,3", "9" * 21]
    )
    def test_refuses_what_is_no_number(self, text):
        with pytest.raises(NotANumber):
            read(text, counting=BOXES, box_units=50)

    def test_refuses_half_a_unit(self):
        with pytest.raises(NotANumber):
            read("2,5", counting=UNITS, box_units=50)

    def test_refuses_more_than_a_country_uses(self):
        with pytest.raises(TooMany):
            read("99999999999", counting=UNITS, box_units=50)


class TestShown:
    @given(st.integers(0, 1_000_000), st.integers(1, 1_000), st.sampled_from([BOXES, UNITS]))
    def test_reads_back_to_the_same_units(self, units, box_units, counting):
        text = shown(units, counting=counting, box_units=box_units)
        assert read(text, counting=counting, box_units=box_units) == units

    @pytest.mark.parametrize(("units", "text"), [(200, "4"), (125, "2,5"), (0, "0"), (10, "0,2")])
    def test_is_short(self, units, text):
        assert shown(units, counting=BOXES, box_units=50) == text
