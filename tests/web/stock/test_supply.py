"""Purchases as they arrive, and pallets from place to place."""

from datetime import date

import pytest

from distrilog.domain.stock.models import Purchase, Threshold, Transfer
from distrilog.domain.stock.queries import balances
from tests.domain.orders.world import AT
from tests.factories import gtin_of
from tests.web.reading import queries_of, words


MASK = "surgical_mask"


def bought(reference: str = "A1", *, units: int = 10_000, **values) -> Purchase:
    return Purchase.objects.create(
        **{
            "reference": reference, "article_id": gtin_of(MASK), "place_id": "spf",
            "supplier": "Fournisseur fictif", "units": units, "expected_on": date(2020, 11, 20),
            "made_by": "x", "made_at": AT, **values,
        }
    )  # fmt: skip


def arrival(*lots: tuple[str, str, str], key: str = "k1") -> dict[str, str]:
    """Return what the form of an arrival sends: lot, expiry, units."""
    asked = {"deed": "arrive", "key": key, "lots-TOTAL_FORMS": "4", "lots-INITIAL_FORMS": "0"}
    for rank in range(4):
        number, expires_on, units = lots[rank] if rank < len(lots) else ("", "", "")
        asked |= {
            f"lots-{rank}-lot": number,
            f"lots-{rank}-expires_on": expires_on,
            f"lots-{rank}-units": units,
            f"lots-{rank}-condition": "good",
        }
    return asked


class TestPurchases:
    def test_tells_what_is_late_first(self, spf):
        bought("LATER")
        bought("LATE", expected_on=date(2020, 11, 2))
        bought("DONE", arrived=10_000)
        page = words(spf.get("/stock/achats/"))
        assert "2 achats attendus · 1 en retard" in page
        assert page.index("LATE") < page.index("LATER")
        assert "DONE" not in page
        assert "DONE" in words(spf.get("/stock/achats/?tout=oui"))

    def test_says_when_nothing_is_awaited(self, spf):
        assert "Aucun achat attendu" in words(spf.get("/stock/achats/"))

    def test_takes_the_same_queries_for_many(self, spf):
        bought()
        few = queries_of(spf, "/stock/achats/")
        for rank in range(8):
            bought(f"B{rank}")
        assert queries_of(spf, "/stock/achats/") == few


class TestPlan:
    ASKED = {
        "reference": "A9", "gtin": gtin_of(MASK), "supplier": "F", "place": "spf",
        "units": "5000", "expected_on": "2020-12-01", "strategic": "12.5",
    }  # fmt: skip

    def test_plans_a_purchase(self, spf):
        answer = spf.post("/stock/achats/nouveau/", self.ASKED)
        made = Purchase.objects.get()
        assert answer["Location"] == f"/stock/achats/{made.pk}/"
        assert (made.units, made.strategic_per_mille) == (5_000, 125)

    def test_refuses_part_of_a_box(self, spf):
        answer = spf.post("/stock/achats/nouveau/", {**self.ASKED, "units": "5001"})
        assert answer.status_code == 422
        assert "par boîtes de 50 unités" in words(answer)

    def test_is_for_who_keeps_the_stock(self, cell):
        assert cell.post("/stock/achats/nouveau/", self.ASKED).status_code == 403


class TestPurchase:
    def test_books_an_arrival_with_its_strategic_part_once(self, spf):
        made = bought(strategic_per_mille=250)
        path = f"/stock/achats/{made.pk}/"
        assert "25 % 2 500 sur ce qui est attendu" in words(spf.get(path))
        asked = arrival(("N1", "2025-01-01", "4000"), ("N2", "2025-02-01", "2000"))
        for _ in range(2):
            page = words(spf.post(path, asked, follow=True))
        assert "4 500 utilisables, 1 500 au stock stratégique, 4 000 encore attendues" in page
        assert balances()["spf", MASK, "strategic"] == 51_500
        assert balances()["spf", MASK, "available"] == 104_500

    def test_refuses_more_than_is_awaited(self, spf):
        made = bought()
        answer = spf.post(f"/stock/achats/{made.pk}/", arrival(("N1", "", "10050")))
        assert answer.status_code == 422
        assert "10050 unités arrivées, 10000 attendues." in words(answer)
        assert 'value="10050"' in answer.content.decode()

    def test_asks_to_complete_a_line(self, spf):
        made = bought()
        answer = spf.post(f"/stock/achats/{made.pk}/", arrival(("N1", "", "")))
        assert "Complétez cette ligne" in words(answer)

    def test_refuses_an_arrival_of_nothing(self, spf):
        made = bought()
        assert spf.post(f"/stock/achats/{made.pk}/", arrival()).status_code == 422

    def test_gives_up_the_rest(self, spf):
        made = bought()
        path = f"/stock/achats/{made.pk}/"
        assert spf.post(path, {"deed": "cancel", "reason": ""}).status_code == 422
        page = words(spf.post(path, {"deed": "cancel", "reason": "Marché résilié."}, follow=True))
        assert "Plus rien n’est attendu" in page

    def test_is_read_only_for_those_who_watch(self, cell):
        path = f"/stock/achats/{bought().pk}/"
        assert "Enregistrer une arrivée" not in words(cell.get(path))
        assert cell.post(path, arrival(("N1", "", "50"))).status_code == 403

    def test_knows_no_other(self, spf):
        assert spf.get(f"/stock/achats/{10**30}/").status_code == 404


