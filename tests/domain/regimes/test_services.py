from datetime import UTC, date, datetime, time, timedelta

import pytest

from distrilog.domain.accounts.rules import Role, SameSigner
from distrilog.domain.facilities.models import Zone
from distrilog.domain.messages.models import Message
from distrilog.domain.regimes import queries, services
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.factories import DepartmentFactory, FacilityFactory, FamilyFactory, RegionFactory, actor


pytestmark = pytest.mark.django_db
NOW = datetime(2020, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def country():
    for region, department in (("11", "75"), ("76", "31")):
        FacilityFactory(
            department=DepartmentFactory(code=department, region=RegionFactory(code=region))
        )
    FamilyFactory(code="surgical_mask")
    FamilyFactory(code="glove")


def proposal(**changes):
    values = {
        "regime": "tension",
        "families": ["glove"],
        "regions": ["76"],
        "starts_at": NOW,
        "reason": "Le marché des gants se ferme.",
    }
    return services.Proposal(**values | changes)


def decide(at=NOW, **changes):
    draft = services.prepare(
        actor=actor(person="one"), proposal=proposal(starts_at=at, **changes), at=at
    )
    return services.sign(actor=actor(Role.NATIONAL_DUTY, person="two"), decision_id=draft.pk, at=at)


@pytest.mark.usefixtures("country")
class TestPrepare:
    def test_shows_what_it_would_change_and_changes_nothing(self):
        draft = services.prepare(actor=actor(), proposal=proposal(regions=[]), at=NOW)
        assert draft.preview["facilities"] == 2
        assert draft.preview["turning"] == [["glove", "11"], ["glove", "76"]]
        assert queries.in_force(at=NOW) == {}

    def test_lists_every_fault_at_once(self):
        with pytest.raises(Invalid) as refused:
            services.prepare(
                actor=actor(),
                proposal=proposal(
                    regime="panic",
                    families=["mask"],
                    regions=["99"],
                    reason=" ",
                    starts_at=NOW - timedelta(days=1),
                    mode="throw",
                ),
                at=NOW,
            )
        assert {fault.where for fault in refused.value.faults} == {
            "families",
            "regions",
            "regime",
            "mode",
            "reason",
            "starts_at",
        }

    @pytest.mark.parametrize("role", [Role.ORDERER, Role.ARS, Role.AUDITOR, Role.SPF])
    def test_is_for_the_national_cell(self, role):
        with pytest.raises(Forbidden):
            services.prepare(actor=actor(role), proposal=proposal(), at=NOW)


@pytest.mark.usefixtures("country")
class TestSign:
    def test_takes_effect_at_its_date_and_not_before(self):
        later = NOW + timedelta(hours=3)
        draft = services.prepare(actor=actor(), proposal=proposal(starts_at=later), at=NOW)
        services.sign(actor=actor(), decision_id=draft.pk, at=NOW)
        assert queries.in_force(at=later - timedelta(seconds=1)) == {}
        assert queries.in_force(at=later)["glove", "76"].regime == "tension"

    def test_wants_two_persons_whatever_their_profiles(self):
        draft = services.prepare(actor=actor(person="one"), proposal=proposal(), at=NOW)
        with pytest.raises(SameSigner):
            services.sign(
                actor=actor(Role.NATIONAL_DUTY, person="one"), decision_id=draft.pk, at=NOW
            )
        assert queries.in_force(at=NOW) == {}

    def test_is_for_a_draft_only(self):
        decision = decide()
        with pytest.raises(services.DecisionClosed):
            services.sign(actor=actor(), decision_id=decision.pk, at=NOW)
        with pytest.raises(NotFound):
            services.sign(actor=actor(), decision_id=decision.pk + 1, at=NOW)

    def test_never_decides_backwards(self):
        draft = services.prepare(actor=actor(), proposal=proposal(), at=NOW)
        signed_at = NOW + timedelta(days=2)
        services.sign(actor=actor(), decision_id=draft.pk, at=signed_at)
        assert queries.in_force(at=NOW + timedelta(days=1)) == {}
        assert queries.in_force(at=signed_at)["glove", "76"].since == signed_at

    def test_is_undone_by_a_new_decision_and_history_stays(self):
        decide()
        later = NOW + timedelta(days=7)
        decide(at=later, regime="routine")
        assert queries.in_force(at=NOW + timedelta(days=1))["glove", "76"].regime == "tension"
        assert queries.in_force(at=later)["glove", "76"].regime == "routine"
        assert RegimeDecision.objects.count() == 2

    def test_tells_everyone_concerned_and_asks_them_to_acknowledge(self):
        decision = decide()
        message = Message.objects.get(key=f"regime-{decision.pk}")
        assert message.official
        assert message.regions == ["76"]
        assert "orderer" in message.roles

    def test_leaves_a_trace_of_who_and_why(self):
        decision = decide()
        last = decision.events.order_by("pgh_id").last()
        assert last.state == "signed"
        assert last.pgh_context.metadata["by"] == "two"
        assert last.pgh_context.metadata["why"] == "Le marché des gants se ferme."


@pytest.mark.usefixtures("country")
class TestWithdraw:
    def test_sets_a_draft_aside(self):
        draft = services.prepare(actor=actor(), proposal=proposal(), at=NOW)
        services.withdraw(actor=actor(), decision_id=draft.pk, at=NOW)
        with pytest.raises(services.DecisionClosed):
            services.sign(actor=actor(), decision_id=draft.pk, at=NOW)


@pytest.mark.usefixtures("country")
class TestInForce:
    def test_is_one_query_however_many_decisions(self, django_assert_num_queries):
        for day in range(5):
            decide(at=NOW + timedelta(days=day), regions=[])
        with django_assert_num_queries(1):
            assert len(queries.in_force(at=NOW + timedelta(days=9))) == 2


def window(**changes):
    values = {
        "zone": "metropole",
        "week": "2020-W46",
        "starts_on": None,
        "reason": "Jour férié.",
        "opens_weekday": 1,
        "opens_clock": time(8),
        "closes_weekday": 3,
        "closes_clock": time(18),
    }
    return services.WindowProposal(**values | changes)


@pytest.mark.usefixtures("country")
class TestSetWindow:
    def test_changes_one_week_and_no_other(self):
        zone = Zone.objects.get(code="metropole")
        every_week = window(week="", starts_on=date(2020, 11, 2), closes_weekday=5)
        services.set_window(actor=actor(), proposal=every_week, at=NOW)
        services.set_window(actor=actor(), proposal=window(), at=NOW)
        closing = [
            queries.window(zone=zone, week=Week(2020, number)).closes_at.isoweekday()
            for number in (45, 46, 47)
        ]
        assert closing == [5, 3, 5]

    def test_closes_a_week_altogether(self):
        services.set_window(actor=actor(), proposal=window(closed=True), at=NOW)
        zone = Zone.objects.get(code="metropole")
        assert queries.window(zone=zone, week=Week(2020, 46)) is None

    def test_keeps_what_it_was(self):
        services.set_window(actor=actor(), proposal=window(), at=NOW)
        changed = services.set_window(
            actor=actor(person="two"), proposal=window(closes_weekday=4), at=NOW
        )
        events = list(changed.events.order_by("pgh_id"))
        assert [event.closes_weekday for event in events] == [3, 4]
        assert events[-1].pgh_context.metadata["by"] == "two"

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"zone": "moon"}, "zone"),
            ({"week": "2020-W44"}, "week"),
            ({"week": "2020-W60"}, "week"),
            ({"week": "", "starts_on": date(2020, 10, 1)}, "starts_on"),
            ({"week": ""}, "starts_on"),
            ({"closes_weekday": 1, "closes_clock": time(7)}, "closes_weekday"),
            ({"closes_weekday": 8}, "closes_weekday"),
            ({"reason": " "}, "reason"),
        ],
    )
    def test_refuses_what_is_not_a_window(self, changes, where):
        with pytest.raises(Invalid) as refused:
            services.set_window(actor=actor(), proposal=window(**changes), at=NOW)
        assert {fault.where for fault in refused.value.faults} == {where}

    def test_is_for_the_national_cell(self):
        with pytest.raises(Forbidden):
            services.set_window(actor=actor(Role.ARS), proposal=window(), at=NOW)
