"""What each operation answers."""

import io
import json
import zipfile
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from distrilog.api.operations.quota_runs import zipped
from distrilog.domain.accounts.rules import Role
from distrilog.domain.orders.models import Order, RefusedDemand
from distrilog.domain.quotas.models import QuotaRun, QuotaRunFile
from tests.api.conftest import caller_of
from tests.domain.orders.world import AT, WEEK
from tests.domain.quotas.worlds import homes
from tests.factories import FacilityFactory, ProfileFactory


def order_of(world, **values):
    return {
        "facility": world.home.registry,
        "lines": [{"family": "surgical_mask", "units": 100}],
        **values,
    }


class TestMe:
    def test_tells_role_facility_and_scope(self, world, buyer):
        me = buyer.get("me").json()

        assert me["role"] == "orderer"
        assert me["facility"] == world.home.registry
        assert me["scope"] == {"kind": "facility", "code": world.home.registry}
        assert "order.place" in me["deeds"]

    def test_tells_what_is_left_to_a_narrowed_token(self, world):
        profile = ProfileFactory(role=Role.ORDERER, facility=world.home)

        me = caller_of(profile, deeds=["quota.read"]).get("me").json()

        assert me["deeds"] == ["quota.read"]


class TestFacilities:
    def test_lists_those_in_scope_page_by_page(self, world, ars):
        seen, after = [], ""
        while True:
            page = ars.get(f"facilities?limit=1&after={after}").json()
            seen += [item["facility"] for item in page["items"]]
            if page["next"] is None:
                break
            after = page["next"]

        assert seen == sorted([world.home.registry, world.platform.registry])

    def test_refuses_a_cursor_that_is_not_ours(self, ars):
        for cursor in ("x", "WyI3NTAwMDAwMDEiXQ", "a:b:c", "é"):
            response = ars.get(f"facilities?after={cursor}")
            assert response.status_code == 422
            assert response.json()["faults"][0]["where"] == "after"

    def test_asks_the_same_number_of_queries_for_one_or_twenty(
        self, world, ars, django_assert_num_queries
    ):
        ars.get("facilities")
        with django_assert_num_queries(2):
            ars.get("facilities")
        FacilityFactory.create_batch(20, department=world.home.department)
        with django_assert_num_queries(2):
            assert len(ars.get("facilities").json()["items"]) == 22

    def test_tells_one_with_its_addresses(self, world, buyer):
        found = buyer.get(f"facilities/{world.home.registry}").json()

        assert found["facility"] == world.home.registry
        assert found["platform"] == world.platform.registry
        assert [(each["id"], each["main"], each["platform"]) for each in found["addresses"]] == [
            (world.own_address.pk, True, False),
            (world.platform_address.pk, False, True),
        ]

    @pytest.mark.parametrize("what", ["", "/quotas", "/need"])
    def test_does_not_know_one_outside_the_scope(self, world, buyer, what):
        response = buyer.get(f"facilities/{world.stranger.registry}{what}")

        assert response.status_code == 404
        assert response.json()["type"] == "urn:distrilog:not-found"


class TestQuotas:
    def test_tells_units_and_boxes(self, world, buyer):
        buyer.post("orders", order_of(world))

        [mask, *_] = buyer.get(f"facilities/{world.home.registry}/quotas").json()

        assert {name: mask[name] for name in ("family", "week", "cap", "ordered", "left")} == {
            "family": "surgical_mask",
            "week": WEEK,
            "cap": 1000,
            "ordered": 100,
            "left": 900,
        }
        assert (mask["box"], mask["left_boxes"]) == (50, 18)
        assert mask["reason"]

    def test_of_another_week_are_empty(self, world, buyer):
        path = f"facilities/{world.home.registry}/quotas"

        assert buyer.get(f"{path}?week=2020-W44").json() == []
        assert buyer.get(f"{path}?week=2020-54").status_code == 422


