import pytest

from distrilog.domain.orders.models import Order
from distrilog.domain.orders.services import cancel, place
from tests.domain.orders.world import AT
from tests.factories import orderer
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


@pytest.fixture
def placed(world) -> list[str]:
    """Place three orders, the last one cancelled."""
    actor = orderer(world.home)
    lines = ({"surgical_mask": 100}, {"gown": 20, "ffp2": 50}, {"ffp2": 50})
    made = [place(actor=actor, demand=world.demand(each), at=AT).reference for each in lines]
    cancel(actor=actor, reference=made[-1], at=AT)
    return made


class TestListing:
    def test_says_so_when_there_is_none(self, home):
        assert "Pas encore de commande" in words(home.get("/commandes/"))

    def test_lists_the_newest_first(self, home, placed):
        page = words(home.get("/commandes/"))
        assert page.index(placed[2]) < page.index(placed[1]) < page.index(placed[0])

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("status=cancelled", [2]),
            ("status=placed", [0, 1]),
            ("family=ffp2", [1, 2]),
            ("family=ffp2&status=placed", [1]),
            ("week=2020-W45", [0, 1, 2]),
        ],
    )
    def test_keeps_what_the_filter_asks(self, home, placed, query, kept):
        page = words(home.get(f"/commandes/?{query}"))
        assert [rank for rank, reference in enumerate(placed) if reference in page] == kept

    def test_says_so_when_nothing_answers(self, home, placed):
        Order.objects.filter(reference=placed[2]).delete()
        page = words(home.get("/commandes/?status=cancelled"))
        assert "Aucune commande ne correspond" in page

    def test_keeps_those_of_one_facility(self, world, placed):
        referent = client_of(profile_of(world.platform, role="platform"))
        page = words(referent.get(f"/commandes/?etablissement={world.home.registry}"))
        assert f"Commandes de {world.home.name}" in page
        assert placed[0] in page
        of_platform = words(referent.get(f"/commandes/?etablissement={world.platform.registry}"))
        assert placed[0] not in of_platform
        stranger = f"/commandes/?etablissement={world.stranger.registry}"
        assert referent.get(stranger).status_code == 404

    @pytest.mark.parametrize(
        "query", ["status=x", "week=2020-W99", "avant=x", f"avant={'9' * 40}", "avant=-1"]
    )
    def test_survives_a_filter_that_is_none(self, home, query):
        assert home.get(f"/commandes/?{query}").status_code == 200

    def test_goes_on_page_after_page(self, home, monkeypatch, placed):
        monkeypatch.setattr("distrilog.web.facility.views.orders.PAGE", 2)
        first = home.get("/commandes/")
        assert placed[0] not in words(first)
        second = home.get(f"/commandes/{first.context['later']}")
        assert placed[0] in words(second)
        assert second.context["later"] == ""

    def test_shows_nothing_of_others(self, world, placed):
        page = words(client_of(profile_of(world.stranger)).get("/commandes/"))
        assert all(reference not in page for reference in placed)

    def test_takes_the_same_queries_for_many(self, world, home):
        actor = orderer(world.home)
        place(actor=actor, demand=world.demand({"gown": 10}), at=AT)
        few = queries_of(home, "/commandes/")
        for _ in range(19):
            place(actor=actor, demand=world.demand({"gown": 10, "ffp2": 50}), at=AT)
        assert queries_of(home, "/commandes/") == few


class TestDetail:
    def test_tells_what_where_and_when(self, home, placed):
        page = words(home.get(f"/commandes/{placed[1]}/"))
        assert "Surblouses 2 boîtes (20 unités) Gratuit" in page
        assert "Masques FFP2 1 boîte (50 unités) Gratuit" in page
        assert "Livraison prévue mardi 10 novembre 2020" in page
        assert "Modifier" in page

    def test_tells_the_end_of_a_cancelled_order(self, home, placed):
        page = words(home.get(f"/commandes/{placed[2]}/"))
        assert "Commande annulée" in page
        assert "Modifier" not in page

    def test_does_not_exist_for_others(self, world, placed):
        stranger = client_of(profile_of(world.stranger))
        assert stranger.get(f"/commandes/{placed[0]}/").status_code == 404
        assert stranger.get("/commandes/inconnue/").status_code == 404

    def test_offers_the_platform_referent_no_change(self, world, placed):
        referent = client_of(profile_of(world.platform, role="platform"))
        page = words(referent.get(f"/commandes/{placed[0]}/"))
        assert "Masques chirurgicaux 2 boîtes" in page
        assert "Annuler la commande" not in page
