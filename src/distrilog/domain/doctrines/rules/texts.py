"""The texts: who said it, where, when, and the sentence letter by letter (line ends, bullets, note calls aside)."""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a sentence stands: a text of the list in `docs/doctrine.md`, its part and its date."""

    document: str
    title: str
    part: str
    dated: date

    def __str__(self) -> str:
        return f"{self.title}, {self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence, and where it stands."""

    sentence: str
    source: Source


_MARCH_20: Final = Source(
    document="003",
    title="Instruction aux ARS du 20 mars 2020",
    part="§ 3, hypothèses de modélisation des quantités hebdomadaires",
    dated=date(2020, 3, 20),
)
_MARCH_20_OVERSEAS: Final = Source(
    document="003",
    title="Instruction aux ARS du 20 mars 2020",
    part="§ 2, principes du dispositif",
    dated=date(2020, 3, 20),
)
_MARCH_20_WHO: Final = Source(
    document="003",
    title="Instruction aux ARS du 20 mars 2020",
    part="§ 1, bénéficiaires",
    dated=date(2020, 3, 20),
)
_MARCH_26: Final = Source(
    document="003",
    title="Instruction aux ARS du 26 mars 2020",
    part="§ 3, fondements des quantités hebdomadaires",
    dated=date(2020, 3, 26),
)
_MARCH_26_WHO: Final = Source(
    document="003",
    title="Instruction aux ARS du 26 mars 2020",
    part="§ 1, bénéficiaires, et note 2",
    dated=date(2020, 3, 26),
)
_MARCH_26_NOTE_1: Final = Source(
    document="003",
    title="Instruction aux ARS du 26 mars 2020",
    part="§ 1, note 1",
    dated=date(2020, 3, 26),
)
_MARCH_26_ZONES: Final = Source(
    document="003",
    title="Instruction aux ARS du 26 mars 2020",
    part="§ 3, note 3",
    dated=date(2020, 3, 26),
)
_OCTOBER: Final = Source(
    document="000",
    title="MARS n° 2020_87 du 8 octobre 2020",
    part="§ 3 B, contingentement hebdomadaire",
    dated=date(2020, 10, 8),
)
_OCTOBER_WHO: Final = Source(
    document="000",
    title="MARS n° 2020_87 du 8 octobre 2020",
    part="§ 3, nouvelle chaîne logistique",
    dated=date(2020, 10, 8),
)
_OCTOBER_LABORATORIES: Final = Source(
    document="000",
    title="MARS n° 2020_87 du 8 octobre 2020",
    part="§ 2, tableau « Laboratoires »",
    dated=date(2020, 10, 8),
)


HOMES_20: Final = Text(
    sentence=(
        "Pour les EHPAD, les structures médico-sociales accueillant des personnes fragiles, "
        "notamment les personnes en situation de handicap, et les sites régionaux identifiés "
        "pour accueillir des patients COVID-19 sans domicile ne relevant pas d’une "
        "hospitalisation : 5 masques chirurgicaux par lit ou place par semaine ;"
    ),
    source=_MARCH_20,
)
HOSPITALS_20: Final = Text(
    sentence=(
        "3 masques chirurgicaux par jour et par professionnel de santé dans les services "
        "de soins (hypothèse de 40% de personnels concernés pour tous les "
        "établissements), ces masques ayant vocation à être utilisés dans les services "
        "prenant en charge les cas possibles ou confirmés ;"
    ),
    source=_MARCH_20,
)
RISK_ACTS_20: Final = Text(
    sentence=(
        "Et, pour la réalisation des gestes à risque, des masques FFP2 dans les services "
        "d’urgence, d’accueil des malades COVID-19 et de soins critiques ;"
    ),
    source=_MARCH_20,
)
HOME_HOSPITALS_20: Final = Text(
    sentence=(
        "Pour les structures de HAD : 1 boîte de masques chirurgicaux par semaine et par "
        "structure ;"
    ),
    source=_MARCH_20,
)
RESCUE_20: Final = Text(
    sentence=(
        "Pour les transporteurs sanitaires et les centres de secours : 1 boîte de masques "
        "chirurgicaux par semaine et par structure en moyenne."
    ),
    source=_MARCH_20,
)
HOME_CARE_20: Final = Text(
    sentence="les services d’aide et de soins à domicile,", source=_MARCH_20_WHO
)
BENEFICIARIES_20: Final = Text(
    sentence=(
        "Cette présente instruction décrit le dispositif d’approvisionnement en masques de "
        "protection, mis en place sur l’ensemble du territoire métropolitain et de la corse, "
        "pour les bénéficiaires suivants :"
    ),
    source=_MARCH_20_WHO,
)
OVERSEAS_20: Final = Text(
    sentence="Pour l’outre-mer les établissements sont approvisionnés sur le stock zonal.",
    source=_MARCH_20_OVERSEAS,
)

