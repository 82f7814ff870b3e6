"""What comes to a region: delivered + pending = ordered, whatever is looked at, refused or cancelled."""

from dataclasses import replace

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.regional import services
from distrilog.domain.regional.models import Supply
from distrilog.domain.stock.rules import Condition
from distrilog.domain.stock.services import Arrival, KeyReused, TooMuch
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.domain.regional.world import AT, MASK, arrived, books_are_right, build, ordered, usable
from tests.factories import RegionFactory, actor, agency, gtin_of


pytestmark = pytest.mark.django_db
STORE = ("reg-76", MASK)


class TestRegisterSupply:
    def test_is_the_agencys_and_lies_in_its_store_unless_told(self):
        found = ordered(build(), 1000)
        assert (found.owner_id, found.place_id, found.pending) == ("ars-76", "reg-76", 1000)

    def test_lies_at_a_platform_of_the_region_where_it_is_told(self):
        assert ordered(build(), 1000, place="ght-T31").place_id == "ght-T31"

    def test_is_not_for_a_place_of_another_region(self):
        with pytest.raises(NotFound):
            ordered(build(), 1000, place="reg-11")

    def test_is_written_once_a_reference(self):
        world = build()
        assert ordered(world, 1000).pk == ordered(world, 1000).pk
        with pytest.raises(KeyReused):
            ordered(world, 2000)

    def test_tells_every_fault_at_once(self):
        world = build()
        wrong = services.NewSupply(reference="", kind="loan", donor="", gtin="1", units=0)
        with pytest.raises(Invalid) as caught:
            services.register_supply(actor=world.prepares, supply=wrong, at=AT)
        wheres = {fault.where for fault in caught.value.faults}
        assert wheres == {"reference", "kind", "donor", "gtin", "units"}

    def test_is_for_the_agency_alone(self):
        build()
        supply = services.NewSupply(
            reference="X", kind="donation", donor="D", gtin=gtin_of(MASK), units=10
        )
        with pytest.raises(Forbidden):
            services.register_supply(actor=actor(Role.NATIONAL_CELL), supply=supply, at=AT)


class TestReceiveSupply:
    def test_books_part_and_keeps_the_rest_pending(self):
        world = build()
        ordered(world, 2_500_000)
        found = arrived(world, 2_288_040)
        assert (found.arrived, found.pending) == (2_288_040, 211_960)
        assert usable("ars-76") == {STORE: 2_288_040}
        books_are_right()

    def test_books_once_a_key(self):
        world = build()
        ordered(world, 1000)
        arrived(world, 400)
        assert arrived(world, 400).arrived == 400
        with pytest.raises(KeyReused):
            arrived(world, 500)

    def test_refuses_more_than_is_pending_and_says_what_is(self):
        world = build()
        ordered(world, 1000)
        arrived(world, 400)
        with pytest.raises(TooMuch) as caught:
            arrived(world, 601, key="a2")
        assert caught.value.faults[0].values == {"asked": 601, "left": 600}

    def test_puts_what_nobody_looked_at_and_what_looks_doubtful_in_quarantine(self):
        world = build()
        ordered(world, 1000, reference="C2", quality="unchecked")
        arrived(world, 1000, reference="C2")
        ordered(world, 500)
        arrived(world, 500, condition=Condition.DOUBTFUL)
        assert usable("ars-76") == {}
        books_are_right()

    def test_is_not_for_another_region(self):
        world = build()
        ordered(world, 1000)
        other = replace(world, prepares=agency(RegionFactory(code="11")))
        with pytest.raises(NotFound):
            arrived(other, 100)

    def test_refuses_an_empty_arrival_and_half_a_mask(self):
        world = build()
        ordered(world, 1000)
        for arrivals in ([], [Arrival(lot="A", units=0.5)]):
            with pytest.raises(Invalid):
                services.receive_supply(
                    actor=world.prepares, reference="C1", arrivals=arrivals, key="k", at=AT
                )


class TestCheckQuality:
    def checked(self, world, *, accepted):
        return services.check_quality(
            actor=world.prepares, reference="C1", accepted=accepted, words="Vu au CHU", at=AT
        )

    def test_makes_what_it_accepts_usable(self):
        world = build()
        ordered(world, 1000, quality="unchecked")
        arrived(world, 600)
        assert self.checked(world, accepted=True).quality == Supply.Quality.ACCEPTED
        arrived(world, 400, key="a2")
        assert usable("ars-76") == {STORE: 1000}
        books_are_right()

    def test_puts_all_that_is_there_of_what_it_refuses_in_quarantine(self):
        world = build()
        ordered(world, 1000)
        arrived(world, 600)
        self.checked(world, accepted=False)
        assert usable("ars-76") == {}
        arrived(world, 400, key="a2")
        assert usable("ars-76") == {}
        books_are_right()

    def test_leaves_another_supply_of_the_same_lot_alone(self):
        world = build()
        ordered(world, 1000, quality="unchecked")
        ordered(world, 300, reference="C2", quality="unchecked")
        arrived(world, 1000, lot="SAME")
        arrived(world, 300, reference="C2", lot="SAME")
        self.checked(world, accepted=True)
        assert usable("ars-76") == {STORE: 1000}

    def test_wants_a_word(self):
        world = build()
        ordered(world, 1000)
        with pytest.raises(Invalid):
            services.check_quality(
                actor=world.prepares, reference="C1", accepted=True, words=" ", at=AT
            )


class TestCancelRest:
    def test_awaits_nothing_more_and_refuses_what_still_comes(self):
        world = build()
        ordered(world, 1000)
        arrived(world, 400)
        found = services.cancel_rest(
            actor=world.prepares, reference="C1", reason="Fournisseur défaillant", at=AT
        )
        assert (found.arrived, found.pending) == (400, 0)
        with pytest.raises(TooMuch):
            arrived(world, 1, key="a2")
