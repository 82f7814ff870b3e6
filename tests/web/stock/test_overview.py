"""The picture of the stock, and what of it asks for somebody."""

from datetime import date

import pytest

from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.stock.models import Lot, Purchase, Threshold
from distrilog.domain.stock.rules import PendingKind
from distrilog.domain.stock.services import Promise, block, promise, recall
from tests.domain.orders.world import AT
from tests.factories import DoctrineVersionFactory, actor, gtin_of, stocked
from tests.web.reading import queries_of, words


def promised(units: int, *, place: str = "operator") -> None:
    promise(
        promises=[
            Promise(
                key="p1",
                kind=PendingKind.RESERVE,
                reservation="r1",
                place=place,
                family="surgical_mask",
                units=units,
            )
        ],
        by="quotas",
        at=AT,
    )


def blocked(units: int) -> None:
    lot = stocked(0 + 1, number="O1").pk
    block(
        actor=actor("spf"), place="operator", lot=lot, units=units, reason="Cartons mouillés.",
        key="b1", at=AT,
    )  # fmt: skip


class TestOverview:
    def test_adds_up(self, spf):
        promised(5_000)
        page = words(spf.get("/stock/"))
        assert "Santé publique France 100 000 0 50 000 0 0 0 150 000" in page
        assert "Plateforme de l’opérateur logistique 15 000 5 000 0 0 0 0 20 000" in page
        assert "Entré dans les comptes : 170 000 au stock d’ouverture" in page
        assert "Les deux totaux sont égaux" in page

    def test_draws_what_is_awaited_beside_the_books(self, spf):
        Purchase.objects.create(
            reference="A1", article_id=gtin_of("surgical_mask"), place_id="spf", supplier="F",
            units=7_000, expected_on=date(2020, 12, 1), made_by="x", made_at=AT,
        )  # fmt: skip
        response = spf.get("/stock/")
        assert "Encore attendu : 7 000" in words(response)
        assert "Achats attendus, acheté, attendu : 7\u202f000" in response.content.decode()

    def test_shows_the_family_asked_for(self, spf):
        stocked(40, family="gown", number="G1")
        page = words(spf.get("/stock/?famille=gown"))
        assert "Surblouses : de l’achat à la porte" in page
        assert "40 au stock d’ouverture" in page

    def test_says_what_is_promised_beyond_what_there_is_and_what_to_do(self, cell, spf):
        promised(20_000)
        blocked(6_000)
        page = words(cell.get("/stock/"))
        assert "Plus promis que disponible" in page
        assert "il manque 5 999 unités" in page
        assert "Préparer un calcul" in page
        assert 'href="/calculs/preparer/"' in cell.get("/stock/").content.decode()
        assert "La cellule nationale peut préparer" in words(spf.get("/stock/"))

    def test_leads_to_the_run_that_replaces_the_one_in_force(self, cell):
        promised(20_000)
        blocked(6_000)
        run = QuotaRun.objects.create(
            week="2020-W45", state="published", doctrine=DoctrineVersionFactory(),
            prepared_by="x", prepared_at=AT, signed_by="y", signed_at=AT, published_at=AT, inputs={},
        )  # fmt: skip
        html = cell.get("/stock/").content.decode()
        assert f'action="/calculs/{run.pk}/remplacer/"' in html

    def test_says_nothing_of_shortfalls_where_there_are_none(self, spf):
        assert "Plus promis que disponible" not in words(spf.get("/stock/"))

    def test_warns_of_what_expires_and_of_low_levels(self, spf):
        stocked(300, number="OLD", expires_on=date(2020, 12, 1))
        stocked(70, number="PAST", expires_on=date(2020, 11, 1))
        Threshold.objects.create(
            place_id="operator", family_id="surgical_mask", minimum=30_000, maximum=60_000
        )
        page = words(spf.get("/stock/"))
        assert "Périmé Masques chirurgicaux : 70 unités." in page
        assert "Moins de 3 mois Masques chirurgicaux : 300 unités." in page
        assert (
            "Sous le minimum Masques chirurgicaux, Plateforme de l’opérateur logistique : 39 630"
            in page
        )

    def test_lists_the_recalls_that_are_open(self, spf):
        lot = Lot.objects.get(number="O1").pk
        recall(actor=actor("spf"), lot=lot, reason="Lanières.", instruction="Isoler.", at=AT)
        response = spf.get("/stock/")
        assert "Rappel en cours Lot O1" in words(response)
        assert f'href="/stock/lots/{lot}/"' in response.content.decode()

    def test_is_quiet_when_nothing_asks(self, spf):
        assert "Aucun rappel en cours, rien n’expire" in words(spf.get("/stock/"))

    @pytest.mark.parametrize("who", ["cell", "auditor"])
    def test_opens_to_those_who_watch(self, request, who):
        assert request.getfixturevalue(who).get("/stock/").status_code == 200

    def test_is_closed_to_a_facility(self, orderer):
        assert orderer.get("/stock/").status_code == 403

    def test_takes_the_same_queries_for_many(self, spf):
        few = queries_of(spf, "/stock/")
        for rank in range(12):
            stocked(100, number=f"N{rank}", place="spf")
        assert queries_of(spf, "/stock/") == few
