"""The warehouse over HTTP: what it promises, packs, ships, reports, and what it never does twice."""

import time
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest

from distrilog.integrations.operator import reading
from distrilog.integrations.operator.content import (
    Answer,
    Condition,
    Confirmation,
    ConfirmedLine,
    Delivery,
    Despatch,
    Order,
    Outcome,
    PackedLine,
    Parcel,
    StockReport,
    Withdrawal,
)
from distrilog.kernel import gs1
from tests.integrations.operator.standin.conftest import (
    ARTICLES,
    GLOVE,
    MASK,
    MASK_B,
    NEXT_YEAR,
    OPERATOR,
    TODAY,
    gtin,
    line,
    lot,
    neighbours,
    order,
)


DAY = timedelta(days=1)


def packed_lines(despatch):
    return [each for parcel in despatch.parcels for each in parcel.lines]


def pallet(serial, gtin, name, units):
    sscc = gs1.make_sscc(prefix="0400000", serial=serial, extension=0)
    contents = PackedLine(number=1, gtin=gtin, lot=name, units=units, expires_on=NEXT_YEAR)
    return Parcel(sscc=sscc, lines=[contents])


def transfer(reference, *pallets, requested="LPR-0", complete=True):
    return Despatch(
        reference=reference,
        order=requested,
        assignment=1,
        packed_at=order("-", line(1, "-", 1)).placed_at,
        parcels=pallets,
        complete=complete,
    )


class TestAnOrder:
    @pytest.mark.parametrize("form", [reading.JSON, reading.EANCOM])
    def test_goes_from_the_message_to_the_door(self, operator, portal, form):
        operator.control(stock=[lot(MASK, "A", 1000), lot(GLOVE, "G", 1000)])
        placed = order("CMD-1", line(1, "mask", 450), line(2, "glove", 100, box_units=100))
        assert operator.send(placed, form=form) == ["accepted"]
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        operator.until(lambda: len(portal.all(Delivery)) == 3)
        (confirmation,) = portal.all(Confirmation)
        assert confirmation.answer is Answer.ACCEPTED
        assert {each.number: each.units for each in confirmation.lines} == {1: 450, 2: 100}
        (despatch,) = portal.all(Despatch)
        assert (despatch.order, despatch.assignment, despatch.complete) == ("CMD-1", 1, True)
        packed = packed_lines(despatch)
        assert sum(each.units for each in packed if each.gtin == MASK) == 450
        assert not any(each.substitute for each in packed)
        delivered = portal.all(Delivery)
        assert {each.sscc for each in despatch.parcels} == {each.sscc for each in delivered}
        assert {each.outcome for each in delivered} == {Outcome.DELIVERED}
        assert operator.units(MASK) == {"A": (550, 0)}
        assert portal.formats == {reading.EANCOM}

    def test_is_packed_in_cartons_that_are_not_too_full(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 5000), lot(GLOVE, "G", 5000)])
        operator.send(order("CMD-1", line(1, "mask", 1250), line(2, "glove", 700, box_units=100)))
        operator.until(lambda: portal.all(Despatch))
        room = {each["gtin"]: each["carton_units"] for each in ARTICLES}
        (despatch,) = portal.all(Despatch)
        shares = [
            sum(Fraction(each.units, room[each.gtin]) for each in parcel.lines)
            for parcel in despatch.parcels
        ]
        assert max(shares) <= 1
        assert len(shares) == 8  # 6.25 cartons of masks, 1.4 of gloves.
        assert all(gs1.sscc_fault(parcel.sscc) is None for parcel in despatch.parcels)

    def test_takes_what_expires_first_and_neither_expired_nor_blocked(self, operator, portal):
        stock = [
            lot(MASK, "LATE", 500, expires_on=NEXT_YEAR),
            lot(MASK, "EXPIRED", 500, expires_on=TODAY - timedelta(days=1)),
            lot(MASK, "LAST DAYS", 500, expires_on=TODAY + timedelta(days=12)),
            lot(MASK, "BLOCKED", 500, expires_on=TODAY + timedelta(days=16), blocked=True),
            lot(MASK, "SOON", 100, expires_on=TODAY + timedelta(days=17)),
        ]
        operator.control(stock=stock)
        operator.send(order("CMD-1", line(1, "mask", 700)))
        operator.until(lambda: portal.all(Despatch))
        (confirmation,) = portal.all(Confirmation)
        assert confirmation.answer is Answer.SHORT
        assert confirmation.lines[0].units == 600
        (despatch,) = portal.all(Despatch)
        units = Counter()
        for each in packed_lines(despatch):
            units[each.lot] += each.units
        assert units == {"SOON": 100, "LATE": 500}
        assert despatch.complete

    def test_is_served_by_a_sister_article_which_is_marked(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 100), lot(MASK_B, "B", 500)])
        operator.send(order("CMD-1", line(1, "mask", 300, gtin=MASK)))
        operator.until(lambda: portal.all(Despatch))
        packed = packed_lines(portal.all(Despatch)[0])
        found = {(each.gtin, each.substitute) for each in packed}
        assert found == {(MASK, False), (MASK_B, True)}
        assert sum(each.units for each in packed if each.substitute) == 200

    def test_of_what_nobody_knows_is_refused(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 100)])
        operator.send(
            order("CMD-1", line(1, "boots", 50)), order("CMD-2", line(1, "mask", 50, gtin=GLOVE))
        )
        operator.until(lambda: len(portal.all(Confirmation)) == 2)
        assert {each.answer for each in portal.all(Confirmation)} == {Answer.REFUSED}
        assert operator.order_states("CMD-1") == {1: "refused"}
        assert operator.units(MASK) == {"A": (100, 0)}

    def test_is_short_of_what_was_promised_to_another(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)])
        operator.send(order("CMD-1", line(1, "mask", 400)), order("CMD-2", line(1, "mask", 400)))
        operator.until(lambda: len(portal.all(Despatch)) == 2)
        said = {each.reference: each for each in portal.all(Confirmation)}
        assert said["CMD-1"].answer is Answer.ACCEPTED
        assert said["CMD-2"].answer is Answer.SHORT
        assert said["CMD-2"].lines[0].units == 100
        operator.until(lambda: operator.units(MASK) == {})

    def test_is_short_when_articles_cannot_be_found(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)], short={MASK: 480})
        operator.send(order("CMD-1", line(1, "mask", 400)))
        operator.until(lambda: portal.all(Confirmation))
        (said,) = portal.all(Confirmation)
        assert (said.answer, said.lines[0].units) == (Answer.SHORT, 0)
        assert operator.order_states("CMD-1") == {1: "done"}


