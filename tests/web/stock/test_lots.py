"""One lot: where it is, blocked and freed, out of the books, recalled, and who was told."""

import pytest

from distrilog.domain.messages.models import Message, Reading
from distrilog.domain.shipping.models import Despatch
from distrilog.domain.stock.models import Account, Entry, Lot, Recall
from tests.domain.orders.world import AT
from tests.domain.shipping.world import DespatchFactory, OrderFactory, fulfilment_of
from tests.factories import FacilityFactory, ProfileFactory
from tests.web.people import client_of
from tests.web.reading import fields, queries_of, words


def lot(number: str = "O1") -> int:
    return Lot.objects.get(number=number).pk


def address(deed: str = "", *, number: str = "O1") -> str:
    return f"/stock/lots/{lot(number)}/" + (f"{deed}/" if deed else "")


def held(status: str, *, number: str = "O1") -> int:
    rows = Account.objects.filter(lot__number=number, status=status)
    return sum(rows.values_list("units", flat=True))


def holder(*, delivered: bool = True) -> Despatch:
    """Send masks of lot O1 to a new home; the parcels alone, as the trace reads them."""
    order = OrderFactory(facility=FacilityFactory(), units={"surgical_mask": 100})
    despatch = DespatchFactory(fulfilment=fulfilment_of(order), delivered=delivered)
    for parcel in despatch.parcels.all():
        parcel.contents.update(lot=lot())
    return despatch


class TestLot:
    def test_says_where_it_is_and_what_happened(self, spf):
        page = words(spf.get(address(number="S1")))
        assert "Santé publique France utilisable 100 000" in page
        assert "Santé publique France stock stratégique 50 000" in page
        assert "Total 150 000" in page
        assert "Stock d’ouverture" in page

    def test_says_who_has_some(self, spf):
        name = holder().fulfilment.order.facility.name
        page = words(spf.get(address()))
        assert "1 établissement, 100 unités" in page
        assert name in page

    def test_offers_only_what_can_be_done(self, spf, cell, auditor):
        assert "Mettre en quarantaine" in words(spf.get(address()))
        assert "Lever la quarantaine" not in words(spf.get(address()))
        page = words(cell.get(address()))
        assert "Rappeler ce lot" in page
        assert "Sortir définitivement" not in page
        assert "Rappeler ce lot" not in words(auditor.get(address()))

    @pytest.mark.parametrize("number", [999_999, 10**30])
    def test_knows_no_other(self, spf, number):
        assert spf.get(f"/stock/lots/{number}/").status_code == 404

    def test_takes_the_same_queries_for_many_holders(self, spf):
        holder()
        few = queries_of(spf, address())
        for _ in range(8):
            holder()
        assert queries_of(spf, address()) == few


class TestBlockAndUnblock:
    def send(self, client, deed: str, **values):
        page = client.get(address(deed))
        key = page.context["form"]["key"].value()
        asked = {"key": key, "where": "operator|state", "reason": "Cartons mouillés.", **values}
        return client.post(address(deed), asked)

    def test_blocks_some_and_frees_all(self, spf):
        assert self.send(spf, "bloquer", units="500").status_code == 302
        assert (held("quarantine"), held("available")) == (500, 19_500)
        assert self.send(spf, "debloquer").status_code == 302
        assert (held("quarantine"), held("available")) == (0, 20_000)

    def test_blocks_once_however_often_it_is_pressed(self, spf):
        key = spf.get(address("bloquer")).context["form"]["key"].value()
        for _ in range(2):
            self.send(spf, "bloquer", units="500", key=key)
        assert held("quarantine") == 500

    def test_says_what_is_wrong_at_its_field_and_changes_nothing(self, spf):
        answer = self.send(spf, "bloquer", units="20001", reason="")
        assert answer.status_code == 422
        assert "Motif : Ce champ est obligatoire." in words(answer)
        answer = self.send(spf, "bloquer", units="20001")
        assert "20001 unités demandées, 20000" in words(answer)
        assert held("quarantine") == 0

    def test_has_nothing_to_do_where_nothing_is_blocked(self, spf):
        assert "Rien à faire ici" in words(spf.get(address("debloquer")))

    def test_is_for_who_keeps_the_stock(self, cell):
        assert cell.get(address("bloquer")).status_code == 403


