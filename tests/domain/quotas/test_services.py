"""A run's life: what each step does, refuses, and leaves in the books."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from distrilog.domain.accounts.rules import Role, SameSigner
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.queries import NoDoctrine
from distrilog.domain.facilities.models import Capacity, Facility
from distrilog.domain.messages.models import Message
from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.models import Pot, Quota, QuotaRun, Share
from distrilog.domain.quotas.services.computing import split_between_sources
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Position, Reservation
from distrilog.domain.stock.services import NotEnoughStock
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound, Refusal
from distrilog.verifier import verify
from tests.domain.quotas.worlds import (
    AT,
    MAKER,
    MASK,
    SIGNER,
    WEEK,
    country,
    drafted,
    homes,
    lose,
    previewed,
    published,
    receive,
    signed,
)
from tests.factories import DoctrineVersionFactory, FamilyFactory, PlaceFactory, actor


def caps(week=WEEK):
    """Return the quotas of the week, home by home."""
    return list(
        Quota.objects.filter(week=week).order_by("facility_id").values_list("cap", flat=True)
    )


def faults_of(caught):
    return [fault.where for fault in caught.value.faults]


def order(rank, units):
    """Order units of the rank-th home's quota, as an order does."""
    facility = Facility.objects.order_by("pk")[rank]
    [locked] = services.lock_quotas(facility_id=facility.pk, week=WEEK, families=[MASK])
    services.add_ordered(changes={locked.id: units})


def assert_books_balance():
    """What is reserved is what was granted: nothing is shipped here, and orders are counters alone."""
    assert stock.discrepancies() == []
    granted = sum(
        row.ordered if row.closed else row.cap for row in [*Quota.objects.all(), *Pot.objects.all()]
    )
    assert sum(Reservation.objects.values_list("pending", flat=True)) == granted


def balance(what, place="operator"):
    position = Position.objects.get(place=place, family=MASK)
    return {"reserved": position.reserved, "available": position.usable - position.reserved}[what]


