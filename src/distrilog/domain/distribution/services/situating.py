"""A platform's weekly word: what it has of each family and how soon it could run out (row C5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Situation
from distrilog.domain.distribution.services.carrying import TEXT_LENGTH
from distrilog.domain.distribution.services.settling import require_territory
from distrilog.kernel.refusals import Fault, Invalid
from distrilog.kernel.trace import traced
from distrilog.kernel.weeks import PARIS, Week


UNITS_LIMIT: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a platform says of one family: units in stock, the risk of running out, words."""

    stock: int
    risk: str = Situation.Risk.NONE
    words: str = ""


@traced("situation de plateforme")
@transaction.atomic
def report_situation(
    *, actor: Actor, territory: str, week: Week, lines: Mapping[str, Stated], at: datetime
) -> list[Situation]:
    """
    Say what a platform has, by family, for a week that has begun. Said again, the last word holds.

    Raises `Invalid` with every fault at once: a risk of running out says why.
    """
    actor.require(Deed.PLATFORM_RUN)
    require_territory(actor, territory)
    faults = list(_faults(week, lines, at))
    if faults:
        raise Invalid(*faults)
    # After this point, the word must succeed.

    return Situation.objects.bulk_create(
        [
            Situation(
                territory_id=territory,
                family_id=family,
                week=str(week),
                stock=stated.stock,
                risk=stated.risk,
                words=stated.words.strip(),
                by=actor.by,
                at=at,
            )
            for family, stated in lines.items()
        ],
        update_conflicts=True,
        unique_fields=["territory", "week", "family"],
        update_fields=["stock", "risk", "words", "by", "at"],
    )


def _faults(week: Week, lines: Mapping[str, Stated], at: datetime) -> Iterator[Fault]:
    if week > Week.at(at, PARIS):
        yield Fault(where="week", message="Cette semaine n’a pas commencé.")
    if not lines:
        yield Fault(where="lines", message="Aucune famille n’est renseignée.")
    known = frozenset(Family.objects.values_list("code", flat=True))
    for family, stated in lines.items():
        if family not in known:
            yield Fault(where=f"lines.{family}", message=f"Famille inconnue : « {family[:30]} ».")
        yield from _line_faults(f"lines.{family}", stated)


def _line_faults(where: str, stated: Stated) -> Iterator[Fault]:
    words = stated.words.strip()
    if not 0 <= stated.stock <= UNITS_LIMIT:
        yield Fault(where=f"{where}.stock", message="Le stock est un nombre entier d’unités.")
    if stated.risk not in Situation.Risk.values:
        yield Fault(where=f"{where}.risk", message="Ce risque n’est pas de la liste.")
    elif stated.risk != Situation.Risk.NONE and not words:
        yield Fault(where=f"{where}.words", message="Dire d’où vient le risque de rupture.")
    if len(words) > TEXT_LENGTH:
        yield Fault(where=f"{where}.words", message=f"{TEXT_LENGTH} caractères au plus.")
