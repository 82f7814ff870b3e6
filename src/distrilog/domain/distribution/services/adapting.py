"""What agencies say of facilities for a while: overrides that end by themselves, people in training counted once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Category, Facility
from distrilog.domain.stock.services.faults import text_faults, units_faults
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.trace import traced


REASON_LENGTH: Final = 300
COHORT_LENGTH: Final = 80
MOST_PER_MILLE: Final = 10_000
MOST_PEOPLE: Final = 100_000
FREQUENCIES: Final = (1, 2, 3)
_DAY: Final = timedelta(days=1)
Dated = TypeVar("Dated", Override, Trainees)


@traced("adaptation saisonnière")
@transaction.atomic
def set_override(
    *,
    actor: Actor,
    registry: str,
    per_mille: int,
    starts_on: date,
    ends_on: date,
    reason: str,
    family: str = "",
    at: datetime,
) -> Override:
    """
    Say that a facility's need is so many thousandths of the doctrine's from a day to another, both included.

    Of one family, or of all (`family` empty): what is said of the family wins. It reads on the Monday of a plan's week, and ends by
    itself. Raises `Invalid`: another one holds then.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    facility = _locked(actor, registry)
    faults = [
        *_period_faults(starts_on, ends_on),
        *text_faults("reason", reason, length=REASON_LENGTH),
    ]
    if type(per_mille) is not int or not 0 <= per_mille <= MOST_PER_MILLE:
        faults.append(
            Fault(
                where="per_mille",
                message=f"Le besoin va de 0 à {MOST_PER_MILLE} millièmes de la doctrine.",
            )
        )
    if family and not Family.objects.filter(pk=family).exists():
        faults.append(Fault(where="family", message=f"Famille inconnue : « {family[:30]} »."))
    if faults:
        raise Invalid(*faults)
    period = DateRange(starts_on, ends_on + _DAY)
    faults = list(_override_overlaps(facility, family, period))
    if faults:
        raise Invalid(*faults)
    # After this point, the override must succeed.

    return Override.objects.create(
        facility=facility,
        family=family,
        per_mille=per_mille,
        period=period,
        reason=reason.strip(),
        by=actor.by,
        at=at,
    )


def _override_overlaps(facility: Facility, family: str, period: DateRange) -> Iterator[Fault]:
    standing = Override.objects.filter(facility=facility, family=family, period__overlap=period)
    for each in standing.order_by("period"):
        yield Fault(
            where="starts_on",
            message=(
                f"Une adaptation existe déjà du {each.period.lower:%d/%m/%Y}"
                f" au {each.period.upper - _DAY:%d/%m/%Y} : {each.per_mille} ‰, {each.reason}"
            ),
            remedy="Y mettre fin, ou choisir une période qui ne la recouvre pas.",
        )


@traced("fin d’adaptation saisonnière")
@transaction.atomic
def end_override(*, actor: Actor, override_id: int, on: date, at: datetime) -> Override | None:
    """End an override sooner: `on` is its last day; None where it had not started and is taken away."""
    actor.require(Deed.PERIMETER_MANAGE)
    override = (
        Override.objects.select_for_update(of=("self",))
        .filter(pk=override_id, facility__in=Facility.objects.within(actor.scope))
        .first()
    )
    if override is None:
        raise NotFound(
            Fault(where="override", message="Cette adaptation n’est pas dans votre périmètre.")
        )
    _refuse_later(on, last=override.period.upper - _DAY)
    # After this point, the end must succeed.

    return _shortened(override, on=on, at=at)


