"""Families and articles. The catalogue is data: an eighth family needs no code."""

from django.db import models
from django.db.models import F, Q


class Family(models.Model):
    """A family of articles: needs, quotas and regimes are by family."""

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=60)
    plural = models.CharField("nom au pluriel", max_length=60)
    purpose = models.CharField("usage", max_length=200, blank=True)
    unit = models.CharField("unité", max_length=20, default="unité")
    box_units = models.PositiveIntegerField(
        "unités par boîte",
        help_text="unité de commande : un multiple de la boîte de chaque article",
    )
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "famille d’article"
        constraints = [
            models.CheckConstraint(name="family_box_positive", condition=Q(box_units__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    """A product of one family, with its pack levels. Prices in cents, excluding VAT, for a box."""

    gtin = models.CharField("GTIN", max_length=14, primary_key=True)
    family = models.ForeignKey(Family, models.PROTECT, related_name="articles")
    name = models.CharField("nom", max_length=120)
    supplier = models.CharField("fournisseur", max_length=80, blank=True)
    box_units = models.PositiveIntegerField("unités par boîte")
    carton_units = models.PositiveIntegerField("unités par carton")
    pallet_units = models.PositiveIntegerField("unités par palette")
    price_cents = models.PositiveIntegerField("prix de la boîte (centimes HT)", default=0)
    opened_on = models.DateField("ouvert le", null=True, blank=True)
    closed_on = models.DateField("fermé le", null=True, blank=True)

    class Meta:
        verbose_name = "article"
        constraints = [
            models.CheckConstraint(
                name="article_packs_grow",
                condition=Q(box_units__gt=0)
                & Q(carton_units__gte=F("box_units"))
                & Q(pallet_units__gte=F("carton_units")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