@pytest.mark.django_db
class TestPrepare:
    def test_leaves_a_draft_with_its_decisions(self):
        homes()
        run = drafted(
            1000,
            multipliers={"11": {MASK: 1200}},
            floors={"nursing_home": 300},
            pots_per_mille={MASK: 50},
            reason="Reprise.",
        )
        assert (run.state, run.week, run.prepared_by) == ("draft", WEEK, "maker")
        assert run.doctrine.code == "2020-03-20"
        assert run.inputs == {
            "envelopes": {MASK: 1000},
            "multipliers": {"11": {MASK: 1200}},
            "floors": {"nursing_home": 300},
            "cap": 1000,
            "pots": {MASK: 50},
            "reads_cover": False,
        }

    @pytest.mark.parametrize(
        ("envelope", "where"),
        [
            (0, f"envelopes.{MASK}"),
            (-50, f"envelopes.{MASK}"),
            (10_001, f"envelopes.{MASK}"),
            (2.5, f"envelopes.{MASK}"),
            (True, f"envelopes.{MASK}"),
            (10**13, f"envelopes.{MASK}"),
            ({"operator": 0}, f"envelopes.{MASK}"),
            ({"operator": 10_001}, f"envelopes.{MASK}.operator"),
            ({"operator": -1}, f"envelopes.{MASK}.operator"),
            ({"nowhere": 50}, f"envelopes.{MASK}.nowhere"),
        ],
    )
    def test_refuses_an_envelope_that_cannot_be(self, envelope, where):
        homes()
        with pytest.raises(Invalid) as caught:
            drafted(envelope)
        assert faults_of(caught) == [where]
        assert not QuotaRun.objects.exists()

    @pytest.mark.parametrize(
        ("options", "where"),
        [
            ({"multipliers": {"99": {MASK: 1200}}}, "multipliers.99"),
            ({"multipliers": {"11": {"gown": 1200}}}, "multipliers.11.gown"),
            ({"multipliers": {"11": {MASK: 0}}}, f"multipliers.11.{MASK}"),
            ({"multipliers": {"11": {MASK: 10_001}}}, f"multipliers.11.{MASK}"),
            ({"floors": {"castle": 100}}, "floors.castle"),
            ({"floors": {"hospital": 1001}}, "floors.hospital"),
            ({"floors": {"hospital": -1}}, "floors.hospital"),
            ({"cap_per_mille": 0}, "cap_per_mille"),
            ({"cap_per_mille": 500, "floors": {"hospital": 501}}, "floors.hospital"),
            ({"pots_per_mille": {"gown": 10}}, "pots_per_mille.gown"),
            ({"pots_per_mille": {MASK: 1001}}, f"pots_per_mille.{MASK}"),
            ({"week": "2020-W54"}, "week"),
            ({"week": "next"}, "week"),
            ({"week": "2020-W44"}, "week"),
            ({"week": "2021-W45"}, "week"),
            ({"reason": "x" * 2001}, "reason"),
            ({"supersedes": 1234}, "supersedes"),
        ],
    )
    def test_refuses_options_that_cannot_be(self, options, where):
        homes()
        with pytest.raises(Invalid) as caught:
            drafted(1000, **options)
        assert faults_of(caught) == [where]

    def test_refuses_everything_at_once(self):
        homes()
        with pytest.raises(Invalid) as caught:
            services.prepare(
                actor=MAKER,
                week="2020-W44",
                envelopes={MASK: 10**6, "unicorn": 10},
                floors={"castle": 5},
                at=AT,
            )
        assert faults_of(caught) == [
            "week",
            f"envelopes.{MASK}",
            "envelopes.unicorn",
            "floors.castle",
        ]
        assert caught.value.faults[1].values == {"asked": 10**6, "left": 10_000}

    def test_refuses_no_envelope_at_all(self):
        homes()
        with pytest.raises(Invalid) as caught:
            services.prepare(actor=MAKER, week=WEEK, envelopes={}, at=AT)
        assert faults_of(caught) == ["envelopes"]

    def test_wants_a_doctrine_in_force(self):
        homes()
        DoctrineVersion.objects.update(effective_on="2021-01-01")
        with pytest.raises(NoDoctrine):
            drafted()

    def test_wants_a_signed_doctrine(self):
        homes()
        draft = DoctrineVersionFactory(code="trial", state=DoctrineVersion.State.DRAFT)
        with pytest.raises(Invalid) as caught:
            drafted(doctrine=draft)
        assert faults_of(caught) == ["doctrine"]

    @pytest.mark.parametrize("role", [Role.ORDERER, Role.ARS, Role.SPF, Role.AUDITOR])
    def test_is_for_the_national_cell_alone(self, role):
        homes()
        with pytest.raises(Forbidden):
            services.prepare(actor=actor(role), week=WEEK, envelopes={MASK: 100}, at=AT)


class TestSplitBetweenSources:
    @pytest.mark.parametrize(
        ("envelope", "need", "there", "expected"),
        [
            (1000, {"a": 100, "b": 300}, {"a": 9999, "b": 9999}, {"a": 250, "b": 750}),
            # whole boxes of 50, the largest remainder first, then the first code
            (1000, {"a": 1, "b": 1, "c": 1}, {"a": 999, "b": 999, "c": 999}, [350, 350, 300]),
            # what a source lacks goes to the others
            (1000, {"a": 100, "b": 300}, {"a": 9999, "b": 120}, {"a": 900, "b": 100}),
            (1000, {"a": 100, "b": 300}, {"a": 120, "b": 120}, {"a": 100, "b": 100}),
            (1000, {"a": 0, "b": 300}, {"a": 9999, "b": 9999}, {"a": 0, "b": 1000}),
            (1049, {"a": 5}, {"a": 9999}, {"a": 1000}),
            (49, {"a": 5}, {"a": 9999}, {"a": 0}),
            (1000, {"a": 0}, {"a": 9999}, {"a": 0}),
            (1000, {"a": 5}, {}, {"a": 0}),
            (1000, {}, {}, {}),
        ],
    )
    def test_follows_need_within_stock(self, envelope, need, there, expected):
        found = split_between_sources(envelope=envelope, box=50, need=need, stock=there)
        assert (list(found.values()) if isinstance(expected, list) else found) == expected