@traced("personnes en formation")
@transaction.atomic
def register_trainees(
    *,
    actor: Actor,
    registry: str,
    kind: str,
    cohort: str,
    headcount: int,
    starts_on: date,
    ends_on: date | None = None,
    every_weeks: int = 1,
    at: datetime,
) -> Trainees:
    """
    Say that a facility supplies people in training from a day to another, both included, every one, two or three weeks.

    Interns are supplied by a hospital, students by any facility. A cohort is counted once: Raises `Invalid`, naming who counts it
    already, wherever that is.
    """
    actor.require(Deed.PERIMETER_MANAGE)
    facility = _locked(actor, registry)
    faults = [
        *_period_faults(starts_on, ends_on),
        *text_faults("cohort", cohort, length=COHORT_LENGTH),
        *units_faults(headcount, where="headcount"),
        *_kind_faults(facility, kind),
    ]
    if type(headcount) is int and headcount > MOST_PEOPLE:
        faults.append(Fault(where="headcount", message=f"Au plus {MOST_PEOPLE} personnes."))
    if every_weeks not in FREQUENCIES:
        faults.append(
            Fault(
                where="every_weeks",
                message="La fréquence est d’une, deux ou trois semaines (MARS n° 2020_87).",
            )
        )
    if faults:
        raise Invalid(*faults)
    period = DateRange(starts_on, ends_on + _DAY if ends_on else None)
    faults = list(_cohort_overlaps(cohort.strip(), period))
    if faults:
        raise Invalid(*faults)
    # After this point, only the same cohort registered meanwhile may refuse.

    try:
        with transaction.atomic():
            return Trainees.objects.create(
                facility=facility,
                kind=kind,
                cohort=cohort.strip(),
                headcount=headcount,
                every_weeks=every_weeks,
                period=period,
                by=actor.by,
                at=at,
            )
    except IntegrityError:
        # Another facility registered it meanwhile: it is there by now.
        raise Invalid(*_cohort_overlaps(cohort.strip(), period)) from None


def _kind_faults(facility: Facility, kind: str) -> Iterator[Fault]:
    if kind not in Trainees.Kind.values:
        yield Fault(where="kind", message=f"Nature inconnue : « {kind[:20]} ».")
    elif kind == Trainees.Kind.INTERN and facility.category.group != Category.Group.HOSPITAL:
        yield Fault(
            where="kind",
            message=f"Les internes sont dotés par leur CHU de rattachement : {facility.name} n’est pas un hôpital.",
            remedy="Les inscrire à leur CHU, où qu’ils fassent leur stage.",
        )


def _cohort_overlaps(cohort: str, period: DateRange) -> Iterator[Fault]:
    standing = Trainees.objects.filter(Q(cohort=cohort), period__overlap=period).select_related(
        "facility"
    )
    for each in standing.order_by("period"):
        end = f"au {each.period.upper - _DAY:%d/%m/%Y}" if each.period.upper else "sans fin"
        yield Fault(
            where="cohort",
            message=(
                f"« {cohort} » est déjà dotée par {each.facility.name} ({each.facility.registry}),"
                f" du {each.period.lower:%d/%m/%Y} {end}."
            ),
            remedy="Une promotion n’est comptée qu’une fois : mettre fin à l’autre, ou choisir une autre période.",
        )


@traced("fin de personnes en formation")
@transaction.atomic
def end_trainees(*, actor: Actor, trainees_id: int, on: date, at: datetime) -> Trainees | None:
    """Say the last day a facility supplies a cohort; None where it had not started and is taken away."""
    actor.require(Deed.PERIMETER_MANAGE)
    trainees = (
        Trainees.objects.select_for_update(of=("self",))
        .filter(pk=trainees_id, facility__in=Facility.objects.within(actor.scope))
        .first()
    )
    if trainees is None:
        raise NotFound(
            Fault(where="trainees", message="Cette promotion n’est pas dans votre périmètre.")
        )
    if trainees.period.upper is not None:
        _refuse_later(on, last=trainees.period.upper - _DAY)
    # After this point, the end must succeed.

    return _shortened(trainees, on=on, at=at)


def _shortened(row: Dated, *, on: date, at: datetime) -> Dated | None:
    del at
    if on < row.period.lower:
        row.delete()
        return None
    row.period = DateRange(row.period.lower, on + _DAY)
    row.save(update_fields=["period"])
    return row


def _refuse_later(on: date, *, last: date) -> None:
    if on > last:
        raise Invalid(
            Fault(
                where="on",
                message=f"Elle finit déjà le {last:%d/%m/%Y}.",
                remedy="Pour la prolonger, en décider une autre à la suite.",
            )
        )


def _period_faults(starts_on: date, ends_on: date | None) -> Iterator[Fault]:
    if ends_on is not None and ends_on < starts_on:
        yield Fault(where="ends_on", message="La période finit avant de commencer.")


def _locked(actor: Actor, registry: str) -> Facility:
    """Lock a facility of one's scope, so that two periods are not written over one another."""
    facility = facilities.get(registry=registry, scope=actor.scope)
    Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
    return facility
