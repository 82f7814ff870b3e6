"""
The weekly situation out of ledger movements, and the Occitanie documents of 24 April 2020 to the unit (row N2).

Every figure is of `reference`, which cites its source.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from distrilog.domain.distribution.models import PlanLine, Settlement
from distrilog.domain.regional import queries, services
from distrilog.domain.regional.models import LotPart, LotShare
from distrilog.domain.regional.reference import (
    FFP2_LOT,
    FFP2_UNEXPLAINED,
    PRO_RATA_UNITS,
    SURGICAL_LOT,
    WEEK_17,
)
from distrilog.domain.regional.rules import pro_rata
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week
from tests.domain.distribution.test_printed import GHT
from tests.domain.regional.test_sharing import advanced
from tests.domain.regional.world import (
    AT,
    FFP2,
    MASK,
    arrived,
    books_are_right,
    build,
    delegation,
    executed,
    ordered,
    reserved,
    stored,
    usable,
)


pytestmark = pytest.mark.django_db


def printed(label, family):
    (line,) = (each for each in WEEK_17 if (each.label, each.family) == (label, family))
    return line


def on(day, hour=9):
    return datetime(2020, 4, day, hour, tzinfo=UTC)


@pytest.fixture
def occitanie():
    """Play the fortnight: what was there, what the two orders delivered, the two lots split and carried."""
    world = build()
    stored(world, printed("Stock au 10/04", MASK).delivered, at=on(9))
    for label, family, reference in (
        ("Commande ARS", MASK, "ARS"),
        ("Commande Conseil régional", FFP2, "CR"),
    ):
        line = printed(label, family)
        ordered(
            world, line.delivered + line.pending, family=family, reference=reference, at=on(10, 20)
        )
        arrived(world, line.delivered, reference=reference, at=on(16))
    advanced(world, 30_000)
    world_parts = {MASK: SURGICAL_LOT, FFP2: FFP2_LOT}
    for family, printed_parts in world_parts.items():
        executed(
            world,
            *(
                services.PartOf(
                    purpose=each.purpose,
                    units=each.units,
                    words=each.words,
                    shares=[
                        services.ShareOf(receiver="biologistes", units=each.units)
                        if each.purpose == LotPart.Purpose.DIRECT
                        else services.ShareOf(territory=world.toulouse.pk, units=each.units)
                    ],
                )
                for each in printed_parts
            ),
            family=family,
            reference=f"LOT-{family}",
            at=on(21),
        )
    # The table says more than the text: the difference leaves under its own motive.
    services.issue_urgently(
        actor=world.prepares, to=services.Recipient(facility=world.home.registry), family=FFP2,
        units=FFP2_UNEXPLAINED, motive="Écart entre le tableau et le texte de la source",
        key="ecart", at=on(21, 10),
    )  # fmt: skip
    return world


def store(first, last, family):
    """Return the balance of a family in the region's own store."""
    found = queries.situation(region="76", first=first, last=last)
    return found.family(family, at_platforms=False)


class TestWeek17OfOccitanie:
    TENTH, SEVENTEENTH, END = date(2020, 4, 10), date(2020, 4, 17), date(2020, 4, 25)

    @pytest.mark.usefixtures("occitanie")
    def test_closes_to_the_unit_on_every_stock_that_is_printed(self):
        day = timedelta(days=1)
        for label, until, family in (
            ("Stock au 10/04", self.TENTH, MASK),
            ("Stock au 17/04", self.SEVENTEENTH, MASK),
            ("Stock au 17/04", self.SEVENTEENTH, FFP2),
            ("Stock au 25/04", self.END, MASK),
            ("Stock au 25/04", self.END, FFP2),
        ):
            # The order came on the evening of the 10th: the stock of a day is that of its end.
            balance = store(self.TENTH + day, until, family)
            closing = balance.opening if until == self.TENTH else balance.closing
            assert closing == printed(label, family).delivered, (label, family)

    @pytest.mark.usefixtures("occitanie")
    def test_shows_what_was_ordered_delivered_and_pending(self):
        pending = queries.situation(region="76", first=self.TENTH, last=self.SEVENTEENTH).pending
        ars, council = printed("Commande ARS", MASK), printed("Commande Conseil régional", FFP2)
        assert pending[MASK].pending == ars.pending
        assert (pending[FFP2].delivered, pending[FFP2].pending) == (
            council.delivered,
            council.pending,
        )
        for each in pending.values():
            assert each.delivered + each.pending == each.ordered

    @pytest.mark.usefixtures("occitanie")
    def test_shows_what_left_for_the_platforms_in_the_week(self):
        line = "Distribution GHT semaine du 21/04"
        for family in (MASK, FFP2):
            balance = store(date(2020, 4, 18), self.END, family)
            assert balance.left == printed(line, family).delivered
            assert balance.opening + balance.came - balance.left == balance.closing

    def test_splits_the_lots_as_the_text_says(self, occitanie):
        assert sum(part.units for part in SURGICAL_LOT) == 404_000
        assert sum(part.units for part in FFP2_LOT) == 1_279_100
        assert usable("del-31") == {("ght-T31", FFP2): 196_400}
        assert usable("ars-76")["ght-T31", MASK] == 17_800 + 345_600
        assert usable("ars-76")["ght-T31", FFP2] == 832_700
        assert Settlement.objects.get().units == 30_000
        assert PlanLine.objects.get().facility == occitanie.home
        books_are_right()

    @pytest.mark.usefixtures("occitanie")
    def test_keeps_the_region_whole_where_units_only_changed_place_or_owner(self):
        found = queries.situation(region="76", first=self.TENTH, last=self.END)
        whole = found.family(FFP2)
        assert whole.closing == 832_700 + 196_400
        assert {row.owner for row in found.rows} == {"ars-76", "del-31"}


