"""Tokens and profiles, made and ended."""

from datetime import timedelta

import pytest

from distrilog.domain.accounts.models import Profile, Token
from distrilog.domain.accounts.queries import actor_of_profile, actor_of_token, profiles_of
from distrilog.domain.accounts.rules import Deed, ProfileClaim, Role
from distrilog.domain.accounts.services import (
    MOST_PROFILES,
    MOST_TOKENS,
    InvalidToken,
    issue_token,
    revoke_profile,
    revoke_token,
    sync_profiles,
)
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound


@pytest.fixture
def profile(country, person) -> Profile:
    return Profile.objects.create(person=person, role=Role.ORDERER, facility=country.home)


@pytest.fixture
def actor(profile, at):
    return actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=at)


def issue(actor, at, **more):
    values = {"name": "logiciel", "expires_at": at + timedelta(days=30), **more}
    return issue_token(actor=actor, at=at, **values)


class TestIssueToken:
    def test_gives_a_secret_that_only_its_reader_has(self, actor, at):
        issued = issue(actor, at)
        assert len(issued.secret) == 46
        assert issued.secret.startswith("dl_")
        row = Token.objects.values().get(pk=issued.id)
        assert issued.secret not in repr(row)
        assert len(bytes(row["digest"])) == 32
        found = actor_of_token(secret=issued.secret, at=at)
        assert found is not None
        assert found.profile == actor.profile

    def test_leaves_no_digest_in_the_history(self, actor, at):
        issue(actor, at)
        history = Token._meta.apps.get_model("accounts", "TokenEvent")
        assert history.objects.count() == 1
        assert "digest" not in {field.name for field in history._meta.get_fields()}

    def test_refuses_all_faults_at_once(self, actor, at):
        with pytest.raises(InvalidToken) as refusal:
            issue(actor, at, name=" ", expires_at=at, deeds=["run.sign"])
        assert [fault.where for fault in refusal.value.faults] == ["name", "expires_at", "deeds"]

    def test_refuses_a_life_longer_than_a_year(self, actor, at):
        with pytest.raises(InvalidToken):
            issue(actor, at, expires_at=at + timedelta(days=367))

    def test_refuses_through_a_token(self, actor, at):
        by_token = actor_of_token(secret=issue(actor, at).secret, at=at)
        with pytest.raises(Forbidden):
            issue(by_token, at)

    def test_refuses_a_crowd(self, actor, at, monkeypatch):
        monkeypatch.setattr("distrilog.domain.accounts.services.MOST_TOKENS", 1)
        issue(actor, at)
        with pytest.raises(InvalidToken, match="déjà 1"):
            issue(actor, at)
        assert MOST_TOKENS > 1

    def test_refuses_a_profile_that_ended_since(self, actor, at, profile):
        revoke_profile(profile_id=profile.pk, at=at)
        with pytest.raises(NotFound):
            issue(actor, at)


class TestRevokeToken:
    def test_ends_it_at_once(self, actor, at):
        issued = issue(actor, at)
        revoke_token(actor=actor, token_id=issued.id, at=at)
        assert actor_of_token(secret=issued.secret, at=at) is None

    def test_keeps_the_first_end(self, actor, at):
        issued = issue(actor, at)
        revoke_token(actor=actor, token_id=issued.id, at=at)
        revoke_token(actor=actor, token_id=issued.id, at=at + timedelta(hours=1))
        assert Token.objects.get().revoked_at == at

    def test_does_not_know_those_of_another_profile(self, actor, at, person):
        other = Profile.objects.create(person=person, role=Role.AUDITOR)
        auditor = actor_of_profile(person_id=person.pk, profile_id=other.pk, at=at)
        issued = issue(actor, at)
        with pytest.raises(NotFound):
            revoke_token(actor=auditor, token_id=issued.id, at=at)
        assert actor_of_token(secret=issued.secret, at=at)


