"""Which entry may do what: the whole table, line by line."""

import pytest

from distrilog.domain.stock.rules import Kind, Status, path_fault, paths


OUT, FREE, HELD, QUARANTINE = (
    Status.OUTSIDE,
    Status.AVAILABLE,
    Status.RESERVED,
    Status.QUARANTINE,
)


class TestPaths:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (Kind.OPENING, {(OUT, FREE), (OUT, QUARANTINE)}),
            (Kind.RECEIPT, {(OUT, FREE), (OUT, QUARANTINE)}),
            (Kind.RESERVE, {(FREE, HELD)}),
            (Kind.RELEASE, {(HELD, FREE)}),
            (Kind.ISSUE, {(HELD, OUT)}),
            (
                Kind.COUNT,
                {
                    (OUT, FREE),
                    (OUT, QUARANTINE),
                    (FREE, OUT),
                    (QUARANTINE, OUT),
                    (FREE, QUARANTINE),
                    (QUARANTINE, FREE),
                },
            ),
        ],
    )
    def test_are_these_and_no_others(self, kind, expected):
        assert paths(kind) == expected

    def test_never_begin_and_end_in_one_status(self):
        assert not any(source == target for kind in Kind for source, target in paths(kind))


class TestPathFault:
    def test_is_none_for_a_reservation(self):
        assert path_fault(kind=Kind.RESERVE, source=FREE, target=HELD, settles="") is None

    def test_wants_to_know_which_reservation_is_given_back(self):
        assert path_fault(kind=Kind.RELEASE, source=HELD, target=FREE, settles="r1") is None
        assert "réservation" in path_fault(kind=Kind.RELEASE, source=HELD, target=FREE, settles="")

    def test_lets_nothing_else_settle_a_reservation(self):
        fault = path_fault(kind=Kind.RECEIPT, source=OUT, target=FREE, settles="r1")
        assert fault == "Seules des unités réservées règlent une réservation."

    def test_names_the_path_that_is_not_allowed(self):
        fault = path_fault(kind=Kind.ISSUE, source=FREE, target=OUT, settles="")
        assert fault == "Une écriture « issue » ne va pas de « available » à « outside »."
