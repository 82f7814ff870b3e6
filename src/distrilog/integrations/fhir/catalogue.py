"""What items are known by here, for one document: every family, and the articles it names."""

from distrilog.domain.catalogue.models import Article, Family
from distrilog.integrations.fhir.documents import Resource
from distrilog.integrations.fhir.reading import Catalogue, gtins_of


# A report names some hundred articles; a hostile one could name thousands.
MOST_ARTICLES = 1_000


def catalogue_of(resource: Resource) -> Catalogue:
    """Return the families, and the articles that a resource names by GTIN."""
    gtins = sorted(gtins_of(resource))[:MOST_ARTICLES]
    articles = Article.objects.filter(gtin__in=gtins).values_list("gtin", "family_id", "box_units")
    return Catalogue(
        boxes=dict(Family.objects.values_list("code", "box_units")),
        articles={gtin: (family, box) for gtin, family, box in articles},
    )
