"""
October 2020: the portal's seven families.

Masks by the texts of March. For the five other families, and for laboratories, no State text gives
a quantity: published reference amounts a day for each role (WHO, ESFT) × days × share concerned.
"""

from typing import Final

from distrilog.domain.doctrines.rules import texts
from distrilog.domain.doctrines.rules.formulas import Counted, Proportional, Term
from distrilog.domain.doctrines.rules.march import MARCH_26_RULES
from distrilog.domain.doctrines.rules.parameters import (
    DAYS_PER_WEEK,
    ESFT,
    MASKS,
    MASKS_PER_HOME_CARER_WEEK,
    SILENT,
    Kind,
    Parameter,
)
from distrilog.domain.doctrines.rules.rule_sets import (
    APRON,
    CAP,
    GLOVE,
    GOGGLES,
    GOWN,
    SURGICAL_MASK,
    Rule,
    RuleSet,
)


_NOUNS: Final = {
    SURGICAL_MASK: MASKS,
    GOWN: ("blouse", "blouses"),
    APRON: ("tablier", "tabliers"),
    GLOVE: ("gant", "gants"),
    CAP: ("charlotte", "charlottes"),
    GOGGLES: ("paire de lunettes", "paires de lunettes"),
}
_ROLES: Final = {
    "caregiver": Counted(noun=("soignant", "soignants"), roles=("physician", "caregiver")),
    "cleaner": Counted(noun=("agent de service", "agents de service"), roles=("cleaner",)),
    "home_carer": Counted(
        noun=("professionnel du domicile", "professionnels du domicile"), roles=("home_carer",)
    ),
    "crew": Counted(noun=("équipier", "équipiers"), roles=("crew",)),
    "technician": Counted(
        noun=("technicien de laboratoire", "techniciens de laboratoire"), roles=("technician",)
    ),
}
_ROLE_NAMES: Final = {
    "caregiver": "soignant",
    "cleaner": "agent de service",
    "home_carer": "professionnel du domicile",
    "crew": "équipier",
    "technician": "technicien de laboratoire",
}
_ESFT_ROLES: Final = {
    "caregiver": "soignant hospitalier",
    "cleaner": "agent d’entretien",
    "home_carer": "aidant auprès du malade",
    "crew": "ambulancier",
    "technician": "technicien de laboratoire",
}
_CAP_NOTE: Final = (
    f"{SILENT}, et l’outil de l’OMS ne compte pas les charlottes : une par blouse, par défaut."
)
# Thousandths of a unit a day. The WHO counts gloves by the pair, we count each glove.
_PER_DAY: Final = {
    GOWN: {"caregiver": 1_000, "cleaner": 1_000, "home_carer": 1_000, "crew": 1_000,
           "technician": 2_000},
    APRON: {"caregiver": 1_000},
    GLOVE: {"caregiver": 48_000, "home_carer": 8_000, "crew": 8_000, "technician": 16_000},
    CAP: {"caregiver": 1_000, "cleaner": 1_000, "home_carer": 1_000, "crew": 1_000,
          "technician": 2_000},
    GOGGLES: {"caregiver": 100, "cleaner": 100, "crew": 100, "technician": 67},
}  # fmt: skip


def _amount(family: str, role: str, thousandths: int) -> Parameter:
    return Parameter(
        name=f"{family}_per_{role}_day",
        label=f"{_NOUNS[family][1].capitalize()} par {_ROLE_NAMES[role]} et par jour (millièmes)",
        kind=Kind.THOUSANDTHS,
        default=thousandths,
        noun=_NOUNS[family],
        note=_CAP_NOTE if family == CAP else _amount_note(family, role),
    )


def _amount_note(family: str, role: str) -> str:
    pairs = " ; comptés là par paire" if family == GLOVE else ""
    rounding = " ; 1/15 arrondi au millième" if (family, role) == (GOGGLES, "technician") else ""
    return f"{ESFT}, colonne « {_ESFT_ROLES[role]} »{pairs}{rounding}."


def _share(name: str, whom: str) -> Parameter:
    return Parameter(
        name=f"concerned_share_{name}",
        label=f"Part des personnels concernés : {whom}",
        kind=Kind.SHARE,
        default=400,
        note=(
            f"{SILENT} pour ces équipements : l’hypothèse de 40 % de personnels concernés, donnée le "
            "20 mars 2020 pour les établissements de santé, est étendue."
        ),
    )


# Classes of facilities that share a hypothesis on the staff concerned.
_CLASSES: Final = {
    "hospitals": (("hospital", "home_hospital"), "établissements de santé et HAD"),
    "homes": (
        ("nursing_home", "disability_home", "shelter", "covid_site"),
        "établissements médico-sociaux et sites temporaires",
    ),
    "home_care": (("home_care",), "services à domicile"),
    "rescue": (("ambulance", "fire"), "transporteurs sanitaires et secours"),
    "laboratories": (("laboratory",), "laboratoires"),
}


def _by_role(family: str, name: str) -> Rule:
    groups, whom = _CLASSES[name]
    return Rule(
        code=f"2020-10.{family.replace('_', '-')}.{name.replace('_', '-')}",
        family=family,
        groups=groups,
        text=texts.QUOTA_BASIS_OCTOBER,
        formula=Proportional(
            terms=tuple(
                Term(counted=_ROLES[role], factors=(_amount(family, role, thousandths),))
                for role, thousandths in _PER_DAY[family].items()
            ),
            common=(DAYS_PER_WEEK, _share(name, whom)),
        ),
    )


_LABORATORY_MASKS: Final = Rule(
    code="2020-10.surgical-mask.laboratories",
    family=SURGICAL_MASK,
    groups=("laboratory",),
    text=texts.QUOTA_BASIS_OCTOBER,
    formula=Proportional(
        terms=(
            Term(
                counted=_ROLES["technician"],
                factors=(_amount(SURGICAL_MASK, "technician", 4_000),),
            ),
        ),
        common=(DAYS_PER_WEEK, _share("laboratories", _CLASSES["laboratories"][1])),
    ),
)

OCTOBER: Final = RuleSet(
    code="2020-10",
    title="Sept familles, portail de commande, octobre 2020",
    rules=(
        *MARCH_26_RULES,
        _LABORATORY_MASKS,
        *(_by_role(family, name) for family in _PER_DAY for name in _CLASSES),
    ),
    # 15 masks a week for an employed home aide: published on 11 May 2020.
    default_changes={MASKS_PER_HOME_CARER_WEEK.name: 15_000},
)