@pytest.mark.django_db
class TestPreview:
    def test_shares_the_envelope_and_changes_nobodys_quota(self):
        homes()
        run = drafted(1000)
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        [share] = found.shares
        # 1,000 masks for a need of 1,550: 64.5 %.
        assert (share.envelope, share.need, share.shared, share.level) == (
            1000,
            1550,
            1000,
            [20, 31],
        )
        assert (share.level_tenths, share.unallocated, share.floors_short) == (645, 0, False)
        assert (found.facilities, found.served, found.got_nothing) == (5, 5, 0)
        assert share.distance_to_optimum < 50
        assert sum(share.histogram) == 5
        assert not Quota.objects.exists()
        run.refresh_from_db()
        assert run.state == "draft"
        assert queries.preview_of(run=run) == found
        assert balance("available") == 10_000

    def test_reports_what_fills_no_box(self):
        homes()
        run = drafted(1049)
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        total = found.totals[MASK]
        assert (total["envelope"], total["shared"], total["unallocated"]) == (1049, 1000, 49)

    def test_reports_what_fills_no_box_of_a_source(self):
        homes()
        run = drafted({"operator": 1049})
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert found.shares[0].unallocated == found.totals[MASK]["unallocated"] == 49

    def test_shares_floors_that_the_envelope_cannot_keep_and_says_so(self):
        homes()
        run = drafted(500, floors={"nursing_home": 900})
        [share] = services.preview(actor=MAKER, run_id=run.pk, at=AT).shares
        assert (share.floors_short, share.shared) == (True, 500)

    def test_splits_a_total_between_sources_by_need(self):
        country()
        run = drafted(1000)
        services.preview(actor=MAKER, run_id=run.pk, at=AT)
        # Needs: 1,550 by the operator, 420 by SPF, 300 overseas.
        assert dict(run.shares.values_list("source_id", "envelope")) == {
            "operator": 700,
            "spf": 200,
            "reunion": 100,
        }

    def test_sets_pots_aside_first(self):
        homes()
        run = drafted(1000, pots_per_mille={MASK: 100})
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert (found.shares[0].pots, found.shares[0].shared) == (100, 900)
        assert [(each.region, each.pots) for each in found.regions] == [("11", 100)]

    def test_counts_a_region_for_more_where_told(self):
        country()
        run = drafted({"operator": 500, "reunion": 200}, multipliers={"04": {MASK: 1500}})
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        needs = {share.source: share.need for share in found.shares}
        assert needs == {"operator": 1550, "reunion": 450, "spf": 420}

    def test_names_those_who_win_and_lose_against_last_week(self):
        made = homes()
        published(1000)
        Capacity.objects.filter(facility=made[4]).update(places=80)
        run = drafted(1000, week="2020-W46")
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert found.against == WEEK
        assert [each.registry for each in found.losers] == [made[4].registry]
        assert made[3].registry in {each.registry for each in found.winners}
        [region] = found.regions
        assert (region.before, region.shared) == (1000, 1000)

    def test_tells_who_got_nothing_and_for_how_long(self):
        homes()
        published(50)
        run = drafted(50, week="2020-W46")
        found = services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert sum(each.facilities for each in found.without) == 4
        assert max(each.weeks for each in found.without) == 2

    def test_may_be_made_again_and_replaces_the_first(self):
        homes()
        run = previewed(1000)
        first = QuotaRun.objects.get(pk=run.pk).head
        Capacity.objects.update(places=7)
        services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert QuotaRun.objects.get(pk=run.pk).head != first
        assert (run.shares.count(), run.files.count()) == (1, 6)

    def test_makes_a_signed_run_a_draft_again(self):
        homes()
        run = signed()
        services.preview(actor=MAKER, run_id=run.pk, at=AT)
        run.refresh_from_db()
        assert (run.state, run.signed_by, run.signed_at) == ("draft", "", None)
        with pytest.raises(services.WrongState):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)

    def test_refuses_a_published_run(self):
        homes()
        run = published()
        with pytest.raises(services.WrongState):
            services.preview(actor=MAKER, run_id=run.pk, at=AT)

    def test_refuses_an_envelope_that_the_stock_no_longer_holds(self):
        homes()
        run = drafted(9_000)
        lose(5_000)
        with pytest.raises(Invalid) as caught:
            services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert faults_of(caught) == [f"envelopes.{MASK}"]

    def test_refuses_a_route_that_no_place_serves(self):
        homes()
        Facility.objects.update(route="spf")
        run = drafted()
        with pytest.raises(Invalid) as caught:
            services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert faults_of(caught) == ["sources.spf.metropole"]

    def test_refuses_a_run_that_is_not(self):
        with pytest.raises(NotFound):
            services.preview(actor=MAKER, run_id=1, at=AT)

    def test_gives_the_same_bytes_again(self):
        country()
        run = previewed(1000)
        first = queries.sealed_files(run=run)
        services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert queries.sealed_files(run=run) == first

    def test_takes_as_many_statements_for_many_as_for_few(self):
        homes()
        run = previewed()
        with CaptureQueriesContext(connection) as few:
            services.preview(actor=MAKER, run_id=run.pk, at=AT)
        homes(places=[5] * 60, stock=0)
        with CaptureQueriesContext(connection) as many:
            services.preview(actor=MAKER, run_id=run.pk, at=AT)
        assert len(few) == len(many) < 25


