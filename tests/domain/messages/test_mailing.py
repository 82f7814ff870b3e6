"""E-mails: written once a key, sent at least once, recognisable when sent twice."""

import smtplib
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from distrilog.domain.messages import rules, services
from distrilog.domain.messages.models import Email
from distrilog.domain.messages.services import Mail, mailing


pytestmark = pytest.mark.django_db
NOW = datetime(2020, 11, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def written(*keys, recipient="home@example.org", at=NOW):
    """Write one e-mail a key."""
    return services.write(
        mails=[
            Mail(key=key, recipient=recipient, subject=f"Objet {key}", text="À faire.")
            for key in keys
        ],
        at=at,
    )


def ids():
    """Return the Message-IDs that reached the mailbox."""
    return [each.extra_headers["Message-ID"] for each in mail.outbox]


@pytest.fixture
def server(monkeypatch):
    """Return a server whose next answers can be told: an exception to raise, or None."""

    class Server(EmailBackend):
        answers: list[BaseException | None] = []
        after = False

        def send_messages(self, messages):
            answer = self.answers.pop(0) if self.answers else None
            if answer is None or self.after:
                super().send_messages(messages)
            if answer is not None:
                raise answer
            return 1

    Server.answers = []
    monkeypatch.setattr(mailing, "get_connection", Server)
    return Server


class TestWrite:
    def test_writes_a_key_once(self):
        assert written("a", "b") == 2
        assert written("b", "c", recipient="other@example.org") == 1
        assert dict(Email.objects.values_list("key", "recipient"))["b"] == "home@example.org"

    def test_goes_with_the_transaction_of_the_caller(self):
        with transaction.atomic():
            written("a")
            transaction.set_rollback(True)
        assert not Email.objects.exists()

    def test_writes_nothing_for_nobody(self):
        assert services.write(mails=[], at=NOW) == 0


class TestSendDue:
    def test_sends_each_once(self):
        written("a", "b")
        assert services.send_due(at=NOW).sent == 2
        assert services.send_due(at=NOW + MINUTE).sent == 0
        assert [each.subject for each in mail.outbox] == ["Objet a", "Objet b"]
        assert mail.outbox[0].to == ["home@example.org"]

    def test_sends_readable_plain_text_from_us(self, settings):
        settings.PUBLIC_URL = "https://distrilog.example"
        written("a")
        services.send_due(at=NOW)
        received = message_from_bytes(mail.outbox[0].message().as_bytes(), policy=default)
        assert received["Message-ID"] == rules.message_id(key="a", domain="distrilog.example")
        assert received["Auto-Submitted"] == "auto-generated"
        assert received.get_content_type() == "text/plain"
        assert received.get_content().strip() == "À faire."

    def test_tries_again_further_and_further_apart_while_the_server_is_away(self, server):
        written("a", "b")
        server.answers = [ConnectionRefusedError("away")]
        assert services.send_due(at=NOW).failed == 1
        first, second = Email.objects.order_by("pk")
        assert (first.attempts, first.next_attempt_at) == (1, NOW + MINUTE)
        assert "away" in first.last_error
        assert second.attempts == 0
        server.answers = [None, ConnectionRefusedError("away")]
        services.send_due(at=NOW + MINUTE)
        first.refresh_from_db()
        assert {first.sent_at, Email.objects.get(key="b").sent_at} == {None, NOW + MINUTE}

    def test_goes_on_with_the_others_where_one_mailbox_is_full(self, server):
        written("a", "b")
        server.answers = [smtplib.SMTPRecipientsRefused({"home@example.org": (452, b"full")})]
        report = services.send_due(at=NOW)
        assert (report.sent, report.failed) == (1, 1)

    @pytest.mark.parametrize(
        "refusal",
        [
            smtplib.SMTPRecipientsRefused({"home@example.org": (550, b"unknown")}),
            smtplib.SMTPDataError(554, b"spam"),
            ValueError("bad header"),
        ],
    )
    def test_gives_up_what_is_refused_for_good(self, server, refusal):
        written("a")
        server.answers = [refusal]
        assert services.send_due(at=NOW).dead == 1
        assert Email.objects.get().dead_at == NOW
        assert services.send_due(at=NOW + 60 * MINUTE).sent == 0

    def test_sends_again_under_the_same_identity_after_being_killed_in_the_middle(self, server):
        written("a")
        server.answers, server.after = [KeyboardInterrupt()], True
        with pytest.raises(KeyboardInterrupt):
            services.send_due(at=NOW)
        assert Email.objects.get().sent_at is None
        assert services.send_due(at=NOW + MINUTE).sent == 1
        assert len(ids()) == 2
        assert len(set(ids())) == 1

    def test_gives_up_what_nobody_is_helped_by_any_more(self):
        written("a")
        assert services.send_due(at=NOW + timedelta(days=5)).dead == 1
        assert mail.outbox == []

    def test_waits_until_a_server_is_named(self, settings):
        settings.EMAIL_ENABLED = False
        written("a")
        assert services.send_due(at=NOW).sent == 0
        settings.EMAIL_ENABLED = True
        assert services.send_due(at=NOW + MINUTE).sent == 1

    def test_leaves_files_where_that_is_what_is_asked(self, settings, tmp_path):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path / "mails"
        written("a")
        services.send_due(at=NOW)
        (file,) = (tmp_path / "mails").iterdir()
        assert "To: home@example.org" in file.read_text()

    def test_stops_at_its_limit(self):
        written("a", "b", "c")
        assert services.send_due(at=NOW, limit=2).sent == 2


class TestPurge:
    def test_keeps_no_address_longer_than_a_month(self):
        written("old", at=NOW - timedelta(days=31))
        written("new")
        assert services.purge(at=NOW) == 1
        assert Email.objects.get().key == "new"
