"""
The weekly masks of practitioners in the doctrine of 11 May 2020, and the safety stock that follows.

Facts from the letters of the health ministry to pharmacies and practitioners as published by Vidal, the Order of
pharmacists and France 3 (May 2020); row K3 of the mission holds for practitioners as a target, without a duty to
report. Where two publications disagree, both figures are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from distrilog.domain.declarations.rules.cover import SAFETY_WEEKS


SINCE: Final = date(2020, 5, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endowment:
    """What the State gives one practitioner of some professions: masks a week, `least` and `most` where sources differ."""

    professions: str
    least: int
    most: int
    note: str = ""

    @property
    def target_least(self) -> int:
        """Masks of the safety stock: three weeks of the endowment."""
        return self.least * SAFETY_WEEKS

    @property
    def target_most(self) -> int:
        """The same, by the higher figure."""
        return self.most * SAFETY_WEEKS


ENDOWMENTS: Final[Sequence[Endowment]] = (
    Endowment(
        professions="Médecins, biologistes médicaux, infirmiers",
        least=24,
        most=24,
        note="Pour les médecins, une boîte de 50 de plus, une fois, pour les patients testés.",
    ),
    Endowment(
        professions=(
            "Chirurgiens-dentistes, préleveurs nasopharyngés, spécialistes des voies respiratoires"
        ),
        least=24,
        most=24,
        note="La totalité peut être en FFP2.",
    ),
    Endowment(
        professions="Sages-femmes",
        least=18,
        most=24,
        note="Les sources divergent : 18 ou 24.",
    ),
    Endowment(
        professions=(
            "Pharmaciens, préparateurs, masseurs-kinésithérapeutes, manipulateurs en "
            "électroradiologie, techniciens de laboratoire"
        ),
        least=18,
        most=18,
        note="Kinésithérapie respiratoire : au plus 6 FFP2.",
    ),
    Endowment(professions="Salariés de l’aide à domicile", least=15, most=15),
    Endowment(
        professions=(
            "Orthophonistes, pédicures-podologues, orthoptistes, ergothérapeutes, "
            "psychomotriciens, audioprothésistes, opticiens, psychologues, diététiciens, "
            "orthoprothésistes"
        ),
        least=12,
        most=12,
    ),
)
