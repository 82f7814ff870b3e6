"""Beneficiaries beyond the weekly doctrine: programmes, seasonal overrides, trainees; pushes outside any plan."""

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.stock.models import Lot, Place


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Programme(models.Model):
    """
    A special flow (rows B16, E6, D13): fire services, home-care providers, blood establishments, dialysis, first endowments.

    Its rule is one of a few, its numbers are data (`units`), its sites are named. It lives from `starts_on` to `ends_on`, both included,
    every so many weeks from its first week. It has its own plans, and takes nothing from the weekly one.
    """

    class Rule(models.TextChoices):
        """How a site's units come from its size."""

        PER_SITE = "per_site", "unités par site"
        PER_SIZE = "per_size", "unités par personne, place ou patient du site"
        NAMED = "named", "unités dites site par site"

    code = models.SlugField("code", max_length=30, primary_key=True)
    title = models.CharField("intitulé", max_length=120)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    rule = models.CharField("règle", max_length=10, choices=Rule)
    units = models.PositiveIntegerField("unités", default=0)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField("toutes les (semaines)", default=1)
    once = models.BooleanField("une seule fois", default=False)
    source = models.CharField("texte", max_length=300)
    decided_by = models.CharField("décidé par", max_length=80)
    decided_at = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "programme"
        constraints = [
            models.CheckConstraint(
                name="programme_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="Le programme finit avant de commencer.",
            ),
            models.CheckConstraint(name="programme_has_a_step", condition=Q(every_weeks__gte=1)),
        ]

    def __str__(self) -> str:
        return self.code


class ProgrammeSite(models.Model):
    """A site of a programme; `size` is what its rule multiplies, or its units where they are named. Once a programme."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="sites", db_index=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="programmes")
    size = models.PositiveIntegerField("taille", default=1)

    class Meta:
        verbose_name = "site d’un programme"
        constraints = [
            models.UniqueConstraint(fields=["programme", "facility"], name="programme_site_once"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.facility_id}"


def _same(whole: F | Func) -> Func:
    """Make equality an overlap of ranges of one number, which needs no extension."""
    return Func(whole, whole, function="int8range", template="int8range(%(expressions)s, '[]')")


def _same_text(field: str) -> Func:
    return _same(Func(F(field), Value(0), function="hashtextextended"))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Override(models.Model):
    """
    What an agency says of a facility for a while (row B17, the summer census): its need is so many thousandths of the doctrine's.

    0 closes it for the season. It ends by itself with its period. Two never overlap for one facility and family (empty: all families).
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="overrides")
    family = models.CharField("famille", max_length=30, blank=True, default="")
    per_mille = models.PositiveIntegerField("besoin (‰ de la doctrine)")
    period = DateRangeField("période")
    reason = models.CharField("motif", max_length=300)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "adaptation saisonnière"
        constraints = [
            models.CheckConstraint(name="override_within", condition=Q(per_mille__lte=10_000)),
            models.CheckConstraint(
                name="override_ends",
                condition=Q(period__upper_inf=False, period__lower_inf=False),
                violation_error_message="Une adaptation a un début et une fin.",
            ),
            ExclusionConstraint(
                name="override_one_at_a_time",
                expressions=[
                    (_same(F("facility_id")), RangeOperators.OVERLAPS),
                    (_same_text("family"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Une adaptation existe déjà sur cette période.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.per_mille} ‰"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Trainees(models.Model):
    """
    People in training that a facility supplies (row B18): interns by their CHU, other students by their home facility.

    `cohort` names them (a school and a year, a CHU and a semester): over one period a cohort is supplied by one facility only, wherever it works,
    so that it is counted once. It is supplied every one, two or three weeks, for all of these weeks, from the first of its period.
    """

    class Kind(models.TextChoices):
        """Who they are: their kind says who supplies them."""

        INTERN = "intern", "internes"
        STUDENT = "student", "étudiants"

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="trainees")
    kind = models.CharField("nature", max_length=8, choices=Kind)
    cohort = models.CharField("promotion", max_length=80)
    headcount = models.PositiveIntegerField("effectif")
    every_weeks = models.PositiveSmallIntegerField("toutes les (semaines)", default=1)
    period = DateRangeField("période")
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "personnes en formation"
        constraints = [
            models.CheckConstraint(
                name="trainees_every_one_to_three_weeks",
                condition=Q(every_weeks__gte=1, every_weeks__lte=3),
                violation_error_message="La fréquence est d’une, deux ou trois semaines.",
            ),
            ExclusionConstraint(
                name="trainees_counted_once",
                expressions=[
                    (_same_text("cohort"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Cette promotion est déjà comptée sur cette période.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} ({self.headcount})"


class EmergencyPush(models.Model):
    """
    Units sent at once from a State source to one facility, outside every plan (row B14): no plan's volume reads it.

    Final: it is written with its ledger entries. `motive` is what justified it.
    """

    key = models.CharField("clé", max_length=60, unique=True)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="emergency_pushes")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    source = models.ForeignKey(Place, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    motive = models.CharField("motif", max_length=300)
    lots = models.ManyToManyField(Lot, related_name="+", blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "envoi d’urgence"
        constraints = [
            models.CheckConstraint(name="emergency_push_gives", condition=Q(units__gt=0)),
        ]

    def __str__(self) -> str:
        return self.key
