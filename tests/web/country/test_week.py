"""The country's page: the week at a glance, and what waits for a signature."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.orders.services import place
from tests.domain.orders.world import AT
from tests.factories import FacilityFactory, ProfileFactory, orderer
from tests.web.decisions.conftest import _key_file, cell, country  # noqa: F401 - its world
from tests.web.decisions.world import MASK, NEXT_WEEK
from tests.web.people import client_of
from tests.web.reading import queries_of, words


def order(facility, boxes: int) -> None:
    """Order boxes of masks."""
    demand = Demand(registry=facility.registry, lines=[Asked(family=MASK, units=boxes * 50)])
    place(actor=orderer(facility), demand=demand, at=AT)


class TestWeek:
    def test_says_that_nothing_is_published_yet(self, cell):  # noqa: F811
        page = words(cell.get("/pays/"))
        assert "Rien n’attend de signature" in page
        assert "Pas de calcul publié pour cette semaine" in page

    def test_lists_what_waits_and_leads_to_it(self, country, cell):  # noqa: F811
        decision, run = country.tension(), country.previewed()
        response = cell.get("/pays/")
        assert "Régime : tension, masques chirurgicaux, gants d’examen" in words(response)
        assert "Calcul, semaine 45 (2–8 nov. 2020) : brouillon" in words(response)
        html = response.content.decode()
        assert f'href="/regimes/{decision.pk}/"' in html
        assert f'href="/calculs/{run.pk}/"' in html

    def test_tells_what_was_ordered_of_the_envelope(self, country, cell):  # noqa: F811
        country.in_tension()
        country.published()
        order(country.home, 4)
        order(country.far, 2)
        page = words(cell.get(f"/pays/?famille={MASK}"))
        assert "Commandes de la semaine 2 par 2 établissements" in page
        assert "6 boîtes" in page
        assert "Masques chirurgicaux : part des contingents déjà commandée" in page

    def test_draws_each_department_with_its_words(self, country, cell):  # noqa: F811
        country.in_tension()
        country.published()
        order(country.home, 6)
        html = cell.get(f"/pays/?famille={MASK}").content.decode()
        assert 'aria-label="Paris : ' in html
        assert 'aria-label="Haute-Garonne : 0' in html

    @pytest.mark.parametrize(
        "asked", ["?semaine=2020-W45", "?semaine=rien", "?famille=rien", "?semaine=2020-W54"]
    )
    def test_opens_on_this_week_whatever_is_asked(self, country, cell, asked):  # noqa: F811
        country.published()
        assert "semaine 45 (2–8 nov. 2020)" in words(cell.get(f"/pays/{asked}"))

    def test_shows_another_week(self, country, cell):  # noqa: F811
        country.published()
        page = words(cell.get("/pays/?semaine=2020-W44"))
        assert "Le pays, semaine 44 (26 oct. – 1 nov. 2020)" in page
        assert "Pas de calcul publié pour cette semaine" in page

    @pytest.mark.parametrize("role", [Role.NATIONAL_DUTY, Role.AUDITOR])
    def test_opens_to_the_nation(self, country, role):  # noqa: F811, ARG002
        assert client_of(ProfileFactory(role=role)).get("/pays/").status_code == 200

    def test_is_closed_to_a_facility(self, country):  # noqa: F811
        assert client_of(country.orderer).get("/pays/").status_code == 403

    def test_takes_the_same_queries_for_many(self, country, cell):  # noqa: F811
        country.in_tension()
        made = [
            FacilityFactory(department=country.home.department, places={"places": 60})
            for _ in range(19)
        ]
        country.published()
        few = queries_of(cell, "/pays/")
        for facility in made:
            facility.addresses.create(postcode="75020", city="Paris")
            order(facility, 1)
        country.previewed(week=NEXT_WEEK)
        assert queries_of(cell, "/pays/") == few
