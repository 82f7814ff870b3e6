"""The arithmetic of a region's stock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from distrilog.domain.regional.rules import Balance, age_of, box_faults, pro_rata, total_faults


class TestProRata:
    def test_gives_whole_boxes_in_proportion(self):
        assert pro_rata(units=1000, weights={"N": 3, "S": 1}, box=50) == {"N": 750, "S": 250}

    def test_gives_the_boxes_left_to_the_largest_remainders(self):
        # 10 boxes for 1, 1 and 1: 3 each, one left, to the first of equals.
        assert pro_rata(units=500, weights={"C": 1, "B": 1, "A": 1}, box=50) == {
            "A": 200,
            "B": 150,
            "C": 150,
        }

    def test_gives_what_fills_no_box_to_the_first_remainder(self):
        assert pro_rata(units=1010, weights={"N": 3, "S": 1}, box=50) == {"N": 760, "S": 250}

    def test_leaves_out_who_weighs_nothing(self):
        assert pro_rata(units=100, weights={"N": 1, "S": 0}, box=50) == {"N": 100}

    @pytest.mark.parametrize("weights", [{}, {"N": 0}, {"N": 2, "S": -1}])
    def test_refuses_to_split_by_nothing(self, weights):
        with pytest.raises(ValueError, match="nothing"):
            pro_rata(units=100, weights=weights, box=50)

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.integers(1, 10**9),
        st.lists(st.integers(1, 10**7), min_size=1, max_size=20),
        st.sampled_from([1, 10, 50, 100]),
    )
    def test_adds_up_and_strays_from_the_exact_share_by_less_than_two_boxes(
        self, units, numbers, box
    ):
        weights = {str(rank): number for rank, number in enumerate(numbers)}
        split = pro_rata(units=units, weights=weights, box=box)
        assert sum(split.values()) == units
        whole = sum(numbers)
        for key, weight in weights.items():
            assert abs(split.get(key, 0) - units * weight / whole) < 2 * box
        assert sum(count % box != 0 for count in split.values()) <= 1


class TestTotalFaults:
    def test_says_by_how_much_the_parts_miss_the_lot(self):
        (fault,) = total_faults(parts=[100, 50], units=200, where="parts", whole="le lot")
        assert "50 de moins" in fault.message
        assert fault.values == {"over": -50}

    def test_says_nothing_of_parts_that_add_up(self):
        assert not list(total_faults(parts=[150, 50], units=200, where="parts", whole="le lot"))


class TestBoxFaults:
    def test_lets_one_share_take_what_fills_no_box(self):
        assert not list(box_faults(units=[100, 60], box=50, where="shares"))

    def test_refuses_two(self):
        (fault,) = box_faults(units=[110, 60], box=50, where="shares")
        assert "boîtes entières de 50" in fault.message


class TestBalance:
    def test_closes_on_opening_plus_in_less_out(self):
        balance = Balance(
            opening=100, arrivals={"receipt": 50}, departures={"issue": 30, "cession": 20}
        )
        assert (balance.came, balance.left, balance.closing) == (50, 50, 100)


class TestAgeOf:
    AT = datetime(2020, 4, 20, tzinfo=UTC)

    def days_ago(self, days, units):
        return self.AT - timedelta(days=days), units

    def test_counts_what_came_last_as_what_is_left(self):
        age = age_of(units=30, arrivals=[self.days_ago(10, 100), self.days_ago(2, 20)], at=self.AT)
        assert (age.oldest_days, age.mean_days) == (10, (20 * 2 + 10 * 10) // 30)

    def test_takes_what_nothing_explains_for_as_old_as_the_first(self):
        age = age_of(units=50, arrivals=[self.days_ago(4, 20)], at=self.AT)
        assert (age.oldest_days, age.mean_days) == (4, 4)

    def test_is_nothing_of_nothing(self):
        age = age_of(units=0, arrivals=[], at=self.AT)
        assert (age.oldest_days, age.mean_days) == (0, 0)
