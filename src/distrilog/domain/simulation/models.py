"""What a replay found, kept to be shown."""

from django.db import models


class Replay(models.Model):
    """
    The weeks of a crisis played again on the demonstration country: what each week pushed or opened, beside what was printed.

    `result` is what `rules.Replayed` writes; `digest` is of its figures, so that the same replay is recognised.
    """

    first_week = models.CharField("première semaine", max_length=8)
    last_week = models.CharField("dernière semaine", max_length=8)
    facilities = models.PositiveIntegerField("établissements")
    seconds = models.PositiveIntegerField("durée (s)")
    result = models.JSONField("résultat")
    digest = models.CharField("empreinte", max_length=64)
    played_at = models.DateTimeField("rejoué le")

    class Meta:
        verbose_name = "rejeu"

    def __str__(self) -> str:
        return f"{self.first_week} – {self.last_week}"
