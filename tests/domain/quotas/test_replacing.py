"""Less is left than was promised: the draft that cuts what is not ordered."""

import pytest

from distrilog.domain.facilities.models import Facility
from distrilog.domain.quotas import services
from distrilog.domain.quotas.models import Quota, QuotaRun
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Position
from distrilog.kernel.refusals import Invalid
from tests.domain.quotas.worlds import AT, MAKER, MASK, SIGNER, WEEK, homes, lose, published


@pytest.mark.django_db
class TestPrepareReplacement:
    def test_cuts_to_what_the_stock_still_holds_and_leaves_orders_alone(self):
        homes(stock=1_500)
        run = published(1_500)
        order(rank=3, units=300)
        lose(900)
        assert [short.missing for short in stock.shortfalls()] == [900]

        draft = services.prepare_replacement(actor=MAKER, run_id=run.pk, at=AT)
        assert draft.inputs["envelopes"] == {MASK: {"operator": 300}}
        services.preview(actor=MAKER, run_id=draft.pk, at=AT)
        services.sign(actor=SIGNER, run_id=draft.pk, reason="Vu.", at=AT)
        services.publish(actor=SIGNER, run_id=draft.pk, at=AT)

        caps = list(Quota.objects.order_by("facility_id").values_list("cap", flat=True))
        assert caps[3] == 300
        assert stock.shortfalls() == []
        position = Position.objects.get()
        assert position.reserved == sum(caps) <= position.usable

    def test_says_when_orders_hold_all_that_is_left(self):
        homes(stock=1_500)
        run = published(1_500)
        order(rank=3, units=300)
        lose(1_250)
        with pytest.raises(Invalid) as caught:
            services.prepare_replacement(actor=MAKER, run_id=run.pk, at=AT)
        assert [fault.where for fault in caught.value.faults] == [f"envelopes.{MASK}"]

    def test_replaces_only_what_is_in_force(self):
        homes()
        run = published()
        QuotaRun.objects.filter(pk=run.pk).update(state="superseded")
        with pytest.raises(services.WrongState):
            services.prepare_replacement(actor=MAKER, run_id=run.pk, at=AT)


def order(*, rank, units):
    """Order units of the rank-th home's quota, as an order does."""
    facility = Facility.objects.order_by("pk")[rank]
    [locked] = services.lock_quotas(facility_id=facility.pk, week=WEEK, families=[MASK])
    services.add_ordered(changes={locked.id: units})
