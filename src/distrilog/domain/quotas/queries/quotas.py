"""Questions about one facility's or one region's quotas, and why they are what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries.counted import said_by
from distrilog.domain.quotas.models import Pot, Quota, QuotaRun, Share
from distrilog.domain.quotas.queries.previews import Preview
from distrilog.domain.quotas.rules import Reason, ShareLine, explain
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.weeks import Week


THOUSANDTHS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotaLine:
    """One family in a week for a facility or a region. Units; boxes are whole; `reason` is a French sentence."""

    family: str
    name: str
    plural: str
    week: str
    cap: int
    ordered: int
    left: int
    box: int
    source: str
    source_name: str
    reason: str
    need: int = 0
    run_id: int = 0

    @property
    def cap_boxes(self) -> int:
        """Boxes granted."""
        return self.cap // self.box

    @property
    def ordered_boxes(self) -> int:
        """Boxes ordered."""
        return self.ordered // self.box

    @property
    def left_boxes(self) -> int:
        """Boxes that may still be ordered."""
        return self.left // self.box


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """
    Everything behind one number, for who asks why.

    Units, but `exact`, `carried`, `carried_next` and `rounded` thousandths of a unit, `multiplier` per
    mille of the doctrine's need, and the level in tenths of a percent of a week's need. `floor` and
    `ceiling` are before rounding up to a box. Where the run read cover, `have` is the stock it counted and
    `declared_week` the week of the facility's own statement, empty if it was silent.
    """

    line: QuotaLine
    word: str
    reads_cover: bool
    have: int
    declared_week: str
    multiplier: int
    level: tuple[int, int]
    level_tenths: int
    envelope: int
    envelope_need: int
    shared: int
    pots: int
    floors_short: bool
    floor: int
    ceiling: int
    exact: int
    units: int
    rounded: int
    carried: int
    carried_next: int
    weeks_without: int
    doctrine: str
    run_id: int
    head: str
    previous_head: str
    signed_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """
    Where a facility stands among those that need the same family, in the country.

    `counts` are facilities by tenths of their need that the week's quota covers (0 to 9 %, …, 100 % and
    more); `mine` is the place of this facility in it, None when it needs none.
    """

    counts: Sequence[int]
    mine: int | None

    @property
    def below(self) -> int:
        """Facilities that are covered less."""
        return sum(self.counts[: self.mine]) if self.mine is not None else 0

    @property
    def above(self) -> int:
        """Facilities that are covered more."""
        return sum(self.counts[self.mine + 1 :]) if self.mine is not None else 0


def of_facility(*, facility_id: int, week: str) -> list[QuotaLine]:
    """Return a facility's quotas of a week, in the order of the catalogue. Two queries; four where stock counted."""
    rows = list(
        Quota.objects.filter(facility_id=facility_id, week=week)
        .select_related("family", "source")
        .order_by("family__position", "family_id")
    )
    shares = _shares(rows)
    declared = _declared(rows)
    return [
        _line(
            row,
            shares[row.run_id, row.family_id, row.source_id],
            declared=row.family_id in declared,
        )
        for row in rows
    ]


def pots_of(*, region: str, week: str) -> list[QuotaLine]:
    """Return a region's pots of a week, by family and source. Two queries."""
    rows = list(
        Pot.objects.filter(region_id=region, week=week)
        .select_related("family", "source")
        .order_by("family__position", "family_id", "source_id")
    )
    shares = _shares(rows)
    return [
        QuotaLine(
            family=row.family_id,
            name=row.family.name,
            plural=row.family.plural,
            week=row.week,
            cap=row.cap,
            ordered=row.ordered,
            left=row.left,
            box=shares[row.run_id, row.family_id, row.source_id].box_units,
            source=row.source_id,
            source_name=row.source.name,
            reason="Pot commun de l’agence régionale de santé, en plus des contingents.",
            run_id=row.run_id,
        )
        for row in rows
    ]


