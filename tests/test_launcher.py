"""The one command, run as a reader runs it: what it refuses, and that nothing outlives it."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest


LAUNCHER = Path(__file__).parents[1] / "distrilog"
SECONDS_TO_DIE = 10


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def surroundings(home):
    """The environment of someone who has never heard of the tests."""
    ours = ("DATABASE_URL", "DISTRILOG_", "DJANGO_", "PYTHONPATH", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"DISTRILOG_HOME": str(home), "DISTRILOG_VENV": sys.prefix}


def launch(home, *arguments):
    return subprocess.run(
        [sys.executable, LAUNCHER, *arguments],
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,  # A loaded machine is slow, not wrong.
        check=False,
    )


def refusal_of(home, *arguments):
    """The one line a command says when it will not go on."""
    ended = launch(home, *arguments)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


def processes_of(home):
    """The living processes that were started on this data folder."""
    mark = os.fsencode(home)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:  # It has ended meanwhile.
            continue
        if mark in told:
            found.append(process.name)
    return found


def wait_until_none_is_left(home):
    give_up = time.monotonic() + SECONDS_TO_DIE
    while processes_of(home) and time.monotonic() < give_up:
        time.sleep(0.05)
    return processes_of(home)


def shell(code):
    return ("manage", "shell", "--verbosity", "0", "--command", code)


class TestRefusals:
    def test_an_unknown_command(self, home):
        assert "Commande inconnue : plop" in refusal_of(home, "plop")

    def test_an_option_that_does_not_exist(self, home):
        assert "Option non comprise" in refusal_of(home, "demo", "--prot", "8000")

    def test_a_taken_port_before_anything_is_made(self, home):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            line = refusal_of(home, "demo", "--port", str(port))
        assert f"Le port {port} est déjà pris" in line
        assert not home.exists()

    def test_production_without_its_database(self, home):
        assert "DATABASE_URL" in refusal_of(home, "serve")

    def test_data_of_another_version_which_stay_as_they_are(self, home):
        cluster = home / "pg"
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("9\n")
        line = refusal_of(home, "manage", "check")
        assert "viennent de PostgreSQL 9" in line
        assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]

    def test_a_folder_that_is_no_cluster(self, home):
        cluster = home / "pg"
        cluster.mkdir(parents=True)
        (cluster / "thesis.txt").write_text("ten years of work")
        assert "rien n’a été touché" in refusal_of(home, "manage", "check")
        assert (cluster / "thesis.txt").read_text() == "ten years of work"

    def test_a_second_demo_in_the_same_folder(self, home):
        home.mkdir()
        with (home / "running.json").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert "est déjà utilisé" in refusal_of(home, "demo", "--port", "0", "--no-serve")


@contextlib.contextmanager
def launched(home, *arguments):
    """A command under way, once it has said its first line."""
    with subprocess.Popen(
        [sys.executable, LAUNCHER, *arguments],
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as launcher:
        launcher.stdout.readline()
        assert len(processes_of(home)) >= 3  # itself, Django, PostgreSQL
        yield launcher


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestEnd:
    def test_by_sigterm_shuts_the_database_down_in_order(self, home):
        with launched(home, *shell("import time; print(flush=True); time.sleep(60)")) as launcher:
            launcher.terminate()
        assert launcher.returncode == 128 + signal.SIGTERM
        assert processes_of(home) == []
        assert (home / "log" / "pg.log").read_text().endswith("database system is shut down\n")

    def test_by_kill_leaves_no_process_and_loses_nothing(self, home):
        (home / "pg.unfinished").mkdir(parents=True)  # An earlier start was interrupted.
        work = (
            "from django.db import connection\n"
            "import time\n"
            "connection.cursor().execute('CREATE TABLE kept AS SELECT 42 AS answer')\n"
            "print('written', flush=True)\n"
            "time.sleep(60)"
        )
        with launched(home, *shell(work)) as launcher:
            launcher.kill()
        read = (
            "from django.db import connection\n"
            "cursor = connection.cursor()\n"
            "cursor.execute('SELECT answer FROM kept')\n"
            "print(cursor.fetchone())"
        )
        ended = launch(home, *shell(read))  # At once, while the old lock may still stand.
        assert ended.stdout == "(42,)\n", ended.stderr
        assert wait_until_none_is_left(home) == []
