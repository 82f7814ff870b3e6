"""
The country's wave with everything killed in its middle: nothing is lost, nothing leaves twice.

Real processes, started as the launcher starts them. `DISTRILOG_SURVIVAL_ORDERS` makes the wave larger.
"""

import contextlib
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.survival import SECRET


ROOT = Path(__file__).parents[1]
ORDERS = int(os.environ.get("DISTRILOG_SURVIVAL_ORDERS", "300"))
SECONDS_OF_ORDERS = 30
SECONDS_BETWEEN_KILLS = 3
# Without any change for so long, it has stopped for good.
PATIENCE_SECONDS = 90


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    """The launcher as a module, on a data folder of its own."""
    for name in [each for each in os.environ if each.startswith(("DISTRILOG_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    settings = {
        "HOME": str(tmp_path / "home"),
        "VENV": sys.prefix,
        "OPERATOR_TICK_SECONDS": "0.5",
        "OPERATOR_LEAD_SECONDS": "2",
        "OPERATOR_REPORT_SECONDS": "86400",
        "OPERATOR_MISHAPS_PER_THOUSAND": "30",
        "OPERATOR_PORTAL_TOKEN": SECRET,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"DISTRILOG_{name}", value)
    loader = importlib.machinery.SourceFileLoader("launcher", str(ROOT / "distrilog"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("launcher", loader))
    monkeypatch.setitem(sys.modules, "launcher", module)
    loader.exec_module(module)
    module.HOME.mkdir()
    return module


class Wave:
    """The portal, its worker, the operator and the database; what they say, and how they are killed."""

    def __init__(self, launcher, cluster, running):
        self.launcher, self.cluster, self.running = launcher, cluster, running
        first = launcher.free_port(after=18_000)
        second = launcher.free_port(after=first)
        self.site = launcher.Site(
            mode="demo",
            url=cluster.url("survival"),
            home=launcher.HOME,
            port=first,
            operator_port=second,
        )
        launcher.require_database(self.site.url)

    def play(self, *arguments):
        command = [launcher_python(self.launcher), "-m", "tests.survival", *arguments]
        return self.launcher.answer(command, environment=self.site.environment())

    def prepare(self):
        migrate = self.launcher.manage("migrate", "--verbosity", "0")
        self.launcher.answer(migrate, environment=self.site.environment())
        self.play("furnish", str(ORDERS))

    def start(self):
        operator = next(
            each for each in self.launcher.stand_ins(self.site) if each.name == "operator"
        )
        for process in (operator, self.launcher.web(self.site), self.launcher.jobs(self.site)):
            self.running.start(process)
        self.running.wait_until_ready(self.site)

    def kill(self, name):
        """Kill -9 one part with all its children, and have it back as the launcher would."""
        if name == "postgres":
            os.kill(self.cluster._server.pid, signal.SIGKILL)
            self.cluster._server.wait()
            time.sleep(1)
            self.cluster._launch(self.cluster._programs())
            return
        found = next(pair for pair in self.running.children if pair[0].name == name)
        process, child = found
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if process.returns:
            self.running.require_alive()
        else:
            self.running.children.remove(found)
            time.sleep(1)
            self.running.start(process)

    def tell(self):
        return json.loads(self.play("tell"))

    def operator(self):
        """What the operator says of itself; nothing while it is not back yet."""
        with contextlib.suppress(httpx.HTTPError), self.client() as client:
            return client.get("/state").json()
        return {}

    def ask_for_a_report(self):
        with self.client() as client:
            client.post(
                "/control",
                json={"report": True},
                headers={"Authorization": "Bearer demo-only-operator-token"},
            ).raise_for_status()

    def client(self):
        address = f"http://127.0.0.1:{self.site.operator_port}"
        return httpx.Client(base_url=address, trust_env=False, timeout=20)

    def wait_until(self, done):
        """Wait while something still changes; return what was said last."""
        last, since = None, time.monotonic()
        while True:
            self.running.require_alive()
            said = self.tell()
            if done(said):
                return said
            if said != last:
                last, since = said, time.monotonic()
            assert time.monotonic() - since < PATIENCE_SECONDS, (said, self.operator())
            time.sleep(1)


def launcher_python(launcher):
    return str(launcher.PYTHON)


@pytest.fixture
def wave(launcher):
    cluster = launcher.Cluster(launcher.HOME / "pg", settings=launcher.DURABLE)
    with cluster.running(), launcher.Running(to_logs=True) as running:
        made = Wave(launcher, cluster, running)
        made.prepare()
        made.start()
        yield made


def ended(said):
    finished = said["states"].get("delivered", 0) + said["states"].get("received", 0)
    return said["orders"] == finished == ORDERS and not said["unsent"]


@pytest.mark.skipif(sys.platform != "linux", reason="the launcher's children die with it on Linux")
class TestWave:
    def test_survives_the_death_of_every_part_of_it(self, wave, tmp_path):
        everything_died = tmp_path / "everything-died"
        pouring = wave.launcher.start(
            [
                launcher_python(wave.launcher),
                "-m",
                "tests.survival",
                "pour",
                str(SECONDS_OF_ORDERS),
                str(everything_died),
            ],
            environment=wave.site.environment(),
        )
        try:
            wave.wait_until(lambda said: said["parcels"])
            for name in ("operator", "web", "jobs", "postgres") * 2:
                time.sleep(SECONDS_BETWEEN_KILLS)
                wave.kill(name)
            assert not ended(wave.tell())
            everything_died.touch()
            assert pouring.wait(SECONDS_OF_ORDERS * 5) == 0
        finally:
            wave.launcher.stop(pouring)
        wave.wait_until(ended)
        asked_at = time.time()
        wave.ask_for_a_report()
        said = wave.wait_until(
            lambda said: said["compared"] and said["compared"]["at"] >= asked_at - 1
        )
        theirs = wave.operator()

        assert (said["not_once"], said["not_ended"]) == (0, 0)
        assert said["assignments"] == [1]
        assert said["books"] == []
        assert (said["unsent"], said["dead"]) == (0, 0)
        assert said["inbox"].keys() <= {"processed"}
        assert said["compared"]["differences"] == 0
        assert said["compared"]["reported"] == said["compared"]["in_books"] > 0
        assert sum(theirs["orders"].values()) == ORDERS
        assert theirs["parcels"] == said["parcels"]
        assert theirs["refused"] == []
