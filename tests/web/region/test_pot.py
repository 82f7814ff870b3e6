import pytest

from distrilog.domain.orders.models import Order, RefusedDemand
from distrilog.domain.quotas.models import Pot
from distrilog.domain.regimes.models import Window
from tests.factories import PlaceFactory
from tests.web.people import client_of, profile_of
from tests.web.reading import fields, queries_of, words


@pytest.fixture
def address(shared) -> str:
    """Return where the agency orders for the home."""
    return f"/region/commander/{shared.home.registry}/"


def basket(shared, step="verifier", **boxes) -> dict[str, object]:
    """Return what the page sends: boxes by family, delivered at the home's own address."""
    chosen = {f"boxes-{family}": count for family, count in boxes.items()}
    return {"etape": step, "address": shared.own_address.pk, **chosen}


class TestChoose:
    def test_says_what_the_pot_holds(self, agency):
        assert "Masques chirurgicaux Plateforme de l’opérateur logistique 10 sur 10" in words(
            agency.get("/region/commander/")
        )

    def test_finds_facilities_of_the_region_only(self, shared, agency):
        content = agency.get("/region/commander/?q=Tilleuls").content.decode()
        assert f"/region/commander/{shared.home.registry}/" in content
        assert shared.stranger.registry not in content

    def test_finds_by_number(self, shared, agency):
        page = words(agency.get(f"/region/commander/?q={shared.home.registry}"))
        assert shared.home.name in page

    def test_says_when_nobody_is_found(self, agency):
        page = words(agency.get("/region/commander/?q=zzzz"))
        assert "Aucun établissement trouvé dans votre région" in page

    def test_says_that_the_pot_is_empty(self, agency):
        Pot.objects.update(cap=0)
        assert "Le pot commun est vide" in words(agency.get("/region/commander/"))

    @pytest.mark.parametrize("role", ["orderer", "director", "platform"])
    def test_is_closed_to_facilities(self, shared, role):
        client = client_of(profile_of(shared.home, role=role))
        assert client.get("/region/commander/").status_code == 403

    def test_is_closed_to_those_who_only_look(self, delegation, cell):
        assert delegation.get("/region/commander/").status_code == 403
        assert cell.get("/region/commander/").status_code == 403


class TestOrder:
    def test_offers_what_the_pot_holds_and_both_addresses(self, shared, agency, address):
        page = words(agency.get(address))
        assert f"Commander pour {shared.home.name}" in page
        assert "10 boîtes (500 unités)" in page
        assert "Son propre contingent : il lui reste 20 boîtes" in page
        assert "Établissement support" in page
        assert "Le pot commun n’en contient pas cette semaine" in page

    def test_offers_the_pot_of_the_facility_s_own_source_only(self, agency, address):
        Pot.objects.update(source=PlaceFactory(code="spf", kind="spf"))
        page = words(agency.get(address))
        assert "Le pot commun ne contient rien pour cet établissement" in page
        assert "Combien de boîtes" not in page

    def test_knows_no_facility_of_another_region(self, shared, agency, elsewhere, address):
        assert agency.get(f"/region/commander/{shared.stranger.registry}/").status_code == 404
        assert elsewhere.get(address).status_code == 404
        sent = basket(shared, "envoyer", surgical_mask=1) | {"key": "k"}
        assert elsewhere.post(address, sent).status_code == 404
        assert not Order.objects.exists()

    def test_says_when_orders_open_again(self, agency, address):
        Window.objects.update(closed=True)
        page = words(agency.get(address))
        assert "Commandes fermées" in page
        assert "Combien de boîtes" not in page

    def test_takes_the_same_queries_for_many_orders(self, shared, agency, address):
        few = queries_of(agency, address)
        for key in "abc":
            agency.post(address, basket(shared, "envoyer", surgical_mask=1) | {"key": key})
        assert Order.objects.count() == 3
        assert queries_of(agency, address) == few


