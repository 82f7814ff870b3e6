"""Orders followed to the door, and receipts, by another system."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.shipping.models import Claim, Content, Receipt, Remark
from tests.api.conftest import caller_of
from tests.domain.orders.world import AT, build
from tests.domain.shipping.world import (
    GOWNS,
    MASKS,
    DespatchFactory,
    booked,
    claimed,
    received,
    seen_by_carrier,
    sscc_of,
)
from tests.factories import ProfileFactory


@pytest.fixture
def world(db):  # noqa: ARG001
    """The world of orders; these orders are rows that no quota was drawn for."""
    return build()


@pytest.fixture
def despatch(world):
    """Send the home two parcels, masks and gowns."""
    return booked(DespatchFactory(facility=world.home))


def content_of(despatch, family: str) -> int:
    return Content.objects.get(parcel__despatch=despatch, line__family=family).pk


def missing(**values):
    return {"kind": "missing", "units": 50, **values}


class TestFulfilment:
    def test_tells_what_became_of_an_order(self, buyer, despatch):
        seen_by_carrier(despatch.parcels.first(), "Arrivé au centre de tri")
        claimed(despatch)

        found = buyer.get(f"orders/{despatch.fulfilment.order.reference}/fulfilment").json()

        assert found["state"] == "waiting"
        assert [step["key"] for step in found["steps"]][:4] == [
            "ordered",
            "handed",
            "answered",
            "despatched",
        ]
        assert {line["family"]: line["despatched"] for line in found["lines"]} == {
            MASKS: 100,
            GOWNS: 10,
        }
        (sent,) = found["despatches"]
        assert sent["reference"] == despatch.reference
        assert sent["parcels"][0]["contents"][0]["id"] == content_of(despatch, MASKS)
        assert sent["parcels"][0]["events"][0]["label"] == "Arrivé au centre de tri"
        assert sent["claims"][0]["owner"] == "operator"
        assert sent["receipt"] is None

    def test_keeps_remarks_from_a_token_without_the_right(self, world, despatch):
        Remark.objects.create(receipt=received(despatch), text="Carton ouvert.")
        profile = ProfileFactory(role=Role.ORDERER, facility=world.home)
        reference = despatch.fulfilment.order.reference
        told = [
            caller_of(each, deeds=deeds).get(f"orders/{reference}/fulfilment").json()
            for each, deeds in (
                (profile, ["order.read"]),
                (ProfileFactory(role=Role.ORDERER, facility=world.home), None),
            )
        ]
        assert [each["despatches"][0]["receipt"]["remark"] for each in told] == [
            "",
            "Carton ouvert.",
        ]

    def test_knows_nothing_of_others(self, world, despatch):
        stranger = caller_of(ProfileFactory(role=Role.ORDERER, facility=world.stranger))
        reference = despatch.fulfilment.order.reference
        assert stranger.get(f"orders/{reference}/fulfilment").status_code == 404


class TestReceipt:
    def test_takes_all_of_a_despatch(self, buyer, despatch):
        answer = buyer.post("receipts", {"despatch": despatch.reference})
        assert answer.status_code == 201
        assert answer.json()["how"] == "recorded"
        assert answer.json()["claims"] == []

    @pytest.mark.parametrize("form", ["{}", "(00){}", "]C100{}"])
    def test_finds_it_by_a_parcel(self, buyer, despatch, form):
        code = form.format(despatch.parcels.last().sscc)
        answer = buyer.post("receipts", {"sscc": code})
        assert answer.json()["despatch"] == despatch.reference

    @pytest.mark.parametrize("by", ["content", "family"])
    def test_opens_a_claim_for_each_difference(self, buyer, despatch, by):
        names = {"content": content_of(despatch, MASKS), "family": MASKS}
        lines = [missing(**{by: names[by]}), {"kind": "extra", "family": GOWNS, "units": 10}]

        answer = buyer.post("receipts", {"despatch": despatch.reference, "lines": lines})

        assert answer.status_code == 201
        claims = answer.json()["claims"]
        assert [(each["kind"], each["family"], each["units"]) for each in claims] == [
            ("missing", MASKS, 50),
            ("extra", GOWNS, 10),
        ]
        assert {each["due_on"] for each in claims} == {"2020-11-09"}

    def test_answers_the_same_twice_and_refuses_another(self, buyer, despatch):
        body = {"despatch": despatch.reference, "lines": [missing(family=MASKS)]}
        first, again = buyer.post("receipts", body), buyer.post("receipts", body)
        assert first.content == again.content
        assert Claim.objects.count() == 1

        other = buyer.post("receipts", {"despatch": despatch.reference})

        assert other.status_code == 409
        assert other.json()["type"] == "urn:distrilog:already-received"
        assert Receipt.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({}, "despatch"),
            ({"despatch": "D", "sscc": sscc_of(1)}, "despatch"),
            ({"sscc": "bonjour"}, "sscc"),
            ({"sscc": sscc_of(1)[:-1] + "x"}, "sscc"),
            ({"despatch": "D\u0000"}, "despatch"),
            ({"lines": [{"kind": "lost", "family": MASKS, "units": 1}]}, "lines.0.kind"),
            ({"lines": [missing(family=MASKS, units="5")]}, "lines.0.units"),
            ({"lines": [missing(family=MASKS, units=2.5)]}, "lines.0.units"),
            ({"lines": [missing(family=MASKS, units=0)]}, "lines.0.units"),
            ({"lines": [missing(family=MASKS, units=101)]}, "content"),
            ({"lines": [missing(content=999_999)]}, "lines.0.content"),
            ({"lines": [missing()]}, "lines.0"),
            ({"lines": [missing(family="ffp2")]}, "lines.0.family"),
            ({"lines": [{"kind": "extra", "family": "x", "units": 1}]}, "lines.0.family"),
            ({"lines": [{"kind": "extra", "family": MASKS, "units": 10**12}]}, "lines.0.units"),
            ({"lines": [{"kind": "extra", "content": 1, "units": 1}]}, "lines.0.content"),
            ({"remark": "x" * 1001}, "remark"),
            ({"parcel": 1}, "parcel"),
        ],
    )
    def test_refuses_what_is_wrong_and_changes_nothing(self, buyer, despatch, body, where):
        named = {"despatch": despatch.reference} if "lines" in body or "remark" in body else {}

        answer = buyer.post("receipts", named | body)

        assert answer.status_code == 422
        places = [fault["where"] for fault in answer.json()["faults"]]
        assert any(place.startswith(where) for place in places), places
        assert not Receipt.objects.exists()

    def test_tells_all_faults_at_once(self, buyer, despatch):
        lines = [missing(family=MASKS, units=0), {"kind": "extra", "family": "x", "units": 1}]
        answer = buyer.post("receipts", {"despatch": despatch.reference, "lines": lines})
        assert [fault["where"] for fault in answer.json()["faults"]] == [
            "lines.0.units",
            "lines.1.family",
        ]

    def test_knows_nothing_of_a_parcel_of_another_facility(self, world, despatch):
        stranger = caller_of(ProfileFactory(role=Role.ORDERER, facility=world.stranger))
        own, unknown = despatch.parcels.first().sscc, sscc_of(999)
        answers = [stranger.post("receipts", {"sscc": code}) for code in (own, unknown)]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        by_name = stranger.post("receipts", {"despatch": despatch.reference})
        assert by_name.status_code == 404
        assert not Receipt.objects.exists()

    def test_is_dated_by_our_clock(self, buyer, despatch):
        buyer.post("receipts", {"despatch": despatch.reference})
        assert Receipt.objects.get().at == AT
