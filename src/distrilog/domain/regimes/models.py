"""Decisions that switch a family's regime in regions, and the calendar of ordering windows."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Category, Region, Zone


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class RegimeDecision(models.Model):
    """
    One decision: these families, in these regions, are in this regime from this moment.

    Prepared by one person, signed by another. Never undone: undoing is a new decision. The regime in
    force is the one of the last signed decision that started; with none, routine.
    """

    class Regime(models.TextChoices):
        """Routine is sale; tension is free distribution from the State stock."""

        ROUTINE = "routine", "achat libre"
        TENSION = "tension", "tension"

    class Mode(models.TextChoices):
        """In tension, facilities order (pull) or the State sends (push)."""

        PULL = "pull", "commande sous contingent"
        PUSH = "push", "dotation poussée"

    class State(models.TextChoices):
        """Where the decision stands."""

        DRAFT = "draft", "à signer"
        SIGNED = "signed", "signée"
        WITHDRAWN = "withdrawn", "retirée"

    regime = models.CharField("régime", max_length=10, choices=Regime)
    mode = models.CharField("mode", max_length=6, choices=Mode, default=Mode.PULL)
    starts_at = models.DateTimeField("à partir du")
    reason = models.TextField("motif", max_length=2000)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    preview = models.JSONField("effet prévu", default=dict, blank=True)
    prepared_by = models.CharField("préparée par", max_length=80)
    prepared_at = models.DateTimeField("préparée le")
    signed_by = models.CharField("signée par", max_length=80, blank=True)
    signed_at = models.DateTimeField("signée le", null=True, blank=True)

    class Meta:
        verbose_name = "décision de régime"
        constraints = [
            models.CheckConstraint(
                name="regime_signed_by_another",
                condition=~Q(state="signed")
                | (Q(signed_at__isnull=False) & ~Q(signed_by="") & ~Q(signed_by=F("prepared_by"))),
                violation_error_message="Deux personnes différentes doivent préparer et signer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regime} ({self.starts_at:%Y-%m-%d})"


class RegimeLine(models.Model):
    """One family in one region that a decision concerns."""

    decision = models.ForeignKey(RegimeDecision, models.CASCADE, related_name="lines")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "ligne de décision"
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "family", "region"], name="regime_line_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.region_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Window(models.Model):
    """
    When a zone may order in a week: from a weekday and wall-clock time to another, local clocks.

    With `week` empty it is the rule from `starts_on` on; with a week it replaces the rule for that week.
    `closed` closes the week altogether. Wall-clock times make the change of hour a non-event.
    """

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="windows")
    week = models.CharField("semaine", max_length=8, blank=True)
    starts_on = models.DateField("à partir du", null=True, blank=True)
    opens_weekday = models.PositiveSmallIntegerField("ouvre le (1 = lundi)", default=1)
    opens_clock = models.TimeField("ouvre à")
    closes_weekday = models.PositiveSmallIntegerField("ferme le (7 = dimanche)", default=7)
    closes_clock = models.TimeField("ferme à")
    closed = models.BooleanField("fermée", default=False)
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "fenêtre de commande"
        constraints = [
            models.UniqueConstraint(
                fields=["zone", "week", "starts_on"], nulls_distinct=False, name="window_once"
            ),
            models.CheckConstraint(
                name="window_opens_before_it_closes",
                condition=Q(opens_weekday__lt=F("closes_weekday"))
                | (Q(opens_weekday=F("closes_weekday")) & Q(opens_clock__lt=F("closes_clock"))),
                violation_error_message="La fenêtre se ferme avant de s’ouvrir.",
            ),
            models.CheckConstraint(
                name="window_within_a_week",
                condition=Q(opens_weekday__gte=1)
                & (
                    Q(closes_weekday__lte=7)
                    # Eight is the next Monday, at midnight alone: windows of two weeks never overlap.
                    | Q(closes_weekday=8, closes_clock="00:00")
                ),
                violation_error_message="La fenêtre dépasse sa semaine.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.week or self.starts_on}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Terms(models.Model):
    """
    What a category pays and until when (rows L4, L5): laboratories pay for State stock, in limited volume, from June to December 2020.

    Whatever no row names follows its regime alone: free in tension, the consortium's price otherwise. `group`, `family` and `zone`
    empty mean all of them. `price_cents` is for a box; `weekly_boxes` the most a facility may order of a family in a week.
    `requests_until` and `deliveries_until` end it, both included; a later row of the same reach replaces it.
    """

    class Basis(models.TextChoices):
        """What an order costs."""

        FREE = "free", "gratuit"
        STATE_STOCK = "state_stock", "stock de l’État, payant"
        CONSORTIUM = "consortium", "prix du groupement"

    group = models.CharField("groupe", max_length=16, choices=Category.Group, blank=True)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", null=True, blank=True)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="+", null=True, blank=True)
    basis = models.CharField("prix", max_length=12, choices=Basis)
    price_cents = models.PositiveIntegerField("prix de la boîte (centimes)", default=0)
    weekly_boxes = models.PositiveIntegerField("boîtes par semaine au plus", null=True, blank=True)
    starts_on = models.DateField("du")
    requests_until = models.DateField("demandes jusqu’au", null=True, blank=True)
    deliveries_until = models.DateField("livraisons jusqu’au", null=True, blank=True)
    source = models.CharField("texte", max_length=300)
    by = models.CharField("décidé par", max_length=80)
    at = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "conditions d’une catégorie"
        verbose_name_plural = "conditions des catégories"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "family", "zone", "starts_on"],
                nulls_distinct=False,
                name="terms_once",
            ),
            models.CheckConstraint(
                name="terms_paid_has_a_price",
                condition=~Q(basis="state_stock") | Q(price_cents__gt=0),
                violation_error_message="Le stock payant a un prix.",
            ),
            models.CheckConstraint(
                name="terms_end_in_order",
                condition=Q(requests_until__isnull=True) | Q(requests_until__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.family_id} {self.basis}"
