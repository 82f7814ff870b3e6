"""The page of exchanges: what failed stands there with its reason, and can be done again."""

import pytest

from distrilog.domain.stock import queries as stock
from distrilog.integrations.operator import reading, sending
from distrilog.integrations.operator.content import StockLine, StockReport
from distrilog.integrations.operator.models import Comparison
from distrilog.integrations.operator.reconciling import compare
from distrilog.kernel.models import InboxMessage, OutboxMessage
from tests.domain.orders.world import AT
from tests.factories import PlaceFactory, gtin_of, stocked
from tests.integrations.operator.partner import WRITERS, interchange
from tests.web.partners.world import exchanged, incoming, outgoing, told
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


MASK = gtin_of("surgical_mask")

pytestmark = pytest.mark.usefixtures("hands", "db")


@pytest.fixture
def spf():
    return client_of(profile_of(None, role="spf"))


@pytest.fixture
def day():
    return exchanged(at=AT)


class TestExchanges:
    def test_says_that_all_goes_through(self, spf):
        page = words(spf.get("/echanges/"))
        assert "Tout passe" in page
        assert "Rien n’a encore été transmis" in page

    @pytest.mark.parametrize("role", ["spf", "operator", "national_cell"])
    def test_shows_each_failure_with_its_reason(self, day, role):
        page = words(client_of(profile_of(None, role=role)).get("/echanges/"))
        assert "4 échecs à regarder" in page
        assert "Réponse 503 : …" in page
        assert "Lot L9 inconnu." in page
        assert "Ce n’est pas du JSON." in page
        assert f"illisible, {day.unread.digest[:8]}" in page
        assert "1 sur 2" in page
        assert "L’opérateur ne répond pas" in page

    def test_does_not_grow_in_queries(self, spf, day):  # noqa: ARG002
        before = queries_of(spf, "/echanges/")
        for number in range(10):
            outgoing(f"more {number}", at=AT, dead_at=AT)
            incoming(
                f"MORE{number}", at=AT, state="refused", refusals=1, verdicts=[told("refused")]
            )
        assert queries_of(spf, "/echanges/") == before

    def test_is_closed_to_others(self, day):  # noqa: ARG002
        client = client_of(profile_of(None, role="auditor"))
        assert client.get("/echanges/").status_code == 403


class TestSent:
    def test_shows_what_was_answered(self, spf, day):
        page = words(spf.get(f"/echanges/envoyes/{day.refused.pk}/"))
        assert "Déjà partie." in page
        assert "UNB+UNOC:3'UNZ'" in page

    def test_replays_what_was_given_up(self, spf, day):
        answer = spf.post(f"/echanges/envoyes/{day.dead.pk}/rejouer/", follow=True)
        assert "L’envoi repart" in words(answer)
        day.dead.refresh_from_db()
        assert (day.dead.dead_at, day.dead.attempts) == (None, 0)
        assert spf.post(f"/echanges/envoyes/{day.dead.pk}/rejouer/").status_code == 404

    def test_says_again_what_was_refused(self, spf, day):
        answer = spf.post(f"/echanges/envoyes/{day.refused.pk}/redire/", follow=True)
        assert "Un message refusé repart" in words(answer)
        assert "Refusés par l’opérateur" not in words(answer)
        again = OutboxMessage.objects.get(key="sent:again")
        assert (again.topic, again.sent_at) == ("operator.withdrawal", None)
        assert again.payload == {"orders": [["CMD-2", 1, ""]]}
        assert "plus rien à redire" in words(
            spf.post(f"/echanges/envoyes/{day.refused.pk}/redire/", follow=True)
        )

    def test_is_not_found_where_there_is_none(self, spf):
        assert spf.get("/echanges/envoyes/999999/").status_code == 404


class TestReceived:
    def test_shows_each_verdict_and_warns_about_despatches(self, spf, day):
        page = words(spf.get(f"/echanges/recus/{day.partly.pk}/"))
        assert "Avis d’expédition" in page
        assert "unknown-lot" in page
        assert "il a remis les colis en rayon" in page

    def test_shows_any_bytes_as_text(self, spf, day):
        answer = spf.get(f"/echanges/recus/{day.unread.pk}/")
        assert "&lt;script&gt;" in answer.content.decode()
        assert "seul l’opérateur peut l’envoyer de nouveau" in words(answer)

    def test_replays_what_was_refused(self, spf):
        PlaceFactory()
        report = StockReport(reference="STK-9", at=AT, lines=[])
        body = WRITERS[reading.JSON](interchange(report))
        refused = [told("refused", kind="stock-report", reference="STK-9")]
        kept = incoming("OP1", at=AT, body=body, state="refused", refusals=1, verdicts=refused)
        answer = spf.post(f"/echanges/recus/{kept.pk}/rejouer/", follow=True)
        assert "Rejoué : tout est passé." in words(answer)
        assert Comparison.objects.get().reference == "STK-9"

    def test_says_why_it_cannot_be_replayed(self, spf, day):
        answer = spf.post(f"/echanges/recus/{day.unread.pk}/rejouer/", follow=True)
        assert "ne peut pas être rejoué" in words(answer)

    def test_closes_what_needs_nothing_more(self, spf, day):
        spf.post(f"/echanges/recus/{day.unread.pk}/classer/")
        assert "3 échecs à regarder" in words(spf.get("/echanges/"))
        assert InboxMessage.objects.get(pk=day.unread.pk).closed_at == AT


class TestStock:
    def test_is_empty_at_first(self, spf):
        assert "Aucun état de stock reçu" in words(spf.get("/echanges/rapprochement/"))

    def test_shows_the_lots_that_differ(self, spf, day):
        page = words(spf.get("/echanges/rapprochement/"))
        assert "2 lots en écart" in page
        assert "−150" in page or "-150" in page
        assert "+100" in page
        assert "Lot inconnu" in page
        assert words(spf.get(f"/echanges/rapprochement/{day.comparison.pk}/")) == page

    def test_shows_no_button_to_whoever_does_not_manage_stock(self, day):  # noqa: ARG002
        client = client_of(profile_of(None, role="operator"))
        assert "Passer l’écart" not in words(client.get("/echanges/rapprochement/"))

    def test_posts_the_difference_once(self, spf):
        PlaceFactory()
        stocked(1_000)
        line = StockLine(gtin=MASK, lot="L1", units=900)
        compare(report=StockReport(reference="STK-1", at=AT, lines=[line]), at=AT)
        found = Comparison.objects.get()
        address = f"/echanges/rapprochement/{found.pk}/passer/"
        assert spf.post(address, {"reason": " "}).status_code == 422
        answer = spf.post(address, {"reason": "Palette abîmée, vue sur place."}, follow=True)
        assert "lots corrigés, 1" in words(answer)
        assert stock.balances()["operator", "surgical_mask", "available"] == 900
        assert spf.post(address, {"reason": "Encore."}).status_code == 422
        assert stock.balances()["operator", "surgical_mask", "available"] == 900
        assert stock.discrepancies() == []


def test_numbers_of_interchanges_fit_their_element():
    message = OutboxMessage(key="operator.order:x")
    assert len(sending.number_of(message)) == 14
