"""Matching of 2,000 requests against 5,000 lenders, beside the same problem put whole to a general solver."""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.measures import ROUNDS, Measure, seconds
from distrilog.domain.resupply.rules import Asking, Flow, Lending, match
from distrilog.domain.resupply.rules.matching import Pairs, pairs_within, worths


REQUESTS: Final = 2000
LENDERS: Final = 5000
TOWNS: Final = 60
RADIUS: Final = 50_000
# Degrees: mainland France, roughly; and how wide a town and its surroundings are.
SOUTH_WEST, NORTH_EAST = (43.0, -1.0), (50.0, 7.0)
SPREAD: Final = 0.35


def resupply_matching() -> dict[str, Measure]:
    """Seconds to match, and the ratio to one linear programme of all the pairs, HiGHS as it comes; both answers compared."""
    askings, lendings = _country()
    match(askings=askings, lendings=lendings)
    found: list[list[Flow]] = []
    values: list[float] = []
    ours, general = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: found.append(match(askings=askings, lendings=lendings))))
        general.append(seconds(lambda: values.append(_general(askings, lendings))))
    lost = values[-1] - _worth(found[-1], askings, lendings)
    boxes = sum(flow.boxes for flow in found[-1])
    return {
        "resupply_matching": Measure(
            value=median(ours),
            unit=f"s for {REQUESTS} requests and {LENDERS} lenders",
            ratio=median(mine / theirs for mine, theirs in zip(ours, general, strict=True)),
            against="the same problem as one general LP: all pairs within the radius, HiGHS by default",
            budget=0.5,
            note=f"{boxes} boxes matched; general LP {median(general):.1f} s; {lost:.0f} lost to it of its worth",
        )
    }


def _country() -> tuple[list[Asking], list[Lending]]:
    """Draw requests and lenders around towns, large and small."""
    draw = np.random.default_rng(20201104)
    towns = draw.uniform(SOUTH_WEST, NORTH_EAST, (TOWNS, 2))
    sizes = draw.pareto(1.2, TOWNS) + 0.2
    sizes /= sizes.sum()

    def spots(count: int) -> NDArray[np.float64]:
        near = towns[draw.choice(TOWNS, count, p=sizes)]
        found: NDArray[np.float64] = near + draw.normal(0, SPREAD, (count, 2))
        return found

    askings = [
        Asking(
            key=key,
            boxes=int(draw.integers(1, 200)),
            rank=int(draw.integers(0, 3)),
            latitude=float(spot[0]),
            longitude=float(spot[1]),
        )
        for key, spot in enumerate(spots(REQUESTS))
    ]
    lendings = [
        Lending(
            key=key,
            boxes=int(draw.integers(1, 100)),
            latitude=float(spot[0]),
            longitude=float(spot[1]),
            metres=RADIUS,
        )
        for key, spot in enumerate(spots(LENDERS))
    ]
    return askings, lendings


def _problem(
    askings: Sequence[Asking], lendings: Sequence[Lending]
) -> tuple[Pairs, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    pairs = pairs_within(askings=askings, lendings=lendings)
    demand = np.array([one.boxes for one in askings], dtype=np.int64)
    supply = np.array([one.boxes for one in lendings], dtype=np.int64)
    ranks = np.array([one.rank for one in askings], dtype=np.int64)
    return pairs, demand, supply, worths(pairs=pairs, demand=demand, supply=supply, ranks=ranks)


def _general(askings: Sequence[Asking], lendings: Sequence[Lending]) -> float:
    """Put every pair to the solver at once; return what its answer is worth."""
    import highspy

    pairs, demand, supply, worth = _problem(askings, lendings)
    count = worth.size
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
    limits = np.concatenate([demand, supply]).astype(np.float64)
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = count, limits.size
    programme.col_cost_ = -worth.astype(np.float64)
    programme.col_lower_, programme.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
    programme.row_lower_, programme.row_upper_ = np.full(limits.size, -highspy.kHighsInf), limits
    programme.a_matrix_.start_ = np.arange(0, 2 * count + 1, 2, dtype=np.int32)
    rows = np.stack([pairs.asking, pairs.lending + demand.size], axis=1)
    programme.a_matrix_.index_ = rows.ravel().astype(np.int32)
    programme.a_matrix_.value_ = np.ones(2 * count)
    solver.passModel(programme)
    solver.run()
    return -float(solver.getInfo().objective_function_value)


def _worth(flows: Sequence[Flow], askings: Sequence[Asking], lendings: Sequence[Lending]) -> float:
    pairs, _demand, _supply, worth = _problem(askings, lendings)
    of_pair = dict(
        zip(
            zip(pairs.asking.tolist(), pairs.lending.tolist(), strict=True),
            worth.tolist(),
            strict=True,
        )
    )
    return float(sum(of_pair[flow.asking, flow.lending] * flow.boxes for flow in flows))
