"""From needs and volumes to the rows of a plan: arrays in one pass, rows by COPY, whatever the number of facilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from distrilog.domain.distribution import rules
from distrilog.domain.distribution.models import Endowment, Plan, PlanShare
from distrilog.domain.quotas.rules import UNITS_LIMIT, Claims, Shares, share_out


Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """
    What those a plan serves ask for of one family, as columns, those of one platform together. Units; `carried` in thousandths.

    `need` is `by_doctrine` as it was changed; `given` and `already` count as there; `missing` is made up for last; `floor` is of the
    need, before what is there.
    """

    ids: Integers
    keys: NDArray[np.bytes_]
    territories: NDArray[np.str_]
    by_doctrine: Integers
    need: Integers
    given: Integers
    already: Integers
    missing: Integers
    floor: Integers
    carried: Integers

    def claims(self, *, week: str, family: str) -> Claims:
        """Return it as claims: a floor and a cap are lowered by what is there."""
        have = np.minimum(self.given + self.already, UNITS_LIMIT)
        return Claims.of(
            week=week,
            family=family,
            keys=self.keys,
            need=self.need,
            have=have,
            floor=np.maximum(self.floor - have, 0),
            cap=np.maximum(self.need + self.missing - have, 0),
            carried=self.carried,
        )


def write_family(
    plan: Plan, *, family: str, sources: Mapping[str, int], box: int, asked: Asked
) -> PlanShare:
    """Share a family out and write its share, its lines and its endowments; what fills no box of a source stays there."""
    claims = asked.claims(week=plan.week, family=family)
    given = {source: units - units % box for source, units in sorted(sources.items())}
    shares = share_out(claims=claims, envelope=sum(given.values()), box=box)
    codes, platforms = np.unique(asked.territories, return_inverse=True)
    totals = np.zeros(len(codes), dtype=np.int64)
    np.add.at(totals, platforms, shares.units)
    split = rules.by_source(totals=totals, volumes=list(given.values()), box=box)
    share = PlanShare.objects.create(
        plan=plan,
        family_id=family,
        box_units=box,
        envelope=sum(sources.values()),
        need=int(claims.need.sum()),
        shared=int(shares.units.sum()),
        level_numerator=shares.level[0],
        level_denominator=shares.level[1],
        floors_short=shares.floors_short,
    )
    _copy_lines(plan, family=family, asked=asked, claims=claims, shares=shares)
    Endowment.objects.bulk_create(
        Endowment(plan=plan, territory_id=code, family_id=family, source_id=source, units=units)
        for source, column in zip(given, split, strict=True)
        for code, units in zip(codes.tolist(), column.tolist(), strict=True)
        if units
    )
    return share


_COPY: Final = """
    COPY distribution_planline (plan_id, family_id, territory_id, facility_id, need_doctrine, need, given, already, missing, floor,
        computed, changed, reason, carried) FROM STDIN
"""


def _copy_lines(plan: Plan, *, family: str, asked: Asked, claims: Claims, shares: Shares) -> None:
    """Write a line each; their floor is what they were given of it where the floors were shared."""
    floor = np.minimum(-(-claims.floor // shares.box) * shares.box, shares.units)
    numbers = (
        asked.ids,
        asked.by_doctrine,
        asked.need,
        asked.given,
        asked.already,
        asked.missing,
        floor,
        shares.units,
        np.zeros_like(shares.units),
        shares.reason,
        shares.carried_next,
    )
    start = f"{plan.pk}\t{family}\t"
    columns = [asked.territories.tolist(), *(column.tolist() for column in numbers)]
    # One block of text: a call a row costs more than the rows.
    rows = "".join([start + "\t".join(map(str, row)) + "\n" for row in zip(*columns, strict=True)])
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(rows)
