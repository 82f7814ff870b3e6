import csv
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.test import Client

from distrilog.domain.quotas.models import Quota, QuotaRun
from distrilog.domain.quotas.queries import sealed_files
from distrilog.domain.quotas.services import signing_key
from distrilog.verifier import verify
from tests.domain.quotas.worlds import AT, WEEK, drafted, homes, published, signed
from tests.web.reading import queries_of, words


@pytest.fixture(autouse=True)
def _key_file(settings, tmp_path):
    settings.SIGNING_KEY_FILE = tmp_path / "key"
    cache.clear()


@pytest.fixture
def run(db, hands) -> QuotaRun:  # noqa: ARG001
    """Return a run that was computed, sealed, signed and published."""
    hands.at = AT
    homes()
    return published()


@pytest.fixture
def anyone() -> Client:
    """Return the browser of somebody without an account."""
    return Client()


class TestOverview:
    def test_lists_the_published_runs_for_anyone(self, run, anyone):
        page = words(anyone.get("/transparence/"))
        assert "Semaine 45 (2–8 nov. 2020) Publié" in page
        assert "Masques chirurgicaux enveloppe 20 boîtes (1 000 unités)" in page
        assert "Établissements servis" in page
        assert run.head in page
        assert (
            f"/transparence/calculs/{run.pk}/export.zip"
            in anyone.get("/transparence/").content.decode()
        )

    def test_keeps_quiet_about_what_is_not_published(self, db, hands, anyone):  # noqa: ARG002
        hands.at = AT
        homes()
        draft, waiting = drafted(), signed()
        page = words(anyone.get("/transparence/"))
        assert "Aucun calcul publié pour l’instant" in page
        for hidden in (draft, waiting):
            assert anyone.get(f"/transparence/calculs/{hidden.pk}/").status_code == 404
            assert anyone.get(f"/transparence/calculs/{hidden.pk}/export.zip").status_code == 404

    def test_keeps_a_superseded_run(self, run, anyone):
        QuotaRun.objects.filter(pk=run.pk).update(state="superseded")
        assert "Remplacé" in words(anyone.get("/transparence/"))
        assert "remplacé par un autre calcul" in words(
            anyone.get(f"/transparence/calculs/{run.pk}/")
        )

    @pytest.mark.parametrize("number", ["0", "x", "-1", "²", "99999999999999999999"])
    def test_passes_over_a_page_number_that_is_none(self, run, anyone, number):
        assert run.head in words(anyone.get(f"/transparence/?page={number}"))

    def test_takes_the_same_queries_for_many_runs(self, run, anyone):
        few = queries_of(anyone, "/transparence/")
        for rank in range(3):
            QuotaRun.objects.create(
                week=f"2020-W4{rank}",
                state="published",
                doctrine=run.doctrine,
                inputs={},
                head=str(rank) * 64,
                prepared_by="one",
                prepared_at=AT,
                signed_by="two",
                published_at=AT,
            )
        assert "semaine 42" in words(anyone.get("/transparence/")).lower()
        assert queries_of(anyone, "/transparence/") == few


class TestRun:
    def test_says_what_it_did_and_how_fair_it_was(self, run, anyone):
        page = words(anyone.get(f"/transparence/calculs/{run.pk}/"))
        assert "Contingents, semaine 45" in page
        assert "Équité, source par source" in page
        assert signing_key().public_hex in page
        assert run.head in page

    @pytest.mark.parametrize("number", [0, 999_999_999, 10**30])
    def test_knows_no_other(self, run, anyone, number):
        assert number != run.pk
        assert anyone.get(f"/transparence/calculs/{number}/").status_code == 404

    def test_takes_a_fixed_number_of_queries(self, run, anyone):
        assert queries_of(anyone, f"/transparence/calculs/{run.pk}/") <= 6


