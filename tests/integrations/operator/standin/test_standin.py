"""The warehouse over HTTP: what it promises, packs, ships, reports, and what it never does twice."""

import pytest

from distrilog.integrations.operator import reading
from distrilog.integrations.operator.content import (
    Answer,
    Confirmation,
    Delivery,
    Despatch,
    Outcome,
)

from .conftest import ARTICLES, GLOVE, MASK, line, lot, order


class TestAnOrder:
    @pytest.mark.parametrize("form", [reading.JSON, reading.EANCOM])
    def test_goes_from_the_message_to_the_door(self, operator, portal, form):
        operator.control(articles=ARTICLES, stock=[lot(MASK, "A", 1000), lot(GLOVE, "G", 1000)])
        placed = order("CMD-1", line(1, "mask", 450), line(2, "glove", 100, box_units=100))
        assert operator.send(placed, form=form) == ["accepted"]
        operator.until(lambda: portal.all(Delivery))
        operator.until(lambda: operator.order_states("CMD-1") == {1: "done"})
        (confirmation,) = portal.all(Confirmation)
        assert confirmation.answer is Answer.ACCEPTED
        assert {each.number: each.units for each in confirmation.lines} == {1: 450, 2: 100}
        (despatch,) = portal.all(Despatch)
        assert (despatch.order, despatch.assignment, despatch.complete) == ("CMD-1", 1, True)
        packed = [each for parcel in despatch.parcels for each in parcel.lines]
        assert sum(each.units for each in packed if each.gtin == MASK) == 450
        assert {each.sscc for each in despatch.parcels} == {each.sscc for each in portal.all(Delivery)}
        assert {each.outcome for each in portal.all(Delivery)} == {Outcome.DELIVERED}
        assert operator.units(MASK) == {"A": (550, 0)}
        assert portal.formats == {reading.EANCOM}
