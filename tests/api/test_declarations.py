"""Declarations by another system: versions, keys, questions, and what a facility may not say."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import (
    Delegate,
    Difficulty,
    Statement,
    Submission,
    Target,
)
from tests.api.conftest import caller_of
from tests.domain.orders.world import AT, WEEK, build
from tests.domain.shipping.world import DespatchFactory, received
from tests.factories import ProfileFactory


MASKS, GOWNS = "surgical_mask", "gown"
BEFORE = "2020-W44"


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("distrilog.kernel.clock.now", lambda: AT)


@pytest.fixture
def world(db):  # noqa: ARG001
    """The world of orders; what is delivered here are rows that no quota was drawn for."""
    return build()


@pytest.fixture
def home(world):
    """The home, which needs 700 masks a week in a crisis."""
    Target.objects.create(facility=world.home, family_id=MASKS, need=700)
    return world.home


def address(facility, week: str = WEEK) -> str:
    return f"facilities/{facility.registry}/declarations/{week}"


def masks(stock: int = 2100, consumption: int | None = 600, **values):
    return {"family": MASKS, "stock": stock, "consumption": consumption, **values}


def put(caller, facility, *lines, week: str = WEEK, key: str = "", version: str = "", **more):
    headers = {"Idempotency-Key": key} if key else {}
    headers |= {"If-Match": version} if version else {}
    body = {"lines": list(lines), **more}
    return caller.call("PUT", address(facility, week), body, **headers)


def stock_of(facility, family: str = MASKS) -> int:
    return Statement.objects.get(facility=facility, week=WEEK, family=family, current=True).stock


class TestDeclare:
    def test_writes_a_version_and_says_how_the_facility_stands(self, buyer, home):
        answer = put(buyer, home, masks())

        assert answer.status_code == 200
        assert answer["ETag"] == '"1"'
        said = answer.json()
        assert (said["facility"], said["week"], said["version"]) == (home.registry, WEEK, 1)
        assert said["channel"] == "api"
        (line,) = [each for each in said["lines"] if each["family"] == MASKS]
        assert (line["stock"], line["consumption"], line["box"]) == (2100, 600, 50)
        assert (line["need"], line["safety"], line["cover_days"]) == (700, 2100, 21.0)
        assert line["level"] == "covered"
        assert Submission.objects.get().channel == "api"

    def test_leaves_the_families_it_does_not_name(self, buyer, home):
        put(buyer, home, masks())

        answer = put(buyer, home, {"family": GOWNS, "stock": 10})

        assert answer.status_code == 200
        assert answer["ETag"] == '"2"'
        assert stock_of(home) == 2100
        assert stock_of(home, GOWNS) == 10

    def test_corrects_from_the_version_that_was_read(self, buyer, home):
        first = put(buyer, home, masks())

        answer = put(buyer, home, masks(2000), version=first["ETag"])

        assert answer.status_code == 200
        assert answer["ETag"] == '"2"'
        assert stock_of(home) == 2000
        assert put(buyer, home, masks(1900), version="*")["ETag"] == '"3"'

    def test_refuses_a_correction_that_says_no_version(self, buyer, home):
        put(buyer, home, masks())

        answer = put(buyer, home, masks(2000))

        assert answer.status_code == 428
        problem = answer.json()
        assert problem["type"] == "urn:distrilog:precondition-required"
        assert problem["version"] == 1
        assert problem["lines"][0]["stock"] == 2100
        assert stock_of(home) == 2100

    def test_refuses_a_correction_of_another_version(self, buyer, home):
        put(buyer, home, masks())
        put(buyer, home, masks(2000), version='"1"')

        answer = put(buyer, home, masks(1900), version='"1"')

        assert answer.status_code == 412
        problem = answer.json()
        assert problem["type"] == "urn:distrilog:declaration-conflict"
        assert (problem["version"], problem["lines"][0]["stock"]) == (2, 2000)
        assert stock_of(home) == 2000

    def test_counts_the_same_sending_once(self, buyer, home):
        answers = [put(buyer, home, masks(), key="semaine-45") for _ in range(3)]
        answers.append(put(buyer, home, masks()))

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert Submission.objects.count() == 1

    def test_answers_a_key_again_after_somebody_corrected(self, buyer, home):
        put(buyer, home, masks(), key="k")
        put(buyer, home, masks(2000), version='"1"')

        answer = put(buyer, home, masks(), key="k")

        assert answer.status_code == 200
        assert stock_of(home) == 2000

    def test_refuses_a_key_for_another_content(self, buyer, home):
        put(buyer, home, masks(), key="k")

        answer = put(buyer, home, masks(2000), key="k", version='"1"')

        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:distrilog:idempotency-key-reused"

    def test_lets_two_facilities_use_one_key(self, buyer, home, world):
        other = caller_of(ProfileFactory(role=Role.DIRECTOR, facility=world.stranger))
        assert put(buyer, home, masks(), key="1").status_code == 200
        assert put(other, world.stranger, masks(), key="1").status_code == 200

    def test_asks_about_what_looks_wrong_and_believes_who_confirms(self, buyer, home):
        put(buyer, home, masks(), week=BEFORE)

        asked = put(buyer, home, masks(42))

        assert asked.status_code == 409
        problem = asked.json()
        assert problem["type"] == "urn:distrilog:to-confirm"
        assert problem["faults"][0]["where"] == f"lines.{MASKS}.stock"
        assert problem["faults"][0]["likely"]
        assert not Statement.objects.filter(week=WEEK).exists()

        confirmed = put(buyer, home, masks(42, confirmed=True))

        assert confirmed.status_code == 200
        assert confirmed.json()["questions"]
        assert Statement.objects.get(week=WEEK).questioned

    def test_tells_difficulties(self, buyer, home):
        answer = put(
            buyer,
            home,
            masks(difficulty="Taille M épuisée."),
            {
                "family": GOWNS,
                "stock": 0,
                "difficulty": {"category": "shortage", "urgency": "today"},
            },
            difficulties=[{"category": "outbreak", "words": "Foyer au deuxième étage."}],
        )

        assert answer.status_code == 200
        told = {(each["family"], each["category"]) for each in answer.json()["difficulties"]}
        assert told == {(MASKS, "other"), (GOWNS, "shortage"), (None, "outbreak")}
        assert Difficulty.objects.get(family=MASKS).words == "Taille M épuisée."

    def test_knows_what_was_received_since(self, buyer, home):
        assert put(buyer, home, masks(2100, 500), week=BEFORE).status_code == 200
        assert buyer.get(address(home)).json()["lines"][0]["delivered_since"] == 0

        received(DespatchFactory(facility=home, delivered=True))

        (line,) = [
            each for each in buyer.get(address(home)).json()["lines"] if each["family"] == MASKS
        ]
        assert (line["stock"], line["delivered_since"]) == (None, 100)
        assert line["suggested_stock"] == 2100 + 100 - 500

    @pytest.mark.parametrize(
        ("line", "where"),
        [
            ({"stock": -1}, "lines.0.stock"),
            ({"stock": "12"}, "lines.0.stock"),
            ({"stock": 1.5}, "lines.0.stock"),
            ({"stock": True}, "lines.0.stock"),
            ({"stock": 10**10}, "lines.0.stock"),
            ({"consumption": -1}, "lines.0.consumption"),
            ({"stock": None}, f"lines.{MASKS}.stock"),
            ({"stock": None, "consumption": None, "band": "plenty"}, f"lines.{MASKS}.band"),
            ({"stock": None, "band": "lots"}, "lines.0.band"),
            ({"family": "candle"}, "lines.candle"),
            ({"family": None}, "lines.0.family"),
            ({"confirmed": "yes"}, "lines.0.confirmed"),
            ({"difficulty": {"category": "boredom"}}, "lines.0.difficulty"),
            ({"difficulty": "\x00"}, "lines.0.difficulty"),
            ({"stocks": 1}, "lines.0.stocks"),
        ],
    )
    def test_refuses_what_is_wrong_and_writes_nothing(self, buyer, home, line, where):
        answer = put(buyer, home, masks() | line)

        assert answer.status_code == 422
        places = [fault["where"] for fault in answer.json()["faults"]]
        assert any(place.startswith(where) for place in places), places
        assert not Statement.objects.exists()

    def test_tells_every_fault_at_once(self, buyer, home):
        answer = put(buyer, home, masks(None), {"family": "candle", "stock": 1}, masks())
        assert [fault["where"] for fault in answer.json()["faults"]] == [
            f"lines.{MASKS}.stock",
            "lines.candle",
            f"lines.{MASKS}",
        ]

    @pytest.mark.parametrize(
        ("week", "status"),
        [("2020-W46", 422), ("2020-W30", 422), ("2021-W53", 422), ("2020-W1", 422), ("x", 422)],
    )
    def test_refuses_weeks_that_may_not_be_declared(self, buyer, home, week, status):
        answer = put(buyer, home, masks(), week=week)
        assert answer.status_code == status
        assert answer.json()["faults"][0]["where"] == "week"

    def test_refuses_an_empty_declaration(self, buyer, home):
        assert put(buyer, home).status_code == 422

    def test_knows_nothing_of_facilities_out_of_scope(self, buyer, world):
        assert put(buyer, world.stranger, masks()).status_code == 404
        assert buyer.get(address(world.stranger)).status_code == 404

    def test_is_for_ones_own_facility(self, world, home):
        referent = caller_of(ProfileFactory(role=Role.PLATFORM, facility=world.platform))
        assert referent.get(address(home)).status_code == 200
        assert put(referent, home, masks()).status_code == 403
        assert put(referent, world.platform, masks()).status_code == 200

    def test_is_for_delegates_once_the_director_named_one(self, buyer, home):
        delegate = ProfileFactory(role=Role.ORDERER, facility=home)
        Delegate.objects.create(facility=home, profile=delegate, named_by="director", named_at=AT)
        assert put(buyer, home, masks()).status_code == 403
        assert put(caller_of(delegate), home, masks()).status_code == 200


class TestRead:
    def test_answers_a_week_that_nobody_declared(self, buyer, home):
        answer = buyer.get(address(home))

        assert answer["ETag"] == '"0"'
        assert answer.json()["version"] == 0
        assert answer.json()["may_declare"]
        assert answer.json()["lines"][0]["level"] == "silent"

    def test_answers_the_agency_too(self, ars, buyer, home):
        put(buyer, home, masks())
        found = ars.get(address(home)).json()
        assert (found["version"], found["may_declare"]) == (1, False)

    def test_answers_every_version(self, buyer, home):
        put(buyer, home, masks())
        put(buyer, home, masks(2000), version='"1"')

        (week,) = buyer.get(f"facilities/{home.registry}/declarations").json()["weeks"]

        assert (week["week"], week["version"]) == (WEEK, 2)
        assert [
            [(line["stock"], line["current"]) for line in version["lines"]]
            for version in week["versions"]
        ] == [[(2000, True)], [(2100, False)]]

    @pytest.mark.parametrize("weeks", ["0", "61", "x", "1.0"])
    def test_refuses_another_number_of_weeks(self, buyer, home, weeks):
        path = f"facilities/{home.registry}/declarations?weeks={weeks}"
        assert buyer.get(path).status_code == 422


class TestCover:
    @pytest.mark.parametrize(
        ("stock", "days", "level"),
        [(2090, 20.9, "watch"), (2100, 21.0, "covered"), (2110, 21.1, "covered"), (0, 0, "empty")],
    )
    def test_tells_days_at_crisis_consumption(self, buyer, home, stock, days, level):
        put(buyer, home, masks(stock, None, confirmed=True))

        found = buyer.get(f"facilities/{home.registry}/cover").json()

        (line,) = [each for each in found["lines"] if each["family"] == MASKS]
        assert (line["cover_days"], line["level"], line["week"]) == (days, level, WEEK)

    def test_says_who_is_silent(self, buyer, home):
        (line,) = buyer.get(f"facilities/{home.registry}/cover").json()["lines"]
        assert (line["week"], line["stock"], line["level"]) == (None, None, "silent")

    def test_is_hidden_out_of_scope(self, buyer, world):
        assert buyer.get(f"facilities/{world.stranger.registry}/cover").status_code == 404


class TestDifficulties:
    @pytest.fixture
    def told(self, buyer, home):
        put(buyer, home, masks(difficulty="Taille M épuisée."))
        return Difficulty.objects.get()

    def test_reach_the_agency_that_reads_them_once(self, ars, told):
        (row,) = ars.get("difficulties?unseen=true").json()["items"]
        assert (row["words"], row["family"], row["seen_at"]) == ("Taille M épuisée.", MASKS, None)

        answer = ars.post(f"difficulties/{told.pk}/seen")

        assert answer.json()["seen_at"]
        assert ars.get("difficulties?unseen=true").json()["items"] == []
        assert len(ars.get("difficulties").json()["items"]) == 1

    def test_are_hidden_out_of_scope(self, world, buyer, told):
        other = caller_of(ProfileFactory(role=Role.ARS, perimeter="76"))
        assert other.get("difficulties").json()["items"] == []
        assert other.post(f"difficulties/{told.pk}/seen").status_code == 404
        assert buyer.post(f"difficulties/{told.pk}/seen").status_code == 403
        path = f"difficulties?facility={world.stranger.registry}"
        assert buyer.get(path).json()["items"] == []

    def test_come_in_pages(self, buyer, home):
        put(buyer, home, masks(), difficulties=[{"words": str(rank)} for rank in range(3)])
        first = buyer.get("difficulties?limit=2").json()
        second = buyer.get(f"difficulties?limit=2&after={first['next']}").json()
        assert [each["words"] for each in first["items"] + second["items"]] == ["2", "1", "0"]
        assert second["next"] is None
