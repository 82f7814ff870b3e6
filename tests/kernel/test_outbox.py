"""What the outbox hands out, to whom, and when again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import connections

from distrilog.kernel import outbox
from distrilog.kernel.models import OutboxMessage


AT = datetime(2020, 11, 6, 14, tzinfo=UTC)
TOPICS = ("partner.order", "partner.withdrawal")

pytestmark = pytest.mark.django_db


def put(key="a", **values):
    said = {"topic": "partner.order", "payload": {}, "created_at": AT}
    return OutboxMessage.objects.create(key=key, **(said | values))


def claimed(at=AT):
    with outbox.claim(topics=TOPICS, at=at) as message:
        return message and message.key


class TestWaitAfter:
    @pytest.mark.parametrize(
        ("attempts", "seconds"),
        [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (24, 3600), (10_000, 3600)],
    )
    def test_doubles_up_to_an_hour(self, attempts, seconds):
        assert outbox.wait_after(attempts=attempts) == timedelta(seconds=seconds)


class TestClaim:
    def test_gives_the_oldest_that_is_due(self):
        put("a", sent_at=AT)
        put("b", dead_at=AT)
        put("c", topic="order.placed")
        put("d", next_attempt_at=AT + timedelta(seconds=1))
        put("e", next_attempt_at=AT)
        put("f")
        assert claimed() == "e"
        assert claimed(AT + timedelta(seconds=1)) == "d"

    def test_gives_nothing_where_nothing_is_due(self):
        assert claimed() is None

    @pytest.mark.django_db(transaction=True)
    def test_gives_each_to_one_worker_alone(self):
        for key in ("a", "b"):
            put(key)
        both = Barrier(2, timeout=10)

        def work(_number):
            try:
                with outbox.claim(topics=TOPICS, at=AT) as message:
                    both.wait()
                    return message.key
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(work, range(2))) == ["a", "b"]

    @pytest.mark.django_db(transaction=True)
    def test_is_freed_by_a_worker_that_dies(self):
        put("a")
        held, go_on = Event(), Event()

        def work():
            try:
                with outbox.claim(topics=TOPICS, at=AT) as message:
                    outbox.mark_sent(message=message, at=AT)
                    held.set()
                    go_on.wait(10)
                    raise KeyboardInterrupt
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            worker = pool.submit(work)
            assert held.wait(10)
            assert claimed() is None
            go_on.set()
            assert isinstance(worker.exception(10), KeyboardInterrupt)
        assert claimed() == "a"


class TestMarkFailed:
    def test_waits_then_gives_up(self):
        message = put()
        waits = []
        for _attempt in range(outbox.MOST_ATTEMPTS - 1):
            assert not outbox.mark_failed(message=message, error="Rien.", at=AT)
            waits.append(message.next_attempt_at - AT)
        assert waits[:3] == [timedelta(seconds=seconds) for seconds in (10, 20, 40)]
        assert waits == sorted(waits)
        assert outbox.mark_failed(message=message, error="x" * 1000, at=AT)
        message.refresh_from_db()
        assert (message.dead_at, message.next_attempt_at) == (AT, None)
        assert len(message.last_error) == 300
        assert claimed(AT + timedelta(days=30)) is None

    def test_gives_up_at_once_for_good(self):
        message = put()
        assert outbox.mark_failed(message=message, error="Non.", at=AT, for_good=True)
        assert message.dead_at == AT


class TestReplay:
    def test_begins_again(self):
        message = put(dead_at=AT, attempts=24)
        assert outbox.replay(message=message)
        assert claimed() == "a"
        message.refresh_from_db()
        assert message.attempts == 0

    def test_does_nothing_to_what_lives(self):
        message = put(attempts=3, next_attempt_at=AT + timedelta(hours=1))
        assert not outbox.replay(message=message)
        assert claimed() is None


class TestBringForward:
    def test_lets_nothing_wait_long_once_the_partner_is_back(self):
        put("a", next_attempt_at=AT + timedelta(hours=1))
        put("b", next_attempt_at=AT + timedelta(seconds=5))
        put("c", next_attempt_at=AT + timedelta(hours=1), dead_at=AT)
        assert outbox.bring_forward(topics=TOPICS, at=AT) == 1
        assert claimed(AT + timedelta(seconds=5)) == "b"
        assert claimed(AT + timedelta(seconds=60)) == "a"


class TestPurge:
    def test_deletes_what_is_old_and_was_sent_or_concerns_nobody(self):
        old, young = AT - timedelta(days=31), AT - timedelta(days=29)
        put("sent", created_at=old, sent_at=old)
        put("nobody", created_at=old, topic="order.placed")
        put("waiting", created_at=old)
        put("dead", created_at=old, dead_at=old)
        put("young", created_at=young, sent_at=young)
        put("young nobody", created_at=young, topic="order.placed")
        assert outbox.purge(listened=TOPICS, at=AT) == 2
        kept = OutboxMessage.objects.values_list("key", flat=True)
        assert set(kept) == {"waiting", "dead", "young", "young nobody"}
