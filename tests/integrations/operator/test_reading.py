import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.integrations.operator import checks, eancom, json_format, reading
from distrilog.integrations.operator.content import Answer, OrderedLine
from distrilog.kernel.refusals import Refusal
from tests.integrations.operator import messages
from tests.integrations.operator.messages import (
    CONFIRMATION,
    DELIVERY,
    DESPATCH,
    ORDER,
    STOCK_REPORT,
    WITHDRAWAL,
)


VALID = {
    reading.JSON: json_format.write(messages.interchange()),
    reading.EANCOM: eancom.write(messages.interchange()),
}
PIECES = [
    *(b"'", b"+", b":", b"?", b"\r\n", b"\x00", b"\xff", b"\xc3", b"UNA", b"UNH+1'", b"UNZ+1+1'"),
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"null",
        b"1e9",
        b"-1",
        b"\\ud800",
        b"9" * 40,
        b"1" * 5000,
    ),
]


def wheres(*found, **changes):
    with pytest.raises(reading.Unreadable) as refused:
        checks.check(messages.interchange(*found, **changes))
    return [fault.where for fault in refused.value.faults]


def first_line(message, **changes):
    return replace(message, lines=(replace(message.lines[0], **changes), *message.lines[1:]))


def first_packed(**changes):
    parcel = DESPATCH.parcels[0]
    return replace(DESPATCH, parcels=(first_line(parcel, **changes),))


