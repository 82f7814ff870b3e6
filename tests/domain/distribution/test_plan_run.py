"""`plan_run` leaves a draft; the job freezes plans at their hour."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.tasks import freeze_plans
from distrilog.kernel import clock
from tests.domain.distribution.world import AT, build, shared


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


class TestPlanRun:
    def test_gives_the_stock_within_the_need_unless_told(self, capsys):
        build()
        call_command("plan_run", "2020-W15")
        plan = Plan.objects.get()
        assert (plan.state, plan.prepared_by) == (Plan.State.DRAFT, "command")
        share = plan.shares.get(family="surgical_mask")
        assert share.need <= share.envelope == share.shared
        assert "brouillon" in capsys.readouterr().out

    def test_takes_volumes_by_family_and_source(self):
        build(requisitioned=5000)
        call_command(
            "plan_run",
            "2020-W15",
            volume=[("surgical_mask", "spf", 600), ("surgical_mask", "operator", 400)],
        )
        assert Plan.objects.get().volumes == {"surgical_mask": {"operator": 400, "spf": 600}}

    @pytest.mark.parametrize(
        "words",
        [
            ["2020-W54"],
            ["2020-W15", "--volume", "surgical_mask=5"],
            ["2020-W15", "--volume", "surgical_mask:spf=lots"],
        ],
    )
    def test_refuses_words_it_cannot_read(self, words):
        with pytest.raises(CommandError):
            call_command("plan_run", *words)

    @pytest.mark.parametrize(
        "words", [["--zone", "lune"], ["--volume", "surgical_mask:spf=999999999"]]
    )
    def test_says_why_no_plan_can_be_made(self, words):
        build()
        with pytest.raises(CommandError):
            call_command("plan_run", "2020-W15", *words)
        assert not Plan.objects.exists()

    def test_needs_stock(self):
        build(state=0)
        with pytest.raises(CommandError, match="rien à répartir"):
            call_command("plan_run", "2020-W15")


class TestFreezePlans:
    def test_waits_for_the_hour(self, monkeypatch):
        plan = shared(build())
        assert freeze_plans(timestamp=0) == 0
        monkeypatch.setattr(clock, "now", lambda: plan.freezes_at - timedelta(seconds=1))
        assert freeze_plans(timestamp=0) == 0
        monkeypatch.setattr(clock, "now", lambda: plan.freezes_at)
        assert freeze_plans(timestamp=0) == 1
        assert freeze_plans(timestamp=0) == 0
        plan.refresh_from_db()
        assert plan.state == Plan.State.FROZEN