class TestADespatch:
    def test_waits_for_leave(self, operator, portal):
        portal.down = True
        operator.control(stock=[lot(MASK, "A", 500)])
        operator.send(order("CMD-1", line(1, "mask", 150)))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "packed"})
        operator.until(lambda: operator.state()["retrying"])
        assert operator.units(MASK) == {"A": (500, 150)}
        assert {each["left_at"] for each in operator.order("CMD-1")["parcels"]} == {None}
        portal.down = False
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        assert operator.units(MASK) == {"A": (350, 0)}

    def test_of_a_withdrawn_order_goes_back_on_the_shelf(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)])
        portal.withdrawn.add(("CMD-1", 1))
        operator.send(order("CMD-1", line(1, "mask", 150)))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "withdrawn"})
        assert operator.units(MASK) == {"A": (500, 0)}
        assert {each["state"] for each in operator.order("CMD-1")["parcels"]} == {"unpacked"}
        assert portal.all(Despatch) == portal.all(Delivery) == []

    @pytest.mark.parametrize("code", ["lot-recalled", "lot-expired", "not-in-stock"])
    def test_of_a_lot_that_must_stay_is_packed_again_from_another(self, operator, portal, code):
        stock = [lot(MASK, "X-1", 500), lot(MASK, "X-2", 500, expires_on=NEXT_YEAR + DAY)]
        portal.recalled.add("X-1")
        portal.lot_code = code
        operator.control(stock=stock)
        operator.send(order("CMD-1", line(1, "mask", 150)), order("CMD-2", line(1, "mask", 100)))
        operator.until(lambda: operator.state()["orders"] == {"done": 2})
        assert operator.units(MASK) == {"X-1 blocked": (500, 0), "X-2": (250, 0)}
        assert {each.lot for sent in portal.all(Despatch) for each in packed_lines(sent)} == {"X-2"}

    def test_that_is_refused_otherwise_stops_its_order(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)])
        portal.refuses_all = True
        operator.send(order("CMD-1", line(1, "mask", 150)))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "stopped"})
        assert operator.units(MASK) == {"A": (500, 0)}
        (told,) = operator.state()["refused"]
        assert (told["kind"], told["code"]) == ("despatch", "not-promised")

    def test_whose_answer_was_lost_is_sent_again_and_leaves_once(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)])
        portal.lose = 3
        operator.send(order("CMD-1", line(1, "mask", 150)))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        operator.until(lambda: portal.all(Delivery))
        assert len(portal.numbers) > len(set(portal.numbers))  # A retry keeps its number.
        assert len(portal.all(Despatch)) == len(portal.all(Delivery)) == 1
        assert operator.units(MASK) == {"A": (350, 0)}

    def test_doubled_and_shuffled_says_the_same(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 5000)], double_next=4, shuffle=True)
        operator.send(*[order(f"CMD-{each}", line(1, "mask", 50)) for each in range(20)])
        operator.until(lambda: operator.state()["orders"] == {"done": 20})
        operator.until(lambda: len(portal.all(Delivery)) == 20)
        assert len(portal.arrivals) > len(portal.received)
        assert operator.units(MASK) == {"A": (4000, 0)}


