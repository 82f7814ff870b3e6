"""The beginning of a run's life: its decisions, and the refusal of all that is wrong with them at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict, Unpack

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.quotas.queries import usable_stock
from distrilog.domain.quotas.rules import THOUSANDTHS
from distrilog.domain.quotas.services.decisions import Decisions, Envelope, Known, faults_of
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


# A year ahead: nobody knows the stock any further.
WEEKS_AHEAD: Final = 52
REASON_LIMIT: Final = 2000
OPEN_STATES: Final = (QuotaRun.State.DRAFT, QuotaRun.State.SIGNED)


class WrongState(Refusal):
    """Ce calcul n’est pas à l’étape voulue."""

    slug = "wrong-state"


class Options(TypedDict, total=False):
    """What `prepare` takes besides; see `Decisions`. `supersedes` is the id of a published run."""

    multipliers: Mapping[str, Mapping[str, int]]
    floors: Mapping[str, int]
    cap_per_mille: int
    pots_per_mille: Mapping[str, int]
    reads_cover: bool
    doctrine: DoctrineVersion | None
    reason: str
    supersedes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    week: str
    decisions: Decisions
    reason: str
    doctrine: DoctrineVersion | None
    superseded: QuotaRun | None
    superseded_id: int | None
    at: datetime


@traced("préparation")
@transaction.atomic
def prepare(
    *,
    actor: Actor,
    week: Week | str,
    envelopes: Mapping[str, Envelope],
    at: datetime,
    **options: Unpack[Options],
) -> QuotaRun:
    """
    Write down the decisions of a week's run, as a draft; nothing is computed yet.

    An envelope need not be whole boxes: what is over stays in stock and the preview says how much. One
    below the sum of the floors is allowed: the floors are then shared by the same rule, and the run
    says so. One of zero, or above the usable stock, is refused. A superseding run names a published
    run of the same week, shares out every family of it again, and says why. With `reads_cover` the stock
    that facilities declared counts, under the rule that reporting never hurts.
    Raises `Invalid` with every fault at once, or `NoDoctrine`.
    """
    actor.require(Deed.RUN_PREPARE)
    superseded_id = options.get("supersedes")
    doctrine = options.get("doctrine")
    draft = _Draft(
        week=str(week),
        decisions=Decisions(
            envelopes=envelopes,
            multipliers=options.get("multipliers") or {},
            floors=options.get("floors") or {},
            cap=options.get("cap_per_mille", THOUSANDTHS),
            pots=options.get("pots_per_mille") or {},
            reads_cover=options.get("reads_cover", False),
        ),
        reason=options.get("reason", ""),
        doctrine=doctrine,
        superseded=_locked_or_none(superseded_id),
        superseded_id=superseded_id,
        at=at,
    )
    faults = list(_faults(draft))
    if faults:
        raise Invalid(*faults)
    doctrine = doctrine or doctrines.in_force(on=Week.parse(draft.week).monday)
    # After this point, the draft must succeed.

    return QuotaRun.objects.create(
        week=draft.week,
        doctrine=doctrine,
        inputs=draft.decisions.as_json(),
        supersedes=draft.superseded,
        reason=draft.reason,
        prepared_by=actor.by,
        prepared_at=at,
    )


@traced("abandon")
@transaction.atomic
def abandon(*, actor: Actor, run_id: int, reason: str, at: datetime) -> QuotaRun:
    """Give up a run that was never published; it stays as a trace and frees the run it would replace."""
    actor.require(Deed.RUN_PREPARE)
    run = locked_run(run_id)
    if run.state not in OPEN_STATES:
        raise WrongState(
            detail=f"Un calcul à l’état « {run.get_state_display()} » ne s’abandonne pas."
        )
    if not reason.strip():
        raise Invalid(Fault(where="reason", message="Dire pourquoi ce calcul est abandonné."))
    # After this point, the abandon must succeed.

    run.state = QuotaRun.State.ABANDONED
    run.supersedes = None
    run.reason = f"{run.reason}\n{at:%d/%m/%Y} : {reason}".strip()[:REASON_LIMIT]
    run.save(update_fields=["state", "supersedes", "reason"])
    return run


def locked_run(run_id: int) -> QuotaRun:
    """Lock a run until the transaction ends, or refuse: there is none."""
    run = QuotaRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(Fault(where="run", message=f"Aucun calcul n° {run_id}."))
    return run


def _locked_or_none(run_id: int | None) -> QuotaRun | None:
    """Lock the run to replace, so that two drafts cannot both replace it."""
    if run_id is None:
        return None
    return QuotaRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()


def _faults(draft: _Draft) -> Iterator[Fault]:
    yield from _week_faults(draft)
    if len(draft.reason) > REASON_LIMIT:
        yield Fault(where="reason", message=f"Le motif dépasse {REASON_LIMIT} caractères.")
    if draft.doctrine is not None and draft.doctrine.state != DoctrineVersion.State.SIGNED:
        yield Fault(
            where="doctrine",
            message=f"La version « {draft.doctrine.code} » de la doctrine n’est pas signée.",
            remedy="La faire signer, ou choisir une version signée.",
        )
    if draft.superseded_id is not None:
        yield from _superseding_faults(draft)
    known = Known.with_usable(usable_stock(superseded=draft.superseded))
    yield from faults_of(draft.decisions, known=known)


def _week_faults(draft: _Draft) -> Iterator[Fault]:
    try:
        week = Week.parse(draft.week)
    except ValueError as error:
        message = str(error) if "semaine" in str(error) else f"« {draft.week} » n’existe pas."
        yield Fault(where="week", message=message, remedy="Écrire par exemple 2020-W45.")
        return
    now = Week.at(draft.at)
    if week < now:
        yield Fault(
            where="week",
            message=f"La semaine {week} est terminée.",
            remedy=f"Choisir {now} ou une semaine suivante.",
        )
    elif week > now.plus(WEEKS_AHEAD):
        yield Fault(
            where="week",
            message=f"La semaine {week} est trop lointaine.",
            remedy=f"Choisir une semaine jusqu’à {now.plus(WEEKS_AHEAD)}.",
        )


def _superseding_faults(draft: _Draft) -> Iterator[Fault]:
    superseded = draft.superseded
    if superseded is None or superseded.state != QuotaRun.State.PUBLISHED:
        yield Fault(
            where="supersedes",
            message=f"Le calcul n° {draft.superseded_id} n’est pas publié : il ne peut être remplacé.",
        )
        return
    if superseded.week != draft.week:
        yield Fault(
            where="supersedes", message=f"Ce calcul est celui de la semaine {superseded.week}."
        )
    if QuotaRun.objects.filter(supersedes=superseded).exists():
        yield Fault(
            where="supersedes",
            message="Un autre brouillon remplace déjà ce calcul.",
            remedy="L’abandonner d’abord, ou le poursuivre.",
        )
    if not draft.reason.strip():
        yield Fault(where="reason", message="Dire pourquoi le calcul publié est remplacé.")
    for family in sorted(superseded.inputs["envelopes"].keys() - draft.decisions.envelopes.keys()):
        yield Fault(
            where=f"envelopes.{family}",
            message=f"La famille « {family} » du calcul remplacé manque.",
            remedy="Lui donner une enveloppe.",
        )
