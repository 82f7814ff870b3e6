import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.integrations.operator import reading, xml_documents
from distrilog.integrations.operator.content import OrderedLine, PackedLine, Parcel
from distrilog.kernel.refusals import Refusal
from tests.integrations.operator.messages import GTIN, SSCC


SAMPLES = Path(__file__).parent / "samples"
ORDER = (SAMPLES / "ubl_order.xml").read_text()
DESPATCH = (SAMPLES / "ubl_despatch_advice.xml").read_text()
GS1_ORDER = (SAMPLES / "gs1_order.xml").read_text()
SOUND_GS1_ORDER = GS1_ORDER.replace("asdf", "2021-07-14T12:00:00Z").replace("40987650000345", GTIN)
NO_GTIN = "<cac:SellersItemIdentification>"
IN_OUR_TERMS = (
    f'<cac:StandardItemIdentification><cbc:ID schemeID="GTIN">{GTIN[1:]}</cbc:ID>'
    f"</cac:StandardItemIdentification>{NO_GTIN}"
)
HANDLING_UNIT = (
    f"<cac:TransportHandlingUnit><cbc:ID>{SSCC}</cbc:ID></cac:TransportHandlingUnit></cac:Shipment>"
)


def reasons(mapped):
    return [(each.where, each.text, each.reason) for each in mapped.unresolved]


def faults_of(read, text):
    with pytest.raises(reading.Unreadable) as refused:
        read(text if isinstance(text, bytes) else text.encode())
    return [fault.message for fault in refused.value.faults]


