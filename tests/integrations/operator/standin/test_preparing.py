"""The warehouse without its clock: what only shows between two ticks."""

import json
from datetime import UTC, datetime

import pytest

from distrilog.integrations.operator.content import Interchange
from distrilog.integrations.operator.standin import control, environment, inbox, preparing
from distrilog.integrations.operator.standin.store import Store
from tests.integrations.operator.standin.conftest import (
    ARTICLES,
    MASK,
    OPERATOR,
    PORTAL,
    line,
    lot,
    order,
)


AT = datetime.now(UTC).timestamp()


@pytest.fixture
def settings_of_the_stand_in(tmp_path):
    return environment.read({"DISTRILOG_HOME": str(tmp_path), "DISTRILOG_MODE": "test"})


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "operator.sqlite3")
    found.create()
    control.control(found, {"articles": ARTICLES})
    yield found
    found.connection.close()


def receive(store, settings, *messages):
    interchange = Interchange(
        number="P1",
        sender=PORTAL,
        receiver=OPERATOR,
        sent_at=datetime.now(UTC),
        messages=messages,
    )
    return inbox.receive(store, settings, interchange, body=b"", at=AT)["messages"]


def said(store, kind):
    rows = store.rows("SELECT message FROM outbox WHERE kind = ? ORDER BY id", kind)
    return [json.loads(text) for (text,) in rows]


class TestPackOrders:
    @pytest.mark.parametrize(("damaged", "left"), [(450, 50), (500, 0)])
    def test_tells_what_became_of_a_promise(self, store, settings_of_the_stand_in, damaged, left):
        settings = settings_of_the_stand_in
        control.control(store, {"stock": [lot(MASK, "A", 500)]})
        receive(store, settings, order("CMD-1", line(1, "mask", 400)))
        preparing.confirm_orders(store, settings, at=AT)
        damage = [{"gtin": MASK, "lot": "A", "units": damaged}]
        control.control(store, {"damage_stock": damage})
        preparing.pack_orders(store, settings, at=AT)
        promised = [each["lines"][0]["units"] for each in said(store, "confirmation")]
        packed = [
            each["units"]
            for despatch in said(store, "despatch")
            for parcel in despatch["parcels"]
            for each in parcel["lines"]
        ]
        assert promised == ([400] if left else [400, 0])
        assert packed == ([left] if left else [])
        assert all(each["complete"] for each in said(store, "despatch"))

    def test_sends_a_large_order_in_several_despatches(self, store, settings_of_the_stand_in):
        settings = settings_of_the_stand_in
        control.control(store, {"stock": [lot(MASK, "A", 100_000)]})
        receive(store, settings, order("CMD-1", line(1, "mask", 50_000)))
        preparing.confirm_orders(store, settings, at=AT)
        preparing.pack_orders(store, settings, at=AT)
        despatches = said(store, "despatch")
        assert [len(each["parcels"]) for each in despatches] == [200, 50]
        assert [each["complete"] for each in despatches] == [False, True]


class TestConfirmOrders:
    def test_waits_until_it_knows_any_article(self, store, settings_of_the_stand_in):
        control.control(store, {"reset": True})
        receive(store, settings_of_the_stand_in, order("CMD-1", line(1, "mask", 50)))
        preparing.confirm_orders(store, settings_of_the_stand_in, at=AT)
        assert said(store, "confirmation") == []

    def test_knows_the_family_of_an_article_that_comes_without(
        self, store, settings_of_the_stand_in
    ):
        control.control(store, {"stock": [lot(MASK, "A", 500)]})
        receive(store, settings_of_the_stand_in, order("CMD-1", line(1, "", 50, gtin=MASK)))
        preparing.confirm_orders(store, settings_of_the_stand_in, at=AT)
        assert [each["answer"] for each in said(store, "confirmation")] == ["accepted"]


class TestReset:
    def test_forgets_all_but_the_numbers_given(self, store):
        control.control(store, {"stock": [lot(MASK, "A", 500)]})
        with store.transaction():
            (first,) = store.numbers("parcel")
        control.control(store, {"reset": True})
        with store.transaction():
            (second,) = store.numbers("parcel")
        assert second == first + 1
        assert store.rows("SELECT * FROM lot") == []


class TestOpenWith:
    def test_does_once_what_the_file_asks_and_again_what_it_asks_anew(self, store, tmp_path):
        path = tmp_path / "demo-operator.json"
        control.open_with(store, path)
        path.write_text(json.dumps({"stock": [lot(MASK, "A", 500)]}))
        control.open_with(store, path)
        control.control(store, {"reset": True, "articles": ARTICLES})
        path.write_text(json.dumps({"stock": [lot(MASK, "B", 300)]}))
        control.open_with(store, path)
        control.control(store, {"damage_stock": [{"gtin": MASK, "lot": "B", "units": 100}]})
        control.open_with(store, path)
        assert [tuple(row) for row in store.rows("SELECT lot, units FROM lot")] == [("B", 200)]


class TestRead:
    def test_refuses_to_stand_in_beside_a_real_portal(self):
        with pytest.raises(environment.NotBesideARealPortal):
            environment.read({"DISTRILOG_MODE": "serve"})