def explanation(*, facility_id: int, family: str, week: str) -> Explanation:
    """Return all that led to one quota, or NotFound when there is none. Two queries; four where stock counted."""
    row = (
        Quota.objects.filter(facility_id=facility_id, family_id=family, week=week)
        .select_related("family", "source", "run__doctrine", "facility__department")
        .first()
    )
    if row is None:
        raise NotFound(
            Fault(where="family", message=f"Aucun contingent de « {family[:30]} » en {week[:8]}.")
        )
    share = _shares([row])[row.run_id, row.family_id, row.source_id]
    level = (int(share.level_numerator), int(share.level_denominator))
    by_family = row.run.inputs.get("multipliers", {}).get(row.facility.department.region_id, {})
    units = _units(row)
    declared_week = _declared([row]).get(family, "")
    return Explanation(
        line=_line(row, share, declared=bool(declared_week)),
        reads_cover=row.run.inputs.get("reads_cover", False),
        have=row.have,
        declared_week=declared_week,
        word=Reason(row.reason).name.lower(),
        multiplier=by_family.get(family, THOUSANDTHS),
        level=level,
        level_tenths=level[0] * THOUSANDTHS // level[1],
        envelope=share.envelope,
        envelope_need=share.need,
        shared=share.shared,
        pots=share.pots,
        floors_short=share.floors_short,
        floor=row.floor,
        ceiling=row.ceiling,
        exact=row.exact,
        units=units,
        rounded=units * THOUSANDTHS - row.exact,
        carried=row.carried,
        carried_next=row.carried_next,
        weeks_without=row.weeks_without,
        doctrine=row.run.doctrine.title,
        run_id=row.run_id,
        head=row.run.head,
        previous_head=row.run.previous_head,
        signed_at=row.run.signed_at,
        published_at=row.run.published_at,
    )


def position(*, facility_id: int, family: str, week: str) -> Position:
    """Return where a facility stands among the others, or NotFound without a quota. One query."""
    row = (
        Quota.objects.filter(facility_id=facility_id, family_id=family, week=week)
        .select_related("run")
        .first()
    )
    if row is None:
        raise NotFound(
            Fault(where="family", message=f"Aucun contingent de « {family[:30]} » en {week[:8]}.")
        )
    histograms = [
        share.histogram for share in Preview.of(row.run.fairness).shares if share.family == family
    ]
    counts = [sum(column) for column in zip(*histograms, strict=True)]
    most = len(counts) - 1
    return Position(
        counts=counts,
        mine=min(_units(row) * most // row.need, most) if row.need else None,
    )


def _shares(rows: Sequence[Quota] | Sequence[Pot]) -> dict[tuple[int, str, str], Share]:
    found = Share.objects.filter(
        run_id__in={row.run_id for row in rows}, family_id__in={row.family_id for row in rows}
    )
    return {(share.run_id, share.family_id, share.source_id): share for share in found}


def _declared(rows: Sequence[Quota]) -> dict[str, str]:
    """Return, by family, the week of a facility's own statement that its run read; nothing where no stock counted."""
    counted = [row for row in rows if row.have]
    if not counted:
        return {}
    run = QuotaRun.objects.only("week", "previewed_at").get(pk=counted[0].run_id)
    if run.previewed_at is None:
        return {}
    return said_by(
        facility_id=counted[0].facility_id, week=Week.parse(run.week), at=run.previewed_at
    )


def _units(row: Quota) -> int:
    """Return what the run gave: the cap is higher when more had been ordered under the run before."""
    return (row.carried + row.exact - row.carried_next) // THOUSANDTHS


def _line(row: Quota, share: Share, *, declared: bool) -> QuotaLine:
    return QuotaLine(
        family=row.family_id,
        name=row.family.name,
        plural=row.family.plural,
        week=row.week,
        cap=row.cap,
        ordered=row.ordered,
        left=row.left,
        box=share.box_units,
        source=row.source_id,
        source_name=row.source.name,
        reason=_sentence(row, share, family=row.family, declared=declared),
        need=row.need,
        run_id=row.run_id,
    )


def _sentence(row: Quota, share: Share, *, family: Family, declared: bool) -> str:
    units = _units(row)
    sentence = explain(
        line=ShareLine(
            need=row.need,
            have=row.have,
            floor=row.floor,
            cap=row.ceiling,
            units=units,
            exact=row.exact,
            carried_next=row.carried_next,
            reason=Reason(row.reason),
            level=(int(share.level_numerator), int(share.level_denominator)),
            box=share.box_units,
            declared=declared,
        ),
        article=family.plural,
    )
    if row.cap > units:
        return f"{sentence} Ce que vous aviez déjà commandé, {row.cap} unités, vous reste acquis."
    return sentence


def in_place(
    *, week: str, families: Sequence[str], regions: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Return, by family, how many facilities of some regions have a quota in a week, and its units. One query."""
    rows = (
        Quota.objects.filter(
            week=week,
            family__in=families,
            facility__department__region__in=regions,
            cap__gt=0,
            closed=False,
        )
        .values_list("family_id")
        .annotate(facilities=Count("pk"), units=Sum("cap"))
    )
    return {family: (facilities, int(units)) for family, facilities, units in rows}
