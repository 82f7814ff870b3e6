"""What a run starts from: envelopes, multipliers, floors, caps, pots; and everything wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Category, Region
from distrilog.domain.quotas.rules import ENVELOPE_LIMIT, THOUSANDTHS
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault


# A region may count up to ten times the doctrine's need: more would be a typing mistake.
MULTIPLIER_LIMIT: Final = 10_000
CAP_LIMIT: Final = 10_000

Envelope = int | Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """
    The decisions of a run, as written in `QuotaRun.inputs`. Rates are per mille.

    `envelopes[family]` is a total, which preview splits between sources, or units by source. `multipliers`
    are by region and family, of the need; `floors` by category group, of the need; `cap` of the need,
    before it is rounded up to a box; `pots` by family, of the envelope. `reads_cover`: declared stock counts.
    """

    envelopes: Mapping[str, Envelope]
    multipliers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    floors: Mapping[str, int] = field(default_factory=dict)
    cap: int = THOUSANDTHS
    pots: Mapping[str, int] = field(default_factory=dict)
    reads_cover: bool = False

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote; runs from before cover could be read do not say that they did."""
        return cls(**{each.name: inputs[each.name] for each in fields(cls) if each.name in inputs})

    def as_json(self) -> dict[str, Any]:
        """Return what the run keeps."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The codes that decisions may name, and the units that may be shared out."""

    families: frozenset[str]
    sources: frozenset[str]
    regions: frozenset[str]
    groups: frozenset[str]
    usable: Mapping[tuple[str, str], int]

    @classmethod
    def with_usable(cls, usable: Mapping[tuple[str, str], int]) -> Self:
        """Read the codes; `usable` is by (source, family)."""
        return cls(
            families=frozenset(Family.objects.values_list("code", flat=True)),
            sources=frozenset(Place.objects.values_list("code", flat=True)),
            regions=frozenset(Region.objects.values_list("code", flat=True)),
            groups=frozenset(Category.Group.values),
            usable=usable,
        )


def faults_of(decisions: Decisions, *, known: Known) -> Iterator[Fault]:
    """Yield everything that is wrong, in French, each with its remedy."""
    if not decisions.envelopes:
        yield Fault(
            where="envelopes",
            message="Aucune enveloppe n’est donnée.",
            remedy="Donner une enveloppe pour au moins une famille.",
        )
    for family, envelope in decisions.envelopes.items():
        where = f"envelopes.{family}"
        if family not in known.families:
            yield _unknown(where, "famille", family)
        elif isinstance(envelope, Mapping):
            yield from _by_source_faults(where, family, envelope, known=known)
        else:
            yield from _total_faults(where, family, envelope, known=known)
    yield from _multiplier_faults(decisions, known=known)
    yield from _floor_faults(decisions, known=known)
    yield from _pot_faults(decisions)


def _total_faults(where: str, family: str, envelope: Any, *, known: Known) -> Iterator[Fault]:
    fault = _rate_fault(where, envelope, most=ENVELOPE_LIMIT, unit="unités")
    if fault:
        yield fault
        return
    usable = sum(units for (_, each), units in known.usable.items() if each == family)
    yield from _against_stock(where, envelope, usable=usable)
    yield from _zero(where, envelope)


def _by_source_faults(
    where: str, family: str, envelope: Mapping[str, Any], *, known: Known
) -> Iterator[Fault]:
    faults = [
        fault
        for source, units in envelope.items()
        for fault in _source_faults(where, source, units, usable=known.usable, family=family)
        if source in known.sources
    ]
    faults += [
        _unknown(f"{where}.{source}", "source", source)
        for source in envelope
        if source not in known.sources
    ]
    yield from faults
    if not faults:
        yield from _zero(where, sum(envelope.values()))


def _source_faults(
    where: str, source: str, units: Any, *, usable: Mapping[tuple[str, str], int], family: str
) -> Iterator[Fault]:
    fault = _rate_fault(f"{where}.{source}", units, most=ENVELOPE_LIMIT, unit="unités")
    if fault:
        yield fault
    else:
        yield from _against_stock(
            f"{where}.{source}", units, usable=usable.get((source, family), 0)
        )


def _against_stock(where: str, units: int, *, usable: int) -> Iterator[Fault]:
    if units > usable:
        yield Fault(
            where=where,
            message=f"L’enveloppe de {units} unités dépasse le stock utilisable : {usable}.",
            remedy=f"Ne pas dépasser {usable} unités, ou attendre une réception.",
            values={"asked": units, "left": usable},
        )


def _zero(where: str, units: int) -> Iterator[Fault]:
    if units == 0:
        yield Fault(
            where=where,
            message="Une enveloppe nulle ne répartit rien.",
            remedy="Donner une enveloppe, ou retirer cette famille du calcul.",
        )


def _multiplier_faults(decisions: Decisions, *, known: Known) -> Iterator[Fault]:
    for region, by_family in decisions.multipliers.items():
        if region not in known.regions:
            yield _unknown(f"multipliers.{region}", "région", region)
        for family, rate in by_family.items():
            where = f"multipliers.{region}.{family}"
            if family not in decisions.envelopes:
                yield _not_shared(where, family)
            fault = _rate_fault(where, rate, most=MULTIPLIER_LIMIT, least=1)
            if fault:
                yield fault


def _floor_faults(decisions: Decisions, *, known: Known) -> Iterator[Fault]:
    fault = _rate_fault("cap_per_mille", decisions.cap, most=CAP_LIMIT, least=1)
    if fault:
        yield fault
        return
    for group, rate in decisions.floors.items():
        where = f"floors.{group}"
        if group not in known.groups:
            yield _unknown(where, "catégorie d’établissements", group)
        fault = _rate_fault(where, rate, most=decisions.cap)
        if fault:
            yield fault


def _pot_faults(decisions: Decisions) -> Iterator[Fault]:
    for family, rate in decisions.pots.items():
        where = f"pots_per_mille.{family}"
        if family not in decisions.envelopes:
            yield _not_shared(where, family)
        fault = _rate_fault(where, rate, most=THOUSANDTHS)
        if fault:
            yield fault


def _rate_fault(
    where: str, value: Any, *, most: int, least: int = 0, unit: str = "pour mille"
) -> Fault | None:
    """Return what is wrong with a value that comes from outside: a whole number within bounds, or not."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return None
    return Fault(
        where=where,
        message=f"« {str(value)[:30]} » n’est pas un nombre entier de {least} à {most} ({unit}).",
        remedy="Corriger la valeur.",
    )


def _unknown(where: str, noun: str, code: str) -> Fault:
    return Fault(
        where=where,
        message=f"Code inconnu ({noun}) : « {str(code)[:30]} ».",
        remedy="Vérifier le code.",
    )


def _not_shared(where: str, family: str) -> Fault:
    return Fault(
        where=where,
        message=f"La famille « {str(family)[:30]} » n’a pas d’enveloppe dans ce calcul.",
        remedy="Lui donner une enveloppe, ou retirer cette ligne.",
    )
