"""Ma tournée, as a referent reads it on a phone."""

import pytest

from distrilog.domain.distribution.models import Flow, HandOut, Residual, Situation
from distrilog.domain.distribution.services import debts
from tests.domain.distribution.test_platforms import balances, hand_out
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


def units(dock):
    return dock.flow.lines.get().sent


class TestTour:
    def test_says_what_arrives_and_who_sends_it(self, dock):
        page = words(dock.referent.get("/tournee/"))
        assert "Santé publique France" in page
        assert "Tout est là" in page
        assert "pas encore reçu" in page
        assert "Dire où vous en êtes cette semaine" in page

    def test_counts_who_is_served_and_names_the_debt(self, dock):
        line = dock.flow.lines.get()
        dock.receive(differences={line.lot_id: 100}, words="Partielle")
        whole = dock.plan.lines.get(facility=dock.world.home).units
        hand_out(dock.world, dock.plan, dock.world.home, whole, advance=True)
        page = words(dock.referent.get("/tournee/"))
        boxes = (whole - 100) // 50
        assert f"L’État vous doit {boxes} boîtes de masques chirurgicaux" in page
        assert "Servis : 1 sur 3 établissements" in page

    def test_is_explained_to_who_is_no_platform(self, dock):
        alone = client_of(profile_of(dock.world.home, role="platform"))
        answer = alone.get("/tournee/")
        assert answer.status_code == 404
        assert "n’est la plateforme d’aucun territoire" in words(answer)

    def test_takes_the_same_queries_whatever_was_handed_out(self, dock):
        dock.receive()
        before = queries_of(dock.referent, "/tournee/")
        hand_out(dock.world, dock.plan, dock.world.home, 50)
        assert queries_of(dock.referent, "/tournee/") == before


