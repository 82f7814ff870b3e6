"""How each message is written in EANCOM: see `eancom` for the table. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, count
from typing import Final, assert_never

from pydifact.segments import Segment

from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    Delivery,
    Despatch,
    Interchange,
    Message,
    Order,
    OrderedLine,
    Outcome,
    PackedLine,
    Parcel,
    Party,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.edifact import (
    GLN_QUALIFIER,
    UNICODE,
    encode,
    segment,
    syntax_for,
)
from distrilog.kernel.gs1 import gln_fault


FUNCTION_OF: Final = {Answer.ACCEPTED: "29", Answer.SHORT: "4", Answer.REFUSED: "27"}
# Quantity difference, its qualifier (6063), the change reason (4295), the reason's agency (3055).
VARIANCE_OF: Final = {
    Outcome.DELIVERED: ("0", "46", "ZZZ", "92"),
    Outcome.REFUSED: ("-1", "195", "ZZZ", "92"),
    Outcome.RETURNED: ("-1", "61", "ZZZ", "92"),
    Outcome.LOST: ("-1", "119", "X34", "9"),
}
COMPLETE: Final = "COMPLETE"
SHORT_TEXT: Final = 35
_RELEASE: Final = ("D", "01B", "UN")
_GS1: Final = "9"
_ASSIGNED_BY_BUYER: Final = "92"


def write(interchange: Interchange) -> bytes:
    """Return the bytes of the interchange."""
    bodies = [_message(message, interchange) for message in interchange.messages]
    syntax = syntax_for(chain((interchange.number,), _texts(bodies)))
    sent = interchange.sent_at.astimezone(UTC)
    written = [
        segment(
            "UNB",
            syntax,
            (interchange.sender, GLN_QUALIFIER),
            (interchange.receiver, GLN_QUALIFIER),
            (f"{sent:%Y%m%d}" if syntax == UNICODE else f"{sent:%y%m%d}", f"{sent:%H%M}"),
            interchange.number,
            *[""] * 5,
            "1" if interchange.test else "",
        )
    ]
    for rank, (kind, version, body) in enumerate(bodies, start=1):
        written.append(segment("UNH", str(rank), (kind, *_RELEASE, version)))
        written += body
        written.append(segment("UNT", str(len(body) + 2), str(rank)))
    written.append(segment("UNZ", str(len(bodies)), interchange.number))
    return encode(written, syntax=syntax)


_Body = tuple[str, str, list[Segment]]


def _message(message: Message, interchange: Interchange) -> _Body:
    match message:
        case Order():
            return "ORDERS", "EAN010", _order(message, interchange)
        case Withdrawal():
            return "ORDCHG", "EAN009", _withdrawal(message, interchange)
        case Confirmation():
            return "ORDRSP", "EAN009", _confirmation(message, interchange)
        case Despatch():
            return "DESADV", "EAN007", _despatch(message, interchange)
        case Delivery():
            return "RECADV", "EAN008", _delivery(message, interchange)
        case StockReport():
            return "INVRPT", "EAN008", _stock_report(message, interchange)
        case _:
            assert_never(message)


def _order(order: Order, interchange: Interchange) -> list[Segment]:
    return [
        segment(
            "BGM",
            "226" if order.replenishment else "220",
            (order.reference, str(order.assignment)),
            "9",
        ),
        _moment("137", order.placed_at),
        _day("2", order.promised_on),
        *_free_text("DIN", order.receiver.hours),
        *_partners(buyer=interchange.sender, supplier=interchange.receiver),
        *_receiver(order.receiver),
        *(each for line in order.lines for each in _ordered_line(line)),
        segment("UNS", "S"),
        segment("CNT", ("2", str(len(order.lines)))),
    ]


def _ordered_line(line: OrderedLine) -> Iterator[Segment]:
    yield segment("LIN", str(line.number), "", _article(line.gtin))
    if line.family:
        yield segment("PIA", "1", (line.family, "GB"))
    yield segment("QTY", ("21", str(line.units)))
    yield segment("QTY", ("59", str(line.box_units)))


def _withdrawal(withdrawal: Withdrawal, interchange: Interchange) -> list[Segment]:
    return [
        segment("BGM", "230", withdrawal.reference, "1"),
        _moment("137", interchange.sent_at),
        *_free_text("AAI", withdrawal.reason),
        _order_reference(withdrawal.reference, withdrawal.assignment),
        *_partners(buyer=interchange.sender, supplier=interchange.receiver),
        segment("UNS", "S"),
    ]


def _confirmation(confirmation: Confirmation, interchange: Interchange) -> list[Segment]:
    written = [
        segment("BGM", "231", confirmation.reference, FUNCTION_OF[confirmation.answer]),
        _moment("137", interchange.sent_at),
        *([_day("79", confirmation.despatch_on)] if confirmation.despatch_on else []),
        *_free_text("AAI", confirmation.reason),
        _order_reference(confirmation.reference, confirmation.assignment),
        *_partners(buyer=interchange.receiver, supplier=interchange.sender),
    ]
    for line in confirmation.lines:
        written.append(segment("LIN", str(line.number), "3" if line.units else "7"))
        written.append(segment("QTY", ("113", str(line.units))))
        written += _free_text("AAI", line.reason)
    return [*written, segment("UNS", "S")]


def _despatch(despatch: Despatch, interchange: Interchange) -> list[Segment]:
    written = [
        segment("BGM", "351", despatch.reference, "9"),
        _moment("137", despatch.packed_at),
        *([_day("17", despatch.expected_on)] if despatch.expected_on else []),
        _order_reference(despatch.order, despatch.assignment),
        *_partners(buyer=interchange.receiver, supplier=interchange.sender),
    ]
    if despatch.carrier:
        written.append(segment("TDT", "20", "", "30", "", ("", "", "", despatch.carrier)))
    written.append(segment("CPS", "1"))
    if despatch.complete:
        written.append(segment("FTX", "AAI", "", (COMPLETE, "", _ASSIGNED_BY_BUYER)))
    ranks = count(1)
    for sequence, parcel in enumerate(despatch.parcels, start=2):
        written += _parcel(parcel, sequence=sequence, order=despatch.order, ranks=ranks)
    return written


def _parcel(
    parcel: Parcel, *, sequence: int, order: str, ranks: Iterator[int]
) -> Iterator[Segment]:
    yield segment("CPS", str(sequence), "1")
    yield segment("PAC", "1", "", "CT")
    yield segment("PCI", "33E")
    if parcel.tracking:
        yield segment("RFF", ("CN", parcel.tracking))
    yield segment("GIN", "BJ", parcel.sscc)
    for line in parcel.lines:
        yield from _packed_line(line, rank=next(ranks), order=order)


def _packed_line(line: PackedLine, *, rank: int, order: str) -> Iterator[Segment]:
    yield segment("LIN", str(rank), "", _article(line.gtin))
    if line.substitute:
        yield segment("PIA", "4", (str(line.number), "LI"))
    yield segment("QTY", ("12", str(line.units)))
    yield segment("RFF", ("ON", order, str(line.number)))
    yield segment("PCI", "36E")
    if line.expires_on:
        yield _day("36", line.expires_on)
    yield segment("GIN", "BX", line.lot)


def _delivery(delivery: Delivery, interchange: Interchange) -> list[Segment]:
    difference, qualifier, reason, agency = VARIANCE_OF[delivery.outcome]
    variance = segment(
        "QVR",
        (difference, qualifier),
        "",
        (reason, "", agency, delivery.reason),
    )
    said = delivery.reason or delivery.outcome is not Outcome.DELIVERED
    return [
        segment("BGM", "632", delivery.despatch, "9"),
        _moment("137", interchange.sent_at),
        _moment("50", delivery.at),
        segment("RFF", ("AAK", delivery.despatch)),
        *_partners(buyer=interchange.receiver, supplier=interchange.sender),
        segment("CPS", "1"),
        segment("PAC", "1", "", "CT"),
        *([variance] if said else []),
        segment("PCI", "33E"),
        segment("GIN", "BJ", delivery.sscc),
    ]


def _stock_report(report: StockReport, interchange: Interchange) -> list[Segment]:
    written = [
        segment("BGM", "35", report.reference, "9"),
        _moment("137", interchange.sent_at),
        _moment("366", report.at),
        segment("NAD", "GY", (interchange.sender, "", _GS1)),
        segment("NAD", "BY", (interchange.receiver, "", _GS1)),
    ]
    for rank, line in enumerate(report.lines, start=1):
        written.append(segment("LIN", str(rank), "", _article(line.gtin)))
        # 1 accepted, 4 reserved inventory (7491); 1 a book-keeping balance (4503).
        kind = "1" if line.condition is Condition.USABLE else "4"
        written.append(segment("INV", "", kind, "", "1"))
        written.append(segment("QTY", ("145", str(line.units))))
        written.append(segment("GIN", "BX", line.lot))
        if line.expires_on:
            written.append(_day("36", line.expires_on))
    return written


def _receiver(party: Party) -> Iterator[Segment]:
    agency = _ASSIGNED_BY_BUYER if gln_fault(party.code) else _GS1
    yield segment(
        "NAD",
        "DP",
        (party.code, "", agency),
        "",
        cut(party.name),
        cut(party.street),
        party.city,
        "",
        party.postcode,
        party.country,
    )
    for each in cut(party.contact):
        if each:
            yield segment("CTA", "IC", ("", each))


def _partners(*, buyer: str, supplier: str) -> Iterator[Segment]:
    yield segment("NAD", "BY", (buyer, "", _GS1))
    yield segment("NAD", "SU", (supplier, "", _GS1))


def _order_reference(reference: str, assignment: int) -> Segment:
    return segment("RFF", ("ON", reference, "", str(assignment)))


def _article(gtin: str) -> Sequence[str]:
    return (gtin, "SRV") if gtin else ("",)


def _free_text(subject: str, text: str) -> list[Segment]:
    return [segment("FTX", subject, "", "", (text,))] if text else []


def _moment(qualifier: str, at: datetime) -> Segment:
    return segment("DTM", (qualifier, f"{at.astimezone(UTC):%Y%m%d%H%M%S}UTC", "304"))


def _day(qualifier: str, day: date) -> Segment:
    return segment("DTM", (qualifier, f"{day:%Y%m%d}", "102"))


def cut(text: str) -> list[str]:
    """Return a text in the pieces of 35 characters that an address element takes."""
    return [text[at : at + SHORT_TEXT] for at in range(0, len(text), SHORT_TEXT)] or [""]


def _texts(bodies: Sequence[_Body]) -> Iterator[str]:
    for _, _, body in bodies:
        for each in body:
            for element in each.elements:
                if isinstance(element, str):
                    yield element
                else:
                    yield from element
