from datetime import time, timedelta

import pytest
from django.test import Client

from distrilog.domain.distribution.services import freeze
from distrilog.domain.facilities.models import Facility
from distrilog.domain.messages.services import send
from distrilog.domain.orders.services import cancel, place
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.weeks import PARIS
from tests.domain.distribution import world as pushing
from tests.domain.orders.world import AT
from tests.factories import ProfileFactory, orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


class TestHome:
    @pytest.mark.usefixtures("world")
    def test_tells_the_anonymous_what_this_is(self):
        page = words(Client().get("/"))
        assert "Se connecter" in page
        assert "Masques chirurgicaux En tension 1 région" in page
        assert "Gants Achat libre" in page

    @pytest.mark.parametrize(
        ("role", "perimeter", "address"),
        [
            ("ars", "11", "/region/"),
            ("delegation", "75", "/region/"),
            ("national_cell", "", "/pays/"),
            ("national_duty", "", "/pays/"),
            ("auditor", "", "/transparence/"),
            ("donor", "region:11", "/dons/"),
        ],
    )
    @pytest.mark.usefixtures("world")
    def test_sends_each_desk_to_its_own_page(self, role, perimeter, address):
        response = client_of(ProfileFactory(role=role, perimeter=perimeter)).get("/")
        assert (response.status_code, response["Location"]) == (302, address)

    @pytest.mark.usefixtures("world")
    def test_greets_a_role_without_a_facility(self):
        page = client_of(ProfileFactory(role="wholesaler", person__name="Claude Martin")).get("/")
        assert "Bonjour Claude Martin" in words(page)


class TestMyWeek:
    def test_says_until_when_orders_are_open(self, home):
        page = words(home.get("/"))
        assert "Commandes ouvertes jusqu’au vendredi 6 novembre à 12 h" in page
        assert "semaine 45 (2–8 nov. 2020)" in page

    def test_says_when_they_open_again(self, home, hands):
        hands.at = AT + timedelta(days=3)
        page = words(home.get("/"))
        assert "Commandes fermées : elles rouvrent lundi 9 novembre à 8 h" in page
        assert "écrivez à l’ARS Région 11" in page

    def test_shows_what_is_taken_and_left_of_each_quota(self, world, home):
        place(actor=orderer(world.home), demand=world.demand(), at=AT)
        page = words(home.get("/"))
        assert (
            "Reste 18 boîtes (900 unités) Commandé 2 boîtes (100 unités) "
            "Contingent 20 boîtes (1 000 unités)" in page
        )

    def test_draws_the_part_taken(self, world, home):
        place(actor=orderer(world.home), demand=world.demand(), at=AT)
        html = home.get("/").content.decode()
        assert '<rect class="dl-bar__part" width="100" height="20"' in html
        assert (
            'aria-label="masques chirurgicaux\u00a0: 10\u202f% du contingent déjà commandé"' in html
        )

    def test_says_why_the_other_families_are_closed(self, home):
        page = words(home.get("/"))
        assert "Gants . Hors tension : le stock de l’État est fermé pour cette famille." in page
        assert "Charlottes . En tension : envoyé en dotation, sans commande." in page

    def test_says_so_when_everything_is_ordered(self, world, home):
        Quota.objects.filter(facility=world.home).exclude(family="ffp2").delete()
        place(actor=orderer(world.home), demand=world.demand({"ffp2": 1_000}), at=AT)
        page = words(home.get("/"))
        assert "Vous avez commandé tout votre contingent de la semaine" in page

    def test_says_so_without_a_quota(self, world, home):
        Quota.objects.filter(facility=world.home).delete()
        page = words(home.get("/"))
        assert "Rien à commander cette semaine" in page
        assert "Pas de contingent cette semaine" in page

    def test_shows_what_is_on_its_way_and_nothing_cancelled(self, world, home):
        actor = orderer(world.home)
        coming = place(actor=actor, demand=world.demand(), at=AT).reference
        gone = place(actor=actor, demand=world.demand({"gown": 20}), at=AT).reference
        cancel(actor=actor, reference=gone, at=AT)
        page = words(home.get("/"))
        assert coming in page
        assert "Livraison prévue mardi 10 novembre 2020" in page
        assert gone not in page

    def test_asks_for_the_acknowledgement_of_official_messages(self, home):
        send(key="one", title="Alerte officielle", body="…", official=True, by="cell", at=AT)
        send(key="two", title="Simple nouvelle", body="…", by="cell", at=AT)
        page = words(home.get("/"))
        assert "Alerte officielle" in page
        assert "Simple nouvelle" not in page

    def test_opens_on_its_round_for_a_platform_referent_whose_own_week_is_beside(self, world):
        client = client_of(profile_of(world.platform, role="platform"))
        assert client.get("/")["Location"] == "/tournee/"
        page = words(client.get("/ma-semaine/"))
        assert Facility.objects.get(pk=world.platform.pk).name in page
        assert "Mon territoire" in page

    def test_sends_a_referent_whose_facility_is_no_platform_to_its_week(self, world):
        assert client_of(profile_of(world.home, role="platform")).get("/").status_code == 200

    @pytest.mark.usefixtures("world")
    def test_is_of_facilities_alone(self):
        officer = client_of(ProfileFactory(role="ars", perimeter="11"))
        assert officer.get("/ma-semaine/")["Location"] == "/"

    def test_takes_the_same_queries_for_many_orders(self, world, home):
        actor = orderer(world.home)
        place(actor=actor, demand=world.demand({"gown": 10}), at=AT)
        few = queries_of(home, "/")
        for _ in range(15):
            place(actor=actor, demand=world.demand({"gown": 10, "ffp2": 50}), at=AT)
        assert queries_of(home, "/") == few


@pytest.mark.django_db
class TestPushed:
    @pytest.fixture(autouse=True)
    def week_of_the_plan(self, monkeypatch):
        monkeypatch.setattr(
            "distrilog.kernel.clock.now",
            lambda: pushing.WEEK.moment(weekday=1, clock=time(9), zone=PARIS),
        )

    def test_tells_what_the_state_sends_where_and_when_without_an_order(self):
        there = pushing.build()
        plan = pushing.shared(there, surgical_mask={"spf": 50_000})
        page = words(client_of(profile_of(there.home)).get("/"))
        assert "Envoyé par l’État, sans commande" in page
        assert "8 boîtes (400 unités)" in page
        assert f"Chez {there.hospital.name}, à partir du" in page
        assert "Votre ARS peut encore changer cette quantité" in page
        freeze(actor=there.shares, plan_id=plan.pk, at=pushing.AT)
        assert "Votre ARS peut encore" not in words(client_of(profile_of(there.home)).get("/"))

    def test_says_nothing_of_it_to_who_gets_nothing(self):
        there = pushing.build()
        pushing.shared(there, surgical_mask={"spf": 50_000})
        assert "Envoyé par l’État" not in words(client_of(profile_of(there.alone)).get("/"))