class TestWriteOff:
    def test_takes_units_out_with_their_cause(self, spf):
        page = spf.get(address("sortir"))
        account = Account.objects.get(lot=lot(), status="available")
        answer = spf.post(
            address("sortir"),
            {
                "key": page.context["form"]["key"].value(),
                "account": account.pk,
                "units": "70",
                "cause": "stolen",
                "reason": "Palette ouverte.",
            },
        )
        assert answer.status_code == 302
        assert held("available") == 19_930
        assert Entry.objects.latest("pk").reason == "vol : Palette ouverte."

    def test_refuses_half_a_unit(self, spf):
        account = Account.objects.get(lot=lot(), status="available")
        asked = {"key": "k", "account": account.pk, "units": "0.5", "cause": "lost", "reason": "x"}
        assert spf.post(address("sortir"), asked).status_code == 422
        assert held("available") == 20_000


class TestRecall:
    ASKED = {"reason": "Lanières qui cassent.", "instruction": "Isoler les boîtes."}

    def test_says_whom_it_touches_before_it_does_anything(self, cell):
        holder()
        holder(delivered=False)
        page = words(cell.post(address("rappeler"), {**self.ASKED, "step": "check"}))
        assert "20 000 unités bloquées : Plateforme de l’opérateur logistique : 20 000" in page
        assert "2 établissements prévenus par message : 200 unités chez eux, dont 100" in page
        assert not Recall.objects.exists()

    def test_blocks_tells_and_lists_who_was_told(self, cell):
        facility = holder().fulfilment.order.facility
        check = cell.post(address("rappeler"), {**self.ASKED, "step": "check"})
        sent = {"reason": self.ASKED["reason"], "instruction": self.ASKED["instruction"]}
        assert sent.items() <= fields_of(check).items()
        answer = cell.post(address("rappeler"), {**sent, "step": "confirm"}, follow=True)
        page = words(answer)
        assert "Lot rappelé : 20 000 unités bloquées, 1 établissement prévenus" in page
        assert "1 sur 1 · lu par 0 · accusé de lecture de 0" in page
        assert "pas encore lu" in page
        assert held("quarantine") == 20_000
        message = Message.objects.get(key__startswith=f"recall:{lot()}:")
        assert message.facility_ids == [facility.pk]
        reader = ProfileFactory(role="orderer", facility=facility)
        Reading.objects.create(message=message, profile=reader, read_at=AT, acknowledged_at=AT)
        page = words(cell.get(address()))
        assert "1 sur 1 · lu par 1 · accusé de lecture de 1" in page

    def test_reaches_the_holder(self, cell):
        facility = holder().fulfilment.order.facility
        cell.post(address("rappeler"), {**self.ASKED, "step": "confirm"})
        home = client_of(ProfileFactory(role="orderer", facility=facility))
        assert "Rappel du lot O1" in words(home.get("/messages/"))

    def test_keeps_the_words_when_they_are_corrected(self, cell):
        answer = cell.post(address("rappeler"), {**self.ASKED, "step": "change"})
        assert answer.status_code == 200
        assert "Lanières qui cassent." in words(answer)

    def test_says_what_is_missing(self, cell):
        answer = cell.post(address("rappeler"), {"reason": "", "step": "confirm"})
        assert answer.status_code == 422
        assert not Recall.objects.exists()

    def test_is_closed_with_a_reason(self, cell):
        cell.post(address("rappeler"), {**self.ASKED, "step": "confirm"})
        refused = cell.post(address("clore-rappel"), {"reason": ""}, follow=True)
        assert "Le rappel n’est pas clos" in words(refused)
        done = cell.post(address("clore-rappel"), {"reason": "Fausse alerte."}, follow=True)
        assert "Rappel clos." in words(done)
        assert Lot.objects.get(number="O1").recalled_at is None

    def test_closes_nothing_that_was_not_declared(self, cell):
        assert cell.post(address("clore-rappel"), {"reason": "x"}).status_code == 404

    def test_is_not_for_the_auditor(self, auditor):
        assert auditor.get(address("rappeler")).status_code == 403


def fields_of(response) -> dict[str, str]:
    """Return what the only form of the page, beside the header's, would send."""
    return fields(response, "")