class TestReadOrder:
    def test_maps_what_ubl_says_in_our_terms_and_leaves_the_rest(self):
        mapped = xml_documents.read_order(ORDER.encode())
        order = mapped.message
        assert (order.reference, order.assignment) == ("34", 1)
        assert order.placed_at == datetime(2010, 1, 20, 12, 30, tzinfo=UTC)
        assert order.promised_on == date(2010, 2, 25)
        assert (order.receiver.code, order.receiver.name) == (
            "7300070011115",
            "Johnssons byggvaror",
        )
        assert order.receiver.street == "Rådhusgatan, 2nd floor, 5"
        assert (order.receiver.postcode, order.receiver.country) == ("11000", "SE")
        assert order.lines == ()
        assert not mapped.is_whole
        wax, brush = "beeswax, 17589683, 6578489", "Pensel 20 mm, 123452340123, SItemNo011"
        assert reasons(mapped) == [
            (
                "receiver.code",
                "1234567890123",
                "« 1234567890123 » : la clé de contrôle du GLN est fausse.",
            ),
            ("lines.1", wax, "Article sans GTIN."),
            ("lines.1", wax, "Quantité de 100 « KGM » : ce ne sont pas des pièces."),
            ("lines.2", brush, "« 00123452340123 » : la clé de contrôle du GTIN est fausse."),
        ]

    def test_maps_a_whole_order(self):
        whole = (
            ORDER.replace(NO_GTIN, IN_OUR_TERMS, 1)
            .replace('"KGM"', '"EA"')
            .replace("123452340123", GTIN)
            .replace("1234567890123", "3012345000055")
        )
        mapped = xml_documents.read_order(whole.encode())
        assert mapped.is_whole
        assert mapped.message.receiver.code == "3012345000055"
        assert mapped.message.lines == (
            OrderedLine(number=1, family="", units=100, box_units=1, gtin=GTIN),
            OrderedLine(number=2, family="", units=15, box_units=1, gtin=GTIN),
        )

    def test_maps_a_gs1_order(self):
        mapped = xml_documents.read_order(SOUND_GS1_ORDER.encode())
        assert mapped.is_whole
        assert mapped.message.reference == "PO3352"
        assert mapped.message.receiver.code == "5412345000037"
        assert mapped.message.promised_on == date(2011, 3, 11)
        assert [(line.number, line.units) for line in mapped.message.lines] == [(1, 10), (2, 24)]

    def test_refuses_a_gs1_order_for_each_of_its_faults(self):
        assert faults_of(xml_documents.read_order, GS1_ORDER) == [
            "« asdf » n’est pas une date.",
            "« 40987650000345 » : la clé de contrôle du GTIN est fausse.",
        ]

    @pytest.mark.parametrize(
        ("sample", "old", "new", "said"),
        [
            (ORDER, ">15<", ">1.5<", "« 1.5 » : seules les unités entières sont traitées."),
            (ORDER, ">15<", ">many<", "« many » n’est pas une quantité."),
            (ORDER, "2010-01-20", "2010-01-32", "« 2010-01-32T12:30:00 » n’est pas une date."),
            (ORDER, "<cbc:ID>34</cbc:ID>", "", "« cbc:ID » manque."),
            (ORDER, "RequestedDeliveryPeriod", "Period", "La date de livraison demandée manque."),
            (ORDER, "OrderLine", "Line", "La commande n’a pas de ligne."),
            (ORDER, ">SE<", ">Sweden<", "« Sweden » n’est pas un code de pays à deux lettres."),
            (
                SOUND_GS1_ORDER,
                ">24<",
                ">2.4<",
                "« 2.4 » : seules les unités entières sont traitées.",
            ),
            (
                SOUND_GS1_ORDER,
                '"EA"',
                '"KGM"',
                "Quantité de 10 « KGM » : ce ne sont pas des pièces.",
            ),
            (SOUND_GS1_ORDER, "ORIGINAL", "COPY", "Seul un document original est traité."),
            (SOUND_GS1_ORDER, GTIN, "", "« 0 » n’est pas un GTIN : il faut quatorze chiffres."),
            (
                SOUND_GS1_ORDER,
                "5000037",
                "5000038",
                "« 5412345000038 » : la clé de contrôle du GLN est fausse.",
            ),
        ],
    )
    def test_refuses_for_the_right_reason(self, sample, old, new, said):
        assert old in sample
        assert said in faults_of(xml_documents.read_order, sample.replace(old, new))

    @pytest.mark.parametrize("name", ["Invoice", "Forecast", "OrderChange", "InventoryReport"])
    def test_refuses_other_documents_by_name(self, name):
        other = f'<{name} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{name}-2"/>'
        assert faults_of(xml_documents.read_order, other) == [
            f"Le document « {name} » n’est pas traité ici, seulement Order (UBL) ou orderMessage (GS1)."
        ]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "bien formé"),
            (b"<a>", "bien formé"),
            (b"<?xml version='1.0' encoding='nope'?><a/>", "bien formé"),
            (b"<a>\xff</a>", "bien formé"),
            (b"<!DOCTYPE a><a/>", "DOCTYPE"),
            (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "DOCTYPE"),
            (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
            (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "DOCTYPE"),
            (b"<a>" * 300_000, "bien formé"),
            (b"<a>" * 200_000 + b"</a>" * 200_000, "« a » n’est pas traité"),
        ],
    )
    def test_refuses_what_is_no_safe_xml(self, body, said):
        assert any(said in message for message in faults_of(xml_documents.read_order, body))

    def test_refuses_what_is_too_large_before_reading_it(self):
        with pytest.raises(reading.TooLarge):
            xml_documents.read_order(bytes(reading.MAX_BODY + 1))

    @settings(max_examples=150, deadline=None)
    @given(st.data(), st.sampled_from([ORDER, DESPATCH, SOUND_GS1_ORDER]))
    def test_only_ever_refuses(self, data, sample):
        at = data.draw(st.integers(0, len(sample)))
        until = at + data.draw(st.integers(0, 30))
        noise = data.draw(st.text(max_size=8) | st.sampled_from(["", "<x/>", "9" * 40, "-1"]))
        body = (sample[:at] + noise + sample[until:]).encode("utf-8", "replace")
        read = xml_documents.read_despatch if sample is DESPATCH else xml_documents.read_order
        try:
            mapped = read(body)
        except Refusal:
            return
        assert mapped.message.reference


