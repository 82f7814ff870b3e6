"""Versions of the doctrine: a named set of rules in code, and its parameters as data."""

import pghistory
from django.db import models
from django.db.models import Q


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class DoctrineVersion(models.Model):
    """
    One dated version: which rule set (`rules.RULE_SETS`), with which parameters, from which day.

    Once signed it never changes; a changed parameter is a new version. The version in force on a day is
    the signed one with the latest `effective_on` not after that day.
    """

    class State(models.TextChoices):
        """Where the version stands."""

        DRAFT = "draft", "brouillon"
        SIGNED = "signed", "signée"
        WITHDRAWN = "withdrawn", "retirée"

    code = models.CharField("version", max_length=40, unique=True)
    title = models.CharField("titre", max_length=160)
    rule_set = models.CharField("jeu de règles", max_length=20)
    parameters = models.JSONField("paramètres")
    effective_on = models.DateField("en vigueur le")
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField("motif", max_length=2000, blank=True)
    prepared_by = models.CharField("préparée par", max_length=80)
    prepared_at = models.DateTimeField("préparée le")
    signed_by = models.CharField("signée par", max_length=80, blank=True)
    signed_at = models.DateTimeField("signée le", null=True, blank=True)

    class Meta:
        verbose_name = "version de doctrine"
        constraints = [
            models.CheckConstraint(
                name="doctrine_signed_by_another",
                condition=~Q(state="signed")
                | (
                    Q(signed_at__isnull=False)
                    & ~Q(signed_by="")
                    & ~Q(signed_by=models.F("prepared_by"))
                ),
                violation_error_message="Deux personnes différentes doivent préparer et signer.",
            ),
        ]

    def __str__(self) -> str:
        return self.code
