"""What goes outside the week's plan: pushes at once, programmes."""

import pytest

from distrilog.domain.distribution.models import EmergencyPush, Plan, Programme
from tests.web.plans.world import MASK
from tests.web.reading import fields, words


class TestUrgent:
    def sent(self, pushed, cell, **more) -> dict[str, str]:
        return {
            **fields(cell.get("/plans/urgences/"), ""),
            "registry": pushed.world.home.registry,
            "source": "spf",
            "motive": "Plus un masque ce soir.",
            f"boxes_{MASK}": "2",
            **more,
        }

    def test_leaves_at_once_and_is_listed(self, pushed, cell):
        page = words(cell.post("/plans/urgences/", self.sent(pushed, cell), follow=True))

        assert "C’est parti pour Résidence des Tilleuls" in page
        assert "Plus un masque ce soir." in page
        assert EmergencyPush.objects.get().units == 100

    def test_sends_once_however_often_it_is_pressed(self, pushed, cell):
        sent = self.sent(pushed, cell)
        cell.post("/plans/urgences/", sent)
        cell.post("/plans/urgences/", sent)
        assert EmergencyPush.objects.count() == 1

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ({"motive": ""}, "Ce champ est obligatoire"),
            ({f"boxes_{MASK}": ""}, "d’un article au moins"),
            ({"registry": "999999999"}, "Aucun établissement"),
            ({f"boxes_{MASK}": "99999"}, "reste"),
        ],
    )
    def test_says_what_is_wrong(self, pushed, cell, more, told):
        answer = cell.post("/plans/urgences/", self.sent(pushed, cell, **more))
        assert answer.status_code == 422
        assert told in words(answer)
        assert not EmergencyPush.objects.exists()

    def test_is_closed_to_agencies(self, ars):
        assert ars.get("/plans/urgences/").status_code == 403


class TestProgrammes:
    def decided(self, cell, **more):
        return cell.post(
            "/plans/programmes/",
            {
                "code": "pompiers",
                "title": "Services d’incendie",
                "family": MASK,
                "rule": "per_size",
                "units": "10",
                "starts_on": "2020-03-30",
                "every_weeks": "1",
                "source": "Circulaire de mars 2020",
                **more,
            },
            follow=True,
        )

    def test_goes_from_its_rule_to_its_plan(self, pushed, cell):
        self.decided(cell)
        sites = f"{pushed.world.home.registry} 12\n{pushed.world.far.registry};8"
        enrolled = cell.post("/plans/programmes/pompiers/sites/", {"sites": sites}, follow=True)
        plan = cell.post(
            "/plans/programmes/pompiers/preparer/",
            {"week": "2020-W15", f"volume_{MASK}_spf": "20"},
            follow=True,
        )

        assert "2 sites" in words(enrolled)
        assert "Services d’incendie, semaine 15" in words(plan)
        assert Plan.objects.get(programme="pompiers").lines.count() == 2

    def test_tells_every_line_that_is_not_understood(self, cell):
        self.decided(cell)
        answer = cell.post(
            "/plans/programmes/pompiers/sites/", {"sites": "750000001 douze\n1 2 3\n999999999 4"}
        )
        assert answer.status_code == 422
        assert "Ligne 1" in words(answer)
        assert "Ligne 2" in words(answer)

    def test_names_a_site_that_is_unknown(self, cell):
        self.decided(cell)
        answer = cell.post("/plans/programmes/pompiers/sites/", {"sites": "999999999 4"})
        assert answer.status_code == 422
        assert "Aucun établissement « 999999999 »" in words(answer)

    def test_ends_on_a_day(self, cell):
        self.decided(cell)
        cell.post("/plans/programmes/pompiers/fin/", {"on": "2020-05-31"})
        assert str(Programme.objects.get().ends_on) == "2020-05-31"

    def test_says_that_it_exists(self, cell):
        self.decided(cell)
        answer = self.decided(cell)
        assert answer.status_code == 422
        assert "existe déjà" in words(answer)

    def test_is_not_found_under_another_name(self, cell):
        assert cell.get("/plans/programmes/aucun/").status_code == 404
