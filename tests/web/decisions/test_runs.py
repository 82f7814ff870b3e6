"""Runs on screen: prepare with every bad input, look, sign by another, publish once."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.quotas.models import Quota, QuotaRun
from tests.domain.quotas.worlds import lose
from tests.factories import ProfileFactory
from tests.web.decisions.world import MASK, NEXT_WEEK, WEEK
from tests.web.people import client_of
from tests.web.reading import fields, queries_of, words


PREPARE = "/calculs/preparer/"


@pytest.fixture
def form(cell) -> dict[str, str]:
    """Return a form that would be accepted: 400 boxes of masks, none of anything else."""
    sent = fields_of(cell.get(PREPARE))
    return sent | {"envelope_surgical_mask": "400", "reason": "Calcul de la semaine."}


def fields_of(response) -> dict[str, str]:
    """Return what the form of the page would send: it sends to its own address."""
    return fields(response, "")


class TestListing:
    def test_says_that_there_is_none_yet(self, cell):
        assert "Aucun calcul pour l’instant" in words(cell.get("/calculs/"))

    def test_puts_what_waits_first(self, country, cell):
        country.published()
        country.previewed(week=NEXT_WEEK)
        page = words(cell.get("/calculs/"))
        waiting, past = page.split("Les derniers calculs")
        assert "À signer ou à publier" in waiting
        assert "semaine 46 (9–15 nov. 2020)" in waiting
        assert "semaine 45 (2–8 nov. 2020)" in past
        assert "Claude, cellule nationale" in past
        assert "Dominique, permanence" in past

    @pytest.mark.parametrize("role", [Role.ARS, Role.AUDITOR])
    def test_offers_nothing_to_who_only_reads(self, country, role):
        country.drafted()
        page = client_of(ProfileFactory(role=role, perimeter="11")).get("/calculs/")
        assert "Préparer un calcul" not in words(page)

    def test_takes_the_same_queries_for_many(self, country, cell):
        country.drafted()
        few = queries_of(cell, "/calculs/")
        for _ in range(19):
            country.drafted()
        assert queries_of(cell, "/calculs/") == few


class TestPrepare:
    def test_shows_need_and_stock_beside_each_envelope(self, cell):
        page = words(cell.get(PREPARE))
        assert "besoin de la semaine : 559 boîtes · stock disponible : 6 000 boîtes" in page

    def test_leads_to_the_effect(self, cell, form):
        response = cell.post(PREPARE, form, follow=True)
        run = QuotaRun.objects.get()
        assert response.redirect_chain == [(f"/calculs/{run.pk}/", 302)]
        page = words(response)
        assert "Brouillon : à signer par une autre personne" in page
        assert "Établissements servis 12 sur 12" in page
        assert not Quota.objects.exists()

    def test_reads_cover_only_where_it_is_ticked(self, cell, form):
        assert "reads_cover" not in form
        page = words(cell.post(PREPARE, form, follow=True))
        assert "Couverture déclarée" not in page
        page = words(cell.post(PREPARE, form | {"reads_cover": "on"}, follow=True))
        assert "Couverture déclarée" in page
        assert "déclarer ne fait jamais perdre" in page
        read = QuotaRun.objects.order_by("pk").values_list("inputs__reads_cover", flat=True)
        assert list(read) == [False, True]

    def test_proposes_the_envelopes_of_the_last_run(self, country, cell):
        country.published()
        assert fields_of(cell.get(PREPARE))["envelope_surgical_mask"] == "400"

    def test_says_that_it_replaces_a_published_run(self, country, cell):
        country.published()
        assert "Celui que vous préparez le remplacera" in words(cell.get(PREPARE))

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"envelope_surgical_mask": "0"}, "Une enveloppe nulle ne répartit rien."),
            ({"envelope_surgical_mask": "6001"}, "dépasse le stock utilisable"),
            ({"envelope_gown": "1"}, "dépasse le stock utilisable"),
            ({"envelope_surgical_mask": "-1"}, "supérieure ou égale à 0"),
            ({"envelope_surgical_mask": "1,5"}, "Saisissez un nombre entier"),
            ({"envelope_surgical_mask": "beaucoup"}, "Saisissez un nombre entier"),
            ({"envelope_surgical_mask": "9" * 12}, "inférieure ou égale à"),
            ({"envelope_surgical_mask": ""}, "Aucune enveloppe n’est donnée."),
            ({"week": "2020-W54"}, "La semaine 2020-W54 n’existe pas."),
            ({"week": "S45-2020"}, "n’est pas une semaine"),
            ({"week": "2020-W44"}, "est terminée"),
            ({"week": "2022-W01"}, "est trop lointaine"),
            ({"floor": "101"}, "inférieure ou égale à 100"),
            ({"cap": "0"}, "supérieure ou égale à 1"),
            ({"pots": "51"}, "inférieure ou égale à 50"),
            ({"region": "99"}, "Sélectionnez un choix valide"),
            ({"multiplier": "0", "region": "11"}, "supérieure ou égale à 1"),
            ({"reason": ""}, "obligatoire"),
            ({"reason": "x" * 2001}, "2000"),
        ],
    )
    def test_says_what_is_wrong(self, cell, form, sent, told):
        response = cell.post(PREPARE, form | sent)
        assert response.status_code == 422
        page = words(response)
        assert "Rien n’a été enregistré" in page
        assert told in page
        assert not QuotaRun.objects.exists()

    def test_says_everything_at_once_and_keeps_what_was_typed(self, cell, form):
        response = cell.post(PREPARE, form | {"week": "2020-W44", "envelope_gown": "7"})
        page = words(response)
        assert "est terminée" in page
        assert "dépasse le stock utilisable" in page
        assert fields_of(response)["envelope_gown"] == "7"

    def test_keeps_the_envelope_at_its_field(self, cell, form):
        html = cell.post(PREPARE, form | {"envelope_gown": "7"}).content.decode()
        told = html.split('id="id_envelope_gown_error"', 1)[1]
        assert told.index("dépasse le stock") < told.index("</p>")

    def test_asks_every_family_of_the_run_it_replaces(self, country, cell, form):
        country.published()
        response = cell.post(PREPARE, form | {"envelope_glove": ""})
        assert response.status_code == 422
        assert "Lui donner une enveloppe." in words(response)

    def test_is_closed_to_who_only_reads(self, country):
        assert client_of(country.ars).get(PREPARE).status_code == 403


class TestDetail:
    def test_shows_the_effect_region_by_region(self, country, cell):
        page = words(cell.get(f"/calculs/{country.previewed().pk}/"))
        assert "Par région : part du besoin servie" in page
        assert "Occitanie" in page
        assert "Équité, famille par famille" in page

    def test_says_sources_in_words(self, country, cell):
        page = words(cell.get(f"/calculs/{country.previewed().pk}/"))
        assert "Masque chirurgical Plateforme de l’opérateur logistique 10 / 10" in page

    def test_puts_each_figure_under_its_family(self, country, cell):
        page = words(cell.get(f"/calculs/{country.previewed().pk}/"))
        table = page.split("Par région : part du besoin servie")[1]
        assert table.startswith(" Région Masque chirurgical Gant d’examen Île-de-France 68 %"), (
            table
        )

    def test_says_that_a_draft_has_no_effect_to_show(self, country, duty):
        page = words(duty.get(f"/calculs/{country.drafted().pk}/"))
        assert "l’aperçu reste à calculer" in page

    def test_refuses_an_unknown_number(self, cell):
        assert cell.get("/calculs/999/").status_code == 404

    def test_takes_the_same_queries_for_many_facilities(self, country, cell):
        run = country.previewed()
        few = queries_of(cell, f"/calculs/{run.pk}/")
        wider = country.previewed(envelopes={MASK: 20_000, "glove": 40_000, "ffp2": 2_000})
        assert queries_of(cell, f"/calculs/{wider.pk}/") == few


class TestSign:
    def test_waits_for_another_person(self, country, cell):
        run = country.previewed()
        page = words(cell.get(f"/calculs/{run.pk}/"))
        assert "une autre personne doit le signer" in page
        assert "Signer ce calcul" not in page

    def test_refuses_the_author_under_another_profile(self, country):
        run = country.previewed()
        other = client_of(ProfileFactory(person=country.cell.person, role=Role.NATIONAL_DUTY))
        response = other.post(f"/calculs/{run.pk}/signer/", {"reason": "Vu."})
        assert response.status_code == 422
        assert "une autre personne doit la signer" in words(response)
        assert QuotaRun.objects.get().state == "draft"

    def test_keeps_the_words_of_the_signer(self, country, duty):
        run = country.previewed()
        page = words(
            duty.post(f"/calculs/{run.pk}/signer/", {"reason": "Vu, conforme."}, follow=True)
        )
        assert "Signé : à publier" in page
        assert "Vu, conforme." in page

    def test_asks_for_words(self, country, duty):
        run = country.previewed()
        response = duty.post(f"/calculs/{run.pk}/signer/", {"reason": ""})
        assert response.status_code == 422
        assert QuotaRun.objects.get().state == "draft"

    def test_refuses_what_nobody_has_previewed(self, country, duty):
        run = country.drafted()
        response = duty.post(f"/calculs/{run.pk}/signer/", {"reason": "Vu."})
        assert response.status_code == 422
        assert "Seul un brouillon prévisualisé se signe." in words(response)

    def test_refuses_when_the_stock_has_changed(self, country, duty):
        run = country.previewed()
        lose(1_000)
        response = duty.post(f"/calculs/{run.pk}/signer/", {"reason": "Vu."})
        page = words(response)
        assert response.status_code == 422
        assert "Relancer la prévisualisation" in page

    def test_refuses_a_run_signed_already(self, country, duty):
        run = country.signed()
        response = duty.post(f"/calculs/{run.pk}/signer/", {"reason": "Encore."})
        assert response.status_code == 422
        assert "Seul un brouillon prévisualisé se signe." in words(response)


class TestPublish:
    def test_opens_the_quotas(self, country, duty):
        run = country.signed()
        page = words(duty.post(f"/calculs/{run.pk}/publier/", follow=True))
        assert "Publié : les établissements commandent" in page
        assert Quota.objects.filter(run=run, facility=country.home, family=MASK).exists()

    def test_refuses_twice(self, country, duty):
        run = country.published()
        given = Quota.objects.count()
        response = duty.post(f"/calculs/{run.pk}/publier/")
        assert response.status_code in {409, 422}
        assert Quota.objects.count() == given

    def test_refuses_a_second_run_of_the_week(self, country, duty):
        first, second = country.signed(), country.signed()
        assert duty.post(f"/calculs/{first.pk}/publier/").status_code == 302
        response = duty.post(f"/calculs/{second.pk}/publier/")
        assert response.status_code in {409, 422}
        assert QuotaRun.objects.get(state="published").pk == first.pk

    def test_refuses_what_is_not_signed(self, country, duty):
        response = duty.post(f"/calculs/{country.previewed().pk}/publier/")
        assert response.status_code in {409, 422}
        assert not Quota.objects.exists()

    def test_refuses_when_the_stock_is_gone(self, country, duty):
        run = country.signed()
        lose(200_000)
        response = duty.post(f"/calculs/{run.pk}/publier/")
        assert response.status_code in {409, 422}
        assert not Quota.objects.exists()


class TestPreviewAndAbandon:
    def test_compute_again_what_was_signed(self, country, cell):
        run = country.signed()
        page = words(cell.post(f"/calculs/{run.pk}/recalculer/", follow=True))
        assert "à signer par une autre personne" in page
        assert QuotaRun.objects.get().state == "draft"

    def test_set_aside(self, country, cell):
        run = country.previewed()
        page = words(cell.post(f"/calculs/{run.pk}/abandonner/", follow=True))
        assert "Rien n’a changé pour les établissements" in page
        assert QuotaRun.objects.get().state == "abandoned"

    @pytest.mark.parametrize("deed", ["recalculer", "abandonner"])
    def test_leave_a_published_run_as_it_is(self, country, cell, deed):
        run = country.published()
        assert cell.post(f"/calculs/{run.pk}/{deed}/").status_code in {409, 422}
        assert QuotaRun.objects.get().state == "published"
        assert run.week == WEEK
