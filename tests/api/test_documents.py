"""The documents: complete, public, and readable without a script."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from distrilog.api.documents import document
from distrilog.domain.accounts.rules import Deed


OPERATIONS = [
    (path, method, operation)
    for path, item in document()["paths"].items()
    for method, operation in item.items()
]


class TestDocument:
    def test_is_openapi_3_1_with_paths_as_published(self):
        assert document()["openapi"].startswith("3.1")
        assert set(document()["paths"]) == {
            "/api/v1/me",
            "/api/v1/facilities",
            "/api/v1/facilities/{facility}",
            "/api/v1/facilities/{facility}/quotas",
            "/api/v1/facilities/{facility}/need",
            "/api/v1/orders",
            "/api/v1/orders/{reference}",
            "/api/v1/orders/{reference}/fulfilment",
            "/api/v1/receipts",
            "/api/v1/facilities/{facility}/declarations",
            "/api/v1/facilities/{facility}/declarations/{week}",
            "/api/v1/facilities/{facility}/cover",
            "/api/v1/declarations/imports",
            "/api/v1/facilities/{facility}/terms",
            "/api/v1/plans",
            "/api/v1/plans/{plan}",
            "/api/v1/plans/{plan}/platforms/{territory}",
            "/api/v1/plans/{plan}/adjustments",
            "/api/v1/facilities/{facility}/endowments",
            "/api/v1/change-requests",
            "/api/v1/change-requests/{request_id}/answer",
            "/api/v1/platforms",
            "/api/v1/platforms/{territory}/flows",
            "/api/v1/platforms/{territory}/flows/{flow}/receipt",
            "/api/v1/platforms/{territory}/plans/{plan}/sites",
            "/api/v1/platforms/{territory}/plans/{plan}/hand-outs",
            "/api/v1/platforms/{territory}/hand-outs/cancellations",
            "/api/v1/platforms/{territory}/situations/{week}",
            "/api/v1/incidents",
            "/api/v1/platforms/{territory}/incidents",
            "/api/v1/gifts",
            "/api/v1/gifts/{gift}/withdrawal",
            "/api/v1/difficulties",
            "/api/v1/difficulties/{difficulty}/seen",
            "/api/v1/cover",
            "/api/v1/cover/facilities",
            "/api/v1/cover/export",
            "/api/v1/facilities/{facility}/lender",
            "/api/v1/resupply",
            "/api/v1/resupply/tasks",
            "/api/v1/resupply/{reference}",
            "/api/v1/resupply/{reference}/sources",
            "/api/v1/resupply/{reference}/decision",
            "/api/v1/resupply/{reference}/refusal",
            "/api/v1/resupply/parts/{part}/answer",
            "/api/v1/resupply/parts/{part}/validation",
            "/api/v1/resupply/parts/{part}/hand-over",
            "/api/v1/resupply/parts/{part}/receipt",
            "/api/v1/loans",
            "/api/v1/loans/{loan}/return",
            "/api/v1/fhir/metadata",
            "/api/v1/fhir/InventoryReport",
            "/api/v1/fhir/InventoryReport/{identifier}",
            "/api/v1/fhir/SupplyRequest",
            "/api/v1/fhir/SupplyRequest/{identifier}",
            "/api/v1/fhir/SupplyDelivery",
            "/api/v1/fhir/SupplyDelivery/{identifier}",
            "/api/v1/quota-runs",
            "/api/v1/quota-runs/{run}",
            "/api/v1/quota-runs/{run}/preview",
            "/api/v1/quota-runs/{run}/sign",
            "/api/v1/quota-runs/{run}/publish",
            "/api/v1/quota-runs/{run}/export",
        }

    @pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
    def test_names_the_right_the_token_and_every_refusal(self, path, method, operation):
        assert operation["x-rule"] in {*Deed, "authenticated"}
        assert operation["operationId"]
        assert operation["tags"]
        assert operation["security"] == [{"Gate": []}]
        assert {"401", "403", "404", "422", "429", "500"} <= set(operation["responses"]), path
        for status, response in operation["responses"].items():
            kinds = list(response["content"])
            refused = (
                ["application/fhir+json"]
                if path.startswith("/api/v1/fhir/")
                else ["application/problem+json"]
            )
            told = kinds == refused
            if path.startswith("/api/v1/fhir/"):
                (content,) = response["content"].values()
                told &= content["schema"]["$ref"].endswith("/OperationOutcome")
            assert told is (status >= "4"), (method, status)

    def test_has_operation_ids_of_its_own(self):
        names = [operation["operationId"] for _, _, operation in OPERATIONS]
        assert len(names) == len(set(names))


class Page(HTMLParser):
    """What a page asks for, and its headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.tags.append(tag)
        self.links += [named[name] for name in ("href", "src") if name in named]
        self.ids += [named["id"]] if "id" in named else []


class TestDocs:
    @pytest.fixture
    def page(self):
        read = Page()
        read.feed(Client().get("/api/v1/docs").content.decode())
        return read

    def test_asks_nothing_of_anybody_else(self, page):
        assert "script" not in page.tags
        assert "style" not in page.tags
        assert [link for link in page.links if "//" in link] == []

    def test_names_every_operation_once(self, page):
        for _, _, operation in OPERATIONS:
            assert page.ids.count(operation["operationId"]) == 1

    def test_links_lead_somewhere(self, page):
        anchors = {link[1:] for link in page.links if link.startswith("#")}
        assert anchors <= set(page.ids)

    def test_is_said_to_be_unchanged(self):
        first = Client().get("/api/v1/openapi.json")
        again = Client().get("/api/v1/openapi.json", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