class TestProRataOfOccitanie:
    def test_splits_week_16_between_the_14_platforms_by_what_the_state_allotted_them(self):
        weights = {}
        for line in GHT.splitlines()[:-1]:
            name, masks, *_others = line.split(";")
            weights[name] = int(masks.replace(" ", ""))
        assert len(weights) == 14
        split = pro_rata(units=PRO_RATA_UNITS, weights=weights, box=50)
        assert sum(split.values()) == PRO_RATA_UNITS
        assert all(units % 50 == 0 for units in split.values())
        for name, units in split.items():
            assert abs(units - PRO_RATA_UNITS * weights[name] / 2_835_550) < 50, name
        assert split["GHT Haute-Garonne et Tarn Ouest"] == 330_050
        assert split["GHT Lozère"] == 32_950


class TestSituation:
    def test_opens_a_week_on_what_the_week_before_closed_on(self):
        world = build()
        stored(world, 1_000, at=on(13))
        services.issue_urgently(
            actor=world.prepares, to=services.Recipient(facility=world.home.registry), family=MASK,
            units=300, motive="Urgence", key="u", at=on(22),
        )  # fmt: skip
        week = Week.parse("2020-W16")
        closing = queries.situation_of_week(region="76", week=week).family(MASK).closing
        after = queries.situation_of_week(region="76", week=week.plus(1)).family(MASK)
        assert (closing, after.opening, after.closing) == (1_000, 1_000, 700)
        assert after.departures == {"issue": 300}

    def test_ends_its_days_on_the_clocks_of_the_region(self):
        world = build()
        # 22:30 in London is half past midnight in Toulouse: Monday already.
        stored(world, 1_000, at=datetime(2020, 4, 19, 22, 30, tzinfo=UTC))
        week = Week.parse("2020-W16")
        assert queries.situation_of_week(region="76", week=week).rows == ()
        assert queries.situation_of_week(region="76", week=week.plus(1)).family(MASK).came == 1_000

    def test_counts_what_quarantine_holds_and_no_move_in_or_out_of_it(self):
        world = build()
        stored(world, 1_000, quality="unchecked")
        services.check_quality(
            actor=world.prepares, reference="surg-1000", accepted=True, words="Vu", at=AT
        )
        found = queries.situation_of_week(region="76", week=Week.parse("2020-W16"))
        assert found.family(MASK).arrivals == {"receipt": 1_000}
        assert found.family(MASK).closing == 1_000

    def test_asks_the_same_number_of_questions_whatever_there_is(self, django_assert_num_queries):
        world = build()
        reserved(world, 1_000)
        with django_assert_num_queries(4):
            queries.situation_of_week(region="76", week=Week.parse("2020-W16"))


class TestRegionOf:
    def test_is_the_region_of_an_agency_or_of_a_department(self):
        world = build()
        assert queries.region_of(world.prepares.scope) == "76"
        assert queries.region_of(delegation("82").scope) == "76"
        assert queries.region_of(Scope(kind=ScopeKind.COUNTRY)) == ""


class TestAges:
    def test_says_how_long_what_lies_somewhere_has_been_lying(self):
        world = build()
        stored(world, 1_000, at=on(6))
        stored(world, 200, at=on(16))
        services.issue_urgently(
            actor=world.prepares, to=services.Recipient(facility=world.home.registry), family=MASK,
            units=900, motive="Urgence", key="u", at=on(17),
        )  # fmt: skip
        (found,) = queries.ages(region="76", at=on(26))
        assert (found.age.units, found.age.oldest_days, found.age.mean_days) == (300, 20, 13)


class TestWaiting:
    def test_counts_what_is_decided_and_not_carried_and_what_is_late(self):
        world = build()
        stored(world, 1_000)
        ordered(world, 500, reference="LATE", expected_on=date(2020, 4, 10))
        shares = [services.ShareOf(territory=world.toulouse.pk, units=600)]
        plan = services.prepare_lot_plan(
            actor=world.prepares,
            proposal=services.LotProposal(
                reference="L",
                title="T",
                family=MASK,
                units=600,
                parts=[services.PartOf(purpose="reinforcement", units=600, shares=shares)],
            ),
            at=AT,
        )
        services.decide_lot_plan(actor=world.decides, reference=plan.reference, at=AT)
        found = queries.waiting(region="76", at=AT)
        assert (found.decided, found.decided_units, found.decided_since) == (1, 600, AT)
        assert (found.late, found.late_units) == (1, 500)


class TestDiscrepancies:
    @pytest.mark.parametrize(
        ("broken", "what"),
        [
            ("UPDATE regional_supply SET arrived = arrived - 1", "apport"),
            ("UPDATE regional_lotpart SET units = units - 1", "parts du lot"),
            ("UPDATE regional_lotshare SET units = units + 1", "répartition d’une part"),
            ("UPDATE regional_lotshare SET done_at = NULL; UPDATE regional_lotplan SET state = 'decided'", "réservé au lot"),
            ("UPDATE regional_issue SET units = units + 1", "sortie"),
        ],
    )  # fmt: skip
    def test_finds_a_figure_that_another_does_not_bear_out(self, broken, what):
        world = build()
        reserved(world, 1_000)
        services.release(
            actor=delegation("31"), place="ght-T31", family=MASK, units=10,
            facility=world.home.registry, motive="Foyer", key="r", at=AT,
        )  # fmt: skip
        assert queries.discrepancies() == []
        with connection.cursor() as cursor:
            cursor.execute(broken)
        assert any(str(each).startswith(what) for each in queries.discrepancies())
        assert LotShare.objects.exists()
