"""What became of orders, each question in a fixed number of statements."""

from datetime import date, timedelta

import pytest

from distrilog.domain.messages.models import Message, Reading
from distrilog.domain.shipping import queries
from distrilog.domain.shipping.models import Claim, Content, Parcel, Remark
from distrilog.domain.stock.models import Recall
from distrilog.kernel.refusals import Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.orders.world import AT
from tests.domain.shipping.world import (
    GOWNS,
    MASKS,
    DespatchFactory,
    OrderFactory,
    claimed,
    deliver,
    fulfilment_of,
    received,
    seen_by_carrier,
    sscc_of,
    substituted,
)
from tests.factories import FacilityFactory, LotFactory, PlaceFactory, ProfileFactory


pytestmark = pytest.mark.django_db

COUNTRY = Scope(kind=ScopeKind.COUNTRY)
NOWHERE = Scope(kind=ScopeKind.NOTHING)


def of(facility) -> Scope:
    return Scope(kind=ScopeKind.FACILITY, code=facility.registry)


def life_of(despatch):
    reference = despatch.fulfilment.order.reference
    return queries.of_order(reference=reference, scope=COUNTRY)


def keys_of(life) -> list[str]:
    return [step.key for step in life.steps]


class TestOfOrder:
    def test_promises_a_delivery_before_anybody_executes(self):
        order = OrderFactory(status="placed")

        life = queries.of_order(reference=order.reference, scope=COUNTRY)

        assert keys_of(life) == ["ordered", "to-hand", "to-deliver"]
        assert life.steps[-1].on == order.promised_on
        assert life.lines == ()

    def test_ends_with_a_cancellation(self):
        order = OrderFactory(status="cancelled")
        life = queries.of_order(reference=order.reference, scope=COUNTRY)
        assert keys_of(life) == ["ordered"]

    def test_waits_for_the_executor(self):
        order = OrderFactory()
        fulfilment_of(order, by_platform=True)

        life = queries.of_order(reference=order.reference, scope=COUNTRY)

        assert keys_of(life) == ["ordered", "handed", "to-deliver"]
        assert "établissement support" in life.steps[1].more
        assert [(line.family, line.asked, line.to_come) for line in life.lines] == [
            (MASKS, 100, 100),
            (GOWNS, 10, 10),
        ]

    def test_says_that_an_order_cannot_be_served(self):
        order = OrderFactory(units={GOWNS: 10})
        fulfilment = fulfilment_of(order, answered_at=AT, state="given_up")
        fulfilment.lines.update(confirmed=0, withdrawn=10, short_reason="Rupture.")

        life = queries.of_order(reference=order.reference, scope=COUNTRY)

        assert life.steps[-1].words == "Ne peut pas être servie"
        assert life.lines[0].short_reason == "Rupture."

    def test_follows_parcels_to_the_door(self):
        despatch = DespatchFactory()
        assert keys_of(life_of(despatch)) == [
            "ordered",
            "handed",
            "answered",
            "despatched",
            "to-deliver",
            "to-receive",
        ]

        seen_by_carrier(despatch.parcels.first(), "Pris en charge", "Au centre de tri")
        life = life_of(despatch)
        assert keys_of(life)[4] == "on-the-way"
        assert life.steps[4].more == "Au centre de tri"

        deliver(despatch)
        assert keys_of(life_of(despatch))[4:] == ["on-the-way", "delivered", "to-receive"]

        received(despatch)
        assert keys_of(life_of(despatch))[4:] == ["on-the-way", "delivered", "received"]

    def test_says_what_was_left_for_later(self):
        despatch = DespatchFactory(parcels={GOWNS: 0})

        life = life_of(despatch)

        assert "En partie" in next(step for step in life.steps if step.key == "answered").more
        assert [line.to_come for line in life.lines] == [0, 10]

    def test_says_that_a_delivery_is_partial(self):
        despatch = DespatchFactory(delivered=True)
        Parcel.objects.filter(pk=despatch.parcels.last().pk).update(
            state="lost", reason="Perdu en agence."
        )

        life = life_of(despatch)

        words = [step.words for step in life.steps]
        assert "Livrée en partie" in words
        assert "Colis perdu" in words
        assert life.despatches[0].units == {MASKS: 100}

    def test_tells_silence_from_an_answer(self):
        despatch = DespatchFactory(delivered=True)
        received(despatch, how="assumed")

        step = life_of(despatch).steps[-1]

        assert step.key == "received"
        assert "sans réponse" in step.more
        assert life_of(despatch).despatches[0].answerable

    def test_counts_the_days_of_silence_on_the_clocks_of_the_door(self):
        at_sea = DespatchFactory(facility=FacilityFactory(at_sea=True))
        mainland = DespatchFactory()
        for each in (at_sea, mainland):
            deliver(each, at=AT.replace(hour=21))  # past midnight in La Réunion

        found = {each: life_of(each).despatches[0].assumed_on for each in (at_sea, mainland)}

        assert found == {at_sea: date(2020, 11, 12), mainland: date(2020, 11, 11)}

    def test_counts_them_from_the_expected_day_where_nobody_reports_deliveries(self):
        tracked, untracked = DespatchFactory(), DespatchFactory(place=PlaceFactory(spf=True))
        found = [life_of(each).despatches[0].assumed_on for each in (tracked, untracked)]
        assert found == [None, date(2020, 11, 13)]

    def test_knows_nothing_outside_the_scope_and_the_route(self):
        order = DespatchFactory().fulfilment.order
        assert queries.of_order(reference=order.reference, scope=COUNTRY, route="operator")
        for values in ({"scope": NOWHERE}, {"scope": COUNTRY, "route": "spf"}):
            with pytest.raises(NotFound):
                queries.of_order(reference=order.reference, **values)

    def test_takes_the_same_statements_for_twenty_parcels(self, django_assert_num_queries):
        despatch = DespatchFactory(delivered=True)
        received(despatch)
        claimed(despatch)
        with django_assert_num_queries(10):
            life_of_reference(despatch)
        for _ in range(19):
            more = DespatchFactory(fulfilment=despatch.fulfilment, parcels={MASKS: 0, GOWNS: 0})
            for parcel in despatch.parcels.all()[:2]:
                copied = Parcel.objects.create(
                    sscc=sscc_of(Parcel.objects.count() + 1), despatch=more
                )
                content = parcel.contents.first()
                Content.objects.create(
                    parcel=copied, line=content.line, lot=content.lot, units=content.units
                )
                seen_by_carrier(copied, "Pris en charge")
            received(more)
            claimed(more)
        with django_assert_num_queries(10):
            life_of_reference(despatch)


