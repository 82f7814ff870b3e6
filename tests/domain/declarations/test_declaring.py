"""Declaring: versions, refusals, questions, keys, bands, delegates, two at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations import queries
from distrilog.domain.declarations.models import (
    Declaration,
    Delegate,
    Difficulty,
    RollUpState,
    Statement,
    Submission,
    Target,
)
from distrilog.domain.declarations.rules import MOST_UNITS, Said, Trouble
from distrilog.domain.declarations.services import (
    Conflict,
    Declared,
    KeyReused,
    ToConfirm,
    end_delegate,
    name_delegate,
)
from distrilog.domain.facilities.models import Facility
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.domain.declarations.world import AT, GOWN, MASK, WEEK, acting, make_home, masks, say
from tests.factories import agency, orderer


def codes(faults: Any) -> set[tuple[str, str]]:
    return {(fault.where, fault.values.get("code", "")) for fault in faults}


class TestDeclare:
    def test_writes_a_first_version(self, home):
        declared = say(home, masks(2100, 600))
        assert (declared.version, declared.replayed) == (1, False)
        line = declared.declaration.lines[0]
        assert (line.stock, line.consumption, line.need, line.cover_tenths) == (2100, 600, 700, 210)
        assert declared.declaration.declared_at == AT
        assert RollUpState.objects.get(week=str(WEEK)).stale_since == AT

    def test_keeps_what_is_not_said(self, home):
        say(home, masks(2100), Said(family=GOWN, stock=300))
        declared = say(home, masks(1900))
        assert declared.version == 2
        assert {line.family: line.stock for line in declared.declaration.lines} == {
            MASK: 1900,
            GOWN: 300,
        }

    def test_keeps_every_version(self, home):
        say(home, masks(2100))
        say(home, masks(1900))
        rows = Statement.objects.order_by("version").values_list("version", "stock", "current")
        assert list(rows) == [(1, 2100, False), (2, 1900, True)]

    def test_does_nothing_when_the_same_is_said_again_without_a_key(self, home):
        say(home, masks(2100, 600))
        again = say(home, masks(2100, 600))
        assert (again.version, again.replayed) == (1, True)
        assert Submission.objects.count() == 1

    def test_tells_difficulties(self, home):
        trouble = Trouble(
            category="size", urgency="week", family=MASK, words="Plus de petite taille."
        )
        declared = say(home, troubles=[trouble])
        assert [each.category_name for each in declared.declaration.troubles] == [
            "taille manquante"
        ]
        assert Difficulty.objects.get().facility == home

    def test_is_in_the_responsibility_of_the_director(self, home):
        director = acting(home, Role.DIRECTOR)
        declared = say(home, masks(2100))
        assert declared.declaration.responsible == director.person

    def test_has_nobody_responsible_where_there_is_no_director(self, home):
        assert say(home, masks(2100)).declaration.responsible == ""

    def test_takes_a_family_without_need(self, home):
        Target.objects.filter(family_id=GOWN).delete()
        declared = say(home, Said(family=GOWN, stock=30))
        line = next(each for each in declared.declaration.lines if each.family == GOWN)
        assert (line.need, line.cover_tenths, line.level) == (0, None, "no-need")


class TestRefusals:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            (masks(-1), ("lines.surgical_mask.stock", "negative")),
            (masks(MOST_UNITS + 1), ("lines.surgical_mask.stock", "too-large")),
            (masks(100, -1), ("lines.surgical_mask.consumption", "negative")),
            (masks(None, 50), ("lines.surgical_mask.stock", "stock-missing")),
            (masks(None), ("lines.surgical_mask.stock", "stock-missing")),
            (Said(family="mask", stock=1), ("lines.mask", "unknown-family")),
            (masks(None, band="days"), ("lines.surgical_mask.band", "band-not-allowed")),
            (masks(None, band="some"), ("lines.surgical_mask.band", "unknown-band")),
        ],
    )
    def test_says_what_is_wrong_with_a_line(self, home, line, fault):
        with pytest.raises(Invalid) as refusal:
            say(home, line)
        assert fault in codes(refusal.value.faults)
        assert all(each.remedy for each in refusal.value.faults)

    def test_says_everything_at_once_and_writes_nothing(self, home):
        with pytest.raises(Invalid) as refusal:
            say(
                home,
                masks(-1),
                masks(1),
                Said(family=GOWN, consumption=3),
                troubles=[Trouble(category="rain", urgency="today")],
                week=WEEK.plus(1),
            )
        assert codes(refusal.value.faults) == {
            ("week", "week"),
            ("lines.surgical_mask.stock", "negative"),
            ("lines.surgical_mask", "duplicate-family"),
            ("lines.gown.stock", "stock-missing"),
            ("troubles.0.category", ""),
        }
        assert not Declaration.objects.exists()

    @pytest.mark.parametrize("away", [1, -5])
    def test_refuses_a_week_to_come_and_one_too_old(self, home, away):
        with pytest.raises(Invalid) as refusal:
            say(home, masks(1), week=WEEK.plus(away))
        assert codes(refusal.value.faults) == {("week", "week")}

    @pytest.mark.parametrize("away", [0, -4])
    def test_takes_the_present_week_and_four_before(self, home, away):
        assert say(home, masks(2100), week=WEEK.plus(away)).version == 1

    def test_takes_the_week_it_is_where_the_facility_lies(self, db):  # noqa: ARG002
        at_sea = make_home(at_sea=True)
        # Monday at one in the morning in La Réunion, still Sunday in Paris.
        monday = datetime(2020, 11, 8, 21, tzinfo=UTC)
        assert say(at_sea, masks(2100), week=WEEK.plus(1), at=monday).version == 1

    def test_refuses_the_week_of_another_facility_as_unknown(self, home):
        other = make_home()
        with pytest.raises(NotFound):
            say(other, masks(1), actor=orderer(home))

    def test_refuses_a_referent_who_declares_for_its_territory(self, home):
        other = make_home()
        with pytest.raises(NotFound):
            say(other, masks(1), actor=orderer(home, role=Role.PLATFORM))

    def test_refuses_an_agency(self, home):
        with pytest.raises(Forbidden):
            say(home, masks(1), actor=agency(home.department.region))

    def test_refuses_a_facility_that_was_closed(self, home):
        Facility.objects.filter(pk=home.pk).update(closed_on=WEEK.monday)
        with pytest.raises(Invalid) as refusal:
            say(home, masks(1))
        assert codes(refusal.value.faults) == {("facility", "facility-closed")}

    def test_takes_the_last_week_of_a_facility_that_closes_in_it(self, home):
        Facility.objects.filter(pk=home.pk).update(closed_on=WEEK.monday + timedelta(days=1))
        assert say(home, masks(2100)).version == 1

    def test_refuses_an_empty_declaration(self, home):
        with pytest.raises(Invalid):
            say(home)


class TestConflict:
    def test_refuses_a_form_filled_from_an_older_version_and_shows_what_holds(self, home):
        say(home, masks(2100))
        say(home, masks(1900))
        with pytest.raises(Conflict) as refusal:
            say(home, masks(1800), version=1)
        assert refusal.value.values["version"] == 2
        assert refusal.value.values["lines"] == [
            {"family": MASK, "stock": 1900, "consumption": None, "band": ""}
        ]
        assert refusal.value.status == 412

    def test_refuses_a_form_opened_before_anybody_declared(self, home):
        say(home, masks(2100))
        with pytest.raises(Conflict):
            say(home, masks(1800), version=0)

    def test_takes_the_version_in_force(self, home):
        say(home, masks(2100), version=0)
        assert say(home, masks(1900), version=1).version == 2


class TestQuestions:
    def test_stop_the_declaration_until_confirmed(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        with pytest.raises(ToConfirm) as refusal:
            say(home, masks(42, 600), Said(family=GOWN, stock=300))
        (question,) = refusal.value.faults
        assert (question.where, question.values["likely"]) == ("lines.surgical_mask.stock", 2100)
        assert not Declaration.objects.filter(week=str(WEEK)).exists()
        declared = say(home, masks(42, 600, confirmed=True), Said(family=GOWN, stock=300))
        assert [fault.values["family"] for fault in declared.questions] == [MASK]
        assert dict(
            Statement.objects.filter(week=str(WEEK)).values_list("family", "questioned")
        ) == {
            MASK: True,
            GOWN: False,
        }

    def test_ask_about_a_rise_only_who_knows_the_deliveries(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        with pytest.raises(ToConfirm):
            say(home, masks(9000, 600), delivered={})
        assert say(home, masks(9000, 600), delivered={MASK: 7000}).version == 1

    def test_do_not_ask_about_a_rise_when_nobody_told(self, home):
        say(home, masks(2100, 600), week=WEEK.plus(-1))
        assert say(home, masks(9000, 600)).version == 1


class TestKeys:
    def test_the_same_form_twice_is_one_version(self, home):
        key = uuid4()
        say(home, masks(2100), key=key, version=0)
        again = say(home, masks(2100), key=key, version=0)
        assert (again.version, again.replayed) == (1, True)
        assert Submission.objects.count() == 1

    def test_answers_again_after_a_later_correction(self, home):
        key = uuid4()
        say(home, masks(2100), key=key)
        say(home, masks(1900))
        assert say(home, masks(2100), key=key).version == 1
        assert Statement.objects.get(current=True).stock == 1900

    def test_answers_again_when_the_week_may_not_be_declared_any_more(self, home):
        key = uuid4()
        say(home, masks(2100), key=key)
        assert say(home, masks(2100), key=key, at=AT + timedelta(weeks=9)).replayed

    def test_refuses_the_key_of_another_content(self, home):
        key = uuid4()
        say(home, masks(2100), key=key)
        with pytest.raises(KeyReused):
            say(home, masks(2000), key=key)

    def test_refuses_the_key_of_another_facility(self, home):
        key, other = uuid4(), make_home()
        say(home, masks(2100), key=key)
        with pytest.raises(KeyReused):
            say(other, masks(2100), key=key)


class TestBands:
    @pytest.fixture
    def small(self, db) -> Facility:  # noqa: ARG002
        return make_home(need=70)

    @pytest.mark.parametrize(
        ("band", "stock", "tenths"),
        [("none", 0, 0), ("days", 10, 10), ("weeks", 70, 70), ("plenty", 210, 210)],
    )
    def test_count_as_the_least_they_say(self, small, band, stock, tenths):
        declared = say(small, masks(None, band=band))
        line = declared.declaration.lines[0]
        assert (line.stock, line.band, line.cover_tenths) == (stock, band, tenths)
        assert declared.declaration.bands_allowed

    def test_are_not_said_with_a_quantity(self, small):
        with pytest.raises(Invalid) as refusal:
            say(small, masks(10, band="days"))
        assert codes(refusal.value.faults) == {("lines.surgical_mask.band", "band-and-units")}

    def test_say_nothing_without_a_need(self, small):
        Target.objects.filter(family_id=GOWN).delete()
        with pytest.raises(Invalid) as refusal:
            say(small, Said(family=GOWN, band="days"))
        assert codes(refusal.value.faults) == {("lines.gown.band", "band-without-need")}

    def test_are_for_ten_boxes_a_week_of_everything_together(self, db):  # noqa: ARG002
        # 450 masks are nine boxes, and ten gowns the tenth; eleven are more.
        just, over = make_home(need=450, gowns=10), make_home(need=450, gowns=11)
        assert say(just, masks(None, band="days")).version == 1
        with pytest.raises(Invalid):
            say(over, masks(None, band="days"))


class TestDelegates:
    def test_let_everybody_who_orders_declare_while_nobody_is_named(self, home):
        assert say(home, masks(2100), actor=acting(home)).version == 1

    def test_keep_others_out_once_one_is_named(self, home):
        director, named, other = acting(home, Role.DIRECTOR), acting(home), acting(home)
        delegate = name_delegate(actor=director, profile_id=named.profile, at=AT)
        assert say(home, masks(2100), actor=named).version == 1
        assert say(home, masks(2000), actor=director).version == 2
        with pytest.raises(Forbidden):
            say(home, masks(1900), actor=other)
        view = queries.of_facility(
            registry=home.registry, scope=other.scope, week=WEEK, at=AT, actor=other
        )
        assert (view.may_declare, bool(view.why_not)) == (False, True)
        end_delegate(actor=director, delegate_id=delegate.pk, at=AT)
        assert say(home, masks(1900), actor=other).version == 3

    def test_are_named_once(self, home):
        director, named = acting(home, Role.DIRECTOR), acting(home)
        first = name_delegate(actor=director, profile_id=named.profile, at=AT)
        assert name_delegate(actor=director, profile_id=named.profile, at=AT) == first
        assert Delegate.objects.count() == 1

    def test_are_named_by_the_director_alone(self, home):
        with pytest.raises(Forbidden):
            name_delegate(actor=acting(home), profile_id=acting(home).profile, at=AT)

    def test_belong_to_the_facility(self, home):
        director, stranger = acting(home, Role.DIRECTOR), acting(make_home())
        with pytest.raises(Invalid):
            name_delegate(actor=director, profile_id=stranger.profile, at=AT)

    def test_are_ended_by_their_own_director_alone(self, home):
        director, named = acting(home, Role.DIRECTOR), acting(home)
        delegate = name_delegate(actor=director, profile_id=named.profile, at=AT)
        stranger = acting(make_home(), Role.DIRECTOR)
        with pytest.raises(NotFound):
            end_delegate(actor=stranger, delegate_id=delegate.pk, at=AT)

    def test_are_listed_with_those_who_could_be(self, home):
        director, named, other = acting(home, Role.DIRECTOR), acting(home), acting(home)
        name_delegate(actor=director, profile_id=named.profile, at=AT)
        found = queries.delegates(actor=director, at=AT)
        assert [(each.profile, each.delegate is not None) for each in found] == [
            (named.profile, True),
            (other.profile, False),
        ]


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def outcomes(self, *calls: Callable[[], Declared]) -> list[Any]:
        """Run calls at the same moment, each on its own connection; return what each got, sorted by name."""
        start, found = Barrier(len(calls)), []

        def run(call: Callable[[], Declared]) -> None:
            try:
                start.wait()
                found.append(call())
            except Exception as error:  # noqa: BLE001
                found.append(error)
            finally:
                connection.close()

        threads = [Thread(target=run, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(found, key=lambda each: type(each).__name__)

    def test_the_second_of_two_forms_meets_a_conflict(self):
        home = make_home()
        conflict, declared = self.outcomes(
            lambda: say(home, masks(2100), version=0), lambda: say(home, masks(1900), version=0)
        )
        assert isinstance(conflict, Conflict)
        assert conflict.values["version"] == declared.version == 1
        assert Statement.objects.get().stock == declared.declaration.lines[0].stock

    def test_two_who_do_not_look_make_a_version_each(self):
        home = make_home()
        found = self.outcomes(
            *(lambda units=units: say(home, masks(units)) for units in (21, 22, 23))
        )
        assert sorted(each.version for each in found) == [1, 2, 3]
        assert Statement.objects.filter(current=True).count() == 1

    def test_one_form_sent_twice_at_once_is_one_version(self):
        home, key = make_home(), uuid4()
        found = self.outcomes(*[lambda: say(home, masks(2100), key=key, version=0)] * 3)
        assert sorted((each.version, each.replayed) for each in found) == [
            (1, False),
            (1, True),
            (1, True),
        ]
        assert Submission.objects.count() == 1

    def test_one_key_for_two_facilities_at_once_serves_one(self):
        one, other, key = make_home(), make_home(), uuid4()
        found = self.outcomes(
            *(lambda home=home: say(home, masks(2100), key=key) for home in (one, other))
        )
        assert [type(each) for each in found] == [Declared, KeyReused]
        assert Submission.objects.count() == 1
        assert Declaration.objects.count() == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, -1]),
        st.dictionaries(
            st.sampled_from([MASK, GOWN]),
            st.tuples(st.integers(-1, 5000), st.none() | st.integers(0, 900)),
            min_size=1,
        ),
        st.none() | st.integers(0, 4),
        st.none() | st.sampled_from([UUID(int=1), UUID(int=2)]),
        st.booleans(),
    ),
    max_size=6,
)


class TestSubmissions:
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(steps=STEPS)
    def test_keep_one_line_in_force_and_every_version(self, home, steps):
        with transaction.atomic():
            holds, written = play(home, steps)
            current = Statement.objects.filter(current=True)
            assert {
                (Week.parse(row.week), row.family_id): (row.stock, row.consumption)
                for row in current
            } == holds
            assert Statement.objects.count() == written
            for declaration in Declaration.objects.all():
                rows = declaration.submissions.order_by("version")
                versions = list(rows.values_list("version", flat=True))
                assert versions == list(range(1, declaration.version + 1))
            transaction.set_rollback(True)


def play(home: Facility, steps: Any) -> tuple[dict[tuple[Week, str], Any], int]:
    """Say each step or be refused; return what should hold by week and family, and how many lines were written."""
    holds: dict[tuple[Week, str], Any] = {}
    written = 0
    for away, lines, version, key, confirmed in steps:
        week = WEEK.plus(away)
        said = [
            Said(family=family, stock=stock, consumption=used, confirmed=confirmed)
            for family, (stock, used) in lines.items()
        ]
        try:
            declared = say(home, *said, week=week, version=version, key=key)
        except (Invalid, Conflict, KeyReused, ToConfirm):
            continue
        if not declared.replayed:
            written += len(said)
            holds |= {(week, line.family): (line.stock, line.consumption) for line in said}
    return holds, written
