"""From a frozen plan to the platforms: one flow a source, by lot, first expired first; received with its differences."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.distribution.models import Endowment, Flow, FlowLine, Plan
from distrilog.domain.distribution.queries.reach import in_scope, platform_code
from distrilog.domain.distribution.services.deciding import State, locked
from distrilog.domain.distribution.services.holding import reservation_key
from distrilog.domain.facilities.models import Territory
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import Batch, Kind, Status, first_expired_first_out
from distrilog.domain.stock.services import Movement, NotEnoughStock, move
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS


TEXT_LENGTH: Final = 500


@traced("plan envoyé")
@transaction.atomic
def send(*, actor: Actor, plan_id: int, at: datetime) -> list[Flow]:
    """
    Send a frozen plan: one flow a platform and source, in lots, what expires first first. Sent again, nothing changes.

    Raises `NotEnoughStock` where lots in their last days are all that is left: nothing then leaves.
    """
    actor.require(Deed.PLAN_SHARE)
    plan = locked(plan_id, states=[State.FROZEN, State.SENT])
    if plan.state == State.SENT:
        return list(plan.flows.order_by("pk"))
    shelves = _shelves(plan)
    _open_places(plan)
    flows, lines, movements = [], [], []
    for (territory, source), endowments in _by_flow(plan).items():
        flow = Flow.objects.create(
            reference=f"PUSH-{plan.week}-{plan.number}-{territory}-{source}"[:40],
            plan=plan,
            territory_id=territory,
            source_id=source,
            sent_by=actor.by,
            sent_at=at,
        )
        flows.append(flow)
        for endowment in endowments:
            lots = _take(shelves[source, endowment.family_id], units=endowment.units, at=at)
            for lot, units in lots.items():
                lines.append(FlowLine(flow=flow, family=endowment.family, lot_id=lot, sent=units))
                movements.append(_issue(flow, endowment.family_id, lot=lot, units=units))
    # After this point, the sending must succeed.

    FlowLine.objects.bulk_create(lines)
    move(movements=movements, by=actor.by, at=at)
    plan.state, plan.sent_at = State.SENT, at
    plan.save(update_fields=["state", "sent_at"])
    return flows


def _by_flow(plan: Plan) -> dict[tuple[str, str], list[Endowment]]:
    flows: dict[tuple[str, str], list[Endowment]] = {}
    for each in plan.endowments.select_related("family").order_by(
        "territory_id", "source_id", "family_id"
    ):
        flows.setdefault((each.territory_id, each.source_id), []).append(each)
    return flows


Shelf = list[Batch]


def _shelves(plan: Plan) -> dict[tuple[str, str], Shelf]:
    """Return the lots that each source can send of each family, kept from others."""
    pairs = sorted(set(plan.endowments.values_list("source_id", "family_id")))
    families: defaultdict[str, list[str]] = defaultdict(list)
    for source, family in pairs:
        families[source].append(family)
    return {
        (source, family): list(found)
        for source, some in families.items()
        for family, found in stock.batches(place=source, families=some, lock=True).items()
    }


def _take(shelf: Shelf, *, units: int, at: datetime) -> dict[int, int]:
    """Take units off a shelf, what expires first first, or refuse."""
    on = at.astimezone(PARIS).date()
    lots = first_expired_first_out(units=units, batches=shelf, on=on)
    there = sum(lots.values())
    if there < units:
        raise NotEnoughStock(
            Fault(
                where="units",
                message=f"Il ne reste que {there} unités à envoyer sur {units}.",
                remedy="Attendre une arrivée, ou abandonner ce plan et en préparer un autre.",
                values={"asked": units, "left": there},
            )
        )
    shelf[:] = [
        Batch(
            lot=batch.lot, units=batch.units - lots.get(batch.lot, 0), expires_on=batch.expires_on
        )
        for batch in shelf
    ]
    return lots


def _open_places(plan: Plan) -> None:
    served = set(plan.endowments.values_list("territory_id", flat=True))
    for territory in Territory.objects.filter(pk__in=served).select_related("platform__department"):
        platform = territory.platform
        if platform is not None:
            Place.objects.get_or_create(
                code=platform_code(territory.pk),
                defaults={
                    "name": f"Plateforme {territory.name}"[:80],
                    "kind": Place.Kind.PLATFORM,
                    "zone_id": platform.department.zone_id,
                    "department": platform.department,
                },
            )


def _issue(flow: Flow, family: str, *, lot: int, units: int) -> Movement:
    return Movement(
        key=f"{flow.reference}:{lot}:out",
        kind=Kind.ISSUE,
        lot=lot,
        units=units,
        place=flow.source_id,
        source=Status.AVAILABLE,
        target=Status.IN_TRANSIT,
        posts=reservation_key(plan_id=flow.plan_id, source=flow.source_id, family=family),
        about=flow.reference,
    )


@traced("réception de plateforme")
@transaction.atomic
def receive(
    *,
    actor: Actor,
    reference: str,
    differences: Mapping[int, int],
    words: str = "",
    at: datetime,
) -> Flow:
    """
    Acknowledge a flow: all of it arrived, but for `differences`, units received by lot. Received again, nothing changes.

    What did not arrive is written off as lost on the way. Raises `Invalid`: more than was sent, a lot that was not, no word on a difference.
    """
    actor.require(Deed.PLATFORM_RUN)
    flow = locked_flow(actor=actor, reference=reference)
    if flow.state == Flow.State.RECEIVED:
        return flow
    lines = list(flow.lines.select_related("lot"))
    faults = list(_receipt_faults(lines, differences, words))
    if faults:
        raise Invalid(*faults)
    # After this point, the receipt must succeed.

    movements: list[Movement] = []
    for line in lines:
        line.received = differences.get(line.lot_id, line.sent)
        movements += _arrival(flow, line)
    FlowLine.objects.bulk_update(lines, ["received"])
    move(movements=movements, by=actor.by, at=at)
    flow.state, flow.received_by, flow.received_at = Flow.State.RECEIVED, actor.by, at
    flow.words = words.strip()[:TEXT_LENGTH]
    flow.save(update_fields=["state", "received_by", "received_at", "words"])
    return flow


@traced("réception de toutes les plateformes")
@transaction.atomic
def receive_all(*, actor: Actor, plan_id: int, at: datetime) -> int:
    """
    Acknowledge in full every flow of a plan still on its way to platforms of one’s scope; return how many.

    The books of as many single receipts, in a fixed number of statements. Again, nothing changes.
    """
    actor.require(Deed.PLATFORM_RUN)
    flows = {
        flow.pk: flow
        for flow in Flow.objects.filter(
            plan=plan_id,
            state=Flow.State.SENT,
            territory__in=in_scope(scope=actor.scope),
        )
        .select_for_update(of=("self",))
        .order_by("pk")
    }
    lines = list(FlowLine.objects.filter(flow__in=flows))
    # After this point, the receipts must succeed.

    movements: list[Movement] = []
    for line in lines:
        line.received = line.sent
        movements += _arrival(flows[line.flow_id], line)
    FlowLine.objects.filter(flow__in=flows).update(received=F("sent"))
    move(movements=movements, by=actor.by, at=at)
    return Flow.objects.filter(pk__in=flows).update(
        state=Flow.State.RECEIVED, received_by=actor.by, received_at=at
    )


def locked_flow(*, actor: Actor, reference: str) -> Flow:
    """Lock a flow of the actor's scope until the transaction ends, or NotFound."""
    flow = (
        Flow.objects.select_for_update(of=("self",))
        .filter(reference=reference, territory__in=in_scope(scope=actor.scope))
        .first()
    )
    if flow is None:
        raise NotFound(Fault(where="flow", message="Ce flux n’est pas dans votre périmètre."))
    return flow


