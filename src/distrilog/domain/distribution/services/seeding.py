"""The programmes that the texts name, filled once and left as they are afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from distrilog.domain.distribution.models import Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A programme as a text says it; where the text gives no quantity, its sites' units are said one by one."""

    code: str
    title: str
    starts_on: date
    source: str
    rule: str = Programme.Rule.NAMED.value
    units: int = 0
    ends_on: date | None = None
    once: bool = False


_JULY: Final = "MINSANTE n° 143 du 30 juillet 2020 : « flux spéciaux », sans quantité dans le texte"
_OCCITANIE: Final = (
    "ARS Occitanie, 24 avril 2020 : dotations aux CH Covid de première et seconde ligne"
)
# The State's exceptional chain ends with September (the same text); what went on before it began in March.
_CHAIN: Final = (date(2020, 3, 16), date(2020, 9, 30))
FIRST_ENDOWMENT: Final = 32_000

SEEDS: Final = (
    Seed(
        code="first-endowment-1",
        title="Premières dotations des hôpitaux COVID, 28 février (13 établissements)",
        starts_on=date(2020, 2, 28),
        ends_on=date(2020, 3, 1),
        rule=Programme.Rule.PER_SITE.value,
        units=FIRST_ENDOWMENT,
        once=True,
        source=f"{_OCCITANIE}, 13 établissements le 28 février, 32 000 masques chacun",
    ),
    Seed(
        code="first-endowment-2",
        title="Premières dotations des hôpitaux COVID, semaine du 9 mars (15 établissements)",
        starts_on=date(2020, 3, 9),
        ends_on=date(2020, 3, 15),
        rule=Programme.Rule.PER_SITE.value,
        units=FIRST_ENDOWMENT,
        once=True,
        source=f"{_OCCITANIE}, 15 établissements la semaine du 9 mars, 32 000 masques chacun",
    ),
    Seed(
        code="fire",
        title="Services d’incendie et de secours",
        starts_on=_CHAIN[0],
        ends_on=_CHAIN[1],
        source=f"{_JULY} (pompiers)",
    ),
    Seed(
        code="home-care-providers",
        title="Prestataires de santé à domicile",
        starts_on=_CHAIN[0],
        ends_on=_CHAIN[1],
        source=f"{_JULY} (PSAD)",
    ),
    Seed(
        code="blood",
        title="Sites de l’Établissement français du sang",
        starts_on=_CHAIN[0],
        ends_on=_CHAIN[1],
        source=f"{_JULY} (EFS)",
    ),
    Seed(
        code="dialysis",
        title="Centres de dialyse : masques remis aux patients",
        starts_on=date(2020, 4, 20),
        ends_on=_CHAIN[1],
        source="ARS Occitanie, 24 avril 2020 : « renforcer les dotations des centres de dialyse […] (17.800) »",
    ),
)


def seed_programmes(*, by: str, at: datetime) -> None:
    """Add the programmes that are missing, without sites: who they serve is enrolled by name."""
    Programme.objects.bulk_create(
        [
            Programme(
                code=seed.code,
                title=seed.title,
                family_id="surgical_mask",
                rule=seed.rule,
                units=seed.units,
                starts_on=seed.starts_on,
                ends_on=seed.ends_on,
                once=seed.once,
                source=seed.source,
                decided_by=by,
                decided_at=at,
            )
            for seed in SEEDS
        ],
        ignore_conflicts=True,
    )
