"""What is told of a request: what it waits for, who helps and how far that is, its life in order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Department
from distrilog.domain.resupply.models import Loan
from distrilog.domain.resupply.queries import (
    ClockView,
    LineView,
    PartView,
    RequestRow,
    RequestView,
)
from distrilog.domain.resupply.rules import STEP_NAMES, Kind, PartState, Step
from distrilog.kernel.weeks import PARIS
from distrilog.web.shared import format as french


METRES: Final = 1000
# What is awaited, each a feminine noun: « décision de l’ARS attendue avant… ».
AWAITED: Final[Mapping[str, str]] = {
    Step.ANSWER: "réponse des voisins",
    Step.DECIDE: "décision de l’ARS",
    Step.VALIDATE: "validation du centre de crise",
    Step.SEND: "remise ou expédition",
    Step.RECEIVE: "confirmation de réception",
}
_HERE_OR_COMING: Final = frozenset(
    {PartState.TO_VALIDATE, PartState.CHOSEN, PartState.SENT, PartState.RECEIVED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A step that runs: what is awaited, of how many, before when in words; `signalled` when the next level knows."""

    words: str
    when: str
    late: bool
    count: int = 1
    signalled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing in the life of a request, that happened or will."""

    words: str
    when: str = ""
    more: str = ""
    later: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSeen:
    """A part as pages show it: who gives, how much, how far away, what more is known, where it leads."""

    part: PartView
    family: Family
    box_units: int
    told: str
    who: str
    away: str
    more: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line as pages show it: what is asked, and granted, and by whom."""

    line: LineView
    family: Family
    told: str
    granted_words: str
    parts: Sequence[PartSeen]

    @property
    def bar(self) -> str:
        """What the bar shows."""
        return f"{self.family.plural} : part accordée de ce qui est demandé"


def zones() -> dict[str, ZoneInfo]:
    """Return the clocks of each department. One query."""
    rows = Department.objects.values_list("code", "zone__time_zone")
    return {code: ZoneInfo(name) for code, name in rows}


def zone_of(department: str) -> ZoneInfo:
    """Return the clocks of a department, those of Paris for an unknown one. One query."""
    name = (
        Department.objects.filter(pk=department).values_list("zone__time_zone", flat=True).first()
    )
    return ZoneInfo(name) if name else PARIS


def own_zone(actor: Actor) -> ZoneInfo:
    """Return the clocks on the wall of whoever acts: its facility’s, or Paris. One query at most."""
    if actor.facility_id is None:
        return PARIS
    department = Department.objects.filter(facilities=actor.facility_id)
    name = department.values_list("zone__time_zone", flat=True).first()
    return ZoneInfo(name) if name else PARIS


def families_by_code() -> dict[str, Family]:
    """Return the families in their order. One query."""
    return {family.code: family for family in Family.objects.order_by("position", "code")}


def before(value: datetime, zone: ZoneInfo) -> str:
    """Write « le mardi 10 novembre à 14 h », a moment to be early for."""
    return f"le {french.end_moment(value, zone)}"


def away(metres: int | None) -> str:
    """Write « 4 km », « 800 m »; empty where nobody knows."""
    if metres is None:
        return ""
    if metres < METRES:
        return f"{metres}{french.HARD}m"
    return f"{french.number(round(metres / METRES))}{french.HARD}km"


def waits_of(clocks: Iterable[ClockView], zone: ZoneInfo) -> list[Wait]:
    """Return what runs, the soonest first; several of one step are one, counted."""
    running = sorted(
        (each for each in clocks if each.done_at is None), key=lambda each: each.due_at
    )
    counts = Counter(each.step for each in running)
    first = {each.step: each for each in reversed(running)}
    return [
        _wait(each, zone, count=counts[each.step]) for each in running if first[each.step] is each
    ]


def _wait(clock: ClockView, zone: ZoneInfo, *, count: int) -> Wait:
    told = clock.escalated_at
    return Wait(
        words=AWAITED[clock.step],
        when=before(clock.due_at, zone),
        late=clock.late,
        count=count,
        signalled=f"Retard signalé à l’échelon supérieur {french.moment(told, zone)}."
        if told
        else "",
    )


def wait_of_row(row: RequestRow, zone: ZoneInfo) -> list[Wait]:
    """Return what a row of a list waits for first; nothing once it ended."""
    if row.due_at is None:
        return []
    step = next(step for step, name in STEP_NAMES.items() if name == row.next_step)
    return [Wait(words=AWAITED[step], when=before(row.due_at, zone), late=row.late)]


def holds(row: RequestRow, families: Mapping[str, Family]) -> str:
    """Write « masques FFP2, 4 boîtes ; gants, 2 boîtes »."""
    return f"{french.THIN}; ".join(
        f"{families[code].plural}, {french.plural(units // families[code].box_units, 'boîte')}"
        for code, units, _granted in row.lines
    )


def lines_of(
    asked: RequestView, families: Mapping[str, Family], *, opens_orders: bool = True
) -> list[LineSeen]:
    """Return the lines of a request; `opens_orders`: the reader may open what carries a part."""
    return [_line(line, families[line.family], opens_orders) for line in asked.lines]


