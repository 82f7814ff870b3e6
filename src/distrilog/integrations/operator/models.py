"""What was sent to the operator, byte for byte, and its stock compared with our books."""

from django.db import models
from django.db.models import Q

from distrilog.kernel.models import OutboxMessage


class Sending(models.Model):
    """
    An outbox message as the interchange it first left in: a retry sends the same bytes under the same number.

    `verdicts` are the operator's answers, one a message; `status` is that of its last HTTP answer, 0 for none.
    """

    outbox = models.OneToOneField(
        OutboxMessage, models.CASCADE, primary_key=True, related_name="sending"
    )
    number = models.CharField("numéro", max_length=14, unique=True)
    content_type = models.CharField("format", max_length=80)
    body = models.BinaryField("contenu")
    references = models.JSONField("références", default=list)
    made_at = models.DateTimeField("écrit le")
    status = models.PositiveSmallIntegerField("réponse HTTP", default=0)
    verdicts = models.JSONField("réponses", default=list, blank=True)
    refusals = models.PositiveIntegerField("messages refusés", default=0)
    closed_at = models.DateTimeField("classé le", null=True, blank=True)
    closed_by = models.CharField("classé par", max_length=80, blank=True)

    class Meta:
        verbose_name = "envoi à l’opérateur"
        indexes = [
            models.Index(
                fields=["outbox"],
                condition=Q(refusals__gt=0, closed_at__isnull=True),
                name="sending_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Comparison(models.Model):
    """
    One stock report of the operator against our books as of its moment. Units; nothing is corrected by it.

    `waiting_in` and `waiting_out` are the messages that were not dealt with then: what may explain it.
    """

    reference = models.CharField("référence", max_length=35, unique=True)
    at = models.DateTimeField("état du")
    compared_at = models.DateTimeField("comparé le")
    reported = models.BigIntegerField("unités déclarées")
    in_books = models.BigIntegerField("unités dans nos comptes")
    lots = models.PositiveIntegerField("lots comparés")
    differences = models.PositiveIntegerField("lots en écart")
    waiting_in = models.PositiveIntegerField("messages reçus en échec")
    waiting_out = models.PositiveIntegerField("messages à transmettre")
    counted_at = models.DateTimeField("écart passé le", null=True, blank=True)
    counted_by = models.CharField("écart passé par", max_length=80, blank=True)

    class Meta:
        verbose_name = "rapprochement de stock"
        indexes = [models.Index(fields=["at"], name="comparison_by_moment")]

    def __str__(self) -> str:
        return self.reference


class ComparedLot(models.Model):
    """
    A lot that the report and the books do not agree on. Units.

    `coming` is on its way to the warehouse; `known` says whether the lot is in our books at all.
    """

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="lines")
    gtin = models.CharField("GTIN", max_length=14)
    lot = models.CharField("lot", max_length=20)
    known = models.BooleanField("lot connu")
    family = models.CharField("famille", max_length=80, blank=True)
    expires_on = models.DateField("péremption", null=True, blank=True)
    reported_usable = models.BigIntegerField("déclaré utilisable")
    reported_blocked = models.BigIntegerField("déclaré bloqué")
    usable = models.BigIntegerField("utilisable dans nos comptes")
    blocked = models.BigIntegerField("en quarantaine dans nos comptes")
    coming = models.BigIntegerField("en route vers l’entrepôt")

    class Meta:
        verbose_name = "lot en écart"
        constraints = [
            models.UniqueConstraint(fields=["comparison", "gtin", "lot"], name="compared_lot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.gtin} {self.lot}"

    @property
    def difference(self) -> int:
        """Units that the warehouse has more than our books, fewer when negative."""
        return self.reported_usable + self.reported_blocked - self.usable - self.blocked
