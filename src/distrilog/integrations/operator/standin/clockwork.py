"""The warehouse's clock: one tick does a little of everything, then says what happened."""

import logging
import threading
import time
from collections import defaultdict

from distrilog.integrations.operator.standin import control, outbox, parcels, preparing, stock
from distrilog.integrations.operator.standin.environment import Environment
from distrilog.integrations.operator.standin.outbox import Answered, Postman, Unanswered
from distrilog.integrations.operator.standin.store import Store
from distrilog.kernel.seals import SigningKey


logger = logging.getLogger(__name__)

# Written by the loader of the demonstration: articles, opening stock, thresholds, as `/control` takes them.
OPENING_FILE = "demo-operator.json"


class Clockwork(threading.Thread):
    """Ticks until the process ends; a tick that fails is told, and the next one tries again."""

    def __init__(self, environment: Environment, key: SigningKey) -> None:
        super().__init__(name="warehouse", daemon=True)
        self.environment = environment
        self.postman = Postman(environment, key)

    def run(self) -> None:
        """Tick."""
        store = Store(self.environment.home / "operator.sqlite3")
        while True:
            busy = False
            try:
                busy = self.tick(store)
            except Exception:
                logger.exception("a tick failed")
            if not busy:
                time.sleep(self.environment.tick_seconds)

    def tick(self, store: Store) -> bool:
        """
        Do what is due, the latest stages first; return whether as much as fits in one tick was done.

        A tick takes a bounded number of each, so that whoever sends meanwhile waits little.
        """
        if store.setting("silent"):
            return False
        environment, at = self.environment, time.time()
        control.open_with(store, environment.home / OPENING_FILE)
        with store.transaction():
            stock.shelve(store, environment, at=at)
            delivered = parcels.deliver(store, at=at)
        with store.transaction():
            packed = preparing.pack_orders(store, environment, at=at)
        with store.transaction():
            confirmed = preparing.confirm_orders(store, environment, at=at)
            stock.ask_for_stock(store, environment, at=at)
        self.flush(store)
        if self._report_is_due(store) and outbox.is_empty(store):
            with store.transaction():
                stock.report_stock(store, at=time.time())
                store.keep_setting("report", value=False)
                store.keep_setting("reported_at", time.time())
            self.flush(store)
        full = max(packed, confirmed) >= environment.orders_in_a_wave
        return full or delivered >= parcels.DELIVERIES_AT_ONCE

    def _report_is_due(self, store: Store) -> bool:
        reported_at = store.setting("reported_at", 0)
        known = store.value("SELECT 1 FROM article LIMIT 1") is not None
        overdue = time.time() - reported_at >= self.environment.report_seconds
        return bool(store.setting("report")) or (known and overdue)

    def flush(self, store: Store) -> None:
        """Send what waits, one interchange after the other, until the portal does not answer."""
        while not store.setting("silent"):
            number = self.postman.next_batch(store, at=time.time())
            if number is None:
                return
            try:
                answered = self.postman.send(store, number, at=time.time())
            except Unanswered as error:
                logger.warning("interchange %s: %s", number, error)
                return
            self.apply(store, answered)

    def apply(self, store: Store, answered: list[Answered]) -> None:
        """Do what the portal's answers ask: parcels leave, or go back on the shelf."""
        despatches = [one for one in answered if one.kind == "despatch"]
        leaving = [one.reference for one in despatches if one.outcome in outbox.GONE]
        refused = [one for one in despatches if one.outcome not in outbox.GONE]
        by_code: dict[str, dict[str, str]] = defaultdict(dict)
        for one in refused:
            by_code[_fate(one.code)][one.reference] = one.reason
        turned_down = [
            one.reference for one in answered if one.kind == "order" and one.outcome == "refused"
        ]
        at = time.time()
        with store.transaction():
            outbox.settle(store, answered)
            parcels.let_go(store, self.environment, references=leaving, at=at)
            parcels.prepare_again(store, refused=by_code["again"])
            for code in (outbox.WITHDRAWN, "stopped"):
                parcels.put_back(store, references=list(by_code[code]), order=code)
            for reference in turned_down:
                stock.close_replenishment(store, reference=reference, at=at)


def _fate(code: str) -> str:
    """Return what becomes of a despatch that was refused: packed again, put back, or stopped for a person."""
    if code in outbox.LOT_KEPT:
        return "again"
    return code if code == outbox.WITHDRAWN else "stopped"