def life_of_reference(despatch):
    return queries.of_order(reference=despatch.fulfilment.order.reference, scope=COUNTRY)


class TestDespatch:
    def test_tells_parcels_lots_and_substitutes(self):
        despatch = DespatchFactory()
        substituted(despatch, why="Taille M épuisée.")

        found = queries.despatch(reference=despatch.reference, scope=COUNTRY)

        assert [len(parcel.contents) for parcel in found.parcels] == [1, 1]
        assert found.units == {MASKS: 100, GOWNS: 10}
        assert [(each.lot, each.why) for each in found.substitutes] == [("S1", "Taille M épuisée.")]
        assert [(each.boxes, each.box) for each in found.contents] == [(2, 50), (1, 10)]

    def test_counts_units_where_they_fill_no_whole_box(self):
        despatch = DespatchFactory(parcels={MASKS: 70, GOWNS: 0})
        (content,) = queries.despatch(reference=despatch.reference, scope=COUNTRY).contents
        assert (content.box, content.boxes) == (1, 70)

    def test_tells_the_remark_without_reading_the_photo(self, django_assert_num_queries):
        despatch = DespatchFactory(delivered=True)
        Remark.objects.create(receipt=received(despatch), text="Carton ouvert.", photo=b"jpeg")

        with django_assert_num_queries(7) as taken:
            found = queries.despatch(reference=despatch.reference, scope=COUNTRY)

        assert (found.receipt.remark, found.receipt.photo) == ("Carton ouvert.", True)
        assert not any('"photo",' in each["sql"] for each in taken.captured_queries)

    def test_knows_nothing_outside_the_scope_and_the_route(self):
        despatch = DespatchFactory()
        assert queries.despatch(reference=despatch.reference, scope=COUNTRY, route="operator")
        for values in ({"scope": NOWHERE}, {"scope": COUNTRY, "route": "spf"}):
            with pytest.raises(NotFound):
                queries.despatch(reference=despatch.reference, **values)


