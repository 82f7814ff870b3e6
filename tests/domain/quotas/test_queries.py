"""What the screens and the API ask of quotas and runs."""

import pytest

from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.weeks import Week
from tests.domain.quotas.worlds import (
    AT,
    MAKER,
    MASK,
    SIGNER,
    WEEK,
    country,
    drafted,
    homes,
    previewed,
    published,
    receive,
)
from tests.factories import FamilyFactory


@pytest.mark.django_db
class TestOfFacility:
    def test_says_units_boxes_and_why(self, django_assert_num_queries):
        made = homes()
        published(1000)
        with django_assert_num_queries(2):
            [line] = queries.of_facility(facility_id=made[4].pk, week=WEEK)
        assert (line.family, line.name, line.box) == (MASK, "masque chirurgical", 50)
        assert (line.cap, line.ordered, line.left) == (500, 0, 500)
        assert (line.cap_boxes, line.ordered_boxes, line.left_boxes) == (10, 0, 10)
        assert (line.source, line.need) == ("operator", 800)
        assert line.reason == (
            "Votre besoin est de 800 masques chirurgicaux par semaine. L’enveloppe nationale permet de "
            "porter chaque établissement à 64,5 % de son besoin : 516, arrondis à 10 boîtes de 50 (500). "
            "Au total, l’arrondi vous doit 16 unités, reportées à la semaine prochaine."
        )

    def test_counts_what_was_ordered(self):
        made = homes()
        published(1000)
        [locked] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
        services.add_ordered(changes={locked.id: 150})
        [line] = queries.of_facility(facility_id=made[4].pk, week=WEEK)
        assert (line.cap_boxes, line.ordered_boxes, line.left_boxes) == (10, 3, 7)

    def test_says_what_stays_after_a_cut(self):
        made = homes()
        first = published(1500)
        [locked] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
        services.add_ordered(changes={locked.id: 700})
        published(500, supersedes=first.pk, reason="Lot retiré.")
        [line] = queries.of_facility(facility_id=made[4].pk, week=WEEK)
        assert (line.cap, line.left) == (700, 0)
        assert line.reason.endswith(
            "Ce que vous aviez déjà commandé, 700 unités, vous reste acquis."
        )

    def test_is_empty_without_a_run(self):
        made = homes()
        previewed()
        assert queries.of_facility(facility_id=made[4].pk, week=WEEK) == []

    def test_takes_as_many_queries_for_seven_families_as_for_one(self, django_assert_num_queries):
        made = homes()
        for code in ("gown", "ffp2"):
            receive(1000, family=FamilyFactory(code=code).code)
        run = services.prepare(
            actor=MAKER, week=WEEK, envelopes={MASK: 1000, "gown": 100, "ffp2": 100}, at=AT
        )
        _publish(run)
        with django_assert_num_queries(2):
            lines = queries.of_facility(facility_id=made[4].pk, week=WEEK)
        assert [line.family for line in lines] == [MASK, "ffp2", "gown"]
        assert lines[2].reason == (
            "La doctrine ne vous reconnaît pas de besoin de surblouses cette semaine : votre contingent "
            "est nul."
        )


@pytest.mark.django_db
class TestPotsOf:
    def test_lists_a_regions_pots(self, django_assert_num_queries):
        country()
        published({"operator": 1000, "reunion": 500}, pots_per_mille={MASK: 200})
        with django_assert_num_queries(2):
            [pot] = queries.pots_of(region="04", week=WEEK)
        assert (pot.source, pot.cap, pot.left_boxes) == ("reunion", 100, 2)
        assert [each.source for each in queries.pots_of(region="11", week=WEEK)] == [
            "operator",
            "spf",
        ]


