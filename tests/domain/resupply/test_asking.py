"""Asking for help: what is refused, what a second sending does, which procedure and clocks it comes under."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Target
from distrilog.domain.messages.models import Message
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Clock, Request
from distrilog.domain.resupply.rules import Step, Urgency, procedure_named
from distrilog.domain.resupply.services import AlreadyAsked, KeyReused, NotNow, Wanted
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.domain.resupply.world import (
    AT,
    BEFORE_OCTOBER,
    GOWN,
    LATER,
    MASK,
    ars,
    ask,
    choice,
    choose,
    declared,
    furnish,
    home,
    lender,
    lent,
    line_of,
    offered,
    states,
)
from tests.factories import actor, orderer


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _furnished():
    furnish()


@pytest.fixture
def needy():
    return home()


class TestAsk:
    def test_takes_down_what_was_declared(self, needy):
        declared(needy, stock=40, need=70)
        Target.objects.create(facility=needy, family_id=MASK, need=80)
        line = line_of(ask(needy, 150))
        assert (line.units, line.box_units, line.stock, line.need) == (150, 50, 40, 80)
        assert line_of(ask(needy, 20, family=GOWN), GOWN).stock is None

    def test_has_the_agency_decide_in_time(self, needy):
        reference = ask(needy, urgency="today")
        [clock] = Clock.objects.filter(request__reference=reference)
        assert (clock.step, clock.due_at - clock.started_at) == ("decide", timedelta(hours=4))
        message = Message.objects.get(key=f"resupply-asked:{reference}")
        assert (message.roles, message.regions) == (["ars"], ["11"])

    @pytest.mark.parametrize(
        ("at", "code", "clocks"), [(BEFORE_OCTOBER, "2020-07", 24), (AT, "2020-10", 24)]
    )
    def test_comes_under_the_procedure_of_its_day(self, needy, at, code, clocks):
        found = Request.objects.get(reference=ask(needy, at=at))
        assert found.procedure == code
        due = procedure_named(code).due(Step.DECIDE, Urgency.DAYS)
        assert due == timedelta(hours=clocks)

    def test_is_refused_for_all_that_is_wrong_at_once(self, needy):
        lines = [
            Wanted(family=MASK, units=75),
            Wanted(family="hat", units=10),
            Wanted(family=MASK, units=-50),
            Wanted(family=GOWN, units=2.5),
        ]
        with pytest.raises(Invalid) as caught:
            services.ask(
                actor=orderer(needy), registry=needy.registry, urgency="soon", words=" ",
                lines=lines, contact="x" * 161, at=AT,
            )  # fmt: skip
        assert {fault.where for fault in caught.value.faults} == {
            "urgency", "words", "contact", "lines.0.units", "lines.1.family", "lines.2.family",
            "lines.2.units", "lines.3.units",
        }  # fmt: skip
        assert not Request.objects.exists()

    def test_is_refused_without_a_line(self, needy):
        with pytest.raises(Invalid, match="Aucun article demandé"):
            services.ask(
                actor=orderer(needy), registry=needy.registry, urgency="days", words="Vite",
                lines=[], at=AT,
            )  # fmt: skip

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"closed_on": date(2020, 11, 4)}, "fermé depuis le 4 novembre 2020"),
            ({"opened_on": date(2020, 11, 5)}, "n’ouvre que le 5 novembre 2020"),
        ],
    )
    def test_is_refused_for_a_facility_that_is_not_open(self, values, words):
        with pytest.raises(Invalid, match=words):
            ask(home(**values))

    def test_is_for_ones_own_facility_alone(self, needy):
        other = home(north=3)
        values = {"urgency": "days", "words": "Vite", "lines": [Wanted(family=MASK, units=50)]}
        with pytest.raises(NotFound):
            services.ask(actor=orderer(needy), registry=other.registry, **values, at=AT)
        referent = actor(
            Role.PLATFORM,
            scope=Scope(kind=ScopeKind.COUNTRY),
            facility_id=needy.pk,
            registry=needy.registry,
        )
        with pytest.raises(Forbidden, match="que pour le vôtre"):
            services.ask(actor=referent, registry=other.registry, **values, at=AT)
        with pytest.raises(NotFound):
            services.ask(actor=orderer(needy), registry="\0" * 30, **values, at=AT)

    def test_is_one_a_family_at_a_time(self, needy):
        first = ask(needy)
        with pytest.raises(AlreadyAsked, match=first):
            ask(needy)
        ask(needy, 20, family=GOWN)
        services.withdraw_request(actor=orderer(needy), reference=first, at=AT)
        assert ask(needy) != first

    def test_under_its_key_is_made_once(self, needy):
        key = uuid4()
        first = ask(needy, key=key)
        assert ask(needy, key=key, at=LATER) == first
        assert Request.objects.count() == 1
        with pytest.raises(KeyReused):
            ask(needy, 150, key=key)
        with pytest.raises(KeyReused):
            ask(home(north=2), key=key)


class TestWithdrawRequest:
    def test_lets_everybody_go(self, needy):
        giver = lender(surplus=200)
        part = offered(needy, giver)
        reference = part.line.request.reference
        services.withdraw_request(actor=orderer(needy), reference=reference, at=LATER)
        services.withdraw_request(actor=orderer(needy), reference=reference, at=LATER)
        assert states(reference) == ["cancelled"]
        assert not Clock.objects.filter(done_at__isnull=True).exists()
        assert Message.objects.filter(key=f"resupply-free:{part.pk}").exists()
        assert queries.spares(facilities=[giver.pk], at=LATER)[giver.pk, MASK].units == 200

    def test_is_too_late_once_something_is_on_its_way(self, needy):
        part = lent(needy, lender(surplus=200))
        with pytest.raises(NotNow, match="en préparation ou en route"):
            services.withdraw_request(
                actor=orderer(needy), reference=part.line.request.reference, at=LATER
            )

    def test_is_for_who_asked(self, needy):
        reference = ask(needy)
        with pytest.raises(NotFound):
            services.withdraw_request(actor=orderer(home(north=2)), reference=reference, at=AT)

    def test_has_nothing_to_take_back_of_what_ended(self, needy):
        reference = ask(needy)
        services.refuse(actor=ars(needy), reference=reference, reason="Déjà livré.", at=AT)
        with pytest.raises(NotNow, match="terminée"):
            services.withdraw_request(actor=orderer(needy), reference=reference, at=AT)


class TestRefuse:
    def test_tells_the_reason(self, needy):
        reference = ask(needy)
        for _ in range(2):
            services.refuse(actor=ars(needy), reference=reference, reason="Déjà livré.", at=AT)
        found = queries.request(reference=reference, actor=orderer(needy), at=AT)
        assert (found.state, found.answer, found.open) == ("refused", "Déjà livré.", False)
        assert Message.objects.get(key=f"resupply-refused:{reference}").body == "Déjà livré."

    def test_needs_a_reason(self, needy):
        reference = ask(needy)
        with pytest.raises(Invalid):
            services.refuse(actor=ars(needy), reference=reference, reason=" ", at=AT)

    def test_is_too_late_once_something_is_granted(self, needy):
        reference = ask(needy)
        choose(needy, reference, choice(reference, "state", 50))
        with pytest.raises(NotNow, match="déjà accordée"):
            services.refuse(actor=ars(needy), reference=reference, reason="Non.", at=AT)
