"""
The seven families and the articles that open the catalogue.

Packs are those usually sold: surgical masks by 50, FFP2 by 20, gowns and goggles by 10, aprons,
gloves and caps by 100. GTINs lie in GS1's range for demonstrations and examples (prefix 952), so
that none meets a real product. Prices are fictitious, in cents for a box, excluding VAT.
"""

from dataclasses import dataclass
from typing import Final

from distrilog.domain.catalogue.rules import gtin_check_digit


# Indicator digit 0, then prefix 952: GS1 keeps it for demonstrations.
DEMONSTRATION_PREFIX: Final = "0952"
SUPPLIER: Final = "Fournisseur fictif"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySeed:
    """A family of articles; `box_units` is its order unit."""

    code: str
    name: str
    plural: str
    purpose: str
    unit: str
    box_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSeed:
    """An article, its packs in units and its price for a box."""

    rank: int
    family: str
    name: str
    box_units: int
    boxes_a_carton: int
    cartons_a_pallet: int
    price_cents: int

    @property
    def gtin(self) -> str:
        """Its number, check digit included."""
        body = f"{DEMONSTRATION_PREFIX}{self.rank:09d}"
        return body + gtin_check_digit(body)

    @property
    def carton_units(self) -> int:
        """Units in a carton."""
        return self.box_units * self.boxes_a_carton

    @property
    def pallet_units(self) -> int:
        """Units on a pallet."""
        return self.carton_units * self.cartons_a_pallet


FAMILIES: Final = (
    FamilySeed(
        code="surgical_mask",
        name="Masque chirurgical",
        plural="masques chirurgicaux",
        purpose="Protéger l’entourage de celui qui le porte : soins courants, transport, visites.",
        unit="masque",
        box_units=50,
    ),
    FamilySeed(
        code="ffp2",
        name="Masque FFP2",
        plural="masques FFP2",
        purpose="Protéger celui qui le porte : gestes à risque, urgences, soins critiques.",
        unit="masque",
        box_units=20,
    ),
    FamilySeed(
        code="gown",
        name="Blouse (surblouse)",
        plural="blouses",
        purpose="Couvrir la tenue lors des soins mouillants ou au contact d’un cas.",
        unit="blouse",
        box_units=10,
    ),
    FamilySeed(
        code="apron",
        name="Tablier",
        plural="tabliers",
        purpose="Protéger la tenue ou la blouse des projections, à usage unique.",
        unit="tablier",
        box_units=100,
    ),
    FamilySeed(
        code="glove",
        name="Gant d’examen",
        plural="gants d’examen",
        purpose="Soins au contact de liquides biologiques ; comptés à l’unité, non à la paire.",
        unit="gant",
        box_units=100,
    ),
    FamilySeed(
        code="cap",
        name="Charlotte",
        plural="charlottes",
        purpose="Couvrir les cheveux lors des soins auprès d’un cas.",
        unit="charlotte",
        box_units=100,
    ),
    FamilySeed(
        code="goggles",
        name="Lunettes de protection",
        plural="lunettes de protection",
        purpose="Protéger les yeux des projections ; nettoyables.",
        unit="paire de lunettes",
        box_units=10,
    ),
)

ARTICLES: Final = (
    ArticleSeed(
        rank=101, family="surgical_mask", name="Masque chirurgical type II, boîte de 50",
        box_units=50, boxes_a_carton=40, cartons_a_pallet=28, price_cents=600,
    ),
    ArticleSeed(
        rank=102, family="surgical_mask", name="Masque chirurgical type IIR, boîte de 50",
        box_units=50, boxes_a_carton=40, cartons_a_pallet=28, price_cents=750,
    ),
    ArticleSeed(
        rank=201, family="ffp2", name="Masque FFP2 pliable, boîte de 20",
        box_units=20, boxes_a_carton=24, cartons_a_pallet=30, price_cents=1800,
    ),
    ArticleSeed(
        rank=301, family="gown", name="Surblouse non tissée à manches longues, sachet de 10",
        box_units=10, boxes_a_carton=10, cartons_a_pallet=24, price_cents=2500,
    ),
    ArticleSeed(
        rank=401, family="apron", name="Tablier plastique, rouleau de 100",
        box_units=100, boxes_a_carton=10, cartons_a_pallet=40, price_cents=700,
    ),
    ArticleSeed(
        rank=501, family="glove", name="Gant d’examen nitrile, taille M, boîte de 100",
        box_units=100, boxes_a_carton=10, cartons_a_pallet=60, price_cents=1100,
    ),
    ArticleSeed(
        rank=502, family="glove", name="Gant d’examen nitrile, taille L, boîte de 100",
        box_units=100, boxes_a_carton=10, cartons_a_pallet=60, price_cents=1100,
    ),
    ArticleSeed(
        rank=601, family="cap", name="Charlotte ronde, sachet de 100",
        box_units=100, boxes_a_carton=10, cartons_a_pallet=32, price_cents=450,
    ),
    ArticleSeed(
        rank=701, family="goggles", name="Lunettes-masque de protection, boîte de 10",
        box_units=10, boxes_a_carton=12, cartons_a_pallet=20, price_cents=3500,
    ),
)  # fmt: skip
