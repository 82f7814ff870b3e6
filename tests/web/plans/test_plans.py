"""The plans: listed, prepared, shown, shared, frozen, sent, given up."""

import pytest
from django.urls import reverse

from distrilog.domain.distribution.models import Plan
from tests.domain.distribution.world import AT, WEEK, push
from tests.web.people import client_of
from tests.web.plans.world import MASK, asked, build
from tests.web.reading import queries_of, words


class TestListed:
    def test_puts_what_waits_first(self, ars):
        page = words(ars.get("/plans/"))

        assert "À ajuster jusqu’au vendredi 3 avril à 18 h" in page
        assert "Masques chirurgicaux, 40 boîtes" in page

    def test_shows_another_region_nothing_of_its_units(self, pushed):
        page = words(client_of(pushed.elsewhere).get("/plans/"))
        assert "0 plateforme" in page

    def test_leads_a_facility_to_what_it_gets(self, home):
        assert home.get("/plans/").headers["Location"] == "/ma-dotation/"

    def test_asks_a_fixed_number_of_queries(self, cell):
        assert queries_of(cell, "/plans/") <= 8


class TestDetail:
    def test_shows_figures_platforms_and_who_is_not_served(self, pushed, cell):
        page = words(cell.get(f"/plans/{pushed.plan.pk}/"))

        assert "40 boîtes pour 5 établissements" in page
        assert "Résidence du Bout du Monde" in page
        assert "rattacher à un territoire" in page
        assert "Planchers tenus" in page or "Planchers partagés" in page

    def test_is_not_found_for_nobody_s_number(self, cell):
        assert cell.get("/plans/999999/").status_code == 404

    def test_asks_a_fixed_number_of_queries(self, pushed, cell):
        assert queries_of(cell, f"/plans/{pushed.plan.pk}/") <= 14

    def test_exports_exactly_its_lines(self, pushed, ars):
        text = ars.get(f"/plans/{pushed.plan.pk}/export.csv").content.decode("utf-8-sig")
        lines = text.strip().splitlines()

        assert len(lines) == 1 + pushed.plan.lines.count()
        assert sum(int(line.split(";")[-1]) for line in lines[1:]) == 2000

    def test_exports_nothing_to_another_region(self, pushed):
        answer = client_of(pushed.elsewhere).get(f"/plans/{pushed.plan.pk}/export.csv")
        assert len(answer.content.decode().strip().splitlines()) == 1

    def test_knows_no_other_kind_of_file(self, pushed, ars):
        assert ars.get(f"/plans/{pushed.plan.pk}/export.exe").status_code == 404


class TestPrepare:
    def send(self, client, **more):
        return client.post(
            f"/plans/preparer/?semaine={WEEK.plus(1)}&zone=metropole",
            {"volume_surgical_mask_spf": "20", "number": "1", "floor": "100", **more},
        )

    def test_proposes_the_stock_up_to_the_need(self, cell):
        page = words(cell.get("/plans/preparer/"))
        assert "Besoin de la semaine" in page
        assert "boîtes en stock" in page

    def test_leads_to_the_draft(self, cell):
        answer = self.send(cell)

        plan = Plan.objects.latest("pk")
        assert answer.headers["Location"] == reverse("plans:plan", args=[plan.pk])
        assert plan.volumes == {MASK: {"spf": 1000}}
        assert plan.state == Plan.State.DRAFT

    def test_says_at_the_field_that_there_is_less_stock(self, cell):
        answer = self.send(cell, volume_surgical_mask_spf="9999999")

        assert answer.status_code == 422
        assert "dépasse" in words(answer)

    def test_refuses_a_plan_of_nothing(self, cell):
        answer = self.send(cell, volume_surgical_mask_spf="")
        assert answer.status_code == 422
        assert "rien à répartir" in words(answer)

    def test_says_that_nothing_is_pushed(self, cell):
        push(MASK, "ffp2", regions=["11"], mode="pull", since=AT)
        page = words(cell.get("/plans/preparer/?semaine=2020-W16&zone=metropole"))
        assert "Aucun article n’est poussé cette semaine-là" in page

    def test_says_that_no_doctrine_holds(self, cell):
        answer = cell.get("/plans/preparer/?semaine=2020-W11&zone=metropole")
        assert answer.status_code == 422
        assert "Aucune doctrine" in words(answer)

    def test_serves_everybody_in_an_outage_and_wants_to_know_why(self, cell):
        answer = cell.post(
            f"/plans/preparer/?semaine={WEEK.plus(1)}&zone=metropole&continuite=on",
            {"volume_surgical_mask_spf": "20", "number": "1", "floor": "100"},
        )
        assert answer.status_code == 422
        assert "continuité" in words(answer)

    def test_is_closed_to_agencies(self, ars):
        assert ars.get("/plans/preparer/").status_code == 403


class TestDecide:
    @pytest.fixture
    def draft(self, db, hands):  # noqa: ARG002
        hands.at = AT
        return build(share=False)

    def test_is_shared_by_another_person_only(self, draft):
        address = f"/plans/{draft.plan.pk}/transmettre/"

        refused = client_of(draft.cell).post(address)
        shared = client_of(draft.duty).post(address, follow=True)

        assert refused.status_code == 403
        assert "transmis" in words(shared)
        draft.plan.refresh_from_db()
        assert draft.plan.state == Plan.State.SHARED

    def test_offers_its_author_no_button(self, draft):
        page = words(client_of(draft.cell).get(f"/plans/{draft.plan.pk}/"))
        assert "une autre personne doit le transmettre" in page
        assert "Transmettre aux ARS" not in page

    def test_hides_a_draft_from_agencies(self, draft):
        assert client_of(draft.ars).get(f"/plans/{draft.plan.pk}/").status_code == 404

    def test_is_frozen_then_sent(self, pushed, duty):
        duty.post(f"/plans/{pushed.plan.pk}/arreter/")
        page = words(duty.post(f"/plans/{pushed.plan.pk}/envoyer/", follow=True))

        assert "2 flux vers les plateformes" in page
        pushed.plan.refresh_from_db()
        assert pushed.plan.state == Plan.State.SENT

    def test_is_not_sent_before_it_is_frozen(self, pushed, duty):
        answer = duty.post(f"/plans/{pushed.plan.pk}/envoyer/")
        assert answer.status_code == 409

    def test_is_given_up_with_a_reason(self, pushed, cell):
        address = f"/plans/{pushed.plan.pk}/abandonner/"

        silent = cell.post(address, {"reason": ""})
        told = cell.post(address, {"reason": "Volumes revus."}, follow=True)

        assert silent.status_code == 422
        assert "Le plan est abandonné" in words(told)
        assert "Volumes revus." in words(told)


class TestFirstPages:
    def test_tells_an_agency_what_is_to_adjust_and_to_answer(self, pushed, ars):
        asked(pushed)

        page = words(ars.get("/region/"))

        assert "À ajuster jusqu’au vendredi 3 avril à 18 h" in page
        assert "1 demande d’évolution à traiter" in page

    def test_tells_another_agency_nothing(self, pushed):
        assert "À ajuster" not in words(client_of(pushed.elsewhere).get("/region/"))

    def test_tells_the_cell_what_waits_for_it(self, pushed, cell, duty):
        duty.post(f"/plans/{pushed.plan.pk}/arreter/")
        assert "Plan de répartition, semaine 15 (6–12 avr. 2020) : à envoyer" in words(
            cell.get("/pays/")
        )
