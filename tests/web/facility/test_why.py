import pytest

from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.quotas.models import Quota
from distrilog.web.facility.histogram import BASE, HEIGHT, WIDTH, Histogram
from tests.domain.quotas import worlds
from tests.factories import ProfileFactory
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


ADDRESS = "/contingents/surgical_mask/pourquoi/"


@pytest.fixture
def homes(db, hands):  # noqa: ARG001
    """Make five homes that need 50, 100, 200, 400 and 800 masks, and share 1,000 among them."""
    made = worlds.homes()
    worlds.published(1_000)
    return made


class TestOwn:
    def test_goes_from_the_text_to_the_boxes(self, homes):
        quota = Quota.objects.get(facility=homes[3])
        page = words(client_of(profile_of(homes[3])).get(ADDRESS))
        assert f"Masques chirurgicaux : pourquoi {quota.cap // 50} boîtes ?" in page
        assert "80 places × 5 masques = 400" in page
        assert "Votre besoin de la semaine 400 unités" in page
        assert "L’enveloppe de la semaine 1 000 unités" in page
        assert "Le niveau commun 64,5 %" in page
        assert "Votre part exacte 258,1 unités" in page
        assert f"Votre contingent {quota.cap // 50} boîtes ({quota.cap} unités)" in page
        assert quota.run.head in page

    def test_tells_a_floor_that_decided(self, db, hands):  # noqa: ARG002
        made = worlds.homes()
        worlds.published(200, floors={"nursing_home": 330})
        page = words(client_of(profile_of(made[4])).get(ADDRESS))
        assert "Votre plancher" in page

    def test_draws_me_among_the_others(self, homes):
        response = client_of(profile_of(homes[3])).get(ADDRESS)
        histogram = response.context["histogram"]
        assert sum(bar.count for bar in histogram.bars) == 5
        assert [bar.mine for bar in histogram.bars].count(True) == 1
        assert "Les mêmes nombres en tableau" in words(response)

    def test_says_why_there_is_nothing(self, homes):
        client = client_of(profile_of(homes[0]))
        Quota.objects.filter(facility=homes[0]).delete()
        assert "aucun calcul n’a partagé cet article cette semaine" in words(client.get(ADDRESS))
        DoctrineVersion.objects.update(effective_on="2030-01-01")
        assert "Aucune doctrine n’est en vigueur" in words(client.get(ADDRESS))

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/contingents/inconnu/pourquoi/", 404),
            (f"{ADDRESS}?semaine=2020-W99", 422),
            (f"{ADDRESS}?semaine=hier", 422),
            (f"{ADDRESS}?semaine=2020-W44", 200),
        ],
    )
    def test_survives_what_is_not_there(self, homes, address, status):
        assert client_of(profile_of(homes[0])).get(address).status_code == status

    def test_takes_the_same_queries_whatever_the_number_of_facilities(self, db, hands):  # noqa: ARG002
        made = worlds.homes()
        worlds.published(1_000)
        client = client_of(profile_of(made[0]))
        few = queries_of(client, ADDRESS)
        Quota.objects.all().delete()
        worlds.homes(places=[30] * 20, stock=0)
        run = worlds.signed(2_000, week="2020-W46")
        worlds.services.publish(actor=worlds.SIGNER, run_id=run.pk, at=worlds.AT)
        assert queries_of(client, f"{ADDRESS}?semaine=2020-W46") == few


class TestOfFacility:
    def test_opens_to_the_agency_of_the_region(self, homes):
        agency = client_of(ProfileFactory(role="ars", perimeter="11"))
        address = f"/etablissements/{homes[3].registry}{ADDRESS}"
        assert "80 places × 5 masques = 400" in words(agency.get(address))

    def test_is_led_to_by_the_sheet(self, homes):
        agency = client_of(ProfileFactory(role="ars", perimeter="11"))
        sheet = agency.get(f"/etablissements/{homes[3].registry}/")
        assert f'href="/etablissements/{homes[3].registry}{ADDRESS}"' in sheet.content.decode()
        assert "Contingents, semaine 45 (2–8 nov. 2020)" in words(sheet)

    def test_does_not_exist_for_others(self, homes):
        stranger = client_of(profile_of(homes[0]))
        address = f"/etablissements/{homes[3].registry}{ADDRESS}"
        assert stranger.get(address).status_code == 404


class TestHistogram:
    def test_is_empty_with_nobody_to_draw(self):
        assert Histogram.of(counts=[0] * 11, mine=None).bars == []

    def test_stays_within_its_drawing(self):
        bars = Histogram.of(counts=[1, 30_000, 0, 2, 0, 0, 0, 0, 0, 0, 5], mine=3).bars
        assert all(bar.left >= 0 and bar.left + bar.width <= WIDTH for bar in bars)
        assert all(bar.above >= 0 and bar.top + bar.height == BASE < HEIGHT for bar in bars)

    def test_shows_whoever_is_there(self):
        bars = Histogram.of(counts=[1, 30_000, 0], mine=0).bars
        assert [bar.height for bar in bars[::2]] == [2, 0]

    def test_names_its_classes(self):
        bars = Histogram.of(counts=[1] * 11, mine=10).bars
        assert bars[0].label == "de 0 à 9\u202f%"
        assert bars[10].label == "100\u202f% et plus"
        assert [bar.mine for bar in bars].index(True) == 10
