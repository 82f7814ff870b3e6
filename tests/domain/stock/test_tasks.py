"""The nightly jobs."""

from datetime import date

import pytest

from distrilog.domain.stock.models import EntrySeal
from distrilog.domain.stock.tasks import seal, withdraw
from tests.domain.stock.world import AT, LotFactory, play


@pytest.fixture(autouse=True)
def now(monkeypatch, stock):  # noqa: ARG001
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)


class TestWithdraw:
    def test_puts_what_expires_into_quarantine(self):
        LotFactory(number="OLD", expires_on=date(2020, 1, 1))
        play("open a operator OLD 3 ok")
        assert withdraw(timestamp=0) == 3


class TestSeal:
    def test_seals_the_days_entries(self):
        play("open a operator G1 3 ok")
        assert seal(timestamp=0) == EntrySeal.objects.count() > 0
