"""Questions to the doctrine: which version holds, what everyone needs under it, what another would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.doctrines import rules
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import Eligibility, FamilyChange, NeedLine, Parameter
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility, Region
from distrilog.domain.facilities.rules import Features
from distrilog.kernel.refusals import Fault, NotFound, Refusal


class NoDoctrine(Refusal):
    """Aucune doctrine n’est en vigueur à cette date."""

    slug = "no-doctrine"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NationalNeed:
    """The facilities of a day as columns, and units a week by family, row for row."""

    features: Features
    units: Mapping[str, NDArray[np.int64]]

    @property
    def totals(self) -> dict[str, int]:
        """Units a week by family."""
        return {family: int(units.sum()) for family, units in self.units.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One facility's need: whether it is served and why, units by family, and the lines behind them."""

    version: DoctrineVersion
    eligibility: Eligibility
    units: Mapping[str, int]
    lines: tuple[NeedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """
    What signing a version would change on a day, against another (None: there was no doctrine yet).

    `parameters` are those that differ, with the value before and after; `names` gives the names of
    the facilities and regions that `families` mentions, by registry number and by code.
    """

    version: DoctrineVersion
    against: DoctrineVersion | None
    families: tuple[FamilyChange, ...]
    parameters: tuple["ParameterChange", ...]
    facility_names: Mapping[str, str]
    region_names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChange:
    """A parameter whose value differs; None where one side does not read it."""

    name: str
    label: str
    before: Any
    after: Any


def get(*, version_id: int) -> DoctrineVersion:
    """Return one version, or NotFound."""
    found = DoctrineVersion.objects.filter(pk=version_id).first()
    if found is None:
        raise NotFound(Fault(where="version", message="Cette version de doctrine n’existe pas."))
    return found


def listing() -> list[DoctrineVersion]:
    """Return every version, the latest in effect first."""
    return list(DoctrineVersion.objects.order_by("-effective_on", "-signed_at", "-pk"))


def in_force(*, on: date) -> DoctrineVersion:
    """Return the signed version with the latest effect not after a day; the later signature wins a tie."""
    found = _in_force(on)
    if found is None:
        raise NoDoctrine(
            Fault(
                where="doctrine",
                message=f"Aucune doctrine signée ne s’applique au {on:%d/%m/%Y}.",
                remedy="Faire signer une version dont la date d’effet est atteinte.",
            )
        )
    return found


def parameters_of(*, version: DoctrineVersion) -> list[tuple[Parameter, Any]]:
    """Return each parameter its rules read with the value the version gives it (None: missing)."""
    known = rules.rule_set_of(version.rule_set).parameters
    return [(parameter, version.parameters.get(parameter.name)) for parameter in known]


def national_need(*, version: DoctrineVersion, on: date) -> NationalNeed:
    """Return the need of every facility open on a day under a version; a fixed number of statements."""
    features = facilities.features(on=on)
    return NationalNeed(
        features=features,
        units=rules.needs(
            rule_set=version.rule_set, parameters=version.parameters, features=features
        ),
    )


def need_of(*, facility: Facility, version: DoctrineVersion, on: date) -> Need:
    """Return one facility's need line by line; its class is read too where a size key needs it."""
    category = facility.category
    verdict = rules.eligibility(
        group=category.group,
        category=category.code,
        on=on,
        overseas=facility.route == Facility.Route.OVERSEAS,
    )
    own = facilities.features(on=on, ids=[facility.pk])
    lines = (
        rules.need_lines(
            rule_set=version.rule_set,
            parameters=version.parameters,
            facility=own,
            peers=_peers(group=category.group, version=version, on=on),
        )
        if len(own)
        else []
    )
    units = dict.fromkeys(rules.FAMILIES, 0)
    for line in lines:
        units[line.family] += line.units
    return Need(version=version, eligibility=verdict, units=units, lines=tuple(lines))


def changes(
    *, version: DoctrineVersion, on: date, against: DoctrineVersion | None = None
) -> Changes:
    """
    Return what a version changes for the facilities open on a day, before anyone signs it.

    Against the version in force that day unless another is given. Refuses bad parameters.
    """
    before = against or _in_force(on)
    national = national_need(version=version, on=on)
    old = (
        rules.needs(
            rule_set=before.rule_set, parameters=before.parameters, features=national.features
        )
        if before
        else {family: np.zeros_like(units) for family, units in national.units.items()}
    )
    families = rules.compare(features=national.features, before=old, after=national.units)
    mentioned = {each.registry for family in families for each in (*family.winners, *family.losers)}
    return Changes(
        version=version,
        against=before,
        families=tuple(families),
        parameters=tuple(_parameter_changes(before=before, after=version)),
        facility_names=dict(
            Facility.objects.filter(registry__in=mentioned).values_list("registry", "name")
        ),
        region_names=dict(Region.objects.values_list("code", "name")),
    )


def _in_force(on: date) -> DoctrineVersion | None:
    return (
        DoctrineVersion.objects.filter(state=DoctrineVersion.State.SIGNED, effective_on__lte=on)
        .order_by("-effective_on", "-signed_at", "-pk")
        .first()
    )


def _peers(*, group: str, version: DoctrineVersion, on: date) -> Features | None:
    if group not in rules.rule_set_of(version.rule_set).reads_peers:
        return None
    ids = Facility.objects.open_on(on).filter(category__group=group).values_list("pk", flat=True)
    return facilities.features(on=on, ids=list(ids))


def _parameter_changes(
    *, before: DoctrineVersion | None, after: DoctrineVersion
) -> list[ParameterChange]:
    versions = (before, after) if before else (after,)
    labels = {
        parameter.name: parameter.label
        for version in versions
        for parameter in rules.rule_set_of(version.rule_set).parameters
    }
    old = before.parameters if before else {}
    return [
        ParameterChange(
            name=name, label=label, before=old.get(name), after=after.parameters.get(name)
        )
        for name, label in labels.items()
        if old.get(name) != after.parameters.get(name)
    ]
