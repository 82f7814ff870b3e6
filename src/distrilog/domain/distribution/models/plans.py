"""Push plans: what each facility gets of a week's volumes, by which platform, from which source, and what agencies changed."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models.programmes import Programme
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Facility, Territory, Zone
from distrilog.domain.stock.models import Place


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Plan(models.Model):
    """
    One push of a week in a zone: draft → shared with the agencies → frozen → sent.

    `number` counts the pushes of a week: irregular first cycles and one-off weeks are rows, not rules. `volumes` are units by family and
    source, `floors` per mille of the need by category group. The three moments are data, with the week's usual ones as defaults.
    A `programme` has its own plans, computed by its own rule. `fallback` serves regions that order for themselves too, while the portal
    is out; otherwise a family is pushed where its regime says so (`regions`, as they were when prepared, by family).
    `excluded` names who gets nothing though the rule of the plan would serve them, by reason: `no_platform` (registry numbers), and
    `circuit`, how many of each category group another chain serves, by family. A programme older than any doctrine has none.
    """

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "brouillon"
        SHARED = "shared", "transmis aux ARS"
        FROZEN = "frozen", "arrêté"
        SENT = "sent", "envoyé"
        ABANDONED = "abandoned", "abandonné"

    week = models.CharField("semaine", max_length=8)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField("rang", default=1)
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="plans", null=True, blank=True
    )
    fallback = models.BooleanField("continuité", default=False)
    regions = models.JSONField("régions servies", default=dict, blank=True)
    title = models.CharField("intitulé", max_length=120, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    doctrine = models.ForeignKey(
        DoctrineVersion, models.PROTECT, related_name="plans", null=True, blank=True
    )
    volumes = models.JSONField("volumes")
    floors = models.JSONField("planchers", default=dict, blank=True)
    excluded = models.JSONField("non servis", default=dict, blank=True)
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
                fields=["week", "zone", "number", "programme"],
                nulls_distinct=False,
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
    is what rounding owes it at the next plan. `need` is the doctrine's, changed by overrides and trainees (`need_doctrine` before them);
    `given` is what donors say they gave it since the plan before, `already` what earlier plans of the same week give it: both count as
    there. `missing` is what the plan before left unserved, a week's need at most: it is made up for once this week's need is met.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines", db_index=False)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", db_index=False)
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="plan_lines", db_index=False
    )
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    need_doctrine = models.BigIntegerField("besoin selon la doctrine", default=0)
    need = models.BigIntegerField("besoin")
    given = models.BigIntegerField("reçu de donateurs", default=0)
    already = models.BigIntegerField("déjà prévu cette semaine", default=0, db_default=0)
    missing = models.BigIntegerField("non servi reporté", default=0, db_default=0)
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
    """
    A change an agency made to the lines of one platform and family: it adds up to nothing. Final; undone by another.

    `key` is the caller's: sent twice, it is made once. Without one, it is made as often as it is asked.
    """

    key = models.CharField("clé", max_length=60, unique=True, null=True, blank=True)
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