class TestStates:
    def test_tells_how_far_orders_are(self):
        handed = DespatchFactory().fulfilment.order
        waiting = OrderFactory()
        found = queries.states(references=[handed.reference, waiting.reference])
        assert found == {handed.reference: ("waiting", "transmise")}


class TestPhoto:
    def test_is_given_within_the_scope_only(self):
        despatch = DespatchFactory(delivered=True)
        Remark.objects.create(receipt=received(despatch), photo=b"jpeg")

        assert queries.photo(reference=despatch.reference, scope=COUNTRY) == b"jpeg"
        with pytest.raises(NotFound):
            queries.photo(reference=despatch.reference, scope=NOWHERE)

    def test_is_not_found_once_erased(self):
        despatch = DespatchFactory(delivered=True)
        Remark.objects.create(receipt=received(despatch), erased_at=AT)
        with pytest.raises(NotFound):
            queries.photo(reference=despatch.reference, scope=COUNTRY)


class TestBySscc:
    @pytest.mark.parametrize("form", ["{}", "(00){}", "00{}", "]C100{}", " {} "])
    def test_reads_what_a_scanner_says(self, form):
        despatch = DespatchFactory()
        code = form.format(despatch.parcels.first().sscc)
        assert queries.by_sscc(sscc=code, scope=COUNTRY) == despatch.reference

    def test_says_nothing_of_a_parcel_of_another_facility(self):
        despatch = DespatchFactory()
        own, unknown = despatch.parcels.first().sscc, sscc_of(999)
        refusals = []
        for code in (own, unknown):
            with pytest.raises(NotFound) as refusal:
                queries.by_sscc(sscc=code, scope=of(FacilityFactory()))
            refusals.append(refusal.value.as_problem())
        assert refusals[0] == refusals[1]

    @pytest.mark.parametrize("code", ["", "bonjour", "352000000000000001", "3400930000120"])
    def test_refuses_what_is_no_parcel(self, code):
        with pytest.raises(Invalid) as refusal:
            queries.by_sscc(sscc=code, scope=COUNTRY)
        assert refusal.value.faults[0].where == "code"


class TestAwaiting:
    def test_tells_what_is_on_its_way_or_unanswered(self):
        home = FacilityFactory()
        coming, there, answered = (DespatchFactory(facility=home) for _ in range(3))
        DespatchFactory()
        deliver(there)
        received(answered)

        found = queries.awaiting(facility_id=home.pk)

        assert [each.reference for each in found] == [coming.reference, there.reference]
        assert [bool(each.delivered_at) for each in found] == [False, True]

    def test_forgets_what_will_never_come(self):
        home = FacilityFactory()
        despatch = DespatchFactory(facility=home)
        despatch.parcels.update(state="lost")
        assert queries.awaiting(facility_id=home.pk) == []

    def test_takes_the_same_statements_for_twenty(self, django_assert_num_queries):
        home = FacilityFactory()
        DespatchFactory(facility=home)
        with django_assert_num_queries(6):
            queries.awaiting(facility_id=home.pk)
        for _ in range(19):
            DespatchFactory(facility=home)
        with django_assert_num_queries(6):
            assert len(queries.awaiting(facility_id=home.pk)) == 20


class TestDeliveries:
    def test_goes_page_by_page_through_what_was_answered(self):
        home = FacilityFactory()
        made = [DespatchFactory(facility=home) for _ in range(3)]
        for each in made:
            received(each)
        DespatchFactory(facility=home)

        first, before = queries.deliveries(facility_id=home.pk, limit=2)
        second, end = queries.deliveries(facility_id=home.pk, limit=2, before=before)

        assert [each.reference for each in (*first, *second)] == [
            each.reference for each in reversed(made)
        ]
        assert end is None


