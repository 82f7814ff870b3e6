"""The procedure in force, the life of a part line by line, and the matching against all possible ones."""

from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from distrilog.domain.resupply.rules import (
    PROCEDURES,
    Asking,
    Change,
    Kind,
    Lending,
    PartState,
    Step,
    Urgency,
    match,
    next_state,
    procedure,
    procedure_named,
)
from distrilog.domain.resupply.rules.matching import metres_between, pairs_within, solve, worths


class TestProcedure:
    def test_asks_the_state_alone_until_october_the_eighth(self):
        before, since = procedure(on=date(2020, 10, 7)), procedure(on=date(2020, 10, 8))
        assert (before.kinds, before.validated) == ((Kind.STATE,), False)
        assert (since.kinds, since.validated) == (tuple(Kind), True)

    def test_is_the_first_one_before_all(self):
        assert procedure(on=date(2019, 1, 1)) == PROCEDURES[0]

    def test_is_found_by_its_code(self):
        assert [procedure_named(each.code) for each in PROCEDURES] == list(PROCEDURES)

    def test_gives_each_step_less_time_the_more_urgent_it_is(self):
        for each, step in product(PROCEDURES, Step):
            today, days, week = (each.due(step, urgency) for urgency in Urgency)
            assert timedelta(0) < today < days < week


LIFE = """
    offer    proposed                                    offered
    decline  proposed offered chosen                     declined
    choose   offered                                     chosen
    accept   to_validate                                 chosen
    refuse   to_validate                                 refused
    send     chosen                                      sent
    receive  sent                                        received
    cancel   proposed offered to_validate chosen sent    cancelled
"""


class TestNextState:
    def test_lets_these_changes_be_made_and_no_others(self):
        allowed = {}
        for line in LIFE.split("\n"):
            if words := line.split():
                change, *froms, after = words
                allowed |= {(change, each): after for each in froms}
        found = {
            (change.value, state.value): after.value
            for change, state in product(Change, PartState)
            if (after := next_state(state=state, change=change)) is not None
        }
        assert found == allowed


def asking(key, boxes, *, north=0.0, rank=1):
    return Asking(key=key, boxes=boxes, rank=rank, latitude=48 + north, longitude=2)


def lending(key, boxes, *, north=0.0, kilometres=100):
    return Lending(key=key, boxes=boxes, latitude=48 + north, longitude=2, metres=kilometres * 1000)


def flows(askings, lendings, **values):
    found = match(askings=askings, lendings=lendings, **values)
    return {(flow.asking, flow.lending): flow.boxes for flow in found}


class TestMetresBetween:
    @pytest.mark.parametrize(
        ("here", "there", "metres"),
        [
            ((48.8566, 2.3522), (45.7640, 4.8357), 391_500),  # Paris, Lyon
            ((48.8566, 2.3522), (48.8566, 2.3522), 0),
            ((-20.88, 55.45), (-21.34, 55.48), 51_250),  # Saint-Denis, Saint-Pierre (La Réunion)
        ],
    )
    def test_is_the_great_circle(self, here, there, metres):
        found = metres_between(
            latitudes=np.array([here[0]]),
            longitudes=np.array([here[1]]),
            other_latitudes=np.array([there[0]]),
            other_longitudes=np.array([there[1]]),
        )
        assert found[0] == pytest.approx(metres, abs=500)


class TestMatch:
    def test_asks_the_nearest_first(self):
        found = flows([asking(1, 5)], [lending(7, 3, north=0.1), lending(8, 9, north=0.2)])
        assert found == {(1, 7): 3, (1, 8): 2}

    def test_leaves_the_nearest_to_who_has_no_other(self):
        askings = [asking(1, 3), asking(2, 3, north=0.3)]
        lendings = [
            lending(7, 3, north=0.1, kilometres=100),
            lending(8, 3, north=-0.1, kilometres=15),
        ]
        assert flows(askings, lendings) == {(1, 8): 3, (2, 7): 3}

    def test_serves_the_most_urgent_before_it_serves_more(self):
        askings = [asking(1, 4, rank=2), asking(2, 4, rank=0, north=0.5)]
        assert flows(askings, [lending(7, 5)]) == {(1, 7): 1, (2, 7): 4}

    def test_stays_within_the_radius_of_the_lender(self):
        assert flows([asking(1, 5)], [lending(7, 5, north=0.2, kilometres=20)]) == {}
        assert flows([asking(1, 5)], [lending(7, 5, north=0.2, kilometres=23)]) == {(1, 7): 5}

    def test_leaves_excluded_pairs_out(self):
        lendings = [lending(7, 5), lending(8, 5, north=0.2)]
        assert flows([asking(1, 5)], lendings, excluded={(1, 7)}) == {(1, 8): 5}
        askings = [asking(1, 5), asking(2, 5)]
        assert flows(askings, lendings, excluded={(1, 7), (2, 8)}) == {(1, 8): 5, (2, 7): 5}

    def test_has_nothing_to_say_of_nobody(self):
        assert flows([], [lending(7, 5)]) == flows([asking(1, 5)], []) == {}
        assert flows([asking(1, 0)], [lending(7, 5)]) == {}


