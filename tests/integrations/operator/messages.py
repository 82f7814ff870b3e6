"""Messages for the tests: a few of each kind, and hypothesis strategies for all that is legal."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    ConfirmedLine,
    Delivery,
    Despatch,
    Interchange,
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
from distrilog.integrations.operator.faults import UNPRINTABLE
from distrilog.kernel import gs1


SENDER = "3012345000000"
RECEIVER = "3012345000017"
AT = datetime(2020, 11, 9, 9, 30, tzinfo=UTC)
SSCC = gs1.make_sscc(prefix="3012345", serial=1)
GTIN = "03012345678902"

ORDER = Order(
    reference="C-2020-000123",
    assignment=2,
    placed_at=AT,
    promised_on=date(2020, 11, 12),
    receiver=Party(
        code="330781196",
        name="CHU de Bordeaux – l’hôpital du Sacré-Cœur, pharmacie à usage intérieur",
        street="1 place de l'Église + cour: ?",
        postcode="33000",
        city="Bordeaux",
        contact="Réception des marchandises, quai n° 3",
        hours="8 h – 12 h, 14 h – 17 h",
    ),
    lines=(
        OrderedLine(number=1, family="FFP2", units=1000, box_units=50, gtin=GTIN),
        OrderedLine(number=2, family="GANTS", units=200, box_units=100),
    ),
)
WITHDRAWAL = Withdrawal(reference="C-2020-000123", assignment=1, reason="Panne de l’opérateur")
CONFIRMATION = Confirmation(
    reference="C-2020-000123",
    assignment=2,
    answer=Answer.SHORT,
    lines=(
        ConfirmedLine(number=1, units=1000),
        ConfirmedLine(number=2, units=0, reason="Rupture"),
    ),
    despatch_on=date(2020, 11, 10),
)
DESPATCH = Despatch(
    reference="E-77",
    order="C-2020-000123",
    assignment=2,
    packed_at=AT,
    parcels=(
        Parcel(
            sscc=SSCC,
            tracking="LU680211095FR",
            lines=(
                PackedLine(
                    number=1,
                    gtin=GTIN,
                    lot="L2020/A",
                    units=600,
                    expires_on=date(2023, 1, 31),
                    substitute=True,
                ),
                PackedLine(number=1, gtin=GTIN, lot="L2020/B", units=400),
            ),
        ),
    ),
    carrier="La Poste",
    expected_on=date(2020, 11, 12),
    complete=True,
)
DELIVERY = Delivery(
    despatch="E-77", sscc=SSCC, outcome=Outcome.REFUSED, at=AT, reason="Carton écrasé"
)
STOCK_REPORT = StockReport(
    reference="S-1",
    at=AT,
    lines=(
        StockLine(gtin=GTIN, lot="L2020/A", units=12_000, expires_on=date(2023, 1, 31)),
        StockLine(gtin=GTIN, lot="L2020/B", units=0, condition=Condition.BLOCKED),
    ),
)


def interchange(*messages, **changes):
    """Return an interchange of these messages, or of one of each kind."""
    return Interchange(
        **{
            "number": "42",
            "sender": SENDER,
            "receiver": RECEIVER,
            "sent_at": AT,
            "messages": messages
            or (ORDER, WITHDRAWAL, CONFIRMATION, DESPATCH, DELIVERY, STOCK_REPORT),
            **changes,
        }
    )


def _text(most, least=0):
    alphabet = st.one_of(
        st.sampled_from("aéÉœ’– ?+:'*,.0"),
        st.characters(exclude_categories=("Cc", "Cs")).filter(lambda c: not UNPRINTABLE.search(c)),
    )
    texts = st.text(alphabet, min_size=least, max_size=most)
    return texts.filter(str.strip) if least else texts


def _numbered(length):
    bodies = st.text("0123456789", min_size=length - 1, max_size=length - 1)
    return bodies.map(lambda body: body + gs1.check_digit(body))


def _moments(**precision):
    return st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=0, **precision)
    )


_days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
_maybe_days = st.none() | _days
_codes = _text(35, 1)
_gtins = _numbered(14)
_units = st.integers(1, 1_000_000_000)
_assignments = st.integers(1, 999_999)


def _lines(kind, *, least=1, **fields):
    return st.lists(
        st.builds(kind, number=st.integers(1, 999_999), **fields),
        min_size=least,
        max_size=3,
        unique_by=lambda line: line.number,
    ).map(tuple)


_parties = st.builds(
    Party,
    code=_codes | _numbered(13),
    name=_text(175),
    street=_text(140),
    postcode=_text(17),
    city=_text(35),
    country=st.sampled_from(["FR", "RE", "DE"]),
    contact=_text(175),
    hours=_text(350),
)
_orders = st.builds(
    Order,
    reference=_codes,
    assignment=_assignments,
    placed_at=_moments(),
    promised_on=_days,
    receiver=_parties,
    lines=_lines(
        OrderedLine, family=_codes, units=_units, box_units=_units, gtin=st.just("") | _gtins
    ),
    replenishment=st.booleans(),
)
_withdrawals = st.builds(Withdrawal, reference=_codes, assignment=_assignments, reason=_text(256))
_confirmations = st.builds(
    Confirmation,
    reference=_codes,
    assignment=_assignments,
    answer=st.sampled_from(Answer),
    lines=_lines(ConfirmedLine, units=st.integers(0, 1_000_000_000), reason=_text(256)),
    despatch_on=_maybe_days,
    reason=_text(256),
)
_packed = st.builds(
    PackedLine,
    number=st.integers(1, 999_999),
    gtin=_gtins,
    lot=_text(20, 1),
    units=_units,
    expires_on=_maybe_days,
    substitute=st.booleans(),
)
_despatches = st.builds(
    Despatch,
    reference=_codes,
    order=_codes,
    assignment=_assignments,
    packed_at=_moments(),
    parcels=st.lists(
        st.builds(
            Parcel,
            sscc=_numbered(18),
            lines=st.lists(_packed, min_size=1, max_size=3).map(tuple),
            tracking=_text(35),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    carrier=_text(35),
    expected_on=_maybe_days,
    complete=st.booleans(),
)
_deliveries = st.builds(
    Delivery,
    despatch=_codes,
    sscc=_numbered(18),
    outcome=st.sampled_from(Outcome),
    at=_moments(),
    reason=_text(256),
)
_stock_reports = st.builds(
    StockReport,
    reference=_codes,
    at=_moments(),
    lines=st.lists(
        st.builds(
            StockLine,
            gtin=_gtins,
            lot=_text(20, 1),
            units=st.integers(0, 1_000_000_000),
            condition=st.sampled_from(Condition),
            expires_on=_maybe_days,
        ),
        max_size=3,
    ).map(tuple),
)


def _each_sscc_once(found):
    codes = [
        parcel.sscc
        for message in found.messages
        if isinstance(message, Despatch)
        for parcel in message.parcels
    ]
    return len(set(codes)) == len(codes) and found.sender != found.receiver


interchanges = st.builds(
    Interchange,
    number=_text(14, 1),
    sender=_numbered(13),
    receiver=_numbered(13),
    sent_at=_moments(second=0),
    messages=st.lists(
        _orders | _withdrawals | _confirmations | _despatches | _deliveries | _stock_reports,
        min_size=1,
        max_size=3,
    ).map(tuple),
    test=st.booleans(),
).filter(_each_sscc_once)
