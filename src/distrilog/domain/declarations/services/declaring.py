"""A facility says what it has: one version a submission, one line in force a family, nothing ever lost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.declarations.models import (
    Declaration,
    Difficulty,
    Statement,
    Submission,
)
from distrilog.domain.declarations.queries import facts, weeks as week_queries
from distrilog.domain.declarations.queries.weeks import WeekView
from distrilog.domain.declarations.rules import (
    Band,
    FamilyNeed,
    Said,
    Trouble,
    facility_closed,
    is_small,
    line_faults,
    questions,
    trouble_faults,
    units_of_band,
    was_open,
    week_fault,
)
from distrilog.domain.declarations.services.rolling import mark_stale
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Fault, Forbidden, Invalid, Refusal
from distrilog.kernel.weeks import Week


class Conflict(Refusal):
    """Quelqu’un a déclaré cette semaine depuis que vous avez ouvert le formulaire."""

    slug = "declaration-conflict"
    status = 412


class ToConfirm(Refusal):
    """Des quantités surprennent : corrigez-les, ou confirmez-les."""

    slug = "to-confirm"
    status = 409


class KeyReused(Refusal):
    """Cette clé d’idempotence a déjà servi à une autre déclaration."""

    slug = "idempotency-key-reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    What became of a declaration: the version it made, and the week as it stands now.

    `replayed`: nothing was written, it had been said before. `questions` were asked of the lines that
    were confirmed.
    """

    version: int
    replayed: bool
    questions: Sequence[Fault]
    declaration: WeekView


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What is sent, and where it goes."""

    facility: Facility
    week: Week
    lines: Sequence[Said]
    troubles: Sequence[Trouble]
    key: UUID | None
    channel: str

    @property
    def digest(self) -> str:
        """The SHA-256 of what is said, whatever the order of its lines, confirmed or not."""
        content = [
            self.facility.registry,
            str(self.week),
            sorted((list(line.content) for line in self.lines), key=repr),
            [[each.category, each.urgency, each.family, each.words] for each in self.troubles],
        ]
        return sha256(json.dumps(content).encode()).hexdigest()


@transaction.atomic
def declare(
    *,
    actor: Actor,
    registry: str,
    week: Week,
    lines: Sequence[Said],
    troubles: Sequence[Trouble] = (),
    version: int | None = None,
    key: UUID | None = None,
    channel: str = "screen",
    at: datetime,
    delivered: Mapping[str, int] | None = None,
) -> Declared:
    """
    Write one version of a facility's week: what is not said stays as it was.

    `version` is what the form was filled from (0: nothing said yet; None: whatever there is). `delivered` is
    what shipping knows was received since the last declaration: without it, a rise is not asked about. The same
    key with the same content answers again, and the same content without a key changes nothing. Raises Forbidden,
    NotFound (another's facility), KeyReused, Conflict, Invalid with every fault, ToConfirm with every question.
    """
    actor.require(Deed.DECLARATION_MAKE)
    facility = facilities.get(registry=registry, scope=facts.own_scope(actor))
    _require_delegate(actor=actor, facility=facility)
    form = _Form(
        facility=facility, week=week, lines=lines, troubles=troubles, key=key, channel=channel
    )
    declaration = _lock(form)
    replayed = _replayed(form, declaration=declaration)
    if replayed is not None:
        return _answer(form, actor=actor, at=at, version=replayed, replayed=True)
    families = facts.needs_of(facility_id=facility.pk)
    said = week_queries.current_lines(facility_id=facility.pk, week=week, families=families)
    _refuse_stale(declaration=declaration, version=version, said=said)
    _refuse_faults(form, families=families, at=at)
    past = facts.past_of(facility_id=facility.pk, week=week, families=families, delivered=delivered)
    asked = {
        line.family: questions(
            line,
            family=families[line.family],
            past=past.get(line.family),
            week=week,
            where=f"lines.{line.family}",
        )
        for line in lines
    }
    _refuse_unconfirmed(lines, asked=asked)
    confirmed = [fault for faults in asked.values() for fault in faults]
    if key is None and not troubles and _says_the_same(lines, said=said):
        return _answer(
            form, actor=actor, at=at, version=declaration.version, replayed=True, asked=confirmed
        )
    # After this point, only the same key used for another declaration at this very moment can make it fail.

    _write(form, declaration=declaration, actor=actor, at=at, families=families, asked=asked)
    mark_stale(week=week, at=at)
    return _answer(
        form, actor=actor, at=at, version=declaration.version, replayed=False, asked=confirmed
    )


def _require_delegate(*, actor: Actor, facility: Facility) -> None:
    if not facts.is_delegate(actor=actor, facility_id=facility.pk):
        raise Forbidden(
            Fault(
                where="facility",
                message="Le directeur a désigné d’autres personnes pour déclarer.",
                remedy="Demandez-lui de vous désigner aussi.",
            )
        )


def _week_faults(form: _Form, *, at: datetime) -> list[Fault]:
    facility, week = form.facility, form.week
    faults = []
    if not was_open(week=week, opened_on=facility.opened_on, closed_on=facility.closed_on):
        faults.append(facility_closed(name=facility.name, week=week))
    wrong = week_fault(week=week, now=facts.current_week(facility=facility, at=at))
    if wrong is not None:
        message, remedy = wrong
        faults.append(Fault(where="week", message=message, remedy=remedy, values={"code": "week"}))
    return faults


def _lock(form: _Form) -> Declaration:
    """Hold the declaration of the week until the end of the transaction; version 0 where there was none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO declarations_declaration (facility_id, week, version) VALUES (%s, %s, 0)
            ON CONFLICT DO NOTHING
            """,
            [form.facility.pk, str(form.week)],
        )
    return Declaration.objects.select_for_update().get(
        facility_id=form.facility.pk, week=str(form.week)
    )


def _replayed(form: _Form, *, declaration: Declaration) -> int | None:
    """Return the version that this key made already; refuse a key that made another."""
    if form.key is None:
        return None
    earlier = Submission.objects.filter(key=form.key).first()
    if earlier is None:
        return None
    if earlier.declaration_id != declaration.pk or earlier.digest != form.digest:
        raise _reused()
    return earlier.version


def _reused() -> KeyReused:
    return KeyReused(
        detail="Cette clé d’idempotence a déjà servi à une autre déclaration : utilisez-en une nouvelle."
    )


def _refuse_stale(
    *, declaration: Declaration, version: int | None, said: Mapping[str, Statement]
) -> None:
    """Refuse a form that was filled from another version than the one in force, and give what holds now."""
    if version is None or version == declaration.version:
        return
    raise Conflict(
        detail=(
            f"Votre formulaire part de la version {version}, la version en vigueur est la"
            f" {declaration.version} : comparez, puis envoyez de nouveau."
        ),
        version=declaration.version,
        lines=[
            {
                "family": family,
                "stock": row.stock,
                "consumption": row.consumption,
                "band": row.band,
            }
            for family, row in sorted(said.items())
        ],
    )


def _refuse_faults(form: _Form, *, families: Mapping[str, FamilyNeed], at: datetime) -> None:
    faults = (
        _week_faults(form, at=at)
        + line_faults(form.lines, families=families, bands_allowed=is_small(families.values()))
        + trouble_faults(
            form.troubles,
            families=families,
            categories=Difficulty.Category.values,
            urgencies=Difficulty.Urgency.values,
        )
    )
    if not form.lines and not form.troubles:
        faults.append(
            Fault(
                where="lines",
                message="La déclaration est vide.",
                remedy="Indiquez le stock d’une famille au moins.",
                values={"code": "empty"},
            )
        )
    if faults:
        raise Invalid(*faults)


def _refuse_unconfirmed(lines: Sequence[Said], *, asked: Mapping[str, Sequence[Fault]]) -> None:
    open_questions = [fault for line in lines if not line.confirmed for fault in asked[line.family]]
    if open_questions:
        raise ToConfirm(*open_questions)


def _says_the_same(lines: Sequence[Said], *, said: Mapping[str, Statement]) -> bool:
    return all(_is_said(line, said.get(line.family)) for line in lines)


def _is_said(line: Said, row: Statement | None) -> bool:
    if row is None or row.band != line.band:
        return False
    return bool(line.band) or (row.stock, row.consumption) == (line.stock, line.consumption)


def _write(
    form: _Form,
    *,
    declaration: Declaration,
    actor: Actor,
    at: datetime,
    families: Mapping[str, FamilyNeed],
    asked: Mapping[str, Sequence[Fault]],
) -> None:
    declaration.version += 1
    declaration.save(update_fields=["version"])
    submission = Submission(
        declaration=declaration,
        version=declaration.version,
        key=form.key,
        digest=form.digest,
        channel=form.channel,
        declared_by=actor.by,
        responsible=facts.responsible_for(facility_id=form.facility.pk, at=at),
        declared_at=at,
    )
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
    except IntegrityError as error:
        # Versions are counted under the lock: only the key can be another's, sent at this very moment.
        raise _reused() from error
    same: dict[str, Any] = {
        "declaration": declaration,
        "version": declaration.version,
        "facility": form.facility,
        "week": str(form.week),
    }
    Statement.objects.filter(
        week=str(form.week),
        family_id__in=[line.family for line in form.lines],
        facility=form.facility,
        current=True,
    ).update(current=False)
    Statement.objects.bulk_create(
        Statement(
            **same,
            family_id=line.family,
            stock=_units(line, need=families[line.family].need),
            consumption=line.consumption,
            need=families[line.family].need,
            band=line.band,
            questioned=bool(asked[line.family]),
        )
        for line in form.lines
    )
    Difficulty.objects.bulk_create(
        Difficulty(
            **same,
            family_id=each.family or None,
            category=each.category,
            urgency=each.urgency,
            words=each.words.strip(),
        )
        for each in form.troubles
    )


def _units(line: Said, *, need: int) -> int:
    if line.band:
        return units_of_band(band=Band(line.band), need=need)
    assert line.stock is not None, "a line without a stock was refused above"
    return line.stock


def _answer(
    form: _Form,
    *,
    actor: Actor,
    at: datetime,
    version: int,
    replayed: bool,
    asked: Sequence[Fault] = (),
) -> Declared:
    return Declared(
        version=version,
        replayed=replayed,
        questions=tuple(asked),
        declaration=week_queries.view(facility=form.facility, week=form.week, at=at, actor=actor),
    )
