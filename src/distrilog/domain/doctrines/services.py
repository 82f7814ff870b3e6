"""Versions of the doctrine: one person prepares, another signs, and what changes is seen before."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import pghistory
from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed, require_second_person
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import (
    RULE_SETS,
    DoctrineParametersMissing,
    Kind,
    parameter_faults,
    require_parameters,
)
from distrilog.domain.facilities.models import Department
from distrilog.kernel.refusals import Fault, Invalid, NotFound, Refusal
from distrilog.kernel.weeks import PARIS, Week


REASON_LENGTH: Final = 2000
CODE_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}", re.ASCII)
TITLE_LENGTH: Final = 160


class VersionClosed(Refusal):
    """Cette version n’est plus à signer."""

    slug = "version-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    A version somebody wants: these rules, with these parameters, from that day.

    With `based_on`, the id of a version, `parameters` need only hold what differs from it. Without,
    they are complete.
    """

    code: str
    title: str
    rule_set: str
    parameters: dict[str, Any]
    effective_on: date
    reason: str
    based_on: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seed:
    """A version that was in force in 2020, and its history."""

    rule_set: str
    effective_on: date
    decided_at: datetime
    reason: str


SEEDS: Final = (
    _Seed(
        rule_set="2020-03-20",
        effective_on=date(2020, 3, 20),
        decided_at=datetime(2020, 3, 20, 8, tzinfo=UTC),
        reason="Instruction aux ARS du 20 mars 2020.",
    ),
    _Seed(
        rule_set="2020-03-26",
        effective_on=date(2020, 3, 23),
        decided_at=datetime(2020, 3, 26, 8, tzinfo=UTC),
        reason=(
            "Instruction aux ARS du 26 mars 2020, pour les approvisionnements réalisés à partir du "
            "23 mars."
        ),
    ),
    # The portal opens in week 41, whose Monday is 5 October.
    _Seed(
        rule_set="2020-10",
        effective_on=date(2020, 10, 5),
        decided_at=datetime(2020, 10, 5, 6, tzinfo=UTC),
        reason="MARS n° 2020_87 du 8 octobre 2020 : contingentement des sept familles sur le portail.",
    ),
)


@transaction.atomic
def seed_versions(*, prepared_by: str, signed_by: str) -> list[DoctrineVersion]:
    """Add the three versions of 2020 as signed history, where they are missing; two persons."""
    require_second_person(prepared_by=prepared_by, signed_by=signed_by)
    # After this point, the versions must succeed.

    found = []
    for seed in SEEDS:
        rule_set = RULE_SETS[seed.rule_set]
        with pghistory.context(by=signed_by, why=seed.reason):
            version, _is_new = DoctrineVersion.objects.get_or_create(
                code=rule_set.code,
                defaults={
                    "title": rule_set.title,
                    "rule_set": rule_set.code,
                    "parameters": rule_set.defaults,
                    "effective_on": seed.effective_on,
                    "state": DoctrineVersion.State.SIGNED,
                    "reason": seed.reason,
                    "prepared_by": prepared_by,
                    "prepared_at": seed.decided_at,
                    "signed_by": signed_by,
                    "signed_at": seed.decided_at,
                },
            )
        found.append(version)
    return found


@transaction.atomic
def prepare(*, actor: Actor, proposal: Proposal, at: datetime) -> DoctrineVersion:
    """
    Write a draft; what it changes is then read with `queries.changes`.

    Refuses with `DoctrineParametersMissing` when parameters are wrong, else with `Invalid`: every
    fault at once in either case. NotFound when the version it is based on does not exist.
    """
    actor.require(Deed.DOCTRINE_PREPARE)
    parameters = _completed(proposal)
    wrong = _parameter_faults(rule_set=proposal.rule_set, parameters=parameters)
    faults = _faults(proposal=proposal, at=at)
    if wrong:
        raise DoctrineParametersMissing(*wrong, *faults)
    if faults:
        raise Invalid(*faults)
    # After this point, the draft must succeed.

    with pghistory.context(by=actor.by, why=proposal.reason):
        return DoctrineVersion.objects.create(
            code=proposal.code,
            title=proposal.title.strip(),
            rule_set=proposal.rule_set,
            parameters=parameters,
            effective_on=proposal.effective_on,
            reason=proposal.reason.strip(),
            prepared_by=actor.by,
            prepared_at=at,
        )


@transaction.atomic
def sign(*, actor: Actor, version_id: int, at: datetime, reason: str = "") -> DoctrineVersion:
    """Put a draft in force from its date, by another person than its author. Final."""
    actor.require(Deed.DOCTRINE_SIGN)
    version = _draft(version_id=version_id)
    require_second_person(prepared_by=version.prepared_by, signed_by=actor.by)
    require_parameters(rule_set=version.rule_set, parameters=version.parameters)
    faults = [*_effect_faults(effective_on=version.effective_on, at=at), *_length_faults(reason)]
    if faults:
        raise Invalid(*faults)
    # After this point, the signature must succeed.

    with pghistory.context(by=actor.by, why=reason.strip() or version.reason):
        version.state = DoctrineVersion.State.SIGNED
        version.signed_by = actor.by
        version.signed_at = at
        version.save()
    return version


