"""What reaches a platform and leaves it: flows, hand-outs, what stays, what is owed; its weekly word, its incidents."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models.plans import Plan, PlanLine
from distrilog.domain.facilities.models import Territory
from distrilog.domain.stock.models import Lot, Place


class Flow(models.Model):
    """What one source sends one platform for a plan: at most one, sent once, received once, with its differences."""

    class State(models.TextChoices):
        """Where it is."""

        SENT = "sent", "en route"
        RECEIVED = "received", "reçu"

    reference = models.CharField("référence", max_length=40, unique=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="flows")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="flows")
    source = models.ForeignKey(Place, models.PROTECT, related_name="+")
    state = models.CharField("état", max_length=8, choices=State, default=State.SENT)
    sent_by = models.CharField("envoyé par", max_length=80)
    sent_at = models.DateTimeField("envoyé le")
    received_by = models.CharField("reçu par", max_length=80, blank=True)
    received_at = models.DateTimeField("reçu le", null=True, blank=True)
    words = models.CharField("remarques", max_length=500, blank=True)

    class Meta:
        verbose_name = "flux vers une plateforme"
        constraints = [
            models.UniqueConstraint(fields=["plan", "territory", "source"], name="flow_once"),
        ]

    def __str__(self) -> str:
        return self.reference


class FlowLine(models.Model):
    """Units of a lot in a flow: sent, and what arrived of them. What did not arrive is written off, with its cause."""

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="lines")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    sent = models.BigIntegerField("envoyé")
    received = models.BigIntegerField("reçu", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de flux"
        constraints = [
            models.UniqueConstraint(fields=["flow", "lot"], name="flow_line_once"),
            models.CheckConstraint(
                name="flow_receives_within",
                condition=Q(sent__gt=0)
                & (Q(received__isnull=True) | Q(received__gte=0, received__lte=F("sent"))),
                violation_error_message="On ne reçoit pas plus que ce qui a été envoyé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.lot_id}"


class HandOut(models.Model):
    """
    Units of one lot that a platform gave one facility of a plan’s line, once a key.

    `owed` is what the platform took from its own stock, because the plan’s had run out: the State owes it (row C8), and no
    lot of the State’s is named. What is taken back is a row of its own, that `cancels` the first with its units below nothing:
    sums stay sums.
    """

    class Way(models.TextChoices):
        """How it went."""

        COLLECTED = "collected", "retiré sur place"
        DELIVERED = "delivered", "livré en tournée"

    key = models.CharField("clé", max_length=60, unique=True)
    line = models.ForeignKey(PlanLine, models.PROTECT, related_name="hand_outs")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="hand_outs", null=True, blank=True)
    units = models.BigIntegerField("unités")
    owed = models.BigIntegerField("dont avancé par la plateforme", default=0)
    way = models.CharField("mode", max_length=10, choices=Way, default=Way.COLLECTED)
    cancels = models.OneToOneField(
        "self", models.PROTECT, related_name="cancelled_by", null=True, blank=True
    )
    words = models.CharField("motif", max_length=500, blank=True)
    by = models.CharField("remis par", max_length=80)
    at = models.DateTimeField("remis le")

    class Meta:
        verbose_name = "remise"
        constraints = [
            models.CheckConstraint(
                name="hand_out_owes_within",
                condition=Q(cancels__isnull=True, units__gt=0, owed__gte=0, owed__lte=F("units"))
                | Q(cancels__isnull=False, units__lt=0, owed__lte=0, owed__gte=F("units")),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Residual(models.Model):
    """What a platform says of what stays of a plan once its round is over; nothing stays without a word (row C3)."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="residuals")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="residuals")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    reason = models.CharField("explication", max_length=500)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "reliquat"
        constraints = [
            models.UniqueConstraint(fields=["plan", "territory", "family"], name="residual_once"),
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.family_id} {self.units}"


class Settlement(models.Model):
    """Units of a family given back to a platform for what it had advanced (row C8); final."""

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="settlements")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    reason = models.CharField("motif", max_length=500)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "compensation"
        constraints = [
            models.CheckConstraint(name="settlement_gives", condition=Q(units__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.family_id} {self.units}"


class Situation(models.Model):
    """A platform’s weekly word: its stock of a family and the risk of running out (row C5). A statement, not a movement."""

    class Risk(models.TextChoices):
        """How soon it could run out."""

        NONE = "none", "aucun"
        WEEK = "week", "sous une semaine"
        NOW = "now", "immédiat"

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="situations")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    week = models.CharField("semaine", max_length=8)
    stock = models.BigIntegerField("stock")
    risk = models.CharField("risque de rupture", max_length=4, choices=Risk, default=Risk.NONE)
    words = models.CharField("précisions", max_length=500, blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "situation de plateforme"
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "week", "family"], name="situation_once_a_week"
            ),
            models.CheckConstraint(name="situation_not_negative", condition=Q(stock__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.week} {self.family_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Incident(models.Model):
    """Something that went wrong at a platform, told to the cell: who deals with it, until when (row C6)."""

    class Kind(models.TextChoices):
        """What it is about."""

        NOT_ARRIVED = "not_arrived", "livraison non arrivée"
        SHORT = "short", "quantités manquantes"
        QUALITY = "quality", "produits non conformes"
        NOT_COLLECTED = "not_collected", "dotation non retirée"
        OTHER = "other", "autre"

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="incidents")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="incidents", null=True, blank=True)
    kind = models.CharField("nature", max_length=14, choices=Kind)
    words = models.CharField("description", max_length=500)
    owner = models.CharField("traité par", max_length=20)
    due_at = models.DateTimeField("à traiter avant")
    told_by = models.CharField("signalé par", max_length=80)
    told_at = models.DateTimeField("signalé le")
    taken_by = models.CharField("pris en charge par", max_length=80, blank=True)
    taken_at = models.DateTimeField("pris en charge le", null=True, blank=True)
    answer = models.CharField("suite donnée", max_length=500, blank=True)
    closed_by = models.CharField("clos par", max_length=80, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)

    class Meta:
        verbose_name = "incident de plateforme"

    def __str__(self) -> str:
        return f"{self.territory_id} {self.kind}"
