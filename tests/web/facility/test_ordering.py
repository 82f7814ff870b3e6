import pytest

from distrilog.domain.orders.models import Order, RefusedDemand
from distrilog.domain.orders.services import place
from distrilog.domain.regimes.models import Window
from tests.domain.orders.world import AT
from tests.factories import orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import fields, queries_of, words


def basket(world, **boxes) -> dict[str, object]:
    """Return what the order page sends: boxes by family, delivered at home."""
    chosen = {f"boxes-{family}": count for family, count in boxes.items()}
    return {"address": world.own_address.pk, **chosen}


class TestOrder:
    def test_offers_the_open_families_and_the_addresses(self, home):
        page = words(home.get("/commander/"))
        assert "Masques chirurgicaux En tension gratuit, stock de l’État" in page
        assert "1 boîte = 50 unités. Au plus 20." in page
        assert "Établissement support" in page
        assert "Livraison prévue : mardi 10 novembre 2020" in page

    def test_chooses_the_main_address_beforehand(self, world, home):
        sent = fields(home.get("/commander/"), "/commander/verifier/")
        assert sent["address"] == str(world.own_address.pk)

    def test_offers_nothing_while_the_window_is_closed(self, home):
        Window.objects.update(closed=True)
        page = words(home.get("/commander/"))
        assert "Commandes fermées" in page
        assert "Combien de boîtes" not in page

    def test_takes_the_same_queries_for_many_orders(self, world, home):
        few = queries_of(home, "/commander/")
        for _ in range(5):
            place(actor=orderer(world.home), demand=world.demand({"gown": 10}), at=AT)
        assert queries_of(home, "/commander/") == few

    def test_is_closed_to_those_who_do_not_order(self, world):
        client = client_of(profile_of(world.home, role="pharmacy"))
        assert client.get("/commander/").status_code == 403


