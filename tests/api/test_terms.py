"""Terms over the API: what a facility's category pays, how much a week, until when."""

from datetime import date

from distrilog.domain.regimes.models import Terms
from tests.domain.orders.world import AT


def say(**changes):
    values = {
        "group": "nursing_home", "basis": "state_stock", "price_cents": 120, "weekly_boxes": 4,
        "starts_on": date(2020, 6, 1), "source": "Circuit payant", "by": "cell", "at": AT,
    }  # fmt: skip
    return Terms.objects.create(**values | changes)


class TestListTerms:
    def test_answers_the_families_that_a_text_names(self, world, buyer):
        say(family_id="gown", requests_until=date(2020, 11, 3))
        say(group="laboratory")

        (gown,) = buyer.get(f"facilities/{world.home.registry}/terms").json()

        assert gown == {
            "family": "gown",
            "basis": "state_stock",
            "price_cents": 120,
            "weekly_boxes": 4,
            "starts_on": "2020-06-01",
            "requests_until": "2020-11-03",
            "deliveries_until": None,
            "over": True,
            "source": "Circuit payant",
        }

    def test_are_empty_where_the_regime_alone_decides(self, world, buyer):
        assert buyer.get(f"facilities/{world.home.registry}/terms").json() == []

    def test_of_another_facility_are_not_found(self, world, buyer):
        assert buyer.get(f"facilities/{world.stranger.registry}/terms").status_code == 404


class TestOrder:
    def test_says_the_amount_and_the_date_that_refuses(self, world, buyer):
        terms = say()
        asked = {
            "facility": world.home.registry,
            "lines": [{"family": "surgical_mask", "units": 100}],
        }
        placed = buyer.post("orders", asked)
        assert placed.json()["lines"][0]["amount_cents"] == 240
        terms.requests_until = date(2020, 11, 3)
        terms.save()

        refused = buyer.post("orders", asked)

        assert refused.status_code == 422
        (fault,) = refused.json()["faults"]
        assert (fault["code"], fault["until"]) == ("requests-ended", "2020-11-03")
