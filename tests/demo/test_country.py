from collections import Counter, defaultdict
from datetime import date
from itertools import islice

import pytest

from distrilog.demo.country import naming
from distrilog.demo.country.facts import read_facts
from distrilog.demo.country.generate import _fictitious, fingerprint, generate
from distrilog.demo.country.load import RegisterNotEmpty, load_country
from distrilog.demo.country.shares import share, share_with_floor
from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import (
    Attachment,
    Capacity,
    Category,
    Facility,
    Region,
    Staff,
    Zone,
)
from distrilog.domain.facilities.rules import in_reserved_range, registry_fault


TEMPORARY_SITES_NOT_OPEN = 38  # on 2 November 2020
SAME_BYTES = "dc01aaf943359709a8aca0576e40aa570e97859309f38f58f1ae1aece20b0e96"


@pytest.fixture(scope="module")
def country():
    """The country of the usual seed: lists of dicts by table."""
    tables = generate(seed=2020)
    found = {
        table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for table in tables
    }
    return found, fingerprint(tables)


@pytest.fixture(scope="module")
def tables(country):
    return country[0]


@pytest.fixture(scope="module")
def groups(tables):
    return {row["code"]: row["group"] for row in tables["category"]}


class TestShare:
    @pytest.mark.parametrize(
        ("total", "weights", "parts"),
        [
            (10, [1, 1, 1], [4, 3, 3]),
            (7, [0, 5, 2], [0, 5, 2]),
            (0, [3, 4], [0, 0]),
            (0, [0, 0], [0, 0]),
            (1, [1, 2], [0, 1]),
        ],
    )
    def test_gives_what_rounding_left_to_the_largest_remainders(self, total, weights, parts):
        assert share(total=total, weights=weights) == parts

    def test_refuses_to_share_among_nobody(self):
        with pytest.raises(ValueError, match="nothing"):
            share(total=1, weights=[0, 0])

    def test_lowers_a_floor_that_cannot_be_held(self):
        assert share_with_floor(total=7, weights=[1, 1, 1], floor=5) == [3, 2, 2]
        assert share_with_floor(total=100, weights=[0, 1], floor=5) == [5, 95]


class TestNaming:
    @pytest.mark.parametrize(
        ("name", "after_of"),
        [
            ("les Tilleuls", "des Tilleuls"),
            ("le Clos des Pins", "du Clos des Pins"),
            ("la Source", "de la Source"),
            ("l’Écluse", "de l’Écluse"),
        ],
    )
    def test_contracts_articles(self, name, after_of):
        assert naming.of(name) == after_of