class TestRead:
    @pytest.mark.parametrize("content_type", VALID)
    def test_reads_each_format(self, content_type):
        read = reading.read(
            body=VALID[content_type], content_type=f"{content_type.upper()}; charset=utf-8"
        )
        assert read == messages.interchange()

    def test_refuses_what_is_too_large_before_reading_it(self):
        with pytest.raises(reading.TooLarge) as refused:
            reading.read(body=bytes(reading.MAX_BODY + 1), content_type=reading.JSON)
        assert refused.value.status == 413

    @pytest.mark.parametrize("content_type", ["", "text/xml", "application/xml", "json"])
    def test_refuses_other_formats(self, content_type):
        with pytest.raises(reading.UnknownFormat) as refused:
            reading.read(body=b"", content_type=content_type)
        assert refused.value.status == 415

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=300), st.sampled_from(list(VALID)), st.booleans())
    def test_only_ever_refuses(self, noise, content_type, begun):
        start = VALID[content_type][:60] if begun else b""
        with pytest.raises(Refusal):
            reading.read(body=start + noise, content_type=content_type)

    @settings(max_examples=300, deadline=None)
    @given(st.data(), st.sampled_from(list(VALID)))
    def test_reads_or_refuses_what_was_damaged(self, data, content_type):
        body = bytearray(VALID[content_type])
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(body)))
            until = at + data.draw(st.integers(0, 12))
            body[at:until] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=4))
        with suppress(Refusal):
            checks.check(reading.read(body=bytes(body), content_type=content_type))

    def test_refuses_so_that_it_can_be_answered(self):
        for body in (b"\xff", b"{" + "\ud800".encode("utf-8", "surrogatepass"), b'{"\\ud800": 1}'):
            with pytest.raises(Refusal) as refused:
                reading.read(body=body, content_type=reading.JSON)
            assert json.dumps(refused.value.as_problem(), ensure_ascii=False).encode()

    @pytest.mark.parametrize(
        "body",
        [
            b'{"a":' * 1_600_000,
            b"[" * reading.MAX_BODY,
            b'{"messages":[' + b"{}," * 2_700_000 + b"{}]}",
            b"1" * reading.MAX_BODY,
            b"{" + b'"a":0,' * 1_300_000 + b'"a":0}',
            b"{" + b",".join(b'"%d":0' % n for n in range(700_000)) + b"}",
        ],
        ids=["objects", "lists", "messages", "digits", "one name", "names"],
    )
    def test_refuses_huge_json_soon(self, body):
        with pytest.raises(Refusal):
            reading.read(body=body[: reading.MAX_BODY], content_type=reading.JSON)

    @pytest.mark.parametrize(
        "piece", [b"A'", b"LIN+1'", b"?", b"?'", b":", b"+", b"UNH+1'UNT+2+1'"]
    )
    def test_refuses_huge_eancom_soon(self, piece):
        start = eancom.write(messages.interchange())[:80]
        body = start + piece * ((reading.MAX_BODY - 80) // len(piece))
        with pytest.raises(Refusal):
            reading.read(body=body, content_type=reading.EANCOM)


class TestCheck:
    def test_finds_nothing_wrong_with_what_is_right(self):
        checks.check(messages.interchange())
        checks.check(messages.interchange(replace(STOCK_REPORT, lines=())))

    @pytest.mark.parametrize(
        ("message", "where"),
        [
            (replace(ORDER, reference=""), "reference"),
            (replace(ORDER, reference="x" * 36), "reference"),
            (replace(ORDER, reference="a\x07"), "reference"),
            (replace(ORDER, reference="a\ud800"), "reference"),
            (replace(ORDER, reference="a\u202e"), "reference"),
            (replace(ORDER, assignment=0), "assignment"),
            (replace(ORDER, lines=()), "lines"),
            (replace(ORDER, promised_on=date(1999, 12, 31)), "promised_on"),
            (replace(ORDER, placed_at=datetime(2101, 1, 1, tzinfo=UTC)), "placed_at"),
            (replace(ORDER, placed_at=datetime(2020, 1, 1)), "placed_at"),
            (replace(ORDER, receiver=replace(ORDER.receiver, country="fr")), "receiver.country"),
            (replace(ORDER, receiver=replace(ORDER.receiver, name="x" * 176)), "receiver.name"),
            (replace(ORDER, lines=(ORDER.lines[0], ORDER.lines[0])), "lines"),
            (first_line(ORDER, units=0), "lines.0.units"),
            (first_line(ORDER, units=1_000_000_001), "lines.0.units"),
            (first_line(ORDER, gtin="03012345678901"), "lines.0.gtin"),
            (
                replace(ORDER, lines=(OrderedLine(number=1, family="", units=1, box_units=1),)),
                "lines.0.family",
            ),
            (replace(WITHDRAWAL, reason="x" * 257), "reason"),
            (replace(CONFIRMATION, lines=()), "lines"),
            (first_line(CONFIRMATION, units=-1), "lines.0.units"),
            (replace(DESPATCH, parcels=()), "parcels"),
            (replace(DESPATCH, parcels=DESPATCH.parcels * 2), "parcels.1.sscc"),
            (first_packed(lot=""), "parcels.0.lines.0.lot"),
            (first_packed(units=0), "parcels.0.lines.0.units"),
            (first_packed(number=0), "parcels.0.lines.0.number"),
            (first_packed(expires_on=date(2200, 1, 1)), "parcels.0.lines.0.expires_on"),
            (replace(DELIVERY, sscc="330123450000000019"), "sscc"),
            (replace(DELIVERY, sscc="3\n"), "sscc"),
            (first_line(STOCK_REPORT, gtin="1"), "lines.0.gtin"),
            (first_line(STOCK_REPORT, units=-1), "lines.0.units"),
        ],
    )
    def test_says_where_a_fault_is(self, message, where):
        assert wheres(message) == [f"messages.0.{where}"]

    def test_finds_an_sscc_in_two_despatches(self):
        assert wheres(DESPATCH, replace(DESPATCH, reference="E-78")) == [
            "messages.1.parcels.0.sscc"
        ]

    def test_lets_a_refusal_of_an_order_stay_without_lines(self):
        checks.check(messages.interchange(replace(CONFIRMATION, answer=Answer.REFUSED, lines=())))

    def test_checks_the_envelope(self):
        assert wheres(number="", sender="1", receiver="1") == [
            "number",
            "sender",
            "receiver",
            "receiver",
        ]
        assert wheres(messages=()) == ["messages"]
        assert wheres(messages=[WITHDRAWAL] * (checks.MAX_MESSAGES + 1)) == ["messages"]