class TestExport:
    def test_gives_what_the_verifier_accepts(self, run, anyone, tmp_path):
        response = anyone.get(f"/transparence/calculs/{run.pk}/export.zip")
        with ZipFile(BytesIO(response.content)) as archive:
            archive.extractall(tmp_path / "run")
            assert {name: archive.read(name) for name in archive.namelist()} == sealed_files(
                run=run
            )
        key = signing_key().public_hex
        assert verify(tmp_path / "run", public_key_hex=key, expected_head=run.head) == []

    def test_gives_the_same_bytes_again(self, run, anyone):
        address = f"/transparence/calculs/{run.pk}/export.zip"
        assert anyone.get(address).content == anyone.get(address).content

    def test_sends_nothing_to_who_has_it(self, run, anyone):
        address = f"/transparence/calculs/{run.pk}/export.zip"
        tag = anyone.get(address)["ETag"]
        again = anyone.get(address, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")


class TestMethod:
    def test_works_the_example_out_by_the_rule(self, anyone, db):  # noqa: ARG002
        page = words(anyone.get("/transparence/calcul/"))
        assert "EHPAD de 35 lits 350 0 203 4 boîtes 200 masques 4" in page
        assert "Service d’aide à domicile 30 25 17 1 boîte 50 masques −8" in page
        assert "60/103, soit 58,2 % du besoin" in page


class TestVerify:
    def test_shows_the_key_and_the_command(self, run, anyone):
        page = words(anyone.get("/transparence/verifier/"))
        key = signing_key().public_hex
        assert f"python -m distrilog.verifier calcul \\ --key {key} \\ --head {run.head}" in page

    def test_works_before_the_first_run(self, anyone, db):  # noqa: ARG002
        assert "Aucun calcul n’est encore publié" in words(anyone.get("/transparence/verifier/"))


class TestStatistics:
    def test_shows_a_week_by_region(self, run, anyone):  # noqa: ARG002
        page = words(anyone.get("/transparence/statistiques/"))
        assert "Provisoire" in page
        assert "Région 11" in page

    def test_withholds_the_orders_of_few(self, run, anyone):  # noqa: ARG002
        quota = Quota.objects.filter(cap__gt=0).first()
        Quota.objects.filter(pk=quota.pk).update(ordered=50)
        assert "secret statistique" in words(anyone.get("/transparence/statistiques/"))
        text = anyone.get("/transparence/statistiques.csv").content.decode("utf-8-sig")
        (row,) = csv.DictReader(StringIO(text), delimiter=";")
        assert (row["commandes_unites"], row["etablissements_ayant_commande"]) == ("", "")
        assert row["secret_statistique"] == "oui"

    def test_gives_the_figures_as_csv(self, run, anyone):  # noqa: ARG002
        response = anyone.get(f"/transparence/statistiques.csv?semaine={WEEK}")
        text = response.content.decode("utf-8-sig")
        (row,) = csv.DictReader(StringIO(text), delimiter=";")
        assert (row["semaine"], row["etat"], row["code_region"]) == (str(WEEK), "provisoire", "11")
        assert int(row["contingents_unites"]) == sum(q.cap for q in Quota.objects.all())
        assert row["secret_statistique"] == "non"

    def test_calls_a_week_that_is_over_final(self, run, anyone, hands):  # noqa: ARG002
        hands.at = AT.replace(day=28)
        text = anyone.get("/transparence/statistiques.csv").content.decode("utf-8-sig")
        assert ";definitif;" in text

    def test_gives_headers_alone_for_an_unknown_week(self, run, anyone):  # noqa: ARG002
        text = anyone.get("/transparence/statistiques.csv?semaine=x").content.decode("utf-8-sig")
        assert text.strip().startswith("semaine;etat")
        assert len(text.splitlines()) == 1

    def test_works_before_the_first_run(self, anyone, db):  # noqa: ARG002
        assert "Pas encore de statistiques" in words(anyone.get("/transparence/statistiques/"))
