"""
The ledger of units, by family and place. Double entry; rows are final; reservations are entries too.

Article and lot join the account key when preparation posts lots; until then a family at a place is the
finest thing that a decision reads.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Family
from distrilog.domain.facilities.models import Zone
from distrilog.domain.stock import rules


class Place(models.Model):
    """Where stock lies and leaves from: SPF, the operator's warehouse, an overseas store."""

    class Kind(models.TextChoices):
        """The same words as a facility's fulfilment route."""

        SPF = "spf", "Santé publique France"
        OPERATOR = "operator", "opérateur logistique"
        OVERSEAS = "overseas", "stock zonal outre-mer"

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=80)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="places")

    class Meta:
        verbose_name = "lieu"

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """
    Units of a family at a place in one status, as of its last entry.

    `outside` is the world the units come from and go to: it alone may be negative. The balance is a
    copy of the entries' sum, changed only in the statement that writes them, and proven by `check_books`.
    """

    class Status(models.TextChoices):
        """What the units may be used for."""

        OUTSIDE = rules.Status.OUTSIDE.value, "extérieur"
        AVAILABLE = rules.Status.AVAILABLE.value, "disponible"
        RESERVED = rules.Status.RESERVED.value, "réservé par un calcul signé"
        QUARANTINE = rules.Status.QUARANTINE.value, "en quarantaine"

    place = models.ForeignKey(Place, models.PROTECT, related_name="accounts")
    family = models.ForeignKey(Family, models.PROTECT, related_name="accounts")
    status = models.CharField("statut", max_length=12, choices=Status)
    units = models.BigIntegerField("unités", default=0)

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.UniqueConstraint(fields=["place", "family", "status"], name="account_once"),
            models.CheckConstraint(
                name="account_never_negative",
                condition=Q(units__gte=0) | Q(status="outside"),
                violation_error_message="Le stock disponible ne suffit pas.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.place_id} {self.status}"


class Entry(models.Model):
    """
    Units moved from one account to another, once and for ever. `key` is chosen by the caller.

    A reservation is an entry from available to reserved; it is posted (reserved to outside), or given
    back (reserved to available), by later entries that name it in `settles`.
    """

    class Kind(models.TextChoices):
        """Why units moved."""

        OPENING = rules.Kind.OPENING.value, "stock d’ouverture"
        RECEIPT = rules.Kind.RECEIPT.value, "réception"
        RESERVE = rules.Kind.RESERVE.value, "réservation"
        RELEASE = rules.Kind.RELEASE.value, "retour de réservation"
        ISSUE = rules.Kind.ISSUE.value, "sortie"
        COUNT = rules.Kind.COUNT.value, "écart d’inventaire"

    key = models.CharField("clé", max_length=120, unique=True)
    kind = models.CharField("nature", max_length=10, choices=Kind)
    source = models.ForeignKey(Account, models.PROTECT, related_name="entries_out")
    target = models.ForeignKey(Account, models.PROTECT, related_name="entries_in")
    units = models.BigIntegerField("unités")
    settles = models.ForeignKey(
        "self", models.PROTECT, related_name="settled_by", null=True, blank=True
    )
    reason = models.CharField("motif", max_length=300, blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "écriture"
        constraints = [
            models.CheckConstraint(name="entry_moves_something", condition=Q(units__gt=0)),
            models.CheckConstraint(name="entry_between_two", condition=~Q(source=F("target"))),
        ]
        triggers = [
            pgtrigger.Protect(name="entry_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.units}"