class TestPlaceOrder:
    def test_answers_the_order_and_where_it_is(self, world, buyer):
        response = buyer.post("orders", order_of(world))

        assert response.status_code == 201
        placed = response.json()
        assert placed["status"] == "placed"
        assert placed["lines"] == [
            {"family": "surgical_mask", "units": 100, "box": 50, "boxes": 2, "amount_cents": 0}
        ]
        assert response["ETag"] == '"1"'
        found = buyer.get(urlsplit(response["Location"]).path.removeprefix("/api/v1/"))
        assert found.json() == placed

    def test_answers_the_same_bytes_to_a_replay(self, world, buyer):
        first = buyer.post("orders", order_of(world), **{"Idempotency-Key": "k"})
        again = buyer.post("orders", order_of(world), **{"Idempotency-Key": "k"})

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert Order.objects.count() == 1

    def test_refuses_a_key_with_other_content(self, world, buyer):
        buyer.post("orders", order_of(world), **{"Idempotency-Key": "k"})

        response = buyer.post(
            "orders",
            order_of(world, lines=[{"family": "gown", "units": 10}]),
            **{"Idempotency-Key": "k"},
        )

        assert response.status_code == 409
        assert response.json()["type"] == "urn:distrilog:idempotency-key-reused"

    def test_a_key_belongs_to_its_token(self, world, buyer):
        other = caller_of(ProfileFactory(role=Role.ORDERER, facility=world.home))
        first = buyer.post("orders", order_of(world), **{"Idempotency-Key": "k"}).json()

        second = other.post("orders", order_of(world), **{"Idempotency-Key": "k"}).json()

        assert first["reference"] != second["reference"]

    def test_says_what_is_left_of_every_line(self, world, buyer):
        response = buyer.post(
            "orders",
            order_of(
                world,
                lines=[
                    {"family": "surgical_mask", "units": 2000},
                    {"family": "gown", "units": 5000},
                ],
            ),
        )

        assert response.status_code == 409
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["type"] == "urn:distrilog:quota-exceeded"
        assert [(line["family"], line["asked"], line["left"]) for line in problem["lines"]] == [
            ("surgical_mask", 2000, 1000),
            ("gown", 5000, 1000),
        ]
        assert problem["opens_again_at"]
        assert problem["ask"]
        assert RefusedDemand.objects.count() == 2

    def test_is_for_an_agency_from_its_pot(self, world, ars):
        assert ars.post("orders", order_of(world)).status_code == 403
        response = ars.post("orders", order_of(world, charge="pot"))
        assert (response.status_code, response.json()["charge"]) == (201, "pot")

    def test_is_not_for_a_token_narrowed_to_reading(self, world):
        reader = caller_of(
            ProfileFactory(role=Role.ORDERER, facility=world.home), deeds=["order.read"]
        )
        assert reader.post("orders", order_of(world)).status_code == 403

    @pytest.mark.parametrize(
        ("values", "where"),
        [
            ({"facility": None}, "facility"),
            ({"facility": 96}, "facility"),
            ({"facility": "750000000"}, "facility"),
            ({"facility": "7" * 65}, "facility"),
            ({"charge": "gift"}, "charge"),
            ({"week": "2020-W44"}, "week"),
            ({"week": "2020-45"}, "week"),
            ({"week": 45}, "week"),
            ({"address": "1"}, "address"),
            ({"address": 1.0}, "address"),
            ({"address": True}, "address"),
            ({"address": 2**63}, "address"),
            ({"lines": None}, "lines"),
            ({"lines": {}}, "lines"),
            ({"lines": []}, "lines"),
            ({"lines": [None]}, "lines.0"),
            ({"lines": [{"family": "gown"}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": "10"}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": 10.0}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": 10.5}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": True}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": 0}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": -10}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": 15}]}, "lines.0.units"),
            ({"lines": [{"family": "gown", "units": 10**30}]}, "lines.0.units"),
            ({"lines": [{"family": "no\0ne", "units": 10}]}, "lines.0.family"),
            ({"lines": [{"family": "gown", "units": 10, "price": 1}]}, "lines.0.price"),
            ({"lines": [{"family": "gown", "units": 10}] * 31}, "lines"),
            ({"gift": 1}, "gift"),
        ],
    )
    def test_refuses_bad_input_and_says_where(self, world, buyer, values, where):
        response = buyer.post("orders", order_of(world, **values))

        assert response.status_code == 422
        problem = response.json()
        assert problem["type"] == "urn:distrilog:invalid"
        assert where in [fault["where"] for fault in problem["faults"]]
        assert not Order.objects.exists()

    def test_refuses_everything_at_once(self, world, buyer):
        response = buyer.post(
            "orders",
            order_of(
                world,
                week="2020-W44",
                address=world.stranger_address.pk,
                lines=[{"family": "gown", "units": 15}, {"family": "x", "units": 0.5}],
            ),
        )

        assert {fault["where"] for fault in response.json()["faults"]} == {
            *("week", "address", "lines.0.units", "lines.1.family", "lines.1.units"),
        }

    @pytest.mark.parametrize("key", ["", " ", "é", "k" * 121])
    def test_refuses_a_key_that_would_not_survive_the_way(self, world, buyer, key):
        response = buyer.post("orders", order_of(world), **{"Idempotency-Key": key})

        assert response.status_code == 422

    def test_refuses_in_french(self, world, buyer):
        response = buyer.post("orders", order_of(world, lines=[{"family": "gown", "units": 15}]))

        [fault] = response.json()["faults"]
        assert fault["message"] == (
            "« surblouse » se commande par boîtes de 10 : 15 unités ne font pas un nombre "
            "entier de boîtes."
        )
        assert fault["remedy"] == "Demandez 10 ou 20 unités."


