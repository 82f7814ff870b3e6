from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from pydifact.parser import Parser

from distrilog.integrations.operator import eancom, reading
from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    ConfirmedLine,
    Delivery,
    Outcome,
    Parcel,
    StockLine,
)
from distrilog.integrations.operator.edifact import read_segments
from distrilog.integrations.operator.faults import Unreadable
from tests.integrations.operator import messages


SETTINGS = settings(max_examples=60, deadline=None)
HEAD = "UNB+UNOC:3+3012345000000:14+3012345000017:14+201109:0930+42'"

# As a partner writes: an older directory, no UNA, a line break after each segment, lines for a reader.
ORDERS = """UNB+UNOC:3+3012345000000:14+3012345000017:14+201109:0930+42'
UNH+ME000001+ORDERS:D:96A:UN:EAN008'
BGM+220+128576+9'
DTM+137:20201109:102'
DTM+2:202011121030:203'
RFF+CT:652744'
NAD+SU+3012345000017::9'
NAD+DP+3012345000055::9++CENTRE HOSPITALIER:D?'ANJOU+4 RUE DES MURS:BATIMENT C+ANGERS++49000'
CTA+IC+:PHARMACIE'
COM+0241000000:TE'
NAD+BY+3012345000000::9'
LIN+1++3012345678902:EN'
IMD+F++:::MASQUES FFP2 ?+ VALVE'
QTY+59:50'
QTY+21:1000.00:PCE'
PIA+1+FFP2:GB'
UNS+S'
CNT+2:1'
UNT+18+ME000001'
UNZ+1+42'
"""

DESADV = """UNH+1+DESADV:D:01B:UN:EAN007'
BGM+351+E-77+9'
DTM+11:20201110:102'
DTM+137:20201109093000UTC:304'
RFF+ON:C-1::2'
NAD+DP+3012345000055::9'
CPS+1'
PAC+2'
CPS+2+1'
PAC+1++201'
PCI+33E'
GIN+BJ+330123450000000025'
CPS+3+2'
PAC+1++CT'
PCI+33E'
GIN+BJ+330123450000000018'
LIN+1++3012345678902:SRV'
PIA+1+L2020/A:NB'
QTY+12:600'
DTM+361:20230131:102'
LIN+2++3012345678902:SRV'
QTY+12:400'
RFF+LI:7'
GIN+BX+L2020/B'
UNT+25+1'"""


def sent(*bodies, head=HEAD):
    return (head + "".join(bodies) + f"UNZ+{len(bodies)}+42'").replace("\n", "").encode("latin-1")


def faults_of(body):
    with pytest.raises(Unreadable) as refused:
        eancom.read(body)
    return [fault.message for fault in refused.value.faults]


class TestWrite:
    @SETTINGS
    @given(messages.interchanges)
    def test_says_what_read_hears(self, interchange):
        assert eancom.read(eancom.write(interchange)) == interchange

    def test_stays_in_latin_1_where_that_can_say_it_all(self):
        short = messages.interchange(messages.CONFIRMATION)
        assert eancom.write(short).startswith(b"UNA:+.? 'UNB+UNOC:3+3012345000000:14+")
        apostrophe = messages.interchange(messages.WITHDRAWAL)
        assert eancom.write(apostrophe).startswith(b"UNA:+.? 'UNB+UNOW:4+")

    def test_marks_a_test(self):
        body = eancom.write(messages.interchange(test=True))
        assert b"+42++++++1'UNH" in body
        assert eancom.read(body).test

    @pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
    def test_writes_what_another_parser_reads_alike(self):
        body = eancom.write(messages.interchange())
        ours, theirs = read_segments(body), list(Parser().parse(body.decode()))[1:]
        assert [each.tag for each in theirs] == [each.tag for each in ours]
        for their, our in zip(theirs, ours, strict=True):
            elements = [[each] if isinstance(each, str) else each for each in their.elements]
            assert elements == our.elements


