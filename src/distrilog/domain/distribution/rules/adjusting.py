"""What an agency may change of a plan: within its platform's total, by whole boxes, above the floors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from distrilog.kernel.refusals import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A line of a platform and what an adjustment would make of it. Units; `floor` is the least it keeps."""

    registry: str
    name: str
    units: int
    change: int
    floor: int

    @property
    def after(self) -> int:
        """Units of the line once adjusted."""
        return self.units + self.change


def adjustment_faults(*, moved: Sequence[Moved], box: int) -> Iterator[Fault]:
    """Yield everything that is wrong with an adjustment of one family at one platform, in French."""
    total = sum(each.change for each in moved)
    if total:
        more = "de trop" if total > 0 else "de moins"
        yield Fault(
            where="total",
            message=f"L’ajustement compte {abs(total)} unités {more} : le total de la plateforme ne change pas.",
            remedy="Reprendre à un établissement ce qui est donné à un autre.",
            values={"over": total},
        )
    if not any(each.change for each in moved):
        yield Fault(where="total", message="Cet ajustement ne change rien.")
    for each in moved:
        yield from _line_faults(each, box=box)


def _line_faults(moved: Moved, *, box: int) -> Iterator[Fault]:
    where = f"lines.{moved.registry}"
    if moved.change % box:
        yield Fault(
            where=where,
            message=f"{moved.name} : {abs(moved.change)} unités ne font pas des boîtes entières de {box}.",
            remedy="Ajuster par boîtes.",
        )
    if moved.after < 0:
        yield Fault(
            where=where,
            message=f"{moved.name} : il n’a que {moved.units} unités dans ce plan.",
            remedy="Reprendre moins.",
        )
    elif moved.after < moved.floor and moved.change < 0:
        yield Fault(
            where=where,
            message=f"{moved.name} : il resterait {moved.after} unités, sous le plancher de {moved.floor}.",
            remedy=f"Lui laisser au moins {_boxes(-(-moved.floor // box))}.",
            values={"floor": moved.floor, "left": moved.after},
        )


def _boxes(count: int) -> str:
    return f"{count} boîte{'s' if count > 1 else ''}"
