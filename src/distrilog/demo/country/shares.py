"""Sharing a whole number exactly: largest remainders."""

from collections.abc import Sequence


def share(*, total: int, weights: Sequence[int]) -> list[int]:
    """
    Share a total in proportion to whole weights; the parts sum to the total.

    The largest remainders get what rounding down left; ties go to the first. All weights zero: all
    parts are zero, and the total must be too.
    """
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to share among")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place)
    )
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def share_with_floor(*, total: int, weights: Sequence[int], floor: int) -> list[int]:
    """Share a total so that each part gets at least a floor, lowered where there is not enough."""
    if not weights:
        return []
    floor = min(floor, total // len(weights))
    rest = share(total=total - floor * len(weights), weights=weights)
    return [floor + part for part in rest]
