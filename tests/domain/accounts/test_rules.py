"""What a role may do, where, and which claims open a door."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from distrilog.domain.accounts.rules import (
    GRANTS,
    ROLE_NAMES,
    Deed,
    Outcome,
    ProfileClaim,
    Role,
    SameSigner,
    judge,
    require_second_person,
    scope_of,
    token_digest,
)
from distrilog.kernel.refusals import Forbidden
from distrilog.kernel.scopes import ScopeKind
from tests.domain.accounts.actors import acting


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)

DOCUMENT = Path(__file__).parents[3] / "docs" / "rights.md"
CHANGES_SOMETHING = {deed for deed in Deed if not deed.endswith(".read")} - {Deed.TOKEN_OWN}


def documented() -> dict[tuple[str, str], bool]:
    """Read the table of the document: whoever changes what somebody may do changes it too."""
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in DOCUMENT.read_text().splitlines()
        if line.startswith(("| deed", "| `"))
    ]
    (_deed, *roles), *lines = rows
    return {
        (deed, role): mark == "✓"
        for deed, *marks in lines
        for role, mark in zip(roles, marks, strict=True)
    }


class TestGrants:
    def test_are_those_of_the_document(self):
        assert documented() == {
            (str(deed), str(role)): acting(role).may(deed) for deed in Deed for role in Role
        }

    def test_name_every_role(self):
        assert set(GRANTS) == set(Role) == set(ROLE_NAMES)

    def test_let_the_auditor_change_nothing(self):
        assert not CHANGES_SOMETHING & GRANTS[Role.AUDITOR]


class TestRequire:
    @pytest.mark.parametrize("role", Role)
    def test_refuses_all_that_is_not_granted(self, role):
        for deed in set(Deed) - GRANTS[role]:
            with pytest.raises(Forbidden, match=ROLE_NAMES[role]):
                acting(role).require(deed)

    def test_refuses_what_the_token_was_not_given(self):
        narrowed = acting(Role.ORDERER, deeds=frozenset({"quota.read"}))
        narrowed.require(Deed.QUOTA_READ)
        with pytest.raises(Forbidden, match="clé"):
            narrowed.require(Deed.ORDER_PLACE)

    def test_gives_a_token_nothing_beyond_its_role(self):
        widened = acting(Role.DONOR, deeds=frozenset(Deed))
        with pytest.raises(Forbidden):
            widened.require(Deed.RUN_SIGN)


class TestOrderScope:
    @pytest.mark.parametrize(
        ("role", "perimeter", "expected"),
        [
            (Role.ORDERER, "", "facility:310000002"),
            (Role.DIRECTOR, "", "facility:310000002"),
            (Role.PLATFORM, "", "facility:310000002"),
            (Role.ARS, "76", "region:76"),
            (Role.DELEGATION, "31", "nothing"),
            (Role.NATIONAL_CELL, "", "nothing"),
            (Role.AUDITOR, "", "nothing"),
            (Role.PHARMACY, "", "nothing"),
        ],
    )
    def test_is_never_wider_than_what_the_role_orders_for(self, role, perimeter, expected):
        scope = scope_of(role=role, perimeter=perimeter, registry="310000002", territory="GHT-31")
        assert str(acting(role, scope=scope, registry="310000002").order_scope) == expected


class TestRoute:
    def test_limits_executors_to_their_own(self):
        assert {role: acting(role).route for role in Role if acting(role).route} == {
            Role.SPF: "spf",
            Role.OPERATOR: "operator",
        }


class TestScopeOf:
    @pytest.mark.parametrize(
        "role", [role for role in Role if role not in {Role.NATIONAL_CELL, Role.NATIONAL_DUTY}]
    )
    def test_never_widens_when_the_place_is_missing(self, role):
        kind = scope_of(role=role).kind
        assert kind in (
            {ScopeKind.COUNTRY}
            if role in {Role.SPF, Role.OPERATOR, Role.AUDITOR}
            else {ScopeKind.NOTHING}
        )

    @given(role=st.sampled_from(Role), perimeter=st.text(max_size=12))
    def test_is_the_country_for_nobody_else_whatever_the_perimeter(self, role, perimeter):
        wide = {Role.NATIONAL_CELL, Role.NATIONAL_DUTY, Role.SPF, Role.OPERATOR, Role.AUDITOR}
        found = scope_of(role=role, perimeter=perimeter, registry="310000002")
        assert (found.kind is ScopeKind.COUNTRY) == (role in wide)

    @pytest.mark.parametrize(
        ("perimeter", "expected"),
        [
            ("region:76", "region:76"),
            ("department:31", "department:31"),
            ("prefecture:31", "department:31"),
            ("profession:infirmier", "nothing"),
            ("76", "nothing"),
            ("region:", "nothing"),
            ("country:FR", "nothing"),
        ],
    )
    def test_reads_the_perimeter_of_a_donor(self, perimeter, expected):
        assert str(scope_of(role=Role.DONOR, perimeter=perimeter)) == expected


class TestJudge:
    HOME = ProfileClaim(role="orderer", facility="310000002")
    CELL = ProfileClaim(role="national_cell")

    def outcome(self, *claims: ProfileClaim) -> Outcome:
        return judge(claims=claims, open_registries={"310000002"}, at=AT).outcome

    def test_keeps_what_opens_a_door(self):
        gone = ProfileClaim(role="orderer", facility="310000003")
        found = judge(claims=[self.HOME, gone, self.CELL], open_registries={"310000002"}, at=AT)
        assert found.outcome is Outcome.READY
        assert found.usable == (self.HOME, self.CELL)

    def test_wants_our_domain(self):
        foreign = ProfileClaim(role="orderer", facility="310000002", domain="OVALIDE")
        assert self.outcome() is Outcome.FOREIGN_DOMAIN
        assert self.outcome(foreign) is Outcome.FOREIGN_DOMAIN
        assert self.outcome(foreign, self.HOME) is Outcome.READY

    def test_wants_a_role_we_know(self):
        assert self.outcome(ProfileClaim(role="emperor")) is Outcome.FOREIGN_DOMAIN

    def test_ends_at_the_very_moment_stated(self):
        def until(moment):
            return ProfileClaim(role="national_cell", valid_until=moment)

        assert self.outcome(until(AT)) is Outcome.EXPIRED
        assert self.outcome(until(AT + timedelta(microseconds=1))) is Outcome.READY

    def test_wants_a_facility_of_the_register(self):
        assert (
            self.outcome(ProfileClaim(role="orderer", facility="310000003"))
            is Outcome.UNKNOWN_FACILITY
        )
        assert self.outcome(ProfileClaim(role="director")) is Outcome.UNKNOWN_FACILITY


class TestRequireSecondPerson:
    def test_takes_two_profiles_of_one_person_for_one(self):
        cell = acting(Role.NATIONAL_CELL, person="one", profile=1)
        duty = acting(Role.NATIONAL_DUTY, person="one", profile=2)
        with pytest.raises(SameSigner):
            require_second_person(prepared_by=cell.by, signed_by=duty.by)

    def test_lets_another_sign(self):
        require_second_person(prepared_by="one", signed_by="two")


class TestTokenDigest:
    def test_is_the_sha256_of_the_secret(self):
        assert token_digest("").hex().startswith("e3b0c44298fc1c14")