class TestRevokeProfile:
    def test_ends_its_tokens_too(self, actor, at, profile):
        issued = issue(actor, at)
        revoke_profile(profile_id=profile.pk, at=at)
        assert actor_of_token(secret=issued.secret, at=at) is None
        assert Token.objects.get().revoked_at == at

    def test_refuses_one_that_does_not_exist(self, db, at):  # noqa: ARG002
        with pytest.raises(NotFound):
            revoke_profile(profile_id=1, at=at)


class TestSyncProfiles:
    def roles(self, person, at):
        return [
            (each.role, each.facility.registry if each.facility else each.perimeter)
            for each in profiles_of(person=person, at=at)
        ]

    def test_adds_what_is_stated_once_each(self, country, person, at):  # noqa: ARG002
        claims = [
            ProfileClaim(role="orderer", facility="310000002"),
            ProfileClaim(role="orderer", facility="310000002", valid_until=at),
            ProfileClaim(role="ars", perimeter="76"),
            ProfileClaim(role="auditor", facility="310000002"),
        ]
        sync_profiles(person=person, claims=claims, at=at)
        sync_profiles(person=person, claims=claims, at=at)
        assert self.roles(person, at) == [
            ("orderer", "310000002"),
            ("ars", "76"),
            ("auditor", ""),
        ]

    @pytest.mark.parametrize(
        "claim",
        [
            ProfileClaim(role="orderer", facility="999999999"),
            ProfileClaim(role="orderer", facility="310000002", domain="OVALIDE"),
            ProfileClaim(role="emperor"),
            ProfileClaim(role="director", perimeter="76"),
        ],
    )
    def test_passes_over_what_is_not_ours(self, country, person, at, claim):  # noqa: ARG002
        sync_profiles(person=person, claims=[claim], at=at)
        assert not Profile.objects.exists()

    def test_ends_what_is_no_longer_stated_with_its_tokens(self, actor, person, at):
        issued = issue(actor, at)
        sync_profiles(person=person, claims=[], at=at)
        assert self.roles(person, at) == []
        assert actor_of_token(secret=issued.secret, at=at) is None

    def test_gives_a_profile_back_without_its_old_tokens(self, actor, person, at):
        issued = issue(actor, at)
        claim = ProfileClaim(role="orderer", facility="310000002")
        sync_profiles(person=person, claims=[], at=at)
        sync_profiles(person=person, claims=[claim], at=at)
        assert self.roles(person, at) == [("orderer", "310000002")]
        assert actor_of_token(secret=issued.secret, at=at) is None

    def test_prolongs_an_expired_profile_without_its_old_tokens(self, actor, person, at):
        issued = issue(actor, at)
        Profile.objects.update(expires_at=at)
        claim = ProfileClaim(
            role="orderer", facility="310000002", valid_until=at + timedelta(days=9)
        )
        sync_profiles(person=person, claims=[claim], at=at)
        assert self.roles(person, at) == [("orderer", "310000002")]
        assert actor_of_token(secret=issued.secret, at=at) is None

    def test_leaves_a_live_profile_and_its_tokens_alone(self, actor, person, at):
        issued = issue(actor, at)
        claim = ProfileClaim(role="orderer", facility="310000002")
        events = Profile._meta.apps.get_model("accounts", "ProfileEvent").objects
        before = events.count()
        sync_profiles(person=person, claims=[claim], at=at)
        assert actor_of_token(secret=issued.secret, at=at)
        assert events.count() == before

    def test_takes_the_end_now_stated(self, actor, person, at):  # noqa: ARG002
        claim = ProfileClaim(role="orderer", facility="310000002", valid_until=at)
        sync_profiles(person=person, claims=[claim], at=at)
        assert self.roles(person, at) == []

    def test_refuses_a_flood(self, person, at):
        claims = [ProfileClaim(role="auditor")] * (MOST_PROFILES + 1)
        with pytest.raises(Invalid):
            sync_profiles(person=person, claims=claims, at=at)


def test_a_token_cannot_do_more_than_its_role(actor, at):
    issued = issue(actor, at, deeds=[Deed.ORDER_READ])
    found = actor_of_token(secret=issued.secret, at=at)
    assert found is not None
    assert {deed for deed in Deed if found.may(deed)} == {Deed.ORDER_READ}
