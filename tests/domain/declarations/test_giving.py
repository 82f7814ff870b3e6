"""What donors say they gave: told once, in their scope, seen by whoever computes a need, taken back by themselves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Gift
from distrilog.domain.declarations.queries import gifts as queries
from distrilog.domain.declarations.services.giving import (
    GiftKeyReused,
    NewGift,
    declare_gift,
    import_gifts,
    withdraw_gift,
)
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.factories import (
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    ProfileFactory,
    RegionFactory,
    actor,
    agency,
    orderer,
)


pytestmark = pytest.mark.django_db
AT = datetime(2020, 4, 24, 9, tzinfo=UTC)
DAY = date(2020, 4, 22)


@pytest.fixture(autouse=True)
def _families(db):  # noqa: ARG001
    FamilyFactory()
    FamilyFactory(code="ffp2")


def facility(department="31", region="76"):
    return FacilityFactory(
        department=DepartmentFactory(
            code=department, name=f"Dépt {department}", region=RegionFactory(code=region)
        )
    )


def donor(perimeter="region:76"):
    profile = ProfileFactory(role=Role.DONOR.value, perimeter=perimeter)
    found = actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=AT)
    assert found is not None
    return found


def told(home, *, by=None, key="k", units=500, at=AT, **more):
    gift = NewGift(
        registry=home.registry, units=units, key=key,
        **{"family": "surgical_mask", "given_on": DAY, **more},
    )  # fmt: skip
    return declare_gift(actor=by or donor(), gift=gift, at=at)


class TestDeclareGift:
    def test_keeps_who_gave_what_to_whom_and_when(self):
        home = facility()
        gift = told(home)
        assert (gift.donor, gift.facility, gift.units) == ("region:76", home, 500)
        assert gift.donor_name == "Région Région 76"

    @pytest.mark.parametrize(
        ("perimeter", "name"),
        [
            ("department:31", "Département Dépt 31"),
            ("prefecture:31", "Préfecture Dépt 31"),
            ("profession:biologistes", "Profession biologistes"),
        ],
    )
    def test_is_open_to_regions_departments_prefectures_and_professions(self, perimeter, name):
        assert told(facility(), by=donor(perimeter)).donor_name == name

    def test_is_told_once_a_key(self):
        home, who = facility(), donor()
        assert told(home, by=who).pk == told(home, by=who).pk
        with pytest.raises(GiftKeyReused):
            told(home, by=who, units=501)
        assert told(home, by=donor("department:31")).pk != told(home, by=who).pk

    def test_is_for_the_donors_own_scope(self):
        far = facility("75", "11")
        for who in (donor(), donor("department:31"), donor("prefecture:31")):
            with pytest.raises(Invalid) as caught:
                told(far, by=who)
            assert caught.value.faults[0].where == "facility"

    @pytest.mark.parametrize(
        ("wrong", "where"),
        [
            ({"units": 0}, "units"),
            ({"units": 0.5}, "units"),
            ({"family": "hat"}, "family"),
            ({"given_on": date(2020, 4, 25)}, "given_on"),
            ({"given_on": date(2019, 4, 1)}, "given_on"),
            ({"words": "é" * 301}, "words"),
            ({"key": ""}, "key"),
        ],
    )
    def test_refuses_what_cannot_be(self, wrong, where):
        home = facility()
        with pytest.raises(Invalid) as caught:
            told(home, **wrong)
        assert [fault.where for fault in caught.value.faults] == [where]

    def test_refuses_a_facility_that_was_closed(self):
        home = facility()
        home.closed_on = date(2020, 4, 1)
        home.save()
        with pytest.raises(Invalid):
            told(home)

    def test_is_for_donors_alone(self):
        home = facility()
        for who in (agency(home.department.region), orderer(home), actor(Role.NATIONAL_CELL)):
            with pytest.raises(Forbidden):
                told(home, by=who)
        nobody = donor()
        Profile.objects.filter(pk=nobody.profile).update(perimeter="")
        with pytest.raises(Forbidden):
            told(home, by=nobody)


class TestWithdrawGift:
    def test_keeps_it_and_counts_it_no_more(self):
        home, who = facility(), donor()
        gift = told(home, by=who)
        for _ in range(2):
            withdraw_gift(actor=who, gift_id=gift.pk, at=AT)
        assert Gift.objects.get().withdrawn_at == AT
        assert counted(home) == {}

    def test_is_the_donors_own(self):
        gift = told(facility())
        with pytest.raises(NotFound):
            withdraw_gift(actor=donor("department:31"), gift_id=gift.pk, at=AT)


def counted(home, *, after=AT - timedelta(days=7), until=AT + timedelta(days=1)):
    found = queries.given(family="surgical_mask", after=after, until=until)
    return {key: units for key, units in found.items() if key == home.pk}


class TestGiven:
    def test_adds_up_what_was_told_of_a_family_facility_by_facility(self):
        home, other = facility(), facility()
        for key, whom, family in (
            ("a", home, "surgical_mask"),
            ("b", home, "surgical_mask"),
            ("c", home, "ffp2"),
            ("d", other, "surgical_mask"),
        ):
            told(whom, key=key, family=family)
        found = queries.given(
            family="surgical_mask", after=AT - timedelta(days=7), until=AT + timedelta(days=1)
        )
        assert found == {home.pk: 1000, other.pk: 500}

    @pytest.mark.parametrize(
        ("moment", "seen"),
        [
            (AT, False),
            (AT + timedelta(seconds=1), True),
            (AT + timedelta(days=2), True),
            (AT + timedelta(days=2, seconds=1), False),
        ],
    )
    def test_counts_by_the_moment_at_which_it_was_told(self, moment, seen):
        home = facility()
        told(home, at=moment)
        assert bool(counted(home, after=AT, until=AT + timedelta(days=2))) is seen

    def test_counts_every_gift_in_one_of_the_spans_that_follow_each_other(self):
        home = facility()
        for hours in range(0, 24 * 7, 5):
            told(home, key=f"k{hours}", at=AT + timedelta(hours=hours), units=1)
        day = timedelta(days=1)
        spans = [(AT + day * n, AT + day * (n + 2)) for n in range(-2, 14, 2)]
        assert sum(
            counted(home, after=after, until=until).get(home.pk, 0) for after, until in spans
        ) == len(range(0, 24 * 7, 5))


class TestGifts:
    def test_shows_a_donor_its_own_and_those_of_its_scope(self):
        near, far = facility(), facility("75", "11")
        council, union = donor(), donor("profession:biologistes")
        mine = told(near, by=council)
        theirs = told(near, by=union, key="u")
        elsewhere = told(far, by=union, key="v")
        assert set(queries.gifts(actor=council)) == {mine, theirs}
        assert set(queries.gifts(actor=union)) == {theirs, elsewhere}

    def test_shows_an_agency_those_of_its_region(self):
        near, far = facility(), facility("75", "11")
        mine = told(near)
        told(far, by=donor("region:11"), key="v")
        assert list(queries.gifts(actor=agency(near.department.region))) == [mine]

    def test_is_not_for_who_may_not_read_them(self):
        with pytest.raises(Forbidden):
            queries.gifts(actor=actor(Role.AUDITOR))


class TestGivenTo:
    def test_adds_up_a_scope_since_a_day(self):
        home = facility()
        told(home)
        told(home, key="old", given_on=date(2020, 3, 1))
        scope = agency(home.department.region).scope
        assert queries.given_to(scope=scope, since=date(2020, 4, 1)) == {"surgical_mask": 500}


def sheet(*lines):
    return "\n".join(["FINESS;Famille;Unités;Donné le;Précisions", *lines]).encode()


class TestImportGifts:
    def imported(self, content, *, by=None, **more):
        return import_gifts(actor=by or donor(), name="dons.csv", content=content, at=AT, **more)

    def test_declares_every_line_and_knows_them_when_they_come_again(self):
        home, who = facility(), donor()
        content = sheet(
            f"{home.registry};masques chirurgicaux;1 500;22/04/2020;Mairie",
            f"{home.registry};FFP2;200;2020-04-22;",
        )
        first = self.imported(content, by=who)
        assert (first.lines, first.declared, first.known, first.applied) == (2, 2, 0, True)
        again = self.imported(content, by=who)
        assert (again.declared, again.known) == (0, 2)
        assert sorted(Gift.objects.values_list("units", flat=True)) == [200, 1500]

    def test_keeps_two_gifts_that_are_alike(self):
        home, who = facility(), donor()
        line = f"{home.registry};FFP2;200;2020-04-22;"
        assert self.imported(sheet(line, line), by=who).declared == 2
        assert self.imported(sheet(line, line), by=who).declared == 0
        assert Gift.objects.count() == 2

    def test_writes_nothing_where_a_line_is_wrong_and_names_each(self):
        home = facility()
        result = self.imported(
            sheet(
                f"{home.registry};FFP2;200;2020-04-22;",
                f"{home.registry};FFP2;1.500;2020-04-22;",
                f"{home.registry};chapeau;10;2020-04-22;",
                "999999999;FFP2;10;2020-04-22;",
                f"{home.registry};FFP2;10;demain;",
                f"{home.registry};FFP2;;2020-04-22;",
            )
        )
        assert not result.applied
        assert not Gift.objects.exists()
        assert [fault.where for fault in result.refused] == [
            "lines.3.units",
            "lines.4.family",
            "lines.5.facility",
            "lines.6.given_on",
            "lines.7.units",
        ]

    def test_only_looks_when_asked_to(self):
        home = facility()
        result = self.imported(sheet(f"{home.registry};FFP2;200;2020-04-22;"), dry_run=True)
        assert (result.declared, result.applied) == (1, False)
        assert not Gift.objects.exists()

    @pytest.mark.parametrize(
        "content",
        [b"", b"a;b\n1;2", "FINESS;Famille;Unités;Donné le".encode(), b"\xd0\xcf\x11\xe0"],
    )
    def test_refuses_what_is_no_table_of_gifts(self, content):
        result = self.imported(content)
        assert [fault.where for fault in result.refused] == ["file"]
