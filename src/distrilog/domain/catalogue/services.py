"""Filling the catalogue."""

from django.db import transaction

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.catalogue.seeds import ARTICLES, FAMILIES, SUPPLIER


@transaction.atomic
def seed_catalogue() -> None:
    """Add the seven families and their articles where they are missing; what exists is left as it is."""
    Family.objects.bulk_create(
        [
            Family(
                code=seed.code,
                name=seed.name,
                plural=seed.plural,
                purpose=seed.purpose,
                unit=seed.unit,
                box_units=seed.box_units,
                position=position,
            )
            for position, seed in enumerate(FAMILIES, start=1)
        ],
        ignore_conflicts=True,
    )
    Article.objects.bulk_create(
        [
            Article(
                gtin=seed.gtin,
                family_id=seed.family,
                name=seed.name,
                supplier=SUPPLIER,
                box_units=seed.box_units,
                carton_units=seed.carton_units,
                pallet_units=seed.pallet_units,
                price_cents=seed.price_cents,
            )
            for seed in ARTICLES
        ],
        ignore_conflicts=True,
    )
