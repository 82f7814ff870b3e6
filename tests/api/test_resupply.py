"""Urgent help by another system: from the request to the receipt, and what nobody may do."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Lender, Loan, Part, Request
from tests.api.conftest import caller_of
from tests.domain.resupply.world import (
    AT,
    GOWN,
    MASK,
    ask,
    assert_books_balance,
    choice,
    choose,
    furnish,
    home,
    lender,
    lent,
    line_of,
    offered,
)
from tests.factories import ProfileFactory, stocked


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)
    furnish()


@pytest.fixture
def needy():
    return home()


@pytest.fixture
def giver():
    return lender(surplus=200)


def orderer_of(facility):
    return caller_of(ProfileFactory(role=Role.ORDERER, facility=facility))


def agency_of(facility):
    return caller_of(ProfileFactory(role=Role.ARS, perimeter=facility.department.region_id))


def asked(**values):
    lines = [{"family": MASK, "units": 100}]
    return {"urgency": "days", "words": "Plus que deux jours.", "lines": lines, **values}


class TestAsk:
    def test_makes_a_request_that_its_agency_sees(self, needy):
        answer = orderer_of(needy).post("resupply", asked(contact="Mme Roux"))

        assert answer.status_code == 201
        made = answer.json()
        assert answer["Location"] == f"/api/v1/resupply/{made['reference']}"
        assert (made["facility"], made["state"], made["procedure"]) == (
            needy.registry,
            "asked",
            "2020-10",
        )
        (line,) = made["lines"]
        assert (line["family"], line["units"], line["boxes"], line["left"]) == (MASK, 100, 2, 100)
        assert [each["step"] for each in made["clocks"]] == ["decide"]

        listed = agency_of(needy).get("resupply").json()

        assert [each["reference"] for each in listed["items"]] == [made["reference"]]
        assert listed["next"] is None

    def test_asks_once_for_one_key(self, needy):
        caller = orderer_of(needy)
        answers = [caller.post("resupply", asked(), **{"Idempotency-Key": "k"}) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert Request.objects.count() == 1

        other = caller.post("resupply", asked(urgency="today"), **{"Idempotency-Key": "k"})

        assert other.status_code == 409
        assert other.json()["type"] == "urn:distrilog:key-reused"

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"lines": []}, "lines"),
            ({"lines": [{"family": "candle", "units": 100}]}, "lines.0.family"),
            ({"lines": [{"family": MASK, "units": 0}]}, "lines.0.units"),
            ({"lines": [{"family": MASK, "units": 30}]}, "lines.0.units"),
            ({"lines": [{"family": MASK, "units": 2.5}]}, "lines.0.units"),
            ({"lines": [{"family": MASK, "units": "50"}]}, "lines.0.units"),
            ({"urgency": "never"}, "urgency"),
            ({"words": " "}, "words"),
            ({"words": "x" * 501}, "words"),
            ({"words": "\x00"}, "words"),
            ({"why": 1}, "why"),
        ],
    )
    def test_refuses_what_is_wrong(self, needy, body, where):
        answer = orderer_of(needy).post("resupply", asked(**body))
        assert answer.status_code == 422
        assert where in [fault["where"] for fault in answer.json()["faults"]]
        assert not Request.objects.exists()

    def test_is_for_ones_own_facility(self, needy):
        other = home()
        answer = orderer_of(needy).post("resupply", asked(facility=other.registry))
        assert answer.status_code == 404

    def test_dies_with_the_facility(self, needy):
        caller = orderer_of(needy)
        needy.closed_on = AT.date()
        needy.save()
        assert caller.post("resupply", asked()).status_code == 401
        assert not Request.objects.exists()

    def test_may_be_taken_back(self, needy):
        reference = ask(needy)
        answer = orderer_of(needy).call("DELETE", f"resupply/{reference}")
        assert answer.json()["state"] == "cancelled"
        assert agency_of(needy).get("resupply").json()["items"] == []
        assert len(agency_of(needy).get("resupply?open=false").json()["items"]) == 1


class TestFromANeighbour:
    def test_goes_from_the_proposal_to_the_return(self, needy, giver):
        reference = ask(needy)
        services.propose(at=AT)
        neighbour, home_caller, agency = orderer_of(giver), orderer_of(needy), agency_of(needy)

        (task,) = neighbour.get("resupply/tasks").json()["items"]
        assert (task["task"], task["request"], task["spare"]) == ("answer", reference, 200)
        part = task["part"]["id"]

        said = neighbour.post(f"resupply/parts/{part}/answer", {"units": 100})
        assert (said.status_code, said.json()["state"]) == (200, "offered")

        (line,) = agency.get(f"resupply/{reference}/sources").json()["lines"]
        source = line["sources"][0]
        assert (source["kind"], source["part"], source["units"]) == ("neighbour", part, 100)
        decision = {
            "choices": [{"kind": "neighbour", "line": line["line"], "units": 100, "part": part}],
            "answer": "Accordé.",
        }
        decided = agency.post(f"resupply/{reference}/decision", decision)
        assert (decided.status_code, decided.json()["state"]) == (200, "under_way")

        handed = neighbour.post(f"resupply/parts/{part}/hand-over", {"units": 100, "lot": "L1"})
        assert handed.json()["state"] == "sent"
        (task,) = home_caller.get("resupply/tasks").json()["items"]
        assert (task["task"], task["part"]["id"]) == ("receive", part)

        received = home_caller.post(f"resupply/parts/{part}/receipt", {"units": 90})
        assert (received.json()["state"], received.json()["received"]) == ("received", 90)
        (loan,) = neighbour.get("loans").json()["items"]
        assert (loan["borrower"], loan["handed"], loan["owed"]) == (needy.registry, 100, 90)

        back = f"loans/{loan['reference']}/return"
        key = {"Idempotency-Key": "1"}
        for _ in range(2):
            returned = home_caller.post(back, {"units": 60}, **key)
        assert (returned.json()["returned"], returned.json()["owed"]) == (60, 30)
        gift = neighbour.post(back, {"units": 30, "as_gift": True})
        assert (gift.json()["given"], gift.json()["owed"]) == (30, 0)
        assert_books_balance()

    def test_never_takes_without_a_yes(self, needy, giver):
        reference = ask(needy)
        services.propose(at=AT)
        (part,) = Part.objects.filter(lender=giver)
        chosen = {
            "kind": "neighbour",
            "line": line_of(reference).pk,
            "units": 100,
            "part": part.pk,
        }
        answer = agency_of(needy).post(f"resupply/{reference}/decision", {"choices": [chosen]})
        assert answer.status_code in {409, 422}
        part.refresh_from_db()
        assert part.state == "proposed"

    def test_refuses_to_go_below_the_floor(self, needy, giver):
        ask(needy, 300)
        services.propose(at=AT)
        (part,) = Part.objects.filter(lender=giver)
        Part.objects.filter(pk=part.pk).update(units=300)
        answer = orderer_of(giver).post(f"resupply/parts/{part.pk}/answer", {"units": 250})
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:distrilog:below-floor"

    def test_hides_from_who_asks_who_has_not_offered(self, needy, giver):  # noqa: ARG002
        reference = ask(needy)
        services.propose(at=AT)
        (line,) = orderer_of(needy).get(f"resupply/{reference}").json()["lines"]
        assert line["parts"] == []
        (line,) = agency_of(needy).get(f"resupply/{reference}").json()["lines"]
        assert [each["state"] for each in line["parts"]] == ["proposed"]

    @pytest.mark.parametrize(
        "body",
        [
            {"units": 30},
            {"units": -1},
            {"units": "100"},
            {"units": 10**9},
            {"units": 100, "terms": "theft"},
            {"units": 100, "return_by": "2020-11-01"},
            {"units": 100, "return_by": "soon"},
            {},
        ],
    )
    def test_refuses_an_answer_that_is_none(self, needy, giver, body):
        ask(needy)
        services.propose(at=AT)
        (part,) = Part.objects.filter(lender=giver)
        answer = orderer_of(giver).post(f"resupply/parts/{part.pk}/answer", body)
        assert answer.status_code == 422

    def test_knows_nothing_of_the_parts_of_others(self, needy, giver):
        part = lent(needy, giver)
        loan = Loan.objects.get(part=part)
        stranger = orderer_of(home())
        for path, body in [
            (f"resupply/parts/{part.pk}/answer", {"units": 0}),
            (f"resupply/parts/{part.pk}/hand-over", {"units": 100}),
            (f"resupply/parts/{part.pk}/receipt", {"units": 100}),
            (f"resupply/parts/{2**60}/receipt", {"units": 100}),
            (f"loans/{loan.reference}/return", {"units": 1}),
        ]:
            assert stranger.post(path, body).status_code == 404, path
        assert stranger.get(f"resupply/{part.line.request.reference}").status_code == 404
        assert stranger.get("loans").json()["items"] == []


class TestFromTheState:
    def test_waits_for_another_person_of_the_crisis_centre(self, needy, cell):
        stocked(1000, place="spf")
        reference = ask(needy)
        chosen = {"kind": "state", "line": line_of(reference).pk, "units": 100}
        agency_of(needy).post(f"resupply/{reference}/decision", {"choices": [chosen]})

        (task,) = cell.get("resupply/tasks").json()["items"]
        assert task["task"] == "validate"
        part = task["part"]["id"]
        no_reason = cell.post(f"resupply/parts/{part}/validation", {"accept": False})
        assert no_reason.status_code == 422
        validated = cell.post(f"resupply/parts/{part}/validation", {"accept": True, "units": 50})

        assert validated.status_code == 200
        assert (validated.json()["units"], validated.json()["state"]) == (50, "chosen")
        assert validated.json()["order"]
        assert_books_balance()


class TestDecide:
    def test_refuses_with_a_reason(self, needy):
        reference = ask(needy)
        agency = agency_of(needy)
        assert agency.post(f"resupply/{reference}/refusal", {"reason": ""}).status_code == 422
        answer = agency.post(f"resupply/{reference}/refusal", {"reason": "Stock suffisant."})
        assert (answer.json()["state"], answer.json()["answer"]) == (
            "refused",
            "Stock suffisant.",
        )
        assert orderer_of(needy).get(f"resupply/{reference}").json()["answer"]

    def test_refuses_more_than_is_asked(self, needy, giver):
        part = offered(needy, giver)
        reference = part.line.request.reference
        choose(needy, reference, choice(reference, "neighbour", 100, part_id=part.pk))
        chosen = {"kind": "state", "line": line_of(reference).pk, "units": 100}
        answer = agency_of(needy).post(f"resupply/{reference}/decision", {"choices": [chosen]})
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:distrilog:too-much"

    def test_is_for_the_agency_of_the_region(self, needy):
        reference = ask(needy)
        chosen = {"kind": "state", "line": line_of(reference).pk, "units": 100}
        other = caller_of(ProfileFactory(role=Role.ARS, perimeter="93"))
        body = {"choices": [chosen]}
        assert other.post(f"resupply/{reference}/decision", body).status_code == 404
        own = orderer_of(needy)
        assert own.post(f"resupply/{reference}/decision", body).status_code == 403
        assert own.get(f"resupply/{reference}/sources").status_code == 403

    def test_pages_the_list(self):
        needy = [home() for _ in range(3)]
        references = {ask(each) for each in needy}
        agency = agency_of(needy[0])
        first = agency.get("resupply?limit=2").json()
        second = agency.get(f"resupply?limit=2&after={first['next']}").json()
        assert second["next"] is None
        assert {each["reference"] for each in first["items"] + second["items"]} == references


class TestLender:
    def test_agrees_and_stops(self, giver):
        caller, path = orderer_of(giver), f"facilities/{giver.registry}/lender"
        agreed = caller.call("PUT", path, {"families": [MASK], "kilometres": 30})

        assert agreed.status_code == 200
        assert agreed.json()["families"] == [MASK]
        assert agreed.json()["spare"] == [{"family": MASK, "units": 200}]
        assert Lender.objects.get().kilometres == 30

        assert caller.call("DELETE", path).json()["agreed"] is False
        assert caller.get(path).json()["ended_at"]

    @pytest.mark.parametrize(
        "body",
        [
            {"families": ["candle"]},
            {"kilometres": 0},
            {"kilometres": 301},
            {"contact": 3},
            {"x": 1},
        ],
    )
    def test_refuses_what_is_wrong(self, needy, body):
        path = f"facilities/{needy.registry}/lender"
        assert orderer_of(needy).call("PUT", path, body).status_code == 422
        assert not Lender.objects.exists()

    def test_is_ones_own(self, needy, giver):
        path = f"facilities/{giver.registry}/lender"
        for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
            assert orderer_of(needy).call(method, path, body).status_code == 404
            assert agency_of(needy).call(method, path, body).status_code == 403
        assert GOWN not in Lender.objects.get().families
