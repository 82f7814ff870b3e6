"""
What every message must satisfy, whatever its format: numbers, lengths, dates, nothing twice. Pure.

Lengths are those of the EANCOM elements that carry the texts (directory D.01B), so that what one format
can say the other can too.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final, assert_never

from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    Delivery,
    Despatch,
    Interchange,
    Message,
    Order,
    PackedLine,
    Parcel,
    Party,
    StockLine,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.faults import UNPRINTABLE, Faults, quoted
from distrilog.kernel import gs1


# A wave sends hundreds of orders in one request; what is larger is split by its sender.
MAX_MESSAGES: Final = 5_000
LARGEST_UNITS: Final = 1_000_000_000
LARGEST_LINE: Final = 999_999
LARGEST_ASSIGNMENT: Final = 999_999
_YEARS: Final = range(2000, 2100)
_NUMBER: Final = 14
_CODE: Final = 35
_NAME: Final = 175
_STREET: Final = 140
_POSTCODE: Final = 17
_COUNTRY: Final = 2
_LOT: Final = 20
_REASON: Final = 256
_HOURS: Final = 350


def check(interchange: Interchange) -> None:
    """Raise Unreadable with every fault of the content, if there is any."""
    faults = Faults()
    _Checker(faults).interchange(interchange)
    faults.refuse()


def check_partly(message: Message, faults: Faults) -> None:
    """Note what is wrong with a message of which some lines are still to be resolved by a person."""
    _Checker(faults, partly=True).message("document", message)


class _Checker:
    """Walks through an interchange and notes what is wrong."""

    def __init__(self, faults: Faults, *, partly: bool = False) -> None:
        self.faults = faults
        self.partly = partly
        self.parcels: set[str] = set()

    def interchange(self, interchange: Interchange) -> None:
        self.text("number", interchange.number, most=_NUMBER, required=True)
        self.number("sender", interchange.sender, gs1.gln_fault)
        self.number("receiver", interchange.receiver, gs1.gln_fault)
        self.day("sent_at", interchange.sent_at)
        if interchange.sender == interchange.receiver:
            self.faults.add("receiver", "L’émetteur et le destinataire sont les mêmes.")
        if len(interchange.messages) > MAX_MESSAGES:
            self.faults.add(
                "messages",
                f"{len(interchange.messages)} messages : un envoi en porte au plus {MAX_MESSAGES}.",
                remedy="Répartissez-les en plusieurs envois.",
            )
            return
        self.some("messages", interchange.messages)
        for rank, message in enumerate(interchange.messages):
            self.message(f"messages.{rank}", message)

    def message(self, where: str, message: Message) -> None:
        match message:
            case Order():
                self.order(where, message)
            case Withdrawal():
                self.assigned(where, message.reference, message.assignment)
                self.text(f"{where}.reason", message.reason, most=_REASON)
            case Confirmation():
                self.confirmation(where, message)
            case Despatch():
                self.despatch(where, message)
            case Delivery():
                self.text(f"{where}.despatch", message.despatch, required=True)
                self.number(f"{where}.sscc", message.sscc, gs1.sscc_fault)
                self.day(f"{where}.at", message.at)
                self.text(f"{where}.reason", message.reason, most=_REASON)
            case StockReport():
                # An empty warehouse is a report too.
                self.text(f"{where}.reference", message.reference, required=True)
                self.day(f"{where}.at", message.at)
                for rank, line in enumerate(message.lines):
                    self.goods(f"{where}.lines.{rank}", line, least=0)
            case _:
                assert_never(message)

    def order(self, where: str, order: Order) -> None:
        self.assigned(where, order.reference, order.assignment)
        self.day(f"{where}.placed_at", order.placed_at)
        self.day(f"{where}.promised_on", order.promised_on)
        self.party(f"{where}.receiver", order.receiver)
        self.some(f"{where}.lines", order.lines)
        self.numbered(f"{where}.lines", [line.number for line in order.lines])
        for rank, line in enumerate(order.lines):
            inside = f"{where}.lines.{rank}"
            self.units(f"{inside}.units", line.units)
            self.units(f"{inside}.box_units", line.box_units)
            self.text(f"{inside}.family", line.family, required=not line.gtin)
            if line.gtin:
                self.number(f"{inside}.gtin", line.gtin, gs1.gtin_fault)

    def confirmation(self, where: str, confirmation: Confirmation) -> None:
        self.assigned(where, confirmation.reference, confirmation.assignment)
        self.text(f"{where}.reason", confirmation.reason, most=_REASON)
        if confirmation.despatch_on:
            self.day(f"{where}.despatch_on", confirmation.despatch_on)
        if confirmation.answer is Answer.SHORT:
            self.some(f"{where}.lines", confirmation.lines)
        self.numbered(f"{where}.lines", [line.number for line in confirmation.lines])
        for rank, line in enumerate(confirmation.lines):
            self.units(f"{where}.lines.{rank}.units", line.units, least=0)
            self.text(f"{where}.lines.{rank}.reason", line.reason, most=_REASON)

    def despatch(self, where: str, despatch: Despatch) -> None:
        self.text(f"{where}.reference", despatch.reference, required=True)
        self.assigned(where, despatch.order, despatch.assignment, name="order")
        self.day(f"{where}.packed_at", despatch.packed_at)
        self.text(f"{where}.carrier", despatch.carrier)
        if despatch.expected_on:
            self.day(f"{where}.expected_on", despatch.expected_on)
        self.some(f"{where}.parcels", despatch.parcels)
        for rank, parcel in enumerate(despatch.parcels):
            self.parcel(f"{where}.parcels.{rank}", parcel)

    def parcel(self, where: str, parcel: Parcel) -> None:
        self.number(f"{where}.sscc", parcel.sscc, gs1.sscc_fault)
        if parcel.sscc in self.parcels:
            self.faults.add(
                f"{where}.sscc", f"{quoted(parcel.sscc)} : ce SSCC est déjà dans l’envoi."
            )
        self.parcels.add(parcel.sscc)
        self.text(f"{where}.tracking", parcel.tracking)
        self.some(f"{where}.lines", parcel.lines)
        for rank, line in enumerate(parcel.lines):
            self.line_number(f"{where}.lines.{rank}.number", line.number)
            self.goods(f"{where}.lines.{rank}", line, least=1)

    def goods(self, where: str, line: PackedLine | StockLine, *, least: int) -> None:
        self.number(f"{where}.gtin", line.gtin, gs1.gtin_fault)
        self.text(f"{where}.lot", line.lot, most=_LOT, required=True)
        self.units(f"{where}.units", line.units, least=least)
        if line.expires_on:
            self.day(f"{where}.expires_on", line.expires_on)

    def party(self, where: str, party: Party) -> None:
        self.text(f"{where}.code", party.code, required=True)
        self.text(f"{where}.name", party.name, most=_NAME)
        self.text(f"{where}.street", party.street, most=_STREET)
        self.text(f"{where}.postcode", party.postcode, most=_POSTCODE)
        self.text(f"{where}.city", party.city)
        self.text(f"{where}.contact", party.contact, most=_NAME)
        self.text(f"{where}.hours", party.hours, most=_HOURS)
        country = party.country
        if not (len(country) == _COUNTRY and country.isascii() and country.isupper()):
            self.faults.add(
                f"{where}.country", f"{quoted(country)} n’est pas un code de pays à deux lettres."
            )

    def assigned(
        self, where: str, reference: str, assignment: int, *, name: str = "reference"
    ) -> None:
        self.text(f"{where}.{name}", reference, required=True)
        if not 1 <= assignment <= LARGEST_ASSIGNMENT:
            self.faults.add(f"{where}.assignment", f"L’attribution va de 1 à {LARGEST_ASSIGNMENT}.")

    def text(self, where: str, value: str, *, most: int = _CODE, required: bool = False) -> None:
        if len(value) > most:
            self.faults.add(where, f"Texte de {len(value)} caractères : {most} au plus.")
        elif UNPRINTABLE.search(value):
            self.faults.add(where, f"{quoted(value)} contient un caractère interdit.")
        elif required and not value.strip():
            self.faults.add(where, "Cette donnée est obligatoire.")

    def number(self, where: str, value: str, fault_of: Callable[[str], str | None]) -> None:
        if fault_of(value) is not None:
            self.faults.add(where, fault_of(UNPRINTABLE.sub("�", value)) or "")

    def units(self, where: str, value: int, *, least: int = 1) -> None:
        if not least <= value <= LARGEST_UNITS:
            self.faults.add(where, f"Le nombre d’unités va de {least} à {LARGEST_UNITS}.")

    def line_number(self, where: str, value: int) -> None:
        if not 1 <= value <= LARGEST_LINE:
            self.faults.add(where, f"Le numéro de ligne va de 1 à {LARGEST_LINE}.")

    def numbered(self, where: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.line_number(where, number)
        if len(set(numbers)) != len(numbers):
            self.faults.add(where, "Un numéro de ligne est donné deux fois.")

    def day(self, where: str, value: date) -> None:
        if value.year not in _YEARS:
            self.faults.add(where, f"L’année {value.year} n’est pas vraisemblable.")
        if isinstance(value, datetime) and value.utcoffset() is None:
            self.faults.add(where, "Ce moment est sans fuseau horaire.")

    def some(self, where: str, values: Sequence[object]) -> None:
        if not values and not self.partly:
            self.faults.add(where, "Il en faut au moins un.")
