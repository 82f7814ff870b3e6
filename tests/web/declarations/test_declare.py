from uuid import uuid4

import pytest
from django.test import Client

from distrilog.domain.declarations.models import Difficulty, Statement, Submission
from distrilog.domain.declarations.services import Said
from tests.domain.declarations.world import WEEK
from tests.factories import FacilityFactory, PersonFactory
from tests.web.declarations.world import Site, deliver
from tests.web.people import client_of, profile_of
from tests.web.reading import fields, queries_of, words


PAGE = "/declaration/"


def form_of(client: Client, address: str = PAGE) -> dict[str, str]:
    """Return what the page would send as it stands, one difficulty left blank."""
    response = client.get(address)
    assert response.status_code == 200
    return fields(response, PAGE)


def send(client: Client, values: dict[str, str], **changed: str):
    """Send the form, some fields changed: `stock_ffp2` for `stock-ffp2`."""
    named = {name.replace("_", "-", 1): value for name, value in changed.items()}
    return client.post(PAGE, values | named)


class TestOpened:
    def test_is_filled_with_last_week_and_what_came_since(self, site):
        deliver(site)
        sent = form_of(site.client)
        # 2 000 masks a week ago, 900 used, 100 received.
        assert sent["stock-surgical_mask"] == "24"
        assert sent["consumption-surgical_mask"] == "18"
        assert "reçu depuis : 2 boîtes" in words(site.client.get(PAGE))

    def test_shows_target_and_cover(self, site):
        told = words(site.client.get(PAGE))
        assert "5,5 jours d’avance cible 84 boîtes" in told
        assert "Blouses 1 boîte = 10 blouses À surveiller" in told

    def test_shows_an_earlier_week(self, site):
        told = words(site.client.get(f"{PAGE}?semaine=2020-W44"))
        assert "semaine 44" in told
        assert "Vous corrigez la version 1" in told

    @pytest.mark.parametrize("week", ["2020-W46", "2020-W20", "demain", "2020-W60"])
    def test_shows_this_week_for_one_that_may_not_be_declared(self, site, week):
        assert "semaine 45" in words(site.client.get(f"{PAGE}?semaine={week}"))

    def test_takes_the_same_queries_whatever_there_is(self, site):
        send(site.client, form_of(site.client), stock_ffp2="", consumption_ffp2="")
        before = queries_of(site.client, PAGE)
        trouble = {"category-0": "size", "urgency-0": "week", "stock-ffp2": "3"}
        send(site.client, form_of(site.client) | trouble)
        assert site.versions() == 2
        assert queries_of(site.client, PAGE) == before

    def test_tells_who_may_declare_instead(self, site):
        director = client_of(profile_of(site.facility, role="director"))
        director.post("/declaration/delegation/", {"profile": site.colleague.pk})
        told = words(site.client.get(PAGE))
        assert "Le directeur a désigné d’autres personnes pour déclarer." in told
        assert "Envoyer ma déclaration" not in told

    def test_belongs_to_somebody(self, site):
        mine = site.client.get(PAGE)
        other = client_of(profile_of(site.facility)).get(PAGE)
        assert mine["X-Distrilog-Profile"] == mine.cookies["distrilog_declaration"].value
        assert mine["X-Distrilog-Profile"] != other["X-Distrilog-Profile"]
        assert "no-store" in mine["Cache-Control"]
        assert str(site.profile.pk) != mine["X-Distrilog-Profile"]


