"""Publication: what was signed becomes quotas that orders draw on, and the stock behind them is reserved."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed, Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.messages import services as messages
from distrilog.domain.quotas.models import QuotaRun, Share
from distrilog.domain.quotas.queries import sealed_files
from distrilog.domain.quotas.rules import Reason
from distrilog.domain.quotas.services.preparing import WrongState, locked_run
from distrilog.domain.quotas.services.sealing import CLAIMS, POTS, QUOTAS
from distrilog.domain.quotas.services.signing import InputsChanged, changed_faults, signing_key
from distrilog.domain.stock.models import Reservation
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, promise
from distrilog.kernel import seals
from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import Week


# One publication at a time in the whole country: the chain has one last link.
_PUBLICATION_LOCK: Final = 0x0D157217
# The numbers of `Reason`, in order: the place of a word in this list is its code.
_REASON_WORDS: Final = [reason.name.lower() for reason in sorted(Reason)]

Pair = tuple[str, str]


class RunAlreadyPublished(Refusal):
    """Un calcul est déjà publié pour cette semaine."""

    slug = "run-already-published"


class SealBroken(Refusal):
    """Les fichiers scellés ne sont pas ceux qui ont été signés."""

    slug = "seal-broken"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Superseded:
    """What a published run holds: units left to order, units reserved and still pending, by (source, family)."""

    run: QuotaRun
    left: Counter[Pair]
    pending: dict[Pair, int]
    keys: dict[Pair, str]


@traced("publication")
@transaction.atomic
def publish(*, actor: Actor, run_id: int, at: datetime) -> QuotaRun:
    """
    Publish a signed run: its quotas and pots are there, and the stock behind them is reserved.

    Stock and inputs are checked again under lock. A superseding run cuts only what is not ordered
    yet: a quota never falls below what was ordered of it, nor changes its source then. Raises
    `WrongState`, `RunAlreadyPublished`, `InputsChanged`, `SealBroken` or `NotEnoughStock`.
    """
    actor.require(Deed.RUN_SIGN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLICATION_LOCK])
    run = locked_run(run_id)
    _refuse_unpublishable(run, at=at)
    files = sealed_files(run=run)
    _refuse_broken_seal(run, files)
    faults = list(changed_faults(run))
    if faults:
        raise InputsChanged(*faults)
    superseded = _locked_superseded(run)
    _write_quotas(run, files)
    _write_pots(run, files)
    _reserve(run, superseded, by=actor.by, at=at)
    # After this point, the publication must succeed.

    if superseded is not None:
        superseded.run.state = QuotaRun.State.SUPERSEDED
        superseded.run.save(update_fields=["state"])
    run.state = QuotaRun.State.PUBLISHED
    run.published_at = at
    run.save(update_fields=["state", "published_at"])
    _tell(run, by=actor.by, at=at)
    return run


def _tell(run: QuotaRun, *, by: str, at: datetime) -> None:
    """Say that quotas are there to those who order, and to the agencies (row G3)."""
    week = Week.parse(run.week)
    messages.send(
        key=f"run-{run.pk}",
        title=(
            f"Contingents de la semaine {week.number} de {week.year} "
            f"{'remplacés' if run.supersedes_id else 'publiés'}"
        ),
        body=(
            "Les contingents sont calculés, signés et publiés. Chaque établissement lit le sien, et "
            "pourquoi il est ce qu’il est, dans « Ma semaine » ; chaque agence, ceux de sa région."
        ),
        roles=[Role.ORDERER, Role.DIRECTOR, Role.PLATFORM, Role.ARS, Role.DELEGATION],
        by=by,
        at=at,
    )


def left_to_order(*, week: str) -> Counter[Pair]:
    """Return the units that quotas and pots of a week may still be ordered of, by (source, family)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT source_id, family_id, sum(units)::bigint FROM (
                SELECT source_id, family_id, cap - ordered AS units
                FROM quotas_quota WHERE week = %(week)s AND NOT closed
                UNION ALL
                SELECT source_id, family_id, cap - ordered
                FROM quotas_pot WHERE week = %(week)s AND NOT closed
            ) held GROUP BY source_id, family_id
            """,
            {"week": week},
        )
        return Counter({(source, family): units for source, family, units in cursor.fetchall()})


def _refuse_unpublishable(run: QuotaRun, *, at: datetime) -> None:
    published = QuotaRun.objects.filter(week=run.week, state=QuotaRun.State.PUBLISHED).first()
    if run.state == QuotaRun.State.PUBLISHED or (
        published is not None and run.supersedes_id != published.pk
    ):
        raise RunAlreadyPublished(
            Fault(
                where="run",
                message=f"La semaine {run.week} a déjà un calcul publié.",
                remedy="Préparer un calcul qui le remplace.",
            )
        )
    if run.state != QuotaRun.State.SIGNED:
        raise WrongState(detail="Seul un calcul signé se publie.")
    if run.supersedes_id is not None and published is None:
        raise WrongState(detail="Le calcul à remplacer n’est plus en vigueur.")
    if Week.parse(run.week) < Week.at(at):
        raise WrongState(detail=f"La semaine {run.week} est terminée.")


def _refuse_broken_seal(run: QuotaRun, files: Mapping[str, bytes]) -> None:
    """Trust nothing that lay in a table between signature and publication."""
    sealed = {
        name: content
        for name, content in files.items()
        if name not in {seals.MANIFEST, seals.SIGNATURE}
    }
    manifest = seals.seal(
        manifest=seals.Manifest(
            run=str(run.pk), week=run.week, doctrine=run.doctrine.code, previous=run.previous_head
        ),
        files=sealed,
    )
    intact = (
        files.get(seals.MANIFEST) == manifest
        and seals.head_of(manifest) == run.head
        and seals.is_signed(
            head=run.head,
            signature=files.get(seals.SIGNATURE, b""),
            public_hex=signing_key().public_hex,
        )
    )
    if not intact:
        raise SealBroken(
            Fault(
                where="files",
                message="Un fichier du calcul a été modifié depuis sa signature, ou la clé a changé.",
                remedy="Relancer la prévisualisation et la faire signer.",
            )
        )


def _locked_superseded(run: QuotaRun) -> _Superseded | None:
    """Lock the week's quotas and pots in the order that orders lock them, and read what they hold."""
    if run.supersedes_id is None:
        return None
    superseded = locked_run(run.supersedes_id)
    with connection.cursor() as cursor:
        for statement in (
            "SELECT count(*) FROM (SELECT FROM quotas_quota WHERE week = %s ORDER BY facility_id, family_id FOR UPDATE) locked",
            "SELECT count(*) FROM (SELECT FROM quotas_pot WHERE week = %s ORDER BY region_id, family_id, source_id FOR UPDATE) locked",
        ):
            cursor.execute(statement, [run.week])
    held = {
        (share.source_id, share.family_id): share.reservation
        for share in superseded.shares.select_related("reservation")
        if share.reservation is not None
    }
    return _Superseded(
        run=superseded,
        left=left_to_order(week=run.week),
        pending={pair: reservation.pending for pair, reservation in held.items()},
        keys={pair: reservation.key for pair, reservation in held.items()},
    )


