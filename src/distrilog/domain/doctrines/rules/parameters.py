"""What a version of the doctrine may set: numbers and lists with their defaults, and what is wrong with given ones."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from distrilog.kernel.refusals import Fault, Refusal


THOUSAND: Final = 1000
# Bounds of the arithmetic: with rates of at most 1,000 units, seven days and ten million persons or
# places in a facility, every sum of a rule stays below 2^63 (see `formulas.py`).
MOST_UNITS: Final = 1000
MOST_DAYS: Final = 7
MOST_BOXES: Final = 100
DEPARTMENT_SHAPE: Final = re.compile(r"\d{2}|2[AB]|97\d|98\d", re.ASCII)


class Kind(StrEnum):
    """What a parameter is, and how it is written in the version."""

    UNITS = "units"
    DAYS = "days"
    THOUSANDTHS = "thousandths"
    SHARE = "share"
    DEPARTMENTS = "departments"


_UNIT_WORDS: Final[Mapping[Kind, str]] = {
    Kind.UNITS: "",
    Kind.DAYS: " de jours",
    Kind.THOUSANDTHS: " de millièmes",
    Kind.SHARE: " de millièmes (400 pour 40 %)",
}
_MOST: Final[Mapping[Kind, int]] = {
    Kind.UNITS: MOST_UNITS,
    Kind.DAYS: MOST_DAYS,
    Kind.THOUSANDTHS: MOST_UNITS * THOUSAND,
    Kind.SHARE: THOUSAND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """
    A named value that rules read.

    `note` says where the default comes from, and says so when the text is silent. `noun` is the
    singular and plural of what it counts, for the calculation in words; `most` a bound tighter than
    its kind's.
    """

    name: str
    label: str
    kind: Kind
    default: int | tuple[str, ...]
    noun: tuple[str, str] = ("", "")
    note: str = ""
    most: int = 0

    def is_valid(self, value: Any) -> bool:
        """Tell whether a value, as read from JSON, is of this parameter's kind and within bounds."""
        if self.kind is Kind.DEPARTMENTS:
            return (
                isinstance(value, list | tuple)
                and all(
                    isinstance(code, str) and DEPARTMENT_SHAPE.fullmatch(code) for code in value
                )
                and len(set(value)) == len(value)
            )
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return is_integer and 0 <= value <= self.greatest

    @property
    def greatest(self) -> int:
        """The greatest value allowed: its own, or its kind's."""
        return self.most or _MOST[self.kind]

    @property
    def shape(self) -> str:
        """What a value must be, in French."""
        if self.kind is Kind.DEPARTMENTS:
            return "une liste de codes de départements, sans doublon"
        return f"un nombre entier{_UNIT_WORDS[self.kind]}, de 0 à {self.greatest}"


class DoctrineParametersMissing(Refusal):
    """Les paramètres de la doctrine sont incomplets ou faux."""

    slug = "doctrine-parameters-missing"
    status = 422


def faults_of(*, known: Iterable[Parameter], given: Any) -> list[Fault]:
    """Return everything wrong with the given parameters: missing, ill-typed, unknown; in French."""
    if not isinstance(given, Mapping):
        return [
            Fault(
                where="parameters",
                message="Les paramètres ne sont pas un objet « nom : valeur ».",
            )
        ]
    by_name = {parameter.name: parameter for parameter in known}
    return [
        *(_missing(parameter) for name, parameter in by_name.items() if name not in given),
        *(
            _ill_typed(parameter, given[name])
            for name, parameter in by_name.items()
            if name in given and not parameter.is_valid(given[name])
        ),
        *(_unknown(str(name)) for name in given if name not in by_name),
    ]


def _missing(parameter: Parameter) -> Fault:
    return Fault(
        where=f"parameters.{parameter.name}",
        message=f"Le paramètre « {parameter.label} » ({parameter.name}) manque.",
        remedy=f"Indiquer {parameter.shape}.",
    )


def _ill_typed(parameter: Parameter, value: Any) -> Fault:
    return Fault(
        where=f"parameters.{parameter.name}",
        message=(
            f"Le paramètre « {parameter.label} » ({parameter.name}) vaut « {str(value)[:60]} »."
        ),
        remedy=f"Il faut {parameter.shape}.",
    )


