"""The register: where each beneficiary is, what it is, who serves it."""

from datetime import date
from typing import Self

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from distrilog.kernel.scopes import Scope, ScopeKind


class Zone(models.Model):
    """
    A part of the country with its own source, lead time and calendar: the mainland, each overseas land.

    Overseas is data, not code (rows A14 and H7 of the mission).
    """

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=80)
    time_zone = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")
    overseas = models.BooleanField("outre-mer", default=False)
    lead_time_days = models.PositiveSmallIntegerField("délai de livraison (jours)", default=3)
    closed_days = models.JSONField(
        "jours fermés",
        default=list,
        blank=True,
        help_text="MM-JJ, ceux qui reviennent chaque année",
    )

    class Meta:
        verbose_name = "zone d’approvisionnement"
        verbose_name_plural = "zones d’approvisionnement"

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    """A region: the perimeter of one ARS. INSEE code."""

    code = models.CharField(primary_key=True, max_length=3)
    name = models.CharField("nom", max_length=80)

    class Meta:
        verbose_name = "région"

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department. INSEE code (`01`, `2A`, `971`)."""

    code = models.CharField(primary_key=True, max_length=3)
    name = models.CharField("nom", max_length=80)
    region = models.ForeignKey(Region, models.PROTECT, related_name="departments")
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="departments")

    class Meta:
        verbose_name = "département"

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A facility's kind in the national register; `group` is what doctrines read."""

    class Group(models.TextChoices):
        """The groups of categories that the texts speak of."""

        HOSPITAL = "hospital", "établissement de santé"
        HOME_HOSPITAL = "home_hospital", "hospitalisation à domicile"
        NURSING_HOME = "nursing_home", "établissement pour personnes âgées"
        DISABILITY_HOME = "disability_home", "établissement pour personnes handicapées"
        SHELTER = "shelter", "hébergement, LHSS, LAM"
        COVID_SITE = "covid_site", "site temporaire COVID"
        HOME_CARE = "home_care", "service d’aide ou de soins à domicile"
        AMBULANCE = "ambulance", "transporteur sanitaire"
        FIRE = "fire", "service d’incendie et de secours"
        LABORATORY = "laboratory", "laboratoire"
        PHARMACY = "pharmacy", "officine"
        OTHER = "other", "autre"

    code = models.CharField(primary_key=True, max_length=8)
    name = models.CharField("nom", max_length=160)
    group = models.CharField("groupe", max_length=16, choices=Group)

    class Meta:
        verbose_name = "catégorie"

    def __str__(self) -> str:
        return self.name


class Territory(models.Model):
    """What one platform serves: a GHT, or AP-HP."""

    code = models.CharField(primary_key=True, max_length=12)
    name = models.CharField("nom", max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="territories")
    platform = models.ForeignKey(
        "Facility", models.PROTECT, related_name="platform_of", null=True, blank=True
    )

    class Meta:
        verbose_name = "territoire"

    def __str__(self) -> str:
        return self.name


class FacilityQuerySet(models.QuerySet["Facility"]):
    """Words for lists of facilities."""

    def open_on(self, day: date) -> Self:
        """Keep those open on a day: opened, and not closed yet."""
        return self.filter(
            Q(opened_on__isnull=True) | Q(opened_on__lte=day),
            Q(closed_on__isnull=True) | Q(closed_on__gt=day),
        )

    def within(self, scope: Scope) -> Self:
        """Keep those in a scope; a scope of nothing keeps nothing."""
        match scope.kind:
            case ScopeKind.COUNTRY:
                return self
            case ScopeKind.REGION:
                return self.filter(department__region_id=scope.code)
            case ScopeKind.DEPARTMENT:
                return self.filter(department_id=scope.code)
            case ScopeKind.TERRITORY:
                return self.filter(
                    attachments__territory_id=scope.code, attachments__period__upper_inf=True
                )
            case ScopeKind.FACILITY:
                return self.filter(registry=scope.code)
            case ScopeKind.NOTHING:
                return self.none()


