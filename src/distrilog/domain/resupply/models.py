"""Requests for urgent help, what each source gives to them, the clocks, and loans between facilities."""

from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders.models import Order
from distrilog.domain.resupply import rules
from distrilog.domain.stock.models import Lot, Place
from distrilog.kernel.scopes import Scope


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Lender(models.Model):
    """
    A facility that agreed to be asked by its neighbours. It still says yes or no to each loan.

    `families` empty: all. `ended_at`: it no longer wants to be asked.
    """

    facility = models.OneToOneField(
        Facility, models.CASCADE, primary_key=True, related_name="lender"
    )
    families = models.JSONField("familles", default=list, blank=True)
    kilometres = models.PositiveSmallIntegerField("rayon (km)", default=50)
    contact = models.CharField("contact", max_length=160, blank=True)
    agreed_by = models.CharField("accord de", max_length=80)
    agreed_at = models.DateTimeField("accord le")
    ended_at = models.DateTimeField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "établissement prêteur"

    def __str__(self) -> str:
        return str(self.facility_id)


class RequestQuerySet(models.QuerySet["Request"]):
    """Words for requests."""

    def within(self, scope: Scope) -> Self:
        """Keep the requests of facilities in a scope."""
        return self.filter(facility__in=Facility.objects.within(scope))

    def open(self) -> Self:
        """Keep those somebody still has to do something about."""
        return self.filter(state__in=[Request.State.ASKED, Request.State.UNDER_WAY])


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Request(models.Model):
    """
    A facility's request for urgent help. `procedure` is that of the day it was made (`rules.PROCEDURES`).

    `key` makes a second sending harmless. `words` hold no name of a patient.
    """

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", "à décider"
        UNDER_WAY = "under_way", "en cours"
        CLOSED = "closed", "soldée"
        REFUSED = "refused", "refusée"
        CANCELLED = "cancelled", "retirée"

    reference = models.CharField("référence", max_length=40, unique=True)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="resupply_requests")
    key = models.UUIDField("clé", null=True, blank=True, unique=True)
    procedure = models.CharField("procédure", max_length=10)
    urgency = models.CharField(
        "urgence", max_length=6, choices=[(u.value, n) for u, n in rules.URGENCY_NAMES.items()]
    )
    state = models.CharField("état", max_length=10, choices=State, default=State.ASKED)
    words = models.CharField("situation", max_length=500)
    contact = models.CharField("contact", max_length=160, blank=True)
    answer = models.CharField("réponse", max_length=500, blank=True)
    asked_by = models.CharField("demandée par", max_length=80)
    asked_at = models.DateTimeField("demandée le")
    decided_by = models.CharField("décidée par", max_length=80, blank=True)
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    closed_at = models.DateTimeField("soldée le", null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de dépannage"
        indexes = [
            models.Index(
                fields=["facility", "asked_at"],
                name="request_open",
                condition=Q(state__in=["asked", "under_way"]),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RequestLine(models.Model):
    """One family of a request, in units; `stock` and `need` are what its last declaration said then (None: silent)."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="lines")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    units = models.PositiveIntegerField("demandé")
    box_units = models.PositiveIntegerField("unités par boîte")
    stock = models.BigIntegerField("stock déclaré", null=True, blank=True)
    need = models.BigIntegerField("besoin de crise", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de demande"
        constraints = [
            models.UniqueConstraint(fields=["request", "family"], name="request_line_once"),
            models.CheckConstraint(
                name="request_line_whole_boxes",
                condition=Q(units__gt=0) & Q(box_units__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} × {self.units}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Part(models.Model):
    """
    What one source gives to one line, and how far it is. A neighbour gives nothing it has not said yes to.

    `place` is the department's store; `order` what carries the pot's and the State's; a neighbour's is carried by its `Loan`.
    `metres` is how far the giver is. Units.
    """

    class State(models.TextChoices):
        """How far it is."""

        PROPOSED = "proposed", "proposé au voisin"
        OFFERED = "offered", "offert"
        DECLINED = "declined", "décliné"
        TO_VALIDATE = "to_validate", "à valider"
        CHOSEN = "chosen", "accordé"
        SENT = "sent", "envoyé"
        RECEIVED = "received", "reçu"
        REFUSED = "refused", "refusé"
        CANCELLED = "cancelled", "annulé"

    line = models.ForeignKey(RequestLine, models.CASCADE, related_name="parts")
    kind = models.CharField(
        "source", max_length=10, choices=[(k.value, n) for k, n in rules.KIND_NAMES.items()]
    )
    state = models.CharField("état", max_length=12, choices=State)
    units = models.PositiveIntegerField("unités")
    lender = models.ForeignKey(
        Facility, models.PROTECT, related_name="lent_parts", null=True, blank=True
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True, blank=True)
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="resupply_parts", null=True, blank=True
    )
    metres = models.PositiveIntegerField("distance (m)", null=True, blank=True)
    reason = models.CharField("motif", max_length=500, blank=True)
    changed_by = models.CharField("par", max_length=80)
    changed_at = models.DateTimeField("le")

    class Meta:
        verbose_name = "part de dépannage"
        constraints = [
            models.CheckConstraint(name="part_gives_something", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="part_neighbour_has_lender",
                condition=Q(kind="neighbour", lender__isnull=False)
                | (~Q(kind="neighbour") & Q(lender__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["line", "lender"],
                condition=Q(state__in=["proposed", "offered", "chosen", "sent"]),
                name="part_one_live_a_lender",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.units}"


class Clock(models.Model):
    """One step that somebody has to take by a moment; `escalated_at` when the next level was told it is late."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="clocks")
    part = models.ForeignKey(Part, models.CASCADE, related_name="clocks", null=True, blank=True)
    step = models.CharField(
        "étape", max_length=10, choices=[(s.value, n) for s, n in rules.STEP_NAMES.items()]
    )
    started_at = models.DateTimeField("depuis le")
    due_at = models.DateTimeField("avant le")
    done_at = models.DateTimeField("faite le", null=True, blank=True)
    escalated_at = models.DateTimeField("signalée le", null=True, blank=True)

    class Meta:
        verbose_name = "échéance de dépannage"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "part", "step"],
                condition=Q(done_at__isnull=True),
                nulls_distinct=False,
                name="clock_one_running",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="clock_late", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.due_at:%d/%m %H:%M}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Loan(models.Model):
    """
    Units a neighbour lends or gives: its papers, from the hand-over to the return. Units.

    What is handed over is received, or missing; what is received is given back, or becomes a gift. `lot`
    is what the giver read on the box; each step is an entry of the ledger, `about` the loan's reference.
    """

    class Terms(models.TextChoices):
        """Whether it comes back."""

        LOAN = "loan", "prêt"
        GIFT = "gift", "don"

    reference = models.CharField("référence", max_length=40, unique=True)
    part = models.OneToOneField(Part, models.PROTECT, related_name="loan")
    terms = models.CharField("nature", max_length=4, choices=Terms, default=Terms.LOAN)
    return_by = models.DateField("à rendre avant le", null=True, blank=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", null=True, blank=True)
    handed = models.PositiveIntegerField("remis", default=0)
    received = models.PositiveIntegerField("reçu", default=0)
    returned = models.PositiveIntegerField("rendu", default=0)
    given = models.PositiveIntegerField("donné", default=0)
    handed_by = models.CharField("remis par", max_length=80, blank=True)
    handed_at = models.DateTimeField("remis le", null=True, blank=True)
    received_by = models.CharField("reçu par", max_length=80, blank=True)
    received_at = models.DateTimeField("reçu le", null=True, blank=True)
    settled_at = models.DateTimeField("soldé le", null=True, blank=True)

    class Meta:
        verbose_name = "prêt entre établissements"
        constraints = [
            models.CheckConstraint(
                name="loan_receives_within", condition=Q(handed__gte=F("received"))
            ),
            models.CheckConstraint(
                name="loan_returns_within",
                condition=Q(received__gte=F("returned") + F("given")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def owed(self) -> int:
        """Units received that are neither given back nor given."""
        return self.received - self.returned - self.given