@pytest.mark.django_db
class TestSign:
    def test_signs_what_was_previewed(self, tmp_path):
        homes()
        run = signed()
        assert (run.state, run.signed_by, run.signed_at) == ("signed", "signer", AT)
        services.export(run=run, folder=tmp_path / "run")
        assert verified(run, tmp_path / "run") == []

    def test_wants_another_person_whatever_the_profile(self):
        homes()
        run = previewed()
        same = actor(Role.NATIONAL_DUTY, person=MAKER.person)
        with pytest.raises(SameSigner):
            services.sign(actor=same, run_id=run.pk, at=AT)

    def test_wants_a_preview(self):
        homes()
        run = drafted()
        with pytest.raises(services.WrongState):
            services.sign(actor=SIGNER, run_id=run.pk, at=AT)

    def test_is_not_for_an_agency(self):
        homes()
        run = previewed()
        with pytest.raises(Forbidden):
            services.sign(actor=actor(Role.ARS), run_id=run.pk, at=AT)

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            (lambda: receive(50), f"stock.operator.{MASK}"),
            (lambda: lose(50), f"stock.operator.{MASK}"),
            (lambda: Capacity.objects.update(places=11), "register"),
            (lambda: Facility.objects.update(closed_on="2020-10-01"), "register"),
            (lambda: DoctrineVersion.objects.update(state="withdrawn"), "doctrine"),
        ],
    )
    def test_refuses_what_is_not_as_the_preview_saw_it(self, change, where):
        homes()
        run = previewed()
        change()
        with pytest.raises(services.InputsChanged) as caught:
            services.sign(actor=SIGNER, run_id=run.pk, at=AT)
        assert faults_of(caught) == [where]
        assert QuotaRun.objects.get(pk=run.pk).state == "draft"

    def test_tells_all_that_changed_at_once(self):
        homes()
        run = previewed(week="2020-W46")
        published()
        Capacity.objects.update(places=11)
        with pytest.raises(services.InputsChanged) as caught:
            services.sign(actor=SIGNER, run_id=run.pk, at=AT)
        assert faults_of(caught) == ["register", "previous", f"stock.operator.{MASK}"]


