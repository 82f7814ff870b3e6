"""The outbox, and the mark a database carries."""

from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """
    Something to tell the outside world, written in the transaction that made it true.

    Sent by a job, at least once; `key` lets the receiver pass over what it has seen.
    """

    key = models.CharField(max_length=120, unique=True)
    topic = models.CharField(max_length=40)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "message sortant"
        indexes = [
            models.Index(
                fields=["id"], condition=Q(sent_at__isnull=True), name="outbox_still_to_send"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Mark(models.Model):
    """What this database is: only one that carries the demo's mark is ever dropped or loaded with demo data."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.JSONField(default=dict)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = "marque"

    def __str__(self) -> str:
        return self.name
