"""The same order in plain ORM, rows locked and saved one by one: what the set-based statement is compared with."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from distrilog.domain.accounts.queries import actor_of_token
from distrilog.domain.facilities.models import Address, Facility
from distrilog.domain.orders.models import Line, Order, OrderKey
from distrilog.domain.quotas.models import Quota
from distrilog.kernel import clock
from distrilog.kernel.models import OutboxMessage
from distrilog.kernel.weeks import Week


def place(request: HttpRequest) -> HttpResponse:
    """Place an order the plain way: no rule but the quota."""
    at = clock.now()
    secret = request.headers["Authorization"].removeprefix("Bearer ")
    actor = actor_of_token(secret=secret, at=at)
    if actor is None:
        return HttpResponse(status=401)
    asked: dict[str, Any] = json.loads(request.body)
    with transaction.atomic():
        facility = Facility.objects.get(registry=asked["facility"])
        week = str(Week.at(at))
        wanted = {line["family"]: line["units"] for line in asked["lines"]}
        quotas = (
            Quota.objects.select_for_update()
            .filter(facility=facility, week=week, family__in=wanted)
            .order_by("family_id")
        )
        order = Order.objects.create(
            reference=uuid4().hex,
            facility=facility,
            week=week,
            address=Address.objects.get(facility=facility, main=True),
            route=facility.route,
            promised_on=at.date() + timedelta(days=5),
            cut_off_at=at,
            placed_by=actor.by,
            placed_at=at,
        )
        for quota in quotas:
            if wanted[quota.family_id] > quota.left:
                return HttpResponse(status=409)
            quota.ordered += wanted[quota.family_id]
            quota.save()
        Line.objects.bulk_create(
            Line(order=order, family_id=family, units=units, box_units=1)
            for family, units in wanted.items()
        )
        OrderKey.objects.create(
            owner=actor.by,
            facility=facility,
            key=request.headers["Idempotency-Key"],
            digest="0" * 64,
            order=order,
        )
        OutboxMessage.objects.create(
            key=order.reference, topic="order.placed", payload={}, created_at=at
        )
    answer = JsonResponse({"reference": order.reference}, status=201)
    # One piece, as the portal answers: the client of the measure does not read chunks.
    answer["Content-Length"] = str(len(answer.content))
    return answer


urlpatterns = [
    path("api/v1/orders", place),
    path("ready", lambda _request: HttpResponse("ok")),
]
