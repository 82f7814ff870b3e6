"""The regions' own stock: supplies and their rest, lots and their plans, receivers, what was issued and why."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.facilities.models import Department, Facility, Region, Territory
from distrilog.domain.stock.models import Lot, Owner, Place


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Supply(models.Model):
    """
    Units that a region is given, buys or finds (rows E1, E2): delivered + pending = ordered. What arrived is in the ledger; `arrived` is its copy.

    `quality` is what is known of the goods: only accepted ones arrive as usable, doubtful ones in quarantine. `owner` becomes theirs on arrival.
    """

    class Kind(models.TextChoices):
        """How it came."""

        DONATION = "donation", "don"
        PURCHASE = "purchase", "achat"
        FOUND = "found", "stock recensé"

    class Quality(models.TextChoices):
        """What is known of it."""

        UNCHECKED = "unchecked", "à contrôler"
        ACCEPTED = "accepted", "conforme"
        REFUSED = "refused", "non conforme"

    reference = models.CharField("référence", max_length=40, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="supplies")
    kind = models.CharField("nature", max_length=8, choices=Kind)
    donor = models.CharField("donateur ou fournisseur", max_length=120)
    article = models.ForeignKey(Article, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités commandées ou promises")
    arrived = models.BigIntegerField("unités arrivées", default=0)
    quality = models.CharField("qualité", max_length=9, choices=Quality, default=Quality.UNCHECKED)
    quality_words = models.CharField("contrôle", max_length=300, blank=True)
    expected_on = models.DateField("attendu le", null=True, blank=True)
    cancelled_at = models.DateTimeField("reste annulé le", null=True, blank=True)
    made_by = models.CharField("saisi par", max_length=80)
    made_at = models.DateTimeField("saisi le")

    class Meta:
        verbose_name = "apport régional"
        constraints = [
            models.CheckConstraint(
                name="supply_arrives_within",
                condition=Q(units__gt=0, arrived__gte=0, arrived__lte=F("units")),
                violation_error_message="Il arrive plus que ce qui était commandé.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def pending(self) -> int:
        """Units still to come: none once the rest is cancelled."""
        return 0 if self.cancelled_at else self.units - self.arrived


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class LotPlan(models.Model):
    """What a region does with units of a family that lie at a place: its parts add up to `units` (row E5). Decided, they are promised."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "brouillon"
        DECIDED = "decided", "décidé"
        DONE = "done", "exécuté"
        ABANDONED = "abandoned", "abandonné"

    reference = models.CharField("référence", max_length=40, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="lot_plans")
    title = models.CharField("intitulé", max_length=160)
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    state = models.CharField("état", max_length=9, choices=State, default=State.DRAFT)
    made_by = models.CharField("préparé par", max_length=80)
    made_at = models.DateTimeField("préparé le")
    decided_by = models.CharField("décidé par", max_length=80, blank=True)
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)

    class Meta:
        verbose_name = "plan de répartition d’un lot"
        constraints = [
            models.CheckConstraint(name="lot_plan_gives", condition=Q(units__gt=0)),
        ]

    def __str__(self) -> str:
        return self.reference


class LotPart(models.Model):
    """
    One purpose of a lot plan, in units; its shares add up to it.

    `owner` is whose the units become: the agency's still, or a delegation's that keeps them at the platform (`reserve`, row C10).
    """

    class Purpose(models.TextChoices):
        """What it is for (the words of 004)."""

        COMPENSATION = "compensation", "compensation des plateformes"
        REINFORCEMENT = "reinforcement", "renfort des dotations"
        PROGRAMME = "programme", "programme dédié"
        RESERVE = "reserve", "stock d’urgence des délégations"
        DIRECT = "direct", "livraison directe"
        KEPT = "kept", "gardé en stock régional"

    plan = models.ForeignKey(LotPlan, models.CASCADE, related_name="parts")
    purpose = models.CharField("destination", max_length=14, choices=Purpose)
    words = models.CharField("précisions", max_length=300, blank=True)
    units = models.BigIntegerField("unités")

    class Meta:
        verbose_name = "part d’un lot"
        constraints = [models.CheckConstraint(name="lot_part_gives", condition=Q(units__gt=0))]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.purpose}"


class Receiver(models.Model):
    """
    Somebody served directly who is in no register (row E6): a consultation centre, laboratories through their union, a profession’s council.

    `sites` is how many it stands for.
    """

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("nom", max_length=160)
    region = models.ForeignKey(Region, models.PROTECT, related_name="receivers")
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="receivers", null=True, blank=True
    )
    kind = models.CharField("nature", max_length=80)
    sites = models.PositiveIntegerField("nombre de sites", default=1)

    class Meta:
        verbose_name = "destinataire direct"

    def __str__(self) -> str:
        return self.name


class LotShare(models.Model):
    """What a part gives one platform’s territory, facility or receiver: exactly one of them. Units, whole boxes but for the last."""

    part = models.ForeignKey(LotPart, models.CASCADE, related_name="shares")
    territory = models.ForeignKey(
        Territory, models.PROTECT, related_name="+", null=True, blank=True
    )
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", null=True, blank=True)
    receiver = models.ForeignKey(
        Receiver, models.PROTECT, related_name="shares", null=True, blank=True
    )
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    done_by = models.CharField("exécuté par", max_length=80, blank=True)
    done_at = models.DateTimeField("exécuté le", null=True, blank=True)

    class Meta:
        verbose_name = "part d’un destinataire"
        constraints = [
            models.CheckConstraint(name="lot_share_gives", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="lot_share_for_one",
                condition=Q(territory__isnull=False, facility__isnull=True, receiver__isnull=True)
                | Q(territory__isnull=True, facility__isnull=False, receiver__isnull=True)
                | Q(territory__isnull=True, facility__isnull=True, receiver__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} {self.units}"


class Issue(models.Model):
    """Units that left a regional or delegation's stock for a facility or a receiver: once a key, with its motive (rows E3, E6, C10). Final."""

    class Kind(models.TextChoices):
        """By what word."""

        URGENT = "urgent", "urgence non couverte"
        RELEASE = "release", "déstockage par la délégation"
        DIRECT = "direct", "livraison directe"
        PLANNED = "planned", "plan de répartition"

    key = models.CharField("clé", max_length=60, unique=True)
    kind = models.CharField("nature", max_length=8, choices=Kind)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="issues")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.BigIntegerField("unités")
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="regional_issues", null=True, blank=True
    )
    receiver = models.ForeignKey(
        Receiver, models.PROTECT, related_name="issues", null=True, blank=True
    )
    share = models.ForeignKey(
        LotShare, models.PROTECT, related_name="issues", null=True, blank=True
    )
    motive = models.CharField("motif", max_length=300)
    outbreak_on = models.DateField("foyer signalé le", null=True, blank=True)
    lots = models.ManyToManyField(Lot, related_name="+", blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "sortie de stock régional"
        constraints = [
            models.CheckConstraint(name="issue_gives", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="issue_for_one",
                condition=Q(facility__isnull=False, receiver__isnull=True)
                | Q(facility__isnull=True, receiver__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key
