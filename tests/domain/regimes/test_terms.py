"""What a category pays and until when: the rule, the decision, and what the texts of 2020 say."""

from datetime import UTC, date, datetime

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.facilities.models import Zone
from distrilog.domain.regimes import queries, services
from distrilog.domain.regimes.models import Terms
from distrilog.domain.regimes.reference import TERMS_2020
from distrilog.domain.regimes.rules import Price, TermsRule, terms_of
from distrilog.kernel.refusals import Forbidden, Invalid
from tests.factories import DepartmentFactory, FamilyFactory, actor


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)


class TestTermsOf:
    # group · day → basis · over?, in the mainland (000)
    SCENARIO = """
        hospital    2020-03-15  -            -
        hospital    2020-03-16  free         open
        hospital    2020-10-04  free         open
        hospital    2020-10-05  free         over
        hospital    2020-10-08  free         open
        laboratory  2020-05-31  free         open
        laboratory  2020-06-01  state_stock  open
        laboratory  2020-10-31  state_stock  open
        laboratory  2020-11-01  state_stock  over
    """

    @pytest.mark.parametrize("line", SCENARIO.strip().splitlines())
    def test_follows_the_texts_of_2020(self, line):
        group, day, basis, over = line.split()

        found = terms_of(
            rules=TERMS_2020,
            group=group,
            family="glove",
            zone="metropole",
            on=date.fromisoformat(day),
        )

        if basis == "-":
            assert found is None
        else:
            assert (found.basis, found.ended(on=date.fromisoformat(day))) == (basis, over == "over")

    def test_leaves_overseas_to_its_own_calendar(self):
        """« La programmation sera discutée avec chaque ARS concernée » (000, S41)."""
        asked = {"group": "hospital", "family": "glove", "on": date(2020, 10, 5)}
        assert terms_of(rules=TERMS_2020, zone="guadeloupe", **asked) is None
        assert terms_of(rules=TERMS_2020, zone="metropole", **asked) is not None

    def test_prefers_what_is_told_of_the_group_then_the_family_then_the_latest(self):
        def rule(**told):
            return TermsRule(starts_on=told.pop("starts_on", date(2020, 6, 1)), **told)

        rules = [
            rule(starts_on=date(2020, 9, 1), weekly_boxes=1),
            rule(starts_on=date(2020, 9, 1), weekly_boxes=2, family="glove"),
            rule(weekly_boxes=3, group="laboratory"),
            rule(weekly_boxes=4, group="laboratory", starts_on=date(2020, 7, 1)),
            rule(weekly_boxes=5, group="laboratory", family="glove"),
        ]

        def boxes(group, family):
            asked = {"zone": "metropole", "on": date(2020, 11, 4)}
            return terms_of(rules=rules, group=group, family=family, **asked).weekly_boxes

        assert boxes("laboratory", "glove") == 5
        assert boxes("laboratory", "gown") == 4
        assert boxes("hospital", "glove") == 2
        assert boxes("hospital", "gown") == 1


def proposal(**changes):
    values = {
        "group": "laboratory",
        "basis": "state_stock",
        "price_cents": 150,
        "weekly_boxes": 10,
        "starts_on": AT.date(),
        "source": "Circuit payant des laboratoires",
    }
    return services.TermsProposal(**values | changes)


@pytest.mark.django_db
class TestSetTerms:
    def test_puts_them_in_force_from_their_day(self):
        FamilyFactory(code="glove")
        zone = DepartmentFactory().zone

        services.set_terms(actor=actor(), proposal=proposal(), at=AT)

        before = queries.terms_in_force(on=date(2020, 11, 3), zone=zone.code, group="laboratory")
        since = queries.terms_in_force(on=AT.date(), zone=zone.code, group="laboratory")
        assert before == {}
        assert (since["glove"].basis, since["glove"].price_cents) == (Price.STATE_STOCK, 150)
        assert queries.terms_in_force(on=AT.date(), zone=zone.code, group="hospital") == {}

    def test_ends_what_has_begun_and_keeps_its_price(self):
        services.set_terms(actor=actor(), proposal=proposal(), at=AT)
        later = datetime(2020, 11, 20, 9, tzinfo=UTC)

        services.set_terms(
            actor=actor(), proposal=proposal(requests_until=date(2020, 11, 30)), at=later
        )
        with pytest.raises(Invalid) as refused:
            services.set_terms(actor=actor(), proposal=proposal(price_cents=200), at=later)

        assert Terms.objects.get().requests_until == date(2020, 11, 30)
        assert [fault.where for fault in refused.value.faults] == ["basis"]

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"group": "nobody"}, "group"),
            ({"family": "nothing"}, "family"),
            ({"zone": "nowhere"}, "zone"),
            ({"basis": "barter"}, "basis"),
            ({"price_cents": 0}, "price_cents"),
            ({"price_cents": -1}, "price_cents"),
            ({"price_cents": 10**9}, "price_cents"),
            ({"basis": "free"}, "price_cents"),
            ({"weekly_boxes": 0}, "weekly_boxes"),
            ({"starts_on": date(2020, 11, 3)}, "starts_on"),
            ({"requests_until": date(2020, 11, 3)}, "requests_until"),
            (
                {"requests_until": date(2020, 11, 20), "deliveries_until": date(2020, 11, 19)},
                "deliveries_until",
            ),
            ({"source": " "}, "source"),
            ({"source": "x" * 301}, "source"),
        ],
    )
    def test_refuses_at_the_field(self, changes, where):
        with pytest.raises(Invalid) as refused:
            services.set_terms(actor=actor(), proposal=proposal(**changes), at=AT)
        assert where in [fault.where for fault in refused.value.faults]
        assert not Terms.objects.exists()

    def test_is_the_cells(self):
        with pytest.raises(Forbidden):
            services.set_terms(actor=actor(Role.ARS), proposal=proposal(), at=AT)


@pytest.mark.django_db
class TestSeedTerms:
    def test_writes_each_once_and_changes_nothing_written(self):
        Zone.objects.get_or_create(code="metropole", defaults={"name": "Métropole"})
        assert services.seed_terms(by="seed", at=AT) == len(TERMS_2020)
        Terms.objects.filter(group="laboratory").update(source="changé")

        assert services.seed_terms(by="seed", at=AT) == 0

        assert Terms.objects.filter(source="changé").count() == 2