def _write_quotas(run: QuotaRun, files: Mapping[str, bytes]) -> None:
    """Turn the sealed tables into quotas: the database reads the very bytes that were signed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DROP TABLE IF EXISTS quotas_claimed, quotas_shared;
            CREATE TEMPORARY TABLE quotas_claimed (
                source text, family text, registry text, region text, need bigint, have bigint,
                floor bigint, cap bigint, carried bigint) ON COMMIT DROP;
            CREATE TEMPORARY TABLE quotas_shared (
                source text, family text, registry text, units bigint, reason text, exact bigint,
                carried_next bigint) ON COMMIT DROP
            """
        )
    _copy("quotas_claimed", files[CLAIMS])
    _copy("quotas_shared", files[QUOTAS])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE quotas_claimed, quotas_shared")
        cursor.execute(
            """
            WITH latest AS (
                SELECT share.family_id, max(run.week) AS week
                FROM quotas_share share JOIN quotas_quotarun run ON run.id = share.run_id
                WHERE run.state = 'published' AND run.week < %(week)s
                GROUP BY share.family_id
            ), past AS (
                SELECT quota.facility_id, quota.family_id, quota.weeks_without
                FROM quotas_quota quota JOIN latest USING (week, family_id)
                WHERE quota.weeks_without > 0
            )
            INSERT INTO quotas_quota AS quota
                (run_id, facility_id, family_id, week, source_id, need, have, cap, ordered, reason,
                 carried, carried_next, floor, ceiling, exact, weeks_without, closed)
            SELECT %(run)s, facility.id, shared.family, %(week)s, shared.source, claimed.need,
                   claimed.have, shared.units, 0, array_position(%(reasons)s::text[], shared.reason),
                   claimed.carried, shared.carried_next, claimed.floor, claimed.cap, shared.exact,
                   CASE WHEN claimed.need > 0 AND shared.units = 0
                        THEN coalesce(past.weeks_without, 0) + 1 ELSE 0 END,
                   false
            FROM quotas_shared shared
            JOIN quotas_claimed claimed USING (source, family, registry)
            JOIN facilities_facility facility ON facility.registry = shared.registry
            LEFT JOIN past ON past.facility_id = facility.id AND past.family_id = shared.family
            ON CONFLICT (facility_id, week, family_id) DO UPDATE SET
                run_id = excluded.run_id,
                source_id = excluded.source_id,
                need = excluded.need, have = excluded.have, cap = greatest(excluded.cap, quota.ordered),
                reason = excluded.reason, carried = excluded.carried,
                carried_next = excluded.carried_next, floor = excluded.floor,
                ceiling = excluded.ceiling, exact = excluded.exact,
                weeks_without = excluded.weeks_without
            """,
            {"run": run.pk, "week": run.week, "reasons": _REASON_WORDS},
        )
        written = cursor.rowcount
        if run.supersedes_id is not None:
            # Who is no longer served keeps what was ordered, and nothing else.
            cursor.execute(
                "UPDATE quotas_quota SET cap = ordered, run_id = %(run)s "
                "WHERE week = %(week)s AND run_id <> %(run)s",
                {"run": run.pk, "week": run.week},
            )
    lines = files[QUOTAS].count(b"\n") - 1
    if written != lines:
        raise InputsChanged(
            Fault(where="register", message=f"{lines - written} établissements sont introuvables.")
        )


