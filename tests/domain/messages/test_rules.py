from datetime import timedelta

from distrilog.domain.messages import rules


class TestWaitAfter:
    def test_doubles_up_to_a_bound(self):
        waits = [rules.wait_after(attempts=count) for count in (1, 2, 3, 60_000)]
        assert waits == [
            timedelta(minutes=1),
            timedelta(minutes=2),
            timedelta(minutes=4),
            timedelta(hours=4),
        ]


class TestMessageId:
    def test_is_the_same_for_a_key_and_tells_keys_apart(self):
        first = rules.message_id(key="a", domain="distrilog.example")
        assert first == rules.message_id(key="a", domain="distrilog.example")
        assert first != rules.message_id(key="b", domain="distrilog.example")
        assert first.startswith("<")
        assert first.endswith("@distrilog.example>")


class TestOneLine:
    def test_leaves_no_room_for_another_header(self):
        assert rules.one_line("Bonjour\r\nBcc: tous@example.org") == "Bonjour Bcc: tous@example.org"
        assert len(rules.one_line("a" * 500)) == 150
