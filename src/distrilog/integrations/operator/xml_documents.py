"""
Orders and despatch advices of partners that speak XML: UBL 2.x, and GS1 XML 3 for orders. Pure.

What a document says in our terms becomes a message. What it says in others' (an article without a GTIN, a
quantity by weight, a parcel without an SSCC) is kept beside it, with the reason, for a person to resolve:
UBL leaves its partners free to name things as they like. Fractions of a piece are refused, and so is any
other document, by its name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Generic, TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from distrilog.integrations.operator import checks
from distrilog.integrations.operator.content import (
    Despatch,
    Order,
    OrderedLine,
    PackedLine,
    Parcel,
    Party,
)
from distrilog.integrations.operator.faults import Faults, quoted, unreadable
from distrilog.integrations.operator.reading import MAX_BODY, TooLarge
from distrilog.kernel import gs1
from distrilog.kernel.refusals import Fault


Said = TypeVar("Said", Order, Despatch)

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_UBL_ORDER: Final = f"{{{_UBL}Order-2}}Order"
_UBL_DESPATCH: Final = f"{{{_UBL}DespatchAdvice-2}}DespatchAdvice"
_GS1_ORDER: Final = "{urn:gs1:ecom:order:xsd:3}orderMessage"
_SAID: Final = {
    _UBL_ORDER: "Order (UBL)",
    _UBL_DESPATCH: "DespatchAdvice (UBL)",
    _GS1_ORDER: "orderMessage (GS1)",
}
_NAMES: Final = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "sh": "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader",
}
# UN/ECE Recommendation 20: what is counted in pieces.
_PIECES: Final = ("C62", "EA", "H87", "PCE", "NAR")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_NO_DAY: Final = date(2000, 1, 1)
_LONGEST: Final = {"code": 35, "name": 175, "street": 140, "postcode": 17, "lot": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Something the document says in its sender's own terms: where, what, and why it is not mapped."""

    where: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped(Generic[Said]):
    """A document in our terms, and what is left of it; only a whole one may be acted upon."""

    message: Said
    unresolved: Sequence[Unresolved] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for a person to resolve."""
        return not self.unresolved


def read_order(body: bytes) -> Mapped[Order]:
    """Return the order of a UBL Order or a GS1 order message; raises Unreadable, or TooLarge."""
    root = _root(body, _UBL_ORDER, _GS1_ORDER)
    document = _Gs1Order(root) if root.tag == _GS1_ORDER else _UblOrder(root)
    return document.close(document.order())


def read_despatch(body: bytes) -> Mapped[Despatch]:
    """Return the despatch of a UBL DespatchAdvice; raises Unreadable, or TooLarge."""
    document = _UblDespatch(_root(body, _UBL_DESPATCH))
    return document.close(document.despatch())


def _root(body: bytes, *handled: str) -> Element:
    if len(body) > MAX_BODY:
        raise TooLarge(Fault(where="", message=f"{len(body)} octets : {MAX_BODY} au plus."))
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise unreadable("", "Un document XML ne porte ici ni DOCTYPE ni entité.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise unreadable("", "Ce n’est pas du XML bien formé.") from error
    if root.tag not in handled:
        names = " ou ".join(_SAID[tag] for tag in handled)
        found = root.tag.rpartition("}")[2]
        raise unreadable(
            "", f"Le document {quoted(found)} n’est pas traité ici, seulement {names}."
        )
    return root


class _Document:
    """A document being read: what is wrong with it, and what is left for a person."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.faults = Faults()
        self.unresolved: list[Unresolved] = []

    def close(self, message: Said) -> Mapped[Said]:
        checks.check_partly(message, self.faults)
        self.faults.refuse()
        return Mapped(message=message, unresolved=tuple(self.unresolved))

    def leave(self, where: str, text: str, *reasons: str) -> None:
        self.unresolved += (Unresolved(where=where, text=text, reason=each) for each in reasons)

    def text(self, path: str, *, under: Element | None = None) -> str:
        found = (self.root if under is None else under).find(path, _NAMES)
        return " ".join((found.text or "").split()) if found is not None else ""

    def texts(self, paths: Sequence[str], *, under: Element, most: int) -> str:
        found = (self.text(path, under=under) for path in paths)
        return ", ".join(filter(None, found))[:most]

    def required(self, path: str) -> str:
        if not (found := self.text(path)):
            self.faults.add(path, f"« {path} » manque.")
        return found

    def moment(self, path: str, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.faults.add(path, f"{quoted(text)} n’est pas une date.")
            at = datetime.combine(_NO_DAY, time())
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def day(self, *paths: str) -> date | None:
        """Return the first of the dates that is given."""
        for path in paths:
            if found := self.text(path):
                return self.moment(path, found).date()
        return None

    def promised_on(self, *paths: str) -> date:
        found = self.day(*paths)
        if found is None:
            self.faults.add(paths[0], "La date de livraison demandée manque.")
        return found or _NO_DAY

    def line_number(self, path: str, line: Element, rank: int) -> int:
        digits = self.text(path, under=line)
        usable = (
            digits.isascii() and digits.isdigit() and len(digits) <= len(str(checks.LARGEST_LINE))
        )
        return int(digits) if usable else rank

    def units(self, quantity: Element | None, where: str, unit: str) -> tuple[int, str]:
        """Return the units, and why they are none; a fraction of a piece is a fault."""
        digits = (quantity.text or "").strip() if quantity is not None else ""
        code = quantity.get(unit, "") if quantity is not None else ""
        if not _DECIMAL.fullmatch(digits):
            self.faults.add(where, f"{quoted(digits)} n’est pas une quantité.")
            return 0, ""
        if code not in _PIECES:
            return 0, f"Quantité de {digits} {quoted(code)} : ce ne sont pas des pièces."
        whole, _, fraction = digits.partition(".")
        if fraction.strip("0"):
            self.faults.add(where, f"{quoted(digits)} : seules les unités entières sont traitées.")
        return int(whole), ""


class _UblOrder(_Document):
    def order(self) -> Order:
        period = "cac:Delivery/cac:RequestedDeliveryPeriod"
        inside = f"cac:OrderLine/cac:LineItem/{period}"
        return Order(
            reference=self.required("cbc:ID"),
            assignment=1,
            placed_at=self.issued_at(),
            promised_on=self.promised_on(
                f"{period}/cbc:EndDate",
                f"{period}/cbc:StartDate",
                f"{inside}/cbc:EndDate",
                f"{inside}/cbc:StartDate",
            ),
            receiver=self.receiver(),
            lines=tuple(self.lines()),
        )

    def issued_at(self) -> datetime:
        day, at = self.required("cbc:IssueDate"), self.text("cbc:IssueTime")
        return self.moment("cbc:IssueDate", f"{day}T{at}" if at else day)

    def receiver(self) -> Party:
        buyer = "cac:BuyerCustomerParty"
        address = self.first(
            "cac:Delivery/cac:DeliveryLocation/cac:Address",
            "cac:Delivery/cac:DeliveryAddress",
            f"{buyer}/cac:Party/cac:PostalAddress",
        )
        street = ("StreetName", "AdditionalStreetName", "BuildingNumber", "BuildingName")
        return Party(
            code=self.code(
                "cac:Delivery/cac:DeliveryLocation/cbc:ID",
                "cac:Delivery/cac:DeliveryLocation/cac:Address/cbc:ID",
                f"{buyer}/cac:Party/cac:PartyIdentification/cbc:ID",
                f"{buyer}/cbc:SupplierAssignedAccountID",
                f"{buyer}/cbc:CustomerAssignedAccountID",
            ),
            name=self.text(f"{buyer}/cac:Party/cac:PartyName/cbc:Name")[: _LONGEST["name"]],
            street=self.texts(
                [*(f"cbc:{each}" for each in street), "cac:AddressLine/cbc:Line"],
                under=address,
                most=_LONGEST["street"],
            ),
            postcode=self.text("cbc:PostalZone", under=address),
            city=self.text("cbc:CityName", under=address),
            country=self.text("cac:Country/cbc:IdentificationCode", under=address) or "FR",
            contact=self.text(f"{buyer}/cac:Party/cac:Contact/cbc:Name")[: _LONGEST["name"]],
        )

    def first(self, *paths: str) -> Element:
        found = (self.root.find(path, _NAMES) for path in paths)
        return next((each for each in found if each is not None), Element("none"))

    def code(self, *paths: str) -> str:
        """Return the first usable code of the receiver; what calls itself a GLN must be one."""
        for path in paths:
            found = self.root.find(path, _NAMES)
            code = self.text(path)
            if found is None or not code:
                continue
            fault = gs1.gln_fault(code) if found.get("schemeID", "").upper() == "GLN" else None
            if fault is None:
                return code
            self.leave("receiver.code", code[: _LONGEST["code"]], fault)
        self.faults.add(paths[0], "Rien ne nomme le destinataire.")
        return ""

    def lines(self) -> Iterator[OrderedLine]:
        found = self.root.findall("cac:OrderLine/cac:LineItem", _NAMES)
        if not found:
            self.faults.add("cac:OrderLine", "La commande n’a pas de ligne.")
        for rank, line in enumerate(found, start=1):
            where = f"lines.{rank}"
            units, no_pieces = self.units(line.find("cbc:Quantity", _NAMES), where, "unitCode")
            item = line.find("cac:Item", _NAMES)
            gtin, no_article = self.article(item)
            if reasons := tuple(filter(None, (no_article, no_pieces))):
                self.leave(where, self.described(item), *reasons)
                continue
            number = self.line_number("cbc:ID", line, rank)
            yield OrderedLine(number=number, family="", units=units, box_units=1, gtin=gtin)

    def article(self, item: Element | None) -> tuple[str, str]:
        """Return the article's GTIN-14, or why there is none."""
        found = (
            item.find("cac:StandardItemIdentification/cbc:ID", _NAMES) if item is not None else None
        )
        number = "".join((found.text or "").split()) if found is not None else ""
        if not number:
            return "", "Article sans GTIN."
        gtin = number.zfill(gs1.GTIN_DIGITS)
        fault = gs1.gtin_fault(gtin)
        return ("", fault) if fault else (gtin, "")

    def described(self, item: Element | None) -> str:
        """Return the article as its sender names it: its name, and the number in each catalogue."""
        if item is None:
            return ""
        owners = ("StandardItem", "SellersItem", "BuyersItem")
        paths = ["cbc:Name", *(f"cac:{owner}Identification/cbc:ID" for owner in owners)]
        return self.texts(paths, under=item, most=_LONGEST["name"])


class _UblDespatch(_UblOrder):
    def despatch(self) -> Despatch:
        period = "cac:Shipment/cac:Delivery/cac:RequestedDeliveryPeriod"
        return Despatch(
            reference=self.required("cbc:ID"),
            order=self.required("cac:OrderReference/cbc:ID"),
            assignment=1,
            packed_at=self.issued_at(),
            parcels=tuple(self.parcels()),
            carrier=self.text(
                "cac:Shipment/cac:Consignment/cac:CarrierParty/cac:PartyName/cbc:Name"
            ),
            expected_on=self.day(f"{period}/cbc:EndDate", f"{period}/cbc:StartDate"),
        )

    def parcels(self) -> Iterator[Parcel]:
        lines = self.root.findall("cac:DespatchLine", _NAMES)
        if not lines:
            self.faults.add("cac:DespatchLine", "L’avis d’expédition n’a pas de ligne.")
        units = self.root.findall("cac:Shipment/cac:TransportHandlingUnit", _NAMES)
        codes = [self.text("cbc:ID", under=unit) for unit in units]
        packed = tuple(self.packed(lines))
        # UBL 2.0 does not say which line lies in which of several handling units.
        fault = (
            gs1.sscc_fault(codes[0])
            if len(codes) == 1
            else f"{len(codes)} colis nommés : il faut un avis par colis, avec son SSCC."
        )
        if fault:
            text = ", ".join(f"{line.units} × {line.gtin} ({line.lot})" for line in packed)
            self.leave("parcels", text[: _LONGEST["name"]], fault)
        elif packed:
            yield Parcel(sscc=codes[0], lines=packed)

    def packed(self, lines: Sequence[Element]) -> Iterator[PackedLine]:
        for rank, line in enumerate(lines, start=1):
            where = f"lines.{rank}"
            quantity = line.find("cbc:DeliveredQuantity", _NAMES)
            units, no_pieces = self.units(quantity, where, "unitCode")
            item = line.find("cac:Item", _NAMES)
            gtin, no_article = self.article(item)
            batch = line.find("cac:Item/cac:ItemInstance/cac:LotIdentification", _NAMES)
            no_lot = "" if batch is not None else "Article sans lot."
            if batch is None or no_article or no_pieces:
                reasons = filter(None, (no_article, no_pieces, no_lot))
                self.leave(where, self.described(item), *reasons)
                continue
            expires_on = self.text("cbc:ExpiryDate", under=batch)
            yield PackedLine(
                number=self.line_number("cac:OrderLineReference/cbc:LineID", line, rank),
                gtin=gtin,
                lot=self.text("cbc:LotNumberID", under=batch),
                units=units,
                expires_on=self.moment(where, expires_on).date() if expires_on else None,
            )


class _Gs1Order(_Document):
    """A GS1 order names everything by GS1's numbers: there a wrong one is a fault."""

    def order(self) -> Order:
        created = (
            "sh:StandardBusinessDocumentHeader/sh:DocumentIdentification/sh:CreationDateAndTime"
        )
        self.moment(created.rpartition(":")[2], self.required(created))
        if len(self.root.findall("order")) != 1:
            self.faults.add("order", "Il faut une seule commande par document.")
        if self.required("order/documentStatusCode") not in {"ORIGINAL", ""}:
            self.faults.add("documentStatusCode", "Seul un document original est traité.")
        requested = "order/orderLogisticalInformation/orderLogisticalDateInformation"
        placed = self.required("order/creationDateTime")
        return Order(
            reference=self.required("order/orderIdentification/entityIdentification"),
            assignment=1,
            placed_at=self.moment("creationDateTime", placed),
            promised_on=self.promised_on(f"{requested}/requestedDeliveryDateTime/date"),
            receiver=self.receiver(),
            lines=tuple(self.lines()),
        )

    def receiver(self) -> Party:
        gln = self.required("order/orderLogisticalInformation/shipTo/gln")
        if gln and (fault := gs1.gln_fault(gln)):
            self.faults.add("shipTo", fault)
        return Party(code=gln, name="")

    def lines(self) -> Iterator[OrderedLine]:
        for rank, line in enumerate(self.root.findall("order/orderLineItem"), start=1):
            where = f"lines.{rank}"
            quantity = line.find("requestedQuantity")
            units, no_pieces = self.units(quantity, where, "measurementUnitCode")
            if no_pieces:
                self.faults.add(where, no_pieces)
            yield OrderedLine(
                number=self.line_number("lineItemNumber", line, rank),
                family="",
                units=units,
                box_units=1,
                gtin=self.text("transactionalTradeItem/gtin", under=line) or "0",
            )
