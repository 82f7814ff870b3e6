"""Which chain serves a category, and who counts it: on a day, once."""

from datetime import date

import pytest

from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import Circuit
from distrilog.domain.facilities.rules import CircuitRule, chain_of
from tests.factories import FacilityFactory


MARCH = date(2020, 3, 30)


def circuit(group, chain, starts_on, ends_on=None, **more):
    return Circuit.objects.create(
        group=group, chain=chain, starts_on=starts_on, ends_on=ends_on, source="004", by="cell", **more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("group", "category", "chain"),
    [
        ("hospital", "355", "platform"),  # nothing said: its platform
        ("pharmacy", "620", "pharmacy"),  # wholesalers, whatever is written
        ("home_care", "460", "pharmacy"),  # its group's
        ("home_care", "354", "programme"),  # its own, though written before its group's
        ("laboratory", "611", "portal"),  # the latest of two
    ],
)
def test_the_narrowest_then_the_latest_chain_counts(group, category, chain):
    rules = [
        CircuitRule(
            group=told[0], category=told[1], family="", chain=told[2], starts_on=date(2020, told[3], 1)
        )
        for told in (
            ("pharmacy", "", "platform", 3),
            ("home_care", "", "pharmacy", 4),
            ("home_care", "354", "programme", 3),
            ("laboratory", "", "platform", 3),
            ("laboratory", "", "portal", 6),
        )
    ]  # fmt: skip
    assert chain_of(group=group, category=category, rules=rules) == chain


@pytest.mark.django_db
class TestChains:
    def test_answers_for_each_facility_in_the_order_of_its_columns(self, django_assert_num_queries):
        registries = {
            FacilityFactory(category__code=code, category__group=group).registry: group
            for code, group in (("460", "home_care"), ("355", "hospital"), ("500", "nursing_home"))
        }
        circuit("home_care", "pharmacy", date(2020, 3, 23), date(2020, 4, 5))
        features = queries.features(on=MARCH)

        with django_assert_num_queries(1):
            found = queries.chains(features=features, on=MARCH, family="surgical-mask")

        by_group = {
            registries[registry.decode()]: chain
            for registry, chain in zip(features.registries, found, strict=True)
        }
        assert by_group == {
            "home_care": "pharmacy",
            "hospital": "platform",
            "nursing_home": "platform",
        }

    def test_holds_from_its_first_day_to_its_last(self):
        FacilityFactory(category__code="460", category__group="home_care")
        circuit("home_care", "pharmacy", date(2020, 3, 23), date(2020, 4, 5))
        features = queries.features(on=MARCH)
        days = [date(2020, 3, 22), date(2020, 3, 23), date(2020, 4, 5), date(2020, 4, 6)]

        told = [queries.chains(features=features, on=day, family="x")[0] for day in days]

        assert told == ["platform", "pharmacy", "pharmacy", "platform"]

    def test_counts_one_of_two_circuits(self):
        """Radiology is served by both (004, note 1): counted by one."""
        FacilityFactory(category__code="698", category__name="Imagerie", category__group="other")
        circuit("other", "platform", date(2020, 3, 16))
        circuit("other", "pharmacy", date(2020, 4, 1), counts=False)
        features = queries.features(on=date(2020, 4, 6))

        assert list(queries.chains(features=features, on=date(2020, 4, 6), family="x")) == [
            "platform"
        ]
        told = {row.group: row for row in queries.served(on=date(2020, 4, 6), family="x")}
        assert (told["other"].chain, told["other"].completed_by) == ("platform", ("pharmacy",))

    def test_tells_families_apart(self):
        circuit("fire", "programme", date(2020, 3, 16), family="ffp2-mask")

        asked = {"group": "fire", "category": "", "on": MARCH}
        assert queries.circuit_of(**asked, family="ffp2-mask") == "programme"
        assert queries.circuit_of(**asked, family="surgical-mask") == "platform"

    def test_of_nobody_is_empty(self):
        features = queries.features(on=MARCH)
        assert queries.chains(features=features, on=MARCH, family="x").shape == (0,)
