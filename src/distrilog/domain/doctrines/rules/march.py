"""The two instructions of March 2020: surgical masks and FFP2 (rows B2 to B10 of the mission)."""

from typing import Final

from distrilog.domain.doctrines.rules import parameters as given, texts
from distrilog.domain.doctrines.rules.formulas import (
    Counted,
    Formula,
    Nothing,
    Proportional,
    SizeKey,
    Term,
)
from distrilog.domain.doctrines.rules.rule_sets import FFP2, SURGICAL_MASK, Rule, RuleSet, Where


HOSPITAL: Final = "hospital"
HOME_HOSPITAL: Final = "home_hospital"
HOME_CARE: Final = "home_care"
AMBULANCE: Final = "ambulance"
FIRE: Final = "fire"
HOMES: Final = ("nursing_home", "disability_home", "shelter", "covid_site")
WITH_RISK_ACTS: Final = ("emergency", "intensive")

# Emergency units are not beds, and critical-care beds are counted within acute ones.
BEDS: Final = Counted(
    noun=("place", "places"),
    activities=("places", "acute", "rehabilitation", "psychiatry", "long_stay", "home"),
)
# « soignant » and « professionnel de santé dans les services de soins » are read alike, so that a
# hospital compares from one text to the other.
CAREGIVERS: Final = Counted(noun=("soignant", "soignants"), roles=("physician", "caregiver"))
HOME_CARERS: Final = Counted(
    noun=("professionnel du domicile", "professionnels du domicile"),
    roles=("home_carer", "caregiver", "physician"),
)
CREWS: Final = Counted(noun=("équipier", "équipiers"), roles=("crew",))
STRUCTURE: Final = Counted(noun=("structure", "structures"))
INTENSIVE: Final = Counted(
    noun=("lit de soins critiques", "lits de soins critiques"), activities=("intensive",)
)
EMERGENCY: Final = Counted(
    noun=("unité d’urgences", "unités d’urgences"), activities=("emergency",)
)
ACUTE: Final = Counted(
    noun=("lit de médecine et chirurgie", "lits de médecine et chirurgie"), activities=("acute",)
)

PLACES: Final = Proportional(terms=(Term(counted=BEDS, factors=(given.MASKS_PER_PLACE_WEEK,)),))
STAFF_CONCERNED: Final = Proportional(
    terms=(Term(counted=CAREGIVERS, factors=(given.MASKS_PER_PROFESSIONAL_DAY,)),),
    common=(given.DAYS_PER_WEEK, given.CONCERNED_SHARE),
)
RISK_ACTS: Final = Proportional(
    terms=(
        Term(counted=INTENSIVE, factors=(given.FFP2_PER_INTENSIVE_PLACE_DAY,)),
        Term(counted=EMERGENCY, factors=(given.FFP2_PER_EMERGENCY_PLACE_DAY,)),
        Term(counted=ACUTE, factors=(given.COVID_PLACE_SHARE, given.FFP2_PER_COVID_PLACE_DAY)),
    ),
    common=(given.DAYS_PER_WEEK,),
)
RESCUE: Final = SizeKey(counted=CREWS, mean=(given.RESCUE_BOXES_WEEK, given.MASK_BOX_UNITS))


def _boxes(number: given.Parameter) -> Formula:
    return Proportional(terms=(Term(counted=STRUCTURE, factors=(number, given.MASK_BOX_UNITS)),))


def _rescue(prefix: str, text: texts.Text) -> tuple[Rule, ...]:
    """Two classes, ambulance firms and fire services, each with its own mean."""
    return tuple(
        Rule(
            code=f"{prefix}.{group}",
            family=SURGICAL_MASK,
            groups=(group,),
            text=text,
            formula=RESCUE,
        )
        for group in (AMBULANCE, FIRE)
    )


