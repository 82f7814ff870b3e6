"""What each answer of PLAGE makes of an invitation, line by line."""

import pytest

from distrilog.integrations.identity.rules import STATE_NAMES, Answer, State, after


# state × answer → state
LIFE = """
    waiting   exists    known
    waiting   received  asked
    waiting   created   created
    waiting   refused   refused
    asked     exists    asked
    asked     received  asked
    asked     created   created
    asked     refused   refused
    known     exists    known
    known     received  known
    known     created   known
    known     refused   known
    created   exists    created
    created   received  created
    created   created   created
    created   refused   created
    refused   exists    refused
    refused   received  refused
    refused   created   refused
    refused   refused   refused
"""


class TestAfter:
    @pytest.mark.parametrize("line", [line.split() for line in LIFE.strip().splitlines()])
    def test_follows_the_table(self, line):
        state, answer, expected = line
        assert after(state=State(state), answer=Answer(answer)) == expected

    def test_is_told_for_every_pair(self):
        told = {tuple(line.split()[:2]) for line in LIFE.strip().splitlines()}
        assert told == {(str(state), str(answer)) for state in State for answer in Answer}

    def test_has_words_for_every_state(self):
        assert set(STATE_NAMES) == set(State)