class TestCheck:
    def test_shows_the_order_once_more_and_places_nothing(self, shared, agency, address):
        page = words(agency.post(address, basket(shared, surgical_mask=4)))
        assert "4 boîtes (200 unités)" in page
        assert "6 boîtes (300 unités)" in page
        assert "mardi 10 novembre 2020" in page
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("boxes", "told"),
        [
            ("1,5", "Indiquez un nombre entier de boîtes"),
            ("quatre", "Indiquez un nombre entier de boîtes"),
            ("-1", "ne peut pas être négatif"),
            ("99999999999", "bien trop grand"),
            ("11", "Il reste 10 boîtes (500 unités) dans le pot commun cette semaine"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, shared, agency, address, boxes, told):
        response = agency.post(address, basket(shared, surgical_mask=boxes))
        assert response.status_code == 422
        assert told in words(response)
        assert f'value="{boxes}"' in response.content.decode()
        assert "field-boxes-surgical_mask-fault" in response.content.decode()

    def test_refuses_an_empty_basket(self, shared, agency, address):
        response = agency.post(address, basket(shared))
        assert response.status_code == 422
        assert "Le panier est vide" in words(response)

    @pytest.mark.parametrize("given", ["stranger", "", "x", "²"])
    def test_refuses_an_address_that_is_not_theirs(self, shared, agency, address, given):
        given = shared.stranger_address.pk if given == "stranger" else given
        sent = basket(shared, surgical_mask=1) | {"address": given}
        response = agency.post(address, sent)
        assert response.status_code == 422
        assert "adresse" in words(response)

    def test_keeps_a_demand_beyond_the_pot(self, shared, agency, address):
        agency.post(address, basket(shared, surgical_mask=11))
        kept = RefusedDemand.objects.get()
        assert (kept.units_asked, kept.units_left) == (550, 500)

    def test_goes_back_with_what_was_typed(self, shared, agency, address):
        response = agency.post(address, basket(shared, "corriger", surgical_mask=4))
        assert response.status_code == 200
        assert 'value="4"' in response.content.decode()

    def test_takes_the_platform_s_address(self, shared, agency, address):
        sent = basket(shared, surgical_mask=1) | {"address": shared.platform_address.pk}
        assert agency.post(address, sent).status_code == 200


class TestSend:
    def test_places_the_order_on_the_pot_and_confirms_it(self, shared, agency, address):
        checked = agency.post(address, basket(shared, surgical_mask=4))
        sent = fields(checked, "") | {"etape": "envoyer"}
        response = agency.post(address, sent, follow=True)
        page = words(response)
        assert "Votre commande est enregistrée" in page
        assert "le pot commun de l’ARS" in page
        order = Order.objects.get()
        assert (order.charge, order.facility) == ("pot", shared.home)
        assert Pot.objects.get().ordered == 200
        assert shared.ordered() == 0

    def test_places_one_order_for_two_presses(self, shared, agency, address):
        sent = fields(agency.post(address, basket(shared, surgical_mask=4)), "")
        sent["etape"] = "envoyer"
        first, again = agency.post(address, sent), agency.post(address, sent)
        assert first["Location"] == again["Location"]
        assert Order.objects.count() == 1

    def test_goes_back_to_the_fields_when_the_pot_ran_out_since(self, shared, agency, address):
        sent = fields(agency.post(address, basket(shared, surgical_mask=4)), "")
        Pot.objects.update(ordered=450)
        response = agency.post(address, sent | {"etape": "envoyer"})
        assert response.status_code == 422
        assert "Il reste 1 boîte (50 unités) dans le pot commun" in words(response)
        assert not Order.objects.exists()

    def test_refuses_a_key_that_served_another_demand(self, shared, agency, address):
        agency.post(address, basket(shared, "envoyer", surgical_mask=1) | {"key": "k"})
        response = agency.post(address, basket(shared, "envoyer", surgical_mask=2) | {"key": "k"})
        assert response.status_code == 422
        assert "déjà servi" in words(response)

    def test_places_nothing_for_those_who_only_look(self, shared, delegation, cell, address):
        sent = basket(shared, "envoyer", surgical_mask=1) | {"key": "k"}
        assert delegation.post(address, sent).status_code == 403
        assert cell.post(address, sent).status_code == 403
        assert not Order.objects.exists()
