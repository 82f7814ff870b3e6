"""Persons, the profiles the identity provider gives them, and their API tokens."""

import uuid
from datetime import datetime
from typing import Self

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from distrilog.domain.accounts.rules import ROLE_NAMES, Role
from distrilog.domain.facilities.models import Facility


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; no password is ever kept here."""

    def create_user(self, *, name: str = "", email: str = "") -> "Person":
        """Create somebody who will log in through the identity provider."""
        person = self.model(name=name, email=email)
        person.set_unusable_password()
        person.save()
        return person


class Person(AbstractBaseUser):
    """
    A human being. Linked to the identity provider by its subject (allauth's SocialAccount), never by e-mail.

    There is no right on a person: rights come from the profile in use.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("nom", max_length=120, blank=True)
    email = models.EmailField("courriel", blank=True)
    is_active = models.BooleanField("actif", default=True)

    objects = PersonManager()

    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "personne"

    def __str__(self) -> str:
        return self.name or str(self.id)

    def get_full_name(self) -> str:
        """Return the name shown on screens."""
        return self.name


class ProfileQuerySet(models.QuerySet["Profile"]):
    """Words for profiles."""

    def valid_at(self, at: datetime) -> Self:
        """Keep those neither expired nor revoked."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at__isnull=True
        )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Profile(models.Model):
    """
    One person in one role, for one facility or one perimeter, as the identity provider states it.

    `perimeter` is a region code (ARS), a department code (delegation), `region:76` and the like
    (donor) or empty; facility roles have a facility. A revoked profile stays, its tokens die with it.
    Profiles of other domains than ours are not kept: they say nothing we need to know.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="profiles")
    role = models.CharField(
        "rôle", max_length=20, choices=[(r.value, n) for r, n in ROLE_NAMES.items()]
    )
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="profiles", null=True, blank=True
    )
    perimeter = models.CharField("périmètre", max_length=40, blank=True)
    domain = models.CharField("domaine", max_length=40, default="DISTRILOG")
    expires_at = models.DateTimeField("expire le", null=True, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = "profil"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "facility", "perimeter"],
                nulls_distinct=False,
                name="profile_once",
            ),
            models.CheckConstraint(
                name="profile_facility_roles_have_one",
                condition=~Q(role__in=["orderer", "director", "platform", "pharmacy"])
                | Q(facility__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{ROLE_NAMES[Role(self.role)]} ({self.facility_id or self.perimeter or 'France'})"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), exclude=["digest"])
class Token(models.Model):
    """An API key of a profile: only its SHA-256 is kept, it is shown once, and it dies with the profile."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="tokens")
    name = models.CharField("nom", max_length=80)
    digest = models.BinaryField("empreinte", max_length=32, unique=True)
    deeds = models.JSONField(
        "droits", default=list, blank=True, help_text="vide : tous ceux du rôle"
    )
    created_at = models.DateTimeField("créée le")
    expires_at = models.DateTimeField("expire le")
    revoked_at = models.DateTimeField("révoquée le", null=True, blank=True)

    class Meta:
        verbose_name = "clé d’API"

    def __str__(self) -> str:
        return self.name
