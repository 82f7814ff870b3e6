"""Who executes an order, what was despatched of it, what arrived, what was said about it, and outages."""

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.orders.models import Order
from distrilog.domain.shipping import rules
from distrilog.domain.stock.models import Lot, Place


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old))
class Fulfilment(models.Model):
    """
    An order in the hands of its executor.

    `assignment` counts how often it was given to somebody: whoever holds an older number must not ship it.
    `exhausted`: nothing more comes under this assignment; what is still to come is given again, under the next.
    `by_platform`: during an outage it is collected at the platform of its territory.
    """

    class State(models.TextChoices):
        """How far it is, as of its lines (`rules.state_of`)."""

        WAITING = rules.State.WAITING.value, "transmise"
        CONFIRMED = rules.State.CONFIRMED.value, "confirmée"
        PARTLY = rules.State.PARTLY.value, "expédiée en partie"
        DESPATCHED = rules.State.DESPATCHED.value, "expédiée"
        DELIVERED = rules.State.DELIVERED.value, "livrée"
        RECEIVED = rules.State.RECEIVED.value, "reçue"
        GIVEN_UP = rules.State.GIVEN_UP.value, "non servie"

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="fulfilment")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    assignment = models.PositiveSmallIntegerField("attribution", default=1)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    by_platform = models.BooleanField("par l’établissement support", default=False)
    exhausted = models.BooleanField("attribution épuisée", default=False, db_default=False)
    despatch_on = models.DateField("expédition prévue le", null=True, blank=True)
    handed_at = models.DateTimeField("transmise le")
    answered_at = models.DateTimeField("réponse le", null=True, blank=True)

    class Meta:
        verbose_name = "exécution de commande"
        indexes = [
            models.Index(
                fields=["place", "order"],
                name="fulfilment_open_by_place",
                condition=Q(state__in=["waiting", "confirmed", "partly"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"


class FulfilmentLine(models.Model):
    """
    One family of an order: what was asked, and how far it is. Units.

    What is despatched is delivered, or `failed` (lost, refused, sent back); what is delivered is received
    or disputed. What is neither despatched nor withdrawn is still to come.
    """

    fulfilment = models.ForeignKey(Fulfilment, models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField("rang")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    asked = models.PositiveIntegerField("demandé")
    confirmed = models.PositiveIntegerField("confirmé", null=True, blank=True)
    withdrawn = models.PositiveIntegerField("retiré", default=0)
    despatched = models.PositiveIntegerField("expédié", default=0)
    failed = models.PositiveIntegerField("non remis", default=0)
    delivered = models.PositiveIntegerField("livré", default=0)
    disputed = models.PositiveIntegerField("en litige", default=0)
    received = models.PositiveIntegerField("reçu", default=0)
    short_reason = models.CharField("motif du manque", max_length=200, blank=True)

    class Meta:
        verbose_name = "ligne d’exécution"
        constraints = [
            models.UniqueConstraint(
                fields=["fulfilment", "family"], name="fulfilment_line_once_a_family"
            ),
            models.CheckConstraint(
                name="line_ships_within", condition=Q(asked__gte=F("despatched") + F("withdrawn"))
            ),
            models.CheckConstraint(
                name="line_delivers_within",
                condition=Q(despatched__gte=F("delivered") + F("failed")),
            ),
            models.CheckConstraint(
                name="line_receives_within",
                condition=Q(delivered__gte=F("received") + F("disputed")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.asked}"

    @property
    def to_come(self) -> int:
        """Units still to be despatched."""
        return self.asked - self.withdrawn - self.despatched


class Despatch(models.Model):
    """Parcels that left together for one order. `digest` tells the same message sent twice from another one."""

    reference = models.CharField("référence", max_length=40, unique=True)
    fulfilment = models.ForeignKey(Fulfilment, models.PROTECT, related_name="despatches")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    assignment = models.PositiveSmallIntegerField("attribution")
    carrier = models.CharField("transporteur", max_length=60, blank=True)
    packed_at = models.DateTimeField("préparée le")
    expected_on = models.DateField("attendue le", null=True, blank=True)
    digest = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "expédition"

    def __str__(self) -> str:
        return self.reference


class Parcel(models.Model):
    """A carton or pallet under its SSCC; `tracking` is the carrier's number where it has one."""

    class State(models.TextChoices):
        """What became of it."""

        IN_TRANSIT = rules.ParcelState.IN_TRANSIT.value, "en route"
        DELIVERED = rules.ParcelState.DELIVERED.value, "livré"
        REFUSED = rules.ParcelState.REFUSED.value, "refusé"
        LOST = rules.ParcelState.LOST.value, "perdu"
        RETURNED = rules.ParcelState.RETURNED.value, "retourné"

    sscc = models.CharField("SSCC", max_length=18, unique=True)
    despatch = models.ForeignKey(Despatch, models.PROTECT, related_name="parcels")
    tracking = models.CharField("numéro de suivi", max_length=20, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.IN_TRANSIT)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    reason = models.CharField("motif", max_length=200, blank=True)
    looked_at = models.DateTimeField("suivi consulté le", null=True, blank=True)

    class Meta:
        verbose_name = "colis"
        indexes = [
            models.Index(
                fields=["looked_at"],
                name="parcel_to_track",
                condition=Q(state="in_transit") & ~Q(tracking=""),
            ),
        ]

    def __str__(self) -> str:
        return self.sscc


class Content(models.Model):
    """Units of a lot in a parcel, for a line. `substitute`: another article of the family than the one proposed."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="contents")
    line = models.ForeignKey(FulfilmentLine, models.PROTECT, related_name="contents")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    units = models.PositiveIntegerField("unités")
    substitute = models.BooleanField("substitution", default=False)

    class Meta:
        verbose_name = "contenu de colis"
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line", "lot"], name="content_once"),
            models.CheckConstraint(name="content_holds_something", condition=Q(units__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.units}"


class TrackingEvent(models.Model):
    """What the carrier says of a parcel. `status` is ours (`rules.TrackingStatus`), `code` and `label` are its own."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="events")
    code = models.CharField("code", max_length=10)
    status = models.CharField("état", max_length=20, blank=True)
    label = models.CharField("libellé", max_length=300)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "événement de suivi"
        constraints = [
            models.UniqueConstraint(fields=["parcel", "code", "at"], name="tracking_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.at}"


class Receipt(models.Model):
    """What the facility says it received of a despatch; assumed as despatched when it says nothing in time."""

    class How(models.TextChoices):
        """Who said so."""

        RECORDED = "recorded", "déclarée par l’établissement"
        ASSUMED = "assumed", "réputée conforme, sans réponse"

    despatch = models.OneToOneField(Despatch, models.PROTECT, related_name="receipt")
    how = models.CharField("origine", max_length=10, choices=How)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "réception"

    def __str__(self) -> str:
        return f"{self.despatch_id} {self.how}"


class Remark(models.Model):
    """The free text and photo of a receipt: apart, where they can be erased without touching what was counted."""

    receipt = models.OneToOneField(Receipt, models.CASCADE, related_name="remark")
    text = models.CharField("remarque", max_length=1000, blank=True)
    photo = models.BinaryField("photo", null=True, blank=True)
    erased_at = models.DateTimeField("effacée le", null=True, blank=True)

    class Meta:
        verbose_name = "remarque de réception"

    def __str__(self) -> str:
        return str(self.receipt_id)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Claim(models.Model):
    """
    A difference between what was despatched and what arrived, which somebody owns until it is settled.

    `owner` is the role that must answer (the executor's); `lot` is empty for what nobody announced.
    """

    class Kind(models.TextChoices):
        """What is wrong."""

        MISSING = rules.Difference.MISSING.value, "manquant"
        DAMAGED = rules.Difference.DAMAGED.value, "abîmé"
        REFUSED = rules.Difference.REFUSED.value, "refusé"
        WRONG = rules.Difference.WRONG.value, "autre article"
        EXTRA = rules.Difference.EXTRA.value, "en trop"
        LOST = rules.Difference.LOST.value, "colis perdu"

    class Outcome(models.TextChoices):
        """How it ended."""

        FOUND = rules.Outcome.FOUND.value, "retrouvé, reçu"
        WRITTEN_OFF = rules.Outcome.WRITTEN_OFF.value, "perdu, sorti des comptes"
        SENT_BACK = rules.Outcome.SENT_BACK.value, "retourné au stock, en quarantaine"
        KEPT = rules.Outcome.KEPT.value, "gardé par l’établissement"

    despatch = models.ForeignKey(Despatch, models.PROTECT, related_name="claims")
    parcel = models.ForeignKey(Parcel, models.PROTECT, null=True, blank=True, related_name="claims")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    units = models.PositiveIntegerField("unités")
    owner = models.CharField("à traiter par", max_length=20)
    due_on = models.DateField("à traiter avant le")
    opened_by = models.CharField("ouverte par", max_length=80)
    opened_at = models.DateTimeField("ouverte le")
    outcome = models.CharField("issue", max_length=12, choices=Outcome, blank=True)
    settled_by = models.CharField("close par", max_length=80, blank=True)
    settled_at = models.DateTimeField("close le", null=True, blank=True)
    reason = models.CharField("motif", max_length=300, blank=True)

    class Meta:
        verbose_name = "réclamation"
        constraints = [
            models.CheckConstraint(
                name="claim_settled_with_an_outcome",
                condition=Q(outcome="", settled_at__isnull=True)
                | (~Q(outcome="") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], name="claim_open", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.units}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Outage(models.Model):
    """
    A partner that does not answer, declared by somebody: its open orders go to the SPF and platform chain, and back.

    `moved`, `waiting`, `returned` are orders; `moved_at` is when the last one that could move had moved.
    """

    class Partner(models.TextChoices):
        """Who is away."""

        OPERATOR = "operator", "opérateur logistique"
        PORTAL = "portal", "portail"

    partner = models.CharField("partenaire", max_length=10, choices=Partner)
    drill = models.BooleanField("exercice", default=False)
    reason = models.CharField("motif", max_length=500)
    declared_by = models.CharField("déclarée par", max_length=80)
    declared_at = models.DateTimeField("déclarée le")
    ended_by = models.CharField("levée par", max_length=80, blank=True)
    ended_at = models.DateTimeField("levée le", null=True, blank=True)
    moved = models.PositiveIntegerField("commandes déplacées", default=0)
    waiting = models.PositiveIntegerField("commandes en attente de stock", default=0)
    returned = models.PositiveIntegerField("commandes rendues", default=0)
    moved_at = models.DateTimeField("déplacées le", null=True, blank=True)
    returned_at = models.DateTimeField("rendues le", null=True, blank=True)

    class Meta:
        verbose_name = "panne déclarée"
        constraints = [
            models.UniqueConstraint(
                fields=["partner"], condition=Q(ended_at__isnull=True), name="outage_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.declared_at}"
