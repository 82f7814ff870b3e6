"""Reminding those that were asked and are silent; the weekly digest of each agency. Once, however often it is run."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.models import Mailing
from distrilog.domain.declarations.queries.silence import (
    COUNTRY,
    SilentFacility,
    addresses,
    agency_addresses,
    region_weeks,
    silent_facilities,
)
from distrilog.domain.declarations.rules import rollout
from distrilog.domain.declarations.rules.weeks import selectable
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages import services as messages
from distrilog.domain.messages.services import Mail
from distrilog.kernel.refusals import Fault, Invalid, NotFound
from distrilog.kernel.scopes import Scope
from distrilog.kernel.weeks import PARIS, Week


# Where each reads more; one link in each e-mail.
DECLARE_PATH: Final = "/declaration/"
COMPLETENESS_PATH: Final = "/couverture/completude/"
MOST_NAMED: Final = 5000
AUTOMATIC: Final = "relance automatique"
_DIGEST_LENGTH: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """
    What reminding did: facilities reminded, e-mails written, silent facilities that nobody can be written to.

    `passed_over` were named and need no reminder now: they declared, were not asked, or were reminded today.
    """

    facilities: int
    emails: int
    without_address: int
    passed_over: int = 0


@transaction.atomic
def remind(
    *, actor: Actor, week: Week, at: datetime, registries: Sequence[str] | None = None
) -> Reminded:
    """
    Write to those who may declare for the silent facilities of the actor's scope, or for those named.

    At most once a day and facility, once a rank, whoever asks; a person of several facilities gets one e-mail.
    Raises Invalid for a week that can no longer be declared, NotFound outside the scope.
    """
    actor.require(Deed.REMINDER_SEND)
    _refuse(actor.scope, week=week, registries=registries, at=at)
    # After this point, the reminders must succeed.

    return _remind(scope=actor.scope, week=week, registries=registries, by=actor.by, at=at)


@transaction.atomic
def send_digests(*, week: Week, at: datetime) -> int:
    """Write the digest of a week to the people of each agency, once a person; return how many e-mails are new."""
    told = region_weeks(week=week, at=at)
    return messages.write(
        mails=[
            _digest(week=week, region=region, told=told[region], address=address)
            for region, people in sorted(agency_addresses(at=at).items())
            if region in told
            for address in people
        ],
        at=at,
    )


def post_due(*, at: datetime) -> list[str]:
    """Write what leaves by itself today and is due, once a day each; return the kinds that were done."""
    return [kind for pk in _due(at=at) if (kind := _post(pk=pk, at=at))]


def _due(*, at: datetime) -> list[int]:
    local = at.astimezone(PARIS)
    rows = Mailing.objects.filter(weekday=local.isoweekday(), clock__lte=local.time())
    return list(
        rows.exclude(done_on=local.date()).order_by("clock", "pk").values_list("pk", flat=True)
    )


@transaction.atomic
def _post(*, pk: int, at: datetime) -> str:
    """Do one mailing and note it in the same transaction; empty where another worker is at it, or was."""
    today = at.astimezone(PARIS).date()
    rows = Mailing.objects.select_for_update(skip_locked=True).exclude(done_on=today)
    mailing = rows.filter(pk=pk).first()
    if mailing is None:
        return ""
    week = Week.at(at)
    if mailing.kind == Mailing.Kind.REMINDER:
        _remind(scope=COUNTRY, week=week, registries=None, by=AUTOMATIC, at=at)
    else:
        send_digests(week=week, at=at)
    mailing.done_on = today
    mailing.save(update_fields=["done_on"])
    return mailing.kind


def _refuse(scope: Scope, *, week: Week, registries: Sequence[str] | None, at: datetime) -> None:
    if week not in selectable(now=Week.at(at)):
        raise Invalid(Fault(where="week", message=f"La semaine {week} ne se déclare pas, ou plus."))
    if registries is None:
        return
    if len(registries) > MOST_NAMED:
        raise Invalid(
            Fault(
                where="registries",
                message=f"{len(registries)} établissements : au plus {MOST_NAMED} à la fois.",
                remedy="Relancer tous ceux de votre périmètre.",
            )
        )
    inside = Facility.objects.within(scope).filter(registry__in=registries)
    known = set(inside.values_list("registry", flat=True))
    faults = [
        Fault(
            where=f"registries.{rank}",
            message=f"« {registry[:20]} » n’est pas un établissement de votre périmètre.",
        )
        for rank, registry in enumerate(registries)
        if registry not in known
    ]
    if faults:
        raise NotFound(*faults)


def _remind(
    *, scope: Scope, week: Week, registries: Sequence[str] | None, by: str, at: datetime
) -> Reminded:
    silent = silent_facilities(
        scope=scope, week=week, at=at, registries=registries, not_reminded_today=True
    )
    people = addresses(facility_ids=[row.id for row in silent], at=at)
    noted = _note([row for row in silent if row.id in people], people, week=week, by=by, at=at)
    mails = _reminders([row for row in silent if row.id in noted], people, week=week)
    return Reminded(
        facilities=len(noted),
        emails=messages.write(mails=mails, at=at),
        without_address=sum(row.id not in people for row in silent),
        passed_over=len(set(registries)) - len(silent) if registries is not None else 0,
    )


def _note(
    rows: Sequence[SilentFacility],
    people: Mapping[int, Sequence[str]],
    *,
    week: Week,
    by: str,
    at: datetime,
) -> set[int]:
    """Write the reminders; return the facilities whose rank nobody else wrote meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO declarations_reminder (facility_id, week, rank, recipients, sent_by, sent_at)
            SELECT facility, %s, rank, recipients, %s, %s
            FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS told (facility, rank, recipients)
            ORDER BY facility
            ON CONFLICT (facility_id, week, rank) DO NOTHING
            RETURNING facility_id
            """,
            [
                str(week),
                by,
                at,
                [row.id for row in rows],
                [row.rank for row in rows],
                [len(people[row.id]) for row in rows],
            ],
        )
        return {facility for (facility,) in cursor.fetchall()}


def _reminders(
    rows: Sequence[SilentFacility], people: Mapping[int, Sequence[str]], *, week: Week
) -> list[Mail]:
    """Write one e-mail a person, about all its facilities; the key says which reminders it brings."""
    by_person: defaultdict[str, list[SilentFacility]] = defaultdict(list)
    for row in rows:
        for address in people[row.id]:
            by_person[address].append(row)
    mails = []
    for address, facilities in sorted(by_person.items()):
        letter = rollout.reminder(
            week=week,
            facilities=[row.name for row in facilities],
            address=f"{settings.PUBLIC_URL}{DECLARE_PATH}",
        )
        about = ",".join(
            f"{row.id}:{row.rank}" for row in sorted(facilities, key=lambda row: row.id)
        )
        mails.append(
            Mail(
                key=f"reminder:{week}:{_digest_of(f'{address} {about}')}",
                recipient=address,
                subject=letter.subject,
                text=letter.text,
            )
        )
    return mails


def _digest(*, week: Week, region: str, told: rollout.RegionWeek, address: str) -> Mail:
    letter = rollout.digest(
        week=week, told=told, address=f"{settings.PUBLIC_URL}{COMPLETENESS_PATH}"
    )
    return Mail(
        key=f"digest:{week}:{region}:{_digest_of(address)}",
        recipient=address,
        subject=letter.subject,
        text=letter.text,
    )


def _digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
