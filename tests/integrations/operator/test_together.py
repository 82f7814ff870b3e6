"""The portal and the stand-in of the warehouse, each a server, from the order to the door and back."""

import time
from types import SimpleNamespace

import pytest

from distrilog.domain.shipping.models import Fulfilment
from distrilog.domain.stock.models import Account, Transfer
from distrilog.domain.stock.rules import Status
from distrilog.integrations.operator import replenishing, sending, tracking
from distrilog.integrations.operator.models import Comparison
from distrilog.kernel import clock
from distrilog.kernel.models import InboxMessage, OutboxMessage
from distrilog.kernel.seals import load_or_create_key
from tests.domain.shipping.chain import GTIN, assert_books_balance, released
from tests.factories import stocked
from tests.integrations.operator.partner import caller
from tests.integrations.operator.standin.conftest import Operator


PATIENCE_SECONDS = 30
ARTICLE = {
    "gtin": GTIN,
    "family": "surgical_mask",
    "box_units": 50,
    "carton_units": 500,
    "pallet_units": 5000,
}

pytestmark = pytest.mark.django_db(transaction=True)


def until(holds):
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.fixture(params=["eancom", "json"])
def warehouse(request, live_server, settings, tmp_path):
    """Run a warehouse that holds what our books say it does."""
    settings.HOME = tmp_path
    settings.OPERATOR_FORMAT = request.param
    settings.OPERATOR_PUBLIC_KEY = ""
    settings.OPERATOR_PORTAL_KEY_FILE = tmp_path / "operator-portal-key"
    settings.OPERATOR_TOKEN = "to-the-operator"
    settings.SUIVI_KEY = "okapi"
    load_or_create_key(settings.OPERATOR_PORTAL_KEY_FILE)
    token = caller(load_or_create_key(tmp_path / "operator-key"), at=clock.now()).token
    made = Operator(
        home=tmp_path,
        portal=SimpleNamespace(port=live_server.thread.port, operator_key=""),
        variables={
            "DISTRILOG_OPERATOR_PORTAL_TOKEN": token,
            "DISTRILOG_OPERATOR_FORMAT": request.param,
            "DISTRILOG_OPERATOR_LEAD_SECONDS": "0.5",
        },
    )
    made.start()
    settings.OPERATOR_URL = made.url
    settings.SUIVI_URL = f"{made.url}/suivi/v2"
    yield made
    made.stop()


def states():
    return set(Fulfilment.objects.values_list("state", flat=True))


def stock_of():
    return [
        {"gtin": each.lot.article_id, "lot": each.lot.number, "units": each.units,
         "expires_on": each.lot.expires_on.isoformat()}
        for each in Account.objects.filter(
            place="operator", status=Status.AVAILABLE, units__gt=0
        ).select_related("lot")
    ]  # fmt: skip


class TestTogether:
    def test_orders_reach_the_door_and_the_stocks_agree(self, warehouse):
        released()
        stocked(20_000, place="spf", number="P1")
        warehouse.control(articles=[ARTICLE], stock=stock_of())
        assert sending.send_due(at=clock.now()) == 1
        until(lambda: states() == {"despatched"} or states() == {"delivered"})
        assert tracking.look(at=clock.now()) in {0, 3}
        until(lambda: states() == {"delivered"})
        assert_books_balance()

        warehouse.control(thresholds={"surgical_mask": {"minimum": 12_000, "maximum": 15_000}})
        until(Transfer.objects.exists)
        assert replenishing.send_what_was_asked(at=clock.now()) == 1
        replenishing.announce(at=clock.now())
        sending.send_due(at=clock.now())
        until(lambda: Transfer.objects.get().state == "received")
        assert_books_balance()

        warehouse.control(report=True)
        until(Comparison.objects.exists)
        found = Comparison.objects.latest("at")
        assert (found.differences, found.reported) == (0, found.in_books)
        assert set(InboxMessage.objects.values_list("state", flat=True)) == {"processed"}
        assert not OutboxMessage.objects.filter(
            topic__startswith="operator.", sent_at__isnull=True
        ).exists()
