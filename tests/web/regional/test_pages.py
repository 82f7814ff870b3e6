"""The pages of a region's stock: what an agency, a delegation, a platform and the cell see and do."""

import pytest
from django.urls import reverse

from distrilog.domain.accounts.rules import Role
from distrilog.domain.regional.models import Issue, LotPlan, LotShare, Receiver, Supply
from distrilog.kernel import clock
from tests.domain.regional.test_planning import part, to
from tests.domain.regional.world import (
    AT,
    FFP2,
    MASK,
    arrived,
    books_are_right,
    build,
    decided,
    endowed,
    executed,
    ordered,
    planned,
    reserved,
    stored,
    usable,
)
from tests.factories import CapacityFactory, ProfileFactory, gtin_of
from tests.web.people import client_of


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def region():
    return build()


def of(role, perimeter="", facility=None):
    return client_of(ProfileFactory(role=role.value, perimeter=perimeter, facility=facility))


def ars():
    return of(Role.ARS, "76")


def text(response):
    return response.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def follow(client, name, data, *args):
    """Post a form; return the page it leads to, or the page again with its faults."""
    response = client.post(reverse(name, args=args), data, follow=True)
    return response, text(response)


class TestSituation:
    def test_shows_opening_in_out_and_closing_with_what_is_pending(self, region):
        ordered(region, 2_500_000)
        arrived(region, 2_288_040)
        page = text(ars().get("/stock-regional/"))
        assert "2 288 040" in page
        assert "211 960" in page
        assert "aucun cas sans solution" in page

    def test_shows_weeks_before_and_none_to_come(self, region):
        stored(region, 1_000)
        page = text(ars().get("/stock-regional/?semaine=2020-W10"))
        assert "Aucun stock régional cette semaine" in page
        assert "Semaine suivante" in page
        assert "Semaine suivante" not in text(ars().get("/stock-regional/?semaine=2031-W01"))
        assert ars().get("/stock-regional/?semaine=hier").status_code == 404

    def test_lets_the_cell_choose_the_region_and_nobody_else(self, region):
        stored(region, 1_000)
        assert "Occitanie" in text(of(Role.NATIONAL_CELL).get("/stock-regional/?region=76"))
        assert of(Role.NATIONAL_CELL).get("/stock-regional/?region=zz").status_code == 404
        assert "Occitanie" in text(ars().get("/stock-regional/?region=11"))
        assert "Occitanie" in text(of(Role.DELEGATION, "82").get("/stock-regional/"))

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_sends_the_week_as_a_file(self, region, kind):
        stored(region, 1_000)
        response = ars().get(f"/stock-regional/situation.{kind}")
        assert response.status_code == 200
        if kind == "csv":
            assert ";0;1000;0;1000" in response.content.decode()
        else:
            assert response.content.startswith(b"PK")
        assert ars().get("/stock-regional/situation.pdf").status_code == 404


class TestSupplies:
    @pytest.mark.usefixtures("region")
    def test_is_written_received_and_looked_at(self):
        client = ars()
        _response, page = follow(
            client,
            "regional:supply-new",
            {
                "kind": "donation", "reference": "AIRBUS-1", "donor": "AIRBUS", "units": 2_200_000,
                "gtin": gtin_of(MASK), "place": "reg-76", "quality": "unchecked",
            },
        )  # fmt: skip
        supply = Supply.objects.get()
        assert "Apport AIRBUS-1 enregistré" in page
        lines = {
            "lots-TOTAL_FORMS": 3, "lots-INITIAL_FORMS": 0, "lots-0-lot": "A1", "lots-0-units": 400_000,
            "lots-0-condition": "good", "lots-1-condition": "good", "lots-2-condition": "good",
        }  # fmt: skip
        for _ in range(2):
            _response, page = follow(
                client, "regional:supply", {"deed": "arrive", "key": "k", **lines}, supply.pk
            )
        assert "1 800 000" in page
        assert usable("ars-76") == {}
        follow(
            client,
            "regional:supply",
            {"deed": "quality", "quality-accepted": "yes", "quality-words": "Vu au CHU"},
            supply.pk,
        )
        assert usable("ars-76") == {("reg-76", MASK): 400_000}
        _response, page = follow(
            client, "regional:supply", {"deed": "cancel", "reason-reason": "Fin"}, supply.pk
        )
        assert "reste annulé" in page
        books_are_right()

    def test_says_what_is_wrong_where_it_is(self, region):
        response, page = follow(ars(), "regional:supply-new", {"kind": "donation", "units": -3})
        assert response.status_code == 422
        assert "Rien n’a été enregistré" in page
        ordered(region, 100)
        lines = {
            "lots-TOTAL_FORMS": 1, "lots-INITIAL_FORMS": 0, "lots-0-lot": "A1", "lots-0-units": 101,
            "lots-0-condition": "good",
        }  # fmt: skip
        response, page = follow(
            ars(), "regional:supply", {"deed": "arrive", **lines}, Supply.objects.get().pk
        )
        assert response.status_code == 422
        assert "101 unités arrivées, 100 attendues" in page

    def test_is_read_and_not_written_by_others(self, region):
        ordered(region, 100)
        number = Supply.objects.get().pk
        delegation = of(Role.DELEGATION, "31")
        assert "C1" in text(delegation.get("/stock-regional/apports/"))
        assert "Enregistrer une arrivée" not in text(
            delegation.get(f"/stock-regional/apports/{number}/")
        )
        answer = delegation.post(f"/stock-regional/apports/{number}/", {"deed": "cancel"})
        assert answer.status_code == 403
        stranger = of(Role.ARS, "11")
        assert stranger.get(f"/stock-regional/apports/{number}/").status_code == 404


