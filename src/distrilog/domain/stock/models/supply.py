"""What comes into the stock and moves within it: purchases, thresholds, transfers, recalls."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.stock import rules
from distrilog.domain.stock.models.ledger import Lot, Owner, Place


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Purchase(models.Model):
    """
    Units bought and due at a place on a day. What has arrived is in the ledger; `arrived` is its copy.

    `strategic_per_mille` of each arrival is kept for the strategic stock: the rest is released as it comes.
    """

    reference = models.CharField("référence", max_length=40, unique=True)
    article = models.ForeignKey(Article, models.PROTECT, related_name="purchases")
    place = models.ForeignKey(Place, models.PROTECT, related_name="purchases")
    supplier = models.CharField("fournisseur", max_length=80)
    units = models.BigIntegerField("unités commandées")
    arrived = models.BigIntegerField("unités arrivées", default=0)
    expected_on = models.DateField("attendu le")
    strategic_per_mille = models.PositiveSmallIntegerField("part stratégique (‰)", default=0)
    cancelled_at = models.DateTimeField("reste annulé le", null=True, blank=True)
    made_by = models.CharField("saisi par", max_length=80)
    made_at = models.DateTimeField("saisi le")

    class Meta:
        verbose_name = "achat"
        constraints = [
            models.CheckConstraint(
                name="purchase_arrives_within", condition=Q(arrived__gte=0, arrived__lte=F("units"))
            ),
            models.CheckConstraint(
                name="purchase_share_is_a_share", condition=Q(strategic_per_mille__lte=1000)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def awaited(self) -> int:
        """Units still to come: none once the rest is cancelled."""
        return 0 if self.cancelled_at else self.units - self.arrived


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Threshold(models.Model):
    """Between which levels a forward stock is kept, in usable units of a family."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="thresholds")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    minimum = models.BigIntegerField("minimum")
    maximum = models.BigIntegerField("maximum")

    class Meta:
        verbose_name = "seuil de réapprovisionnement"
        constraints = [
            models.UniqueConstraint(fields=["place", "family"], name="threshold_once"),
            models.CheckConstraint(
                name="threshold_grows", condition=Q(minimum__gte=0, maximum__gte=F("minimum"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.family_id}"


class Transfer(models.Model):
    """Units moved between places by whole pallets: asked, sent, received (perhaps less than sent)."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", "demandé"
        SENT = "sent", "en route"
        RECEIVED = "received", "reçu"
        REFUSED = "refused", "refusé"

    reference = models.CharField("référence", max_length=40, unique=True)
    source = models.ForeignKey(Place, models.PROTECT, related_name="transfers_out")
    target = models.ForeignKey(Place, models.PROTECT, related_name="transfers_in")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    asked = models.BigIntegerField("demandé (unités)")
    sent = models.BigIntegerField("envoyé (unités)", default=0)
    received = models.BigIntegerField("reçu (unités)", default=0)
    state = models.CharField("état", max_length=10, choices=State, default=State.ASKED)
    reason = models.CharField("motif", max_length=300, blank=True)
    asked_by = models.CharField("demandé par", max_length=80)
    asked_at = models.DateTimeField("demandé le")
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    received_at = models.DateTimeField("reçu le", null=True, blank=True)

    class Meta:
        verbose_name = "transfert"
        constraints = [
            models.CheckConstraint(
                name="transfer_receives_what_was_sent",
                condition=Q(asked__gt=0, sent__gte=0, received__gte=0, received__lte=F("sent")),
            ),
            models.UniqueConstraint(
                fields=["target", "family"],
                condition=Q(state__in=["asked", "sent"]),
                name="transfer_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class TransferLine(models.Model):
    """One pallet (or part of one) of a transfer, under its SSCC: on its way until its outcome is told."""

    class Outcome(models.TextChoices):
        """How its journey ended."""

        RECEIVED = rules.PalletOutcome.RECEIVED.value, "reçue"
        DOUBTFUL = rules.PalletOutcome.DOUBTFUL.value, "reçue, à vérifier"
        RETURNED = rules.PalletOutcome.RETURNED.value, "revenue"
        LOST = rules.PalletOutcome.LOST.value, "perdue"

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="lines")
    sscc = models.CharField("SSCC", max_length=18, unique=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    outcome = models.CharField("issue", max_length=10, choices=Outcome, blank=True, default="")
    received_at = models.DateTimeField("issue connue le", null=True, blank=True)

    class Meta:
        verbose_name = "palette"

    def __str__(self) -> str:
        return self.sscc


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old))
class Recall(models.Model):
    """A lot called back: since when, why, how serious, until when."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="recall")
    reason = models.CharField("motif", max_length=500)
    instruction = models.CharField("consigne", max_length=500)
    declared_by = models.CharField("décidé par", max_length=80)
    declared_at = models.DateTimeField("décidé le")
    closed_by = models.CharField("clos par", max_length=80, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)

    class Meta:
        verbose_name = "rappel de lot"

    def __str__(self) -> str:
        return f"rappel {self.lot_id}"


class InventoryCount(models.Model):
    """
    A count of lots at a place, even one that found nothing wrong: made again under its key, it changes nothing.

    What was found different is in the ledger, in the entries about it.
    """

    key = models.CharField("clé", max_length=60, unique=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    lines = models.PositiveIntegerField("lignes comptées")
    differences = models.PositiveIntegerField("écarts")
    reason = models.CharField("motif", max_length=300)
    counted_by = models.CharField("compté par", max_length=80)
    counted_at = models.DateTimeField("compté le")

    class Meta:
        verbose_name = "inventaire"

    def __str__(self) -> str:
        return self.key
