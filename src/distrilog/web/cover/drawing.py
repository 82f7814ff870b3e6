"""The drawing of cover over time: one line a family, the safety line, the forecast as a band. Geometry; templates draw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from distrilog.domain.declarations.rules.forecast import HORIZON_DAYS, RunOut
from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french


SAFETY_DAYS: Final = 21
TENTHS: Final = 10
# The scale always shows the safety line with air above it, and never more than three months.
LEAST_TOP: Final = 28
MOST_TOP: Final = 91
STEP_DAYS: Final = 7
WEEKS_AHEAD: Final = 5
# A week’s statements come in from Monday to Sunday: its dot lies in the middle.
MIDWEEK: Final = timedelta(days=3)
LABEL_HEIGHT: Final = 16
ROOM_FOR_NAMES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a drawing and the room around its lines, in its own points."""

    width: int
    height: int
    left: int
    right: int
    top: int = 24
    bottom: int = 36
    words_every: int = 1

    @property
    def base(self) -> int:
        """Where zero days lie."""
        return self.height - self.bottom

    @property
    def end(self) -> int:
        """Where the last week lies."""
        return self.width - self.right


WIDE: Final = Frame(width=960, height=320, left=36, right=170)
NARROW: Final = Frame(width=360, height=270, left=30, right=10, words_every=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A family's cover in tenths of a day, week by week; None where nobody said anything."""

    key: str
    name: str
    tenths: Sequence[int | None]
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A week that was said: where it lies and what it says."""

    x: int
    y: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A family as drawn: its path, broken where nothing was said, its dots, and its name at the end."""

    key: str
    name: str
    chosen: bool
    path: str
    dots: Sequence[Dot]
    label_y: int


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
class Chart:
    """A drawing of cover over time, ready for its template; `band` and `middle` are lists of points."""

    frame: Frame
    curves: Sequence[Curve]
    rows: Sequence[Mark]
    columns: Sequence[Mark]
    safety: int
    today: int
    band: str = ""
    middle: str = ""

    @property
    def words_at(self) -> int:
        """Where the words under the drawing stand."""
        return self.frame.base + 22

    @property
    def words_left(self) -> int:
        """Where the words of the scale end."""
        return self.frame.left - 6

    @property
    def names_at(self) -> int:
        """Where the names of the curves begin."""
        return self.frame.end + 10

    @property
    def named(self) -> bool:
        """Tell whether there is room for the names of the curves beside them."""
        return self.frame.right > ROOM_FOR_NAMES

    @property
    def safety_words(self) -> tuple[int, int]:
        """Where the words of the safety line stand: above its beginning."""
        return self.frame.left + 6, self.safety - 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """From days and tenths of a day of cover to points."""

    frame: Frame
    first: date
    last: date
    top_days: int

    def x(self, day: date) -> int:
        """Return where a day lies; nothing is drawn outside the frame."""
        inside = min(max(day, self.first), self.last)
        across = self.frame.end - self.frame.left
        return self.frame.left + across * (inside - self.first).days // self._days

    @property
    def _days(self) -> int:
        return max(1, (self.last - self.first).days)

    def y(self, tenths: int) -> int:
        """Return where a cover lies; what is beyond the scale lies on its edge."""
        top = self.top_days * TENTHS
        high = self.frame.base - self.frame.top
        return self.frame.base - high * min(max(tenths, 0), top) // top


def chart_of(
    *,
    weeks: Sequence[Week],
    series: Sequence[Series],
    run_out: RunOut | None,
    today: date,
    frame: Frame = WIDE,
) -> Chart:
    """Draw families over weeks, the chosen one on top, and when it runs out if nothing arrives."""
    scale = _Scale(
        frame=frame,
        first=weeks[0].monday,
        last=weeks[-1].plus(WEEKS_AHEAD).monday + 2 * MIDWEEK,
        top_days=_top_days(series),
    )
    curves = [_curve(one, weeks=weeks, scale=scale) for one in series]
    band, middle = _ahead(series, run_out, weeks=weeks, scale=scale)
    every = [weeks[0].plus(rank) for rank in range(len(weeks) + WEEKS_AHEAD)]
    return Chart(
        frame=frame,
        curves=_apart(sorted(curves, key=lambda one: one.chosen), frame=frame),
        rows=[
            Mark(at=scale.y(days * TENTHS), words=french.number(days))
            for days in range(0, scale.top_days + 1, _step(scale.top_days))
        ],
        columns=[
            Mark(at=scale.x(week.monday + MIDWEEK), words=f"S{week.number}")
            for rank, week in enumerate(every)
            if rank % frame.words_every == 0
        ],
        safety=scale.y(SAFETY_DAYS * TENTHS),
        today=scale.x(today),
        band=band,
        middle=middle,
    )


def _top_days(series: Sequence[Series]) -> int:
    """Return the top of the scale in days, whole weeks."""
    most = max((tenths for one in series for tenths in one.tenths if tenths is not None), default=0)
    days = -(-most // (TENTHS * STEP_DAYS)) * STEP_DAYS
    return min(max(days, LEAST_TOP), MOST_TOP)


def _step(top_days: int) -> int:
    """Return how many days lie between two lines of the scale."""
    return STEP_DAYS if top_days <= 2 * SAFETY_DAYS else 2 * STEP_DAYS


def _curve(series: Series, *, weeks: Sequence[Week], scale: _Scale) -> Curve:
    dots, pieces, pen = [], [], "M"
    for week, tenths in zip(weeks, series.tenths, strict=True):
        if tenths is None:
            pen = "M"
            continue
        x, y = scale.x(week.monday + MIDWEEK), scale.y(tenths)
        pieces.append(f"{pen}{x} {y}")
        pen = "L"
        words = f"{series.name}, semaine {week.number} : {french.number(tenths / TENTHS)} jours"
        dots.append(Dot(x=x, y=y, words=words))
    return Curve(
        key=series.key,
        name=series.name,
        chosen=series.chosen,
        path="".join(pieces),
        dots=dots,
        label_y=(dots[-1].y if dots else scale.frame.base) + 4,
    )


def _apart(curves: Sequence[Curve], *, frame: Frame) -> list[Curve]:
    """Return the curves with their names moved so that none lies on another."""
    placed: dict[str, int] = {}
    lowest = frame.base + LABEL_HEIGHT
    for one in sorted(curves, key=lambda each: -each.label_y):
        lowest = min(one.label_y, lowest - LABEL_HEIGHT)
        placed[one.key] = lowest
    # What was pushed over the top comes back down, the rest with it.
    shift = max(0, frame.top - min(placed.values(), default=frame.top))
    return [replace(one, label_y=placed[one.key] + shift) for one in curves]


def _ahead(
    series: Sequence[Series], run_out: RunOut | None, *, weeks: Sequence[Week], scale: _Scale
) -> tuple[str, str]:
    """Return the band from the earliest to the latest end of the stock, and the line of the expected one."""
    chosen = next((one for one in series if one.chosen), None)
    if chosen is None or run_out is None or chosen.tenths[-1] is None:
        return "", ""
    begins, tenths = weeks[-1].monday + MIDWEEK, chosen.tenths[-1]
    start = (scale.x(begins), scale.y(tenths))
    early, expected, late = (
        _way_down(begins, tenths, end, scale=scale)
        for end in (run_out.earliest, run_out.expected, run_out.latest)
    )
    band = [start, *late, *reversed(early)]
    return _points(band), _points([start, *expected])


def _way_down(
    begins: date, tenths: int, end: date | None, *, scale: _Scale
) -> list[tuple[int, int]]:
    """Return the points of a stock that is used up at one pace until a day (None: not within a year)."""
    ends = max(end or begins + timedelta(days=HORIZON_DAYS), begins + timedelta(days=1))
    if ends <= scale.last:
        return [(scale.x(ends), scale.y(0)), (scale.x(scale.last), scale.y(0))]
    left = tenths * (ends - scale.last).days // (ends - begins).days
    return [(scale.x(scale.last), scale.y(left))]


def _points(points: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
