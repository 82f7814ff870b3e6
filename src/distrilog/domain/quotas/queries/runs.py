"""Questions about runs: which there are, what one did, what the next might release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Sum

from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.quotas.models import Pot, Quota, QuotaRun
from distrilog.domain.quotas.queries.previews import Preview
from distrilog.domain.quotas.queries.sources import sources_of
from distrilog.domain.quotas.queries.stock import usable_stock
from distrilog.domain.regimes import queries as regimes
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.weeks import Week


THOUSANDTHS = 1000
RUNS_SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyWeek:
    """One family in a run: units of the envelope, shared, ordered so far; ordered from pots apart."""

    family: str
    envelope: int
    need: int
    shared: int
    pots: int
    ordered: int
    ordered_from_pots: int

    @property
    def left(self) -> int:
        """Units shared out that may still be ordered, pots left out."""
        return max(self.shared - self.ordered, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """A run with its preview (None before there is one) and what was ordered of each family."""

    run: QuotaRun
    preview: Preview | None
    families: Sequence[FamilyWeek]


def get(*, run_id: int) -> QuotaRun:
    """Return one run with its doctrine, or NotFound."""
    found = QuotaRun.objects.select_related("doctrine", "supersedes").filter(pk=run_id).first()
    if found is None:
        raise NotFound(Fault(where="run", message=f"Aucun calcul n° {run_id}."))
    return found


def named_run(*, name: str) -> QuotaRun:
    """Return the run of a number, or for `latest` the one published last; or NotFound."""
    if name == "latest":
        found = (
            QuotaRun.objects.filter(published_at__isnull=False)
            .order_by("-published_at", "-pk")
            .first()
        )
        if found is None:
            raise NotFound(Fault(where="run", message="Aucun calcul n’a encore été publié."))
        return found
    if not name.isascii() or not name.isdigit() or len(name) > len(str(2**63)) - 1:
        raise NotFound(
            Fault(where="run", message=f"« {name[:20]} » n’est pas un numéro de calcul.")
        )
    return get(run_id=int(name))


def runs(*, limit: int = RUNS_SHOWN) -> list[QuotaRun]:
    """Return the latest runs, of the latest week first. One query."""
    rows = QuotaRun.objects.select_related("doctrine", "supersedes")
    return list(rows.order_by("-week", "-pk")[:limit])


def in_force(*, week: str) -> QuotaRun | None:
    """Return the published run of a week, if there is one."""
    return QuotaRun.objects.filter(week=week, state=QuotaRun.State.PUBLISHED).first()


def preview_of(*, run: QuotaRun) -> Preview | None:
    """Return what the run's last preview showed, None before there was one. No query."""
    return Preview.of(run.fairness) if run.fairness else None


def run_overview(*, run: QuotaRun) -> Overview:
    """Return a run with its preview and, once it is published, what was ordered. Three queries."""
    shares = run.shares.values("family_id").annotate(
        envelope=Sum("envelope"), need=Sum("need"), shared=Sum("shared"), pots=Sum("pots")
    )
    ordered = dict(
        Quota.objects.filter(run=run).values_list("family_id").annotate(units=Sum("ordered"))
    )
    from_pots = dict(
        Pot.objects.filter(run=run).values_list("family_id").annotate(units=Sum("ordered"))
    )
    return Overview(
        run=run,
        preview=preview_of(run=run),
        families=[
            FamilyWeek(
                family=share["family_id"],
                envelope=share["envelope"],
                need=share["need"],
                shared=share["shared"],
                pots=share["pots"],
                ordered=ordered.get(share["family_id"], 0),
                ordered_from_pots=from_pots.get(share["family_id"], 0),
            )
            for share in shares.order_by("family__position", "family_id")
        ],
    )


def suggested_envelopes(*, week: Week, per_mille: int, at: datetime) -> dict[str, dict[str, int]]:
    """
    Return envelopes to start from: a part of the need each source serves, within its stock, whole boxes.

    For the families in tension somewhere, or for all if none is. A fixed number of queries.
    """
    version = doctrines.in_force(on=week.monday)
    national = doctrines.national_need(version=version, on=week.monday)
    sources = sources_of(features=national.features)
    usable = usable_stock()
    boxes = dict(Family.objects.values_list("code", "box_units"))
    tense = {
        family
        for (family, _), standing in regimes.in_force(at=at).items()
        if standing.regime == "tension"
    }
    envelopes: dict[str, dict[str, int]] = {}
    for family in sorted(boxes.keys() & (tense or boxes.keys()) & national.units.keys()):
        for source in np.unique(sources).tolist():
            need = int(national.units[family][sources == source].sum())
            units = min(need * per_mille // THOUSANDTHS, usable.get((source, family), 0))
            envelopes.setdefault(family, {})[source] = units - units % boxes[family]
    return {family: by_source for family, by_source in envelopes.items() if any(by_source.values())}
