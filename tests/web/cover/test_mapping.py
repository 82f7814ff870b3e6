"""Cover on a map: its five classes, and where the figure stands."""

import pytest

from distrilog.web.cover.mapping import LEGEND, Told, grade_of, map_of


def told(code, tenths=100):
    return Told(code=code, name=f"D{code}", tenths=tenths, words="", said="", address=f"/{code}")


class TestGrade:
    @pytest.mark.parametrize(
        ("tenths", "grade"),
        [
            (0, 0),
            (69, 0),
            (70, 1),
            (139, 1),
            (140, 2),
            (209, 2),
            (210, 3),
            (419, 3),
            (420, 4),
            (None, None),
        ],
    )
    def test_is_the_class_of_the_days(self, tenths, grade):
        assert grade_of(tenths) == grade

    def test_has_words_for_each_class(self):
        assert len(LEGEND) == 5


class TestMap:
    def test_keeps_each_department_with_its_figure_and_address(self):
        drawing = map_of([told("75"), told("31", 300), told("974", None)])
        assert {spot.name: (spot.address, spot.grade) for spot in drawing.spots} == {
            "D75": ("/75", 1),
            "D31": ("/31", 3),
            "D974": ("/974", None),
        }

    def test_puts_overseas_beside(self):
        drawing = map_of([told("75"), told("974")])
        assert [name for name, _, _ in drawing.insets] == ["La Réunion"]

    def test_leaves_room_for_the_figure_above_the_drawing(self):
        drawing = map_of([told("75"), told("93")])
        top = int(drawing.frame.split()[1])
        assert top < drawing.first_line

    def test_draws_nothing_where_there_is_nothing_to_compare(self):
        assert map_of([told("974")]) is None
        assert map_of([]) is None
