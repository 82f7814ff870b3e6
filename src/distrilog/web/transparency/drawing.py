"""The picture of the replay: a bar a week, the doctrine's need as a line, what is printed as diamonds. Geometry; templates draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distrilog.domain.simulation.rules import Chain, WeekOfFamily
from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french


MILLION: Final = 1_000_000
# Of a bar's place, in percent.
BAR_PERCENT: Final = 72
LINES: Final = 5
DIAMOND: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a drawing and the room around its bars, in its own points."""

    width: int
    height: int
    left: int
    right: int = 8
    top: int = 40
    bottom: int = 34
    words_every: int = 2

    @property
    def base(self) -> int:
        """Where zero lies."""
        return self.height - self.bottom

    @property
    def end(self) -> int:
        """Where the last week ends."""
        return self.width - self.right


WIDE: Final = Frame(width=960, height=360, left=64)
NARROW: Final = Frame(width=360, height=300, left=46, words_every=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar: where it stands and what it is (`kind` is a word of the style)."""

    y: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A week as drawn; `words` are its figures."""

    x: int
    width: int
    parts: Sequence[Part]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place on a scale and its words."""

    at: int
    words: str

    @property
    def below(self) -> int:
        """Where words stand that are level with it."""
        return self.at + 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Diamond:
    """A printed figure: the corners of its sign, its words, and the number that stands beside it."""

    points: str
    words: str
    number: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A moment that the picture names: an upright line and words above it."""

    x: int
    words: str
    anchor: str
    line: int

    @property
    def words_x(self) -> int:
        """Where its words begin or end: beside the line."""
        return self.x + (4 if self.anchor == "start" else -4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing of the weeks, ready for its template."""

    frame: Frame
    bars: Sequence[Bar]
    rows: Sequence[Mark]
    columns: Sequence[Mark]
    need: str
    diamonds: Sequence[Diamond]
    events: Sequence[Event]

    @property
    def words_at(self) -> int:
        """Where the words under the drawing stand."""
        return self.frame.base + 20

    @property
    def words_left(self) -> int:
        """Where the words of the scale end."""
        return self.frame.left - 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    frame: Frame
    weeks: Sequence[str]
    top: int

    @property
    def step(self) -> float:
        """How wide a week is."""
        return (self.frame.end - self.frame.left) / len(self.weeks)

    def x(self, week: str) -> float:
        """Return where a week begins."""
        return self.frame.left + self.step * self.weeks.index(week)

    def middle(self, week: str) -> int:
        """Return where its middle lies."""
        return round(self.x(week) + self.step / 2)

    def y(self, units: int) -> int:
        """Return where a number of units lies."""
        high = self.frame.base - self.frame.top
        return self.frame.base - round(high * min(units, self.top) / self.top)


def picture_of(
    *,
    rows: Sequence[WeekOfFamily],
    units: Mapping[str, int],
    needs: bool,
    printed: Iterable[tuple[str, int]] = (),
    events: Iterable[tuple[str, str]] = (),
    frame: Frame = WIDE,
) -> Picture:
    """
    Draw the weeks of one family: `units` is what each week gave, of the country or of a part of it.

    `needs` draws the country's need as a line and splits the bars by source; `printed` are figures by week, `events` words by week.
    """
    known = {row.week: row for row in rows}
    printed = list(printed)
    highest = [*units.values(), *(number for _, number in printed)]
    if needs:
        highest += [row.need for row in rows]
    scale = _Scale(frame=frame, weeks=list(known), top=_top(max(highest, default=1)))
    return Picture(
        frame=frame,
        bars=[_bar(known[week], units[week], scale=scale, split=needs) for week in known],
        rows=[
            Mark(at=scale.y(line), words=_millions(line, top=scale.top))
            for line in range(0, scale.top + 1, scale.top // LINES)
        ],
        columns=[
            Mark(at=scale.middle(week), words=f"S{Week.parse(week).number}")
            for rank, week in enumerate(known)
            if rank % frame.words_every == 0
        ],
        need=_need(rows, scale=scale) if needs else "",
        diamonds=[_diamond(week, number, scale=scale) for week, number in printed if week in known],
        events=_events([(week, words) for week, words in events if week in known], scale=scale),
    )


def _top(most: int) -> int:
    """Return a round top of the scale, of which a fifth is round too."""
    size: int = 10 ** (len(str(most)) - 1)
    halves = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
    return next(size * half // 2 for half in halves if size * half >= 2 * most)


def _millions(units: int, *, top: int) -> str:
    if top < MILLION:
        return french.number(units)
    whole = units / MILLION
    return f"{french.number(round(whole, 1) if whole % 1 else int(whole))} M"


def _bar(row: WeekOfFamily, units: int, *, scale: _Scale, split: bool) -> Bar:
    kinds = [("pull", units)] if row.chain == Chain.PULL else _kinds(row, units, split=split)
    parts, floor = [], 0
    for kind, part in kinds:
        low, high = scale.y(floor), scale.y(floor + part)
        parts.append(Part(y=high, height=low - high, kind=kind))
        floor += part
    width = max(2, round(scale.step * BAR_PERCENT / 100))
    return Bar(
        x=round(scale.x(row.week) + (scale.step - width) / 2),
        width=width,
        parts=parts,
        words=f"Semaine {Week.parse(row.week).number} : {french.number(units)}",
    )


def _kinds(row: WeekOfFamily, units: int, *, split: bool) -> list[tuple[str, int]]:
    company = min(units, row.sources.get("requisition", 0)) if split else 0
    return [("requisition", company), ("push", units - company)] if company else [("push", units)]


def _need(rows: Sequence[WeekOfFamily], *, scale: _Scale) -> str:
    """Return the steps of the need, a level a week."""
    points = []
    for row in rows:
        left, y = scale.x(row.week), scale.y(row.need)
        points += [f"{left:.0f},{y}", f"{left + scale.step:.0f},{y}"]
    return " ".join(points)


def _diamond(week: str, units: int, *, scale: _Scale) -> Diamond:
    x, y = scale.middle(week), scale.y(units)
    corners = ((x, y - DIAMOND), (x + DIAMOND, y), (x, y + DIAMOND), (x - DIAMOND, y))
    return Diamond(
        points=" ".join(f"{left},{top}" for left, top in corners),
        words=f"Imprimé, semaine {Week.parse(week).number} : {french.number(units)}",
        number=french.number(units),
        x=x + 2 * DIAMOND,
        y=y + 4,
    )


def _events(events: Sequence[tuple[str, str]], *, scale: _Scale) -> list[Event]:
    """Put words above the weeks they are of, on two lines in turn, inside the frame."""
    found = []
    for rank, (week, words) in enumerate(events):
        x = round(scale.x(week))
        late = x > (scale.frame.left + scale.frame.end) // 2
        found.append(
            Event(x=x, words=words, anchor="end" if late else "start", line=12 + 16 * (rank % 2))
        )
    return found