HOMES_26: Final = Text(
    sentence=(
        "Pour les EHPAD, les établissements médico-sociaux accueillant des personnes fragiles, "
        "notamment les personnes en situation de handicap, et les sites régionaux identifiés pour "
        "accueillir des patients COVID-19 ne relevant pas d’une hospitalisation, sur l’ensemble du "
        "territoire national : 5 masques chirurgicaux par lit ou place par semaine ;"
    ),
    source=_MARCH_26,
)
RESCUE_26: Final = Text(
    sentence=(
        "Pour les transporteurs sanitaires et les services de secours sur l’ensemble du territoire "
        "national : 1 boîte de 50 masques chirurgicaux par semaine et par structure en moyenne "
        "(selon la taille et l’activité de la structure)."
    ),
    source=_MARCH_26,
)
HOME_CARE_26: Final = Text(
    sentence=(
        "Pour les services d’aide et de soins à domicile sur l’ensemble du territoire national : une "
        "allocation de masques chirurgicaux, proportionnellement au nombre de professionnels, pour "
        "les professionnels du domicile intervenant auprès des personnes âgées et handicapées, afin "
        "de pouvoir assurer les visites prioritaires."
    ),
    source=_MARCH_26,
)
HOSPITALS_AT_RISK_26: Final = Text(
    sentence=(
        "Pour les établissements de santé (hospitalisation conventionnelle) se situant dans les zones "
        "d’exposition à risque au 23 mars 2020 : alignement sur la consommation de masques "
        "chirurgicaux et FFP2 par soignant constatée à l’Assistance Publique – Hôpitaux de Paris la "
        "semaine dernière."
    ),
    source=_MARCH_26,
)
HOSPITALS_ELSEWHERE_26: Final = Text(
    sentence=(
        "Pour les établissements de santé (hospitalisation conventionnelle) se situant hors des zones "
        "d’exposition à risque au 23 mars 2020 : Une allocation de masques chirurgicaux, "
        "proportionnellement au nombre de soignants, pour les professionnels de santé dans les "
        "services de soins prenant en charge les cas possibles ou confirmés ;"
    ),
    source=_MARCH_26,
)
RISK_ACTS_26: Final = Text(
    sentence=(
        "Et, pour la réalisation des gestes à risque, des masques FFP2 dans les services "
        "d’urgence, d’accueil des malades COVID-19 et de soins critiques."
    ),
    source=_MARCH_26,
)
HOME_HOSPITALS_AT_RISK_26: Final = Text(
    sentence=(
        "Pour les établissements d’hospitalisation à domicile se situant dans les zones d’exposition à "
        "risque au 23 mars 2020 : 3 boîtes de 50 masques chirurgicaux par semaine et par structure en "
        "moyenne (selon la taille et l’activité de l’établissement) ;"
    ),
    source=_MARCH_26,
)
HOME_HOSPITALS_ELSEWHERE_26: Final = Text(
    sentence=(
        "Pour les établissements d’hospitalisation à domicile se situant hors des zones d’exposition à "
        "risque au 23 mars 2020: 2 boîtes de 50 masques chirurgicaux par semaine et par structure en "
        "moyenne (selon la taille et l’activité de l’établissement)."
    ),
    source=_MARCH_26,
)
BENEFICIARIES_26: Final = Text(
    sentence=(
        "Ainsi, le dispositif d’approvisionnement en masques de protection est désormais en place sur "
        "l’ensemble du territoire métropolitain et la Corse, pour les bénéficiaires suivants :"
    ),
    source=_MARCH_26_WHO,
)
HOME_CARE_JOINS_26: Final = Text(
    sentence=(
        "Les services d’aide et de soins à domicile intègrent la liste des bénéficiaires de ce "
        "dispositif d’approvisionnement."
    ),
    source=_MARCH_26_WHO,
)
SHELTERS_26: Final = Text(
    sentence=(
        "Parmi les ESMS, sont également concernés les centres d’hébergement pour malades du COVID "
        "(en provenance de l’hébergement d’urgence, du dispositif national d’asile et des foyers de "
        "travailleurs migrants), lits halte soins santé (LHSS), et lits d'accueil médicalisés (LAM)."
    ),
    source=_MARCH_26_NOTE_1,
)
ZONES_26: Final = _MARCH_26_ZONES

QUOTA_BASIS_OCTOBER: Final = Text(
    sentence=(
        "Un contingentement hebdomadaire des commandes, géré au niveau du Ministère de la Santé sur "
        "la base des capacités de prise en charge au sein des établissements et du nombre de "
        "personnels salariés limite les quantités appelables par établissement pour assurer une "
        "répartition homogène."
    ),
    source=_OCTOBER,
)
BENEFICIARIES_OCTOBER: Final = Text(
    sentence=(
        "En effet, 30 000 établissements sanitaires, sociaux et médico-sociaux, publics et privés, "
        "sont bénéficiaires de ce nouveau dispositif d’approvisionnement en masques chirurgicaux et "
        "EPI, qui vise à redonner la responsabilité aux établissements de commander au plus près de "
        "leurs besoins."
    ),
    source=_OCTOBER_WHO,
)
LABORATORIES_OCTOBER: Final = Text(
    sentence="Appro par SpF sur stock Etat (fin mai 2020)", source=_OCTOBER_LABORATORIES
)
