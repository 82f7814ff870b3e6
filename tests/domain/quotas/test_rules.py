"""The laws of a quota run, and its story in examples."""

from fractions import Fraction
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from distrilog.domain.quotas.rules import (
    BOX_LIMIT,
    ENVELOPE_LIMIT,
    NEED_LIMIT,
    TOTAL_NEED_LIMIT,
    UNITS_LIMIT,
    Claims,
    Reason,
    apply_multipliers,
    caps_for,
    explain,
    fairness,
    floors_for,
    line_at,
    share_out,
    split_pots,
    weeks_without,
)


def claims_of(need, **columns):
    keys = columns.pop("keys", [b"%09d" % index for index in range(len(need))])
    return Claims.of(week="2020-W45", family="surgical-mask", keys=keys, need=need, **columns)


def in_boxes(units, box):
    return -(-units // box) * box


class Plain:
    """The published rule once more, in fractions and loops: slow, obvious, independent."""

    def __init__(self, claims, envelope, box):
        self.box = box
        self.need = claims.need.tolist()
        self.have = claims.have.tolist()
        self.usable = envelope - envelope % box
        self.cap = self._whole(claims.cap)
        self.floor = list(map(min, self._whole(claims.floor), self.cap))
        self.floors_short = self.usable < sum(self.floor)
        if self.floors_short:
            self.floor, self.cap = [0] * len(self.need), self.floor
        self.target = min(self.usable, sum(self.cap))
        self.level = self._level()
        self.exact = self._shares(self.level)

    def _whole(self, column):
        pairs = zip(column.tolist(), self.need, strict=True)
        return [in_boxes(units, self.box) if need else 0 for units, need in pairs]

    def _rows(self):
        return zip(self.need, self.have, self.floor, self.cap, strict=True)

    def _shares(self, level):
        return [
            min(max(level * need - have, Fraction(floor)), Fraction(cap))
            for need, have, floor, cap in self._rows()
        ]

    def _level(self):
        turns = {Fraction(0)}
        for need, have, floor, cap in self._rows():
            if need:
                turns |= {Fraction(floor + have, need), Fraction(cap + have, need)}
        before = None
        for turn in sorted(turns):
            total = sum(self._shares(turn))
            if total >= self.target:
                if before is None:
                    return turn
                slope = (total - before[1]) / (turn - before[0])
                return before[0] + (self.target - before[1]) / slope
            before = (turn, total)
        raise AssertionError("the caps sum to the target at the last turn")

    def units(self, claims):
        whole = [int(share // self.box) for share in self.exact]
        left = self.target // self.box - sum(whole)
        assert left == Fraction(self.target, self.box) - sum(whole)

        def rank(index):
            exact = self.exact[index] * 1000 // 1
            carried = int(claims.carried[index])
            key = bytes(claims.keys[index])
            lot = sha256(f"{claims.week}|{claims.family}|".encode() + key).digest()
            return (-(exact % (self.box * 1000) + carried), -carried, exact, lot)

        open_to_rounding = [i for i, share in enumerate(self.exact) if share % self.box]
        for index in sorted(open_to_rounding, key=rank)[:left]:
            whole[index] += 1
        return [boxes * self.box for boxes in whole]


@st.composite
def problems(draw, *, most_need=400, most_facilities=12):
    count = draw(st.integers(0, most_facilities))
    column = lambda most, least=0: st.lists(  # noqa: E731
        st.integers(least, most), min_size=count, max_size=count
    )
    need = draw(st.one_of(column(most_need), column(3)))
    claims = claims_of(
        need,
        have=draw(st.one_of(st.just([0] * count), column(most_need))),
        floor=draw(st.one_of(st.just([0] * count), column(most_need // 3 + 1))),
        cap=draw(st.one_of(st.just(need), column(2 * most_need))),
        carried=draw(st.one_of(st.just([0] * count), column(60_000, -60_000))),
    )
    box = draw(st.sampled_from([1, 2, 7, 10, 50, 100]))
    envelope = draw(st.integers(0, max(1, sum(need) * 3 // 2)))
    return claims, envelope, box


class TestShareOut:
    def test_gives_everyone_the_same_part_of_the_need(self):
        shares = share_out(claims=claims_of([100, 200, 700]), envelope=500, box=1)
        assert shares.units.tolist() == [50, 100, 350]
        assert shares.level == (1, 2)
        assert set(shares.reason.tolist()) == {Reason.AT_LEVEL}

    def test_counts_the_stock_already_there(self):
        shares = share_out(claims=claims_of([100, 100], have=[60, 0]), envelope=100, box=10)
        assert shares.units.tolist() == [20, 80]
        assert shares.level == (4, 5)

    def test_lifts_to_the_floor_and_stops_at_the_cap(self):
        claims = claims_of([100, 100, 100], floor=[80, 0, 0], cap=[100, 30, 100])
        shares = share_out(claims=claims, envelope=150, box=10)
        assert shares.units.tolist() == [80, 30, 40]
        assert shares.reason.tolist() == [Reason.AT_FLOOR, Reason.AT_CAP, Reason.AT_LEVEL]

    def test_rounds_floors_and_caps_up_to_a_box(self):
        shares = share_out(claims=claims_of([70, 70], floor=[1, 0]), envelope=1000, box=50)
        assert shares.units.tolist() == [100, 100]
        assert shares.unallocated == 800
        short = share_out(claims=claims_of([70, 70], floor=[1, 0]), envelope=50, box=50)
        assert short.units.tolist() == [50, 0]

    def test_shares_floors_it_cannot_pay_and_says_so(self):
        claims = claims_of([100, 300, 50], floor=[100, 300, 0])
        shares = share_out(claims=claims, envelope=200, box=50)
        assert shares.floors_short
        assert shares.units.tolist() == [50, 150, 0]
        assert shares.reason.tolist() == [
            Reason.FLOOR_SHARED,
            Reason.FLOOR_SHARED,
            Reason.NOTHING_LEFT,
        ]

    def test_gives_nothing_without_need(self):
        shares = share_out(
            claims=claims_of([0, 10], floor=[50, 0], cap=[50, 10]), envelope=90, box=10
        )
        assert shares.units.tolist() == [0, 10]
        assert shares.reason.tolist() == [Reason.NO_NEED, Reason.AT_CAP]
        assert shares.unallocated == 80

    @pytest.mark.parametrize("envelope", [0, 49])
    def test_says_when_there_is_not_one_box(self, envelope):
        shares = share_out(claims=claims_of([100, 0]), envelope=envelope, box=50)
        assert shares.units.tolist() == [0, 0]
        assert shares.reason.tolist() == [Reason.NOTHING_LEFT, Reason.NO_NEED]
        assert shares.unallocated == envelope

    def test_answers_nobody_with_nothing(self):
        shares = share_out(claims=claims_of([]), envelope=120, box=50)
        assert shares.units.tolist() == []
        assert shares.unallocated == 120

    def test_gives_the_last_box_to_whoever_is_owed_most(self):
        claims = claims_of([50, 50, 50], carried=[0, 9_000, -9_000])
        shares = share_out(claims=claims, envelope=50, box=50)
        assert shares.units.tolist() == [0, 50, 0]
        assert shares.carried_next.tolist() == [16_666, 9_000 + 16_666 - 50_000, 7_666]

    def test_draws_lots_among_equals_by_the_published_hash(self):
        keys = [b"a", b"b", b"c"]
        lots = [sha256(b"2020-W45|surgical-mask|" + key).digest() for key in keys]
        shares = share_out(claims=claims_of([50] * 3, keys=keys), envelope=50, box=50)
        assert int(np.argmax(shares.units)) == lots.index(min(lots))

    @given(problems())
    @settings(max_examples=400, deadline=None)
    def test_is_the_published_rule(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        plain = Plain(claims, envelope, box)
        assert Fraction(*shares.level) == plain.level
        assert shares.exact.tolist() == [share * 1000 // 1 for share in plain.exact]
        assert shares.units.tolist() == plain.units(claims)
        assert shares.floors_short == plain.floors_short
        for index, reason in enumerate(shares.reason.tolist()):
            assert reason in _true_reasons(plain, index)

    @given(problems())
    @settings(deadline=None)
    def test_conserves(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        assert int(shares.units.sum()) + shares.unallocated == envelope
        assert shares.unallocated >= 0
        assert not (shares.units % box).any()
        caps = np.where(claims.need > 0, in_boxes(claims.cap, box), 0)
        if not shares.floors_short and (shares.units < caps).any():
            assert shares.unallocated < box

    @given(problems())
    @settings(deadline=None)
    def test_keeps_caps_and_floors(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        caps = np.where(claims.need > 0, in_boxes(claims.cap, box), 0)
        assert (shares.units >= 0).all()
        assert (shares.units <= caps).all()
        if not shares.floors_short:
            assert (
                shares.units >= np.where(claims.need > 0, np.minimum(claims.floor, caps), 0)
            ).all()

    @given(problems(), st.integers(0, 500))
    @settings(deadline=None)
    def test_never_lowers_an_exact_share_when_there_is_more(self, problem, more):
        claims, envelope, box = problem
        less = share_out(claims=claims, envelope=envelope, box=box)
        greater = share_out(claims=claims, envelope=envelope + more, box=box)
        assert (less.exact <= greater.exact).all()

    @given(problems(), st.randoms(use_true_random=False))
    @settings(deadline=None)
    def test_does_not_depend_on_the_order_of_rows(self, problem, random):
        claims, envelope, box = problem
        order = list(range(len(claims)))
        random.shuffle(order)
        order = np.array(order, dtype=np.intp)
        shares = share_out(claims=claims, envelope=envelope, box=box)
        shuffled = share_out(claims=claims.rows(order), envelope=envelope, box=box)
        for name in ("units", "exact", "reason", "carried_next"):
            assert getattr(shuffled, name).tolist() == getattr(shares, name)[order].tolist()

    @given(problems())
    @settings(deadline=None)
    def test_moves_nobody_by_more_than_a_box(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        assert (np.abs(shares.rounded) < box * 1000).all()
        assert (shares.carried_next == claims.carried - shares.rounded).all()

    @given(problems())
    @settings(deadline=None)
    def test_leaves_equal_cover_within_a_box(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        level = Fraction(*shares.level)
        for index in np.flatnonzero(shares.reason == Reason.AT_LEVEL):
            need = int(claims.need[index])
            reached = Fraction(int(claims.have[index] + shares.units[index]), need)
            assert abs(reached - level) < Fraction(box, need)

    def test_is_exact_at_the_bounds(self):
        """Where 64 bits would overflow and a double would round."""
        need = [NEED_LIMIT, NEED_LIMIT - 1, NEED_LIMIT - 2, 1, 2]
        columns = {
            "have": [UNITS_LIMIT, 3, 0, UNITS_LIMIT, 0],
            "floor": [0, 0, 7, 0, 0],
            "cap": [UNITS_LIMIT, UNITS_LIMIT - 1, UNITS_LIMIT, UNITS_LIMIT, 1],
        }
        claims = claims_of(need, **columns)
        for envelope in (1, 10**9 + 7, 2 * 10**9 + 1, 3 * 10**9 + 1, ENVELOPE_LIMIT):
            for box in (1, 7, BOX_LIMIT):
                shares = share_out(claims=claims, envelope=envelope, box=box)
                plain = Plain(claims, envelope, box)
                assert Fraction(*shares.level) == plain.level
                assert shares.exact.tolist() == [share * 1000 // 1 for share in plain.exact]
                assert shares.units.tolist() == plain.units(claims)

    @given(st.lists(st.integers(NEED_LIMIT - 40, NEED_LIMIT), min_size=2, max_size=30), st.data())
    @settings(max_examples=40, deadline=None)
    def test_tells_levels_apart_that_a_double_cannot(self, need, data):
        """Caps one unit below the need: turning points 10^-18 apart."""
        claims = claims_of(need, cap=[each - 1 for each in need])
        envelope = sum(need) - len(need) - data.draw(st.integers(0, 3))
        shares = share_out(claims=claims, envelope=envelope, box=1)
        plain = Plain(claims, envelope, 1)
        assert Fraction(*shares.level) == plain.level
        assert shares.units.tolist() == plain.units(claims)

    @pytest.mark.parametrize(
        "refused",
        [
            {"envelope": -1, "box": 1},
            {"envelope": ENVELOPE_LIMIT + 1, "box": 1},
            {"envelope": 1, "box": 0},
            {"envelope": 1, "box": BOX_LIMIT + 1},
        ],
    )
    def test_refuses_what_is_out_of_bounds(self, refused):
        with pytest.raises(ValueError, match="must lie between"):
            share_out(claims=claims_of([1]), **refused)


def _true_reasons(plain, index):
    """Which reasons hold of this facility, read off the fractions."""
    need, have = plain.need[index], plain.have[index]
    if not need:
        return {Reason.NO_NEED}
    if plain.usable == 0:
        return {Reason.NOTHING_LEFT}
    if plain.floors_short:
        return {Reason.FLOOR_SHARED if plain.cap[index] else Reason.NOTHING_LEFT}
    reached = plain.level * need - have
    if reached >= plain.cap[index]:
        return {Reason.AT_CAP}
    return {Reason.AT_FLOOR if reached <= plain.floor[index] else Reason.AT_LEVEL}


class TestClaims:
    @pytest.mark.parametrize(
        "columns",
        [
            {"need": [NEED_LIMIT + 1]},
            {"need": [-1]},
            {"need": [NEED_LIMIT] * (TOTAL_NEED_LIMIT // NEED_LIMIT + 1)},
            {"need": [1], "have": [UNITS_LIMIT + 1]},
            {"need": [1], "cap": [-1]},
            {"need": [1], "floor": [1, 2]},
        ],
    )
    def test_refuse_what_is_out_of_bounds(self, columns):
        with pytest.raises(ValueError, match="must"):
            claims_of(columns.pop("need"), **columns)


class TestCarry:
    def test_brings_a_tenth_of_a_box_a_week_to_a_box_within_ten_weeks(self):
        claims = claims_of([5] * 10)
        served = np.zeros(10, dtype=np.int64)
        for week in range(10):
            shares = share_out(claims=claims, envelope=50, box=50)
            served += shares.units
            claims = Claims.of(
                week=f"2020-W{10 + week}",
                family="glove",
                keys=claims.keys,
                need=claims.need,
                cap=claims.cap,
                carried=shares.carried_next,
            )
        assert served.tolist() == [50] * 10

    @given(
        st.lists(st.integers(1, 120), min_size=2, max_size=9),
        st.integers(1, 99),
        st.sampled_from([10, 50]),
    )
    @settings(max_examples=60, deadline=None)
    def test_passes_nobody_over_for_longer_than_three_boxes_of_exact_share(self, need, part, box):
        """Under constant claims; the bound is the one of `docs/fair-share.md`."""
        envelope = sum(need) * part // 100
        claims = claims_of(need)
        unserved = np.zeros(len(need), dtype=np.int64)
        for week in range(80):
            shares = share_out(claims=claims, envelope=envelope, box=box)
            unserved = np.where(shares.units > 0, 0, unserved + shares.exact)
            assert int(unserved.max()) < 3 * box * 1000
            claims = Claims.of(
                week=f"week {week}",
                family="glove",
                keys=claims.keys,
                need=need,
                carried=shares.carried_next,
            )

    @given(problems())
    @settings(deadline=None)
    def test_forgets_nothing_but_parts_of_thousandths(self, problem):
        claims, envelope, box = problem
        shares = share_out(claims=claims, envelope=envelope, box=box)
        lost = int(claims.carried.sum() - shares.carried_next.sum())
        assert 0 <= lost < max(1, len(claims))


class TestSplitPots:
    def test_sets_a_part_aside_and_splits_it_by_need(self):
        pots = split_pots(
            week="2020-W45",
            family="glove",
            envelope=10_049,
            box=50,
            pot_thousandths=100,
            regions=[b"11", b"84", b"94"],
            need=[600, 300, 100],
        )
        assert pots.units.tolist() == [600, 300, 100]
        assert pots.for_facilities == 9_049

    def test_gives_back_what_the_caps_refuse(self):
        pots = split_pots(
            week="2020-W45",
            family="glove",
            envelope=10_000,
            box=50,
            pot_thousandths=100,
            regions=[b"11", b"84"],
            need=[600, 300],
            cap=[120, 200],
        )
        assert pots.units.tolist() == [150, 200]
        assert pots.for_facilities == 9_650

    def test_sets_nothing_aside_unless_asked(self):
        pots = split_pots(
            week="2020-W45",
            family="glove",
            envelope=10_000,
            box=50,
            pot_thousandths=0,
            regions=[b"11"],
            need=[600],
        )
        assert pots.units.tolist() == [0]
        assert pots.for_facilities == 10_000

    @pytest.mark.parametrize("refused", [{"pot_thousandths": 1001}, {"envelope": -1}])
    def test_refuses_what_is_out_of_bounds(self, refused):
        inputs = {"envelope": 100, "pot_thousandths": 100} | refused
        with pytest.raises(ValueError, match="must lie between"):
            split_pots(week="2020-W45", family="glove", box=50, regions=[b"11"], need=[1], **inputs)


class TestAdjustments:
    def test_round_needs_and_caps_up_and_floors_down(self):
        need = np.array([0, 1, 999, 1000], dtype=np.int64)
        half = np.full(4, 500, dtype=np.int64)
        assert apply_multipliers(need=need, thousandths=half).tolist() == [0, 1, 500, 500]
        assert caps_for(need=need, thousandths=half).tolist() == [0, 1, 500, 500]
        assert floors_for(need=need, thousandths=half).tolist() == [0, 0, 499, 500]

    @pytest.mark.parametrize("refused", [{"need": NEED_LIMIT + 1}, {"thousandths": -1}])
    def test_refuse_what_is_out_of_bounds(self, refused):
        columns = {"need": 1, "thousandths": 1000} | refused
        with pytest.raises(ValueError, match="must"):
            apply_multipliers(**{name: np.array([value]) for name, value in columns.items()})


class TestFairness:
    def test_measures_those_who_need_something(self):
        claims = claims_of([100, 100, 0, 700], have=[0, 70, 0, 0])
        before = np.array([3, 3, 9, 1], dtype=np.int64)
        shares = share_out(claims=claims, envelope=350, box=50)
        measured = fairness(claims=claims, shares=shares, weeks_without_before=before)
        assert shares.units.tolist() == [50, 0, 0, 300]
        assert (measured.cover_min, measured.cover_median, measured.cover_max) == (300, 350, 490)
        assert measured.shortfall == 50 + 30 + 400
        assert measured.distance_to_optimum == 7
        assert measured.got_nothing == 1
        assert measured.longest_weeks_without == 4

    def test_counts_weeks_in_a_row_without_a_box(self):
        claims = claims_of([100, 100, 0])
        shares = share_out(claims=claims, envelope=100, box=100)
        before = np.array([5, 5, 5], dtype=np.int64)
        after = weeks_without(claims=claims, shares=shares, before=before)
        assert sorted(after.tolist()) == [0, 0, 6]
        assert int(after[2]) == 0

    def test_is_nil_where_nobody_needs_anything(self):
        claims = claims_of([0])
        shares = share_out(claims=claims, envelope=100, box=100)
        measured = fairness(claims=claims, shares=shares, weeks_without_before=claims.need)
        assert measured.got_nothing == measured.cover_max == 0


class TestExplain:
    @pytest.mark.parametrize(
        ("columns", "envelope", "sentence"),
        [
            (
                {"need": [350, 650]},
                620,
                (
                    "Votre besoin est de 350 masques par semaine. L’enveloppe nationale permet de "
                    "porter chaque établissement à 60 % de son besoin : 210, arrondis à 4 boîtes de 50 "
                    "(200). Au total, l’arrondi vous doit 10 unités, reportées à la semaine prochaine."
                ),
            ),
            (
                {"need": [350, 650], "carried": [9_000, 0]},
                620,
                (
                    "Votre besoin est de 350 masques par semaine. L’enveloppe nationale permet de "
                    "porter chaque établissement à 60 % de son besoin : 210, arrondis à 4 boîtes de 50 "
                    "(200). Au total, l’arrondi vous doit 19 unités, reportées à la semaine prochaine."
                ),
            ),
            (
                {"need": [350, 650], "carried": [31_000, 0]},
                620,
                (
                    "Votre besoin est de 350 masques par semaine. L’enveloppe nationale permet de "
                    "porter chaque établissement à 60 % de son besoin : 210, arrondis à 5 boîtes de 50 "
                    "(250). Au total, l’arrondi vous a avancé 9 unités, déduites des prochains "
                    "arrondis."
                ),
            ),
            (
                {"need": [1000, 1000], "floor": [800, 0]},
                1000,
                (
                    "Votre besoin est de 1\u202f000 masques par semaine. L’enveloppe nationale ne "
                    "permettrait que 20 % du besoin : vous recevez le plancher garanti à votre "
                    "catégorie, 16 boîtes de 50 (800)."
                ),
            ),
            (
                {"need": [100, 100], "have": [80, 0]},
                100,
                (
                    "Votre besoin est de 100 masques par semaine, et votre stock déclaré compte pour 80. "
                    "L’enveloppe nationale permet de porter chaque établissement à 90 % de son besoin, "
                    "stock compris : 10, ce qui ne fait pas encore une boîte de 50. Au total, l’arrondi "
                    "vous doit 10 unités, reportées à la semaine prochaine."
                ),
            ),
            (
                {"need": [100, 100], "have": [300, 0]},
                100,
                (
                    "Votre besoin est de 100 masques par semaine, et votre stock déclaré compte pour 300. "
                    "Ce stock couvre déjà les 100 % du besoin que l’enveloppe nationale permet "
                    "d’assurer à chacun : votre contingent est nul."
                ),
            ),
            (
                {"need": [20, 100]},
                1000,
                (
                    "Votre besoin est de 20 masques par semaine. L’enveloppe nationale suffit à vous "
                    "servir jusqu’à votre plafond, complété à la boîte entière : 1 boîte de 50 (50)."
                ),
            ),
            (
                {"need": [100, 300], "floor": [100, 300]},
                200,
                (
                    "Votre besoin est de 100 masques par semaine. L’enveloppe nationale ne suffit pas "
                    "à assurer tous les planchers : ils sont partagés selon la même règle, et votre "
                    "part est de 1 boîte de 50 (50)."
                ),
            ),
            (
                {"need": [100, 100], "floor": [0, 100]},
                100,
                (
                    "Votre besoin est de 100 masques par semaine. L’enveloppe nationale ne laisse "
                    "rien à répartir pour vous cette semaine : votre contingent est nul."
                ),
            ),
            (
                {"need": [51, 49]},
                100,
                (
                    "Votre besoin est de 51 masques par semaine. L’enveloppe nationale permet de "
                    "porter chaque établissement à 100 % de son besoin : 51, arrondis à 1 boîte de "
                    "50 (50). Au total, l’arrondi vous doit 1 unité, reportée à la semaine "
                    "prochaine."
                ),
            ),
            (
                {"need": [49, 51]},
                100,
                (
                    "Votre besoin est de 49 masques par semaine. L’enveloppe nationale permet de "
                    "porter chaque établissement à 100 % de son besoin : 49, arrondis à 1 boîte de "
                    "50 (50). Au total, l’arrondi vous a avancé 1 unité, déduite des prochains "
                    "arrondis."
                ),
            ),
            (
                {"need": [0, 100]},
                200,
                (
                    "La doctrine ne vous reconnaît pas de besoin de masques cette semaine : votre "
                    "contingent est nul."
                ),
            ),
            (
                {"need": [10, 100]},
                0,
                (
                    "Votre besoin est de 10 masques par semaine. L’enveloppe nationale ne laisse rien "
                    "à répartir pour vous cette semaine : votre contingent est nul."
                ),
            ),
        ],
    )
    def test_says_why(self, columns, envelope, sentence):
        need = columns.pop("need")
        claims = claims_of(need, **columns)
        shares = share_out(claims=claims, envelope=envelope, box=50)
        line = line_at(claims=claims, shares=shares, index=0)
        said = explain(line=line, article="masques")
        assert said.replace("\u00a0", " ") == sentence


class TestFairShareByHand:
    def test_is_worked_out_as_the_document_says(self):
        """The table of `docs/fair-share.md`."""
        claims = claims_of(
            [350, 650, 30, 120, 200],
            floor=[0, 0, 0, 80, 0],
            cap=[350, 650, 30, 120, 60],
            carried=[0, 9_000, 25_000, 0, 0],
        )
        shares = share_out(claims=claims, envelope=820, box=50)
        assert shares.level == (60, 103)
        assert shares.exact.tolist() == [203_883, 378_640, 17_475, 100_000, 100_000]
        assert shares.units.tolist() == [200, 350, 50, 100, 100]
        assert shares.carried_next.tolist() == [3_883, 37_640, -7_525, 0, 0]
        words = [Reason(code).name.lower() for code in shares.reason.tolist()]
        assert words == ["at_level", "at_level", "at_level", "at_floor", "at_cap"]
        assert shares.unallocated == 20
