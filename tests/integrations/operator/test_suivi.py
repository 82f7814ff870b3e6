"""La Poste's Suivi v2: the client against the stand-in, and against what the stand-in does not do."""

import contextlib
import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from distrilog.integrations.operator import suivi
from distrilog.integrations.operator.content import Delivery, Despatch
from distrilog.integrations.operator.standin import tracking
from distrilog.integrations.operator.standin.tracking import Way
from distrilog.integrations.operator.suivi import Status, SuiviBusy, SuiviUnreachable, track
from tests.integrations.operator.standin.conftest import (
    ARTICLES,
    MASK,
    line,
    lot,
    neighbours,
    order,
)


TOO_RECENT = "LU680211095FR"
DELIVERED = "8K00009775862"
UNKNOWN = "RB658828494MQ"


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    with neighbours(tmp_path_factory.mktemp("suivi")) as operator:
        operator.control(articles=ARTICLES, stock=[lot(MASK, "A", 100_000)])
        yield operator


@pytest.fixture
def la_poste(operator, settings):
    settings.SUIVI_URL = f"{operator.url}/suivi/v2"
    settings.SUIVI_KEY = "okapi"
    operator.control(suivi_calls_per_second=100)
    return operator


@pytest.mark.usefixtures("la_poste")
class TestTrack:
    def test_follows_parcels_to_the_door_by_tens(self, la_poste):
        la_poste.send(*[order(f"CMD-{each}", line(1, "mask", 50)) for each in range(12)])
        portal = la_poste.portal
        la_poste.until(lambda: len(portal.all(Delivery)) == 12)
        numbers = [parcel.tracking for each in portal.all(Despatch) for parcel in each.parcels]
        tracked = track(numbers=numbers)
        assert [each.number for each in tracked] == numbers
        assert {each.status for each in tracked} == {Status.DELIVERED}
        assert all(each.final and each.product == "Colissimo" for each in tracked)
        assert [event.code for event in tracked[0].events] == ["DR1", "PC1", "ET1", "MD2", "DI1"]
        assert [step.reached for step in tracked[0].steps] == [True] * 5

    def test_of_one_number_reads_an_answer_that_stands_alone(self):
        (found,) = track(numbers=[DELIVERED.lower(), DELIVERED])
        assert (found.number, found.status, found.unknown) == (DELIVERED, Status.DELIVERED, False)

    def test_says_what_is_too_recent(self):
        (found,) = track(numbers=[TOO_RECENT])
        assert found.too_recent
        assert found.status is Status.ANNOUNCED
        assert found.events[0].at == datetime.fromisoformat("2021-11-27T10:10:00+01:00")

    def test_says_what_is_unknown_alone_and_among_others(self):
        (alone,) = track(numbers=[UNKNOWN])
        among = track(numbers=[UNKNOWN, DELIVERED, "6A99999999999"])
        assert alone.unknown
        assert [each.unknown for each in among] == [True, False, True]

    def test_does_not_ask_about_what_is_no_number(self, la_poste):
        la_poste.control(suivi_calls_per_second=0)  # A question would be refused.
        (found,) = track(numbers=["../../state"])
        assert found.unknown

    def test_of_a_number_of_no_known_format_calls_it_unknown(self):
        found = track(numbers=["ABCDEFGHIJKL", DELIVERED])
        assert [each.unknown for each in found] == [True, False]

    def test_beyond_the_rate_says_how_long_to_wait_and_what_it_knows(self, la_poste):
        la_poste.control(suivi_calls_per_second=1)
        with pytest.raises(SuiviBusy) as busy:
            track(numbers=[DELIVERED, *[f"6A{each:011d}" for each in range(30)]])
        assert busy.value.seconds == 1
        assert len(busy.value.tracked) in {0, 10}  # The second before may have been used up.

    def test_with_a_wrong_key_or_nobody_there_is_unreachable(self, settings):
        settings.SUIVI_KEY = "other"
        with pytest.raises(SuiviUnreachable, match="401"):
            track(numbers=[DELIVERED])
        settings.SUIVI_URL = "http://127.0.0.1:9/suivi/v2"
        with pytest.raises(SuiviUnreachable):
            track(numbers=[DELIVERED])


@contextlib.contextmanager
def answering(settings, *answers):
    """A La Poste that gives these answers in turn: status, body, headers."""
    waiting = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, said, *headers = waiting.pop(0)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.SUIVI_URL = f"http://127.0.0.1:{server.server_port}/suivi/v2"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def shipment(number, *codes, **more):
    events = [
        {"code": code, "label": code, "date": f"2026-03-{day:02d}T10:00:00+01:00"}
        for day, code in enumerate(codes, start=1)
    ]
    found = {"idShip": number, "isFinal": False, "timeline": [], "event": events[::-1], **more}
    return {"returnCode": 200, "shipment": found}