def _receipt_faults(
    lines: Sequence[FlowLine], differences: Mapping[int, int], words: str
) -> Iterator[Fault]:
    sent = {line.lot_id: line for line in lines}
    for lot, units in differences.items():
        if lot not in sent:
            yield Fault(where=f"lots.{lot}", message="Ce lot n’a pas été envoyé dans ce flux.")
        elif not 0 <= units <= sent[lot].sent:
            yield Fault(
                where=f"lots.{lot}",
                message=(
                    f"Lot {sent[lot].lot.number} : {units} unités reçues pour {sent[lot].sent} envoyées."
                ),
                remedy="On ne reçoit pas plus que ce qui a été envoyé : signaler l’excédent à la cellule.",
                values={"sent": sent[lot].sent},
            )
    missing = any(units < sent[lot].sent for lot, units in differences.items() if lot in sent)
    if missing and not words.strip():
        yield Fault(where="words", message="Dire ce qui manque, et pourquoi si on le sait.")


def _arrival(flow: Flow, line: FlowLine) -> Iterator[Movement]:
    received = line.received or 0
    if received:
        yield Movement(
            key=f"{flow.reference}:{line.lot_id}:in",
            kind=Kind.TRANSFER_IN,
            lot=line.lot_id,
            units=received,
            place=flow.source_id,
            source=Status.IN_TRANSIT,
            target=Status.AVAILABLE,
            to=platform_code(flow.territory_id),
            about=flow.reference,
        )
    if received < line.sent:
        yield Movement(
            key=f"{flow.reference}:{line.lot_id}:lost",
            kind=Kind.WRITE_OFF,
            lot=line.lot_id,
            units=line.sent - received,
            place=flow.source_id,
            source=Status.IN_TRANSIT,
            target=Status.OUTSIDE,
            about=flow.reference,
            reason="Non reçu par la plateforme",
        )
