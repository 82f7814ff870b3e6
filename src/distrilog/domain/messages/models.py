"""Messages to an audience, and who read and acknowledged them."""

from django.db import models
from django.db.models import Q

from distrilog.domain.accounts.models import Profile


class Message(models.Model):
    """
    Something told to an audience. Official ones (MARS, MINSANTE, DGS-Urgent) ask for an acknowledgement.

    The audience is a rule, not a list of rows: roles and regions, empty meaning all. Who has not yet
    read is computed from it, so 30,000 facilities are told by one row.
    """

    key = models.CharField(max_length=120, unique=True)
    title = models.CharField("titre", max_length=160)
    body = models.TextField("texte", max_length=5000)
    official = models.BooleanField("officiel", default=False)
    roles = models.JSONField("rôles", default=list, blank=True)
    regions = models.JSONField("régions", default=list, blank=True)
    facility_ids = models.JSONField("établissements", default=list, blank=True)
    sent_at = models.DateTimeField("envoyé le")
    sent_by = models.CharField("envoyé par", max_length=80)

    class Meta:
        verbose_name = "message"

    def __str__(self) -> str:
        return self.title


class Reading(models.Model):
    """One profile has read a message, and acknowledged it when it is official."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="readings")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="readings")
    read_at = models.DateTimeField("lu le")
    acknowledged_at = models.DateTimeField("accusé de lecture le", null=True, blank=True)

    class Meta:
        verbose_name = "lecture"
        constraints = [
            models.UniqueConstraint(fields=["message", "profile"], name="reading_once"),
            models.CheckConstraint(
                name="reading_before_acknowledgement",
                condition=Q(acknowledged_at__isnull=True)
                | Q(acknowledged_at__gte=models.F("read_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} lu par {self.profile_id}"


class Email(models.Model):
    """
    An e-mail to one address, written in the transaction of what it tells, and sent by a job, at least once.

    `key` says what it is about: written twice, it is sent once. No `next_attempt_at`: due at once. `dead_at`:
    given up, `last_error` says why. Deleted a month later: an address is personal data.
    """

    key = models.CharField(max_length=160, unique=True)
    recipient = models.EmailField("destinataire")
    subject = models.CharField("objet", max_length=150)
    text = models.TextField("texte")
    created_at = models.DateTimeField("écrit le")
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0, db_default=0)
    next_attempt_at = models.DateTimeField("prochain essai", null=True, blank=True)
    dead_at = models.DateTimeField("abandonné le", null=True, blank=True)
    last_error = models.CharField(
        "dernière erreur", max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = "courriel"
        constraints = [
            models.CheckConstraint(
                name="email_sent_or_dead",
                condition=Q(sent_at__isnull=True) | Q(dead_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(sent_at__isnull=True, dead_at__isnull=True),
                name="email_waiting",
            ),
            models.Index(fields=["created_at"], name="email_by_age"),
        ]

    def __str__(self) -> str:
        return self.key