class TestGenerate:
    def test_gives_the_same_bytes_for_the_same_seed(self, country):
        # Changes with the tables, the words and the algorithm; never with the machine or the day.
        assert country[1] == SAME_BYTES

    def test_gives_other_names_for_another_seed(self):
        def first(seed):
            return [site.name for site in islice(_fictitious(read_facts(), seed=seed), 20)]

        assert first(2020) == first(2020)
        assert first(2020) != first(2021)

    def test_numbers_everyone_once_with_a_check_digit(self, tables):
        numbers = [row["registry"] for row in tables["facility"]]
        assert len(set(numbers)) == len(numbers)
        assert [number for number in numbers if registry_fault(number)] == []

    def test_keeps_fictitious_and_real_numbers_apart(self, tables):
        for row in tables["facility"]:
            assert row["fictitious"] == in_reserved_range(row["registry"])

    def test_has_the_real_hospitals_and_their_beds(self, tables):
        real = {row["id"] for row in tables["facility"] if not row["fictitious"]}
        assert len(real) == 3975
        beds = Counter()
        for row in tables["capacity"]:
            if row["facility_id"] in real:
                beds[row["activity"]] += row["places"]
        # The totals of the statistics: 187 427 beds and 38 867 places, and so on.
        assert beds["acute"] == 187_427 + 38_867
        assert beds["rehabilitation"] == 101_367 + 19_294
        assert beds["psychiatry"] == 57_507 + 29_322 + 883
        assert beds["long_stay"] == 29_249
        assert beds["home"] == 24_093
        assert beds["intensive"] == 5_575 + 5_914 + 7_935
        assert beds["emergency"] == 620

    def test_has_as_many_of_each_kind_as_the_country(self, tables):
        found = Counter(row["category_id"] for row in tables["facility"] if row["fictitious"])
        assert found == {kind.code: kind.facilities for kind in read_facts().kinds}
        assert found["500"] == 7503
        assert found["620"] == 20_534

    def test_has_at_least_thirty_thousand_beside_pharmacies(self, tables):
        assert len([row for row in tables["facility"] if row["category_id"] != "620"]) >= 30_000

    def test_has_the_real_places_of_nursing_homes_by_department(self, tables):
        homes = {
            row["id"]: row["department_id"]
            for row in tables["facility"]
            if row["category_id"] == "500"
        }
        found = Counter()
        for row in tables["capacity"]:
            if row["facility_id"] in homes:
                found[homes[row["facility_id"]]] += row["places"]
        expected = {row.code: row.nursing_home_places for row in read_facts().departments}
        assert {code: found[code] for code in expected} == expected
        assert sum(found.values()) == 612_292

    def test_has_the_places_of_each_kind(self, tables):
        category = {row["id"]: row["category_id"] for row in tables["facility"]}
        found = defaultdict(int)
        for row in tables["capacity"]:
            if row["activity"] == "places":
                found[category[row["facility_id"]]] += row["places"]
        for kind in read_facts().kinds:
            assert found[kind.code] == kind.places

    def test_gives_homes_a_size_and_crews_to_ambulances(self, tables, groups):
        group = {row["id"]: groups[row["category_id"]] for row in tables["facility"]}
        sized = {row["facility_id"] for row in tables["capacity"]}
        staffed = {(row["facility_id"], row["role"]) for row in tables["staff"]}
        role = {
            "home_care": "home_carer",
            "ambulance": "crew",
            "fire": "crew",
            "laboratory": "technician",
        }
        for number, kind in group.items():
            if kind in {"nursing_home", "disability_home", "shelter", "covid_site"}:
                assert number in sized
            elif kind in role:
                assert (number, role[kind]) in staffed

    def test_flags_251_for_the_agency_and_overseas_for_its_own_stock(self, tables):
        zone = {row["code"]: row["zone_id"] for row in tables["department"]}
        routes = Counter(row["route"] for row in tables["facility"])
        assert routes["spf"] == 251
        for row in tables["facility"]:
            assert (row["route"] == "overseas") == (zone[row["department_id"]] != "metropole")

    def test_serves_every_mainland_platform_by_the_agency(self, tables):
        facilities = {row["id"]: row for row in tables["facility"]}
        routes = Counter(facilities[row["platform_id"]]["route"] for row in tables["territory"])
        assert routes == {"spf": 132, "overseas": 5}

    def test_attaches_everyone_but_pharmacies_once(self, tables, groups):
        served = [
            row["id"] for row in tables["facility"] if groups[row["category_id"]] != "pharmacy"
        ]
        assert sorted(row["facility_id"] for row in tables["attachment"]) == served
        assert sorted(row["facility_id"] for row in tables["address"]) == served

    def test_attaches_the_fictitious_within_their_region(self, tables):
        region = {row["code"]: row["region_id"] for row in tables["department"]}
        territory = {row["code"]: row["region_id"] for row in tables["territory"]}
        facilities = {row["id"]: row for row in tables["facility"]}
        astray = Counter()
        for row in tables["attachment"]:
            facility = facilities[row["facility_id"]]
            here = region[facility["department_id"]]
            if facility["fictitious"] and territory[row["territory_id"]] != here:
                astray[here, row["territory_id"]] += 1
        assert set(astray) == {("06", "04101")}  # Mayotte has no platform: La Réunion's serves it

    def test_has_temporary_sites_open_and_closed(self, tables, groups):
        sites = [row for row in tables["facility"] if groups[row["category_id"]] == "covid_site"]
        assert len(sites) == 60
        assert all(row["opened_on"] for row in sites)
        assert all(row["closed_on"] is None or row["closed_on"] > row["opened_on"] for row in sites)
        assert len([row for row in sites if row["closed_on"] is None]) == 16
        on = date(2020, 9, 1)
        assert not [
            row for row in sites if row["opened_on"] <= on and (row["closed_on"] or date.max) > on
        ]

    def test_rings_nobody(self, tables):
        prefixes = tuple(naming.FICTION)
        assert all(row["phone"].startswith(prefixes) for row in tables["address"])
        assert {row["contact"] for row in tables["address"]} == {"Réception marchandises"}

    def test_fits_the_columns(self, tables):
        for name, model in (("facility", Facility), ("category", Category), ("zone", Zone)):
            for field in model._meta.concrete_fields:
                if field.max_length and field.attname in tables[name][0]:
                    longest = max(len(str(row[field.attname] or "")) for row in tables[name])
                    assert longest <= field.max_length, (name, field.name)

    def test_uses_the_words_of_the_register(self, tables):
        assert {row["activity"] for row in tables["capacity"]} <= set(Capacity.Activity.values)
        assert {row["role"] for row in tables["staff"]} <= set(Staff.Role.values)
        assert {row["status"] for row in tables["facility"]} <= set(Facility.Status.values)
        assert {row["group"] for row in tables["category"]} <= set(Category.Group.values)


@pytest.mark.django_db
class TestLoadCountry:
    def test_loads_once_and_answers(self):
        said = []
        assert load_country(seed=2020, say=said.append)
        assert any("53\N{NARROW NO-BREAK SPACE}360 établissements" in line for line in said)
        assert len(queries.features(on=date(2020, 11, 2))) == 32_826 - TEMPORARY_SITES_NOT_OPEN
        assert Attachment.objects.count() == 32_826
        assert Facility.objects.filter(route="spf").count() == 251
        assert Zone.objects.get(pk="martinique").closed_days[3] == "05-22"
        newest = Facility.objects.create(
            registry="960999991", name="Les Ifs", category_id="500", department_id="12"
        )
        assert newest.pk == 53_361

        assert not load_country(seed=2020, say=said.append)
        assert "déjà chargé" in said[-1]
        with pytest.raises(RegisterNotEmpty):
            load_country(seed=2021, say=said.append)

    def test_refuses_a_register_that_holds_something_else(self):
        Region.objects.create(code="94", name="Corse")
        with pytest.raises(RegisterNotEmpty):
            load_country(say=print)
        assert not Facility.objects.exists()