def two_parts(**more):
    forms = {"parts-TOTAL_FORMS": 4, "parts-INITIAL_FORMS": 0}
    for rank in range(4):
        forms[f"parts-{rank}-purpose"] = "reinforcement"
    forms |= {
        "parts-0-units": 600,
        "parts-1-units": 400,
        "parts-1-purpose": "reserve",
        "title": "Don du conseil régional",
        "reference": "L1",
        "family": MASK,
        "place": "reg-76",
        "units": 1_000,
    }
    return forms | more


class TestLots:
    def test_is_split_decided_by_another_person_and_carried(self, region):
        stored(region, 1_000)
        endowed({"T31": 300, "T82": 100})
        first, second = ars(), ars()
        follow(first, "regional:plan-new", two_parts())
        plan = LotPlan.objects.get()
        one, two = plan.parts.order_by("pk")
        _response, page = follow(
            first, "regional:plan", {"deed": "pro-rata", "part": one.pk}, plan.pk
        )
        assert "Part répartie au prorata" in page
        shares = LotShare.objects.filter(part=one).values_list("territory", "units")
        assert dict(shares) == {"T31": 450, "T82": 150}
        follow(
            first,
            "regional:plan",
            {"deed": "split", "part": two.pk, f"part-{two.pk}-t-T82": 400},
            plan.pk,
        )
        _response, page = follow(first, "regional:plan", {"deed": "decide"}, plan.pk)
        assert "une autre personne" in page
        _response, page = follow(second, "regional:plan", {"deed": "decide"}, plan.pk)
        assert "Plan décidé" in page
        share = LotShare.objects.filter(part=one).first()
        follow(first, "regional:plan", {"deed": "share", "share": share.pk}, plan.pk)
        _response, page = follow(first, "regional:plan", {"deed": "execute"}, plan.pk)
        assert "exécuté" in page
        assert usable("del-82") == {("ght-T82", MASK): 400}
        books_are_right()

    @pytest.mark.usefixtures("region")
    def test_refuses_parts_that_sum_to_another_total(self):
        response, page = follow(ars(), "regional:plan-new", two_parts(units=900))
        assert response.status_code == 422
        assert "100 de trop" in page

    def test_splits_by_hand_between_platforms_facilities_and_receivers(self, region):
        plan = planned(region, part(1_000))
        number = plan.parts.get().pk
        table = f"{region.home.registry} ; 2 00\nbiologistes;300"
        prefix = f"part-{number}"
        data = {"deed": "split", "part": number, f"{prefix}-t-T31": 500, f"{prefix}-others": table}
        follow(ars(), "regional:plan", data, plan.pk)
        assert LotShare.objects.count() == 3
        data[f"{prefix}-others"] = "personne ; beaucoup"
        response, page = follow(ars(), "regional:plan", data, plan.pk)
        assert response.status_code == 422
        assert "Lignes illisibles : 1" in page

    def test_splits_by_the_beds_and_places_that_platforms_serve(self, region):
        CapacityFactory(facility=region.home, places=30)
        CapacityFactory(facility=region.far, places=10)
        plan = planned(region, part(1_000))
        data = {"deed": "by-places", "part": plan.parts.get().pk}
        _response, page = follow(ars(), "regional:plan", data, plan.pk)
        assert "au prorata des lits et places" in page
        shares = LotShare.objects.values_list("territory", "units")
        assert dict(shares) == {"T31": 750, "T82": 250}

    def test_says_why_a_plan_without_stock_is_not_decided(self, region):
        plan = planned(region, part(1_000, to(region.toulouse, 1_000)))
        response, page = follow(ars(), "regional:plan", {"deed": "decide"}, plan.pk)
        assert response.status_code == 422
        assert "1000 unités à réserver, 0 disponibles" in page

    def test_is_abandoned_with_a_word(self, region):
        stored(region, 1_000)
        plan = decided(region, part(1_000, to(region.toulouse, 1_000)))
        response, _page = follow(ars(), "regional:plan", {"deed": "abandon"}, plan.pk)
        assert response.status_code == 422
        _response, page = follow(
            ars(), "regional:plan", {"deed": "abandon", "reason-reason": "Erreur"}, plan.pk
        )
        assert "Plan abandonné" in page
        assert usable("ars-76") == {("reg-76", MASK): 1_000}

    def test_answers_nothing_about_a_part_of_another_plan(self, region):
        plan, other = planned(region, part(100)), planned(region, part(100), reference="L2")
        for data in ({"part": other.parts.get().pk}, {"part": "x"}, {}):
            answer = ars().post(f"/stock-regional/lots/{plan.pk}/", {"deed": "pro-rata", **data})
            assert answer.status_code == 404


