"""Platforms, as agencies and the cell read them; incidents and papers."""

import csv
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from distrilog.domain.distribution.models import Incident, Settlement
from distrilog.domain.distribution.services import debts
from tests.domain.distribution.test_platforms import hand_out, received
from tests.factories import ProfileFactory, RegionFactory, stocked
from tests.web.people import client_of
from tests.web.reading import fields, words


class TestPlatforms:
    def test_lists_what_waits_where(self, dock):
        line = dock.flow.lines.get()
        dock.receive(differences={line.lot_id: line.sent - 50}, words="Mouillé")
        page = words(dock.agency.get("/plateformes/"))
        assert "2 plateformes sur 2" in page
        assert "Situation manquante" in page
        page = words(dock.cell.get("/plateformes/?voir=ecart"))
        assert "1 plateforme sur 2" in page
        assert dock.north.name in page

    def test_puts_first_the_platform_where_most_waits(self, dock):
        names = {dock.world.north.name, dock.world.south.name}
        for flow in reversed(dock.flows):
            line = flow.lines.get()
            territory = flow.territory.name
            received(dock.world, flow, differences={line.lot_id: line.sent - 50}, words="Mouillé")
            first = dock.cell.get("/plateformes/").context["rows"][0][0].territory.name
            # Once both miss a box, they come by name again.
            assert first == (min(names) if flow is dock.flows[0] else territory)

    def test_leads_the_platform_to_its_own_tour(self, dock):
        assert dock.referent.get("/plateformes/")["Location"] == "/tournee/"

    def test_says_the_same_on_both_sides(self, dock):
        dock.receive()
        hand_out(dock.world, dock.plan, dock.world.home, 100)
        theirs = dock.agency.get(f"/plateformes/N/{dock.plan.pk}/")
        own = dock.referent.get(dock.round)
        assert theirs.context["round"] == own.context["round"]
        assert "Retiré" not in words(theirs)

    def test_shows_one_platform_whole(self, dock):
        line = dock.flow.lines.get()
        dock.receive(differences={line.lot_id: line.sent - 50}, words="Carton mouillé")
        page = words(dock.agency.get("/plateformes/N/"))
        assert "50 non arrivées" in page
        assert "Carton mouillé" in page
        assert "Elle n’a rien dit cette semaine" in page

    def test_is_hidden_from_another_region(self, dock):
        other = client_of(ProfileFactory(role="ars", perimeter=RegionFactory(code="93").pk))
        assert other.get("/plateformes/N/").status_code == 404
        assert other.get(f"/plateformes/N/{dock.plan.pk}/bons/").status_code == 404
        assert "Aucune plateforme" in words(other.get("/plateformes/"))


class TestSettle:
    def test_gives_back_what_was_advanced_and_no_more(self, dock):
        line = dock.flow.lines.get()
        dock.receive(differences={line.lot_id: 100}, words="Partielle")
        hand_out(dock.world, dock.plan, dock.world.home, 400, advance=True)
        stocked(500, place="ght-N", number="S2")
        address = "/plateformes/N/compenser/"
        sent = {"family": "surgical_mask", "units": 301, "reason": "Renfort"}
        answer = dock.agency.post(address, sent)
        assert answer.status_code == 422
        assert "L’État doit 300 unités" in words(answer)
        page = words(dock.agency.post(address, sent | {"units": 300}, follow=True))
        assert "C’est compensé : 300 unités" in page
        assert Settlement.objects.get().units == 300
        assert debts(territory="N") == {}

    def test_is_not_the_platform_s_to_decide(self, dock):
        assert dock.referent.post("/plateformes/N/compenser/", {}).status_code == 403


class TestIncidents:
    def tell(self, dock, **more):
        sent = {"territory": "N", "kind": "short", "words": "Deux palettes manquent"} | more
        return dock.referent.post("/incidents/", sent, follow=True)

    def test_is_told_taken_and_closed(self, dock):
        page = words(self.tell(dock))
        assert "L’incident est signalé" in page
        assert "Cellule nationale" in page
        incident = Incident.objects.get()
        take = f"/incidents/{incident.pk}/prendre/"
        sent = {"owner": "ars", "due_on": "2020-04-10"}
        assert "pris en charge" in words(dock.agency.post(take, sent, follow=True))
        close = f"/incidents/{incident.pk}/clore/"
        answer = dock.agency.post(close, {"answer": ""})
        assert answer.status_code == 422
        assert "Dites la suite donnée" in words(answer)
        assert "est clos" in words(dock.agency.post(close, {"answer": "Renvoyé"}, follow=True))
        assert "Renvoyé" in words(dock.referent.get("/incidents/?etat=clos"))

    def test_refuses_what_says_nothing(self, dock):
        answer = self.tell(dock, words="", kind="")
        assert answer.status_code == 422
        assert not Incident.objects.exists()

    def test_is_told_of_one_s_own_platform(self, dock):
        assert fields(dock.referent.get("/incidents/"), "/incidents/")["territory"] == "N"
        answer = self.tell(dock, territory="S")
        assert "Choisissez dans la liste" in words(answer)


class TestPapers:
    @pytest.fixture
    def address(self, dock):
        return f"/plateformes/N/{dock.plan.pk}"

    def test_gives_the_list_as_a_workbook(self, dock, address):
        answer = dock.referent.get(f"{address}/liste/xlsx")
        (sheet,) = CalamineWorkbook.from_filelike(BytesIO(answer.content)).sheet_names
        rows = (
            CalamineWorkbook.from_filelike(BytesIO(answer.content))
            .get_sheet_by_name(sheet)
            .to_python()
        )
        assert sum(row[7] for row in rows[1:]) == dock.flow.lines.get().sent

    def test_gives_the_list_as_csv(self, dock, address):
        text = dock.agency.get(f"{address}/liste/csv").content.decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
        home = next(row for row in rows if row["Numéro"] == dock.world.home.registry)
        assert home["Reste (unités)"] == home["Prévu (unités)"]

    @pytest.mark.parametrize("name", ["liste/pdf", "bons/"])
    def test_gives_papers_as_pdf_with_a_font_of_their_own(self, dock, address, name):
        answer = dock.referent.get(f"{address}/{name}")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"/FontFile2" in answer.content
        assert b"Helvetica" not in answer.content

    def test_gives_one_facility_its_note_a_page(self, dock, address):
        one = dock.referent.get(f"{address}/bons/{dock.world.home.registry}/")
        every = dock.referent.get(f"{address}/bons/")
        assert (one.content.count(b"/Type /Page\n"), every.content.count(b"/Type /Page\n")) == (
            1,
            3,
        )

    def test_knows_no_other_kind(self, dock, address):
        assert dock.referent.get(f"{address}/liste/exe").status_code == 404
        assert dock.referent.get(f"{address}/bons/000/").status_code == 404

    def test_gives_every_platform_as_a_file(self, dock):
        text = dock.cell.get("/plateformes/export/csv").content.decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
        assert {row["Code"] for row in rows} == {"N", "S"}
        assert dock.cell.get("/plateformes/export/xlsx").content.startswith(b"PK")