@transaction.atomic
def withdraw(*, actor: Actor, version_id: int, reason: str, at: datetime) -> DoctrineVersion:
    """Set a draft aside; a signed version is only ever followed by another."""
    actor.require(Deed.DOCTRINE_PREPARE)
    version = _draft(version_id=version_id)
    faults = _reason_faults(reason)
    if faults:
        raise Invalid(*faults)
    # After this point, the withdrawal must succeed.

    with pghistory.context(by=actor.by, why=reason.strip(), at=at.isoformat()):
        version.state = DoctrineVersion.State.WITHDRAWN
        version.save()
    return version


def _draft(*, version_id: int) -> DoctrineVersion:
    version = DoctrineVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None:
        raise NotFound(Fault(where="version", message="Cette version de doctrine n’existe pas."))
    if version.state != DoctrineVersion.State.DRAFT:
        raise VersionClosed(
            detail=f"La version « {version.code} » est déjà {version.get_state_display()}."
        )
    return version


def _completed(proposal: Proposal) -> dict[str, Any]:
    if proposal.based_on is None:
        return proposal.parameters
    base = DoctrineVersion.objects.filter(pk=proposal.based_on).first()
    if base is None:
        raise NotFound(Fault(where="based_on", message="La version de départ n’existe pas."))
    return {**base.parameters, **proposal.parameters}


def _parameter_faults(*, rule_set: str, parameters: dict[str, Any]) -> list[Fault]:
    """Return the faults of the parameters, unknown departments included."""
    if rule_set not in RULE_SETS:
        return []
    found = parameter_faults(rule_set=rule_set, parameters=parameters)
    if found:
        return found
    return [
        Fault(
            where=f"parameters.{parameter.name}",
            message=f"Département inconnu : {code}.",
            remedy="Choisir dans la liste des départements.",
        )
        for parameter in RULE_SETS[rule_set].parameters
        if parameter.kind is Kind.DEPARTMENTS
        for code in _unknown_departments(parameters[parameter.name])
    ]


def _unknown_departments(codes: list[str]) -> list[str]:
    return sorted(set(codes) - set(Department.objects.values_list("code", flat=True)))


def _faults(*, proposal: Proposal, at: datetime) -> list[Fault]:
    faults = [
        *_effect_faults(effective_on=proposal.effective_on, at=at),
        *_reason_faults(proposal.reason),
    ]
    if proposal.rule_set not in RULE_SETS:
        faults.append(
            Fault(
                where="rule_set",
                message=f"« {proposal.rule_set[:40]} » n’est pas un jeu de règles.",
                remedy=f"Choisir parmi : {', '.join(RULE_SETS)}.",
            )
        )
    if not CODE_SHAPE.fullmatch(proposal.code):
        faults.append(
            Fault(
                where="code",
                message="Le nom de la version est vide, trop long, ou contient autre chose que des "
                "lettres, chiffres, points et tirets.",
                remedy="Écrire par exemple 2020-10-12.",
            )
        )
    elif DoctrineVersion.objects.filter(code=proposal.code).exists():
        faults.append(
            Fault(
                where="code",
                message=f"Une version « {proposal.code} » existe déjà.",
                remedy="Choisir un autre nom : une version signée ne change jamais.",
            )
        )
    if not 0 < len(proposal.title.strip()) <= TITLE_LENGTH:
        faults.append(
            Fault(where="title", message=f"Le titre compte de 1 à {TITLE_LENGTH} caractères.")
        )
    return faults


def _effect_faults(*, effective_on: date, at: datetime) -> list[Fault]:
    """
    Refuse an effect before the Monday of the current week.

    Not before today: the instruction of Thursday 26 March 2020 governed supplies from Monday 23.
    """
    monday = Week.at(at, PARIS).monday
    if effective_on >= monday:
        return []
    return [
        Fault(
            where="effective_on",
            message=f"La date d’effet, le {effective_on:%d/%m/%Y}, est passée.",
            remedy=f"Choisir le {monday:%d/%m/%Y} (début de la semaine en cours) ou après.",
        )
    ]


def _reason_faults(reason: str) -> list[Fault]:
    if not reason.strip():
        return [Fault(where="reason", message="Écrivez le motif : il sera gardé et lu.")]
    return _length_faults(reason)


def _length_faults(reason: str) -> list[Fault]:
    if len(reason) <= REASON_LENGTH:
        return []
    return [Fault(where="reason", message=f"Le motif dépasse {REASON_LENGTH} caractères.")]
