"""The catalogue opens with seven families, and adding them again changes nothing."""

import pytest

from distrilog.domain.catalogue import services
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.catalogue.rules import gtin_fault


pytestmark = pytest.mark.django_db


class TestSeedCatalogue:
    def test_adds_seven_families_each_with_articles_in_whole_order_units(self):
        services.seed_catalogue()

        assert list(Family.objects.order_by("position").values_list("code", "box_units")) == [
            ("surgical_mask", 50),
            ("ffp2", 20),
            ("gown", 10),
            ("apron", 100),
            ("glove", 100),
            ("cap", 100),
            ("goggles", 10),
        ]
        for family in Family.objects.prefetch_related("articles"):
            assert family.articles.exists()
            for article in family.articles.all():
                assert family.box_units % article.box_units == 0
                assert article.carton_units % article.box_units == 0
                assert article.pallet_units % article.carton_units == 0

    def test_numbers_articles_in_the_demonstration_range(self):
        services.seed_catalogue()
        for article in Article.objects.all():
            assert article.gtin.startswith("0952")
            assert gtin_fault(article.gtin) is None

    def test_changes_nothing_the_second_time(self):
        services.seed_catalogue()
        Family.objects.filter(code="ffp2").update(box_units=40)
        services.seed_catalogue()

        assert (Family.objects.count(), Article.objects.count()) == (7, 9)
        assert Family.objects.get(code="ffp2").box_units == 40
