"""Schemathesis, with all its checks and one seed, finds nothing."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from distrilog.api import gate
from distrilog.api.limits import Limiter
from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Facility
from tests.api.conftest import caller_of
from tests.domain.orders.world import build
from tests.factories import ProfileFactory


SEED = 20201104
SECONDS = 80
# The facility that the examples of the document name.
EXAMPLE = "960000018"

CONFIGURATION = """
# A body may fit its schema and break a rule that a schema cannot say: whole boxes, an open family.
[checks.positive_data_acceptance]
expected-statuses = [200, 201, 400, 401, 403, 404, 409, 412, 422, 428, 429]

# A cancelled order or request stays readable: what was asked of the State never disappears.
[[operations]]
include-operation-id = ["getOrder", "getResupply", "withdrawResupply", "listResupplySources"]
checks.use_after_free.enabled = false
"""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
)


@pytest.fixture
def address(live_server, monkeypatch):
    """Serve the world of orders; its home is the facility of the examples."""
    monkeypatch.setattr(gate, "LIMITER", Limiter(per_minute=1_000_000))
    world = build()
    Facility.objects.filter(pk=world.home.pk).update(registry=EXAMPLE)
    return live_server.url


class TestSchema:
    @pytest.mark.parametrize(
        ("role", "values", "paths"),
        [
            (Role.ORDERER, {"own": True}, "^/api/v1/(me|facilities|orders|receipts)"),
            (
                Role.DIRECTOR,
                {"own": True},
                "^/api/v1/(declarations|difficulties|resupply|loans|fhir)",
            ),
            (Role.NATIONAL_CELL, {}, "^/api/v1/(quota-runs|facilities|cover|resupply)"),
        ],
    )
    def test_holds_whatever_is_sent(self, address, tmp_path, role, values, paths):
        facility = Facility.objects.get(registry=EXAMPLE) if values else None
        caller = caller_of(ProfileFactory(role=role, facility=facility))
        configuration = tmp_path / "schemathesis.toml"
        configuration.write_text(CONFIGURATION)

        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")),),
                *("--config-file", str(configuration)),
                *("run", f"{address}/api/v1/openapi.json"),
                *("--include-path-regex", paths),
                *("--header", f"Authorization: Bearer {caller.secret}"),
                *("--checks", "all", "--seed", str(SEED), "--generation-deterministic"),
                *("--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "8")),
                *("--continue-on-failure", "--no-color"),
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS * 4,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
        )

        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4_000:]