@pytest.mark.django_db
class TestPublish:
    def test_makes_quotas_and_reserves_the_stock_behind_them(self):
        homes()
        run = published(1000, pots_per_mille={MASK: 100})
        assert (run.state, run.published_at) == ("published", AT)
        assert sum(caps()) == 900
        assert all(cap % 50 == 0 for cap in caps())
        assert Pot.objects.get().cap == 100
        assert (balance("available"), balance("reserved")) == (9_000, 1_000)
        assert Share.objects.get().reservation.pending == 1_000
        assert_books_balance()

    def test_serves_each_facility_from_its_own_source(self):
        country()
        published({"operator": 800, "spf": 200, "reunion": 100})
        assert [
            (quota.source_id, quota.cap) for quota in Quota.objects.order_by("facility_id")[5:]
        ] == [
            ("spf", 200),
            ("reunion", 100),
        ]
        assert (balance("reserved", "spf"), balance("reserved", "reunion")) == (200, 100)
        assert_books_balance()

    def test_reserves_nothing_when_the_envelope_fills_no_box(self):
        homes()
        published(40)
        assert caps() == [0] * 5
        assert balance("available") == 10_000
        assert_books_balance()

    def test_publishes_the_very_bytes_that_were_signed(self):
        homes()
        run = signed()
        run.files.filter(name="quotas.csv").update(content=b"source,family,registry\n")
        with pytest.raises(services.SealBroken):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)
        assert not Quota.objects.exists()

    def test_refuses_another_key_than_the_one_that_signed(self, settings, tmp_path):
        homes()
        run = signed()
        settings.SIGNING_KEY_FILE = tmp_path / "another-key"
        with pytest.raises(services.SealBroken):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)

    @pytest.mark.parametrize("run_of", [drafted, previewed])
    def test_refuses_what_is_not_signed(self, run_of):
        homes()
        with pytest.raises(services.WrongState):
            services.publish(actor=SIGNER, run_id=run_of().pk, at=AT)

    def test_refuses_a_second_run_for_the_week(self):
        homes()
        published()
        with pytest.raises(services.RunAlreadyPublished):
            published(2000)
        assert sum(caps()) == 1000

    def test_refuses_the_same_run_twice(self):
        homes()
        run = published()
        with pytest.raises(services.RunAlreadyPublished):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)

    def test_refuses_when_the_stock_fell_short_and_leaves_nothing_half_done(self):
        homes()
        run = signed(9_000)
        lose(9_500)
        with pytest.raises(NotEnoughStock):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)
        assert QuotaRun.objects.get().state == "signed"
        assert not Quota.objects.exists()
        assert_books_balance()

    def test_goes_on_when_there_is_more_stock_than_was_seen(self):
        homes()
        run = signed()
        receive(5_000)
        assert services.publish(actor=SIGNER, run_id=run.pk, at=AT).state == "published"

    def test_refuses_a_register_that_changed_since(self):
        homes()
        run = signed()
        Capacity.objects.update(places=11)
        with pytest.raises(services.InputsChanged) as caught:
            services.publish(actor=SIGNER, run_id=run.pk, at=AT)
        assert faults_of(caught) == ["register"]

    def test_refuses_a_week_that_is_over(self):
        homes()
        run = signed()
        with pytest.raises(services.WrongState):
            services.publish(actor=SIGNER, run_id=run.pk, at=AT + timedelta(weeks=1))

    def test_chains_each_run_to_the_one_before(self, tmp_path):
        homes()
        first = published()
        second = published(week="2020-W46")
        assert first.previous_head == "0" * 64
        assert second.previous_head == first.head
        services.export(run=second, folder=tmp_path / "second")
        assert verified(second, tmp_path / "second", previous=first.head) == []

    def test_carries_what_rounding_owes_to_the_next_week(self):
        homes()
        published(50)
        owed = list(Quota.objects.order_by("facility_id").values_list("carried_next", flat=True))
        assert sum(owed) == pytest.approx(0, abs=5)
        published(50, week="2020-W46")
        later = Quota.objects.filter(week="2020-W46").order_by("facility_id")
        assert list(later.values_list("carried", flat=True)) == owed
        # Who had nothing is served before who had the box.
        assert later.get(cap=50).facility_id != Quota.objects.get(week=WEEK, cap=50).facility_id

    def test_counts_the_weeks_without_a_box(self):
        homes()
        published(50)
        published(50, week="2020-W46")
        weeks = Quota.objects.filter(week="2020-W46").values_list("weeks_without", flat=True)
        assert sorted(weeks) == [0, 1, 2, 2, 2]

    def test_is_for_those_who_may_sign(self):
        homes()
        run = signed()
        with pytest.raises(Forbidden):
            services.publish(actor=actor(Role.AUDITOR), run_id=run.pk, at=AT)