class TestClaims:
    def test_puts_the_late_ones_first(self):
        despatch = DespatchFactory()
        days = [AT.date() + timedelta(days=shift) for shift in (3, -2, 1)]
        made = [claimed(despatch, due_on=day) for day in days]

        found = queries.claims(scope=COUNTRY).claims

        assert [each.id for each in found] == [made[1].pk, made[2].pk, made[0].pk]
        assert [each.late(on=AT.date()) for each in found] == [True, False, False]

    def test_keeps_those_of_an_owner_and_a_kind(self):
        despatch = DespatchFactory()
        mine = claimed(despatch)
        claimed(despatch, owner="spf")
        claimed(despatch, kind="damaged")

        found = queries.claims(scope=COUNTRY, owner="operator", kind="missing").claims

        assert [each.id for each in found] == [mine.pk]

    def test_gives_those_of_the_overseas_stores_to_their_keeper(self):
        despatch = DespatchFactory()
        made = [claimed(despatch, owner=owner) for owner in ("spf", "overseas", "operator")]
        found = queries.claims(scope=COUNTRY, owner="spf").claims
        assert [each.id for each in found] == [each.pk for each in made[:2]]

    def test_leaves_the_settled_ones_out_unless_asked(self):
        despatch = DespatchFactory()
        waiting = claimed(despatch)
        settled = claimed(despatch, outcome="found", settled_at=AT, reason="Retrouvé.")

        assert [each.id for each in queries.claims(scope=COUNTRY).claims] == [waiting.pk]
        (found,) = queries.claims(scope=COUNTRY, open_only=False).claims
        assert (found.id, found.outcome_words) == (settled.pk, "retrouvé, reçu")

    @pytest.mark.parametrize("open_only", [True, False])
    def test_goes_page_after_page_without_losing_or_doubling(self, open_only):
        despatch = DespatchFactory()
        values = {} if open_only else {"outcome": "found", "settled_at": AT}
        made = {claimed(despatch, **values).pk for _ in range(5)}
        seen, after = [], None
        while True:
            page = queries.claims(scope=COUNTRY, limit=2, after=after, open_only=open_only)
            seen += [each.id for each in page.claims]
            after = page.after
            if after is None:
                break
        assert len(seen) == 5
        assert set(seen) == made

    def test_shows_those_of_the_scope_only(self):
        home = FacilityFactory()
        own, others = DespatchFactory(facility=home), DespatchFactory()
        mine, theirs = claimed(own), claimed(others)

        assert [each.id for each in queries.claims(scope=of(home)).claims] == [mine.pk]
        with pytest.raises(NotFound):
            queries.claim(number=theirs.pk, scope=of(home))
        with pytest.raises(NotFound):
            queries.claim(number=mine.pk, scope=COUNTRY, owner="spf")

    def test_takes_one_statement(self, django_assert_num_queries):
        despatch = DespatchFactory()
        claimed(despatch)
        with django_assert_num_queries(1):
            queries.claims(scope=COUNTRY)
        for _ in range(19):
            claimed(despatch)
        with django_assert_num_queries(1):
            assert len(queries.claims(scope=COUNTRY).claims) == 20


class TestClaimCounts:
    def test_tells_how_many_wait_and_are_late(self):
        despatch = DespatchFactory()
        for shift in (-1, 0, 1):
            claimed(despatch, due_on=AT.date() + timedelta(days=shift))
        claimed(despatch, due_on=AT.date() - timedelta(days=9), outcome="kept", settled_at=AT)

        found = queries.claim_counts(scope=COUNTRY, on=AT.date())

        assert (found.waiting, found.late) == (3, 1)