def _write_pots(run: QuotaRun, files: Mapping[str, bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS quotas_potted; "
            "CREATE TEMPORARY TABLE quotas_potted (source text, family text, region text, units bigint) "
            "ON COMMIT DROP"
        )
    _copy("quotas_potted", files[POTS])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO quotas_pot AS pot
                (run_id, region_id, family_id, week, source_id, cap, ordered, closed)
            SELECT %(run)s, region, family, %(week)s, source, units, 0, false FROM quotas_potted
            ON CONFLICT (region_id, week, family_id, source_id) DO UPDATE SET
                run_id = excluded.run_id, cap = greatest(excluded.cap, pot.ordered)
            """,
            {"run": run.pk, "week": run.week},
        )
        cursor.execute(
            "UPDATE quotas_pot SET cap = ordered, run_id = %(run)s "
            "WHERE week = %(week)s AND run_id <> %(run)s",
            {"run": run.pk, "week": run.week},
        )


def _copy(table: str, content: bytes) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN WITH (FORMAT csv, HEADER)") as copy,
    ):
        copy.write(content)


def _reserve(run: QuotaRun, superseded: _Superseded | None, *, by: str, at: datetime) -> None:
    """Reserve what the week now grants; a superseded run's reservation is given back in the same go."""
    now = left_to_order(week=run.week)
    then, pending = (superseded.left, superseded.pending) if superseded else (Counter(), {})
    # What was ordered and not yet shipped stays promised; what was shipped is not reserved again.
    wanted = {pair: pending.get(pair, 0) + now[pair] - then[pair] for pair in now.keys() | pending}
    promises = [
        _given_back(superseded, pair, run=run)
        for pair in sorted(pending)
        if superseded and pending[pair]
    ]
    promises += [_held(run, pair, units) for pair, units in sorted(wanted.items()) if units]
    promise(promises=promises, by=by, at=at)
    open_shares(run=run, pairs=sorted(now.keys() | {pair for pair in wanted if wanted[pair]}))


def reservation_key(*, run_id: int, source: str, family: str) -> str:
    """Return the key of the reservation behind a run's quotas of a family from a source."""
    return f"quota-run:{run_id}:{source}:{family}"


def _held(run: QuotaRun, pair: Pair, units: int) -> Promise:
    key = reservation_key(run_id=run.pk, source=pair[0], family=pair[1])
    return Promise(
        key=key,
        kind=PendingKind.RESERVE,
        reservation=key,
        place=pair[0],
        family=pair[1],
        units=units,
        reason=f"Contingents de la semaine {run.week}",
    )


def _given_back(superseded: _Superseded, pair: Pair, *, run: QuotaRun) -> Promise:
    return Promise(
        key=f"{superseded.keys[pair]}:superseded",
        kind=PendingKind.VOID,
        reservation=superseded.keys[pair],
        place=pair[0],
        family=pair[1],
        units=superseded.pending[pair],
        reason=f"Remplacé par le calcul n° {run.pk}",
    )


def open_shares(*, run: QuotaRun, pairs: Sequence[Pair]) -> None:
    """
    Link a run's shares to their reservations; open those of sources that the run itself did not share out.

    A source may serve nobody any more and still hold what was ordered of it, or serve by a change of route.
    """
    there = set(run.shares.values_list("source_id", "family_id"))
    boxes = dict(Family.objects.values_list("code", "box_units"))
    Share.objects.bulk_create(
        Share(run=run, source_id=source, family_id=family, envelope=0, box_units=boxes[family])
        for source, family in sorted(set(pairs) - there)
    )
    reservations = Reservation.objects.filter(
        key__in=[reservation_key(run_id=run.pk, source=s, family=f) for s, f in pairs]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE quotas_share share SET reservation_id = held.id
            FROM unnest(%s::bigint[], %s::text[]) AS held (id, key)
            WHERE share.run_id = %s
              AND held.key = 'quota-run:' || share.run_id || ':' || share.source_id || ':' || share.family_id
            """,
            [
                [each.pk for each in reservations],
                [each.key for each in reservations],
                run.pk,
            ],
        )
