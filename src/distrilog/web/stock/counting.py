"""A count as it is typed or pasted: lines read all at once, every fault with its line."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from distrilog.domain.stock.models import Account, Lot
from distrilog.domain.stock.rules import Status
from distrilog.domain.stock.services import Counted
from distrilog.web.shared import format as french
from distrilog.web.stock.reading import HELD, STATUS_WORDS


# Names of the fields, and the longest text that is read at all.
PREFIX: Final = "units-"
LONGEST: Final = 2_000_000
MOST_LINES: Final = 20_000
# A page of fields; more lots are counted by file.
MOST_FIELDS: Final = 300
_WORDS: Final[Mapping[str, str]] = {
    "": "available",
    "utilisable": "available",
    "disponible": "available",
    "stratégique": "strategic",
    "strategique": "strategic",
    "stock stratégique": "strategic",
    "quarantaine": "quarantine",
    "en quarantaine": "quarantine",
    **{name: name for name in HELD},
}
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]")


@dataclass(slots=True, kw_only=True)
class Sheet:
    """What was read: units by (lot id, status), and what is wrong, all of it."""

    units: dict[tuple[int, str], int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, where: str, lot: int, status: str, text: str) -> None:
        """Add a line; a lot counted twice is a fault."""
        if (units := whole(text)) is None:
            self.faults.append(
                f"{where} : « {text.strip()[:30]} » n’est pas un nombre entier d’unités, zéro ou plus."
            )
        elif (lot, status) in self.units:
            self.faults.append(f"{where} : ce lot est déjà compté dans ce statut.")
        else:
            self.units[lot, status] = units

    @property
    def counted(self) -> list[Counted]:
        """What the service takes."""
        return [
            Counted(lot=lot, status=Status(status), units=units)
            for (lot, status), units in self.units.items()
        ]

    @property
    def packed(self) -> str:
        """The lines as the confirmation carries them."""
        return "\n".join(f"{lot};{status};{units}" for (lot, status), units in self.units.items())


def whole(text: str) -> int | None:
    """Return the units of a text, « 12 000 » included; None where it is no whole number from zero up."""
    digits = _SPACES.sub("", text)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 13 else None  # noqa: PLR2004


def field_name(account: Account) -> str:
    """Return the name of the field of a lot in a status."""
    return f"{PREFIX}{account.lot_id}-{account.status}"


def read_fields(sheet: Sheet, accounts: Iterable[Account], typed: Mapping[str, str]) -> None:
    """Read the fields; an empty one was not counted."""
    for account in accounts:
        text = typed.get(field_name(account), "")
        if text.strip():
            where = f"Lot {account.lot.number}, {STATUS_WORDS[account.status]}"
            sheet.add(where, account.lot_id, account.status, text)


def read_table(sheet: Sheet, text: str) -> None:
    """Read pasted or sent lines « [GTIN ;] lot ; statut ; unités »; a first line of titles is passed over."""
    rows = list(_rows(text))
    if len(rows) > MOST_LINES:
        sheet.faults.append(f"Un inventaire compte au plus {french.number(MOST_LINES)} lignes.")
        return
    known = _known({cells[-3] for _, cells in rows if len(cells) in {3, 4}})
    for line, cells in rows:
        _read_row(sheet, f"Ligne {line}", cells, known)


def _read_row(
    sheet: Sheet, where: str, cells: Sequence[str], known: Mapping[str, Sequence[Lot]]
) -> None:
    if len(cells) not in {3, 4}:
        sheet.faults.append(f"{where} : il faut le lot, le statut et les unités.")
        return
    *gtin, number, status, units = cells
    wanted = gtin[0] if gtin else ""
    lots = [lot for lot in known.get(number, ()) if wanted in ("", lot.article_id)]
    key = _WORDS.get(status.casefold())
    if not lots:
        sheet.faults.append(f"{where} : le lot « {number[:30]} » n’est pas connu.")
    elif len(lots) > 1:
        sheet.faults.append(
            f"{where} : le lot {number} existe pour plusieurs articles ; donnez le GTIN devant."
        )
    if key is None:
        sheet.faults.append(
            f"{where} : « {status[:30]} » n’est pas un statut : utilisable, stratégique ou quarantaine."
        )
    if len(lots) == 1 and key is not None:
        sheet.add(where, lots[0].pk, key, units)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    delimiter = next((each for each in ";\t," if each in text), ";")
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    for line, row in enumerate(reader, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (line == 1 and whole(cells[-1]) is None and _is_title(cells)):
            continue
        yield line, cells


def _is_title(cells: Sequence[str]) -> bool:
    return any(cell.casefold() in {"lot", "statut", "unités", "unites"} for cell in cells)


def _known(numbers: Iterable[str]) -> dict[str, list[Lot]]:
    found: dict[str, list[Lot]] = {}
    for lot in Lot.objects.filter(number__in=list(numbers)):
        found.setdefault(lot.number, []).append(lot)
    return found


def unpack(text: str) -> Sheet:
    """Read what the confirmation carried."""
    sheet = Sheet()
    for line in text.splitlines():
        lot, _, rest = line.partition(";")
        status, _, units = rest.partition(";")
        if lot.isascii() and lot.isdecimal() and status in HELD:
            sheet.add("Ligne", int(lot[:18]), status, units)
        else:
            sheet.faults.append("Une ligne de l’inventaire a été altérée.")
    return sheet
