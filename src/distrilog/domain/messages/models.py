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