class TestAMessage:
    def test_is_taken_once(self, operator):
        operator.control(stock=[lot(MASK, "A", 500)])
        placed = order("CMD-1", line(1, "mask", 50))
        first = operator.post([placed], number="P1")
        again = operator.post([placed], number="P1")
        said = [each.json()["messages"][0]["outcome"] for each in (first, again)]
        # Signed anew a second later, it may differ by its moment: then its number is taken.
        assert said == ["accepted", "duplicate"] if again.is_success else again.status_code == 400
        assert operator.send(placed) == ["duplicate"]
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        assert operator.units(MASK) == {"A": (450, 0)}

    def test_whose_answer_gets_lost_is_known_again(self, operator):
        operator.control(stock=[lot(MASK, "A", 500)], lose_next_response=1)
        placed = order("CMD-1", line(1, "mask", 50))
        assert operator.post([placed]).status_code == 504
        assert operator.send(placed) == ["duplicate"]

    def test_under_a_number_that_served_for_another_is_refused(self, operator):
        operator.post([order("CMD-1", line(1, "mask", 50))], number="P1")
        other = operator.post([order("CMD-2", line(1, "mask", 50))], number="P1")
        assert other.status_code == 400
        assert operator.order_states("CMD-2") == {}

    def test_without_token_signature_or_sense_is_turned_away(self, operator):
        placed = order("CMD-1", line(1, "mask", 50))
        assert operator.post([placed], Authorization="Bearer other").status_code == 401
        assert operator.post([placed], Signature="sig=:AAAA:").status_code == 401
        assert operator.post_bytes(b"{").status_code == 400
        assert operator.post_bytes(b"x", form="text/plain").status_code == 415
        assert operator.post_bytes(b" " * (reading.MAX_BODY + 1)).status_code == 413
        assert operator.state()["orders"] == {}

    def test_that_a_warehouse_does_not_read_is_refused_alone(self, operator):
        report = StockReport(reference="S-1", at=order("-", line(1, "-", 1)).placed_at, lines=[])
        assert operator.send(report, order("CMD-1", line(1, "mask", 50))) == [
            "refused",
            "accepted",
        ]

    def test_finds_a_silent_warehouse_unavailable(self, operator):
        operator.control(silent=True)
        assert operator.post([order("CMD-1", line(1, "mask", 50))]).status_code == 503
        operator.control(silent=False)
        assert operator.send(order("CMD-1", line(1, "mask", 50))) == ["accepted"]


