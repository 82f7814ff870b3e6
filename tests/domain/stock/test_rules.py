"""Which entry may do what: the whole table, line by line; which lot leaves first."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.stock.rules import (
    LAST_DAYS,
    Batch,
    Kind,
    Pallet,
    PendingKind,
    Status,
    first_expired_first_out,
    is_too_old,
    path_fault,
    sign_of,
    strategic_share,
    whole_pallets,
)


SHORT = {
    "out": Status.OUTSIDE,
    "free": Status.AVAILABLE,
    "kept": Status.STRATEGIC,
    "bad": Status.QUARANTINE,
    "way": Status.IN_TRANSIT,
    "gone": Status.DELIVERED,
    "claim": Status.DISPUTED,
}

TABLE = {
    Kind.OPENING: "out>free out>kept out>bad",
    Kind.RECEIPT: "out>free out>kept out>bad",
    Kind.ALLOT: "free>kept kept>free",
    Kind.ISSUE: "free>way",
    Kind.TRANSFER_OUT: "free>way",
    Kind.TRANSFER_IN: "way>free way>bad",
    Kind.DELIVERY: "way>gone",
    Kind.RETURN: "way>bad way>free gone>bad gone>free claim>bad claim>free",
    Kind.DISPUTE: "gone>claim claim>gone way>claim",
    Kind.BLOCK: "free>bad kept>bad",
    Kind.UNBLOCK: "bad>free",
    Kind.WRITE_OFF: "free>out kept>out bad>out way>out claim>out gone>out",
    Kind.COUNT: "out>free out>kept out>bad free>out kept>out bad>out",
    Kind.LOAN: "gone>gone out>gone",
    Kind.GIVE_BACK: "gone>gone gone>out",
    Kind.GIFT: "gone>gone",
    Kind.CESSION: "free>free",
}
# What goes between facilities goes from the door to the loans, or back.
BETWEEN_FACILITIES = {Kind.LOAN, Kind.GIVE_BACK, Kind.GIFT}


def fault(kind, source, target, *, same_place=True, posts=False, same_owner=None):
    return path_fault(
        kind=kind,
        source=source,
        target=target,
        same_place=same_place,
        posts=posts,
        same_owner=kind is not Kind.CESSION if same_owner is None else same_owner,
    )


class TestPathFault:
    @pytest.mark.parametrize("kind", Kind)
    def test_lets_pass_these_paths_and_no_others(self, kind):
        expected = {tuple(SHORT[end] for end in path.split(">")) for path in TABLE[kind].split()}
        allowed = {
            (source, target)
            for source, target in product(Status, Status)
            if None in {fault(kind, source, target), fault(kind, source, target, same_place=False)}
        }
        assert allowed == expected

    def test_never_lets_an_entry_begin_and_end_in_one_status_of_one_place(self):
        same = {"same_owner": True}
        assert all(fault(kind, status, status, **same) for kind, status in product(Kind, Status))

    @pytest.mark.parametrize("kind", Kind)
    def test_lets_only_a_cession_change_the_owner_and_makes_it_change(self, kind):
        source, target = (SHORT[end] for end in TABLE[kind].split()[0].split(">"))
        places = {"same_place": kind not in BETWEEN_FACILITIES}
        ceded = fault(kind, source, target, **places, same_owner=False)
        assert (ceded is None) is (kind is Kind.CESSION)
        kept = fault(kind, source, target, **places, same_owner=True)
        assert (kept is None) is (kind is not Kind.CESSION)

    @pytest.mark.parametrize("kind", Kind)
    def test_lets_only_what_travels_change_place(self, kind):
        source, target = (SHORT[end] for end in TABLE[kind].split()[0].split(">"))
        travels = {Kind.TRANSFER_IN, Kind.DELIVERY, Kind.RETURN, Kind.DISPUTE} | BETWEEN_FACILITIES
        assert (fault(kind, source, target, same_place=False) is None) is (kind in travels)

    @pytest.mark.parametrize("kind", sorted(BETWEEN_FACILITIES))
    def test_lets_units_come_from_outside_only_where_they_are_lent(self, kind):
        outside = [path for path in TABLE[kind].split() if "out" in path]
        for path in outside:
            source, target = (SHORT[end] for end in path.split(">"))
            assert fault(kind, source, target) is None
            assert fault(kind, source, target, same_place=False) == (
                f"Une écriture « {kind} » change de lieu, sauf depuis ou vers l’extérieur."
            )

    def test_lets_only_an_issue_settle_a_reservation(self):
        assert fault(Kind.ISSUE, Status.AVAILABLE, Status.IN_TRANSIT, posts=True) is None
        assert (
            fault(Kind.TRANSFER_OUT, Status.AVAILABLE, Status.IN_TRANSIT, posts=True)
            == "Seule une expédition règle une réservation."
        )

    def test_names_the_path_that_is_not_allowed(self):
        assert fault(Kind.ISSUE, Status.AVAILABLE, Status.OUTSIDE) == (
            "Une écriture « issue » ne va pas de « available » à « outside »."
        )


class TestSignOf:
    def test_adds_what_is_reserved_and_takes_what_is_given_back(self):
        assert {kind: sign_of(kind) for kind in PendingKind} == {
            PendingKind.RESERVE: 1,
            PendingKind.VOID: -1,
            PendingKind.EXPIRE: -1,
        }


ON = date(2020, 11, 2)


def batch(lot, units, days=None):
    return Batch(
        lot=lot, units=units, expires_on=None if days is None else ON + timedelta(days=days)
    )


BATCHES = st.lists(
    st.builds(batch, st.integers(1, 50), st.integers(0, 40), st.none() | st.integers(-30, 400)),
    unique_by=lambda one: one.lot,
    max_size=8,
)


class TestFirstExpiredFirstOut:
    def test_takes_what_expires_first_then_what_never_does(self):
        batches = [batch(1, 10), batch(2, 10, 300), batch(3, 10, 100)]
        assert first_expired_first_out(units=25, batches=batches, on=ON) == {3: 10, 2: 10, 1: 5}

    def test_takes_nothing_within_its_last_days(self):
        batches = [batch(1, 10, LAST_DAYS.days - 1), batch(2, 10, LAST_DAYS.days), batch(3, 10, -1)]
        assert first_expired_first_out(units=25, batches=batches, on=ON) == {2: 10}

    def test_breaks_ties_by_lot(self):
        batches = [batch(9, 10, 100), batch(4, 10, 100)]
        assert first_expired_first_out(units=1, batches=batches, on=ON) == {4: 1}

    @given(units=st.integers(0, 200), batches=BATCHES)
    def test_gives_all_it_can_and_never_more(self, units, batches):
        chosen = first_expired_first_out(units=units, batches=batches, on=ON)
        fresh = [
            one for one in batches if one.expires_on is None or one.expires_on >= ON + LAST_DAYS
        ]
        assert sum(chosen.values()) == min(units, sum(one.units for one in fresh))
        assert all(0 < chosen[one.lot] <= one.units for one in fresh if one.lot in chosen)

    @given(units=st.integers(0, 200), batches=BATCHES, seed=st.randoms())
    def test_does_not_mind_the_order_of_the_lots(self, units, batches, seed):
        shuffled = list(batches)
        seed.shuffle(shuffled)
        assert first_expired_first_out(units=units, batches=batches, on=ON) == (
            first_expired_first_out(units=units, batches=shuffled, on=ON)
        )


class TestIsTooOld:
    def test_is_so_from_its_last_days_on(self):
        assert is_too_old(expires_on=ON + LAST_DAYS - timedelta(1), on=ON)
        assert not is_too_old(expires_on=ON + LAST_DAYS, on=ON)
        assert not is_too_old(expires_on=None, on=ON)


class TestWholePallets:
    def load(self, units, batches, *, free=10**6, size=10):
        return whole_pallets(
            units=units,
            batches=batches,
            pallet_units={one.lot: size for one in batches},
            free=free,
            on=ON,
        )

    def test_rounds_up_and_fills_pallet_after_pallet(self):
        assert self.load(15, [batch(1, 100, 300)]) == [Pallet(lot=1, units=10)] * 2

    def test_ends_a_lot_on_a_pallet_that_is_not_full(self):
        loaded = self.load(15, [batch(1, 100, 300), batch(2, 13, 100)])
        assert [(each.lot, each.units) for each in loaded] == [(2, 10), (2, 3), (1, 10)]

    def test_leaves_what_is_promised(self):
        assert self.load(15, [batch(1, 100, 300)], free=4) == [Pallet(lot=1, units=4)]
        assert self.load(15, [batch(1, 100, 300)], free=0) == []

    @given(
        units=st.integers(0, 200),
        batches=BATCHES,
        free=st.integers(0, 200),
        size=st.integers(1, 30),
    )
    def test_carries_what_is_asked_or_all_there_is_and_little_more(
        self, units, batches, free, size
    ):
        loaded = self.load(units, batches, free=free, size=size)
        carried = sum(each.units for each in loaded)
        there = sum(first_expired_first_out(units=10**6, batches=batches, on=ON).values())
        assert min(units, free, there) <= carried <= min(units + size - 1, free, there)
        assert all(0 < each.units <= size for each in loaded)

    @given(units=st.integers(1, 200), batches=BATCHES, size=st.integers(1, 30))
    def test_loads_the_same_for_what_it_was_rounded_up_to(self, units, batches, size):
        loaded = self.load(units, batches, size=size)
        again = self.load(sum(each.units for each in loaded), batches, size=size)
        assert again == loaded


class TestStrategicShare:
    @pytest.mark.parametrize(
        ("units", "per_mille", "kept"),
        [(1_000, 300, 300), (1_005, 300, 310), (10, 1, 10), (7, 1, 7), (100, 0, 0), (55, 1000, 55)],
    )
    def test_is_rounded_up_to_whole_boxes_of_ten(self, units, per_mille, kept):
        assert strategic_share(units=units, per_mille=per_mille, box_units=10) == kept

    @given(st.integers(1, 10**9), st.integers(0, 1000), st.integers(1, 5000))
    def test_is_at_least_the_share_and_less_than_a_box_more(self, units, per_mille, box):
        kept = strategic_share(units=units, per_mille=per_mille, box_units=box)
        assert kept * 1000 >= units * per_mille
        assert kept <= units
        assert (kept - box) * 1000 < units * per_mille or kept == 0
