"""Each rule as a story, and the laws that hold for any facilities."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from distrilog.domain.doctrines import rules
from distrilog.domain.doctrines.rules import (
    AT_RISK_ON_23_MARCH,
    FAMILIES,
    RULE_SETS,
    DoctrineParametersMissing,
    Kind,
    UnknownRuleSet,
)
from distrilog.domain.facilities.models import Category
from tests.domain.doctrines.worlds import ACTIVITIES, PARIS, RENNES, ROLES, country, facility


MARCH_20, MARCH_26, OCTOBER = "2020-03-20", "2020-03-26", "2020-10"


def needs(rule_set, *facilities, **changed):
    parameters = RULE_SETS[rule_set].defaults | changed
    return rules.needs(rule_set=rule_set, parameters=parameters, features=country(*facilities))


def need(rule_set, family, one, **changed):
    return int(needs(rule_set, one, **changed)[family][0])


def lines(rule_set, one, **changed):
    parameters = RULE_SETS[rule_set].defaults | changed
    only = country(one)
    return rules.need_lines(rule_set=rule_set, parameters=parameters, facility=only, peers=only)


HOME = facility("nursing_home", places=80, caregiver=50, cleaner=10)
HOSPITAL_IN_PARIS = facility(
    "hospital", department=PARIS, physician=20, caregiver=80, acute=100, intensive=10, emergency=1
)
HOSPITAL_IN_RENNES = facility(
    "hospital", department=RENNES, physician=20, caregiver=80, acute=100, intensive=10, emergency=1
)
SMALL_HOSPITAL_IN_RENNES = facility("hospital", physician=3, caregiver=30, rehabilitation=60)


class TestNeeds:
    @pytest.mark.parametrize(
        ("rule_set", "family", "one", "units"),
        [
            # Homes, shelters and temporary sites: 5 a place, in every version, in every zone.
            (MARCH_20, "surgical_mask", HOME, 400),
            (MARCH_26, "surgical_mask", HOME, 400),
            (OCTOBER, "surgical_mask", HOME, 400),
            (MARCH_26, "surgical_mask", HOME | {"department": PARIS}, 400),
            (MARCH_26, "surgical_mask", facility("disability_home", places=30), 150),
            (MARCH_26, "surgical_mask", facility("shelter", places=12), 60),
            (MARCH_26, "surgical_mask", facility("covid_site", places=200), 1000),
            (MARCH_26, "ffp2", HOME, 0),
            # The same hospital under both texts: 100 caregivers × 3 × 7 × 40 %, then the AP-HP's rate at risk.
            (MARCH_20, "surgical_mask", HOSPITAL_IN_PARIS, 840),
            (MARCH_26, "surgical_mask", HOSPITAL_IN_PARIS, 1120),
            (MARCH_26, "surgical_mask", HOSPITAL_IN_RENNES, 840),
            (MARCH_26, "ffp2", HOSPITAL_IN_PARIS, 280),
            # (10 × 4 + 1 × 20 + 100 × 10 % × 1) × 7
            (MARCH_20, "ffp2", HOSPITAL_IN_PARIS, 490),
            (MARCH_26, "ffp2", HOSPITAL_IN_RENNES, 490),
            # 33 × 8,4 = 277,2: a part of a mask is a mask.
            (MARCH_26, "surgical_mask", SMALL_HOSPITAL_IN_RENNES, 278),
            # Neither emergency nor intensive care: no FFP2 outside the zones at risk.
            (MARCH_26, "ffp2", SMALL_HOSPITAL_IN_RENNES, 0),
            (MARCH_26, "ffp2", SMALL_HOSPITAL_IN_RENNES | {"department": PARIS}, 93),
            # Hospitalisation at home: 1 box; then 3 at risk, 2 outside.
            (MARCH_20, "surgical_mask", facility("home_hospital", department=PARIS, home=90), 50),
            (MARCH_26, "surgical_mask", facility("home_hospital", department=PARIS, home=90), 150),
            (MARCH_26, "surgical_mask", facility("home_hospital", home=90), 100),
            # Home care: named on 20 March, served from 23 March.
            (MARCH_20, "surgical_mask", facility("home_care", home_carer=25), 0),
            (MARCH_26, "surgical_mask", facility("home_care", home_carer=25), 210),
            (MARCH_26, "surgical_mask", facility("home_care", home_carer=20, caregiver=5), 210),
            (OCTOBER, "surgical_mask", facility("home_care", home_carer=25), 375),
            # Alone of its class, a structure is the mean.
            (MARCH_20, "surgical_mask", facility("ambulance", crew=3), 50),
            (MARCH_26, "surgical_mask", facility("fire", crew=900), 50),
            # October: 50 caregivers × 48 gloves × 7 days × 40 %, and so on.
            (OCTOBER, "glove", HOME, 6720),
            (OCTOBER, "gown", HOME, 168),
            (OCTOBER, "cap", HOME, 168),
            (OCTOBER, "apron", HOME, 140),
            (OCTOBER, "goggles", HOME, 17),
            (OCTOBER, "ffp2", HOSPITAL_IN_RENNES, 490),
            (OCTOBER, "glove", facility("ambulance", crew=10), 224),
            (OCTOBER, "glove", facility("home_care", home_carer=25), 560),
            (OCTOBER, "surgical_mask", facility("laboratory", technician=10), 112),
            (OCTOBER, "gown", facility("laboratory", technician=10), 56),
            (MARCH_26, "surgical_mask", facility("laboratory", technician=10), 0),
            (MARCH_26, "glove", HOME, 0),
            (OCTOBER, "glove", facility("other", caregiver=10, places=10), 0),
        ],
    )
    def test_follows_the_sentence(self, rule_set, family, one, units):
        assert need(rule_set, family, one) == units

    @pytest.mark.parametrize(
        ("changed", "family", "one", "units"),
        [
            ({"masks_per_place_week": 6}, "surgical_mask", HOME, 480),
            ({"days_per_week": 5}, "surgical_mask", HOSPITAL_IN_RENNES, 600),
            ({"concerned_share": 500}, "surgical_mask", HOSPITAL_IN_RENNES, 1050),
            ({"departments_at_risk": [RENNES]}, "surgical_mask", HOSPITAL_IN_RENNES, 1120),
            ({"departments_at_risk": []}, "surgical_mask", HOSPITAL_IN_PARIS, 840),
            ({"reference_ffp2_per_caregiver_week": 0}, "ffp2", HOSPITAL_IN_PARIS, 0),
            ({"ffp2_per_intensive_place_day": 5}, "ffp2", HOSPITAL_IN_RENNES, 560),
        ],
    )
    def test_reads_its_parameters(self, changed, family, one, units):
        assert need(MARCH_26, family, one, **changed) == units

    def test_gives_ambulance_firms_fifty_on_average_by_size(self):
        crews = (1, 2, 3, 10, 34, 0)
        found = needs(MARCH_26, *(facility("ambulance", crew=crew) for crew in crews))

        masks = found["surgical_mask"].tolist()
        assert sum(masks) == 50 * len(crews)
        assert masks == [6, 12, 17, 59, 200, 6]

    def test_keeps_fire_services_out_of_the_mean_of_ambulance_firms(self):
        found = needs(
            MARCH_26,
            facility("ambulance", crew=4),
            facility("ambulance", crew=12),
            facility("fire", crew=2000),
        )
        assert found["surgical_mask"].tolist() == [25, 75, 50]

    def test_is_the_same_for_a_part_of_the_country_when_given_its_peers(self):
        whole = country(*(facility("ambulance", crew=crew) for crew in (1, 5, 9)))
        parameters = RULE_SETS[MARCH_26].defaults
        alone = rules.needs(
            rule_set=MARCH_26,
            parameters=parameters,
            features=whole.pick(np.array([2])),
            peers=whole,
        )
        assert alone["surgical_mask"].tolist() == [90]

    def test_answers_for_no_facility_at_all(self):
        assert {family: units.tolist() for family, units in needs(OCTOBER).items()} == {
            family: [] for family in FAMILIES
        }

    def test_refuses_missing_parameters(self):
        with pytest.raises(DoctrineParametersMissing):
            rules.needs(rule_set=OCTOBER, parameters={}, features=country(HOME))

    def test_refuses_rules_that_do_not_exist(self):
        with pytest.raises(UnknownRuleSet):
            rules.needs(rule_set="1918", parameters={}, features=country(HOME))


counts = st.dictionaries(
    st.sampled_from([*ACTIVITIES, *ROLES]), st.integers(min_value=0, max_value=20_000), max_size=6
)
facilities = st.builds(
    lambda group, department, counts: facility(group, department=department, **counts),
    st.sampled_from(Category.Group.values),
    st.sampled_from([PARIS, RENNES, "2A", "974"]),
    counts,
)
countries = st.lists(facilities, min_size=1, max_size=12)


@st.composite
def parameters_of(draw, rule_set):
    values = RULE_SETS[rule_set].defaults
    for parameter in RULE_SETS[rule_set].parameters:
        if parameter.kind is not Kind.DEPARTMENTS and draw(st.booleans()):
            values[parameter.name] = draw(st.integers(min_value=0, max_value=parameter.greatest))
    return values


class TestNeedLines:
    @settings(max_examples=60, deadline=None)
    @given(st.data(), countries, st.sampled_from(sorted(RULE_SETS)))
    def test_sum_to_the_need(self, data, drawn, rule_set):
        parameters = data.draw(parameters_of(rule_set))
        features = country(*drawn)
        units = rules.needs(rule_set=rule_set, parameters=parameters, features=features)
        for row in range(len(drawn)):
            told = rules.need_lines(
                rule_set=rule_set,
                parameters=parameters,
                facility=features.pick(np.array([row])),
                peers=features,
            )
            for family in FAMILIES:
                assert sum(line.units for line in told if line.family == family) == int(
                    units[family][row]
                )

    @settings(max_examples=40, deadline=None)
    @given(countries, st.randoms(use_true_random=False), st.sampled_from(sorted(RULE_SETS)))
    def test_do_not_depend_on_the_order_of_rows(self, drawn, random, rule_set):
        features = country(*drawn)
        order = list(range(len(drawn)))
        random.shuffle(order)
        parameters = RULE_SETS[rule_set].defaults
        straight = rules.needs(rule_set=rule_set, parameters=parameters, features=features)
        shuffled = rules.needs(
            rule_set=rule_set, parameters=parameters, features=features.pick(np.array(order))
        )
        for family in FAMILIES:
            assert straight[family][order].tolist() == shuffled[family].tolist()

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 5000), min_size=1, max_size=40))
    def test_keep_the_mean_of_a_class_exact(self, crews):
        features = country(*(facility("ambulance", crew=crew) for crew in crews))
        units = rules.needs(
            rule_set=MARCH_26, parameters=RULE_SETS[MARCH_26].defaults, features=features
        )["surgical_mask"]
        assert int(units.sum()) == 50 * len(crews)
        by_size = sorted(zip(crews, units.tolist(), strict=True))
        assert all(
            smaller[1] <= larger[1]
            for smaller, larger in pairwise(by_size)
            if larger[0] > smaller[0]
        )

    @pytest.mark.parametrize(
        ("rule_set", "one", "family", "calculation"),
        [
            (MARCH_26, HOME, "surgical_mask", "80 places × 5 masques = 400"),
            (
                MARCH_26,
                facility("nursing_home", places=1),
                "surgical_mask",
                "1 place × 5 masques = 5",
            ),
            (
                MARCH_26,
                SMALL_HOSPITAL_IN_RENNES,
                "surgical_mask",
                "33 soignants × 3 masques × 7 jours × 40 % = 277,2, arrondi à 278",
            ),
            (
                MARCH_26,
                HOSPITAL_IN_PARIS,
                "surgical_mask",
                "100 soignants × 11,2 masques = 1\u202f120",
            ),
            (
                MARCH_26,
                HOSPITAL_IN_RENNES,
                "ffp2",
                (
                    "(10 lits de soins critiques × 4 masques + 1 unité d’urgences × 20 masques + 100 lits de"
                    " médecine et chirurgie × 10 % × 1 masque) × 7 jours = 490"
                ),
            ),
            (
                MARCH_26,
                facility("home_hospital"),
                "surgical_mask",
                "1 structure × 2 boîtes × 50 masques = 100",
            ),
            (
                MARCH_20,
                facility("home_care", home_carer=9),
                "surgical_mask",
                "Bénéficiaire nommé, sans quantité dans le texte = 0",
            ),
            (
                MARCH_26,
                facility("ambulance", crew=1),
                "surgical_mask",
                (
                    "1 boîte × 50 masques en moyenne par structure, selon la taille (1 équipier pour 1 en "
                    "moyenne) = 50"
                ),
            ),
            (
                OCTOBER,
                facility("laboratory", technician=15),
                "goggles",
                (
                    "15 techniciens de laboratoire × 0,067 paire de lunettes × 7 jours × 40 % = 2,814, "
                    "arrondi à 3"
                ),
            ),
        ],
    )
    def test_say_the_calculation_in_french(self, rule_set, one, family, calculation):
        told = [line.calculation for line in lines(rule_set, one) if line.family == family]
        assert told == [calculation]

    def test_quote_the_sentence_and_its_source(self):
        (line,) = lines(MARCH_26, HOME)

        assert line.rule == "2020-03-26.homes"
        assert line.sentence.endswith("5 masques chirurgicaux par lit ou place par semaine ;")
        assert line.source.document == "003"
        assert line.source.dated == date(2020, 3, 26)

    def test_refuse_a_size_key_without_the_class(self):
        with pytest.raises(ValueError, match="whole class"):
            rules.need_lines(
                rule_set=MARCH_26,
                parameters=RULE_SETS[MARCH_26].defaults,
                facility=country(facility("ambulance", crew=3)),
            )


class TestParameterFaults:
    def test_finds_nothing_wrong_with_the_defaults(self):
        for code, rule_set in RULE_SETS.items():
            assert rules.parameter_faults(rule_set=code, parameters=rule_set.defaults) == []

    def test_lists_everything_at_once(self):
        parameters = RULE_SETS[MARCH_26].defaults
        del parameters["days_per_week"]
        parameters |= {
            "masks_per_place_week": "5",
            "concerned_share": 1001,
            "departments_at_risk": ["75", "75"],
            "mask_box_units": True,
            "rescue_boxes_week": -1,
            "masks_per_mouse": 1,
        }
        found = rules.parameter_faults(rule_set=MARCH_26, parameters=parameters)

        assert {fault.where for fault in found} == {
            "parameters.days_per_week",
            "parameters.masks_per_place_week",
            "parameters.concerned_share",
            "parameters.departments_at_risk",
            "parameters.mask_box_units",
            "parameters.rescue_boxes_week",
            "parameters.masks_per_mouse",
        }
        missing = next(fault for fault in found if fault.where.endswith("days_per_week"))
        assert missing.message == (
            "Le paramètre « Jours comptés par semaine » (days_per_week) manque."
        )
        assert missing.remedy == "Indiquer un nombre entier de jours, de 0 à 7."

    @pytest.mark.parametrize("nonsense", [None, [], "x", 3, 1.5])
    def test_refuses_what_is_not_an_object(self, nonsense):
        assert rules.parameter_faults(rule_set=MARCH_26, parameters=nonsense)

    @pytest.mark.parametrize("code", ["1", "2C", "75 ", "975x", "", "９５"])
    def test_refuses_codes_that_are_no_department(self, code):
        parameters = RULE_SETS[MARCH_26].defaults | {"departments_at_risk": [code]}
        assert rules.parameter_faults(rule_set=MARCH_26, parameters=parameters)


class TestRuleSets:
    def test_name_forty_seven_departments_at_risk(self):
        assert len(set(AT_RISK_ON_23_MARCH)) == 47
        assert {"75", "2A", "2B", "67", "68", "05", "60"} <= set(AT_RISK_ON_23_MARCH)
        assert not {"35", "59", "31", "33"} & set(AT_RISK_ON_23_MARCH)

    def test_give_each_rule_its_own_code_and_its_text(self):
        for rule_set in RULE_SETS.values():
            codes = [rule.code for rule in rule_set.rules]
            assert len(set(codes)) == len(codes)
            for rule in rule_set.rules:
                assert rule.text.sentence
                assert rule.text.source.dated <= date(2020, 10, 8)

    def test_say_where_each_default_comes_from(self):
        silent = 0
        for rule_set in RULE_SETS.values():
            for parameter in rule_set.parameters:
                assert parameter.note
                assert parameter.label
                silent += "muet" in parameter.note
        assert silent > 5

    def test_use_groups_and_families_that_exist(self):
        for rule_set in RULE_SETS.values():
            for rule in rule_set.rules:
                assert set(rule.groups) <= set(Category.Group.values)
                assert rule.family in FAMILIES
                assert set(rule.only_with) <= set(ACTIVITIES)

    def test_speak_of_every_family_in_october(self):
        assert {rule.family for rule in RULE_SETS[OCTOBER].rules} == set(FAMILIES)


class TestEligibility:
    @pytest.mark.parametrize(
        ("group", "on", "eligible", "since"),
        [
            ("hospital", date(2020, 3, 19), False, None),
            ("hospital", date(2020, 3, 20), True, date(2020, 3, 20)),
            ("home_care", date(2020, 3, 20), True, date(2020, 3, 20)),
            ("covid_site", date(2020, 3, 23), True, date(2020, 3, 20)),
            ("laboratory", date(2020, 5, 24), False, None),
            ("laboratory", date(2020, 5, 25), True, date(2020, 5, 25)),
            ("pharmacy", date(2020, 11, 2), False, None),
            ("other", date(2020, 11, 2), False, None),
        ],
    )
    def test_is_dated(self, group, on, eligible, since):
        found = rules.eligibility(group=group, category="500", on=on)
        assert (found.eligible, found.since) == (eligible, since)
        assert found.reason

    def test_changes_its_reason_when_home_care_joins(self):
        before = rules.eligibility(group="home_care", category="354", on=date(2020, 3, 22))
        after = rules.eligibility(group="home_care", category="354", on=date(2020, 3, 23))
        assert "aucune quantité" in before.reason
        assert "en proportion de leurs professionnels" in after.reason

    def test_keeps_the_condition_of_home_aide_services(self):
        aide = rules.eligibility(group="home_care", category="460", on=date(2020, 4, 1))
        nursing = rules.eligibility(group="home_care", category="354", on=date(2020, 4, 1))
        assert "personnes vulnérables" in aide.reason
        assert "personnes vulnérables" not in nursing.reason

    def test_says_that_overseas_has_its_own_stock(self):
        found = rules.eligibility(
            group="hospital", category="355", on=date(2020, 4, 1), overseas=True
        )
        assert "stock zonal" in found.reason

    def test_covers_every_group_of_categories_with_a_rule_or_a_reason(self):
        served = {group for rule in RULE_SETS[OCTOBER].rules for group in rule.groups}
        for group in Category.Group.values:
            found = rules.eligibility(group=group, category="000", on=date(2020, 11, 2))
            assert found.eligible == (group in served), group
            assert found.reason


class TestCompare:
    def test_tells_who_gains_and_who_loses(self):
        features = country(HOSPITAL_IN_PARIS, HOSPITAL_IN_RENNES, HOME, SMALL_HOSPITAL_IN_RENNES)
        before, after = (
            rules.needs(rule_set=code, parameters=RULE_SETS[code].defaults, features=features)
            for code in (MARCH_20, MARCH_26)
        )
        by_family = {
            change.family: change
            for change in rules.compare(features=features, before=before, after=after)
        }
        masks, ffp2 = by_family["surgical_mask"], by_family["ffp2"]

        assert (masks.country.before, masks.country.after) == (2358, 2638)
        assert (masks.country.gain, masks.country.lose, masks.country.unchanged) == (1, 0, 3)
        assert [(each.registry, each.difference) for each in masks.winners] == [("000000001", 280)]
        assert masks.losers == ()
        assert [(each.registry, each.difference) for each in ffp2.losers] == [("000000001", -210)]
        assert ffp2.regions["7"].difference == -210
        assert ffp2.regions["3"].unchanged == 3
        assert by_family["glove"].country.unchanged == 4

    def test_shows_the_five_largest_ties_by_number(self):
        homes = [facility("nursing_home", places=places) for places in (3, 1, 2, 2, 2, 2, 9)]
        features = country(*homes)
        nothing = {family: np.zeros(7, dtype=np.int64) for family in FAMILIES}
        after = rules.needs(
            rule_set=MARCH_26, parameters=RULE_SETS[MARCH_26].defaults, features=features
        )
        masks = rules.compare(features=features, before=nothing, after=after)[0]
        assert [each.facility_id for each in masks.winners] == [7, 1, 3, 4, 5]
