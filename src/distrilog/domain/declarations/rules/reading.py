"""What people write in a cell or a field, read as a quantity, a band, a heading or a number of the register. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Final

from distrilog.domain.declarations.rules.cover import BAND_NAMES, Band
from distrilog.kernel.tables import Cell


# Space, no-break space, thin spaces: what parts thousands in French.
_SPACES: Final = " \u00a0\u2009\u202f"
_THOUSANDS: Final = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+", re.ASCII)
_WHOLE: Final = re.compile(r"\d+[.,]0{1,2}", re.ASCII)
_PARTED: Final = re.compile(r"\d+(?:[.,]\d+)+", re.ASCII)
_NEGATIVE: Final = re.compile(r"[-\u2212]\s*\d[\d\s.,]*")
_WITH_WORD: Final = re.compile(r"[\d\s.,]*\d\s*[^\W\d_]+.*", re.ASCII)
# What a spreadsheet would compute.
FORMULA: Final = "="
_MOST_DIGITS: Final = 18
_SHOWN: Final = 30
_DIGITS_OF_FINESS: Final = 9


class Unreadable(ValueError):  # noqa: N818 - names what is wrong with the text
    """A text that says no quantity: `message` and `remedy` are French, `code` is for machines."""

    def __init__(self, message: str, *, remedy: str, code: str) -> None:
        self.message = message
        self.remedy = remedy
        self.code = code
        super().__init__(message)


def units_of(cell: Cell) -> int | None:
    """
    Return the units that a cell or a field says, None where it is empty; raises `Unreadable`.

    Thousands may be parted by spaces. A point or a comma is refused, as `1.250` is one thing in French and
    another in English, unless only zeros follow. Negative numbers are read: the rules refuse them.
    """
    if isinstance(cell, str):
        text = cell.strip()
        # The common case first: a file has a hundred thousand of them.
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            return int(text)
        return _units_of_text(text) if text else None
    if cell is None:
        return None
    if isinstance(cell, bool | date | time | timedelta):
        raise Unreadable(
            "c’est une date ou un oui/non, pas une quantité.",
            remedy="Donnez à la cellule le format « Nombre ».",
            code="not-a-number",
        )
    if isinstance(cell, float):
        return _units_of_float(cell)
    return cell


def _units_of_float(number: float) -> int:
    if not number.is_integer():
        raise Unreadable(
            f"{number:g} n’est pas un nombre entier d’unités.",
            remedy="Comptez en unités, sans décimale.",
            code="not-whole",
        )
    return int(number)


def _units_of_text(text: str) -> int:
    if _THOUSANDS.fullmatch(text) and len(text) <= _SHOWN:
        return int(re.sub(rf"[{_SPACES}]", "", text))
    if _WHOLE.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(re.split("[.,]", text)[0])
    if re.fullmatch(r"-\d{1,15}", text, re.ASCII):
        return int(text)
    raise _why_unreadable(text)


def _why_unreadable(text: str) -> Unreadable:
    shown = shown_of(text)
    if text.startswith(FORMULA):
        return Unreadable(
            f"« {shown} » est une formule.",
            remedy="Collez la valeur, pas la formule.",
            code="formula",
        )
    if _NEGATIVE.fullmatch(text):
        return Unreadable(
            f"« {shown} » est négatif.",
            remedy="Indiquez un nombre d’unités, 0 au moins.",
            code="negative",
        )
    if _PARTED.fullmatch(text):
        return Unreadable(
            f"« {shown} » peut se lire de deux façons, ou n’est pas entier.",
            remedy="Écrivez un nombre entier, sans point ni virgule : 1250.",
            code="not-whole",
        )
    if _WITH_WORD.fullmatch(text):
        return Unreadable(
            f"« {shown} » contient un mot.",
            remedy="Indiquez le nombre d’unités seul, sans mot ni boîtes.",
            code="not-a-number",
        )
    return Unreadable(
        f"« {shown} » n’est pas un nombre.",
        remedy="Indiquez un nombre d’unités.",
        code="not-a-number",
    )


def shown_of(text: str) -> str:
    """Return a text as a message may show it: short, in one line."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:_SHOWN]
    )


def plain(text: str) -> str:
    """Return a text without case, accents or punctuation, its words joined by `_`: what headings and names compare by."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return "_".join(re.findall(r"[a-z0-9]+", letters))


def registry_of(cell: Cell) -> str:
    """Return the registry number a cell means: a spreadsheet drops the zero that FINESS numbers of ten departments begin with."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip() if cell is not None and not isinstance(cell, bool) else ""
    if len(text) == _DIGITS_OF_FINESS - 1 and text.isascii() and text.isdigit():
        return "0" + text
    return text


_BANDS: Final[Mapping[str, Band]] = {
    **{plain(name): band for band, name in BAND_NAMES.items()},
    **{band.value: band for band in Band},
}


def band_of(cell: Cell) -> str:
    """Return the band that a cell names, by its French words or its code; as written where it is none, empty where empty."""
    text = str(cell or "").strip()
    return _BANDS.get(plain(text), text)


# ------------------------------------------------------------------ headings


# column → what it may be called; the first is the one a message gives.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "facility": (
        "établissement", "FINESS", "numéro FINESS", "n° FINESS", "numéro", "numéro d’établissement",
        "facility", "registry", "id",
    ),
    "week": ("semaine", "week"),
    "family": (
        "famille", "famille d’article", "article", "EPI", "family", "product",
    ),
    "stock": ("stock", "stock (unités)", "stock en unités", "stock units"),
    "consumption": (
        "consommation", "consommation (unités)", "consommation en unités", "consommation hebdomadaire",
        "consumption", "weekly consumption", "consumption units",
    ),
    "band": ("tranche", "tranche de stock", "band"),
}  # fmt: skip
# What may stand beside, and is not read: names that people add to find their lines.
PASSED_OVER: Final = frozenset(
    plain(name)
    for name in (
        "nom", "nom de l’établissement", "name", "commune", "département", "region", "libellé",
        "unités par boîte", "box", "besoin", "need", "stock de sécurité", "couverture", "remarque", "note",
    )
)  # fmt: skip
_COLUMNS: Final = {plain(name): column for column, names in HEADINGS.items() for name in names}
REQUIRED: Final = ("facility", "family")


def columns_of(headings: Iterable[Cell]) -> tuple[dict[str, int], list[str]]:
    """
    Return the place of each column that headings name, and what is wrong with them, in French.

    In any order, in French or in English; an unknown heading is wrong, for what it holds would be lost.
    """
    places: dict[str, int] = {}
    wrong = []
    for place, heading in enumerate(headings):
        name = plain(str(heading or ""))
        column = _COLUMNS.get(name)
        if column is not None and column in places:
            wrong.append(f"la colonne « {HEADINGS[column][0]} » figure deux fois")
        elif column is not None:
            places[column] = place
        elif name and name not in PASSED_OVER:
            wrong.append(f"la colonne « {shown_of(str(heading))} » est inconnue")
    wrong += [
        f"la colonne « {HEADINGS[name][0]} » manque" for name in REQUIRED if name not in places
    ]
    if not places.keys() & {"stock", "band"}:
        wrong.append(f"la colonne « {HEADINGS['stock'][0]} » manque")
    return places, wrong


def expected_headings() -> str:
    """Return the headings that a file may have, for a message."""
    return ", ".join(names[0] for names in HEADINGS.values())
