"""
What the demonstration's facilities declare: this week by a file, the weeks before copied as the register is.

Stocks live from week to week: drawn from a first cover, used up, filled again. Departments differ in zeal, in
pressure and in luck, so that the map has something to say; some facilities never say anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from io import StringIO

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.declarations import services as declarations
from distrilog.domain.declarations.models import Declaration, Target, Wave
from distrilog.domain.declarations.services import rolling
from distrilog.domain.declarations.services.enrolling import enrol, seed_rollout
from distrilog.kernel.weeks import PARIS, Week


Say = Callable[[str], None]
Integers = NDArray[np.int64]

WEEKS_BEFORE = 5
SEED = 20201102
# The median days of cover a family begins with, and what a week brings of the week's need, per cent.
FIRST_DAYS = {"surgical_mask": 26, "ffp2": 22, "gown": 15, "glove": 19}
OTHER_DAYS = 30
RICH_DAYS = 120
FILLED_PERCENT = {"gown": 62, "glove": 70}
OTHERWISE_FILLED = 84
NEVER_SAY = 0.05
# Who has said something by the end of a day of the week, Monday first.
SAID_BY_DAY = (0.18, 0.36, 0.52, 0.68, 0.88, 0.93, 0.95)


@dataclass(slots=True, kw_only=True, eq=False)
class Stocks:
    """What the facilities have, one row a target: registry number, family, units in its box, need a week and stock in units."""

    registries: NDArray[np.str_]
    families: NDArray[np.str_]
    box: Integers
    facilities: Integers
    need: Integers
    stock: Integers
    pressure: NDArray[np.float64]
    zeal: NDArray[np.float64]
    random: np.random.Generator

    @property
    def counted(self) -> Integers:
        """What people write down: whole boxes, and units where there is less than one."""
        loose: Integers = np.where(self.stock < self.box, 0, self.stock % self.box)
        counted: Integers = self.stock - loose
        return counted

    def live(self) -> Integers:
        """Use up a week's worth, take in what came, and return what was used, in units."""
        wanted = self.need * self.pressure * self.random.lognormal(-0.1, 0.2, len(self.need))
        used = np.minimum(wanted.astype(np.int64), self.stock)
        filled = _by_family(self.families, FILLED_PERCENT, OTHERWISE_FILLED) / 100
        came = self.need * filled * self.random.lognormal(-0.03, 0.25, len(self.need))
        self.stock = self.stock - used + came.astype(np.int64)
        told: Integers = used - used % np.maximum(1, self.box // 5)
        return told


def declare_weeks(*, week: Week, enrols: Actor, sparing: set[str], at: datetime, say: Say) -> None:
    """
    Ask the country to declare, and have it do so: the weeks before and, as far as the day has come, this one. Once a week.

    `sparing` are the visitor's facilities: rich in masks, and left to declare this week by themselves.
    """
    weeks = [week.plus(-distance) for distance in range(WEEKS_BEFORE, -1, -1)]
    said = set(Declaration.objects.values_list("week", flat=True).distinct())
    if said.issuperset(map(str, weeks)):
        return
    declarations.rebuild_targets(at=at)
    seed_rollout()
    for wave in Wave.objects.order_by("position"):
        enrol(actor=enrols, wave=wave.code, at=at)
    stocks = _first_stocks(rich=sparing)
    for each in weeks:
        used = stocks.live()
        if str(each) in said:
            continue
        say(f"Déclarations de stock de la semaine {each}")
        if each == week:
            _import(stocks, used, week=each, but=sparing, at=at)
        else:
            moment = each.moment(weekday=5, clock=time(16, 0), zone=PARIS)
            _copy(stocks, used, week=each, at=moment)
        rolling.rebuild(week=each, at=at)


def _import(stocks: Stocks, used: Integers, *, week: Week, but: set[str], at: datetime) -> None:
    """Send this week's file, as far as the day of the week has come."""
    says = _who_says(stocks, share=SAID_BY_DAY[at.astimezone(PARIS).weekday()], week=week)
    says &= ~np.isin(stocks.registries, sorted(but))
    text = StringIO()
    text.write("etablissement;famille;stock;consommation\r\n")
    text.writelines(
        f"{registry};{family};{stock};{consumption}\r\n"
        for registry, family, stock, consumption in zip(
            stocks.registries[says].tolist(),
            stocks.families[says].tolist(),
            stocks.counted[says].tolist(),
            used[says].tolist(),
            strict=True,
        )
    )
    declarations.import_file(
        actor=None,
        by="demo",
        name=f"demonstration-{week}.csv",
        content=text.getvalue().encode(),
        week=week,
        confirm=True,
        at=at,
    )


_SAID = """
    CREATE TEMPORARY TABLE demo_said (
        facility_id bigint, family_id text, stock bigint, consumption bigint, need bigint
    ) ON COMMIT DROP
"""
_DECLARATIONS = """
    INSERT INTO declarations_declaration (facility_id, week, version)
    SELECT DISTINCT facility_id, %(week)s, 1 FROM demo_said ORDER BY facility_id
"""
_SUBMISSIONS = """
    INSERT INTO declarations_submission
        (declaration_id, version, digest, channel, declared_by, responsible, declared_at)
    SELECT id, 1, '', 'file', 'demo', '', %(at)s
      FROM declarations_declaration WHERE week = %(week)s ORDER BY id
"""
_STATEMENTS = """
    INSERT INTO declarations_statement
        (declaration_id, version, facility_id, week, family_id, stock, consumption, need, band,
         questioned, current)
    SELECT declaration.id, 1, facility_id, week, family_id, stock, consumption, need, '', false, true
      FROM demo_said JOIN declarations_declaration declaration USING (facility_id)
     WHERE week = %(week)s ORDER BY family_id, facility_id
"""


@transaction.atomic
def _copy(stocks: Stocks, used: Integers, *, week: Week, at: datetime) -> None:
    """Write a week that is over, set-wise."""
    says = _who_says(stocks, share=SAID_BY_DAY[-1], week=week)
    columns = (stocks.facilities, stocks.families, stocks.counted, used, stocks.need)
    with connection.cursor() as cursor:
        cursor.execute(_SAID)
        with cursor.copy("COPY demo_said FROM STDIN") as copy:
            for row in zip(*(column[says].tolist() for column in columns), strict=True):
                copy.write_row(row)
        for statement in (_DECLARATIONS, _SUBMISSIONS, _STATEMENTS):
            cursor.execute(statement, {"week": str(week), "at": at})


def _first_stocks(*, rich: set[str]) -> Stocks:
    rows = list(
        Target.objects.order_by("facility__registry", "family_id").values_list(
            "facility_id",
            "facility__registry",
            "facility__department_id",
            "family_id",
            "family__box_units",
            "need",
        )
    )
    facilities, registries, departments, families, boxes, needs = zip(*rows, strict=True)
    random = np.random.default_rng(SEED)
    need = np.array(needs, dtype=np.int64)
    named = np.array(families, dtype="U20")
    days = _by_family(named, FIRST_DAYS, OTHER_DAYS) * random.lognormal(0, 0.55, len(need))
    codes, place = np.unique(np.array(departments, dtype="U3"), return_inverse=True)
    days *= random.lognormal(0, 0.35, len(codes))[place]
    numbers = np.array(registries, dtype="U20")
    days[np.isin(numbers, sorted(rich)) & (named == "surgical_mask")] = RICH_DAYS
    return Stocks(
        registries=numbers,
        families=named,
        box=np.array(boxes, dtype=np.int64),
        facilities=np.array(facilities, dtype=np.int64),
        need=need,
        stock=(need * days / 7).astype(np.int64),
        pressure=random.uniform(0.72, 1.08, len(codes))[place],
        zeal=random.uniform(0.8, 1.0, len(codes))[place],
        random=random,
    )


def _by_family(
    families: NDArray[np.str_], values: Mapping[str, float], otherwise: float
) -> NDArray[np.float64]:
    codes, place = np.unique(families, return_inverse=True)
    return np.array([values.get(code, otherwise) for code in codes.tolist()], dtype=np.float64)[
        place
    ]


def _who_says(stocks: Stocks, *, share: float, week: Week) -> NDArray[np.bool_]:
    """Tell which rows are of facilities that answer this week."""
    people = np.unique(stocks.facilities)
    # The same facilities never say anything; the others miss a week now and then.
    habit = np.random.default_rng(SEED + 1).random(len(people))
    luck = np.random.default_rng(SEED + week.year * 100 + week.number).random(len(people))
    at = np.searchsorted(people, stocks.facilities)
    return (habit[at] > NEVER_SAY) & (luck[at] < share * stocks.zeal)