class TestRecallTrace:
    def test_tells_who_has_a_lot_and_was_told(self):
        told, silent = DespatchFactory(delivered=True), DespatchFactory()
        facility = told.fulfilment.order.facility
        lot = told.parcels.first().contents.first().lot
        message = Message.objects.create(
            key=f"{queries.RECALL_KEY}{lot.pk}:1",
            title="Rappel",
            body="Isolez ce lot.",
            facility_ids=[facility.pk],
            sent_at=AT,
            sent_by="cell",
        )

        found = {each.despatch: each for each in queries.recall_trace(lot=lot.pk)}

        assert set(found) == {told.reference, silent.reference}
        assert (found[told.reference].told, found[silent.reference].told) == (True, False)
        assert found[told.reference].units == 100
        assert found[told.reference].delivered_at
        assert found[silent.reference].delivered_at is None
        assert found[told.reference].read_at is None

        reader = ProfileFactory(role="orderer", facility=facility)
        Reading.objects.create(message=message, profile=reader, read_at=AT)
        (holder, *_) = [
            each for each in queries.recall_trace(lot=lot.pk) if each.despatch == told.reference
        ]
        assert holder.read_at == AT

    def test_forgets_what_was_told_of_an_earlier_recall(self):
        despatch = DespatchFactory(delivered=True)
        lot = despatch.parcels.first().contents.first().lot
        Message.objects.create(
            key=f"{queries.RECALL_KEY}{lot.pk}:1",
            title="Rappel",
            body="Isolez ce lot.",
            facility_ids=[despatch.fulfilment.order.facility_id],
            sent_at=AT,
            sent_by="cell",
        )
        told = []
        for shift in (-1, 1):
            Recall.objects.update_or_create(
                lot=lot, defaults={"declared_at": AT + timedelta(days=shift)}
            )
            told += [each.told for each in queries.recall_trace(lot=lot.pk)]
        assert told == [True, False]

    def test_leaves_out_parcels_that_never_arrive_and_other_lots(self):
        despatch = DespatchFactory()
        lot = despatch.parcels.first().contents.first().lot
        despatch.parcels.update(state="returned")

        assert queries.recall_trace(lot=lot.pk) == []
        assert queries.recall_trace(lot=LotFactory(number="X").pk) == []

    def test_takes_one_statement(self, django_assert_num_queries):
        made = [DespatchFactory() for _ in range(3)]
        lot = made[0].parcels.first().contents.first().lot
        with django_assert_num_queries(1):
            assert len(queries.recall_trace(lot=lot.pk)) == 3


def test_claims_keep_their_facts():
    """A claim on what nobody announced has no lot and no parcel."""
    despatch = DespatchFactory()
    claimed(despatch, kind=Claim.Kind.EXTRA, lot=None, parcel=None)
    (found,) = queries.claims(scope=COUNTRY).claims
    assert (found.lot, found.sscc, found.kind_words) == ("", "", "en trop")
    assert found.owner_words == "l’opérateur logistique"


class TestReceivedSince:
    @pytest.fixture
    def despatch(self):
        made = DespatchFactory(delivered=True)
        received(made, at=AT + timedelta(days=3))
        return made

    def units(self, despatch, *, after: timedelta = timedelta(days=1)):
        facility = despatch.fulfilment.order.facility
        return queries.received_since(facility_id=facility.pk, since=AT + after)

    def test_adds_up_what_was_received_since(self, despatch):
        assert self.units(despatch) == {MASKS: 100, GOWNS: 10}
        assert self.units(despatch, after=timedelta(days=4)) == {}

    def test_leaves_out_what_is_claimed_until_it_is_found(self, despatch):
        claim = claimed(despatch, units=50)
        assert self.units(despatch) == {MASKS: 50, GOWNS: 10}

        claim.outcome, claim.settled_at = Claim.Outcome.FOUND, AT
        claim.save()

        assert self.units(despatch) == {MASKS: 100, GOWNS: 10}

    def test_leaves_out_parcels_that_never_came_and_those_of_others(self, despatch):
        other = FacilityFactory()
        assert queries.received_since(facility_id=other.pk, since=AT) == {}
        Parcel.objects.filter(despatch=despatch).update(state=Parcel.State.LOST)
        assert self.units(despatch) == {}

    def test_asks_two_questions(self, despatch, django_assert_num_queries):
        with django_assert_num_queries(2):
            self.units(despatch)
