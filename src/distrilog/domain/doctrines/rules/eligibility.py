"""Who is served, since when, and why: by group of categories (row A2 of the mission)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from distrilog.domain.doctrines.rules import texts
from distrilog.domain.doctrines.rules.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whether a facility is served on a day, since when, and the reason in French with its text."""

    eligible: bool
    since: date | None
    reason: str
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """From a day on, some groups are served, for a reason."""

    groups: tuple[str, ...]
    since: date
    reason: str
    text: Text


_ENTRIES: Final = (
    _Entry(
        groups=(
            "hospital", "home_hospital", "nursing_home", "disability_home", "ambulance", "fire",
        ),
        since=date(2020, 3, 20),
        reason="Bénéficiaire du dispositif d’approvisionnement depuis l’instruction du 20 mars 2020.",
        text=texts.BENEFICIARIES_20,
    ),
    _Entry(
        groups=("shelter", "covid_site"),
        since=date(2020, 3, 20),
        reason=(
            "Centres d’hébergement pour malades du COVID, LHSS et LAM comptent parmi les ESMS depuis "
            "le 20 mars 2020."
        ),
        text=texts.SHELTERS_26,
    ),
    _Entry(
        groups=("home_care",),
        since=date(2020, 3, 20),
        reason=(
            "Service à domicile nommé par l’instruction du 20 mars 2020, qui ne lui donne encore "
            "aucune quantité."
        ),
        text=texts.HOME_CARE_20,
    ),
    _Entry(
        groups=("home_care",),
        since=date(2020, 3, 23),
        reason=(
            "Les services à domicile entrent dans le dispositif pour les approvisionnements à partir "
            "du 23 mars 2020, en proportion de leurs professionnels."
        ),
        text=texts.HOME_CARE_JOINS_26,
    ),
    # The text says « fin mai »: the last full week of that month.
    _Entry(
        groups=("laboratory",),
        since=date(2020, 5, 25),
        reason="Laboratoire approvisionné par Santé publique France sur stock d’État depuis fin mai 2020.",
        text=texts.LABORATORIES_OCTOBER,
    ),
)  # fmt: skip
# Home aide services (SAAD): the only category with a condition in note 2 of 26 March.
_HOME_AIDE_CATEGORY: Final = "460"
_HOME_AIDE_CONDITION: Final = (
    " Pour un SAAD : uniquement lorsqu’il intervient pour des personnes vulnérables et pour des actes "
    "essentiels de la vie."
)
_OVERSEAS: Final = " En outre-mer, l’approvisionnement se fait sur le stock zonal."


def eligibility(*, group: str, category: str, on: date, overseas: bool = False) -> Eligibility:
    """Decide whether a facility of a group and category is served on a day, and say why."""
    entries = [entry for entry in _ENTRIES if group in entry.groups]
    if group == "pharmacy":
        return _refused(
            "Les officines relèvent de leur propre circuit, par les grossistes-répartiteurs."
        )
    if not entries:
        return _refused("Aucun texte ne nomme cette catégorie parmi les bénéficiaires.")
    reached = [entry for entry in entries if entry.since <= on]
    if not reached:
        first = min(entry.since for entry in entries)
        return _refused(f"Pas encore bénéficiaire à cette date : le sera le {first:%d/%m/%Y}.")
    entry = reached[-1]
    condition = _HOME_AIDE_CONDITION if category == _HOME_AIDE_CATEGORY else ""
    return Eligibility(
        eligible=True,
        since=entries[0].since,
        reason=entry.reason + condition + (_OVERSEAS if overseas else ""),
        text=entry.text,
    )


def _refused(reason: str) -> Eligibility:
    return Eligibility(eligible=False, since=None, reason=reason)