class TestWhatTheStandInDoesNotDo:
    def test_a_code_we_do_not_know_is_kept(self, settings):
        with answering(settings, (200, shipment(DELIVERED, "PC1", "ZZ9"))):
            (found,) = track(numbers=[DELIVERED])
        assert [each.code for each in found.events] == ["PC1", "ZZ9"]
        assert found.events[1].status is None
        assert found.status is Status.IN_TRANSIT

    def test_answers_in_another_order_are_told_apart_by_their_number(self, settings):
        said = [{"returnCode": 404, "idShip": UNKNOWN}, shipment(DELIVERED, "DI1")]
        with answering(settings, (207, said)):
            found = {each.number: each for each in track(numbers=[DELIVERED, UNKNOWN])}
        assert found[UNKNOWN].unknown
        assert found[DELIVERED].status is Status.DELIVERED

    def test_a_number_it_failed_on_is_left_out(self, settings):
        said = [{"returnCode": 504, "idShip": UNKNOWN}, shipment(DELIVERED, "DI1")]
        with answering(settings, (207, said)):
            found = track(numbers=[UNKNOWN, DELIVERED])
        assert [each.number for each in found] == [DELIVERED]

    def test_a_list_for_one_number_is_read_too(self, settings):
        with answering(settings, (200, [shipment(DELIVERED, "AG1")])):
            (found,) = track(numbers=[DELIVERED])
        assert found.status is Status.AT_COUNTER

    def test_ten_numbers_refused_together_are_asked_alone(self, settings):
        with answering(settings, (400, {}), (200, shipment(DELIVERED, "RE1")), (404, b"")):
            found = track(numbers=[DELIVERED, UNKNOWN])
        assert [(each.status, each.unknown) for each in found] == [
            (Status.RETURNED, False),
            (None, True),
        ]

    @pytest.mark.parametrize(
        ("header", "seconds"), [("7", 7), ("999999", 3600), ("0", 1), ("demain", 60), ("", 60)]
    )
    def test_the_wait_it_asks_for_has_bounds(self, settings, header, seconds):
        with (
            answering(settings, (429, {}, ("Retry-After", header))),
            pytest.raises(SuiviBusy) as busy,
        ):
            track(numbers=[DELIVERED])
        assert busy.value.seconds == seconds

    @pytest.mark.parametrize(
        "said",
        [
            b"<html>",
            [],
            ["no object"],
            [{"returnCode": 200, "shipment": {"event": [{"code": "DI1", "date": "hier"}]}}],
            [{"returnCode": 200, "shipment": {"event": [{"code": "DI1", "date": "2026-03-01"}]}}],
            [{"returnCode": 200, "shipment": {"event": 3}}],
        ],
    )
    def test_nonsense_is_no_answer(self, settings, said):
        with answering(settings, (200, said)), pytest.raises(SuiviUnreachable):
            track(numbers=[DELIVERED])


class TestStatusOf:
    def test_knows_every_code_that_the_stand_in_uses(self):
        assert set(tracking.LABELS) <= set(suivi.STATUS_OF)
        assert {code for each in tracking.JOURNEYS.values() for code, _ in each} <= set(
            suivi.STATUS_OF
        )


class TestTheStandIn:
    def test_asks_for_its_key_and_takes_ten_numbers(self, la_poste):
        url = f"{la_poste.url}/suivi/v2/idships"
        get = la_poste.client.get
        assert get(f"{url}/{DELIVERED}").status_code == 401
        key = {"X-Okapi-Key": "okapi"}
        eleven = ",".join([DELIVERED] * 11)
        assert get(f"{url}/{eleven}", headers=key).status_code == 400
        several = get(f"{url}/{DELIVERED},{UNKNOWN}", headers=key)
        assert several.status_code == 207
        assert [each["returnCode"] for each in several.json()] == [200, 404]
        alone = get(f"{url}/{UNKNOWN}", headers=key)
        assert alone.status_code == 404
        assert alone.json()["returnMessage"]
        la_poste.control(suivi_calls_per_second=0)
        busy = get(f"{url}/{DELIVERED}", headers=key)
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
        assert busy.json()["code"] == "TOO_MANY_REQUESTS"

    @pytest.mark.parametrize(
        ("outcome", "share", "codes"),
        [
            ("delivered", -0.1, ["DR1"]),
            ("delivered", 0.5, ["DR1", "PC1", "ET1"]),
            ("delivered", 1, ["DR1", "PC1", "ET1", "MD2", "DI1"]),
            ("refused", 1, ["DR1", "PC1", "ET1", "MD2", "RE1", "DI2"]),
            ("lost", 5, ["DR1", "PC1", "ET1", "PB1"]),
        ],
    )
    def test_moves_a_parcel_along_its_way(self, outcome, share, codes):
        way = Way(packed_at=0, left_at=1000, ends_at=2000, outcome=outcome)
        at = 1000 + share * 1000
        assert [code for code, _moment in tracking.events(way, at=at)] == codes

    def test_shows_nothing_of_a_parcel_before_it_leaves(self):
        way = Way(packed_at=1000, left_at=None, ends_at=None, outcome=None)
        shown = tracking.answer("6A00000000001", way, at=2000)["shipment"]
        assert not any(step["status"] for step in shown["timeline"])
        assert shown["timeline"][0]["shortLabel"] == tracking.TOO_RECENT
        assert not shown["isFinal"]
