"""Who must have a logistics contact, and who may share one (003, 20 and 26 March 2020)."""

from collections.abc import Collection
from typing import Final


# « Pour les ESMS [et transporteurs sanitaires] la désignation d’un interlocuteur permanent conjoint à quelques
# entités est possible » : a health facility has its own.
MAY_SHARE: Final = frozenset(
    {"nursing_home", "disability_home", "shelter", "covid_site", "home_care", "ambulance"}
)
# A department’s ambulances have one contact together; wholesalers know their pharmacies.
NEEDS_NONE_OF_ITS_OWN: Final = frozenset({"ambulance", "pharmacy"})
# « Quelques entités » : beyond this, nobody answers for each of them.
MOST_SHARING: Final = 50


def sharing_fault(groups: Collection[str]) -> str | None:
    """Return what forbids facilities of these groups, one a facility, to have one contact together, or None."""
    if not groups:
        return "Nommez au moins un établissement."
    if len(groups) == 1:
        return None
    if len(groups) > MOST_SHARING:
        return f"Un interlocuteur conjoint répond de {MOST_SHARING} établissements au plus."
    if set(groups) <= MAY_SHARE:
        return None
    return (
        "Un établissement de santé a son propre interlocuteur : seuls les établissements médico-sociaux et "
        "les transporteurs sanitaires peuvent en partager un."
    )