def _unknown(name: str) -> Fault:
    return Fault(
        where=f"parameters.{name[:60]}",
        message=f"Le paramètre « {name[:60]} » n’est lu par aucune règle de cette version.",
        remedy="Le retirer, ou corriger son nom.",
    )


# The list of 23 March 2020, 12:00, in the order of the text: 47 departments.
AT_RISK_ON_23_MARCH: Final = (
    "74", "01", "07", "26", "42", "69", "73", "21", "25", "70", "90", "71", "39", "56", "45", "28",
    "2A", "2B", "67", "68", "51", "54", "55", "57", "88", "02", "60", "80", "75", "77", "78", "91",
    "92", "93", "94", "95", "76", "50", "27", "14", "47", "11", "34", "13", "83", "06", "05",
)  # fmt: skip

MASKS: Final = ("masque", "masques")
SILENT: Final = "La source est muette"
ESFT: Final = (
    "OMS, Essential Supplies Forecasting Tool (WHO-2019-nCoV-Tools-Essential_forecasting), "
    "valeurs de référence par rôle et par jour"
)

DEPARTMENTS_AT_RISK: Final = Parameter(
    name="departments_at_risk",
    label="Départements en zone d’exposition à risque",
    kind=Kind.DEPARTMENTS,
    default=AT_RISK_ON_23_MARCH,
    note="Liste Santé publique France au 23/03/2020 à 12 h, 47 noms (note 3 du texte).",
)
DAYS_PER_WEEK: Final = Parameter(
    name="days_per_week",
    label="Jours comptés par semaine",
    kind=Kind.DAYS,
    default=7,
    noun=("jour", "jours"),
    note=f"{SILENT} : elle compte par jour sans dire combien de jours ; sept par défaut.",
)
MASKS_PER_PLACE_WEEK: Final = Parameter(
    name="masks_per_place_week",
    label="Masques chirurgicaux par lit ou place et par semaine",
    kind=Kind.UNITS,
    default=5,
    noun=MASKS,
    note="Dit par le texte.",
)
MASKS_PER_PROFESSIONAL_DAY: Final = Parameter(
    name="masks_per_professional_day",
    label="Masques chirurgicaux par professionnel concerné et par jour",
    kind=Kind.UNITS,
    default=3,
    noun=MASKS,
    note=(
        "Dit par le texte du 20 mars. Celui du 26 mars, hors zone à risque, dit « proportionnellement "
        "au nombre de soignants » sans chiffre : le même est repris."
    ),
)
CONCERNED_SHARE: Final = Parameter(
    name="concerned_share",
    label="Part des professionnels de santé concernés",
    kind=Kind.SHARE,
    default=400,
    note=(
        "« hypothèse de 40% de personnels concernés pour tous les établissements » (20 mars). Le texte "
        "du 26 mars est muet : la même hypothèse est reprise."
    ),
)
MASK_BOX_UNITS: Final = Parameter(
    name="mask_box_units",
    label="Masques chirurgicaux par boîte",
    kind=Kind.UNITS,
    default=50,
    noun=MASKS,
    note="« boîte de 50 » (26 mars). La note du 20 mars ne dit pas la taille de la boîte : la même.",
)
RESCUE_BOXES_WEEK: Final = Parameter(
    name="rescue_boxes_week",
    label="Boîtes par semaine et par structure de transport sanitaire ou de secours, en moyenne",
    kind=Kind.UNITS,
    default=1,
    noun=("boîte", "boîtes"),
    most=MOST_BOXES,
    note=(
        "Dit par le texte. La clé de taille, elle, n’y est pas : au prorata des équipages, une "
        "structure sans effectif connu comptant pour un."
    ),
)
HOME_HOSPITAL_BOXES_WEEK: Final = Parameter(
    name="home_hospital_boxes_week",
    label="Boîtes par semaine et par structure de HAD",
    kind=Kind.UNITS,
    default=1,
    noun=("boîte", "boîtes"),
    most=MOST_BOXES,
    note="Dit par le texte.",
)
HOME_HOSPITAL_BOXES_AT_RISK_WEEK: Final = Parameter(
    name="home_hospital_boxes_at_risk_week",
    label="Boîtes par semaine et par structure de HAD, en zone à risque",
    kind=Kind.UNITS,
    default=3,
    noun=("boîte", "boîtes"),
    most=MOST_BOXES,
    note="Dit par le texte, en moyenne ; sans clé de taille, chaque structure reçoit la moyenne.",
)
HOME_HOSPITAL_BOXES_ELSEWHERE_WEEK: Final = Parameter(
    name="home_hospital_boxes_elsewhere_week",
    label="Boîtes par semaine et par structure de HAD, hors zone à risque",
    kind=Kind.UNITS,
    default=2,
    noun=("boîte", "boîtes"),
    most=MOST_BOXES,
    note="Dit par le texte, en moyenne ; sans clé de taille, chaque structure reçoit la moyenne.",
)
MASKS_PER_HOME_CARER_WEEK: Final = Parameter(
    name="masks_per_home_carer_week",
    label="Masques chirurgicaux par professionnel du domicile et par semaine (millièmes)",
    kind=Kind.THOUSANDTHS,
    default=8_400,
    noun=MASKS,
    note=(
        f"{SILENT} : « proportionnellement au nombre de professionnels ». Par défaut l’hypothèse "
        "hospitalière du 20 mars, 3 masques × 7 jours × 40 %. En octobre : 15, dotation publiée le "
        "11 mai 2020 pour les salariés de l’aide à domicile."
    ),
)
REFERENCE_MASKS_PER_CAREGIVER_WEEK: Final = Parameter(
    name="reference_masks_per_caregiver_week",
    label="Masques chirurgicaux par soignant et par semaine, alignés sur l’AP-HP (millièmes)",
    kind=Kind.THOUSANDTHS,
    default=11_200,
    noun=MASKS,
    note=(
        f"{SILENT} : la consommation constatée à l’AP-HP n’est pas publiée. Par défaut 4 masques par "
        f"jour × 7 jours × 40 % ({ESFT}) ; à remplacer chaque semaine par le taux constaté."
    ),
)
REFERENCE_FFP2_PER_CAREGIVER_WEEK: Final = Parameter(
    name="reference_ffp2_per_caregiver_week",
    label="Masques FFP2 par soignant et par semaine, alignés sur l’AP-HP (millièmes)",
    kind=Kind.THOUSANDTHS,
    default=2_800,
    noun=MASKS,
    note=(
        f"{SILENT} : la consommation constatée à l’AP-HP n’est pas publiée. Par défaut 1 masque par "
        f"jour × 7 jours × 40 % ({ESFT}) ; à remplacer chaque semaine par le taux constaté."
    ),
)
FFP2_PER_INTENSIVE_PLACE_DAY: Final = Parameter(
    name="ffp2_per_intensive_place_day",
    label="Masques FFP2 par lit de soins critiques et par jour",
    kind=Kind.UNITS,
    default=4,
    noun=MASKS,
    note=(
        f"{SILENT}. Par défaut un masque par soignant et par poste de huit heures, au temps de soin "
        "d’un patient critique (OMS, même outil)."
    ),
)
FFP2_PER_EMERGENCY_PLACE_DAY: Final = Parameter(
    name="ffp2_per_emergency_place_day",
    label="Masques FFP2 par unité d’urgences et par jour",
    kind=Kind.UNITS,
    default=20,
    noun=MASKS,
    note=f"{SILENT}. Par défaut une boîte de vingt par jour et par unité.",
)
FFP2_PER_COVID_PLACE_DAY: Final = Parameter(
    name="ffp2_per_covid_place_day",
    label="Masques FFP2 par lit d’accueil de malades COVID-19 et par jour",
    kind=Kind.UNITS,
    default=1,
    noun=MASKS,
    note=f"{SILENT}. Par défaut un par lit et par jour.",
)
COVID_PLACE_SHARE: Final = Parameter(
    name="covid_place_share",
    label="Part des lits de médecine et chirurgie qui accueillent des malades COVID-19",
    kind=Kind.SHARE,
    default=100,
    note=(
        f"{SILENT}. Par défaut 10 %, soins critiques compris, dans les seuls sites qui ont urgences ou "
        "soins critiques."
    ),
)
