"""What the provider says, read."""

from datetime import UTC, datetime

import pytest

from distrilog.domain.accounts.rules import ProfileClaim
from distrilog.integrations.identity.claims import profile_claims


class TestProfileClaims:
    def test_reads_each_line(self):
        stated = [
            {
                "role": "orderer",
                "domain": "DISTRILOG",
                "facility": " 310000002 ",
                "valid_until": "2020-12-31T22:00:00+01:00",
            },
            {"role": "ars", "domain": "OVALIDE", "perimeter": "76", "valid_until": None},
        ]
        assert profile_claims({"profiles": stated}) == [
            ProfileClaim(
                role="orderer",
                facility="310000002",
                valid_until=datetime(2020, 12, 31, 21, tzinfo=UTC),
            ),
            ProfileClaim(role="ars", domain="OVALIDE", perimeter="76"),
        ]

    @pytest.mark.parametrize(
        "line",
        [
            None,
            "orderer",
            {"role": 3, "domain": "DISTRILOG"},
            {"role": "orderer", "domain": "DISTRILOG", "valid_until": "demain"},
            {"role": "orderer", "domain": "DISTRILOG", "valid_until": 1},
            {"role": "orderer", "domain": "DISTRILOG", "facility": "x" * 61},
            {"role": "orderer\x00", "domain": "DISTRILOG"},
        ],
    )
    def test_passes_over_what_it_cannot_read(self, line):
        good = {"role": "auditor", "domain": "DISTRILOG"}
        assert profile_claims({"profiles": [line, good]}) == [ProfileClaim(role="auditor")]

    def test_gives_no_domain_to_a_line_without_one(self):
        assert profile_claims({"profiles": [{"role": "auditor"}]}) == [
            ProfileClaim(role="auditor", domain="")
        ]

    @pytest.mark.parametrize("userinfo", [{}, {"profiles": None}, {"profiles": {"role": "x"}}])
    def test_finds_nothing_where_nothing_is_stated(self, userinfo):
        assert profile_claims(userinfo) == []