@pytest.mark.django_db
class TestPublishSuperseding:
    def test_cuts_only_what_is_not_ordered_yet(self):
        homes()
        first = published(1500)
        before = caps()
        order(4, before[4])
        second = published(500, supersedes=first.pk, reason="Lot retiré.")
        first.refresh_from_db()
        assert (first.state, second.state) == ("superseded", "published")
        assert caps()[4] == before[4]
        assert sum(caps()[:4]) < sum(before[:4])
        assert set(Quota.objects.values_list("run_id", flat=True)) == {second.pk}
        assert balance("reserved") == sum(caps())
        assert_books_balance()

    def test_may_give_more(self):
        homes()
        first = published(500)
        published(1500, supersedes=first.pk, reason="Réception.")
        assert sum(caps()) == 1500
        assert balance("available") == 8_500
        assert_books_balance()

    def test_may_use_what_the_run_before_held(self):
        homes()
        first = published(1_500)
        lose(8_500)
        published(1_500, supersedes=first.pk, reason="Recalcul.")
        assert balance("available") == 0
        assert_books_balance()

    def test_leaves_what_was_ordered_to_who_is_no_longer_served(self):
        made = homes()
        first = published(1500)
        order(3, 100)
        Facility.objects.filter(pk=made[3].pk).update(closed_on="2020-11-02")
        published(1000, supersedes=first.pk, reason="Fermeture.")
        assert (caps()[3], sum(caps())) == (100, 1100)
        assert_books_balance()

    def test_explains_a_quota_whose_source_serves_nobody_any_more(self):
        *_, island = country()
        first = published({"operator": 500, "reunion": 200})
        Facility.objects.filter(pk=island.pk).update(closed_on="2020-11-02")
        published({"operator": 500}, supersedes=first.pk, reason="Fermeture.")
        [line] = queries.of_facility(facility_id=island.pk, week=WEEK)
        assert (line.cap, line.source) == (0, "reunion")
        assert balance("reserved", "reunion") == 0
        assert_books_balance()

    def test_moves_what_is_left_to_the_place_that_serves_now(self):
        made = homes()
        PlaceFactory(spf=True)
        receive(5_000, place="spf")
        first = published({"operator": 1500})
        order(3, 100)
        Facility.objects.filter(pk__in=[made[3].pk, made[4].pk]).update(route="spf")
        published(
            {"operator": 300, "spf": 1000}, supersedes=first.pk, reason="Changement de circuit."
        )
        sources = Quota.objects.order_by("facility_id").values_list("source_id", flat=True)
        assert list(sources) == ["operator", "operator", "operator", "spf", "spf"]
        assert_books_balance()

    def test_cuts_pots_too(self):
        homes()
        first = published(1000, pots_per_mille={MASK: 200})
        [pot] = services.lock_pots(region="11", week=WEEK, families=[MASK])
        services.add_ordered_pots(changes={pot.id: 150})
        published(1000, supersedes=first.pk, reason="Sans pot.")
        assert Pot.objects.get().cap == 150
        assert balance("reserved") == 1150
        assert_books_balance()

    def test_starts_from_the_same_carry_as_the_run_it_replaces(self):
        homes()
        published(50)
        first = published(50, week="2020-W46")
        carried = list(
            Quota.objects.filter(run=first)
            .order_by("facility_id")
            .values_list("carried", flat=True)
        )
        again = published(50, week="2020-W46", supersedes=first.pk, reason="Recalcul.")
        rows = Quota.objects.filter(run=again).order_by("facility_id")
        assert list(rows.values_list("carried", flat=True)) == carried

    @pytest.mark.parametrize(
        ("options", "where"),
        [
            ({"reason": "  "}, "reason"),
            ({"week": "2020-W46"}, "supersedes"),
            ({"envelopes": {"gown": 100}}, f"envelopes.{MASK}"),
        ],
    )
    def test_refuses_a_draft_that_cannot_replace_it(self, options, where):
        homes()
        receive(100, family=FamilyFactory(code="gown").code)
        first = published()
        given = {"week": WEEK, "envelopes": {MASK: 500}, "reason": "Motif."} | options
        with pytest.raises(Invalid) as caught:
            services.prepare(actor=MAKER, at=AT, supersedes=first.pk, **given)
        assert faults_of(caught) == [where]

    def test_lets_one_draft_at_a_time_replace_a_run(self):
        homes()
        first = published()
        second = drafted(500, supersedes=first.pk, reason="Un.")
        with pytest.raises(Invalid) as caught:
            drafted(500, supersedes=first.pk, reason="Deux.")
        assert faults_of(caught) == ["supersedes"]
        services.abandon(actor=MAKER, run_id=second.pk, reason="Erreur.", at=AT)
        assert drafted(500, supersedes=first.pk, reason="Deux.").supersedes == first


