import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.rules import QuotaExceeded
from distrilog.domain.orders.services import place
from distrilog.domain.quotas.models import Quota
from tests.domain.orders.world import AT, WEEK, give
from tests.factories import AddressFactory, FacilityFactory, agency as agency_of, orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


def second(world, name="EHPAD du Second Quai", cap=500, **values):
    """Return another facility of the region with a quota of surgical masks."""
    facility = FacilityFactory(name=name, department=world.home.department, **values)
    AddressFactory(facility=facility)
    give(world.run, facility, "surgical_mask", cap)
    return facility


def csv_rows(response) -> list[list[str]]:
    """Return the cells of a CSV answer, its first line apart."""
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text), delimiter=";"))


def sheet_rows(content: bytes, sheet: str) -> list[list[object]]:
    """Return the rows of a sheet, its title and headers apart."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[3:]


class TestDesk:
    def test_says_the_week_by_article(self, shared, agency):
        place(actor=orderer(shared.home), demand=shared.demand({"surgical_mask": 100}), at=AT)
        page = words(agency.get("/region/"))
        assert "Ma région : Région 11" in page
        assert "Masques chirurgicaux 1 établissement sur 1 a commandé" in page
        assert "10 % commandés" in page
        assert "Commandé 2 boîtes Contingents 20 boîtes Reste 18 boîtes" in page
        assert "Reste au pot 10 boîtes" in page

    def test_lists_who_has_ordered_and_who_has_not(self, shared, agency):
        second(shared)
        place(actor=orderer(shared.home), demand=shared.demand({"surgical_mask": 1_000}), at=AT)
        page = words(agency.get("/region/"))
        assert "EHPAD du Second Quai" in page
        assert "10 500 unités 0 Rien commandé" in page
        assert "Épuisé" in page

    def test_shows_one_article_unless_asked_for_all(self, agency):
        assert "1 ligne · 2 autres masquées par vos filtres" in words(agency.get("/region/"))
        assert "3 lignes" in words(agency.get("/region/?famille=toutes"))

    @pytest.mark.parametrize(
        ("query", "shown", "hidden"),
        [
            ("q=second", "EHPAD du Second Quai", "Résidence des Tilleuls"),
            ("etat=rien", "EHPAD du Second Quai", "Résidence des Tilleuls"),
            ("etat=commande", "Résidence des Tilleuls", "EHPAD du Second Quai"),
        ],
    )
    def test_filters(self, shared, agency, query, shown, hidden):
        second(shared)
        place(actor=orderer(shared.home), demand=shared.demand({"surgical_mask": 100}), at=AT)
        page = words(agency.get(f"/region/?{query}"))
        assert shown in page
        assert hidden not in page
        assert "masquée" in page
        assert "effacer les filtres" in page or query.startswith("famille")

    def test_sorts_on_the_server(self, shared, agency):
        second(shared, cap=5_000)
        page = agency.get("/region/?tri=contingent&sens=desc")
        text = words(page)
        assert text.index("EHPAD du Second Quai") < text.index("Résidence des Tilleuls")
        assert 'aria-sort="descending"' in page.content.decode()
        turned = words(agency.get("/region/?tri=contingent"))
        assert turned.index("Résidence des Tilleuls") < turned.index("EHPAD du Second Quai")

    def test_says_when_nothing_matches(self, agency):
        assert "Aucun établissement ne correspond" in words(agency.get("/region/?q=zzz"))

    @pytest.mark.parametrize(
        "query",
        [
            *("page=0", "page=x", "page=-3", "page=99999999999999", "page=²", "tri=x&sens=y"),
            *("famille=x", "departement=31", "etat=x", "semaine=2020-W99", "semaine=x"),
            *("q=%25%5F%5C%27", "region=76"),
        ],
    )
    def test_passes_over_what_means_nothing(self, agency, query):
        response = agency.get(f"/region/?{query}")
        assert response.status_code == 200
        assert "Ma région : Région 11" in words(response)

    def test_says_that_a_page_is_beyond_the_last(self, agency):
        assert "Cette page de la liste n’existe pas" in words(agency.get("/region/?page=7"))

    def test_says_that_a_week_without_a_run_has_none(self, agency):
        page = words(agency.get("/region/?semaine=2020-W40"))
        assert "Pas de contingent cette semaine" in page
        assert "semaine 40" in page

    def test_never_shows_another_region(self, shared, agency, elsewhere):
        give(shared.run, shared.stranger, "surgical_mask", 1_000)
        assert shared.stranger.registry not in words(agency.get("/region/?famille=toutes"))
        assert shared.stranger.registry not in words(
            agency.get("/region/?region=76&famille=toutes")
        )
        page = words(elsewhere.get("/region/?region=11&famille=toutes"))
        assert shared.stranger.registry in page
        assert shared.home.registry not in page

    def test_narrows_a_delegation_to_its_department(self, shared, delegation):
        other = FacilityFactory(department__code="92", department__region__code="11")
        give(shared.run, other, "surgical_mask", 1_000)
        page = words(delegation.get("/region/"))
        assert "Mon département : Département 75" in page
        assert shared.home.registry in page
        assert other.registry not in page
        assert "Commander sur le pot commun" not in page

    def test_lets_the_cell_choose_a_region(self, shared, cell):
        page = words(cell.get("/region/"))
        assert "Choisir une région" in page
        assert "Région 76" in page
        page = words(cell.get("/region/?region=11"))
        assert shared.home.registry in page
        assert "Commander sur le pot commun" not in page
        assert cell.get("/region/?region=99").status_code == 404

    def test_keeps_the_region_of_the_cell_in_its_links(self, cell):
        content = cell.get("/region/?region=11").content.decode()
        assert "region=11&amp;famille" in content
        assert 'name="region" value="11"' in content

    def test_is_closed_to_facilities(self, shared):
        assert client_of(profile_of(shared.home)).get("/region/").status_code == 403

    def test_takes_the_same_queries_whatever_it_shows(self, shared, agency):
        few = queries_of(agency, "/region/")
        for rank in range(4):
            facility = second(shared, name=f"EHPAD {rank}")
            demand = shared.demand({"surgical_mask": 50}, registry=facility.registry)
            place(actor=orderer(facility), demand=demand, at=AT)
        assert queries_of(agency, "/region/") == few
        assert queries_of(agency, "/region/?tri=commande&sens=desc&q=ehpad&etat=commande") == few


class TestExport:
    def test_holds_exactly_the_rows_shown(self, shared, agency):
        second(shared)
        place(actor=orderer(shared.home), demand=shared.demand({"surgical_mask": 100}), at=AT)
        rows = csv_rows(agency.get("/region/export.csv?famille=surgical_mask&etat=commande"))
        assert len(rows) == 2
        assert rows[1][1:3] == [shared.home.registry, shared.home.name]
        assert rows[1][7:13] == ["1000", "20", "100", "2", "900", "18"]
        assert rows[1][-1] == "04/11/2020 10:00"

    def test_keeps_the_order_of_the_list(self, shared, agency):
        second(shared, cap=5_000)
        rows = csv_rows(agency.get("/region/export.csv?tri=contingent&sens=desc"))
        assert [row[2] for row in rows[1:]] == ["EHPAD du Second Quai", shared.home.name]

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
    def test_makes_no_formula_of_a_name(self, shared, agency, name):
        Facility.objects.filter(pk=shared.home.pk).update(name=name, commune=name)
        cells = csv_rows(agency.get("/region/export.csv"))[1]
        assert cells[2] == f"'{name}"
        content = agency.get("/region/export.xlsx").content
        assert sheet_rows(content, "Commandes")[0][2].strip() == name.strip()
        assert b"<f>" not in ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")

    def test_gives_the_same_rows_as_a_workbook(self, shared, agency):
        second(shared)
        response = agency.get("/region/export.xlsx?q=second")
        assert (
            response["Content-Disposition"] == 'attachment; filename="distrilog-11-2020-W45.xlsx"'
        )
        rows = sheet_rows(response.content, "Commandes")
        assert [row[2] for row in rows] == ["EHPAD du Second Quai"]

    def test_never_gives_another_region(self, shared, elsewhere):
        give(shared.run, shared.stranger, "surgical_mask", 1_000)
        rows = csv_rows(elsewhere.get("/region/export.csv?region=11"))
        assert [row[1] for row in rows[1:]] == [shared.stranger.registry]

    def test_knows_two_kinds_of_files(self, agency):
        assert agency.get("/region/export.pdf").status_code == 404

    def test_takes_the_same_queries_for_many_rows(self, shared, agency):
        few = queries_of(agency, "/region/export.csv")
        for rank in range(3):
            second(shared, name=f"EHPAD {rank}")
        assert queries_of(agency, "/region/export.csv") == few


class TestReport:
    def test_shows_the_numbers_of_the_workbook(self, shared, agency):
        second(shared)
        place(actor=orderer(shared.home), demand=shared.demand({"surgical_mask": 100}), at=AT)
        pot = shared.pot_demand({"surgical_mask": 50})
        place(actor=agency_of(shared.home.department.region), demand=pot, at=AT)
        page = words(agency.get("/region/rapport/"))
        content = agency.get("/region/rapport.xlsx").content
        rows = {(row[0], row[2]): row[3:9] for row in sheet_rows(content, "Totaux")}
        facilities, having, quota, ordered, left, from_pot = rows["Total", "masque chirurgical"]
        assert (facilities, having, quota, ordered, left, from_pot) == (2, 1, 1500, 100, 1400, 50)
        told = "1 / 2 1 500 100 6 % 1 400 50"
        assert f"Masques chirurgicaux {told} 0" in page
        assert f"Département 75 (75) Masques chirurgicaux {told}" in page

    def test_says_what_was_refused(self, shared, agency):
        home = orderer(shared.home)
        with pytest.raises(QuotaExceeded):
            place(actor=home, demand=shared.demand({"surgical_mask": 5_000}), at=AT)
        assert "5 000 1 demande" in words(agency.get("/region/rapport/"))

    def test_narrows_a_delegation_to_its_department(self, shared, delegation):
        other = FacilityFactory(department__code="92", department__region__code="11")
        give(shared.run, other, "surgical_mask", 1_000)
        assert "Département 92" not in words(delegation.get("/region/rapport/"))
        content = delegation.get("/region/rapport.xlsx").content
        rows = sheet_rows(content, "Commandes")
        assert {row[1] for row in rows} == {shared.home.registry}

    def test_never_speaks_of_another_region(self, elsewhere):
        assert "Rien à rapporter" in words(elsewhere.get("/region/rapport/?region=11"))
        content = elsewhere.get("/region/rapport.xlsx?region=11").content
        assert sheet_rows(content, "Commandes") == []

    def test_sends_the_cell_to_choose_a_region(self, cell):
        assert cell.get("/region/rapport/")["Location"] == "/region/"
        assert cell.get("/region/rapport.xlsx").status_code == 404
        assert "Région 11" in words(cell.get("/region/rapport/?region=11"))

    def test_takes_the_same_queries_for_many_rows(self, shared, agency):
        few = queries_of(agency, "/region/rapport/")
        for rank in range(3):
            second(shared, name=f"EHPAD {rank}")
        assert queries_of(agency, "/region/rapport/") == few

    def test_tells_a_week_that_is_over(self, agency, hands):
        Quota.objects.filter(week=WEEK).update(closed=True)
        hands.at = AT.replace(day=18)
        page = words(agency.get(f"/region/rapport/?semaine={WEEK}"))
        assert "Masques chirurgicaux 0 / 1 1 000 0 0 % 0 0" in page