class TestAWithdrawal:
    def test_before_its_order_stops_it(self, operator, portal):
        operator.control(stock=[lot(MASK, "A", 500)])
        stopped = Withdrawal(reference="CMD-1", assignment=1, reason="panne")
        assert operator.send(stopped) == ["accepted"]
        assert operator.send(stopped) == ["duplicate"]
        assert operator.send(order("CMD-1", line(1, "mask", 50))) == ["accepted"]
        assert operator.order_states("CMD-1") == {1: "withdrawn"}
        again = order("CMD-1", line(1, "mask", 100), assignment=2)
        assert operator.send(again) == ["accepted"]
        operator.until(lambda: operator.order_states("CMD-1") == {1: "withdrawn", 2: "done"})
        assert operator.units(MASK) == {"A": (400, 0)}
        assert {each.assignment for each in portal.all(Confirmation)} == {2}

    def test_is_implied_by_a_later_assignment(self, operator):
        operator.control(stock=[lot(MASK, "A", 500)])
        later = order("CMD-1", line(1, "mask", 100), assignment=2)
        assert operator.send(later, order("CMD-1", line(1, "mask", 50))) == ["accepted"] * 2
        operator.until(lambda: operator.order_states("CMD-1") == {1: "withdrawn", 2: "done"})
        assert operator.units(MASK) == {"A": (400, 0)}


class TestStock:
    def test_arrives_by_pallets_that_are_reported(self, operator, portal):
        sent = transfer("D-1", pallet(1, MASK, "A", 2000), pallet(2, MASK, "A", 1000))
        assert operator.send(sent) == ["accepted"]
        assert operator.send(sent) == ["duplicate"]
        operator.until(lambda: len(portal.all(Delivery)) == 2)
        assert operator.units(MASK) == {"A": (3000, 0)}
        assert {each.despatch for each in portal.all(Delivery)} == {"D-1"}

    def test_is_asked_for_once_below_its_minimum(self, operator, portal):
        operator.control(
            stock=[lot(MASK, "A", 500)], thresholds={"mask": {"minimum": 600, "maximum": 2020}}
        )
        operator.until(lambda: portal.all(Order))
        time.sleep(0.3)
        (asked,) = portal.all(Order)
        assert asked.replenishment
        assert asked.receiver.code == OPERATOR
        assert [(each.family, each.units) for each in asked.lines] == [("mask", 1500)]
        reply = Confirmation(
            reference=asked.reference,
            assignment=1,
            answer=Answer.ACCEPTED,
            lines=[ConfirmedLine(number=1, units=1500)],
        )
        sent = transfer("D-1", pallet(1, MASK, "B", 1500), requested=asked.reference)
        assert operator.send(reply, sent) == ["accepted", "accepted"]
        operator.until(lambda: operator.state()["replenishments"][0]["state"] == "closed")
        assert operator.units(MASK) == {"A": (500, 0), "B": (1500, 0)}
        assert len(portal.all(Order)) == 1

    def test_is_reported_as_it_lies_there(self, operator, portal):
        stock = [
            lot(MASK, "A", 500),
            lot(MASK, "OLD", 100, expires_on=TODAY),
            lot(GLOVE, "G", 300, blocked=True),
        ]
        operator.control(stock=stock, report=False)
        operator.until(lambda: portal.all(StockReport))  # The first day's.
        operator.control(damage_stock=[{"gtin": MASK, "lot": "A", "units": 30}], report=True)
        operator.until(lambda: len(portal.all(StockReport)) == 2)
        lines = portal.all(StockReport)[1].lines
        assert {(each.lot, each.units, each.condition) for each in lines} == {
            ("A", 470, Condition.USABLE),
            ("OLD", 100, Condition.BLOCKED),
            ("G", 300, Condition.BLOCKED),
        }

    def test_set_aside_is_not_shipped(self, operator, portal):
        operator.control(
            stock=[lot(MASK, "A", 100), lot(MASK, "B", 100)], block=[{"gtin": MASK, "lot": "A"}]
        )
        operator.send(order("CMD-1", line(1, "mask", 150)))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        assert operator.units(MASK) == {"A blocked": (100, 0)}
        assert portal.all(Confirmation)[0].lines[0].units == 100


