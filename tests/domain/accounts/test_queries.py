"""Who acts, read from the database."""

from datetime import timedelta

import pytest

from distrilog.domain.accounts.models import Profile, Token
from distrilog.domain.accounts.queries import actor_of_profile, actor_of_token, profiles_of
from distrilog.domain.accounts.rules import Deed, Role, token_digest


SECRET = "dl_" + "a" * 43


def token(profile, at, **more) -> Token:
    return Token.objects.create(
        profile=profile,
        name="essai",
        digest=token_digest(SECRET),
        created_at=at,
        **{"expires_at": at + timedelta(days=1), **more},
    )


class TestActorOfProfile:
    @pytest.fixture
    def world(self, country, person, at):
        return country, person, at

    def test_is_read_in_one_statement(self, country, person, at, django_assert_num_queries):
        profile = Profile.objects.create(person=person, role=Role.ORDERER, facility=country.home)
        with django_assert_num_queries(1):
            actor = actor_of_profile(person_id=person.id, profile_id=profile.id, at=at)
        assert actor is not None
        assert (actor.person, actor.profile, actor.role) == (
            str(person.id),
            profile.id,
            Role.ORDERER,
        )
        assert (actor.facility_id, actor.registry, actor.region) == (
            country.home.id,
            "310000002",
            "76",
        )
        assert (actor.name, actor.through) == ("Gestionnaire (essai)", "session")

    @pytest.mark.parametrize(
        ("profile", "scope", "region"),
        [
            ("orderer home", "facility:310000002", "76"),
            ("platform platform", "territory:GHT-31", "76"),
            ("platform home", "facility:310000002", "76"),
            ("ars - 76", "region:76", "76"),
            ("ars", "nothing", ""),
            ("delegation - 31", "department:31", "76"),
            ("delegation - 76", "department:76", "28"),
            ("donor - region:76", "region:76", ""),
            ("donor - profession:infirmier", "nothing", ""),
            ("auditor", "country", ""),
            ("wholesaler", "nothing", ""),
        ],
    )
    def test_sees_what_its_role_covers(self, world, profile, scope, region):
        country, person, at = world
        role, facility, perimeter = [*profile.split(), "-", ""][:3]
        profile = Profile.objects.create(
            person=person,
            role=role,
            facility=None if facility == "-" else getattr(country, facility),
            perimeter="" if perimeter == "-" else perimeter,
        )
        actor = actor_of_profile(person_id=person.id, profile_id=profile.id, at=at)
        assert actor is not None
        assert (str(actor.scope), actor.region) == (scope, region)

    @pytest.mark.parametrize(
        "change",
        [
            {"revoked_at": "2020-11-01T00:00:00Z"},
            {"expires_at": "2020-11-04T09:00:00Z"},
            {"domain": "OVALIDE"},
        ],
    )
    def test_is_nobody_once_the_profile_is_over(self, country, person, at, change):
        profile = Profile.objects.create(
            person=person, role=Role.ORDERER, facility=country.home, **change
        )
        assert actor_of_profile(person_id=person.id, profile_id=profile.id, at=at) is None

    def test_is_nobody_for_an_inactive_person(self, country, person, at):
        profile = Profile.objects.create(person=person, role=Role.ORDERER, facility=country.home)
        person.is_active = False
        person.save()
        assert actor_of_profile(person_id=person.id, profile_id=profile.id, at=at) is None

    def test_is_nobody_in_a_closed_facility(self, country, person, at):
        profile = Profile.objects.create(person=person, role=Role.ORDERER, facility=country.closed)
        assert actor_of_profile(person_id=person.id, profile_id=profile.id, at=at) is None
        day_before = at - timedelta(days=1)
        assert actor_of_profile(person_id=person.id, profile_id=profile.id, at=day_before)

    def test_is_nobody_under_the_profile_of_another(self, country, person, at):
        profile = Profile.objects.create(person=person, role=Role.ORDERER, facility=country.home)
        other = type(person).objects.create_user(name="Autre")
        assert actor_of_profile(person_id=other.id, profile_id=profile.id, at=at) is None


class TestActorOfToken:
    @pytest.fixture
    def profile(self, country, person) -> Profile:
        return Profile.objects.create(person=person, role=Role.ORDERER, facility=country.home)

    def test_is_the_actor_of_its_profile_in_one_statement(
        self, profile, at, django_assert_num_queries
    ):
        found = token(profile, at)
        with django_assert_num_queries(1):
            actor = actor_of_token(secret=SECRET, at=at)
        assert actor is not None
        assert (actor.profile, actor.through) == (profile.id, f"token:{found.id}")
        assert actor.may(Deed.ORDER_PLACE)

    def test_does_only_what_it_was_narrowed_to(self, profile, at):
        token(profile, at, deeds=["quota.read", "run.sign"])
        actor = actor_of_token(secret=SECRET, at=at)
        assert actor is not None
        assert {deed for deed in Deed if actor.may(deed)} == {Deed.QUOTA_READ}

    @pytest.mark.parametrize(
        "change",
        [{"expires_at": "2020-11-04T09:00:00Z"}, {"revoked_at": "2020-11-01T00:00:00Z"}],
    )
    def test_is_nobody_once_it_is_over(self, profile, at, change):
        token(profile, at, **change)
        assert actor_of_token(secret=SECRET, at=at) is None

    def test_dies_with_its_profile(self, profile, at):
        token(profile, at)
        Profile.objects.filter(pk=profile.pk).update(revoked_at=at)
        assert actor_of_token(secret=SECRET, at=at) is None

    @pytest.mark.parametrize("secret", ["", "dl_", SECRET + "a", "x" * 46, "dl_" + "b" * 43])
    def test_is_nobody_for_what_was_never_issued(self, profile, at, secret):
        token(profile, at)
        assert actor_of_token(secret=secret, at=at) is None


class TestProfilesOf:
    def test_lists_those_usable_now(self, country, person, at):
        open_ones = [
            Profile.objects.create(person=person, role=role, facility=country.home)
            for role in (Role.ORDERER, Role.DIRECTOR)
        ]
        Profile.objects.create(person=person, role=Role.ORDERER, facility=country.closed)
        Profile.objects.create(person=person, role=Role.AUDITOR, expires_at=at)
        Profile.objects.create(person=person, role=Role.NATIONAL_CELL, revoked_at=at)
        assert profiles_of(person=person, at=at) == open_ones
