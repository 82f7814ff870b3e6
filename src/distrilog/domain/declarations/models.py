"""Weekly declarations and their versions, what cover is judged against, who is asked, and the roll-ups."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from distrilog.domain.accounts.models import Profile
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations import rules
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Category, Department, Facility, Region, Territory


_FINAL = pgtrigger.Update | pgtrigger.Delete


class Declaration(models.Model):
    """
    What one facility says of one week. `version` counts what was submitted: what `If-Match` compares.

    Its lines are the `Statement`s that are `current`; a line may have been said in any of the versions.
    """

    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="declarations", db_index=False
    )
    week = models.CharField("semaine", max_length=8)
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "déclaration de stock"
        constraints = [
            models.UniqueConstraint(fields=["facility", "week"], name="declaration_once_a_week"),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.week}"


class Submission(models.Model):
    """
    One version: who said it, through what, and in whose responsibility. Final.

    `key` is drawn by who sends, offline too: the same form sent twice is one version. `digest` is what was
    sent under it. `responsible` is the director’s opaque id (row A13 of the mission), empty where the
    facility has none yet.
    """

    class Channel(models.TextChoices):
        """How it came."""

        SCREEN = "screen", "écran"
        OFFLINE = "offline", "écran, hors ligne"
        API = "api", "API"
        FILE = "file", "fichier"
        FHIR = "fhir", "FHIR"

    declaration = models.ForeignKey(
        Declaration, models.PROTECT, related_name="submissions", db_index=False
    )
    version = models.PositiveIntegerField("version")
    key = models.UUIDField("clé", null=True, blank=True, unique=True)
    digest = models.CharField("empreinte", max_length=64, blank=True)
    channel = models.CharField("voie", max_length=8, choices=Channel)
    declared_by = models.CharField("déclarée par", max_length=80)
    responsible = models.CharField("sous la responsabilité de", max_length=80, blank=True)
    declared_at = models.DateTimeField("déclarée le")

    class Meta:
        verbose_name = "version de déclaration"
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "version"], name="submission_once_a_version"
            ),
        ]
        triggers = [pgtrigger.Protect(name="submission_is_final", operation=_FINAL)]

    def __str__(self) -> str:
        return f"{self.declaration_id} v{self.version}"


class Statement(models.Model):
    """
    One family in a version of a declaration. Units; only `current` ever changes, when a later one replaces it.

    `stock` on the day it is said; `consumption` over the seven days before, none when said in bands. `need` is
    the crisis consumption, in units a week, that the doctrine gave the facility when it was said: cover is
    `stock / need`. `band` is set where a small site chose a band: `stock` is then the least of that band.
    `questioned`: it looked wrong, was asked about, and confirmed.
    """

    declaration = models.ForeignKey(
        Declaration, models.PROTECT, related_name="statements", db_index=False
    )
    version = models.PositiveIntegerField("version")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", db_index=False)
    week = models.CharField("semaine", max_length=8)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    stock = models.BigIntegerField("stock")
    consumption = models.BigIntegerField("consommation", null=True, blank=True)
    need = models.BigIntegerField("besoin de crise hebdomadaire")
    band = models.CharField(
        "tranche",
        max_length=12,
        blank=True,
        default="",
        choices=[(band.value, name) for band, name in rules.BAND_NAMES.items()],
    )
    questioned = models.BooleanField("confirmée après question", default=False)
    current = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "ligne de déclaration"
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "family", "version"], name="statement_once_a_version"
            ),
            models.UniqueConstraint(
                fields=["week", "family", "facility"],
                condition=Q(current=True),
                name="statement_one_current",
            ),
            models.CheckConstraint(
                name="statement_not_negative",
                condition=Q(stock__gte=0)
                & Q(need__gte=0)
                & (Q(consumption__isnull=True) | Q(consumption__gte=0)),
                violation_error_message="Un stock ou une consommation n’est jamais négatif.",
            ),
        ]
        # A facility's last weeks, all its families together: what lists of facilities read.
        indexes = [
            models.Index(
                fields=["facility", "week", "family"],
                condition=Q(current=True),
                name="statement_by_facility",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.family_id} {self.week}"


class Difficulty(models.Model):
    """A difficulty told with a declaration (row F7 of the mission); no name of a patient belongs here."""

    class Category(models.TextChoices):
        """What it is about."""

        SHORTAGE = "shortage", "rupture ou risque de rupture"
        QUALITY = "quality", "produit inadapté ou défectueux"
        SIZE = "size", "taille manquante"
        DELIVERY = "delivery", "livraison non reçue"
        OUTBREAK = "outbreak", "foyer épidémique"
        OTHER = "other", "autre"

    class Urgency(models.TextChoices):
        """How soon it hurts."""

        TODAY = "today", "aujourd’hui"
        WEEK = "week", "cette semaine"
        LATER = "later", "plus tard"

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="difficulties")
    version = models.PositiveIntegerField("version")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    week = models.CharField("semaine", max_length=8)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", null=True, blank=True)
    category = models.CharField("nature", max_length=10, choices=Category)
    urgency = models.CharField("urgence", max_length=6, choices=Urgency)
    words = models.CharField("précisions", max_length=500, blank=True)
    seen_by = models.CharField("vue par", max_length=80, blank=True)
    seen_at = models.DateTimeField("vue le", null=True, blank=True)

    class Meta:
        verbose_name = "difficulté signalée"
        indexes = [models.Index(fields=["week", "facility"], name="difficulty_by_week")]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.category}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Delegate(models.Model):
    """
    Somebody the director has declare in his place. While a facility has named none, its orderers may.

    Once it has named one, only the director and those named may, until their end.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="delegates")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="delegations")
    named_by = models.CharField("désigné par", max_length=80)
    named_at = models.DateTimeField("désigné le")
    ended_at = models.DateTimeField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "délégation de déclaration"
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "profile"],
                condition=Q(ended_at__isnull=True),
                name="delegate_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.profile_id}"


