"""What a facility reads of it: what, when, where, why, a change to ask for, and all that ever came."""

from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import ChangeRequest
from tests.domain.distribution.world import AT
from tests.web.people import client_of
from tests.web.plans.world import MASK, acting, asked
from tests.web.reading import queries_of, words


class TestOwn:
    def test_says_what_when_and_where_and_that_it_may_change(self, home):
        page = words(home.get("/ma-dotation/"))

        assert "À partir du mardi 7 avril 2020, par Hôpital des Acacias" in page
        assert "Provisoire" in page
        assert "Quai de livraison" in page
        assert "Masques chirurgicaux" in page

    def test_is_sure_once_frozen(self, pushed, home):
        services.freeze(actor=acting(pushed.duty), plan_id=pushed.plan.pk, at=AT)
        assert "Provisoire" not in words(home.get("/ma-dotation/"))

    def test_is_not_for_an_agency(self, ars):
        assert ars.get("/ma-dotation/").status_code == 404

    def test_asks_a_fixed_number_of_queries(self, home):
        assert queries_of(home, "/ma-dotation/") <= 13


class TestAsk:
    def send(self, home, **more):
        return home.post(
            "/ma-dotation/demander/",
            {"family": MASK, "boxes": "18", "reason": "Foyer.", **more},
            follow=True,
        )

    def test_is_for_the_first_plan_that_takes_it(self, home):
        page = words(self.send(home))

        assert "pour le plan de la semaine 15" in page
        assert ChangeRequest.objects.get().units == 900

    def test_is_for_the_one_after_once_thursday_is_past(self, home, pushed, hands):
        hands.at = pushed.plan.requests_until.replace(hour=pushed.plan.requests_until.hour + 1)
        assert "semaine 16" in words(self.send(home))

    def test_says_what_is_missing(self, home):
        answer = self.send(home, reason="", boxes="")
        assert answer.status_code == 422
        assert words(answer).count("Ce champ est obligatoire") >= 2


class TestOfFacility:
    def test_is_read_by_its_agency(self, pushed, ars):
        page = words(ars.get(f"/plans/etablissements/{pushed.world.home.registry}/"))
        assert "Résidence des Tilleuls" in page
        assert "Demander une évolution" not in page

    def test_is_not_found_from_elsewhere(self, pushed):
        address = f"/plans/etablissements/{pushed.world.home.registry}/"
        assert client_of(pushed.elsewhere).get(address).status_code == 404


class TestWhy:
    def test_goes_from_the_text_to_the_boxes_and_to_who_changed_them(self, pushed, ars):
        registry = pushed.world.small.registry
        services.adjust(
            actor=acting(pushed.ars),
            plan_id=pushed.plan.pk,
            territory="N",
            family=MASK,
            changes={pushed.world.hospital.registry: -50, registry: 50},
            reason="Foyer aux Lilas.",
            at=AT,
        )

        page = words(ars.get(f"/plans/{pushed.plan.pk}/pourquoi/{registry}/"))

        assert "Besoin selon la doctrine" in page
        assert "Le niveau commun" in page
        assert "« Foyer aux Lilas. » (Camille, ARS Île-de-France)" in page
        assert "+1 boîte" in page

    def test_is_read_by_the_facility_itself(self, pushed, home):
        own = f"/plans/{pushed.plan.pk}/pourquoi/{pushed.world.home.registry}/"
        other = f"/plans/{pushed.plan.pk}/pourquoi/{pushed.world.small.registry}/"
        assert home.get(own).status_code == 200
        assert home.get(other).status_code == 404

    def test_says_why_nothing_comes(self, pushed, ars):
        page = words(ars.get(f"/plans/{pushed.plan.pk}/pourquoi/{pushed.world.alone.registry}/"))
        assert "Rien dans ce plan : rattaché à aucune plateforme" in page


class TestRequests:
    def test_shows_sums_then_what_waits(self, pushed, ars):
        asked(pushed)

        page = words(ars.get("/demandes-evolution/"))

        assert "Consolidées le jeudi 2 avril à 18 h" in page
        assert "18 boîtes demandées" in page
        assert "Foyer au premier étage." in page

    def test_shows_late_ones_in_the_next_week(self, pushed, ars, hands):
        late = pushed.plan.requests_until.replace(hour=pushed.plan.requests_until.hour + 1)
        asked(pushed, at=late)
        hands.at = late

        page = words(ars.get("/demandes-evolution/?semaine=2020-W15"))

        assert "1 demande y attend déjà" in page
        assert "Rien n’attend votre réponse" in page

    def test_takes_one_and_leads_to_its_platform(self, pushed, ars):
        made = asked(pushed)

        page = words(
            ars.post(f"/demandes-evolution/{made.pk}/", {"decision": "retenir"}, follow=True)
        )

        assert "retenue : reste à ajuster sa plateforme" in page
        assert "Ajuster" in page

    def test_refuses_with_a_reason_only(self, pushed, ars):
        made = asked(pushed)
        address = f"/demandes-evolution/{made.pk}/"

        silent = ars.post(address, {"decision": "refuser", "semaine": "2020-W15"})
        told = ars.post(address, {"decision": "refuser", "answer": "Stock suffisant."}, follow=True)

        assert silent.status_code == 422
        assert "Dire pourquoi la demande est refusée" in words(silent)
        assert "Stock suffisant." in words(told)

    def test_shows_nothing_of_another_region(self, pushed):
        made = asked(pushed)
        client = client_of(pushed.elsewhere)
        assert "Foyer" not in words(client.get("/demandes-evolution/"))
        assert client.post(f"/demandes-evolution/{made.pk}/").status_code == 404

    def test_asks_a_fixed_number_of_queries(self, pushed, ars):
        asked(pushed)
        assert queries_of(ars, "/demandes-evolution/") <= 10
