"""A push at once, outside every plan."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import EmergencyPush, PlanLine
from distrilog.domain.distribution.queries import books
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Entry
from distrilog.domain.stock.services import KeyReused, NotEnoughStock
from distrilog.kernel.refusals import Forbidden, Invalid
from tests.domain.distribution.world import AT, WEEK, build, prepared, shared
from tests.factories import actor, orderer


pytestmark = pytest.mark.django_db


def pushed(world, facility=None, *, key="u1", source="spf", by=None, **units):
    return services.push_at_once(
        actor=by or world.prepares,
        registry=(facility or world.home).registry,
        units=units or {"surgical_mask": 500},
        source=source,
        motive="Foyer de vingt cas, plus un masque.",
        key=key,
        at=AT,
    )


def words_of(caught):
    return " ".join(fault.message for fault in caught.value.faults)


class TestPushAtOnce:
    def test_sends_lots_to_the_door_in_one_act(self):
        world = build()
        (push,) = pushed(world)
        assert push.units == 500
        assert push.lots.count() == 1
        assert sorted(
            Entry.objects.filter(about=f"urgent:{push.key}").values_list("kind", "units")
        ) == [("delivery", 500), ("issue", 500)]
        assert stock.available()["spf", "surgical_mask"] == 99_500
        assert not books.discrepancies()

    def test_is_read_and_lowered_by_no_plan(self):
        world = build()
        before = prepared(world, surgical_mask={"spf": 1150})
        services.abandon(actor=world.prepares, plan_id=before.pk, reason="Essai", at=AT)
        pushed(world)
        plan = prepared(world, surgical_mask={"spf": 1150})
        line = PlanLine.objects.get(plan=plan, facility=world.home)
        assert (line.need, line.given, line.already, line.units) == (400, 0, 0, 400)

    def test_takes_nothing_that_was_promised(self):
        world = build(state=1500)
        shared(world, surgical_mask={"spf": 1150})
        with pytest.raises(NotEnoughStock) as caught:
            pushed(world, surgical_mask=400)
        assert "que 350 unités qui ne sont promises à personne" in words_of(caught)
        assert not EmergencyPush.objects.exists()
        pushed(world, surgical_mask=350)
        assert not books.discrepancies()

    def test_happens_once_a_key(self):
        world = build()
        assert [each.pk for each in pushed(world)] == [each.pk for each in pushed(world)]
        assert Entry.objects.filter(kind="issue").count() == 1

    @pytest.mark.parametrize("values", [{"facility": "small"}, {"surgical_mask": 550}])
    def test_refuses_a_key_that_served_for_another(self, values):
        world = build()
        pushed(world)
        facility = getattr(world, values.pop("facility", "home"))
        with pytest.raises(KeyReused):
            pushed(world, facility, **values)
        assert EmergencyPush.objects.count() == 1

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"surgical_mask": 75}, "boîtes entières"),
            ({"surgical_mask": 0}, "nombre entier"),
            ({"snorkel": 50}, "Famille inconnue"),
            ({"source": "moon"}, "Lieu inconnu"),
            ({"key": ""}, "vide"),
        ],
    )
    def test_refuses_with_the_reason(self, values, words):
        world = build()
        with pytest.raises(Invalid) as caught:
            pushed(world, **values)
        assert words in words_of(caught)

    def test_says_why(self):
        world = build()
        with pytest.raises(Invalid):
            services.push_at_once(
                actor=world.prepares,
                registry=world.home.registry,
                units={"surgical_mask": 50},
                source="spf",
                motive=" ",
                key="u",
                at=AT,
            )

    def test_refuses_a_closed_facility(self):
        world = build()
        world.home.closed_on = AT.date()
        world.home.save()
        with pytest.raises(Invalid) as caught:
            pushed(world)
        assert "est fermé" in words_of(caught)

    @pytest.mark.parametrize("role", [Role.ARS, Role.PLATFORM, Role.SPF])
    def test_is_the_cell_s(self, role):
        world = build()
        with pytest.raises(Forbidden):
            pushed(world, by=actor(role))
        with pytest.raises(Forbidden):
            pushed(world, by=orderer(world.home))
        assert str(WEEK)
