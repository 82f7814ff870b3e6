"""Who passes the gate, how often, with what."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver

from distrilog.api import gate
from distrilog.api.limits import Limiter
from distrilog.api.operations import me
from distrilog.domain.accounts.models import Token
from tests.domain.orders.world import AT


class TestToken:
    @pytest.mark.parametrize(
        "header",
        ["", "Bearer", "Bearer ", "Basic x", "Bearer dl_" + "x" * 43, "Bearer é", "x" * 9000],
    )
    def test_that_is_none_is_refused(self, db, header):  # noqa: ARG002
        response = Client().get("/api/v1/me", headers={"Authorization": header})

        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["type"] == "urn:distrilog:unauthenticated"

    @pytest.mark.parametrize(
        "values", [{"revoked_at": AT}, {"expires_at": AT - timedelta(seconds=1)}]
    )
    def test_ends_at_once(self, buyer, values):
        assert buyer.get("me").status_code == 200
        Token.objects.update(**values)
        assert buyer.get("me").status_code == 401

    def test_dies_with_its_profile(self, buyer):
        buyer.token.profile.revoked_at = AT
        buyer.token.profile.save()
        assert buyer.get("me").status_code == 401

    def test_is_asked_for_everywhere_but_in_the_documents(self, db):  # noqa: ARG002
        client = Client()
        assert client.get("/api/v1/openapi.json").status_code == 200
        assert client.get("/api/v1/docs").status_code == 200
        for path, item in client.get("/api/v1/openapi.json").json()["paths"].items():
            for method in item:
                url = path.replace("{facility}", "1").replace("{reference}", "1")
                response = client.generic(method.upper(), url.replace("{run}", "1"))
                assert response.status_code == 401, (method, path)


class TestBodies:
    def test_too_large_are_refused_unread(self, buyer):
        response = buyer.post("orders", {"facility": "x" * gate.LARGEST_BODY})

        assert response.status_code == 413
        assert response.json()["type"] == "urn:distrilog:too-large"

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "x"])
    def test_of_another_kind_are_refused(self, buyer, kind):
        response = buyer.client.generic(
            "POST",
            "/api/v1/orders",
            data=b"{}",
            content_type=kind,
            headers={"Authorization": f"Bearer {buyer.secret}"},
        )

        assert response.status_code == 415


class TestLimiter:
    def test_lets_a_minutes_worth_through_then_says_how_long_to_wait(self):
        clock = [0.0]
        limiter = Limiter(per_minute=60, clock=lambda: clock[0])

        assert [limiter.seconds_to_wait("a") for _ in range(60)] == [0] * 60
        assert limiter.seconds_to_wait("a") == 2
        assert limiter.seconds_to_wait("b") == 0
        clock[0] = 1.5
        assert limiter.seconds_to_wait("a") == 0
        assert limiter.seconds_to_wait("a") == 1

    def test_never_saves_up_more_than_a_minute(self):
        clock = [0.0]
        limiter = Limiter(per_minute=2, clock=lambda: clock[0])
        limiter.seconds_to_wait("a")
        clock[0] = 3600.0

        assert [bool(limiter.seconds_to_wait("a")) for _ in range(3)] == [False, False, True]

    def test_forgets_full_buckets_when_there_are_too_many(self, monkeypatch):
        monkeypatch.setattr("distrilog.api.limits.MOST_BUCKETS", 2)
        clock = [0.0]
        limiter = Limiter(per_minute=1, clock=lambda: clock[0])
        for owner in ("a", "b"):
            limiter.seconds_to_wait(owner)
        clock[0] = 60.0
        limiter.seconds_to_wait("a")
        limiter.seconds_to_wait("c")

        assert limiter.seconds_to_wait("a") > 0
        assert len(limiter._buckets) == 2

    def test_answers_429_and_when_to_try_again(self, buyer, monkeypatch):
        monkeypatch.setattr(gate, "LIMITER", Limiter(per_minute=1, clock=lambda: 0.0))
        assert buyer.get("me").status_code == 200

        response = buyer.get("me")

        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        assert response.json()["type"] == "urn:distrilog:too-many-requests"


class TestFastApi:
    """The short way gives what the middlewares of pages would have."""

    @pytest.mark.parametrize("path", ["me", "openapi.json", "docs", "nowhere"])
    def test_sends_the_headers_of_every_answer(self, buyer, path):
        response = buyer.get(path)

        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Cache-Control"] == "no-store"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["Referrer-Policy"] == "same-origin"

    @pytest.mark.parametrize("path", ["", "nowhere", "orders/", "orders/a/b", "quota-runs/1/eat"])
    def test_answers_a_problem_where_there_is_nothing(self, db, path):  # noqa: ARG002
        response = Client().get(f"/api/v1/{path}")

        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["type"] == "urn:distrilog:no-such-operation"

    @pytest.mark.parametrize(
        ("path", "method", "allowed"),
        [
            ("orders", "DELETE", {"GET", "POST"}),
            ("orders", "TRACE", {"GET", "POST"}),
            ("orders/x", "POST", {"GET", "PATCH", "DELETE"}),
            ("me", "OPTIONS", {"GET"}),
            ("docs", "POST", {"GET", "HEAD"}),
        ],
    )
    def test_answers_a_problem_to_another_method(self, db, path, method, allowed):  # noqa: ARG002
        response = Client().generic(method, f"/api/v1/{path}")

        assert response.status_code == 405
        assert set(response["Allow"].split(", ")) == allowed
        assert response.json()["type"] == "urn:distrilog:method-not-allowed"

    def test_refuses_a_foreign_host(self, buyer):
        response = buyer.get("me", Host="evil.example")

        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"

    def test_does_not_answer_in_clear_where_https_is_asked_for(self, buyer, settings):
        settings.SECURE_SSL_REDIRECT = True

        assert buyer.get("me").status_code == 403

    def test_tells_nothing_of_an_unexpected_error(self, buyer, monkeypatch, caplog):
        def broken(*_args, **_values):
            raise ZeroDivisionError("the secret of the house")

        monkeypatch.setattr(me, "answer", broken)

        response = buyer.get("me")

        assert response.status_code == 500
        assert "secret" not in response.content.decode()
        assert response.json()["incident"] in caplog.text
        assert "secret of the house" in caplog.text

    def test_leaves_pages_alone(self):
        assert get_resolver().resolve("/ready").url_name == "ready"
        assert "no-store" not in Client().get("/static/nothing").headers.get("Cache-Control", "")
