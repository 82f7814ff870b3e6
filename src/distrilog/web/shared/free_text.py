"""Free texts: what looks like somebody's name or number is asked about before it is kept."""

import re
from typing import Final


ADVICE: Final = "N’écrivez aucun nom de patient."

# The French health number: sex, year, month, place of birth, rank, and a key in the end.
_NIR = re.compile(
    r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)",
    re.IGNORECASE,
)
_NAME = r"[A-ZÀ-ÖØ-Þ][\w’'-]+"
_TITLED = re.compile(
    rf"\b(?:M\.|Mr\.?|Mme|Mlle|Monsieur|Madame|Mademoiselle|[Pp]atiente?|[Rr]ésidente?|[Nn]ée?)\s+(?:[Dd]e\s+)?{_NAME}"
)
_PAIR = re.compile(rf"(?<![.!?]\s)(?<!^)\b{_NAME}\s+{_NAME}")
_BORN = re.compile(r"\b[Nn]ée?\s+le\s+\d")


def personal(text: str) -> str:
    """
    Return, in French, why a text looks as if it spoke of somebody; empty when it does not.

    A guess, made to ask a question and never to refuse: « Mme Durand », two capitalised words in a row,
    a date of birth, a health number.
    """
    if _NIR.search(text):
        return "Ce texte semble contenir un numéro de sécurité sociale."
    if _BORN.search(text):
        return "Ce texte semble contenir une date de naissance."
    if _TITLED.search(text) or _PAIR.search(text):
        return "Ce texte semble contenir le nom d’une personne."
    return ""
