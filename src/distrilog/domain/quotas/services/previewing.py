"""Computing a run for people to look at: shares and sealed files are kept, quotas wait for publication."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries.counted import Reported, reported_stock
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Facility
from distrilog.domain.facilities.rules import Features
from distrilog.domain.quotas.models import QuotaRun, QuotaRunFile, Share
from distrilog.domain.quotas.queries import (
    Change,
    Preview,
    RegionPreview,
    SharePreview,
    WithoutBox,
    sources_of,
    usable_stock,
)
from distrilog.domain.quotas.services.computing import Before, Integers, Portion, World, compute
from distrilog.domain.quotas.services.decisions import Decisions
from distrilog.domain.quotas.services.preparing import OPEN_STATES, WrongState, locked_run
from distrilog.domain.quotas.services.sealing import files_of
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.seals import FIRST, MANIFEST, Manifest, head_of, seal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


# How many winners and losers a signer is shown.
SHOWN: Final = 5
TENTHS: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Past:
    """The last published week of each family, row for row; `against` is the latest of these weeks."""

    before: Mapping[str, Before]
    against: str


@traced("aperçu recalculé")
@transaction.atomic
def preview(*, actor: Actor, run_id: int, at: datetime) -> Preview:
    """
    Compute a run and keep what it would give: shares, sealed files, fairness. Nobody's quota changes.

    A fixed number of statements, whatever the number of facilities. A signed run that is previewed
    again is a draft again: what was signed is no longer what would be published.
    """
    actor.require(Deed.RUN_PREPARE)
    run = locked_run(run_id)
    if run.state not in OPEN_STATES:
        raise WrongState(
            detail=f"Un calcul à l’état « {run.get_state_display()} » n’est plus modifiable."
        )
    need = doctrines.national_need(version=run.doctrine, on=Week.parse(run.week).monday)
    past = _past(week=run.week, features=need.features)
    usable = usable_stock(superseded=run.supersedes)
    decisions = Decisions.of(run.inputs)
    _refuse_above_stock(decisions, usable=usable)
    reported = None
    if decisions.reads_cover:
        reported = reported_stock(features=need.features, week=Week.parse(run.week), at=at)
    world = World(
        week=run.week,
        features=need.features,
        sources=sources_of(features=need.features),
        needs=need.units,
        boxes=dict(Family.objects.values_list("code", "box_units")),
        before=past.before,
        usable=usable,
        reported=reported.stock if reported else None,
    )
    portions = compute(decisions=decisions, world=world)
    # After this point, the preview must succeed.

    previous = previous_head()
    cover = _cover_read(reported, at=at)
    files = files_of(
        decisions=decisions,
        portions=portions,
        regions=need.features.regions.tolist(),
        cover=cover,
    )
    manifest = seal(
        manifest=Manifest(
            run=str(run.pk), week=run.week, doctrine=run.doctrine.code, previous=previous
        ),
        files=files,
    )
    found = _preview(decisions, world, portions, against=past.against)
    _keep_files(run, {**files, MANIFEST: manifest})
    _keep_shares(run, portions)
    run.state = QuotaRun.State.DRAFT
    run.signed_by, run.signed_at = "", None
    run.previous_head, run.head = previous, head_of(manifest)
    run.inputs = {
        **decisions.as_json(),
        "cover": cover,
        "seen": seen(doctrine=run.doctrine, features=need.features, usable=usable),
    }
    run.fairness = found.as_json()
    run.previewed_at = at
    run.save()
    return found


def _cover_read(reported: Reported | None, *, at: datetime) -> dict[str, Any]:
    """Return which declarations a run reads: those said by a moment, so that later ones change nothing."""
    if reported is None:
        return {}
    return {
        "since": reported.since,
        "until": reported.until,
        "read_at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "statements": reported.statements,
        "sha256": reported.digest,
    }


def previous_head() -> str:
    """Return the head of the run published last: the next one is chained to it."""
    latest = QuotaRun.objects.filter(published_at__isnull=False).order_by("-published_at", "-pk")
    return latest.values_list("head", flat=True).first() or FIRST


def seen(
    *, doctrine: DoctrineVersion, features: Features, usable: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    """Return what a signer may rely on: doctrine, digest of the register, stock. All must still hold."""
    stock: dict[str, dict[str, int]] = {}
    for (source, family), units in sorted(usable.items()):
        stock.setdefault(source, {})[family] = units
    return {
        "doctrine": f"{doctrine.code} {doctrine.state}",
        "register": register_digest(features),
        "stock": stock,
    }


def register_digest(features: Features) -> str:
    """Return a SHA-256 of all that needs and sources read of the register."""
    digest = sha256()
    for column in (
        features.ids,
        features.registries,
        features.categories,
        features.groups,
        features.departments,
        features.regions,
        features.zones,
        features.routes,
        *(values for _, values in sorted(features.places.items())),
        *(values for _, values in sorted(features.staff.items())),
    ):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _refuse_above_stock(decisions: Decisions, *, usable: Mapping[tuple[str, str], int]) -> None:
    """Stock may have gone down since the draft: the draft is then no longer worth computing."""
    faults = []
    for family, envelope in decisions.envelopes.items():
        asked = envelope if isinstance(envelope, Mapping) else {"": envelope}
        for source, units in asked.items():
            there = sum(
                amount
                for (place, each), amount in usable.items()
                if each == family and source in {place, ""}
            )
            if units > there:
                faults.append(
                    Fault(
                        where=".".join(filter(None, ("envelopes", family, source))),
                        message=f"L’enveloppe de {units} unités dépasse le stock utilisable : {there}.",
                        remedy="Abandonner ce brouillon et en préparer un autre.",
                        values={"asked": units, "left": there},
                    )
                )
    if faults:
        raise Invalid(*faults)


_PAST = """
    WITH latest AS (
        SELECT share.family_id, max(run.week) AS week
        FROM quotas_share share JOIN quotas_quotarun run ON run.id = share.run_id
        WHERE run.state = 'published' AND run.week < %(week)s
        GROUP BY share.family_id
    )
    SELECT quota.family_id, quota.week, array_agg(quota.facility_id),
           array_agg(quota.carried_next), array_agg(quota.weeks_without), array_agg(quota.cap)
    FROM quotas_quota quota JOIN latest USING (week, family_id)
    GROUP BY quota.family_id, quota.week