class TestOrders:
    @pytest.fixture
    def placed(self, world, buyer):
        return buyer.post("orders", order_of(world)).json()

    def test_are_listed_by_week_and_facility(self, world, buyer, ars, placed):
        for caller in (buyer, ars):
            page = caller.get(f"orders?week={WEEK}&facility={world.home.registry}").json()
            assert page == {"items": [placed], "next": None}
        assert buyer.get("orders?week=2020-W44").json()["items"] == []
        assert buyer.get(f"orders?facility={world.platform.registry}").json()["items"] == []

    def test_are_listed_page_by_page_newest_first(self, world, buyer, placed):
        second = buyer.post("orders", order_of(world)).json()

        first_page = buyer.get("orders?limit=1").json()
        second_page = buyer.get(f"orders?limit=1&after={first_page['next']}").json()

        assert [first_page["items"], second_page["items"]] == [[second], [placed]]
        assert second_page["next"] is None

    @pytest.mark.parametrize("limit", ["0", "501", "-1", "1.0", "1_0", "+1", "", "a", "9" * 30])
    def test_refuse_a_size_of_page_that_is_none(self, buyer, limit):
        assert buyer.get(f"orders?limit={limit}").status_code == 422

    def test_belong_to_their_facility(self, world, placed):
        stranger = caller_of(ProfileFactory(role=Role.ORDERER, facility=world.stranger))

        path = f"orders/{placed['reference']}"
        assert stranger.get(path).status_code == 404
        assert stranger.call("DELETE", path).status_code == 404
        lines = {"lines": [{"family": "gown", "units": 10}]}
        assert stranger.call("PATCH", path, lines).status_code == 404
        assert stranger.get("orders").json()["items"] == []

    def test_of_another_route_are_not_for_an_executor(self, placed):
        operator = caller_of(ProfileFactory(role=Role.OPERATOR))
        spf = caller_of(ProfileFactory(role=Role.SPF))

        assert operator.get(f"orders/{placed['reference']}").status_code == 200
        assert spf.get(f"orders/{placed['reference']}").status_code == 404
        assert spf.get("orders").json()["items"] == []

    def test_are_amended(self, world, buyer, placed):
        response = buyer.call(
            "PATCH",
            f"orders/{placed['reference']}",
            {"lines": [{"family": "gown", "units": 30}], "reason": "moins d’entrées"},
        )

        assert response.status_code == 200
        assert response.json()["lines"] == [
            {"family": "gown", "units": 30, "box": 10, "boxes": 3, "amount_cents": 0}
        ]
        assert (response["ETag"], response.json()["version"]) == ('"2"', 2)
        assert (world.ordered(), world.ordered("gown")) == (0, 30)

    def test_are_not_amended_on_an_old_version(self, buyer, placed):
        path = f"orders/{placed['reference']}"
        lines = {"lines": [{"family": "gown", "units": 30}]}
        assert buyer.call("PATCH", path, lines, **{"If-Match": '"1"'}).status_code == 200

        lines = {"lines": [{"family": "gown", "units": 40}]}
        response = buyer.call("PATCH", path, lines, **{"If-Match": '"1"'})

        assert response.status_code == 412
        assert buyer.call("PATCH", path, lines, **{"If-Match": "*"}).status_code == 200
        assert buyer.call("PATCH", path, lines, **{"If-Match": "1"}).status_code == 422

    def test_are_cancelled_and_stay_readable(self, world, buyer, placed):
        path = f"orders/{placed['reference']}"

        assert buyer.call("DELETE", path).json()["status"] == "cancelled"
        assert buyer.call("DELETE", path).json()["status"] == "cancelled"
        assert buyer.get(path).json()["status"] == "cancelled"
        assert world.ordered() == 0

    def test_are_final_after_the_cut_off(self, buyer, placed):
        Order.objects.update(cut_off_at=AT - timedelta(seconds=1))

        path = f"orders/{placed['reference']}"
        for response in (
            buyer.call("DELETE", path),
            buyer.call("PATCH", path, {"lines": [{"family": "gown", "units": 10}]}),
        ):
            assert response.status_code == 409
            assert response.json()["type"] == "urn:distrilog:too-late"

    def test_ask_the_same_number_of_queries_for_one_or_twenty(
        self, world, buyer, placed, django_assert_num_queries
    ):
        with django_assert_num_queries(3):
            assert buyer.get("orders").json()["items"] == [placed]
        for _ in range(9):
            buyer.post("orders", order_of(world))
        with django_assert_num_queries(3):
            assert len(buyer.get("orders").json()["items"]) == 10