SPOTS = st.integers(0, 6).map(lambda step: step / 10)
ASKINGS = st.lists(
    st.builds(
        lambda boxes, north, rank: (boxes, north, rank),
        st.integers(1, 3), SPOTS, st.integers(0, 2),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
LENDINGS = st.lists(
    st.tuples(st.integers(1, 3), SPOTS, st.sampled_from([15, 40, 100])), min_size=1, max_size=3
)


def score(found, askings, lendings):
    """Return what a matching is worth: boxes of the most urgent, of the next, of the last; then the distance saved."""
    ranks = {one.key: one.rank for one in askings}
    served = [0, 0, 0]
    far = 0
    for (one, other), boxes in found.items():
        served[ranks[one]] += boxes
        far += boxes * distance(one, other, askings, lendings)
    return (*served, -far)


def distance(one, other, askings, lendings):
    """Return hundreds of metres, rounded up, as the matching weighs them."""
    pairs = pairs_within(
        askings=[each for each in askings if each.key == one],
        lendings=[each for each in lendings if each.key == other],
    )
    return -(-int(pairs.metres[0]) // 100)


def all_matchings(askings, lendings):
    """Yield every matching in whole boxes."""
    pairs = pairs_within(askings=askings, lendings=lendings)
    couples = [
        (askings[int(a)], lendings[int(b)])
        for a, b in zip(pairs.asking, pairs.lending, strict=True)
    ]

    def go(rank, found, asked, held):
        if rank == len(couples):
            yield dict(found)
            return
        one, other = couples[rank]
        most = min(one.boxes - asked.get(one.key, 0), other.boxes - held.get(other.key, 0))
        for boxes in range(most + 1):
            more = found | ({(one.key, other.key): boxes} if boxes else {})
            yield from go(
                rank + 1,
                more,
                asked | {one.key: asked.get(one.key, 0) + boxes},
                held | {other.key: held.get(other.key, 0) + boxes},
            )

    yield from go(0, {}, {}, {})


class TestMatchAgainstAll:
    @settings(max_examples=40, deadline=None)
    @given(askings=ASKINGS, lendings=LENDINGS)
    def test_finds_the_best_there_is(self, askings, lendings):
        wanting = [
            asking(key, boxes, north=north, rank=rank)
            for key, (boxes, north, rank) in enumerate(askings)
        ]
        having = [
            lending(key, boxes, north=north, kilometres=radius)
            for key, (boxes, north, radius) in enumerate(lendings)
        ]
        found = flows(wanting, having)
        best = max(score(each, wanting, having) for each in all_matchings(wanting, having))
        assert score(found, wanting, having) == best


class TestMatchOfMany:
    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), shuffle=st.randoms())
    def test_keeps_within_what_each_asks_and_has_in_any_order(self, seed, shuffle):
        draw = np.random.default_rng(seed)
        wanting = [
            asking(
                key,
                int(draw.integers(1, 30)),
                north=draw.normal(0, 0.5),
                rank=int(draw.integers(3)),
            )
            for key in range(30)
        ]
        having = [
            lending(key, int(draw.integers(1, 20)), north=draw.normal(0, 0.5), kilometres=40)
            for key in range(40)
        ]
        found = flows(wanting, having)
        for one in wanting:
            assert sum(n for (key, _), n in found.items() if key == one.key) <= one.boxes
        for one in having:
            assert sum(n for (_, key), n in found.items() if key == one.key) <= one.boxes
        assert all(boxes > 0 for boxes in found.values())
        shuffle.shuffle(wanting)
        shuffle.shuffle(having)
        assert flows(wanting, having) == found

    @pytest.mark.parametrize("nearest", [1, 2, 8])
    def test_finds_on_few_pairs_what_all_of_them_give(self, nearest):
        draw = np.random.default_rng(7)
        wanting = [
            asking(
                key,
                int(draw.integers(1, 90)),
                north=draw.normal(0, 0.3),
                rank=int(draw.integers(3)),
            )
            for key in range(80)
        ]
        having = [
            lending(key, int(draw.integers(1, 40)), north=draw.normal(0, 0.3), kilometres=50)
            for key in range(120)
        ]
        pairs = pairs_within(askings=wanting, lendings=having)
        given_ = {
            "demand": np.array([one.boxes for one in wanting]),
            "supply": np.array([one.boxes for one in having]),
            "ranks": np.array([one.rank for one in wanting]),
        }
        looked_at, boxes = solve(pairs=pairs, **given_, nearest=nearest)
        whole_pairs, whole_boxes = solve(pairs=pairs, **given_, nearest=pairs.metres.size)
        assert looked_at.metres.size < whole_pairs.metres.size / 2
        assert total(looked_at, boxes, pairs, given_) == total(
            whole_pairs, whole_boxes, pairs, given_
        )


def total(looked_at, boxes, pairs, given_):
    """Return what a matching is worth, weighed as in the whole problem."""
    worth = worths(pairs=pairs, **given_)
    of_pair = {
        (int(a), int(b)): int(w) for a, b, w in zip(pairs.asking, pairs.lending, worth, strict=True)
    }
    return sum(
        of_pair[int(a), int(b)] * int(n)
        for a, b, n in zip(looked_at.asking, looked_at.lending, boxes, strict=True)
    )