class TestRead:
    def test_reads_an_order_as_a_partner_writes_it(self):
        interchange = eancom.read(ORDERS.replace("\n", "\r\n").encode("latin-1"))
        assert (interchange.number, interchange.sender) == ("42", "3012345000000")
        assert interchange.sent_at == datetime(2020, 11, 9, 9, 30, tzinfo=UTC)
        (order,) = interchange.messages
        assert (order.reference, order.assignment) == ("128576", 1)
        assert order.promised_on == date(2020, 11, 12)
        assert order.receiver.code == "3012345000055"
        assert order.receiver.name == "CENTRE HOSPITALIER D'ANJOU"
        assert order.receiver.street == "4 RUE DES MURS BATIMENT C"
        assert (order.receiver.city, order.receiver.country) == ("ANGERS", "FR")
        assert order.receiver.contact == "PHARMACIE"
        (line,) = order.lines
        assert (line.gtin, line.family) == ("03012345678902", "FFP2")
        assert (line.units, line.box_units) == (1000, 50)

    def test_reads_other_service_characters(self):
        other = "UNA|#.! ~" + ORDERS.replace("\n", "").replace("?'", "'").replace("?+", "§")
        other = other.replace("D'ANJOU", "§ANJOU").replace("'", "~").replace("+", "#")
        other = other.replace(":", "|").replace("§ANJOU", "D!~ANJOU").replace("§", "+")
        (order,) = eancom.read(other.encode("latin-1")).messages
        assert order.receiver.name == "CENTRE HOSPITALIER D~ANJOU"

    def test_reads_the_cartons_of_a_pallet(self):
        (despatch,) = eancom.read(sent(DESADV)).messages
        (parcel,) = despatch.parcels
        assert isinstance(parcel, Parcel)
        assert parcel.sscc == "330123450000000018"
        assert [(line.number, line.lot, line.units) for line in parcel.lines] == [
            (1, "L2020/A", 600),
            (7, "L2020/B", 400),
        ]
        assert parcel.lines[0].expires_on == date(2023, 1, 31)
        assert not despatch.complete

    def test_reads_a_receipt_of_several_parcels(self):
        body = sent(
            "UNH+1+RECADV:D:01B:UN:EAN008'BGM+352::9+R1+9'DTM+137:20201112:102'"
            "DTM+50:202011121015:203'RFF+AAK:E-77'NAD+BY+3012345000017::9'"
            "CPS+1'PAC+2'PCI+33E'GIN+BJ+330123450000000018+330123450000000025'"
            "CPS+2'PAC+1'QVR+-1:195++AUE::9'PCI+33E'GIN+BJ+330123450000000032'UNT+16+1'"
        )
        found = [(each.sscc[-2:], each.outcome) for each in eancom.read(body).messages]
        assert found == [
            ("18", Outcome.DELIVERED),
            ("25", Outcome.DELIVERED),
            ("32", Outcome.REFUSED),
        ]
        assert isinstance(eancom.read(body).messages[0], Delivery)

    def test_reads_a_confirmation_without_change(self):
        body = sent(
            "UNH+1+ORDRSP:D:01B:UN:EAN009'BGM+231+R9+29'DTM+137:20201109:102'"
            "RFF+ON:C-1'NAD+SU+3012345000017::9'LIN+1+5+3012345678902:SRV'QTY+21:10'UNS+S'UNT+9+1'"
        )
        assert eancom.read(body).messages == (
            Confirmation(
                reference="C-1",
                assignment=1,
                answer=Answer.ACCEPTED,
                lines=(ConfirmedLine(number=1, units=10),),
            ),
        )

    def test_reads_damaged_stock_as_blocked(self):
        body = sent(
            "UNH+1+INVRPT:D:96A:UN:EAN004'BGM+35+I1+9'DTM+137:20201109:102'"
            "LIN+1++3012345678902:EN'INV++2'QTY+145:300'GIN+BX+L1'DTM+36:20230131:102'UNT+9+1'"
        )
        (report,) = eancom.read(body).messages
        assert report.lines == (
            StockLine(
                gtin="03012345678902",
                lot="L1",
                units=300,
                condition=Condition.BLOCKED,
                expires_on=date(2023, 1, 31),
            ),
        )

    def test_finds_every_fault_at_once(self):
        broken = (
            ORDERS.replace("\n", "")
            .replace("QTY+21:1000.00", "QTY+21:10.5")
            .replace("DTM+137:20201109", "DTM+137:20201309")
            .replace("NAD+DP", "NAD+IV")
            .replace("CNT+2:1", "CNT+2:2")
            .replace("UNT+18", "UNT+19")
            .replace("UNZ+1+42", "UNZ+3+43")
        )
        found = faults_of(broken.encode("latin-1"))
        assert found == [
            "UNT annonce « 19 » segments, 18 lus.",
            "UNZ annonce « 3 » messages, 1 lus.",
            "UNZ porte « 43 » et UNB « 42 ».",
            "CNT annonce « 2 » lignes, 1 lues.",
            "DTM : « 20201309 » n’est pas une date au format « 102 ».",
            "Le lieu de livraison (NAD DP) manque.",
            "QTY 21 : « 10.5 » n’est pas un nombre entier : seules les unités entières sont traitées.",
        ]

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("UNH+1+DESADV", "UNH+1+INVOIC", "Le message « INVOIC » n’est pas traité."),
            ("D:01B:UN", "D:20A:UN", "Le répertoire « D.20A » n’est pas traité."),
            ("BGM+351", "BGM+380", "BGM : le document « 380 » n’est pas traité."),
            ("RFF+ON:C-1::2", "RFF+CT:C-1::2", "La référence de la commande (RFF ON) manque."),
            ("+E-77+9", "+E-77+5", "BGM : seul un document original (fonction 9) est traité."),
            ("093000UTC", "093000CET", "DTM : le fuseau « CET » n’est pas traité, seulement UTC."),
            ("3012345678902:SRV", "AB1:SA", "« AB1 » (« SA ») n’est pas un GTIN."),
            ("QTY+12:600", "QTY+52:600", "La quantité expédiée (QTY 12) manque."),
            (
                "GIN+BX+L2020/B",
                "GIN+BX+L2020/B+C",
                "Une ligne porte plusieurs lots : il faut une ligne par lot.",
            ),
            (
                "RFF+LI:7",
                "RFF+ON:C-2:7",
                "Une ligne sert une autre commande : il faut un DESADV par commande.",
            ),
        ],
    )
    def test_refuses_for_the_right_reason(self, old, new, said):
        assert old in DESADV
        assert said in faults_of(sent(DESADV.replace(old, new)))

    def test_refuses_lines_of_several_parcels_together(self):
        body = sent(DESADV.replace("GIN+BJ+330123450000000018'", ""))
        assert "0 SSCC pour des lignes : il faut un CPS par colis." in faults_of(body)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "segment UNB manque"),
            (b"UNA", "UNA ne donne pas"),
            (b"UNA:::::'UNB+", "UNA ne donne pas"),
            (b"UNB+UNOK:3'", "jeu de caract"),
            ("UNB+UNOA:3+é'".encode("latin-1"), "n’existe pas dans le jeu"),
            ("UNB+UNOW:4+é'".encode("latin-1"), "n’existe pas dans le jeu"),
            (b"UNB+UNOC:3+a\x00'", "caractère interdit"),
            (HEAD.encode(), "UNZ manque"),
            (HEAD.encode() + b"UNZ+0+42", "pas terminé"),
            (HEAD.encode() + b"UNZ+0+42?", "échappement"),
            (HEAD.encode() + b"BGM+1'UNZ+0+42'", "pas sa place"),
            (HEAD.encode() + b"UNH+1'UNH+2'UNZ+0+42'", "pas sa place"),
            (HEAD.encode() + b"UNG+1'UNZ+0+42'", "pas sa place"),
            (HEAD.encode() + b"UNH+1'UNZ+0+42'", "UNT manque"),
            (HEAD.encode() + b"hello'UNZ+0+42'", "n’est pas un segment"),
            (HEAD.encode() + b"BG\nM'UNZ+0+42'", "fin de ligne"),
        ],
    )
    def test_refuses_broken_syntax(self, body, said):
        assert any(said in message for message in faults_of(body))

    def test_needs_global_location_numbers(self):
        body = sent(DESADV).replace(b":14+", b":ZZ+")
        assert faults_of(body) == ["Les partenaires se nomment par leur GLN (qualifiant 14)."] * 2

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("UNS+S'", "UNS+S'LIN+2'", "LIN est après UNS : les lignes viennent avant."),
            ("BGM+220+128576+9'", "", "Le segment BGM doit suivre UNH."),
            ("DTM+137:20201109:102'", "", "Le segment DTM 137 manque."),
            ("UNS+S'", "", "Le segment UNS manque."),
        ],
    )
    def test_needs_the_order_s_segments_in_their_place(self, old, new, said):
        body = ORDERS.replace("\n", "").replace(old, new)
        assert said in faults_of(body.encode("latin-1"))

    def test_refuses_line_variances_it_cannot_keep(self):
        body = eancom.write(messages.interchange(messages.DELIVERY)).replace(
            b"UNT+13", b"LIN+1++3012345678902:SRV'QVR+-4:12'UNT+15"
        )
        assert "Les écarts par ligne (QVR après LIN) ne sont pas traités ici." in faults_of(body)

    def test_is_checked_like_any_other_format(self):
        body = ORDERS.replace("3012345678902", "3012345678901").encode("latin-1")
        with pytest.raises(Unreadable, match="clé de contrôle du GTIN"):
            reading.read(body=body, content_type=reading.EANCOM)