class TestQuotaRuns:
    def test_are_read_by_who_may(self, world, cell, ars, buyer):
        [listed] = cell.get("quota-runs").json()["items"]
        assert (listed["id"], listed["state"]) == (world.run.pk, "published")
        assert ars.get("quota-runs/latest").json() == listed
        assert buyer.get("quota-runs").status_code == 403
        assert cell.get("quota-runs/999999").status_code == 404
        assert cell.get("quota-runs/first").status_code == 404

    @pytest.mark.parametrize("step", ["preview", "sign", "publish"])
    def test_are_moved_on_by_the_cell_alone(self, world, ars, step):
        assert ars.post(f"quota-runs/{world.run.pk}/{step}").status_code == 403

    def test_are_prepared_only_if_right(self, world, cell, ars):
        asked = {"week": world.run.week, "envelopes": {"surgical_mask": 10**11, "nothing": 5}}

        assert ars.post("quota-runs", asked).status_code == 403
        response = cell.post("quota-runs", asked)

        assert response.status_code == 422
        assert {fault["where"] for fault in response.json()["faults"]} == {
            "envelopes.surgical_mask",
            "envelopes.nothing",
        }
        assert QuotaRun.objects.count() == 1

    @pytest.mark.parametrize(
        "values",
        [
            {"week": "2020-W99"},
            {"envelopes": {"gown": -1}},
            {"envelopes": {"gown": 1.5}},
            {"envelopes": {"gown": "1"}},
            {"reads_cover": "yes"},
            {"reads_cover": 1},
            {"envelopes": {"go\0wn": 1}},
            {"reason": "\0"},
            {"more": 1},
        ],
    )
    def test_refuse_bad_input(self, cell, values):
        response = cell.post("quota-runs", {"week": WEEK, "envelopes": {"gown": 1}, **values})

        assert response.status_code == 422

    def test_are_exported_byte_for_byte(self, world, cell):
        QuotaRunFile.objects.create(run=world.run, name="manifest.json", content=b"{}")
        QuotaRunFile.objects.create(run=world.run, name="lines.csv", content=b"\xff\x00")

        response = cell.get(f"quota-runs/{world.run.pk}/export")

        assert response["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == {
                "manifest.json": b"{}",
                "lines.csv": b"\xff\x00",
            }

    def test_keep_declared_stocks_from_who_may_not_read_them_all(self, world, cell, ars):
        world.run.inputs = {**world.run.inputs, "reads_cover": True}
        world.run.save()
        path = f"quota-runs/{world.run.pk}/export"

        refused = ars.get(path)

        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "urn:distrilog:stocks-not-public",
        )
        assert cell.get(path).status_code == 200

    def test_are_not_exported_before_they_are_signed(self, world, cell):
        QuotaRun.objects.update(state="draft", signed_by="", signed_at=None)

        assert cell.get(f"quota-runs/{world.run.pk}/export").status_code == 409