@pytest.mark.django_db
class TestAbandon:
    def test_leaves_a_trace_and_says_why(self):
        homes()
        run = services.abandon(actor=MAKER, run_id=signed().pk, reason="Erreur.", at=AT)
        assert (run.state, run.reason) == ("abandoned", "Vu.\n02/11/2020 : Erreur.")

    def test_wants_a_reason(self):
        homes()
        with pytest.raises(Invalid):
            services.abandon(actor=MAKER, run_id=drafted().pk, reason=" ", at=AT)

    def test_refuses_what_was_published(self):
        homes()
        with pytest.raises(services.WrongState):
            services.abandon(actor=MAKER, run_id=published().pk, reason="Erreur.", at=AT)


@pytest.mark.django_db
class TestExpire:
    SUNDAY = datetime(2020, 11, 8, 22, tzinfo=UTC)
    OVER = datetime(2020, 11, 8, 23, tzinfo=UTC)

    def test_gives_back_exactly_what_was_not_ordered(self):
        homes()
        published(1000, pots_per_mille={MASK: 100})
        order(4, 150)
        [pot] = services.lock_pots(region="11", week=WEEK, families=[MASK])
        services.add_ordered_pots(changes={pot.id: 50})
        assert services.expire(week=WEEK, at=self.OVER) == {("operator", MASK): 800}
        assert (balance("available"), balance("reserved")) == (9_800, 200)
        assert_books_balance()

    def test_does_nothing_the_second_time(self):
        homes()
        published()
        services.expire(week=WEEK, at=self.OVER)
        assert services.expire(week=WEEK, at=self.OVER) == {}
        assert balance("available") == 10_000

    def test_lets_nobody_draw_any_more(self):
        made = homes()
        published()
        [locked] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
        services.expire(week=WEEK, at=self.OVER)
        assert services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK]) == []
        with pytest.raises(services.DrawingRefused):
            services.add_ordered(changes={locked.id: 50})
        assert Quota.objects.get(pk=locked.id).left == 0

    def test_waits_until_the_week_is_over_everywhere(self):
        country()
        published({"operator": 800})
        with pytest.raises(services.WrongState):
            services.expire(week=WEEK, at=self.SUNDAY)
        # La Réunion is ahead of Paris, so that Paris decides; Martinique would be behind.
        type(made := PlaceFactory(at_sea=True).zone).objects.filter(pk=made.pk).update(
            time_zone="America/Martinique"
        )
        with pytest.raises(services.WrongState):
            services.expire(week=WEEK, at=self.OVER)
        assert services.expire(week=WEEK, at=self.OVER + timedelta(hours=5))

    def test_is_not_done_twice_after_a_superseding_run(self):
        homes()
        first = published(1500)
        order(4, 200)
        published(1000, supersedes=first.pk, reason="Recalcul.")
        services.expire(week=WEEK, at=self.OVER)
        assert (balance("available"), balance("reserved")) == (9_800, 200)
        assert_books_balance()

    def test_closes_every_week_that_is_over(self):
        homes()
        published()
        published(week="2020-W46")
        assert services.expire_all(at=self.SUNDAY) == []
        assert services.expire_all(at=self.OVER) == [WEEK]
        assert services.expire_all(at=self.OVER) == []
        assert balance("reserved") == 1_000
        assert_books_balance()


@pytest.mark.django_db
class TestDraw:
    def test_takes_two_statements_and_keeps_within_the_quota(self, django_assert_num_queries):
        made = homes()
        published()
        with django_assert_num_queries(2):
            [locked] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
            services.add_ordered(changes={locked.id: 100})
        [after] = services.lock_quotas(facility_id=made[4].pk, week=WEEK, families=[MASK])
        assert (after.ordered, after.left, after.box, after.source) == (
            100,
            locked.cap - 100,
            50,
            "operator",
        )

    def test_leaves_out_a_family_without_quota(self):
        made = homes()
        published()
        locked = services.lock_quotas(facility_id=made[0].pk, week=WEEK, families=["gown", MASK])
        assert [each.family for each in locked] == [MASK]


def verified(run, folder, previous=None):
    return verify(
        folder,
        public_key_hex=services.signing_key().public_hex,
        expected_head=run.head,
        expected_previous=previous,
    )


