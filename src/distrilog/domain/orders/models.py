"""Orders, their lines, the keys that make a replay harmless, and the demand that was refused."""

from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Address, Facility
from distrilog.kernel.scopes import Scope


class OrderQuerySet(models.QuerySet["Order"]):
    """Words for orders."""

    def within(self, scope: Scope) -> Self:
        """Keep the orders of facilities in a scope."""
        return self.filter(facility__in=Facility.objects.within(scope))

    def live(self) -> Self:
        """Keep those that were not cancelled."""
        return self.exclude(status=Order.Status.CANCELLED)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Order(models.Model):
    """
    A facility's request on the portal, in one week, charged to its quota, to its region's pot or to a resupply the State granted.

    The row itself is the trace of its making; each later change keeps the row before it. `reference` is unguessable and
    carries the region. `route` is fixed when placed: a change of route applies to the next order. `source` is the place
    whose stock it draws on; only an outage moves it.
    """

    class Charge(models.TextChoices):
        """Whose share it draws on."""

        QUOTA = "quota", "contingent de l’établissement"
        POT = "pot", "pot commun de l’ARS"
        RESUPPLY = "resupply", "dépannage par le stock de l’État"

    class Status(models.TextChoices):
        """Placed until the cut-off, then released to the executor."""

        PLACED = "placed", "enregistrée"
        CANCELLED = "cancelled", "annulée"
        RELEASED = "released", "transmise pour préparation"

    reference = models.CharField("référence", max_length=40, unique=True)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="orders")
    week = models.CharField("semaine", max_length=8)
    charge = models.CharField("imputation", max_length=8, choices=Charge, default=Charge.QUOTA)
    status = models.CharField("état", max_length=10, choices=Status, default=Status.PLACED)
    address = models.ForeignKey(Address, models.PROTECT, related_name="+")
    route = models.CharField("circuit", max_length=12)
    source = models.CharField("lieu de stock", max_length=20, default="")
    promised_on = models.DateField("livraison prévue le")
    cut_off_at = models.DateTimeField("modifiable jusqu’au")
    placed_by = models.CharField("passée par", max_length=80)
    placed_at = models.DateTimeField("passée le")
    version = models.PositiveIntegerField("version", default=1)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "commande"
        indexes = [models.Index(fields=["facility", "week"], name="order_by_facility_week")]

    def __str__(self) -> str:
        return self.reference


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Line(models.Model):
    """
    Units of one family in an order. Price in cents for the whole line; zero when free.

    `withdrawn` is what could not be served and is not promised any more: it went back to the quota or the stock.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.PositiveIntegerField("unités")
    withdrawn = models.PositiveIntegerField("unités retirées", default=0, db_default=0)
    box_units = models.PositiveIntegerField("unités par boîte")
    amount_cents = models.PositiveIntegerField("montant (centimes)", default=0)

    class Meta:
        verbose_name = "ligne de commande"
        constraints = [
            models.UniqueConstraint(fields=["order", "family"], name="line_once_a_family"),
            models.CheckConstraint(name="line_asks_something", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="line_withdraws_within", condition=Q(withdrawn__lte=F("units"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} × {self.units}"

    @property
    def boxes(self) -> int:
        """How many boxes that is."""
        return self.units // self.box_units


class OrderKey(models.Model):
    """An idempotency key: the same key and content answer the same order; other content is refused."""

    owner = models.CharField("porteur", max_length=80)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField("clé", max_length=120)
    digest = models.CharField("empreinte du contenu", max_length=64)
    order = models.ForeignKey(Order, models.CASCADE, related_name="keys")

    class Meta:
        verbose_name = "clé d’idempotence"
        constraints = [
            models.UniqueConstraint(fields=["owner", "facility", "key"], name="order_key_once"),
        ]

    def __str__(self) -> str:
        return self.key


class RefusedDemand(models.Model):
    """A demand that was refused, kept: it feeds the next run and the watch."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="refused_demands")
    week = models.CharField("semaine", max_length=8)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units_asked = models.BigIntegerField("demandé")
    units_left = models.BigIntegerField("restant")
    cause = models.CharField("cause", max_length=40)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "demande refusée"
        indexes = [models.Index(fields=["week", "family"], name="refused_by_week_family")]

    def __str__(self) -> str:
        return f"{self.family_id} {self.units_asked}"
