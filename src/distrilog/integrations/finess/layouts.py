"""Which layout a file has, and the offer it makes to the register."""

from datetime import date
from pathlib import Path

from distrilog.domain.facilities.rules import Offer
from distrilog.integrations.finess.files import BYTE_ORDER_MARK, Inspected, UnreadableFile, inspect
from distrilog.integrations.finess.readers import national, national_csv, national_xml, own_csv
from distrilog.kernel.refusals import Fault


AUTO = "auto"
LAYOUTS = (own_csv.LAYOUT, national.STRUCTURES, national.POSITIONS, national.EQUIPMENT)


def read_offer(*, path: Path, layout: str = AUTO, today: date) -> Offer:
    """
    Return what a file offers; its lines are read when the offer is compared.

    `today` dates a national flow that does not say its own day. Refuses a file that is empty, too
    large, of no known layout, or of another layout than the one asked.
    """
    inspected = inspect(path)
    found = _recognised(inspected)
    if layout not in {AUTO, found}:
        raise _unknown(f"Le fichier a le format {found}, pas {layout}.")
    if found == own_csv.LAYOUT:
        return own_csv.offer(inspected)
    section = found.removeprefix("finess-")
    is_xml = _is_xml(inspected)
    entries = (
        national_xml.entries(inspected, section=section)
        if is_xml
        else national_csv.entries(inspected)
    )
    return Offer(
        file_name=path.name,
        digest=inspected.digest,
        layout=found,
        dated=_dated(inspected, is_xml=is_xml) or today,
        perimeter=national.perimeter(found),
        items=national.records(entries, layout=found),
    )


def _text(inspected: Inspected) -> str:
    """Return the first bytes as text; good enough to look for names."""
    return inspected.head.removeprefix(BYTE_ORDER_MARK).decode("latin-1").lstrip()


def _is_xml(inspected: Inspected) -> bool:
    return _text(inspected).startswith("<")


def _recognised(inspected: Inspected) -> str:
    """Return the layout of a file, from how it begins."""
    head = _text(inspected)
    if head.startswith(own_csv.SIGNATURE):
        return own_csv.LAYOUT
    if head.startswith("<"):
        # Both flows begin with `structureet`; only the stock says categories there.
        before, found, _ = head.partition("<equipementsocial>")
        if "<structureet>" in before and "<categetab" in before:
            return national.STRUCTURES
        if "<structureet>" in before or found:
            return national.EQUIPMENT
    elif head.startswith(national_csv.SIGNATURE):
        section = head.partition("\n")[2].partition(";")[0]
        if section in national.SECTIONS:
            return national.SECTIONS[section]
    raise _unknown("Le format du fichier n’est pas reconnu.")


def _dated(inspected: Inspected, *, is_xml: bool) -> date | None:
    """Return the day a national file says it is of, or None."""
    if is_xml:
        day = national_xml.dated(inspected.head)
    else:
        day = _text(inspected).partition("\n")[0].strip().split(";")[-1]
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _unknown(message: str) -> UnreadableFile:
    return UnreadableFile(
        Fault(
            where="fichier",
            message=message,
            remedy=f"Formats lus : {', '.join(LAYOUTS)} (docs/facility-import.md).",
        )
    )
