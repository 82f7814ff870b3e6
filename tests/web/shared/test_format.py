from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french


@dataclass
class Mask:
    unit: str = "masque"


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "told"),
        [
            (0, "0"),
            (999, "999"),
            (12_345, "12\u202f345"),
            (1_234_567, "1\u202f234\u202f567"),
            (-5, "\u22125"),
            (1234.5, "1\u202f234,5"),
        ],
    )
    def test_sets_thousands_apart(self, value, told):
        assert french.number(value) == told


class TestPlural:
    @pytest.mark.parametrize(
        ("count", "word", "told"),
        [
            (0, "boîte", "0\u00a0boîte"),
            (1, "boîte", "1\u00a0boîte"),
            (2, "boîte", "2\u00a0boîtes"),
            (3, "paire de lunettes", "3\u00a0paires de lunettes"),
            (2, "mois", "2\u00a0mois"),
        ],
    )
    def test_begins_at_two(self, count, word, told):
        assert french.plural(count, word) == told


class TestInBoxes:
    def test_says_boxes_and_units(self):
        assert french.in_boxes(200, Mask(), box_units=50) == "4\u00a0boîtes (200\u00a0masques)"

    def test_says_units_alone_when_no_whole_box_is_filled(self):
        assert french.in_boxes(30, Mask(), box_units=50) == "30\u00a0masques"


class TestEuros:
    def test_writes_cents(self):
        assert french.euros(123_450) == "1\u202f234,50\u00a0€"


class TestDay:
    def test_says_the_weekday(self):
        assert french.day(date(2026, 11, 23)) == "lundi 23\u00a0novembre 2026"

    def test_says_the_first_of_a_month(self):
        assert french.day(date(2026, 12, 1)) == "mardi 1er\u00a0décembre 2026"


class TestMoment:
    def test_speaks_of_the_clocks_of_a_zone(self):
        at = datetime(2020, 11, 4, 9, 5, tzinfo=UTC)
        assert french.moment(at) == "mercredi 4\u00a0novembre à\u00a010\u00a0h\u00a005"
        reunion = ZoneInfo("Indian/Reunion")
        assert french.moment(at, reunion) == "mercredi 4\u00a0novembre à\u00a013\u00a0h\u00a005"


class TestEndMoment:
    def test_ends_a_day_at_midnight(self):
        at = datetime(2020, 11, 8, 23, tzinfo=UTC)  # Monday, 0:00 in Paris
        assert french.end_moment(at) == "dimanche 8\u00a0novembre à\u00a0minuit"

    def test_leaves_other_hours(self):
        assert french.end_moment(datetime(2020, 11, 6, 11, tzinfo=UTC)).endswith("à\u00a012\u00a0h")


class TestWeekName:
    @pytest.mark.parametrize(
        ("week", "told"),
        [
            ("2026-W47", "semaine 47 (16–22 nov. 2026)"),
            ("2026-W49", "semaine 49 (30 nov. – 6 déc. 2026)"),
            ("2020-W53", "semaine 53 (28 déc. 2020 – 3 janv. 2021)"),
        ],
    )
    def test_says_its_days(self, week, told):
        assert french.week_name(week).replace("\u00a0", " ") == told
        assert french.week_name(Week.parse(week)) == french.week_name(week)


class TestAlphabetical:
    def test_puts_an_accent_with_its_letter(self):
        names = ["Pays de la Loire", "La Réunion", "Île-de-France", "Hauts-de-France", "écho"]
        assert sorted(names, key=french.alphabetical) == [
            "écho",
            "Hauts-de-France",
            "Île-de-France",
            "La Réunion",
            "Pays de la Loire",
        ]