class TestSent:
    def test_is_a_version(self, site):
        response = send(site.client, form_of(site.client), stock_ffp2="2,5")
        assert response.status_code == 302
        assert site.declared()["ffp2"] == 50
        assert site.declared()["surgical_mask"] == 1_100
        told = words(site.client.get(response["Location"]))
        assert "Votre déclaration est enregistrée Version 1, mardi 3 novembre à 10 h" in told

    def test_twice_is_one_version(self, site):
        sent = form_of(site.client)
        first, again = (send(site.client, sent) for _ in range(2))
        assert first["Location"] == again["Location"]
        assert site.versions() == 1

    def test_is_in_units_where_units_are_counted(self, site):
        send(
            site.client,
            form_of(site.client) | {"typed": "units", "counting": "units"},
            stock_ffp2="55",
        )
        # Its neighbours stand in boxes on this page: 22 masks are asked about, nothing is written.
        assert site.declared() == {}

    def test_corrects_only_what_changed(self, site):
        send(site.client, form_of(site.client))
        send(site.client, form_of(site.client), stock_ffp2="3")
        last = Submission.objects.get(declaration__week=str(WEEK), version=2)
        said = Statement.objects.filter(declaration=last.declaration, version=2)
        assert [each.family_id for each in said] == ["ffp2"]
        assert site.declared()["ffp2"] == 60

    def test_again_unchanged_has_nothing_to_say(self, site):
        send(site.client, form_of(site.client))
        response = send(site.client, form_of(site.client))
        assert response.status_code == 422
        assert "Rien n’a changé" in words(response)

    def test_leaves_out_what_is_left_blank(self, site):
        send(site.client, form_of(site.client), stock_ffp2="", consumption_ffp2="")
        assert "ffp2" not in site.declared()

    def test_takes_a_difficulty(self, site):
        trouble = {"category-0": "shortage", "urgency-0": "today", "family-0": "cap"}
        send(site.client, form_of(site.client) | trouble | {"words-0": "Plus une seule charlotte."})
        assert Difficulty.objects.get().words == "Plus une seule charlotte."
        assert "Plus une seule charlotte." in words(site.client.get(PAGE))

    def test_asks_about_a_name_in_the_words(self, site):
        trouble = {"category-0": "other", "urgency-0": "later", "words-0": "Mme Durand attend."}
        response = send(site.client, form_of(site.client) | trouble)
        assert response.status_code == 422
        assert "semble contenir le nom d’une personne" in words(response)
        send(site.client, fields(response, PAGE) | trouble | {"named-0": "on"})
        assert Difficulty.objects.count() == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            (
                {"stock_ffp2": "deux"},
                "« deux » n’est pas un nombre : écrivez par exemple 4 ou 2,5.",
            ),
            ({"stock_ffp2": "-1"}, "négatif"),
            ({"stock_ffp2": ""}, "une consommation sans stock"),
            ({"stock_ffp2": "9999999999"}, "bien trop grand"),
            ({"urgency_0": "today"}, "Choisissez dans la liste."),
        ],
    )
    def test_says_why_at_the_field_and_keeps_what_was_typed(self, site, changed, told):
        response = send(site.client, form_of(site.client), stock_gown="33", **changed)
        assert response.status_code == 422
        assert told in words(response)
        assert fields(response, PAGE)["stock-gown"] == "33"
        assert site.versions() == 0

    def test_for_another_week(self, site):
        for week in ("2020-W46", "2020-W20", "n’importe quoi"):
            response = send(site.client, form_of(site.client) | {"week": week}, stock_ffp2="3")
            assert response.status_code == 422
            assert "Cette semaine ne se déclare pas, ou plus." in words(response)
        assert site.versions() == 0
        # What was typed stands in this week’s form.
        send(site.client, fields(response, PAGE))
        assert site.declared()["ffp2"] == 60

    def test_for_another_profile(self, site):
        sent = form_of(site.client)
        response = send(client_of(site.colleague), sent)
        assert "Vous avez changé de profil depuis." in words(response)
        assert site.versions() == 0

    def test_when_it_says_nothing(self, site):
        blank = {name: "" for name in form_of(site.client) if name.startswith(("stock", "consum"))}
        response = send(site.client, form_of(site.client) | blank)
        assert "La déclaration est vide" in words(response)

    def test_without_javascript_changes_the_way_of_counting(self, site):
        sent = form_of(site.client)
        response = site.client.post(PAGE, sent | {"stock-ffp2": "2,5", "count": "units"})
        assert response.status_code == 200
        shown = fields(response, PAGE)
        assert (shown["stock-ffp2"], shown["stock-gown"]) == ("50", "500")
        assert (shown["typed"], shown["key"]) == ("units", sent["key"])
        send(site.client, shown)
        assert site.declared()["ffp2"] == 50

    def test_without_javascript_makes_room_for_another_difficulty(self, site):
        response = site.client.post(PAGE, form_of(site.client) | {"more": "1"})
        assert "Difficulté 2" in words(response)