class TestCheck:
    def test_shows_the_order_once_more_and_places_nothing(self, world, home):
        response = home.post("/commander/verifier/", basket(world, surgical_mask=4, gown=2))
        page = words(response)
        assert "4 boîtes (200 unités)" in page
        assert "2 boîtes (20 unités)" in page
        assert "mardi 10 novembre 2020" in page
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("boxes", "told"),
        [
            ("1,5", "Indiquez un nombre entier de boîtes"),
            ("quatre", "Indiquez un nombre entier de boîtes"),
            ("-1", "ne peut pas être négatif"),
            ("99999999999", "bien trop grand"),
            ("21", "Il vous reste 20 boîtes (1 000 unités) cette semaine"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, world, home, boxes, told):
        response = home.post("/commander/verifier/", basket(world, surgical_mask=boxes))
        assert response.status_code == 422
        assert told in words(response)
        assert f'value="{boxes}"' in response.content.decode()
        assert (
            'aria-describedby="field-boxes-surgical_mask-units field-boxes-surgical_mask-fault"'
            in (response.content.decode())
        )

    def test_says_everything_at_once(self, world, home):
        sent = basket(world, surgical_mask="x", ffp2=-3) | {"address": world.stranger_address.pk}
        page = words(home.post("/commander/verifier/", sent))
        assert "Indiquez un nombre entier de boîtes" in page
        assert "ne peut pas être négatif" in page
        assert "Cette adresse n’est ni la vôtre" in page

    def test_refuses_an_empty_basket(self, world, home):
        response = home.post("/commander/verifier/", basket(world))
        assert response.status_code == 422
        assert "Le panier est vide : indiquez au moins une boîte." in words(response)

    def test_says_every_shortage_and_whom_to_ask(self, world, home):
        page = words(home.post("/commander/verifier/", basket(world, ffp2=30, gown=101)))
        assert "Masques FFP2 : Il vous reste 20 boîtes (1 000 unités)" in page
        assert "Surblouses : Il vous reste 100 boîtes (1 000 unités)" in page
        assert "écrivez à l’ARS Région 11" in page

    def test_keeps_the_demand_refused(self, world, home):
        home.post("/commander/verifier/", basket(world, ffp2=30))
        kept = RefusedDemand.objects.get()
        assert (kept.family_id, kept.units_asked, kept.units_left) == ("ffp2", 1_500, 1_000)

    def test_ignores_a_family_that_is_not_open(self, world, home):
        response = home.post("/commander/verifier/", basket(world, glove=3))
        assert "Le panier est vide" in words(response)

    def test_refuses_once_the_window_has_closed(self, world, home):
        Window.objects.update(closed=True)
        response = home.post("/commander/verifier/", basket(world, ffp2=1))
        assert response.status_code == 422
        assert "fermées" in words(response)

    def test_can_be_corrected_with_nothing_lost(self, world, home):
        response = home.post("/commander/verifier/", basket(world, surgical_mask=4))
        back = home.post("/commander/", fields(response, "/commander/"))
        assert fields(back, "/commander/verifier/")["boxes-surgical_mask"] == "4"


class TestSend:
    def send(self, world, home, **boxes):
        """Go through the check page, then send what it would send."""
        checked = home.post("/commander/verifier/", basket(world, **boxes))
        return fields(checked, "/commander/envoyer/")

    def test_places_the_order_and_says_what_happens_next(self, world, home):
        sent = self.send(world, home, surgical_mask=4)
        page = words(home.post("/commander/envoyer/", sent, follow=True))
        order = Order.objects.get()
        assert "Votre commande est enregistrée" in page
        assert f"Numéro {order.reference} . Livraison prévue mardi 10 novembre 2020" in page
        assert "Transmission pour préparation vendredi 6 novembre à 12 h" in page
        assert world.ordered() == 200

    def test_makes_one_order_of_a_double_press(self, world, home):
        sent = self.send(world, home, surgical_mask=4)
        first = home.post("/commander/envoyer/", sent)
        second = home.post("/commander/envoyer/", sent)
        assert first["Location"] == second["Location"]
        assert Order.objects.count() == 1
        assert world.ordered() == 200

    def test_makes_two_orders_of_two_checks(self, world, home):
        for _ in range(2):
            home.post("/commander/envoyer/", self.send(world, home, surgical_mask=4))
        assert Order.objects.count() == 2

    def test_comes_back_to_the_fields_when_somebody_came_first(self, world, home):
        sent = self.send(world, home, surgical_mask=20)
        place(actor=orderer(world.home), demand=world.demand(), at=AT)
        response = home.post("/commander/envoyer/", sent)
        assert response.status_code == 422
        assert "Il vous reste 18 boîtes (900 unités) cette semaine" in words(response)
        assert fields(response, "/commander/verifier/")["boxes-surgical_mask"] == "20"

    def test_delivers_to_the_platform_when_asked(self, world, home):
        checked = home.post(
            "/commander/verifier/",
            basket(world, gown=1) | {"address": world.platform_address.pk},
        )
        home.post("/commander/envoyer/", fields(checked, "/commander/envoyer/"))
        assert Order.objects.get().address == world.platform_address

    def test_opens_by_its_form_alone(self, home):
        assert home.get("/commander/envoyer/").status_code == 405


class TestAmend:
    @pytest.fixture
    def reference(self, world):
        return place(actor=orderer(world.home), demand=world.demand(), at=AT).reference

    def test_starts_from_what_the_order_holds(self, home, reference):
        page = home.get(f"/commandes/{reference}/modifier/")
        assert 'name="boxes-surgical_mask" value="2"' in page.content.decode()
        assert "Au plus 20." in words(page)

    def test_changes_the_boxes(self, world, home, reference):
        sent = {"boxes-surgical_mask": 5, "boxes-gown": 1, "version": 1}
        page = words(home.post(f"/commandes/{reference}/modifier/", sent, follow=True))
        assert "La modification est enregistrée." in page
        assert "Avant : masques chirurgicaux, 2 boîtes (100 unités)" in page
        assert (world.ordered(), world.ordered("gown")) == (250, 10)

    def test_refuses_more_than_is_left_at_the_field(self, world, home, reference):
        response = home.post(
            f"/commandes/{reference}/modifier/", {"boxes-surgical_mask": 21, "version": 1}
        )
        assert response.status_code == 422
        assert "Il vous reste 20 boîtes (1 000 unités)" in words(response)
        assert world.ordered() == 100

    def test_refuses_to_overwrite_somebody_else_s_change(self, home, reference):
        address = f"/commandes/{reference}/modifier/"
        home.post(address, {"boxes-surgical_mask": 3, "version": 1})
        response = home.post(address, {"boxes-surgical_mask": 4, "version": 1})
        assert response.status_code == 422
        assert "Rechargez la commande" in words(response)

    @pytest.mark.parametrize("version", ["x", "", "9" * 30])
    def test_survives_a_version_that_is_none(self, home, reference, version):
        response = home.post(
            f"/commandes/{reference}/modifier/", {"boxes-surgical_mask": 3, "version": version}
        )
        assert response.status_code in (302, 422)

    def test_ends_with_the_window(self, home, hands, reference):
        hands.at = AT.replace(day=6, hour=11)
        response = home.get(f"/commandes/{reference}/modifier/")
        assert response["Location"] == f"/commandes/{reference}/"

    def test_is_for_one_s_own_orders(self, world, reference):
        referent = client_of(profile_of(world.platform, role="platform"))
        assert referent.get(f"/commandes/{reference}/").status_code == 200
        assert referent.get(f"/commandes/{reference}/modifier/").status_code == 403
        stranger = client_of(profile_of(world.stranger))
        assert stranger.get(f"/commandes/{reference}/modifier/").status_code == 404


class TestCancel:
    @pytest.fixture
    def reference(self, world):
        return place(actor=orderer(world.home), demand=world.demand(), at=AT).reference

    def test_asks_first(self, world, home, reference):
        page = words(home.get(f"/commandes/{reference}/annuler/"))
        assert "Annuler cette commande ? 2 boîtes de masques chirurgicaux" in page
        assert world.ordered() == 100

    def test_gives_the_boxes_back(self, world, home, reference):
        page = words(home.post(f"/commandes/{reference}/annuler/", follow=True))
        assert "La commande est annulée. Les boîtes sont revenues à votre contingent." in page
        assert world.ordered() == 0

    def test_says_so_when_it_is_too_late(self, home, hands, reference):
        hands.at = AT.replace(day=6, hour=11)
        response = home.post(f"/commandes/{reference}/annuler/")
        assert response.status_code == 409
        assert "n’est plus modifiable" in words(response)
