"""Regimes on screen: what is in force, a decision prepared with its effect, signed by another."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.messages.models import Message
from distrilog.domain.regimes.models import RegimeDecision
from tests.factories import ProfileFactory
from tests.web.decisions.world import MASK
from tests.web.people import client_of
from tests.web.reading import queries_of, words


PREPARE = "/regimes/preparer/"
FORM = {
    "regime": "tension",
    "mode": "pull",
    "families": [MASK, "glove"],
    "regions": [],
    "day": "",
    "reason": "Les indicateurs passent le seuil.",
}


class TestListing:
    def test_says_that_all_is_in_routine(self, country):
        assert "Aucune décision : tout est en routine" in words(
            client_of(country.orderer).get("/regimes/")
        )

    def test_shows_each_family_and_region(self, country, cell):
        country.in_tension(families=[MASK])
        country.in_tension(families=["glove"], regions=["11"])
        page = words(cell.get("/regimes/"))
        assert "Masques chirurgicaux Tension partout" in page
        assert "Gants d’examen Tension dans 1 région" in page
        assert "Masques FFP2 Routine" in page

    def test_puts_what_waits_first(self, country, duty):
        country.tension()
        page = words(duty.get("/regimes/"))
        assert "À signer Tension" in page
        assert "Claude, cellule nationale" in page

    def test_offers_nothing_to_who_only_reads(self, country):
        page = words(client_of(country.orderer).get("/regimes/"))
        assert "Préparer une décision" not in page

    def test_takes_the_same_queries_for_many(self, country, cell):
        country.in_tension()
        few = queries_of(cell, "/regimes/")
        for _ in range(19):
            country.in_tension()
        assert queries_of(cell, "/regimes/") == few


class TestPrepare:
    def test_leads_to_the_effect(self, cell):
        page = words(cell.post(PREPARE, FORM, follow=True))
        assert "Établissements concernés 12" in page
        assert "Dans tout le pays." in page
        assert "Vous avez préparé cette décision" in page
        assert not Message.objects.exists()

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"families": []}, "obligatoire"),
            ({"families": ["masque"]}, "Sélectionnez un choix valide"),
            ({"regions": ["99"]}, "Sélectionnez un choix valide"),
            ({"regime": "panique"}, "Sélectionnez un choix valide"),
            ({"mode": "vite"}, "Sélectionnez un choix valide"),
            ({"day": "2020-11-03"}, "La date d’effet est passée."),
            ({"day": "demain"}, "Saisissez une date valide"),
            ({"reason": ""}, "obligatoire"),
            ({"reason": "   "}, "obligatoire"),
            ({"reason": "x" * 2001}, "2000"),
        ],
    )
    def test_says_what_is_wrong(self, cell, sent, told):
        response = cell.post(PREPARE, FORM | sent)
        assert response.status_code == 422
        assert told in words(response)
        assert not RegimeDecision.objects.exists()

    def test_takes_today_as_now(self, cell):
        assert cell.post(PREPARE, FORM | {"day": "2020-11-04"}).status_code == 302

    def test_takes_a_day_to_come(self, cell):
        page = words(cell.post(PREPARE, FORM | {"day": "2020-11-09"}, follow=True))
        assert "lundi 9 novembre à 0 h" in page

    def test_is_closed_to_who_only_reads(self, country):
        assert client_of(country.ars).post(PREPARE, FORM).status_code == 403


class TestSign:
    def test_puts_it_in_force_and_tells_everyone(self, country, duty):
        decision = country.tension()
        page = words(duty.post(f"/regimes/{decision.pk}/signer/", follow=True))
        assert "Signée : en vigueur" in page
        assert "Tension" in words(client_of(country.orderer).get("/messages/"))

    @pytest.mark.parametrize("role", [Role.NATIONAL_CELL, Role.NATIONAL_DUTY])
    def test_refuses_the_author_under_any_profile(self, country, role):
        decision = country.tension()
        profile = country.cell
        if role != profile.role:
            profile = ProfileFactory(person=profile.person, role=role)
        response = client_of(profile).post(f"/regimes/{decision.pk}/signer/")
        assert response.status_code == 403
        assert "une autre personne doit la signer" in words(response)
        assert RegimeDecision.objects.get().state == "draft"

    def test_refuses_twice(self, country, duty):
        decision = country.in_tension()
        response = duty.post(f"/regimes/{decision.pk}/signer/")
        assert response.status_code in {409, 422}
        assert Message.objects.count() == 1

    def test_refuses_an_unknown_number(self, duty):
        assert duty.post("/regimes/999/signer/").status_code == 404
        assert duty.get("/regimes/999/").status_code == 404


class TestWithdraw:
    def test_changes_nothing(self, country, cell):
        decision = country.tension()
        page = words(cell.post(f"/regimes/{decision.pk}/retirer/", follow=True))
        assert "Rien n’a changé" in page
        assert RegimeDecision.objects.get().state == "withdrawn"

    def test_leaves_a_signed_decision(self, country, cell):
        decision = country.in_tension()
        assert cell.post(f"/regimes/{decision.pk}/retirer/").status_code in {409, 422}
        assert RegimeDecision.objects.get().state == "signed"
