"""The outbox and the inbox of partners, and the mark a database carries."""

from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """
    Something to tell the outside world, written in the transaction that made it true.

    Sent by a job, at least once; `key` lets the receiver pass over what it has seen. Who it is for is the
    topic up to its point (`operator.order`): a topic that no partner listens to waits for nobody, and is
    purged. No `next_attempt_at`: due at once. `dead_at`: given up, until somebody has it sent again.
    """

    key = models.CharField(max_length=120, unique=True)
    topic = models.CharField(max_length=40)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "message sortant"
        constraints = [
            models.CheckConstraint(
                name="outbox_sent_or_dead",
                condition=Q(sent_at__isnull=True) | Q(dead_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["topic", "id"],
                condition=Q(sent_at__isnull=True),
                name="outbox_unsent_by_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class InboxMessage(models.Model):
    """
    What a partner sent in one request, and what was done with each message in it.

    Written in the transaction of its effects. What could not be read, or went wrong, is `dead`: it did
    nothing, and the same again is only counted (`times`). `body` may be cut, to the length that is kept.
    """

    class State(models.TextChoices):
        """What became of it."""

        PROCESSED = "processed", "traité"
        PARTLY = "partly", "traité en partie"
        REFUSED = "refused", "refusé"
        DEAD = "dead", "en échec"

    partner = models.CharField("partenaire", max_length=20)
    number = models.CharField("numéro", max_length=35, blank=True)
    content_type = models.CharField("format", max_length=80)
    digest = models.CharField("empreinte", max_length=64)
    size = models.BigIntegerField("taille (octets)")
    body = models.BinaryField("contenu", default=bytes)
    received_at = models.DateTimeField("reçu le")
    received_by = models.CharField("émis par", max_length=80)
    state = models.CharField("état", max_length=10, choices=State)
    fault = models.CharField("motif", max_length=1000, blank=True)
    verdicts = models.JSONField("réponses", default=list, blank=True)
    refusals = models.PositiveIntegerField("messages refusés", default=0)
    times = models.PositiveIntegerField("fois", default=1)
    last_at = models.DateTimeField("vu en dernier le")
    replayed_at = models.DateTimeField("rejoué le", null=True, blank=True)
    replayed_by = models.CharField("rejoué par", max_length=80, blank=True)
    closed_at = models.DateTimeField("classé le", null=True, blank=True)
    closed_by = models.CharField("classé par", max_length=80, blank=True)

    class Meta:
        verbose_name = "message entrant"
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "number"], condition=~Q(number=""), name="inbox_once"
            ),
            models.UniqueConstraint(
                fields=["partner", "digest", "size"],
                condition=Q(number=""),
                name="inbox_unread_once",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "received_at"], name="inbox_by_partner"),
            models.Index(
                fields=["partner", "last_at"],
                condition=~Q(state="processed") & Q(closed_at__isnull=True),
                name="inbox_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.number or self.digest[:12]}"

    @property
    def is_whole(self) -> bool:
        """Whether all of its bytes were kept, so that it can be read again."""
        return self.size == len(self.body) > 0


class Mark(models.Model):
    """What this database is: only one that carries the demo's mark is ever dropped or loaded with demo data."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.JSONField(default=dict)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = "marque"

    def __str__(self) -> str:
        return self.name