class TestQuestions:
    def test_are_asked_at_the_line(self, site):
        response = send(site.client, form_of(site.client), stock_surgical_mask="1100")
        assert response.status_code == 422
        told = words(response)
        assert "Une question avant d’enregistrer" in told
        assert "Corriger : 22 boîtes (1 100 masques)" in told
        assert site.versions() == 0

    def test_are_answered_by_a_correction(self, site):
        response = send(site.client, form_of(site.client), stock_surgical_mask="1100")
        pressed = {"correct": "stock-surgical_mask:1100"}
        corrected = site.client.post(PAGE, fields(response, PAGE) | pressed)
        assert fields(corrected, PAGE)["stock-surgical_mask"] == "22"
        send(site.client, fields(corrected, PAGE))
        assert site.declared()["surgical_mask"] == 1_100

    def test_are_answered_by_a_yes(self, site):
        response = send(site.client, form_of(site.client), stock_surgical_mask="1100")
        send(site.client, fields(response, PAGE) | {"confirm-surgical_mask": "1"})
        assert site.declared()["surgical_mask"] == 55_000
        assert Statement.objects.get(questioned=True, week=str(WEEK)).family_id == "surgical_mask"


class TestConflicts:
    def opposed(self, site: Site):
        """Fill the form in while a colleague declares."""
        sent = form_of(site.client) | {"stock-ffp2": "3"}
        site.say(
            Said(family="surgical_mask", stock=1_500, consumption=500),
            Said(family="ffp2", stock=60, consumption=20),
        )
        return send(site.client, sent)

    def test_show_both_and_lose_nothing(self, site):
        response = self.opposed(site)
        told = words(response)
        assert response.status_code == 422
        assert "Camille Essai a déclaré mardi 3 novembre à 10 h, pendant votre saisie" in told
        assert "Ma saisie 22 boîtes, utilisé 18 boîtes" in told
        assert "Camille Essai 30 boîtes, utilisé 10 boîtes" in told
        # The same on both sides is no conflict.
        assert told.count("Laquelle garder ?") == 1
        assert fields(response, PAGE)["stock-gown"] == "50"

    def test_want_a_choice(self, site):
        response = self.opposed(site)
        sent = fields(response, PAGE)
        refused = site.client.post(PAGE, sent | {"keep-surgical_mask": ""})
        assert "Choisissez laquelle des deux valeurs garder." in words(refused)
        assert site.versions() == 1

    @pytest.mark.parametrize(("kept", "stock"), [("mine", 1_100), ("theirs", 1_500)])
    def test_end_as_the_person_chooses(self, site, kept, stock):
        response = self.opposed(site)
        done = site.client.post(PAGE, fields(response, PAGE) | {"keep-surgical_mask": kept})
        assert done.status_code == 302
        assert site.declared()["surgical_mask"] == stock
        assert site.declared()["gown"] == 500

    def test_that_say_the_same_are_none(self, site):
        sent = form_of(site.client)
        other = client_of(site.colleague)
        send(other, form_of(other))
        response = send(site.client, sent)
        assert "Les deux disent la même chose" in words(response)
        assert f'data-accepted="{sent["key"]}"' in response.content.decode()

    def test_with_oneself_are_shown_too(self, site):
        sent = form_of(site.client)
        send(site.client, sent)
        response = send(site.client, sent, stock_ffp2="4")
        shown = fields(response, PAGE)
        assert "Ma saisie 4 boîtes" in words(response)
        assert shown["key"] != sent["key"]
        assert f'data-replaces="{sent["key"]}"' in response.content.decode()