class TestIssues:
    def test_serves_an_urgency_once(self, region):
        stored(region, 1_000)
        data = {
            "family": MASK, "place": "reg-76", "facility": region.home.registry, "units": 100,
            "motive": "Livraison manquée", "key": "k1",
        }  # fmt: skip
        client = ars()
        for _ in range(2):
            _response, page = follow(client, "regional:urgent", data)
        assert "Livraison manquée" in page
        assert Issue.objects.count() == 1
        response, page = follow(client, "regional:urgent", {**data, "key": "k2", "units": 901})
        assert response.status_code == 422
        assert "que 900 unités utilisables" in page

    def test_delivers_a_receiver_directly(self, region):
        stored(region, 1_000)
        client = ars()
        _response, page = follow(
            client,
            "regional:receivers",
            {"name": "Centres COVID", "kind": "consultation", "sites": 180},
        )
        assert "Centres COVID est enregistré" in page
        code = Receiver.objects.get(name="Centres COVID").code
        _response, page = follow(
            client,
            "regional:direct",
            {
                "family": MASK, "place": "reg-76", "receiver": code, "units": 700, "motive": "Amorçage",
                "key": "k",
            },
        )  # fmt: skip
        assert "700 unités pour Centres COVID" in page

    def test_lets_the_delegation_alone_release_its_reserve(self, region):
        reserved(region, 1_000)
        data = {
            "reserve": f"ght-T31|{MASK}", "facility": region.home.registry, "units": 100,
            "outbreak_on": "2020-04-15", "motive": "Foyer", "key": "k",
        }  # fmt: skip
        assert ars().post("/stock-regional/sorties/foyer/", data).status_code == 403
        client = of(Role.DELEGATION, "31")
        assert "900" not in text(client.get("/stock-regional/sorties/foyer/"))
        _response, page = follow(client, "regional:release", data)
        assert "foyer signalé le" in page
        assert usable("del-31") == {("ght-T31", MASK): 900}
        response, page = follow(
            client, "regional:release", {**data, "key": "k2", "facility": region.far.registry}
        )
        assert response.status_code == 422
        assert "pas dans votre périmètre" in page

    @pytest.mark.usefixtures("region")
    def test_says_that_a_delegation_keeps_nothing(self):
        page = text(of(Role.DELEGATION, "82").get("/stock-regional/sorties/foyer/"))
        assert "Aucun stock d’urgence" in page

    def test_is_listed_by_kind(self, region):
        reserved(region, 1_000, family=FFP2)
        page = text(ars().get("/stock-regional/sorties/?nature=release"))
        assert "Aucune sortie" in page


class TestReinforcements:
    def test_is_handed_out_by_its_platform(self, region):
        stored(region, 1_000)
        executed(region, part(1_000, to(region.toulouse, 1_000), words="Visites aux résidents"))
        client = of(Role.PLATFORM, facility=region.toulouse.platform)
        assert "Visites aux résidents" in text(client.get("/renforts/"))
        share = LotShare.objects.get()
        data = {"share": share.pk, "facility": region.home.registry, "units": 400, "key": "k"}
        _response, page = follow(client, "regional:reinforcements", data)
        assert "400 unités pour" in page
        response, page = follow(
            client, "regional:reinforcements", {**data, "key": "k2", "units": 601}
        )
        assert response.status_code == 422
        assert "Il reste 600 unités" in page
        stranger = of(Role.PLATFORM, facility=region.montauban.platform)
        assert stranger.post("/renforts/", {**data, "key": "k3"}).status_code == 422
        books_are_right()

    def test_has_nothing_to_say_of_another_platforms(self, region):
        stored(region, 1_000)
        executed(region, part(1_000, to(region.toulouse, 1_000)))
        client = of(Role.PLATFORM, facility=region.montauban.platform)
        assert "Aucun renfort à remettre" in text(client.get("/renforts/"))