class TestTransfers:
    def ask(self, client, **values):
        asked = {"key": "aabbccddeeff", "source": "spf", "target": "operator", "family": MASK}
        return client.post(
            "/stock/transferts/", {**asked, "units": "6000", "deed": "ask", **values}
        )

    def test_says_what_is_low_and_how_much_to_ask(self, spf):
        Threshold.objects.create(
            place_id="operator", family_id=MASK, minimum=25_000, maximum=50_000
        )
        response = spf.get("/stock/transferts/")
        assert "Sous le minimum Demander 30 000 unités" in words(response)
        assert "unites=30000#demander" in response.content.decode()
        asked = spf.get("/stock/transferts/?vers=operator&famille=surgical_mask&unites=30000")
        assert 'value="30000"' in asked.content.decode()

    def test_draws_the_pallets_that_fit(self, spf):
        page = words(spf.get("/stock/transferts/"))
        assert "Présentes 4 À venir 0 Places libres 16 sur 20" in page

    def test_carries_pallets_from_request_to_arrival(self, spf):
        page = self.ask(spf, follow=False)
        made = Transfer.objects.get()
        assert page["Location"] == f"/stock/transferts/{made.pk}/"
        # Two whole pallets of 5,000.
        assert made.asked == 10_000
        spf.post(page["Location"], {"deed": "send"})
        assert "En route 10 000" in words(spf.get(page["Location"]))
        first, second = made.lines.order_by("pk").values_list("sscc", flat=True)
        sent = {"deed": "pallets", "ssccs": [first], "outcome": "received", "reason": ""}
        spf.post(page["Location"], sent)
        spf.post(page["Location"], {**sent, "ssccs": [second], "outcome": "doubtful"})
        assert balances()["operator", MASK, "available"] == 25_000
        assert balances()["operator", MASK, "quarantine"] == 5_000
        made.refresh_from_db()
        assert made.state == "received"
        assert made.reference in words(spf.get("/stock/transferts/?tout=oui"))

    def test_asks_once_however_often_it_is_pressed(self, spf):
        self.ask(spf)
        self.ask(spf)
        assert Transfer.objects.count() == 1

    def test_refuses_more_pallets_than_fit(self, spf):
        answer = self.ask(spf, units="100000")
        assert answer.status_code == 422
        assert "n’en accueille plus que 16" in words(answer)

    def test_refuses_a_request_with_a_reason(self, spf):
        path = self.ask(spf)["Location"]
        assert spf.post(path, {"deed": "refuse", "reason": ""}).status_code == 422
        spf.post(path, {"deed": "refuse", "reason": "Pas maintenant."})
        assert Transfer.objects.get().state == "refused"

    def test_asks_for_pallets_that_are_on_their_way(self, spf):
        path = self.ask(spf)["Location"]
        spf.post(path, {"deed": "send"})
        answer = spf.post(path, {"deed": "pallets", "ssccs": ["0" * 18], "outcome": "received"})
        assert answer.status_code == 422

    def test_sets_a_threshold(self, spf):
        asked = {"deed": "threshold", "place": "operator", "family": MASK}
        path = "/stock/transferts/"
        assert spf.post(path, {**asked, "minimum": "9", "maximum": "5"}).status_code == 422
        assert spf.post(path, {**asked, "minimum": "5", "maximum": "9"}).status_code == 302
        assert Threshold.objects.get().maximum == 9

    @pytest.mark.parametrize("deed", ["ask", "threshold"])
    def test_is_read_only_for_those_who_watch(self, cell, deed):
        assert "Demander un réapprovisionnement" not in words(cell.get("/stock/transferts/"))
        assert self.ask(cell, deed=deed).status_code == 403
        assert not Transfer.objects.exists()

    def test_takes_the_same_queries_for_many(self, spf):
        Threshold.objects.create(place_id="operator", family_id=MASK, minimum=1, maximum=2)
        few = queries_of(spf, "/stock/transferts/?tout=oui")
        for rank in range(6):
            Transfer.objects.create(
                reference=f"T{rank}", source_id="spf", target_id="operator", family_id=MASK,
                asked=10, state="refused", asked_by="x", asked_at=AT,
            )  # fmt: skip
        assert queries_of(spf, "/stock/transferts/?tout=oui") == few
