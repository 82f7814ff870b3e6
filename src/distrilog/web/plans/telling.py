"""Plans in words: where one stands, what waits, and who does it next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries.plans import PlanRow
from distrilog.web.shared import format as french


State = Plan.State
STEPS = (
    (State.DRAFT, "Préparé"),
    (State.SHARED, "Chez les ARS"),
    (State.FROZEN, "Arrêté"),
    (State.SENT, "Envoyé"),
)
_TAGS = {State.SHARED: "tension", State.FROZEN: "tension", State.SENT: "good", State.DRAFT: "late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a plan stands: a title, what happens next, and whether the reader is the one to act."""

    title: str
    more: str
    mine: bool
    open: bool


def stage_of(plan: Plan, *, actor: Actor, at: datetime) -> Stage:
    """Say where a plan stands, for this reader."""
    until = french.moment(plan.freezes_at)
    match plan.state:
        case State.DRAFT:
            author = plan.prepared_by == actor.by
            more = (
                "Vous l’avez préparé : une autre personne le transmet."
                if author
                else "Vérifiez l’effet, puis transmettez-le aux agences."
            )
            return Stage(
                title="Brouillon : à transmettre par une autre personne",
                more=more,
                mine=actor.may(Deed.PLAN_SHARE) and not author,
                open=False,
            )
        case State.SHARED if at < plan.freezes_at:
            return Stage(
                title=f"À ajuster jusqu’au {until}",
                more="Chaque agence ajuste à l’intérieur du total de ses plateformes. Ensuite, plus rien ne change.",
                mine=actor.may(Deed.PLAN_ADJUST),
                open=True,
            )
        case State.SHARED:
            return Stage(
                title=f"L’ajustement est clos depuis le {until}",
                more="Le plan s’arrête de lui-même dans les minutes qui viennent.",
                mine=False,
                open=False,
            )
        case State.FROZEN:
            return Stage(
                title="Arrêté : à envoyer aux plateformes",
                more="Plus rien ne change. L’envoi fait partir les lots, ceux qui périment d’abord.",
                mine=actor.may(Deed.PLAN_SHARE),
                open=False,
            )
        case State.SENT:
            return Stage(
                title="Envoyé aux plateformes",
                more=f"Remis aux établissements à partir du {french.day(plan.delivers_on)}.",
                mine=False,
                open=True,
            )
        case _:
            return Stage(
                title="Abandonné", more="Rien n’est parti de ce plan.", mine=False, open=False
            )


def name_of(plan: Plan) -> str:
    """Name a plan: its title, its programme, or its rank in the week."""
    if plan.title:
        return plan.title
    if plan.programme:
        return plan.programme.title
    rank = "" if plan.number == 1 else f" n° {plan.number}"
    kind = "Dotation de continuité" if plan.fallback else "Dotation hebdomadaire"
    return f"{kind}{rank}"


def tag_of(plan: Plan) -> str:
    """Return the colour of a plan's state."""
    return _TAGS.get(State(plan.state), "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A plan in a list."""

    row: PlanRow
    name: str
    tag: str
    stage: Stage
    what: str

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.row.plan


def row_of(row: PlanRow, *, families: Mapping[str, Family], actor: Actor, at: datetime) -> Row:
    """Return a plan as a list shows it."""
    return Row(
        row=row,
        name=name_of(row.plan),
        tag=tag_of(row.plan),
        stage=stage_of(row.plan, actor=actor, at=at),
        what=what_of(row.units, families),
    )


MOST_TOLD = 2


def what_of(units: Mapping[str, int], families: Mapping[str, Family]) -> str:
    """Write « masques chirurgicaux, 120 boîtes ; FFP2, 40 boîtes »; beyond two, how many articles and boxes."""
    parts = [
        (family, units[code] // family.box_units)
        for code, family in families.items()
        if units.get(code)
    ]
    if not parts:
        return "rien"
    if len(parts) > MOST_TOLD:
        boxes = sum(count for _, count in parts)
        return f"{french.plural(len(parts), 'article')}, {french.plural(boxes, 'boîte')}"
    return " ; ".join(
        f"{family.plural}, {french.plural(count, 'boîte')}" for family, count in parts
    )


def steps_of(plan: Plan) -> Sequence[tuple[str, str]]:
    """Return the steps of a plan's life with their place: done, current or to come; nothing for an abandoned one."""
    states = [state for state, _ in STEPS]
    if plan.state not in states:
        return []
    now = states.index(State(plan.state))
    places = ["done" if rank < now else "current" if rank == now else "next" for rank in range(4)]
    return [(words, place) for (_, words), place in zip(STEPS, places, strict=True)]