class Facility(models.Model):
    """
    A beneficiary, known once under its registry number.

    Beds, places and staff are rows of their own (`Capacity`, `Staff`); the territory is a dated
    `Attachment`. There is no "active" flag: dates say it.
    """

    class Route(models.TextChoices):
        """Who serves it: data, not code. A change applies to the next order only."""

        SPF = "spf", "Santé publique France"
        OPERATOR = "operator", "opérateur logistique"
        OVERSEAS = "overseas", "stock zonal outre-mer"

    class Status(models.TextChoices):
        """Legal status, as the hospital statistics code it."""

        PUBLIC = "public", "public"
        NON_PROFIT = "non_profit", "privé non lucratif"
        PRIVATE = "private", "privé"

    registry = models.CharField("numéro", max_length=20, unique=True)
    name = models.CharField("nom", max_length=160)
    category = models.ForeignKey(Category, models.PROTECT, related_name="facilities")
    department = models.ForeignKey(Department, models.PROTECT, related_name="facilities")
    commune_code = models.CharField("code commune", max_length=5, blank=True)
    commune = models.CharField("commune", max_length=80, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    legal_entity = models.CharField("entité juridique", max_length=20, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    status = models.CharField("statut", max_length=12, choices=Status, default=Status.PRIVATE)
    route = models.CharField(
        "circuit de livraison", max_length=12, choices=Route, default=Route.OPERATOR
    )
    opened_on = models.DateField("ouvert le", null=True, blank=True)
    closed_on = models.DateField("fermé le", null=True, blank=True)
    fictitious = models.BooleanField("fictif", default=False)
    origin = models.CharField("origine", max_length=40, blank=True)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        constraints = [
            models.CheckConstraint(
                name="facility_closes_after_opening",
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                violation_error_message="La fermeture précède l’ouverture.",
            ),
        ]
        indexes = [
            models.Index(fields=["department", "registry"], name="facility_by_department"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="facility_name_words"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.registry})"

    @property
    def main_address_label(self) -> str:
        """How the facility is named where space is short."""
        return f"{self.name}, {self.commune}" if self.commune else self.name


class Capacity(models.Model):
    """Beds or places of a facility for one activity. One row an activity; no row means none."""

    class Activity(models.TextChoices):
        """Activities as the texts and the hospital statistics name them."""

        ACUTE = "acute", "médecine, chirurgie, obstétrique"
        REHABILITATION = "rehabilitation", "soins de suite"
        PSYCHIATRY = "psychiatry", "psychiatrie"
        LONG_STAY = "long_stay", "soins de longue durée"
        INTENSIVE = "intensive", "soins critiques"
        EMERGENCY = "emergency", "urgences"
        HOME = "home", "hospitalisation à domicile"
        PLACES = "places", "places"

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="capacities")
    activity = models.CharField("activité", max_length=16, choices=Activity)
    places = models.PositiveIntegerField("lits ou places")

    class Meta:
        verbose_name = "capacité"
        constraints = [
            models.UniqueConstraint(fields=["facility", "activity"], name="capacity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.places}"


class Staff(models.Model):
    """Full-time equivalents of a facility in one role, rounded to whole persons."""

    class Role(models.TextChoices):
        """Roles that doctrines count."""

        PHYSICIAN = "physician", "médecins"
        CAREGIVER = "caregiver", "soignants"
        HOME_CARER = "home_carer", "professionnels du domicile"
        CREW = "crew", "équipages"
        TECHNICIAN = "technician", "techniciens de laboratoire"
        CLEANER = "cleaner", "agents de service"
        OTHER = "other", "autres personnels"

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="staff")
    role = models.CharField("rôle", max_length=12, choices=Role)
    headcount = models.PositiveIntegerField("effectif (ETP)")

    class Meta:
        verbose_name = "effectif"
        constraints = [models.UniqueConstraint(fields=["facility", "role"], name="staff_once")]

    def __str__(self) -> str:
        return f"{self.role}: {self.headcount}"


class Attachment(models.Model):
    """The territory, and so the platform, that serves a facility over a period. Never two at once."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="attachments")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="attachments")
    period = DateRangeField("période")
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "rattachement"
        constraints = [
            ExclusionConstraint(
                name="attachment_one_at_a_time",
                expressions=[
                    (
                        Func(
                            F("facility_id"),
                            F("facility_id"),
                            function="int8range",
                            template="int8range(%(expressions)s, '[]')",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Cet établissement est déjà rattaché à un territoire sur cette période.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id} → {self.territory_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Referent(models.Model):
    """
    A logistics contact and who it is for (row A4), over a period: one platform, one region, one department’s ambulances, or some facilities.

    A contact shared by several homes is one row with several `facilities`. One contact at a time for each platform, agency and department.
    """

    class Kind(models.TextChoices):
        """For whom they answer."""

        PLATFORM = "platform", "coordonnateur logistique de plateforme"
        AGENCY = "agency", "référent de l’ARS"
        AMBULANCES = "ambulances", "interlocuteur des transporteurs sanitaires"
        FACILITY = "facility", "interlocuteur d’établissement"

    kind = models.CharField("nature", max_length=10, choices=Kind)
    name = models.CharField("nom", max_length=120)
    email = models.EmailField("adresse électronique", blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    territory = models.ForeignKey(
        Territory, models.PROTECT, related_name="referents", null=True, blank=True
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="referents", null=True, blank=True
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="referents", null=True, blank=True
    )
    facilities = models.ManyToManyField(Facility, related_name="referents", blank=True)
    starts_on = models.DateField("depuis le")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    by = models.CharField("désigné par", max_length=80)

    class Meta:
        verbose_name = "référent"
        constraints = [
            models.CheckConstraint(
                name="referent_answers_for_its_kind",
                condition=Q(
                    kind="platform",
                    territory__isnull=False,
                    region__isnull=True,
                    department__isnull=True,
                )
                | Q(
                    kind="agency",
                    territory__isnull=True,
                    region__isnull=False,
                    department__isnull=True,
                )
                | Q(
                    kind="ambulances",
                    territory__isnull=True,
                    region__isnull=True,
                    department__isnull=False,
                )
                | Q(
                    kind="facility",
                    territory__isnull=True,
                    region__isnull=True,
                    department__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                fields=["territory"],
                condition=Q(ends_on__isnull=True),
                name="referent_one_a_platform",
            ),
            models.UniqueConstraint(
                fields=["region"], condition=Q(ends_on__isnull=True), name="referent_one_an_agency"
            ),
            models.UniqueConstraint(
                fields=["department"],
                condition=Q(ends_on__isnull=True),
                name="referent_one_for_ambulances",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Circuit(models.Model):
    """
    Through which chain a category is served, from a date (004, note 1); what no row names is served by its platform.

    `category` empty means the whole group; `family` empty all of them. A category may have two circuits at once (radiology), one of
    which `counts` its need: the others complete it and count nothing, so a beneficiary of two is counted once.
    """

    class Chain(models.TextChoices):
        """The chains."""

        PLATFORM = "platform", "établissement support"
        PHARMACY = "pharmacy", "officine"
        PROGRAMME = "programme", "programme dédié"
        PORTAL = "portal", "commande sur le portail"
        NONE = "none", "plus servi par l’État"

    group = models.CharField("groupe", max_length=16, choices=Category.Group)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="circuits", null=True, blank=True
    )
    family = models.CharField("famille", max_length=30, blank=True, default="")
    chain = models.CharField("circuit", max_length=10, choices=Chain)
    counts = models.BooleanField("compte le besoin", default=True)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    source = models.CharField("texte", max_length=300)
    by = models.CharField("décidé par", max_length=80)

    class Meta:
        verbose_name = "circuit"
        constraints = [
            models.CheckConstraint(
                name="circuit_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.UniqueConstraint(
                fields=["group", "category", "family", "starts_on"],
                condition=Q(counts=True),
                nulls_distinct=False,
                name="circuit_counts_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.chain}"


class Address(models.Model):
    """
    A registered delivery address of a facility; orders go nowhere else.

    A facility may also choose its platform's main address: that row belongs to the platform.
    """

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="addresses")
    label = models.CharField("libellé", max_length=80, default="Adresse principale")
    street = models.CharField("voie", max_length=160, blank=True)
    postcode = models.CharField("code postal", max_length=5)
    city = models.CharField("ville", max_length=80)
    main = models.BooleanField("principale", default=True)
    opening_hours = models.CharField("horaires de réception", max_length=160, blank=True)
    contact = models.CharField("contact réception", max_length=120, blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)

    class Meta:
        verbose_name = "adresse de livraison"
        constraints = [
            models.UniqueConstraint(
                fields=["facility"], condition=Q(main=True), name="address_one_main"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, {self.postcode} {self.city}"


class FacilityImport(models.Model):
    """
    One file offered to the register: what it would change, and whether it did.

    A delta that closes more than one facility in a hundred, or lacks a department, waits here until
    another person signs it. `delta` holds the lines to apply and is emptied once applied.
    """

    class State(models.TextChoices):
        """Where the import stands."""

        WAITING = "waiting", "en attente de signature"
        APPLIED = "applied", "appliqué"
        REFUSED = "refused", "refusé"

    file_name = models.CharField("fichier", max_length=200)
    digest = models.CharField("empreinte", max_length=64)
    layout = models.CharField("format", max_length=30)
    state = models.CharField("état", max_length=10, choices=State)
    added = models.PositiveIntegerField("ajouts", default=0)
    changed = models.PositiveIntegerField("modifications", default=0)
    closed = models.PositiveIntegerField("fermetures", default=0)
    reasons = models.JSONField("raisons d’attente", default=list, blank=True)
    delta = models.JSONField("changements", default=list, blank=True)
    imported_by = models.CharField("importé par", max_length=80)
    imported_at = models.DateTimeField("importé le")
    signed_by = models.CharField("signé par", max_length=80, blank=True)
    signed_at = models.DateTimeField("signé le", null=True, blank=True)

    class Meta:
        verbose_name = "import du répertoire"

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"