@pytest.mark.django_db
class TestExport:
    def test_writes_what_the_verifier_accepts(self, tmp_path):
        country()
        run = published(
            {"operator": 700, "spf": 150, "reunion": 120},
            pots_per_mille={MASK: 100},
            floors={"nursing_home": 250},
            multipliers={"11": {MASK: 1300}},
            cap_per_mille=900,
        )
        services.export(run=run, folder=tmp_path / "run")
        assert verified(run, tmp_path / "run") == []

    def test_writes_what_the_verifier_accepts_when_floors_are_short(self, tmp_path):
        country()
        run = published(400, pots_per_mille={MASK: 10}, floors={"nursing_home": 900})
        services.export(run=run, folder=tmp_path / "run")
        assert verified(run, tmp_path / "run") == []

    def test_writes_what_the_verifier_refuses_once_altered(self, tmp_path):
        homes()
        run = published()
        services.export(run=run, folder=tmp_path / "run")
        for name in sorted(path.name for path in (tmp_path / "run").iterdir()):
            path = tmp_path / "run" / name
            content = path.read_bytes()
            path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
            assert verified(run, tmp_path / "run"), name
            path.write_bytes(content)
        assert verified(run, tmp_path / "run") == []

    def test_refuses_what_is_not_signed(self, tmp_path):
        homes()
        with pytest.raises(services.WrongState):
            services.export(run=previewed(), folder=tmp_path / "run")
        assert not (tmp_path / "run").exists()


def answers(action, arguments):
    """Run an action for each argument at once, each on a connection of its own."""

    def answer(argument):
        try:
            action(argument)
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(len(arguments)) as threads:
        return sorted(threads.map(answer, arguments))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_of_two_runs_of_a_week_is_published(self):
        homes()
        runs = [signed(1000), signed(2000), signed(3000)]
        found = answers(lambda run: services.publish(actor=SIGNER, run_id=run.pk, at=AT), runs)
        assert found == ["RunAlreadyPublished", "RunAlreadyPublished", "ok"]
        assert QuotaRun.objects.filter(state="published").count() == 1
        assert balance("reserved") == sum(caps())
        assert_books_balance()

    def test_one_run_is_published_once(self):
        homes()
        run = signed()
        found = answers(lambda _: services.publish(actor=SIGNER, run_id=run.pk, at=AT), range(4))
        assert found == ["RunAlreadyPublished"] * 3 + ["ok"]
        assert_books_balance()

    def test_two_weeks_do_not_fork_the_chain(self):
        homes()
        runs = [signed(), signed(week="2020-W46")]
        found = answers(lambda run: services.publish(actor=SIGNER, run_id=run.pk, at=AT), runs)
        assert found == ["InputsChanged", "ok"]

    def test_orders_and_a_superseding_run_agree(self):
        made = homes(places=[160] * 8)
        first = published(6_000)
        second = signed(2_000, supersedes=first.pk, reason="Rappel de lot.")

        def act(rank):
            if rank < 0:
                services.publish(actor=SIGNER, run_id=second.pk, at=AT)
                return
            for _ in range(6):
                with transaction.atomic():
                    [locked] = services.lock_quotas(
                        facility_id=made[rank].pk, week=WEEK, families=[MASK]
                    )
                    if locked.left >= 50:
                        services.add_ordered(changes={locked.id: 50})

        assert set(answers(act, [0, 1, 2, -1, 3, 4, 5])) == {"ok"}
        assert all(quota.ordered <= quota.cap for quota in Quota.objects.all())
        assert_books_balance()


@pytest.mark.django_db
class TestTrace:
    def test_keeps_who_did_each_step_and_why(self):
        homes()
        run = published()
        kept = [
            (event.state, event.pgh_context.metadata["by"] == SIGNER.by)
            for event in run.events.order_by("pgh_id").select_related("pgh_context")
        ]
        assert [state for state, _ in kept] == ["draft", "draft", "signed", "published"]
        assert [by_signer for _, by_signer in kept] == [False, False, True, True]
        assert all(event.pgh_context.metadata["why"] for event in run.events.all())

    def test_tells_those_who_order_and_the_agencies(self):
        homes()
        run = published()
        assert "ars" in Message.objects.get(key=f"run-{run.pk}").roles
