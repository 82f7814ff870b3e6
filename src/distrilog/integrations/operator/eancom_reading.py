"""How each message is read from EANCOM: see `eancom` for the table. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    ConfirmedLine,
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
    StockLine,
    StockReport,
    Withdrawal,
)
from distrilog.integrations.operator.eancom_writing import COMPLETE, FUNCTION_OF, SHORT_TEXT
from distrilog.integrations.operator.edifact import (
    GLN_QUALIFIER,
    Envelope,
    Segment,
    open_envelopes,
    read_segments,
)
from distrilog.integrations.operator.faults import Faults, quoted
from distrilog.kernel.gs1 import GTIN_DIGITS


_NO_DAY: Final = date(2000, 1, 1)
_NO_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
_RELEASES: Final = ("96A", "01B")
_ARTICLE_CODES: Final = ("SRV", "EN", "UP")
_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_WHOLE: Final = re.compile(r"(-?[0-9]{1,15})(?:[.,]0*)?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]*)?")
# DTM's 2379: how the digits are to be read; ZZZ is a zone, and only UTC is agreed.
_MOMENTS: Final = {
    "102": "%Y%m%d",
    "203": "%Y%m%d%H%M",
    "204": "%Y%m%d%H%M%S",
    "303": "%Y%m%d%H%M",
    "304": "%Y%m%d%H%M%S",
}
_DIGITS: Final = {"102": 8, "203": 12, "204": 14, "303": 12, "304": 14}
_SHORT_YEAR: Final = 6
_ZONED: Final = ("303", "304")
_ZONES: Final = ("UTC", "GMT", "Z")
_ANSWERS: Final = {function: answer for answer, function in FUNCTION_OF.items()}
_OUTCOMES: Final = {
    "46": Outcome.DELIVERED,
    "194": Outcome.DELIVERED,
    "195": Outcome.REFUSED,
    "196": Outcome.REFUSED,
    "61": Outcome.RETURNED,
    "119": Outcome.LOST,
}
_PACKAGE: Final = "BJ"
_BATCH: Final = "BX"


def read(body: bytes) -> Interchange:
    """Return the interchange; raises Unreadable."""
    faults = Faults()
    segments = read_segments(body)
    envelopes = open_envelopes(segments, faults)
    start = segments[0]
    interchange = Interchange(
        number=start.get(4),
        sender=_partner(start, 1, faults),
        receiver=_partner(start, 2, faults),
        sent_at=_sent_at(start, faults),
        messages=tuple(each for envelope in envelopes for each in _messages(envelope, faults)),
        test=start.get(10) == "1",
    )
    faults.refuse()
    return interchange


@dataclass(slots=True)
class _Part:
    """Some segments that follow one another: a message's heading, or one of its lines."""

    segments: Sequence[Segment]
    where: str
    faults: Faults
    by_tag: dict[str, list[Segment]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_tag = {}
        for each in self.segments:
            self.by_tag.setdefault(each.tag, []).append(each)

    def fault(self, message: str) -> None:
        self.faults.add(self.where, message)

    def all(self, tag: str) -> Sequence[Segment]:
        return self.by_tag.get(tag, ())

    def qualified(self, tag: str, *qualifiers: str) -> Segment | None:
        """Return the segment with the first of the qualifiers that is there."""
        for qualifier in qualifiers:
            for each in self.all(tag):
                if each.get(0) == qualifier:
                    return each
        return None

    def moment(self, *qualifiers: str) -> datetime:
        if found := self.qualified("DTM", *qualifiers):
            return self._date(found)
        self.fault(f"Le segment DTM {' ou '.join(qualifiers)} manque.")
        return _NO_MOMENT

    def day(self, *qualifiers: str) -> date | None:
        found = self.qualified("DTM", *qualifiers)
        return self._date(found).date() if found else None

    def _date(self, segment: Segment) -> datetime:
        digits, form = segment.get(0, 1), segment.get(0, 2) or "102"
        if form in _ZONED:
            zone = digits[_DIGITS[form] :]
            digits = digits[: _DIGITS[form]]
            if zone not in _ZONES:
                self.fault(f"DTM : le fuseau {quoted(zone)} n’est pas traité, seulement UTC.")
        at = _parsed(digits, form)
        if at is None:
            self.fault(f"DTM : {quoted(digits)} n’est pas une date au format {quoted(form)}.")
        return at or _NO_MOMENT

    def quantity(self, *qualifiers: str) -> int | None:
        found = self.qualified("QTY", *qualifiers)
        return self.whole(found.get(0, 1), f"QTY {found.get(0)}") if found else None

    def whole(self, digits: str, what: str) -> int:
        if found := _WHOLE.fullmatch(digits):
            return int(found[1])
        fraction = (
            " : seules les unités entières sont traitées" if _NUMBER.fullmatch(digits) else ""
        )
        self.fault(f"{what} : {quoted(digits)} n’est pas un nombre entier{fraction}.")
        return 0

    def text(self, *subjects: str) -> str:
        """Return the free text on a subject, its pieces put together."""
        found = (each for each in self.all("FTX") if each.get(0) in subjects)
        return " ".join(filter(None, (" ".join(filter(None, _all(each, 3))) for each in found)))

    def order(self) -> tuple[str, int]:
        """Return the order referred to, and its assignment: the first where no version is given."""
        found = self.qualified("RFF", "ON")
        if found is None or not found.get(0, 1):
            self.fault("La référence de la commande (RFF ON) manque.")
            return "", 0
        version = found.get(0, 3)
        return found.get(0, 1), self.whole(version, "RFF ON") if version else 1

    def article(self, line: Segment) -> str:
        """Return the article's GTIN-14; empty where the line names none."""
        number, kind = line.get(2), line.get(2, 1)
        if not number:
            return ""
        if kind not in _ARTICLE_CODES or not _GTIN.fullmatch(number):
            self.fault(f"{quoted(number)} ({quoted(kind)}) n’est pas un GTIN.")
        return number.zfill(GTIN_DIGITS)

    def additional(self, *kinds: str) -> str:
        """Return the additional identification of one of the kinds; empty where there is none."""
        for each in self.all("PIA"):
            for element in each.elements[1:]:
                if len(element) > 1 and element[1] in kinds:
                    return element[0]
        return ""

    def lot(self) -> str:
        batches = [number for each in self.all("GIN") for number in _numbers(each, _BATCH)]
        if len(set(batches)) > 1:
            self.fault("Une ligne porte plusieurs lots : il faut une ligne par lot.")
        return batches[0] if batches else self.additional("NB")

    def line(self) -> tuple[Segment, int]:
        """Return the LIN that opens this part, and its number."""
        opening = self.segments[0]
        return opening, self.whole(opening.get(0), "LIN")


def _messages(envelope: Envelope, faults: Faults) -> Iterable[Message]:
    kind, version, release, agency = (envelope.header.get(1, rank) for rank in range(4))
    reader = _READERS.get(kind)
    part = _Part(envelope.segments, f"{envelope.where} {kind[:6]}", faults)
    if reader is None:
        part.fault(f"Le message {quoted(kind)} n’est pas traité.")
        return ()
    if (version, agency) != ("D", "UN") or release not in _RELEASES:
        part.fault(f"Le répertoire {quoted(f'{version}.{release}')} n’est pas traité.")
    document, mandatory, read_message = reader
    for tag in ("BGM", *mandatory):
        if not part.all(tag):
            part.fault(f"Le segment {tag} manque.")
    if part.all("BGM") and part.all("BGM")[0].get(0) not in document:
        part.fault(f"BGM : le document {quoted(part.all('BGM')[0].get(0))} n’est pas traité.")
    if not envelope.segments or envelope.segments[0].tag != "BGM":
        part.fault("Le segment BGM doit suivre UNH.")
        return ()
    return read_message(part)


def _orders(part: _Part) -> Iterable[Message]:
    head, lines = _heading(part, "LIN")
    beginning = head.all("BGM")[0]
    version = beginning.get(1, 1)
    promised_on = head.day("2", "69", "63", "76")
    if promised_on is None:
        head.fault("La date de livraison (DTM 2) manque.")
    _check_lines(part, len(lines))
    _check_original(head)
    yield Order(
        reference=beginning.get(1),
        assignment=head.whole(version, "BGM") if version else 1,
        placed_at=head.moment("137"),
        promised_on=promised_on or _NO_DAY,
        receiver=_receiver(head),
        lines=tuple(_ordered_line(each) for each in lines),
        replenishment=beginning.get(0) == "226",
    )


def _ordered_line(part: _Part) -> OrderedLine:
    line, number = part.line()
    units, box_units = part.quantity("21"), part.quantity("59")
    if units is None:
        part.fault("La quantité commandée (QTY 21) manque.")
    return OrderedLine(
        number=number,
        family=part.additional("GB", "GN"),
        units=units or 0,
        box_units=1 if box_units is None else box_units,
        gtin=part.article(line),
    )


def _order_changes(part: _Part) -> Iterable[Message]:
    if part.all("BGM")[0].get(2) != "1":
        part.fault("BGM : seule l’annulation d’une commande (fonction 1) est traitée.")
    reference, assignment = part.order()
    part.moment("137")
    yield Withdrawal(reference=reference, assignment=assignment, reason=part.text("AAI"))


def _order_responses(part: _Part) -> Iterable[Message]:
    head, lines = _heading(part, "LIN")
    function = head.all("BGM")[0].get(2)
    if function not in _ANSWERS:
        head.fault(f"BGM : la réponse {quoted(function)} n’est pas traitée (29, 4 ou 27).")
    reference, assignment = head.order()
    head.moment("137")
    _check_lines(part, len(lines))
    yield Confirmation(
        reference=reference,
        assignment=assignment,
        answer=_ANSWERS.get(function, Answer.REFUSED),
        lines=tuple(_confirmed_line(each) for each in lines),
        despatch_on=head.day("79", "11", "10"),
        reason=head.text("AAI"),
    )


def _confirmed_line(part: _Part) -> ConfirmedLine:
    _, number = part.line()
    units = part.quantity("113", "12", "21")
    if units is None:
        part.fault("La quantité à livrer (QTY 113) manque.")
    return ConfirmedLine(number=number, units=units or 0, reason=part.text("AAI"))


def _despatches(part: _Part) -> Iterable[Message]:
    head, packages = _heading(part, "CPS")
    _check_original(head)
    order, assignment = head.order()
    carriers = [each.get(4, 3) or each.get(4) for each in head.all("TDT")]
    coded = {each.get(2) for package in packages for each in package.all("FTX")}
    yield Despatch(
        reference=head.all("BGM")[0].get(1),
        order=order,
        assignment=assignment,
        packed_at=head.moment("137"),
        parcels=tuple(_parcels(packages, order)),
        carrier=carriers[0] if carriers else "",
        expected_on=head.day("17", "2", "69"),
        complete=COMPLETE in coded,
    )


def _parcels(packages: Sequence[_Part], order: str) -> Iterator[Parcel]:
    """Yield the packages that hold lines; a pallet that only holds packages is not one of them."""
    outer = {package.segments[0].get(1) for package in packages}
    for package in packages:
        head, lines = _heading(package, "LIN")
        codes = _package_codes(package)
        if not codes and not lines:
            continue
        if not lines and package.segments[0].get(0) in outer:
            continue
        if len(codes) != 1:
            package.fault(f"{len(codes)} SSCC pour des lignes : il faut un CPS par colis.")
        tracking = head.qualified("RFF", "CN", "AAS")
        yield Parcel(
            sscc=codes[0] if codes else "",
            lines=tuple(_packed_line(each, order) for each in lines),
            tracking=tracking.get(0, 1) if tracking else "",
        )


def _packed_line(part: _Part, order: str) -> PackedLine:
    line, rank = part.line()
    reference = part.qualified("RFF", "ON", "LI")
    number = rank
    if reference and reference.get(0) == "LI":
        number = part.whole(reference.get(0, 1), "RFF LI")
    elif reference:
        if reference.get(0, 1) != order:
            part.fault("Une ligne sert une autre commande : il faut un DESADV par commande.")
        number = part.whole(reference.get(0, 2), "RFF ON") if reference.get(0, 2) else rank
    units = part.quantity("12")
    if units is None:
        part.fault("La quantité expédiée (QTY 12) manque.")
    return PackedLine(
        number=number,
        gtin=part.article(line),
        lot=part.lot(),
        units=units or 0,
        expires_on=part.day("36", "361"),
        substitute=any(each.get(0) == "4" for each in part.all("PIA")),
    )


def _receipts(part: _Part) -> Iterable[Message]:
    head, packages = _heading(part, "CPS")
    despatch = head.qualified("RFF", "AAK", "DQ")
    if despatch is None:
        head.fault("La référence de l’expédition (RFF AAK) manque.")
    at = head.moment("50", "35", "137")
    for package in packages:
        if any(line.all("QVR") for line in _heading(package, "LIN")[1]):
            package.fault("Les écarts par ligne (QVR après LIN) ne sont pas traités ici.")
        variance = package.all("QVR")
        outcome, reason = _outcome(package, variance[0]) if variance else (Outcome.DELIVERED, "")
        for sscc in _package_codes(package):
            yield Delivery(
                despatch=despatch.get(0, 1) if despatch else "",
                sscc=sscc,
                outcome=outcome,
                at=at,
                reason=reason,
            )
    if not any(_package_codes(package) for package in packages):
        head.fault("Aucun colis (GIN BJ) n’est nommé.")


def _outcome(part: _Part, variance: Segment) -> tuple[Outcome, str]:
    qualifier = variance.get(0, 1)
    if qualifier not in _OUTCOMES:
        part.fault(f"QVR : l’écart {quoted(qualifier)} n’est pas traité.")
    return _OUTCOMES.get(qualifier, Outcome.REFUSED), variance.get(2, 3)


def _stock_reports(part: _Part) -> Iterable[Message]:
    head, lines = _heading(part, "LIN")
    yield StockReport(
        reference=head.all("BGM")[0].get(1),
        at=head.moment("366", "137"),
        lines=tuple(_stock_line(each) for each in lines),
    )


def _stock_line(part: _Part) -> StockLine:
    line, _ = part.line()
    kinds = {each.get(1) for each in part.all("INV")}
    if len(part.all("QTY")) != 1:
        part.fault("Il faut une seule quantité (QTY 145) par ligne, pour un seul lot.")
    if kinds - {"", "1", "2", "4"}:
        part.fault("INV : ce type de stock n’est pas traité (1, 2 ou 4).")
    units = part.quantity("145")
    if units is None:
        part.fault("La quantité en stock (QTY 145) manque.")
    return StockLine(
        gtin=part.article(line),
        lot=part.lot(),
        units=units or 0,
        # Damaged and reserved stock lies there, and may not be used.
        condition=Condition.BLOCKED if kinds & {"2", "4"} else Condition.USABLE,
        expires_on=part.day("36", "361"),
    )


def _receiver(part: _Part) -> Party:
    found = part.qualified("NAD", "DP")
    if found is None:
        part.fault("Le lieu de livraison (NAD DP) manque.")
        return Party(code="", name="")
    at = part.segments.index(found)
    contacts: list[str] = []
    for each in part.segments[at + 1 :]:
        if each.tag == "NAD":
            break
        if each.tag == "CTA":
            contacts.append(each.get(1, 1))
    return Party(
        code=found.get(1),
        name=_joined(_all(found, 3)),
        street=_joined(_all(found, 4)),
        postcode=found.get(7),
        city=found.get(5),
        country=found.get(8) or "FR",
        contact=_joined(contacts),
        hours=part.text("DIN"),
    )


def _heading(part: _Part, tag: str) -> tuple[_Part, list[_Part]]:
    """Cut a part at each segment with a tag: what stands before the first, and one part from each on."""
    end = _summary(part.segments)
    if any(each.tag == tag for each in part.segments[end:]):
        part.fault(f"{tag} est après UNS : les lignes viennent avant.")
    starts = [rank for rank, each in enumerate(part.segments[:end]) if each.tag == tag]
    ends = [*starts[1:], end]
    head = part.segments[: starts[0]] if starts else part.segments[:end]
    return _Part(head, part.where, part.faults), [
        _Part(part.segments[start:end], f"{part.where} {tag} {rank}", part.faults)
        for rank, (start, end) in enumerate(zip(starts, ends, strict=False), start=1)
    ]


def _summary(segments: Sequence[Segment]) -> int:
    ends = (rank for rank, each in enumerate(segments) if (each.tag, each.get(0)) == ("UNS", "S"))
    return next(ends, len(segments))


def _check_lines(part: _Part, lines: int) -> None:
    if (total := part.qualified("CNT", "2")) and part.whole(total.get(0, 1), "CNT") != lines:
        part.fault(f"CNT annonce {quoted(total.get(0, 1))} lignes, {lines} lues.")


def _check_original(part: _Part) -> None:
    if part.all("BGM")[0].get(2) not in {"", "9"}:
        part.fault("BGM : seul un document original (fonction 9) est traité.")


def _package_codes(part: _Part) -> list[str]:
    found = [number for each in part.all("GIN") for number in _numbers(each, _PACKAGE)]
    return list(dict.fromkeys(found))


def _numbers(segment: Segment, qualifier: str) -> Iterator[str]:
    if segment.get(0) == qualifier:
        for element in segment.elements[1:]:
            yield from filter(None, element)


def _all(segment: Segment, element: int) -> Sequence[str]:
    return segment.elements[element] if element < len(segment.elements) else ()


def _joined(pieces: Iterable[str]) -> str:
    """Put a text together again: a full piece was cut anywhere, a shorter one at a word."""
    text = ""
    full = True
    for piece in pieces:
        if piece:
            text += piece if full else f" {piece}"
            full = len(piece) == SHORT_TEXT
    return text


def _partner(start: Segment, element: int, faults: Faults) -> str:
    if start.get(element, 1) != GLN_QUALIFIER:
        faults.add("UNB", f"Les partenaires se nomment par leur GLN (qualifiant {GLN_QUALIFIER}).")
    return start.get(element)


def _sent_at(start: Segment, faults: Faults) -> datetime:
    day, time = start.get(3), start.get(3, 1)
    digits = (f"20{day}" if len(day) == _SHORT_YEAR else day) + time
    at = _parsed(digits, "203")
    if at is None:
        faults.add("UNB", f"{quoted(f'{day}:{time}')} n’est pas une date et une heure.")
    return at or _NO_MOMENT


def _parsed(digits: str, form: str) -> datetime | None:
    if len(digits) != _DIGITS.get(form) or not (digits.isascii() and digits.isdigit()):
        return None
    midnight = digits[8:10] == "24"  # EDIFACT may call the end of a day so.
    try:
        at = datetime.strptime(
            digits[:8] + "00" + digits[10:] if midnight else digits, _MOMENTS[form]
        ).replace(tzinfo=UTC)
        return at + timedelta(days=1) if midnight else at
    except (ValueError, OverflowError):
        return None


_Reader = tuple[Sequence[str], Sequence[str], Callable[[_Part], Iterable[Message]]]
# By message: the documents (1001) it may hold, its mandatory segments besides BGM, its reader.
_READERS: Final[Mapping[str, _Reader]] = {
    "ORDERS": (("220", "226"), ("DTM", "NAD", "LIN", "UNS"), _orders),
    "ORDCHG": (("230",), ("DTM", "RFF", "UNS"), _order_changes),
    "ORDRSP": (("231",), ("DTM", "RFF", "UNS"), _order_responses),
    "DESADV": (("351",), ("DTM", "RFF", "CPS", "LIN"), _despatches),
    "RECADV": (("632", "352"), ("DTM", "RFF", "CPS"), _receipts),
    "INVRPT": (("35",), ("DTM",), _stock_reports),
}