MARCH_20: Final = RuleSet(
    code="2020-03-20",
    title="Cadre national d’allocation des masques, 20 mars 2020",
    rules=(
        Rule(
            code="2020-03-20.homes",
            family=SURGICAL_MASK,
            groups=HOMES,
            text=texts.HOMES_20,
            formula=PLACES,
        ),
        Rule(
            code="2020-03-20.hospitals",
            family=SURGICAL_MASK,
            groups=(HOSPITAL,),
            text=texts.HOSPITALS_20,
            formula=STAFF_CONCERNED,
        ),
        Rule(
            code="2020-03-20.risk-acts",
            family=FFP2,
            groups=(HOSPITAL,),
            text=texts.RISK_ACTS_20,
            formula=RISK_ACTS,
            only_with=WITH_RISK_ACTS,
        ),
        Rule(
            code="2020-03-20.home-hospitals",
            family=SURGICAL_MASK,
            groups=(HOME_HOSPITAL,),
            text=texts.HOME_HOSPITALS_20,
            formula=_boxes(given.HOME_HOSPITAL_BOXES_WEEK),
        ),
        *_rescue("2020-03-20", texts.RESCUE_20),
        Rule(
            code="2020-03-20.home-care",
            family=SURGICAL_MASK,
            groups=(HOME_CARE,),
            text=texts.HOME_CARE_20,
            formula=Nothing(because="Bénéficiaire nommé, sans quantité dans le texte"),
        ),
    ),
)

MARCH_26_RULES: Final = (
    Rule(
        code="2020-03-26.homes",
        family=SURGICAL_MASK,
        groups=HOMES,
        text=texts.HOMES_26,
        formula=PLACES,
    ),
    *_rescue("2020-03-26", texts.RESCUE_26),
    Rule(
        code="2020-03-26.home-care",
        family=SURGICAL_MASK,
        groups=(HOME_CARE,),
        text=texts.HOME_CARE_26,
        formula=Proportional(
            terms=(Term(counted=HOME_CARERS, factors=(given.MASKS_PER_HOME_CARER_WEEK,)),)
        ),
    ),
    Rule(
        code="2020-03-26.hospitals-at-risk",
        family=SURGICAL_MASK,
        groups=(HOSPITAL,),
        where=Where.AT_RISK,
        text=texts.HOSPITALS_AT_RISK_26,
        formula=Proportional(
            terms=(Term(counted=CAREGIVERS, factors=(given.REFERENCE_MASKS_PER_CAREGIVER_WEEK,)),)
        ),
    ),
    Rule(
        code="2020-03-26.hospitals-at-risk-ffp2",
        family=FFP2,
        groups=(HOSPITAL,),
        where=Where.AT_RISK,
        text=texts.HOSPITALS_AT_RISK_26,
        formula=Proportional(
            terms=(Term(counted=CAREGIVERS, factors=(given.REFERENCE_FFP2_PER_CAREGIVER_WEEK,)),)
        ),
    ),
    Rule(
        code="2020-03-26.hospitals-elsewhere",
        family=SURGICAL_MASK,
        groups=(HOSPITAL,),
        where=Where.ELSEWHERE,
        text=texts.HOSPITALS_ELSEWHERE_26,
        formula=STAFF_CONCERNED,
    ),
    Rule(
        code="2020-03-26.risk-acts",
        family=FFP2,
        groups=(HOSPITAL,),
        where=Where.ELSEWHERE,
        text=texts.RISK_ACTS_26,
        formula=RISK_ACTS,
        only_with=WITH_RISK_ACTS,
    ),
    Rule(
        code="2020-03-26.home-hospitals-at-risk",
        family=SURGICAL_MASK,
        groups=(HOME_HOSPITAL,),
        where=Where.AT_RISK,
        text=texts.HOME_HOSPITALS_AT_RISK_26,
        formula=_boxes(given.HOME_HOSPITAL_BOXES_AT_RISK_WEEK),
    ),
    Rule(
        code="2020-03-26.home-hospitals-elsewhere",
        family=SURGICAL_MASK,
        groups=(HOME_HOSPITAL,),
        where=Where.ELSEWHERE,
        text=texts.HOME_HOSPITALS_ELSEWHERE_26,
        formula=_boxes(given.HOME_HOSPITAL_BOXES_ELSEWHERE_WEEK),
    ),
)
MARCH_26: Final = RuleSet(
    code="2020-03-26",
    title="Évolutions pour les approvisionnements à partir du 23 mars 2020",
    rules=MARCH_26_RULES,
)