class TestReceive:
    def address(self, dock):
        return f"/tournee/recevoir/{dock.flow.reference}/"

    def test_takes_all_of_it_at_one_press(self, dock):
        page = words(dock.referent.post(self.address(dock), {"conforme": "1"}, follow=True))
        assert "C’est reçu. Tout est là." in page
        assert balances("ght-N") == {"available": units(dock)}

    def test_takes_what_is_missing_with_its_word(self, dock):
        lot = dock.flow.lines.get().lot_id
        boxes = units(dock) // 50 - 1
        sent = {f"lot-{lot}": boxes, "words": ""}
        answer = dock.referent.post(self.address(dock), sent)
        assert answer.status_code == 422
        assert "Dire ce qui manque" in words(answer)
        page = dock.referent.post(self.address(dock), sent | {"words": "Mouillé"}, follow=True)
        assert "L’écart est enregistré" in words(page)
        assert balances("ght-N") == {"available": units(dock) - 50}
        assert "Écart : 50 unités" in words(dock.referent.get("/tournee/"))

    def test_refuses_more_than_was_sent_at_its_lot(self, dock):
        lot = dock.flow.lines.get().lot_id
        sent = {f"lot-{lot}": units(dock) // 50 + 1, "words": "Trop"}
        answer = dock.referent.post(self.address(dock), sent)
        assert answer.status_code == 422
        assert "On ne reçoit pas plus que ce qui a été envoyé" in words(answer)
        assert Flow.objects.get(pk=dock.flow.pk).state == "sent"

    def test_is_hidden_from_another_platform(self, dock):
        other = dock.flows[1].reference
        assert dock.referent.get(f"/tournee/recevoir/{other}/").status_code == 404


class TestRound:
    def test_lists_who_gets_what_with_one_press_each(self, dock):
        dock.receive()
        page = dock.referent.get(dock.round)
        assert page.status_code == 200
        assert dock.world.home.name in words(page)
        assert page.content.decode().count('name="tout" value="collected"') == 3

    def test_finds_by_name_and_says_when_there_is_nothing(self, dock):
        found = words(dock.referent.get(dock.round, {"q": dock.world.home.registry}))
        assert dock.world.home.name in found
        assert dock.world.small.registry not in found
        assert "Aucun établissement ne correspond" in words(
            dock.referent.get(dock.round, {"q": "xyz"})
        )

    def test_hands_all_to_one_at_one_press_and_leads_to_the_next(self, dock):
        dock.receive()
        sent = {
            "tout": "delivered",
            "key": "abc-0",
            "suivant": dock.world.small.registry,
            "etat": "a-remettre",
        }
        address = f"{dock.round}sites/{dock.world.home.registry}/remettre/"
        for _press in range(2):
            answer = dock.referent.post(address, sent)
            assert answer.status_code == 302
        assert answer["Location"].endswith(f"#site-{dock.world.small.registry}")
        given = HandOut.objects.get()
        assert (given.way, given.line.facility_id) == ("delivered", dock.world.home.pk)
        assert given.units == given.line.units

    def test_says_what_is_short(self, dock):
        address = f"{dock.round}sites/{dock.world.home.registry}/remettre/"
        answer = dock.referent.post(address, {"tout": "collected", "key": "abc-0"})
        assert answer.status_code == 409
        assert "La plateforme n’a que 0 unités" in words(answer)

    def test_notes_all_as_handed_out(self, dock):
        dock.receive()
        answer = dock.referent.post(f"{dock.round}remettre/", {"key": "abc"}, follow=True)
        assert "C’est remis : 3 établissements" in words(answer)
        assert "Plus rien à remettre" in words(dock.referent.get(f"{dock.round}?etat=a-remettre"))
        assert balances("ght-N") == {}

    def test_explains_what_stays(self, dock):
        dock.receive()
        hand_out(dock.world, dock.plan, dock.world.home, 100)
        sent = {"family": "surgical_mask", "units": units(dock) - 100, "reason": ""}
        answer = dock.referent.post(f"{dock.round}reliquat/", sent)
        assert answer.status_code == 422
        assert "Dites pourquoi ces unités restent" in words(answer)
        sent["reason"] = "Sites fermés jusqu’à lundi"
        page = words(dock.referent.post(f"{dock.round}reliquat/", sent, follow=True))
        assert "expliqué : Sites fermés jusqu’à lundi" in page
        assert Residual.objects.get().units == units(dock) - 100

    def test_takes_the_same_queries_for_one_site_and_for_all(self, dock):
        dock.receive()
        one = queries_of(dock.referent, f"{dock.round}?q={dock.world.home.registry}")
        assert queries_of(dock.referent, dock.round) == one


class TestSite:
    def address(self, dock, *more):
        return "/".join([f"{dock.round}sites/{dock.world.home.registry}", *more, ""])

    def test_hands_a_part_and_undoes_it_with_a_word(self, dock):
        dock.receive()
        sent = {"units-surgical_mask": "2", "way": "collected", "key": "part-1"}
        page = dock.referent.post(self.address(dock, "remettre"), sent, follow=True)
        assert f"Remis à {dock.world.home.name}" in words(page)
        (given,) = HandOut.objects.all()
        assert given.units == 100
        page = words(dock.referent.get(self.address(dock)))
        assert "2 boîtes de masques chirurgicaux" in page
        undo = {"hand_outs": str(given.pk), "reason": ""}
        answer = dock.referent.post(self.address(dock, "annuler"), undo)
        assert answer.status_code == 422
        undo["reason"] = "Mauvais site"
        page = words(dock.referent.post(self.address(dock, "annuler"), undo, follow=True))
        assert "La remise est annulée" in page
        assert balances("ght-N") == {"available": units(dock)}

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"units-surgical_mask": "0"}, "Indiquez au moins une boîte"),
            ({"units-surgical_mask": "900"}, "impossible d’en remettre 45000"),
            ({"units-surgical_mask": "-1"}, "ne peut pas être négatif"),
            ({"units-surgical_mask": "1", "way": "pigeon"}, "retiré ou livré"),
        ],
    )
    def test_refuses_at_the_fields(self, dock, sent, told):
        dock.receive()
        usual = {"way": "collected", "key": "part-1"}
        answer = dock.referent.post(self.address(dock, "remettre"), usual | sent)
        assert answer.status_code == 422
        assert told in words(answer)
        assert not HandOut.objects.exists()

    def test_advances_what_is_short_when_told_to(self, dock):
        line = dock.flow.lines.get()
        dock.receive(differences={line.lot_id: 50}, words="Partielle")
        sent = {"units-surgical_mask": "3", "way": "collected", "key": "part-1"}
        answer = dock.referent.post(self.address(dock, "remettre"), sent)
        assert "n’a que 50 unités de l’État" in words(answer)
        dock.referent.post(self.address(dock, "remettre"), sent | {"advance": "on"})
        assert debts(territory="N") == {"surgical_mask": 100}

    def test_is_hidden_from_another_platform(self, dock):
        far = dock.world.far.registry
        assert dock.referent.get(f"{dock.round}sites/{far}/").status_code == 404


class TestSituation:
    def test_is_filled_with_the_shelf_and_taken_down(self, dock):
        dock.receive()
        page = dock.referent.get("/tournee/situation/")
        assert f'name="stock-surgical_mask" value="{units(dock)}"' in page.content.decode()
        sent = {"stock-surgical_mask": "500", "risk-surgical_mask": "week"}
        answer = dock.referent.post("/tournee/situation/", sent)
        assert answer.status_code == 422
        assert "Dire d’où vient le risque" in words(answer)
        sent["words-surgical_mask"] = "Deux foyers"
        page = words(dock.referent.post("/tournee/situation/", sent, follow=True))
        assert "est transmise" in page
        assert Situation.objects.get().risk == "week"

    def test_refuses_to_say_nothing(self, dock):
        answer = dock.referent.post("/tournee/situation/", {})
        assert "Aucune famille n’est renseignée" in words(answer)