class Target(models.Model):
    """
    The crisis consumption of a facility, in units a week, under the doctrine in force: three weeks of it is the safety stock.

    Rebuilt set-wise (`services.rebuild_targets`); no row means the doctrine gives the facility no need.
    """

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="targets", db_index=False)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    need = models.BigIntegerField("besoin de crise hebdomadaire")

    class Meta:
        verbose_name = "cible de stock"
        constraints = [
            models.UniqueConstraint(fields=["facility", "family"], name="target_once"),
            models.CheckConstraint(name="target_positive", condition=Q(need__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.family_id} {self.need}"


class TargetState(models.Model):
    """The doctrine that the targets were last built from; one row, none before the first."""

    doctrine = models.ForeignKey(DoctrineVersion, models.PROTECT, related_name="+")
    built_at = models.DateTimeField("calculées le")

    class Meta:
        verbose_name = "état des cibles"

    def __str__(self) -> str:
        return f"{self.doctrine_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class AlertThreshold(models.Model):
    """
    From a day on, below how many days of cover a facility is to be watched, or is in alert.

    An empty column means every one; the row that says most holds (`rules.threshold_for`), then the latest.
    """

    group = models.CharField(
        "catégorie", max_length=16, choices=Category.Group, blank=True, default=""
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="alert_thresholds", null=True, blank=True
    )
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", null=True, blank=True)
    watch_days = models.PositiveSmallIntegerField("à surveiller sous (jours)")
    alert_days = models.PositiveSmallIntegerField("alerte sous (jours)")
    starts_on = models.DateField("à partir du")
    reason = models.CharField("motif", max_length=300)
    set_by = models.CharField("fixé par", max_length=80)
    set_at = models.DateTimeField("fixé le")

    class Meta:
        verbose_name = "seuil d’alerte"
        constraints = [
            models.CheckConstraint(
                name="threshold_watches_before_alert",
                condition=Q(watch_days__gte=F("alert_days")),
                violation_error_message="L’alerte ne peut pas précéder la surveillance.",
            ),
            models.UniqueConstraint(
                fields=["group", "region", "family", "starts_on"],
                nulls_distinct=False,
                name="alert_threshold_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.watch_days}/{self.alert_days}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Wave(models.Model):
    """A wave of the roll-out (row F3 of the mission): who is asked to declare from which day on."""

    class Reach(models.TextChoices):
        """Whom a wave takes in, of those that no earlier one did."""

        PLATFORMS = "platforms", "établissements supports"
        HOSPITALS = "hospitals", "établissements de santé"
        EVERYONE = "everyone", "tous, hors officines"

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=120)
    reach = models.CharField(
        "qui", max_length=10, choices=Reach, default=Reach.EVERYONE, db_default=Reach.EVERYONE
    )
    starts_on = models.DateField("à partir du")
    position = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "vague de déploiement"

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A facility that is asked to declare, from a day on, in a wave; without one it may, and nobody chases it."""

    facility = models.OneToOneField(
        Facility, models.CASCADE, primary_key=True, related_name="enrolment"
    )
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="enrolments")
    since = models.DateField("demandé depuis le")
    until = models.DateField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "enrôlement"

    def __str__(self) -> str:
        return f"{self.facility_id} {self.wave_id}"


class Reminder(models.Model):
    """A facility was reminded of a week, once a rank (1, 2…); who wrote it, and by which message."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="reminders")
    week = models.CharField("semaine", max_length=8)
    rank = models.PositiveSmallIntegerField("rang", default=1)
    recipients = models.PositiveSmallIntegerField("destinataires")
    sent_by = models.CharField("envoyée par", max_length=80)
    sent_at = models.DateTimeField("envoyée le")

    class Meta:
        verbose_name = "relance"
        constraints = [
            models.UniqueConstraint(fields=["facility", "week", "rank"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.week}"


class Mailing(models.Model):
    """When reminders and digests leave by themselves: a day of each week, a clock in Paris, the last day it was done."""

    class Kind(models.TextChoices):
        """What is written."""

        REMINDER = "reminder", "relance des établissements"
        DIGEST = "digest", "point hebdomadaire des agences"

    kind = models.CharField("courriel", max_length=8, choices=Kind)
    weekday = models.PositiveSmallIntegerField("jour (1 : lundi)")
    clock = models.TimeField("heure de Paris")
    done_on = models.DateField("fait le", null=True, blank=True)

    class Meta:
        verbose_name = "envoi automatique"
        verbose_name_plural = "envois automatiques"
        constraints = [
            models.UniqueConstraint(fields=["kind", "weekday"], name="mailing_once_a_day"),
            models.CheckConstraint(
                name="mailing_weekday",
                condition=Q(weekday__gte=1) & Q(weekday__lte=7),
                violation_error_message="Un jour va de 1 (lundi) à 7 (dimanche).",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.weekday}"


class RollUp(models.Model):
    """
    The statements of one week and family, added up in one cell: a department's part of a territory.

    Cells add up to departments, territories, regions and the country. `territory` is null where none serves
    the facilities. `facilities` have a need (a `Target`) and were open; `asked` of them are enrolled; `declared` of them have a current
    statement; `stock`, `consumption`, `need` are theirs, `told_need` that of those who told their consumption. `alert`, `watch`, `covered` count them by cover, `empty` those with none
    at all (also in alert). `questioned` counts confirmed lines. Rebuilt set-wise, proven equal to its rows.
    """

    week = models.CharField("semaine", max_length=8)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+", db_index=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    territory = models.ForeignKey(
        Territory, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    facilities = models.IntegerField("établissements")
    asked = models.IntegerField("enrôlés")
    declared = models.IntegerField("ont déclaré")
    stock = models.BigIntegerField("stock")
    consumption = models.BigIntegerField("consommation")
    need = models.BigIntegerField("besoin de crise")
    told_need = models.BigIntegerField(
        "besoin de ceux qui disent leur consommation", default=0, db_default=0
    )
    alert = models.IntegerField("en alerte")
    watch = models.IntegerField("à surveiller")
    covered = models.IntegerField("couverts")
    empty = models.IntegerField("sans stock")
    questioned = models.IntegerField("confirmés")

    class Meta:
        verbose_name = "cumul de couverture"
        constraints = [
            models.UniqueConstraint(
                fields=["week", "family", "department", "territory"],
                nulls_distinct=False,
                name="roll_up_once",
            ),
        ]
        indexes = [models.Index(fields=["region", "week"], name="roll_up_by_region")]

    def __str__(self) -> str:
        return f"{self.week} {self.family_id} {self.department_id}"


class RollUpState(models.Model):
    """
    When a week’s roll-ups were built, and since when something said later is not in them (none: nothing).

    `taken_at` is when somebody began to build them again; a build that died leaves it, and the next one sees it.
    """

    week = models.CharField("semaine", primary_key=True, max_length=8)
    built_at = models.DateTimeField("calculé le", null=True, blank=True)
    stale_since = models.DateTimeField("à refaire depuis", null=True, blank=True)
    taken_at = models.DateTimeField("en cours depuis", null=True, blank=True)

    class Meta:
        verbose_name = "état des cumuls"

    def __str__(self) -> str:
        return self.week


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Gift(models.Model):
    """
    Units that another than the State says it gave a facility (row E7): a region, a department, a prefecture, a profession.

    A statement, not a movement of the State's ledger. `donor` is the perimeter of the donor's profile (`region:76`). Withdrawn, it stays and counts no more.
    """

    key = models.CharField("clé", max_length=60, unique=True)
    donor = models.CharField("donateur", max_length=60)
    donor_name = models.CharField("nom du donateur", max_length=120)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="gifts")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    given_on = models.DateField("donné le")
    words = models.CharField("précisions", max_length=300, blank=True)
    by = models.CharField("déclaré par", max_length=80)
    at = models.DateTimeField("déclaré le")
    withdrawn_by = models.CharField("retiré par", max_length=80, blank=True)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "don déclaré"
        constraints = [
            models.CheckConstraint(name="gift_gives", condition=Q(units__gt=0)),
        ]
        indexes = [
            models.Index(fields=["facility", "given_on"], name="gift_by_facility"),
            models.Index(fields=["donor", "given_on"], name="gift_by_donor"),
        ]

    def __str__(self) -> str:
        return f"{self.donor} → {self.facility_id}"
