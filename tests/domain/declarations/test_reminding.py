"""Reminders and digests: to whom, what they say, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import (
    Delegate,
    Enrolment,
    Mailing,
    Reminder,
    RollUp,
    Wave,
)
from distrilog.domain.declarations.rules import rollout
from distrilog.domain.declarations.services import reminding
from distrilog.domain.declarations.services.reminding import post_due, remind, send_digests
from distrilog.domain.messages.models import Email
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from distrilog.kernel.weeks import Week
from tests.domain.declarations.world import MASK, WEEK, make_home, masks, say
from tests.factories import (
    DepartmentFactory,
    PersonFactory,
    ProfileFactory,
    RegionFactory,
    actor,
    agency,
    orderer,
)


pytestmark = pytest.mark.django_db
# Thursday of week 45, ten in Paris.
THURSDAY = datetime(2020, 11, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CELL = actor()


def asked(email="", *, role=Role.ORDERER, **values):
    """Make a home that is asked to declare, with somebody to write to where an address is given."""
    facility = make_home(**values)
    wave, _ = Wave.objects.get_or_create(
        code="all", defaults={"name": "Tous", "starts_on": date(2020, 10, 5), "position": 1}
    )
    Enrolment.objects.create(facility=facility, wave=wave, since=wave.starts_on)
    if email:
        person(email, facility=facility, role=role)
    return facility


def person(email, **values):
    """Give somebody a profile."""
    role = values.pop("role", Role.ORDERER)
    return ProfileFactory(person=PersonFactory(email=email), role=role.value, **values)


def recipients():
    """Return who is written to."""
    return sorted(Email.objects.values_list("recipient", flat=True))


class TestRemind:
    def test_writes_once_to_those_asked_and_silent(self):
        silent, spoken = asked("silent@example.org"), asked("spoken@example.org")
        make_home()  # never asked
        say(spoken, masks(100))
        done = remind(actor=CELL, week=WEEK, at=THURSDAY)
        assert (done.facilities, done.emails, done.without_address) == (1, 1, 0)
        email = Email.objects.get()
        assert email.recipient == "silent@example.org"
        assert email.subject == (
            f"À faire avant dimanche 8 novembre : déclarer le stock de {silent.name}"
        )
        assert email.text.count("http") == 1
        row = Reminder.objects.get()
        assert (row.facility_id, row.rank, row.recipients) == (silent.pk, 1, 1)

    def test_says_nothing_twice_a_day_whoever_asks_and_goes_up_a_rank_the_next(self):
        home = asked("home@example.org")
        remind(actor=CELL, week=WEEK, at=THURSDAY)
        again = remind(
            actor=agency(home.department.region), week=WEEK, at=THURSDAY + timedelta(hours=5)
        )
        assert (again.facilities, again.emails) == (0, 0)
        assert remind(actor=CELL, week=WEEK, at=THURSDAY + DAY).emails == 1
        assert list(Reminder.objects.order_by("rank").values_list("rank", flat=True)) == [1, 2]

    def test_writes_one_mail_to_a_person_of_several_homes(self):
        homes = [asked("group@example.org") for _ in range(3)]
        assert remind(actor=CELL, week=WEEK, at=THURSDAY).emails == 1
        text = Email.objects.get().text
        assert all(home.name in text for home in homes)

    def test_writes_to_the_director_and_those_he_named_once_he_named_some(self):
        home = asked("orderer@example.org")
        person("Director@Example.org", facility=home, role=Role.DIRECTOR)
        named = person("named@example.org", facility=home)
        remind(actor=CELL, week=WEEK, at=THURSDAY)
        assert recipients() == ["director@example.org", "named@example.org", "orderer@example.org"]
        Email.objects.all().delete()
        Delegate.objects.create(facility=home, profile=named, named_by="x", named_at=THURSDAY)
        remind(actor=CELL, week=WEEK, at=THURSDAY + DAY)
        assert recipients() == ["director@example.org", "named@example.org"]

    def test_writes_to_nobody_who_may_no_longer_and_counts_who_cannot_be_reached(self):
        home = asked()
        person("", facility=home)
        person("expired@example.org", facility=home, expires_at=THURSDAY - DAY)
        person("revoked@example.org", facility=home, revoked_at=THURSDAY - DAY)
        person("elsewhere@example.org", facility=home, domain="OTHER")
        ProfileFactory(
            person=PersonFactory(email="gone@example.org", is_active=False),
            role="orderer",
            facility=home,
        )
        done = remind(actor=CELL, week=WEEK, at=THURSDAY)
        assert (done.facilities, done.emails, done.without_address) == (0, 0, 1)
        assert not Reminder.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"closed_on": date(2020, 11, 4)},
            {"opened_on": date(2020, 11, 9)},
        ],
    )
    def test_leaves_who_is_closed_alone(self, change):
        asked("home@example.org", **change)
        assert remind(actor=CELL, week=WEEK, at=THURSDAY).facilities == 0

    def test_leaves_alone_who_was_let_off_is_asked_later_or_needs_nothing(self):
        off, later, needless = (asked(f"{name}@example.org") for name in "abc")
        Enrolment.objects.filter(facility=off).update(until=date(2020, 11, 2))
        Enrolment.objects.filter(facility=later).update(since=date(2020, 11, 9))
        needless.targets.all().delete()
        assert remind(actor=CELL, week=WEEK, at=THURSDAY).facilities == 0

    def test_reminds_those_named_within_the_scope_alone(self):
        region = RegionFactory(code="76")
        own = asked("own@example.org", department=DepartmentFactory(code="31", region=region))
        other = asked("other@example.org")
        done = remind(actor=agency(region), week=WEEK, registries=[own.registry], at=THURSDAY)
        assert (done.facilities, done.passed_over) == (1, 0)
        with pytest.raises(NotFound) as caught:
            remind(
                actor=agency(region),
                week=WEEK,
                registries=[own.registry, other.registry],
                at=THURSDAY,
            )
        assert [fault.where for fault in caught.value.faults] == ["registries.1"]
        remind(actor=agency(region), week=WEEK, at=THURSDAY + DAY)
        assert recipients() == ["own@example.org", "own@example.org"]
        say(own, masks(100))
        done = remind(
            actor=agency(region), week=WEEK, registries=[own.registry], at=THURSDAY + 2 * DAY
        )
        assert (done.facilities, done.passed_over) == (0, 1)

    @pytest.mark.parametrize("week", ["2020-W46", "2020-W40"])
    def test_refuses_a_week_that_cannot_be_declared(self, week):
        with pytest.raises(Invalid):
            remind(actor=CELL, week=Week.parse(week), at=THURSDAY)

    def test_is_not_for_facilities(self, home):
        with pytest.raises(Forbidden):
            remind(actor=orderer(home), week=WEEK, at=THURSDAY)

    def test_leaves_nothing_half_done_where_it_is_killed(self, monkeypatch):
        asked("home@example.org")

        def die(**_values):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(reminding.messages, "write", die)
            with pytest.raises(KeyboardInterrupt), transaction.atomic():
                remind(actor=CELL, week=WEEK, at=THURSDAY)
        assert not Reminder.objects.exists()
        assert remind(actor=CELL, week=WEEK, at=THURSDAY).emails == 1

    def test_takes_a_fixed_number_of_statements(self, django_assert_num_queries):
        asked("first@example.org")
        with django_assert_num_queries(6):
            remind(actor=CELL, week=WEEK, at=THURSDAY)
        for rank in range(4):
            asked(f"more{rank}@example.org")
        with django_assert_num_queries(6):
            assert remind(actor=CELL, week=WEEK, at=THURSDAY).emails == 4


@pytest.mark.django_db(transaction=True)
class TestRemindTwiceAtOnce:
    def test_writes_once(self):
        asked("home@example.org")

        def run(_worker):
            try:
                return remind(actor=CELL, week=WEEK, at=THURSDAY).emails
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(run, range(4))) == [0, 0, 0, 1]
        assert Reminder.objects.count() == 1
        assert recipients() == ["home@example.org"]


class TestSendDigests:
    def _region(self):
        region = RegionFactory(code="76", name="Occitanie")
        department = DepartmentFactory(code="31", region=region)
        silent = asked("silent@example.org", department=department)
        mute = asked(department=department)
        spoken = asked(department=department)
        say(spoken, masks(100))
        RollUp.objects.create(
            week=str(WEEK),
            family_id=MASK,
            region=region,
            department=department,
            **dict.fromkeys(
                (
                    "facilities",
                    "asked",
                    "declared",
                    "stock",
                    "consumption",
                    "need",
                    "watch",
                    "covered",
                    "questioned",
                ),
                0,
            ),
            alert=3,
            empty=1,
        )
        person("ars@example.org", role=Role.ARS, perimeter="76")
        person("elsewhere@example.org", role=Role.ARS, perimeter="84")
        return silent, mute, spoken

    def test_tells_each_agency_its_rate_the_silent_the_unreachable_and_the_alerts(self):
        silent, mute, spoken = self._region()
        assert send_digests(week=WEEK, at=THURSDAY) == 1
        email = Email.objects.get()
        assert email.recipient == "ars@example.org"
        assert email.subject == (
            "À faire avant dimanche 8 novembre : 2 établissements sans déclaration (Occitanie)"
        )
        assert "1 établissements sur 3 ont déclaré leur stock, soit 33 %" in email.text
        assert email.text.count(silent.registry) == 1
        assert email.text.count(mute.registry) == 2
        assert spoken.registry not in email.text
        assert "masques chirurgicaux : 3, dont 1 sans plus rien" in email.text
        assert email.text.count("http") == 1

    def test_is_written_once_a_week(self):
        self._region()
        assert send_digests(week=WEEK, at=THURSDAY) == 1
        assert send_digests(week=WEEK, at=THURSDAY + DAY) == 0


class TestPostDue:
    def _mailings(self):
        for kind, weekday, clock in (("reminder", 4, 9), ("reminder", 5, 9), ("digest", 5, 14)):
            Mailing.objects.create(kind=kind, weekday=weekday, clock=time(clock))

    def test_waits_for_the_day_and_the_hour_of_paris(self):
        self._mailings()
        asked("home@example.org")
        assert post_due(at=datetime(2020, 11, 5, 7, 59, tzinfo=UTC)) == []
        assert post_due(at=datetime(2020, 11, 4, 12, tzinfo=UTC)) == []
        assert post_due(at=datetime(2020, 11, 5, 8, 0, tzinfo=UTC)) == ["reminder"]
        assert recipients() == ["home@example.org"]

    def test_is_done_once_a_day_and_caught_up_with_when_late(self):
        self._mailings()
        asked("home@example.org")
        person("ars@example.org", role=Role.ARS, perimeter="11")
        late = datetime(2020, 11, 6, 21, tzinfo=UTC)
        assert post_due(at=late) == ["reminder", "digest"]
        assert post_due(at=late + timedelta(minutes=10)) == []
        assert recipients() == ["ars@example.org", "home@example.org"]

    def test_changes_nothing_again_even_where_the_day_was_not_noted(self):
        self._mailings()
        asked("home@example.org")
        person("ars@example.org", role=Role.ARS, perimeter="11")
        late = datetime(2020, 11, 6, 21, tzinfo=UTC)
        post_due(at=late)
        Mailing.objects.update(done_on=None)
        assert post_due(at=late) == ["reminder", "digest"]
        assert len(recipients()) == 2

    def test_reminds_on_friday_who_is_still_silent(self):
        self._mailings()
        spoken = asked("spoken@example.org")
        asked("silent@example.org")
        post_due(at=THURSDAY)
        say(spoken, masks(100), at=THURSDAY)
        post_due(at=THURSDAY + DAY)
        assert recipients() == ["silent@example.org", "silent@example.org", "spoken@example.org"]


class TestLetters:
    def test_name_twenty_and_count_the_rest(self):
        letter = rollout.reminder(
            week=WEEK,
            facilities=[f"Foyer {rank:02d}" for rank in range(30)],
            address="https://distrilog.example/declaration/",
        )
        assert letter.subject.endswith("déclarer le stock de 30 établissements")
        assert "- Foyer 19\n- et 10 autres" in letter.text

    def test_thank_an_agency_where_all_declared(self):
        told = rollout.RegionWeek(
            region="Occitanie", asked=3, declared=3, silent=[], unreachable=[], alerts=[]
        )
        letter = rollout.digest(week=WEEK, told=told, address="https://distrilog.example/")
        assert letter.subject == "Semaine 45 : tous les établissements ont déclaré (Occitanie)"

    @pytest.mark.parametrize(
        ("week", "day"),
        [("2020-W45", "dimanche 8 novembre"), ("2020-W44", "dimanche 1er novembre")],
    )
    def test_say_until_when(self, week, day):
        assert rollout.deadline(Week.parse(week)) == day
