"""The `replay` command keeps what it found in the database in use, and nothing else of it."""

import json
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from distrilog.demo.management.commands import replay as command
from distrilog.demo.replay.database import NoDatabase
from distrilog.domain.simulation.models import Replay
from tests.web.transparency.replays import replayed


@pytest.fixture
def asked(monkeypatch):
    """Play nothing: what would be played, and where, is noted."""
    noted = []

    @contextmanager
    def own(*, keep):
        noted.append(("own", keep))
        yield "elsewhere"
        noted.append("back")

    def play(*, first, last, load, say):  # noqa: ARG001
        noted.append((str(first), str(last)))
        return replayed()

    monkeypatch.setattr(command, "own_database", own)
    monkeypatch.setattr(command, "call_command", lambda *_names, **_values: noted.append("migrate"))
    monkeypatch.setattr(command, "replay", play)
    return noted


@pytest.mark.django_db
class TestCommand:
    def test_plays_march_to_october_in_a_database_of_its_own(self, asked, tmp_path):
        file = tmp_path / "weeks.json"
        call_command("replay", json=file)
        assert asked == [("own", False), "migrate", ("2020-W12", "2020-W44"), "back"]
        assert Replay.objects.get().result == json.loads(file.read_text()) == replayed().as_json()

    def test_plays_the_weeks_that_are_named(self, asked):
        call_command("replay", "2020-W14", "2020-W15", keep=True)
        assert asked[0] == ("own", True)
        assert ("2020-W14", "2020-W15") in asked

    def test_refuses_what_is_no_week(self, asked):
        with pytest.raises(CommandError, match="semaine"):
            call_command("replay", "mars")
        assert not asked

    def test_says_when_no_database_can_be_made(self, monkeypatch):
        @contextmanager
        def refused(*, keep):  # noqa: ARG001
            raise NoDatabase("Impossible de créer la base du rejeu.")
            yield ""

        monkeypatch.setattr(command, "own_database", refused)
        with pytest.raises(CommandError, match="Impossible"):
            call_command("replay")

    @pytest.mark.usefixtures("asked")
    def test_refuses_in_production(self, settings):
        settings.MODE = "serve"
        with pytest.raises(CommandError, match="production"):
            call_command("replay")
        assert not Replay.objects.exists()
