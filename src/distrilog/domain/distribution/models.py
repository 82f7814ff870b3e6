"""Push plans: what each facility gets of a week's volumes, by which platform, from which source, and what agencies changed."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Facility, Territory
from distrilog.domain.stock.models import Lot, Place


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Plan(models.Model):
    """
    One push of a week: draft → shared with the agencies → frozen → sent.

    `number` counts the pushes of a week: irregular first cycles and one-off weeks are rows, not rules. `volumes` are units by family and
    source, `floors` per mille of the need by category group. The three moments are data, with the week's usual ones as defaults.
    """

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "brouillon"
        SHARED = "shared", "transmis aux ARS"
        FROZEN = "frozen", "arrêté"
        SENT = "sent", "envoyé"
        ABANDONED = "abandoned", "abandonné"

    week = models.CharField("semaine", max_length=8)
    number = models.PositiveSmallIntegerField("rang", default=1)
    title = models.CharField("intitulé", max_length=120, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    doctrine = models.ForeignKey(DoctrineVersion, models.PROTECT, related_name="plans")
    volumes = models.JSONField("volumes")
    floors = models.JSONField("planchers", default=dict, blank=True)
    excluded = models.JSONField("non servis", default=list, blank=True)
    requests_until = models.DateTimeField("demandes jusqu’au")
    freezes_at = models.DateTimeField("arrêté le")
    delivers_on = models.DateField("livraison à partir du")
    reason = models.TextField("motif", max_length=2000, blank=True)
    prepared_by = models.CharField("préparé par", max_length=80)
    prepared_at = models.DateTimeField("préparé le")
    shared_by = models.CharField("transmis par", max_length=80, blank=True)
    shared_at = models.DateTimeField("transmis le", null=True, blank=True)
    frozen_at = models.DateTimeField("figé le", null=True, blank=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)

    class Meta:
        verbose_name = "plan de répartition"
        constraints = [
            models.UniqueConstraint(
                fields=["week", "number"],
                condition=~Q(state="abandoned"),
                name="plan_once_a_rank",
            ),
            models.CheckConstraint(
                name="plan_shared_by_another",
                condition=Q(shared_by="") | ~Q(shared_by=F("prepared_by")),
                violation_error_message="Deux personnes différentes doivent préparer et transmettre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week} n° {self.number} ({self.state})"


class PlanShare(models.Model):
    """How one family was shared out in a plan: the envelope, the level everyone was brought to, what stays. Units."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="shares", db_index=False)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    box_units = models.PositiveIntegerField("unités par boîte")
    envelope = models.BigIntegerField("volume")
    need = models.BigIntegerField("besoin")
    shared = models.BigIntegerField("réparti")
    level_numerator = models.BigIntegerField("niveau (numérateur)")
    level_denominator = models.BigIntegerField("niveau (dénominateur)")
    floors_short = models.BooleanField("planchers partagés", default=False)

    class Meta:
        verbose_name = "famille d’un plan"
        constraints = [
            models.UniqueConstraint(fields=["plan", "family"], name="plan_share_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.family_id}"


class PlanLine(models.Model):
    """
    What one facility gets of one family: what was computed, and what its agency changed. Units, whole boxes.

    `floor` is the least an adjustment leaves; `reason` is the word of `quotas.rules.Reason`; `carried` (thousandths)
    is what rounding owes it at the next plan.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines", db_index=False)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", db_index=False)
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="plan_lines", db_index=False
    )
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    need = models.BigIntegerField("besoin")
    floor = models.BigIntegerField("plancher", default=0)
    computed = models.BigIntegerField("calculé")
    changed = models.BigIntegerField("ajusté", default=0)
    reason = models.PositiveSmallIntegerField("motif")
    carried = models.BigIntegerField("reporté (millièmes)", default=0)

    class Meta:
        verbose_name = "ligne de plan"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "territory", "family", "facility"], name="plan_line_once"
            ),
            models.CheckConstraint(
                name="plan_line_never_negative", condition=Q(computed__gte=-F("changed"))
            ),
        ]
        indexes = [models.Index(fields=["facility", "plan"], name="plan_line_by_facility")]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.family_id}"

    @property
    def units(self) -> int:
        """Units it gets."""
        return self.computed + self.changed


class Endowment(models.Model):
    """What one platform receives of one family from one source; its lines add up to it. Units, whole boxes."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="endowments", db_index=False)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="endowments")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    units = models.BigIntegerField("unités")

    class Meta:
        verbose_name = "dotation de plateforme"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "territory", "family", "source"], name="endowment_once"
            ),
            models.CheckConstraint(name="endowment_gives_something", condition=Q(units__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.family_id} {self.units}"


class Adjustment(models.Model):
    """A change an agency made to the lines of one platform and family: it adds up to nothing. Final; undone by another."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="adjustments")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    changes = models.JSONField("changements")
    reason = models.CharField("motif", max_length=500)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "ajustement"

    def __str__(self) -> str:
        return f"{self.plan_id} {self.territory_id} {self.family_id}"


class ChangeRequest(models.Model):
    """A change somebody asks for (rows B12, B17): consolidated on Thursday for the plan of `week`; late ones are the next week's."""

    class State(models.TextChoices):
        """What became of it."""

        ASKED = "asked", "demandée"
        TAKEN = "taken", "retenue"
        REFUSED = "refused", "refusée"

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="change_requests")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    week = models.CharField("semaine", max_length=8)
    units = models.BigIntegerField("unités demandées")
    reason = models.CharField("motif", max_length=500)
    state = models.CharField("état", max_length=8, choices=State, default=State.ASKED)
    answer = models.CharField("réponse", max_length=500, blank=True)
    asked_by = models.CharField("demandée par", max_length=80)
    asked_at = models.DateTimeField("demandée le")
    answered_by = models.CharField("répondue par", max_length=80, blank=True)
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’évolution"
        indexes = [models.Index(fields=["week", "facility"], name="change_request_by_week")]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.family_id} {self.week}"


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
    What a platform gave one facility of a plan’s line, once a key. Units.

    `owed` is the part that the platform took from its own stock, because the plan’s had run out: the State owes it (row C8).
    """

    class Way(models.TextChoices):
        """How it went."""

        COLLECTED = "collected", "retiré sur place"
        DELIVERED = "delivered", "livré en tournée"

    key = models.CharField("clé", max_length=60, unique=True)
    line = models.ForeignKey(PlanLine, models.PROTECT, related_name="hand_outs")
    units = models.BigIntegerField("unités")
    owed = models.BigIntegerField("dont avancé par la plateforme", default=0)
    way = models.CharField("mode", max_length=10, choices=Way, default=Way.COLLECTED)
    by = models.CharField("remis par", max_length=80)
    at = models.DateTimeField("remis le")

    class Meta:
        verbose_name = "remise"
        constraints = [
            models.CheckConstraint(
                name="hand_out_owes_within",
                condition=Q(units__gt=0, owed__gte=0, owed__lte=F("units")),
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
    answer = models.CharField("suite donnée", max_length=500, blank=True)
    closed_by = models.CharField("clos par", max_length=80, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)

    class Meta:
        verbose_name = "incident de plateforme"

    def __str__(self) -> str:
        return f"{self.territory_id} {self.kind}"
