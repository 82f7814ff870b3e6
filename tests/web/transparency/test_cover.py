"""Open statistics of cover: finished weeks, small figures withheld."""

import csv
from io import StringIO

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.cover.world import WEEK, Covered, build
from tests.web.reading import queries_of, words


PAGE = "/statistiques/"
BEFORE = WEEK.plus(-1)


@pytest.fixture
def covered(db, hands) -> Covered:  # noqa: ARG001
    """Have six homes of Paris and two of Seine-Saint-Denis declare last week."""
    cache.clear()
    found = build()
    for rank in range(6):
        found.said(found.home(f"Paris {rank}"), 100, week=BEFORE)
    for rank in range(2):
        found.said(found.home(f"Seine {rank}", found.seine), 50, week=BEFORE)
    found.rolled(week=BEFORE)
    found.rolled()
    return found


class TestPage:
    @pytest.mark.usefixtures("covered")
    def test_tells_the_finished_week_to_anyone(self):
        page = words(Client().get(PAGE))
        assert "semaine 44" in page
        assert "Semaine 45" not in page
        assert "8,7 jours 100 % 8 sur 8" in page

    @pytest.mark.usefixtures("covered")
    def test_withholds_what_few_declared_and_what_gives_it_away(self):
        page = words(Client().get(PAGE))
        assert "Seine-Saint-Denis Île-de-France secret statistique" in page
        assert "Paris Île-de-France secret statistique" in page
        assert "5,0 jours" not in page

    @pytest.mark.usefixtures("covered")
    @pytest.mark.parametrize("query", ["semaine=x", "famille=x", "semaine=2020-W45"])
    def test_passes_over_what_means_nothing(self, query):
        assert "semaine 44" in words(Client().get(f"{PAGE}?{query}"))

    @pytest.mark.usefixtures("db", "hands")
    def test_says_that_there_is_nothing_yet(self):
        assert "Pas encore de statistiques" in words(Client().get(PAGE))

    def test_takes_the_same_queries_for_many(self, covered):
        cache.clear()
        few = queries_of(Client(), PAGE)
        for rank in range(20):
            covered.said(covered.home(f"Résidence {rank}"), 100, week=BEFORE)
        covered.rolled(week=BEFORE)
        cache.clear()
        assert queries_of(Client(), PAGE) == few


class TestTable:
    @pytest.mark.usefixtures("covered")
    def test_gives_the_same_figures(self):
        answer = Client().get("/statistiques.csv")
        text = answer.content.decode("utf-8-sig")
        rows = [
            row
            for row in csv.DictReader(StringIO(text), delimiter=";")
            if row["Code famille"] == "surgical_mask"
        ]
        told = {row["Nom du département"]: row["Couverture (jours)"] for row in rows}
        assert told["Paris"] == told["Seine-Saint-Denis"] == ""
        assert rows[0]["Couverture (jours)"] == "8,7"

    @pytest.mark.usefixtures("covered")
    def test_knows_three_kinds_of_file(self):
        assert Client().get("/statistiques.parquet").content[:4] == b"PAR1"
        assert Client().get("/statistiques.xlsx").status_code == 200
        assert Client().get("/statistiques.pdf").status_code == 404