"""


def _past(*, week: str, features: Features) -> _Past:
    ranks = np.argsort(features.ids)
    ids = features.ids[ranks]
    before = {}
    weeks = {""}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, {"week": week})
        for family, of_week, holders, *columns in cursor.fetchall():
            holder_ids = np.array(holders, dtype=np.int64)
            places = np.searchsorted(ids, holder_ids)
            known = places < len(ids)
            known[known] = ids[places[known]] == holder_ids[known]
            before[family] = Before(
                **{
                    name: _at(ranks[places[known]], values, known=known, count=len(ids))
                    for name, values in zip(
                        ("carried", "weeks_without", "quota"), columns, strict=True
                    )
                }
            )
            weeks.add(of_week)
    return _Past(before=before, against=max(weeks))


def _at(
    rows: NDArray[np.intp], values: Sequence[int], *, known: NDArray[np.bool_], count: int
) -> Integers:
    spread = np.zeros(count, dtype=np.int64)
    spread[rows] = np.array(values, dtype=np.int64)[known]
    return spread


def _keep_files(run: QuotaRun, files: Mapping[str, bytes]) -> None:
    run.files.all().delete()
    QuotaRunFile.objects.bulk_create(
        QuotaRunFile(run=run, name=name, content=content) for name, content in files.items()
    )


def _keep_shares(run: QuotaRun, portions: Sequence[Portion]) -> None:
    run.shares.all().delete()
    Share.objects.bulk_create(
        Share(
            run=run,
            family_id=portion.family,
            source_id=portion.source,
            envelope=portion.envelope,
            need=int(portion.claims.need.sum()),
            shared=int(portion.shares.units.sum()),
            pots=portion.pot_units,
            box_units=portion.box,
            level_numerator=portion.shares.level[0],
            level_denominator=portion.shares.level[1],
            floors_short=portion.shares.floors_short,
            fairness=asdict(portion.fairness),
        )
        for portion in portions
    )


def _preview(
    decisions: Decisions, world: World, portions: Sequence[Portion], *, against: str
) -> Preview:
    served = np.zeros(len(world.features), dtype=np.bool_)
    for portion in portions:
        served[portion.rows[portion.shares.units > 0]] = True
    winners, losers = _changes(world, portions) if against else ([], [])
    return Preview(
        week=world.week,
        facilities=len(world.features),
        served=int(served.sum()),
        against=against,
        undivided=_undivided(decisions, portions),
        shares=[_share_preview(portion) for portion in portions],
        regions=_regions(world, portions),
        winners=winners,
        losers=losers,
        without=_without(portions),
        reads_cover=decisions.reads_cover,
    )


def _undivided(decisions: Decisions, portions: Sequence[Portion]) -> dict[str, int]:
    left = {
        family: envelope
        for family, envelope in decisions.envelopes.items()
        if not isinstance(envelope, Mapping)
    }
    for portion in portions:
        if portion.family in left:
            left[portion.family] -= portion.envelope
    return {family: units for family, units in left.items() if units}


def _share_preview(portion: Portion) -> SharePreview:
    needing = portion.claims.need > 0
    kept = asdict(portion.fairness)
    return SharePreview(
        family=portion.family,
        source=portion.source,
        envelope=portion.envelope,
        need=int(portion.claims.need.sum()),
        shared=int(portion.shares.units.sum()),
        pots=portion.pot_units,
        unallocated=portion.unallocated,
        level=list(portion.shares.level),
        floors_short=portion.shares.floors_short,
        needing=int(needing.sum()),
        reported=int(portion.reported.sum()),
        counted=int(portion.claims.have.sum()),
        moved=int(np.maximum(portion.unread.units - portion.shares.units, 0).sum()),
        served=int((portion.shares.units > 0).sum()),
        histogram=_histogram(portion, needing),
        **{name: kept[name] for name in SharePreview.__dataclass_fields__ if name in kept},
    )


def _histogram(portion: Portion, needing: NDArray[np.bool_]) -> list[int]:
    tenths = portion.shares.units[needing] * TENTHS // portion.claims.need[needing]
    counts: list[int] = np.bincount(np.minimum(tenths, TENTHS), minlength=TENTHS + 1).tolist()
    return counts


def _regions(world: World, portions: Sequence[Portion]) -> list[RegionPreview]:
    totals: dict[tuple[str, str], Counter[str]] = {}
    for portion in portions:
        places = np.searchsorted(portion.regions, world.features.regions[portion.rows])
        past = world.before.get(portion.family) or Before.nothing(count=len(world.features))
        columns = {
            "need": portion.claims.need,
            "shared": portion.shares.units,
            "before": past.quota[portion.rows],
        }
        for name, values in columns.items():
            sums = np.zeros(len(portion.regions), dtype=np.int64)
            np.add.at(sums, places, values)
            for region, units in zip(portion.regions, sums.tolist(), strict=True):
                totals.setdefault((region, portion.family), Counter())[name] += units
        for region, units in zip(portion.regions, portion.pots.units.tolist(), strict=True):
            totals[region, portion.family]["pots"] += units
    return [
        RegionPreview(
            region=region,
            family=family,
            **{name: total[name] for name in ("need", "shared", "before", "pots")},
        )
        for (region, family), total in sorted(totals.items())
    ]


def _changes(world: World, portions: Sequence[Portion]) -> tuple[list[Change], list[Change]]:
    """Return those who gain and lose most units of a family, ties by registry number."""
    moves: list[tuple[int, int, str, int, int]] = []
    for portion in portions:
        past = world.before.get(portion.family)
        if past is None or not len(portion.rows):
            continue
        before = past.quota[portion.rows]
        change = portion.shares.units - before
        order = np.argsort(change, kind="stable")
        for place in {*order[:SHOWN].tolist(), *order[::-1][:SHOWN].tolist()}:
            row = int(portion.rows[place])
            now = int(portion.shares.units[place])
            moves.append((int(change[place]), row, portion.family, int(before[place]), now))
    gains = sorted((each for each in moves if each[0] > 0), key=lambda each: (-each[0], each[1:]))
    losses = sorted(each for each in moves if each[0] < 0)
    chosen = (*gains[:SHOWN], *losses[:SHOWN])
    names = Facility.objects.in_bulk([int(world.features.ids[each[1]]) for each in chosen])
    found = [
        Change(
            registry=names[int(world.features.ids[row])].registry,
            name=names[int(world.features.ids[row])].name,
            family=family,
            before=before,
            now=now,
        )
        for _, row, family, before, now in chosen
    ]
    return found[: len(gains[:SHOWN])], found[len(gains[:SHOWN]) :]


def _without(portions: Sequence[Portion]) -> list[WithoutBox]:
    counts: Counter[tuple[str, int]] = Counter()
    for portion in portions:
        weeks, facilities = np.unique(portion.weeks_without, return_counts=True)
        for week, count in zip(weeks.tolist(), facilities.tolist(), strict=True):
            if week:
                counts[portion.family, week] += count
    return [
        WithoutBox(family=family, weeks=weeks, facilities=count)
        for (family, weeks), count in sorted(counts.items())
    ]
