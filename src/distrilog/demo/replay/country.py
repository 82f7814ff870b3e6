"""The country of a replay: the demonstration's, whole, or a part of it in which every platform still serves somebody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from distrilog.demo.country.generate import DEFAULT_SEED, Cell, Table, generate
from distrilog.demo.country.load import load_tables


_OF_FACILITIES: Final = frozenset({"capacity", "staff", "attachment", "address"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many facilities are there, of how many that the country has, and the staff of both."""

    facilities: int
    of: int
    staff: int
    staff_of: int

    @property
    def whole(self) -> bool:
        """Tell whether it is the whole country."""
        return self.facilities == self.of

    @property
    def per_mille(self) -> int:
        """The part of the country that is there, by its staff, in thousandths, at least one."""
        return max(1, 1000 * self.staff // self.staff_of)


def load_part(*, facilities: int | None, say: Callable[[str], object]) -> Loaded:
    """Load so many facilities of the demonstration country, platforms first; None for all."""
    whole = without_pharmacies(generate(seed=DEFAULT_SEED))
    part = part_of(whole, facilities=facilities)
    load_tables(part, mark=None, say=say)
    return Loaded(
        facilities=len(_rows(part)),
        of=len(_rows(whole)),
        staff=_staff(part),
        staff_of=_staff(whole),
    )


def _staff(tables: Sequence[Table]) -> int:
    rows = next(table.rows for table in tables if table.name == "staff")
    return sum(int(str(row[2])) for row in rows)


def without_pharmacies(tables: Sequence[Table]) -> Sequence[Table]:
    """Leave out the pharmacies: wholesalers serve them, no plan and no quota does."""
    groups = {row[0]: row[2] for table in tables if table.name == "category" for row in table.rows}
    kept = {row[0] for row in _rows(tables) if groups[row[3]] != "pharmacy"}
    return [_within(table, kept) for table in tables]


def part_of(tables: Sequence[Table], *, facilities: int | None) -> Sequence[Table]:
    """Keep the platforms and facilities drawn among the others, always the same, with all that is said of them."""
    numbers = [row[0] for row in _rows(tables)]
    if facilities is None or facilities >= len(numbers):
        return tables
    platforms = {row[3] for table in tables if table.name == "territory" for row in table.rows}
    others = [number for number in numbers if number not in platforms]
    drawn = Random(DEFAULT_SEED).sample(others, max(0, facilities - len(platforms)))  # noqa: S311 - the same part every time
    kept = platforms | set(drawn)
    return [_within(table, kept) for table in tables]


def _rows(tables: Sequence[Table]) -> Sequence[Sequence[Cell]]:
    return next(table.rows for table in tables if table.name == "facility")


def _within(table: Table, kept: set[Cell]) -> Table:
    if table.name != "facility" and table.name not in _OF_FACILITIES:
        return table
    column = table.columns.index("id" if table.name == "facility" else "facility_id")
    rows = [row for row in table.rows if row[column] in kept]
    return Table(name=table.name, columns=table.columns, rows=rows)