class TestZipped:
    def test_gives_the_same_bytes_whatever_the_order(self):
        assert zipped({"a": b"1", "b": b"2"}) == zipped({"b": b"2", "a": b"1"})


class TestBody:
    @pytest.mark.parametrize(
        "content",
        [
            b"{",
            b"",
            b"nul",
            b'{"facility": NaN}',
            b"\xff\xfe{}",
            b'{"facility": "\\ud800"}',
            b"[" * 100_000,
            json.dumps([1]).encode(),
            b"3",
            b"null",
        ],
    )
    def test_that_is_no_object_is_refused(self, buyer, content):
        response = buyer.client.generic(
            "POST",
            "/api/v1/orders",
            data=content,
            content_type="application/json",
            headers={"Authorization": f"Bearer {buyer.secret}"},
        )

        assert response.status_code in {400, 422}
        assert response["Content-Type"] == "application/problem+json"


class TestRunLife:
    """One run from its envelope to somebody's order, by three people."""

    @pytest.fixture
    def people(self, db, settings, tmp_path):  # noqa: ARG002
        settings.SIGNING_KEY_FILE = tmp_path / "signing-key"
        maker, signer = (caller_of(ProfileFactory(role=Role.NATIONAL_CELL)) for _ in range(2))
        return maker, signer

    def test_goes_from_draft_to_export_with_two_people(self, people):
        maker, signer = people
        first, *_ = homes()
        asked = {"week": WEEK, "envelopes": {"surgical_mask": 1_000}}

        drafted = maker.post("quota-runs", asked)
        assert (drafted.status_code, drafted.json()["state"]) == (201, "draft")
        path = urlsplit(drafted["Location"]).path.removeprefix("/api/v1/")
        assert maker.get(path).json() == drafted.json()

        assert signer.post(f"{path}/sign").status_code == 409
        assert maker.get(f"{path}/export").status_code == 409
        preview = maker.post(f"{path}/preview").json()
        assert [share["shared"] for share in preview["shares"]] == [1_000]
        assert preview["run"]["previewed_at"]

        same_person = maker.post(f"{path}/sign")
        assert (same_person.status_code, same_person.json()["type"]) == (
            403,
            "urn:distrilog:same-signer",
        )
        assert signer.post(f"{path}/sign", {"reason": "Vu."}).json()["state"] == "signed"
        assert signer.post(f"{path}/publish").json()["state"] == "published"
        assert signer.post(f"{path}/publish").status_code == 409

        export = signer.get(f"{path}/export")
        assert export.content == signer.get("quota-runs/latest/export").content
        with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) > 2
        reader = caller_of(ProfileFactory(role=Role.ORDERER, facility=first))
        [quota] = reader.get(f"facilities/{first.registry}/quotas").json()
        assert quota["cap"] > 0
        assert quota["cap"] == quota["cap_boxes"] * quota["box"]
