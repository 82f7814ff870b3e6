"""
The regional stock and lot splits of Occitanie, as printed. Source: ARS Occitanie, « Gestion des masques : état des lieux », 24 April 2020.

Kept as they are: where the source contradicts itself, both figures stand here, and nothing is corrected.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final


SOURCE: Final = "ARS Occitanie, « Gestion des masques : état des lieux », 24 avril 2020"
REGION: Final = "76"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """One line of the table « semaine 17 »: delivered and pending units, none where the cell is empty; a stock, or a movement."""

    label: str
    on: date
    family: str
    delivered: int | None
    pending: int | None = None
    is_stock: bool = False


# The table of page 2, line by line.
WEEK_17: Final[tuple[PrintedLine, ...]] = (
    PrintedLine(
        label="Stock au 10/04",
        on=date(2020, 4, 10),
        family="surgical_mask",
        delivered=800_000,
        is_stock=True,
    ),
    PrintedLine(
        label="Commande ARS",
        on=date(2020, 4, 16),
        family="surgical_mask",
        delivered=2_288_040,
        pending=211_960,
    ),
    PrintedLine(
        label="Commande Conseil régional",
        on=date(2020, 4, 16),
        family="ffp2",
        delivered=1_300_000,
        pending=3_300_000,
    ),
    PrintedLine(
        label="Stock au 17/04",
        on=date(2020, 4, 17),
        family="surgical_mask",
        delivered=3_088_040,
        is_stock=True,
    ),
    PrintedLine(
        label="Stock au 17/04",
        on=date(2020, 4, 17),
        family="ffp2",
        delivered=1_300_000,
        is_stock=True,
    ),
    PrintedLine(
        label="Distribution GHT semaine du 21/04",
        on=date(2020, 4, 21),
        family="surgical_mask",
        delivered=404_000,
    ),
    PrintedLine(
        label="Distribution GHT semaine du 21/04",
        on=date(2020, 4, 21),
        family="ffp2",
        delivered=1_300_000,
    ),
    PrintedLine(
        label="Stock au 25/04",
        on=date(2020, 4, 25),
        family="surgical_mask",
        delivered=2_684_040,
        is_stock=True,
    ),
    PrintedLine(
        label="Stock au 25/04",
        on=date(2020, 4, 25),
        family="ffp2",
        delivered=0,
        is_stock=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPart:
    """What § 2.3 says a lot is for, in units; `purpose` is a word of `models.LotPart.Purpose`."""

    purpose: str
    words: str
    units: int


# § 2.3, « complément de stock régional »: 404,000 surgical masks (printed « 404.00 » once) and 1,279,100 FFP2.
SURGICAL_LOT: Final[tuple[PrintedPart, ...]] = (
    PrintedPart(
        purpose="compensation",
        words="Plateformes qui ont réparti plus qu’elles n’ont reçu",
        units=40_600,
    ),
    PrintedPart(
        purpose="programme",
        words="Centres de dialyse : un masque remis à chaque patient",
        units=17_800,
    ),
    PrintedPart(
        purpose="reinforcement",
        words="Établissements médico-sociaux : visites aux résidents",
        units=345_600,
    ),
)
FFP2_LOT: Final[tuple[PrintedPart, ...]] = (
    PrintedPart(
        purpose="reinforcement",
        words="Établissements de santé, affectés directement",
        units=832_700,
    ),
    PrintedPart(
        purpose="reserve",
        words="Établissements médico-sociaux, déstockés à la demande des délégations",
        units=196_400,
    ),
    PrintedPart(purpose="direct", words="Biologistes, par leur union régionale", units=250_000),
)
# The table says that 1,300,000 FFP2 left in the week; the text splits 1,279,100. The difference is nowhere explained.
FFP2_UNEXPLAINED: Final = 1_300_000 - 1_279_100

# § 2.3: units shared out in week 16 among the 14 GHTs in proportion to their national allocation (« 1,5 M » in § 1).
PRO_RATA_UNITS: Final = 1_450_000
# § 1: « les urgences identifiées qui n’étaient pas servies par la distribution nationale ».
URGENT_UNITS: Final = 499_244