@pytest.mark.django_db
class TestExplanation:
    def test_tells_all_that_led_to_a_number(self, django_assert_num_queries):
        made = homes()
        published(50)
        run = published(
            1000,
            week="2020-W46",
            floors={"nursing_home": 200},
            multipliers={"11": {MASK: 2000}},
            pots_per_mille={MASK: 100},
        )
        with django_assert_num_queries(2):
            found = queries.explanation(facility_id=made[4].pk, family=MASK, week="2020-W46")
        assert (found.line.need, found.multiplier, found.floor, found.ceiling) == (
            1600,
            2000,
            320,
            1600,
        )
        assert (found.word, found.envelope, found.pots, found.shared) == (
            "at_level",
            1000,
            100,
            900,
        )
        assert found.units == found.line.cap
        assert found.rounded == found.units * 1000 - found.exact
        assert found.carried_next == found.carried + found.exact - found.units * 1000
        assert (found.head, len(found.previous_head)) == (run.head, 64)
        assert found.published_at == AT

    def test_is_not_found_without_a_quota(self):
        made = homes()
        with pytest.raises(NotFound):
            queries.explanation(facility_id=made[4].pk, family=MASK, week=WEEK)


@pytest.mark.django_db
class TestPosition:
    def test_places_a_facility_among_the_others(self, django_assert_num_queries):
        made = homes()
        published(1000)
        with django_assert_num_queries(1):
            found = queries.position(facility_id=made[0].pk, family=MASK, week=WEEK)
        covers = [
            min(quota.cap * 10 // quota.need, 10) for quota in Quota.objects.order_by("facility_id")
        ]
        assert found.mine == covers[0]
        assert found.counts == [covers.count(tenth) for tenth in range(11)]
        assert found.below + found.above + found.counts[found.mine] == 5

    def test_places_nobody_who_needs_nothing(self):
        made = homes(places=[10, 0])
        published(50)
        assert queries.position(facility_id=made[1].pk, family=MASK, week=WEEK).mine is None


@pytest.mark.django_db
class TestRuns:
    def test_lists_the_latest_first_in_one_query(self, django_assert_num_queries):
        homes()
        first, second = published(), drafted(week="2020-W46")
        with django_assert_num_queries(1):
            found = queries.runs(limit=5)
            assert [run.pk for run in found] == [second.pk, first.pk]
            assert found[0].doctrine.code == "2020-03-20"
        assert queries.runs(limit=1) == [second]

    def test_names_the_one_published_last(self):
        homes()
        first = published()
        drafted(week="2020-W46")
        assert queries.named_run(name="latest") == first
        assert queries.named_run(name=str(first.pk)) == first

    @pytest.mark.parametrize("name", ["latest", "0", "99", "-1", "x", "²", "9" * 30])
    def test_knows_no_other_name(self, name):
        with pytest.raises(NotFound):
            queries.named_run(name=name)


@pytest.mark.django_db
class TestRunOverview:
    def test_sums_what_was_ordered(self, django_assert_num_queries):
        made = homes()
        run = published(1000, pots_per_mille={MASK: 100})
        [locked] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
        services.add_ordered(changes={locked.id: 150})
        with django_assert_num_queries(3):
            found = queries.run_overview(run=run)
        [family] = found.families
        assert (family.envelope, family.shared, family.pots) == (1000, 900, 100)
        assert (family.ordered, family.left, family.ordered_from_pots) == (150, 750, 0)
        assert found.preview.week == WEEK

    def test_has_no_preview_of_a_fresh_draft(self):
        homes()
        assert queries.run_overview(run=drafted()).preview is None


@pytest.mark.django_db
class TestSuggestedEnvelopes:
    def test_are_a_part_of_the_need_within_stock_in_whole_boxes(self):
        country()
        found = queries.suggested_envelopes(week=Week.parse(WEEK), per_mille=600, at=AT)
        # 60 % of 1,550, of 300 and of 420.
        assert found == {MASK: {"operator": 900, "reunion": 150, "spf": 250}}

    def test_never_exceed_the_stock(self):
        homes(stock=120)
        found = queries.suggested_envelopes(week=Week.parse(WEEK), per_mille=600, at=AT)
        assert found == {MASK: {"operator": 100}}


def _publish(run):
    services.preview(actor=MAKER, run_id=run.pk, at=AT)
    services.sign(actor=SIGNER, run_id=run.pk, at=AT)
    services.publish(actor=SIGNER, run_id=run.pk, at=AT)