class TestBands:
    def test_are_for_small_sites(self, site, small):
        assert "sans compter" not in words(site.client.get(PAGE))
        assert "sans compter" in words(small.client.get(PAGE))

    def test_are_declared(self, small):
        sent = form_of(small.client) | {"counting": "bands", "band-glove": "plenty"}
        assert send(small.client, sent).status_code == 302
        assert small.line("glove").band == "plenty"
        assert small.line("glove").stock == 600

    def test_come_back_next_time(self, small):
        sent = form_of(small.client) | {"counting": "bands", "band-glove": "days"}
        send(small.client, sent)
        again = form_of(small.client)
        assert (again["counting"], again["band-glove"], again["stock-glove"]) == (
            "bands",
            "days",
            "",
        )


class TestSend:
    """What a page sends for a form that waited on a device."""

    def post(self, client: Client, sent: dict[str, str]):
        return client.post("/declaration/envoyer/", sent | {"queued": "1"})

    def test_answers_in_json(self, site):
        sent = form_of(site.client)
        answers = [self.post(site.client, sent).json() for _ in range(2)]
        assert [each["version"] for each in answers] == [1, 1]
        assert [each["replayed"] for each in answers] == [False, True]
        assert site.versions() == 1
        assert Submission.objects.get(key=sent["key"]).channel == "offline"
        assert "est enregistrée" in words(site.client.get(answers[0]["address"]))

    @pytest.mark.parametrize(
        ("changed", "status", "slug"),
        [
            ({"stock-ffp2": "deux"}, 422, "invalid"),
            ({"stock-surgical_mask": "1100"}, 409, "to-confirm"),
            ({"profile": "somebody-else"}, 409, "other-profile"),
            ({"week": "2020-W46"}, 422, "invalid"),
        ],
    )
    def test_says_what_it_refuses(self, site, changed, status, slug):
        response = self.post(site.client, form_of(site.client) | changed)
        assert (response.status_code, response.json()["slug"]) == (status, slug)
        assert site.versions() == 0

    def test_says_that_somebody_declared_in_between(self, site):
        sent = form_of(site.client)
        site.say(Said(family="ffp2", stock=20, consumption=20))
        response = self.post(site.client, sent)
        assert (response.status_code, response.json()["slug"]) == (412, "declaration-conflict")

    def test_wants_the_token_of_forms(self, site):
        strict = client_of(site.profile, enforce_csrf_checks=True)
        sent = form_of(strict)
        assert self.post(strict, sent).status_code == 403
        token = strict.get("/declaration/etat/").json()["csrf"]
        done = strict.post("/declaration/envoyer/", sent, headers={"X-CSRFToken": token})
        assert done.status_code == 200

    def test_knows_nobody_elses_confirmation(self, site):
        stranger = client_of(profile_of(FacilityFactory()))
        send(site.client, sent := form_of(site.client))
        for key in (sent["key"], str(uuid4()), "nothing"):
            assert "est enregistrée" not in words(stranger.get(f"{PAGE}?enregistree={key}"))


class TestHome:
    def test_asks_for_the_week(self, site):
        told = words(site.client.get("/"))
        assert "Déclarer votre stock de la semaine" in told
        assert "Dernière déclaration : mardi 27 octobre 2020" in told

    def test_says_that_it_is_done(self, site):
        send(site.client, form_of(site.client))
        assert "Stock déclaré cette semaine Fait" in words(site.client.get("/"))

    @pytest.mark.usefixtures("site")
    def test_asks_nothing_of_who_needs_nothing(self):
        other = client_of(profile_of(FacilityFactory(), person=PersonFactory()))
        assert "Déclarer votre stock" not in words(other.get("/"))