class TestControl:
    def test_needs_the_token_and_known_orders(self, operator):
        url = f"{operator.url}/control"
        token = {"Authorization": "Bearer to-the-operator"}
        assert operator.client.post(url, json={"silent": True}).status_code == 401
        assert operator.client.post(url, json={"quiet": 1}, headers=token).status_code == 400
        bad = {"stock": [{"gtin": gtin(99), "lot": "A", "units": -1}], "silent": True}
        assert operator.client.post(url, json=bad, headers=token).status_code == 400
        assert "silent" not in operator.state()["settings"]
        assert operator.client.get(f"{operator.url}/health").json() == {"ticking": True}

    def test_tells_of_parcels_that_were_on_their_way(self, operator, portal):
        known = pallet(5, MASK, "A", 50).sscc
        sent = {"sscc": known, "despatch": "D-9", "tracking": "6A00000000009", "seconds": 0.2}
        operator.control(under_way=[sent])
        operator.until(lambda: portal.all(Delivery))
        (told,) = portal.all(Delivery)
        assert (told.sscc, told.despatch, told.outcome) == (known, "D-9", Outcome.DELIVERED)

    def test_gives_the_opening_stock_once(self, operator):
        operator.control(articles=ARTICLES, stock=[lot(MASK, "A", 500)])
        operator.control(articles=ARTICLES, stock=[lot(MASK, "A", 500)])
        assert operator.units(MASK) == {"A": (500, 0)}


@pytest.fixture(scope="module")
def besieged(tmp_path_factory):
    """Run a warehouse of five pallet places, with JSON, where half the parcels come to grief."""
    with neighbours(
        tmp_path_factory.mktemp("hard"),
        DISTRILOG_OPERATOR_PALLETS="5",
        DISTRILOG_OPERATOR_FORMAT="json",
        DISTRILOG_OPERATOR_MISHAPS_PER_THOUSAND="500",
        DISTRILOG_OPERATOR_WAVE_ORDERS="10",
    ) as besieged:
        yield besieged


class TestAHardDay:
    def test_turns_away_what_does_not_fit(self, besieged):
        portal = besieged.portal
        besieged.control(reset=True, articles=ARTICLES)
        besieged.send(transfer("D-1", *[pallet(each, MASK, "A", 2000) for each in range(1, 8)]))
        besieged.until(lambda: len(portal.all(Delivery)) == 7)
        outcomes = Counter(each.outcome for each in portal.all(Delivery))
        assert outcomes == {Outcome.DELIVERED: 5, Outcome.REFUSED: 2}
        assert besieged.units(MASK) == {"A": (10_000, 0)}
        assert besieged.state()["pallets"] == 5

    def test_killed_in_the_middle_of_a_wave_ends_the_same(self, besieged):
        portal = besieged.portal
        portal.forget()
        besieged.control(reset=True, articles=ARTICLES, stock=[lot(MASK, "A", 10_000)])
        orders = [order(f"CMD-{each:03d}", line(1, "mask", 50)) for each in range(150)]
        assert set(besieged.send(*orders)) == {"accepted"}
        for killed_after in (20, 70, 110):
            besieged.until(lambda: len(portal.all(Despatch)) >= killed_after)  # noqa: B023
            besieged.kill()
            portal.lose += 1
            besieged.start()
        besieged.until(lambda: besieged.state()["orders"] == {"done": 150})
        besieged.until(lambda: len(portal.all(Delivery)) == 150)
        despatches = portal.all(Despatch)
        assert Counter(each.order for each in despatches) == {each.reference: 1 for each in orders}
        assert len({parcel.sscc for each in despatches for parcel in each.parcels}) == 150
        ended = Counter(each.outcome for each in portal.all(Delivery))
        assert min(ended[each] for each in (Outcome.DELIVERED, Outcome.REFUSED, Outcome.LOST)) > 5
        assert besieged.units(MASK) == {
            "A": (10_000 - 150 * 50, 0),
            "A blocked": (50 * ended[Outcome.REFUSED], 0),
        }
        assert portal.formats == {reading.JSON}
