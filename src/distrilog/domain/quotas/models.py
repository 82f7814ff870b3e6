"""Quota runs, what each shared out, and the quotas and pots that orders draw on."""

import pghistory
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Facility, Region
from distrilog.domain.stock.models import Place, Reservation


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class QuotaRun(models.Model):
    """
    One computation of all quotas of a week: draft → signed → published, then perhaps superseded.

    `inputs` are the decisions it starts from (envelopes, multipliers, floors, caps, pots) and, once
    previewed, what the preview saw of the world; `fairness` is that preview (`queries.Preview`). The sealed
    files are kept as `QuotaRunFile`. Expired once its week is over and the rest is back in stock. `head` is the SHA-256 of the manifest, which names
    `previous_head`: the chain. At most one published run a week.
    """

    class State(models.TextChoices):
        """Where the run stands."""

        DRAFT = "draft", "brouillon"
        SIGNED = "signed", "signé"
        PUBLISHED = "published", "publié"
        SUPERSEDED = "superseded", "remplacé"
        ABANDONED = "abandoned", "abandonné"

    week = models.CharField("semaine", max_length=8)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    doctrine = models.ForeignKey(DoctrineVersion, models.PROTECT, related_name="runs")
    inputs = models.JSONField("données d’entrée")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, related_name="superseded_by", null=True, blank=True
    )
    fairness = models.JSONField("équité", default=dict, blank=True)
    previous_head = models.CharField("empreinte précédente", max_length=64, blank=True)
    head = models.CharField("empreinte", max_length=64, blank=True)
    reason = models.TextField("motif", max_length=2000, blank=True)
    prepared_by = models.CharField("préparé par", max_length=80)
    prepared_at = models.DateTimeField("préparé le")
    previewed_at = models.DateTimeField("prévisualisé le", null=True, blank=True)
    signed_by = models.CharField("signé par", max_length=80, blank=True)
    signed_at = models.DateTimeField("signé le", null=True, blank=True)
    published_at = models.DateTimeField("publié le", null=True, blank=True)
    expired_at = models.DateTimeField("expiré le", null=True, blank=True)

    class Meta:
        verbose_name = "calcul des contingents"
        constraints = [
            models.UniqueConstraint(
                fields=["week"], condition=Q(state="published"), name="run_one_published_a_week"
            ),
            models.CheckConstraint(
                name="run_signed_by_another",
                condition=~Q(state__in=["signed", "published", "superseded"])
                | (~Q(signed_by="") & ~Q(signed_by=F("prepared_by"))),
                violation_error_message="Deux personnes différentes doivent préparer et signer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week} ({self.state})"


class QuotaRunFile(models.Model):
    """A sealed file of a run, byte for byte as signed. Written once, at preview; replaced by a new preview only."""

    run = models.ForeignKey(QuotaRun, models.CASCADE, related_name="files")
    name = models.CharField("nom", max_length=40)
    content = models.BinaryField("contenu")

    class Meta:
        verbose_name = "fichier scellé"
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="run_file_once")]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """
    What a run did for one family from one source: the envelope, and the level everyone was brought to.

    The level is the exact fraction `level_numerator / level_denominator` of a week's need.
    """

    run = models.ForeignKey(QuotaRun, models.CASCADE, related_name="shares")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    source = models.ForeignKey(Place, models.PROTECT, related_name="+")
    envelope = models.BigIntegerField("enveloppe (unités)")
    need = models.BigIntegerField("besoin (unités)", default=0)
    shared = models.BigIntegerField("réparti (unités)", default=0)
    pots = models.BigIntegerField("pots communs (unités)", default=0)
    box_units = models.PositiveIntegerField("unités par boîte")
    level_numerator = models.DecimalField(max_digits=40, decimal_places=0, default=0)
    level_denominator = models.DecimalField(max_digits=40, decimal_places=0, default=1)
    floors_short = models.BooleanField("planchers réduits", default=False)
    fairness = models.JSONField("équité", default=dict, blank=True)
    reservation = models.ForeignKey(
        Reservation, models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = "répartition"
        constraints = [
            models.UniqueConstraint(fields=["run", "family", "source"], name="share_once"),
            models.CheckConstraint(
                name="share_within_envelope",
                condition=Q(envelope__gte=F("shared") + F("pots")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.source_id}"


class Quota(models.Model):
    """
    The most a facility may order of a family in a week, and how much of it it has ordered.

    One live row a facility, family and week; a superseding run changes `cap`, never below `ordered`.
    Once the week has ended the row is `closed`: `cap` still says what was granted, nothing is left.
    `reason` is a code of `rules.Reason`. Units, but `exact` (the share before rounding to boxes),
    `carried` and `carried_next` are thousandths of a unit; `floor` and `ceiling` are before rounding to
    boxes. `have` is the stock that the run counted, none where it read none. `weeks_without` counts the weeks
    in a row without a box, this one included. No timestamp: the
    run carries it.
    """

    run = models.ForeignKey(QuotaRun, models.PROTECT, related_name="quotas", db_index=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="quotas", db_index=False)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    week = models.CharField("semaine", max_length=8)
    source = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    need = models.BigIntegerField("besoin")
    have = models.BigIntegerField("stock compté", default=0, db_default=0)
    cap = models.BigIntegerField("contingent")
    ordered = models.BigIntegerField("commandé", default=0)
    reason = models.PositiveSmallIntegerField("raison")
    carried = models.BigIntegerField("report entrant", default=0)
    carried_next = models.BigIntegerField("report sortant", default=0)
    floor = models.BigIntegerField("plancher", default=0)
    ceiling = models.BigIntegerField("plafond", default=0)
    exact = models.BigIntegerField("part exacte", default=0, db_default=0)
    weeks_without = models.PositiveSmallIntegerField("semaines sans boîte", default=0, db_default=0)
    closed = models.BooleanField("expiré", default=False, db_default=False)

    class Meta:
        verbose_name = "contingent"
        # A run writes the rows of its week side by side: a few bytes find them again.
        indexes = [BrinIndex(fields=["week"], name="quota_by_week", autosummarize=True)]
        constraints = [
            models.UniqueConstraint(fields=["facility", "week", "family"], name="quota_once"),
            models.CheckConstraint(
                name="quota_never_exceeded",
                condition=Q(ordered__gte=0) & Q(ordered__lte=F("cap")),
                violation_error_message="Le contingent est dépassé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.family_id} {self.week}"

    @property
    def left(self) -> int:
        """Units that may still be ordered: none once the week has ended."""
        return 0 if self.closed else self.cap - self.ordered


class Pot(models.Model):
    """An ARS's own quota of a family in a week from a source, on top, for regional regulation."""

    run = models.ForeignKey(QuotaRun, models.PROTECT, related_name="pots")
    region = models.ForeignKey(Region, models.PROTECT, related_name="pots")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    week = models.CharField("semaine", max_length=8)
    source = models.ForeignKey(Place, models.PROTECT, related_name="+")
    cap = models.BigIntegerField("pot commun")
    ordered = models.BigIntegerField("commandé", default=0)
    closed = models.BooleanField("expiré", default=False, db_default=False)

    class Meta:
        verbose_name = "pot commun"
        constraints = [
            models.UniqueConstraint(fields=["region", "week", "family", "source"], name="pot_once"),
            models.CheckConstraint(
                name="pot_never_exceeded",
                condition=Q(ordered__gte=0) & Q(ordered__lte=F("cap")),
                violation_error_message="Le pot commun est dépassé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.family_id} {self.week}"

    @property
    def left(self) -> int:
        """Units that may still be ordered: none once the week has ended."""
        return 0 if self.closed else self.cap - self.ordered
