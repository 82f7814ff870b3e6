"""The terms of 2020 as the texts tell them, each with its citation; hypotheses are said to be."""

from datetime import date
from typing import Final

from distrilog.domain.regimes.rules import Price, TermsRule


MAINLAND: Final = "metropole"
_MARS_87: Final = "MARS n° 2020-87 du 8 octobre 2020"

# The texts say « sur des volumes limités » and give neither a price nor a volume for laboratories: a euro a
# box and ten boxes a week stand for them until the cell writes its own.
TERMS_2020: Final[tuple[TermsRule, ...]] = (
    TermsRule(
        zone=MAINLAND,
        basis=Price.FREE,
        starts_on=date(2020, 3, 16),
        requests_until=date(2020, 10, 4),
        deliveries_until=date(2020, 10, 11),
        source=f"{_MARS_87}, 1 : derniers approvisionnements gratuits en S40, dernières livraisons en S41, en métropole",
    ),
    TermsRule(
        basis=Price.FREE,
        starts_on=date(2020, 10, 8),
        source=f"{_MARS_87}, 3 B : en tension, le portail est ouvert et la distribution gratuite",
    ),
    TermsRule(
        group="laboratory",
        basis=Price.FREE,
        starts_on=date(2020, 3, 16),
        requests_until=date(2020, 5, 31),
        source=f"{_MARS_87}, schéma : laboratoires servis par SpF sur stock État jusqu’à fin mai 2020",
    ),
    TermsRule(
        group="laboratory",
        basis=Price.STATE_STOCK,
        price_cents=100,
        weekly_boxes=10,
        starts_on=date(2020, 6, 1),
        requests_until=date(2020, 10, 31),
        deliveries_until=date(2020, 12, 31),
        source=(
            f"{_MARS_87}, schéma et note 2 : circuit payant sur stock État de juin à décembre, dernières demandes "
            "courant octobre, volumes limités ; le prix et la limite sont des hypothèses"
        ),
    ),
)