def _line(line: LineView, family: Family, opens_orders: bool) -> LineSeen:  # noqa: FBT001
    def told(units: int) -> str:
        return french.in_boxes(units, family, box_units=line.box_units)

    if not line.granted:
        granted = "Rien d’accordé encore."
    elif line.left:
        granted = f"Accordé : {told(line.granted)}. Manque encore {told(line.left)}."
    else:
        granted = f"Tout est accordé{', tout est reçu' if line.received >= line.units else ''}."
    return LineSeen(
        line=line,
        family=family,
        told=told(line.units),
        granted_words=granted,
        parts=[
            part_seen(part, family, box_units=line.box_units, opens_orders=opens_orders)
            for part in line.parts
        ],
    )


def part_seen(
    part: PartView, family: Family, *, box_units: int, opens_orders: bool = True
) -> PartSeen:
    """Return a part as pages show it."""
    return PartSeen(
        part=part,
        family=family,
        box_units=box_units,
        told=french.in_boxes(part.units, family, box_units=box_units),
        who=part.giver,
        away=away(part.metres),
        more=_more(part),
        links=list(_links(part, opens_orders=opens_orders)),
    )


def _more(part: PartView) -> str:
    if part.state in {PartState.DECLINED, PartState.REFUSED, PartState.CANCELLED}:
        return part.reason
    if part.kind == Kind.NEIGHBOUR and part.terms:
        return terms_words(part)
    return ""


def terms_words(part: PartView) -> str:
    """Write « prêt, à rendre avant le 30 novembre 2020 », « don »."""
    if part.terms == Loan.Terms.GIFT:
        return "don"
    return f"prêt, à rendre avant le {french.day(part.return_by)}" if part.return_by else "prêt"


def _links(part: PartView, *, opens_orders: bool) -> Iterator[tuple[str, str]]:
    if part.order and opens_orders:
        yield "Suivre la commande", reverse("facility:order-detail", args=[part.order])
    if part.loan and part.state in {PartState.CHOSEN, PartState.SENT, PartState.RECEIVED}:
        yield "Voir le bon", reverse("resupply:loan", args=[part.loan])


def life_of(
    asked: RequestView, families: Mapping[str, Family], zone: ZoneInfo, *, insider: bool = False
) -> list[Happening]:
    """
    Return the life of a request: what happened, in order, then what is awaited, the soonest first.

    `insider`: whoever decides also reads how many neighbours were asked.
    """
    done = [(asked.asked_at, Happening(words="Demande envoyée"))]
    done += _neighbours(asked) if insider else ()
    if asked.decided_at and asked.state != "refused":
        decided = Happening(words="Décision de l’ARS", more=asked.answer)
        done.append((asked.decided_at, decided))
    parts = {part.id: (part, families[line.family]) for line in asked.lines for part in line.parts}
    for clock in asked.clocks:
        if clock.done_at and clock.part in parts:
            part, family = parts[clock.part]
            if words := _done_words(clock, part, family):
                done.append((clock.done_at, Happening(words=words, more=_reason(clock, part))))
    if asked.closed_at:
        done.append((asked.closed_at, _end(asked)))
    done.sort(key=lambda pair: pair[0])
    told = [
        Happening(words=each.words, when=french.moment(at, zone), more=each.more)
        for at, each in done
    ]
    return told + [
        Happening(
            words=french.sentence(wait.words), when=f"avant {wait.when}", later=True, late=wait.late
        )
        for wait in waits_of(asked.clocks, zone)
    ]


def _neighbours(asked: RequestView) -> Iterator[tuple[datetime, Happening]]:
    """Yield when neighbours were asked, and each that said yes."""
    started = [each for each in asked.clocks if each.step == Step.ANSWER]
    if started:
        count = len(started)
        words = f"{french.plural(count, 'voisin')} {'sollicités' if count > 1 else 'sollicité'}"
        yield min(each.started_at for each in started), Happening(words=words)


def _done_words(clock: ClockView, part: PartView, family: Family) -> str:
    """Say what the end of a step was; empty where it only stopped being awaited."""
    if clock.step == Step.ANSWER and part.loan:
        return f"{part.giver} propose son aide ({family.plural})"
    if clock.step == Step.VALIDATE:
        if part.state == PartState.REFUSED:
            return f"Stock de l’État refusé ({family.plural})"
        return f"Stock de l’État validé ({family.plural})" if part.state in _HERE_OR_COMING else ""
    if clock.step == Step.SEND and part.state in {PartState.SENT, PartState.RECEIVED}:
        deed = "Expédié" if part.order else "Remis"
        return f"{deed} : {family.plural}, {part.giver}"
    if clock.step == Step.RECEIVE and part.state == PartState.RECEIVED:
        return f"Reçu : {family.plural}, {part.giver}"
    return ""


def _reason(clock: ClockView, part: PartView) -> str:
    return part.reason if clock.step == Step.VALIDATE else ""


def _end(asked: RequestView) -> Happening:
    if asked.state == "refused":
        return Happening(words="Demande refusée par l’ARS", more=asked.answer)
    if asked.state == "cancelled":
        return Happening(words="Demande retirée")
    return Happening(words="Demande soldée")
