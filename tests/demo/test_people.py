"""The people of the demonstration, in a region small enough to write."""

import json
import stat
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount

from distrilog.demo import people
from distrilog.domain.accounts.models import Profile, Token
from distrilog.domain.accounts.queries import actor_of_token
from distrilog.domain.accounts.rules import Role, require_second_person
from tests.factories import (
    CategoryFactory,
    DepartmentFactory,
    FacilityFactory,
    RegionFactory,
    TerritoryFactory,
)


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)


@pytest.fixture
def occitanie(db, settings, tmp_path):  # noqa: ARG001
    settings.HOME = tmp_path
    region = RegionFactory(code="76")
    department = DepartmentFactory(code="31", region=region)
    homes = [
        FacilityFactory(department=department, places={"places": size}) for size in (40, 90, 60)
    ]
    FacilityFactory(department=department, pharmacy=True)
    hospital = FacilityFactory(department=department, hospital=True)
    TerritoryFactory(region=region, platform=hospital)
    FacilityFactory(
        department=department,
        category=CategoryFactory(code="611", name="Laboratoire", group="laboratory"),
    )
    site = CategoryFactory(code="covid", name="Site temporaire", group="covid_site")
    FacilityFactory(category=site, closed_on=date(2020, 6, 30))
    return homes


def load(at=AT):
    cast = people.load_people(at=at, say=lambda _text: None)
    return cast, json.loads(people.accounts_file().read_text())


class TestLoadPeople:
    def test_gives_every_role_an_account_and_a_key(self, occitanie):  # noqa: ARG002
        _cast, written = load()
        assert {str(role) for role in Role} <= {each["role"] for each in written["accounts"]}
        acting = {
            key: actor_of_token(secret=secret, at=AT) for key, secret in written["tokens"].items()
        }
        assert {key: actor.role for key, actor in acting.items() if key in set(Role)} == {
            str(role): role for role in Role
        }

    def test_gives_no_key_to_those_who_are_turned_away(self, occitanie):  # noqa: ARG002
        _cast, written = load()
        without = {each["role"] for each in written["accounts"]} - written["tokens"].keys()
        assert without == {"expired", "foreign_domain", "unknown_facility", "closed_facility"}

    def test_puts_the_orderer_in_the_largest_home(self, occitanie):
        cast, written = load()
        account = next(each for each in written["accounts"] if each["role"] == "orderer")
        assert account["facility"] == occitanie[1].registry
        assert occitanie[1].registry in cast.sparing

    def test_lets_two_persons_prepare_and_sign(self, occitanie):  # noqa: ARG002
        cast, _written = load()
        require_second_person(prepared_by=cast.prepares.by, signed_by=cast.signs.by)

    def test_links_each_to_the_subject_it_logs_in_with(self, occitanie):  # noqa: ARG002
        _cast, written = load()
        logins = {each["login"] for each in written["accounts"]}
        assert set(SocialAccount.objects.values_list("uid", flat=True)) == logins

    def test_changes_nothing_the_second_time(self, occitanie):  # noqa: ARG002
        _cast, first = load()
        _cast, second = load(AT + timedelta(days=1))
        assert first == second
        events = Profile._meta.apps.get_model("accounts", "ProfileEvent").objects
        assert events.count() == Profile.objects.count()

    def test_replaces_the_keys_whose_secret_is_lost(self, occitanie):  # noqa: ARG002
        _cast, first = load()
        people.accounts_file().unlink()
        _cast, second = load()
        assert not set(first["tokens"].values()) & set(second["tokens"].values())
        assert all(actor_of_token(secret=each, at=AT) is None for each in first["tokens"].values())
        assert Token.objects.filter(revoked_at__isnull=True).count() == len(second["tokens"])

    def test_writes_for_its_owner_only(self, occitanie):  # noqa: ARG002
        load()
        assert stat.S_IMODE(people.accounts_file().stat().st_mode) == 0o600