class TestReadDespatch:
    def test_maps_what_ubl_says_in_our_terms_and_leaves_the_rest(self):
        mapped = xml_documents.read_despatch(DESPATCH.encode())
        assert (mapped.message.reference, mapped.message.order) == ("565899", "AEG012345")
        assert mapped.message.packed_at == datetime(2005, 6, 20, tzinfo=UTC)
        assert mapped.message.expected_on == date(2005, 6, 21)
        assert mapped.message.parcels == ()
        wax = "beeswax, 17589683"
        assert reasons(mapped) == [
            ("lines.1", wax, "Article sans GTIN."),
            ("lines.1", wax, "Quantité de 90 « KGM » : ce ne sont pas des pièces."),
            ("parcels", "", "0 colis nommés : il faut un avis par colis, avec son SSCC."),
        ]

    def test_maps_a_parcel(self):
        whole = (
            DESPATCH.replace(NO_GTIN, IN_OUR_TERMS)
            .replace('"KGM"', '"C62"')
            .replace("</cac:Shipment>", HANDLING_UNIT)
        )
        mapped = xml_documents.read_despatch(whole.encode())
        assert mapped.is_whole
        line = PackedLine(
            number=1, gtin=GTIN, lot="546378239", units=90, expires_on=date(2010, 1, 1)
        )
        assert mapped.message.parcels == (Parcel(sscc=SSCC, lines=(line,)),)

    def test_leaves_no_line_out(self):
        unpacked = DESPATCH.replace(NO_GTIN, IN_OUR_TERMS).replace('"KGM"', '"C62"')
        (left,) = reasons(xml_documents.read_despatch(unpacked.encode()))
        assert left[:2] == ("parcels", f"90 × {GTIN} (546378239)")

    def test_needs_a_lot(self):
        body = DESPATCH.replace("LotIdentification", "Lot")
        mapped = xml_documents.read_despatch(body.encode())
        assert "Article sans lot." in [each.reason for each in mapped.unresolved]

    def test_refuses_an_order(self):
        assert faults_of(xml_documents.read_despatch, ORDER) == [
            "Le document « Order » n’est pas traité ici, seulement DespatchAdvice (UBL)."
        ]


VECTORS = os.environ.get("DISTRILOG_MESSAGE_VECTORS", "")
MAPPED = {
    "UBL-Order-2.0-Example.xml": xml_documents.read_order,
    "UBL-Order-2.0-Example-International.xml": xml_documents.read_order,
    "UBL-Order-2.1-Example.xml": xml_documents.read_order,
    "UBL-DespatchAdvice-2.0-Example.xml": xml_documents.read_despatch,
}
OTHERS = [
    path for path in sorted(Path(VECTORS or "samples").glob("ubl/*.xml")) if path.name not in MAPPED
]


@pytest.mark.skipif(not VECTORS, reason="DISTRILOG_MESSAGE_VECTORS names no folder of samples.")
class TestRealSamples:
    """The published samples, whole: they are not ours to copy."""

    @pytest.mark.parametrize("name", MAPPED)
    def test_maps_orders_and_despatches(self, name):
        mapped = MAPPED[name]((Path(VECTORS) / "ubl" / name).read_bytes())
        assert mapped.message.reference
        assert mapped.unresolved

    @pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
    def test_refuses_the_others_by_name(self, path):
        name = path.name.split("-")[1]
        for read in (xml_documents.read_order, xml_documents.read_despatch):
            (said,) = faults_of(read, path.read_bytes())
            assert said.startswith(f"Le document « {name} » n’est pas traité ici")

    def test_refuses_the_gs1_order_for_its_faults(self):
        (path,) = Path(VECTORS).glob("gs1/*.xml")
        assert faults_of(xml_documents.read_order, path.read_bytes()) == [
            "« asdf » n’est pas une date.",
            "« 40987650000345 » : la clé de contrôle du GTIN est fausse.",
        ]
