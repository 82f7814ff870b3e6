"""Who was invited to run a facility's accounts, and what PLAGE answered."""

import uuid
from typing import Self

import pghistory
from django.db import models

from distrilog.domain.accounts.rules import ROLE_NAMES, Role
from distrilog.domain.facilities.models import Facility
from distrilog.integrations.identity.rules import STATE_NAMES, State
from distrilog.kernel.scopes import Scope


INVITED_ROLES = (Role.DIRECTOR, Role.ORDERER)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Words for invitations."""

    def within(self, scope: Scope) -> Self:
        """Keep those to facilities of a scope."""
        return self.filter(facility__in=Facility.objects.within(scope))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Invitation(models.Model):
    """
    One person invited to one facility in one role: to connect if PLAGE knows the address, else to be created.

    `key` is sent with each message, so that PLAGE passes over what it has seen. Every change is kept by a
    trigger: that is the log of the messages. No person is linked here: the first login does it, by subject.
    """

    key = models.UUIDField("clé", default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="invitations")
    role = models.CharField(
        "rôle", max_length=20, choices=[(str(role), ROLE_NAMES[role]) for role in INVITED_ROLES]
    )
    name = models.CharField("nom", max_length=120)
    email = models.EmailField("courriel")
    state = models.CharField(
        "état",
        max_length=10,
        choices=[(str(state), name) for state, name in STATE_NAMES.items()],
        default=State.WAITING.value,
    )
    motive = models.CharField("motif", max_length=200, blank=True)
    invited_by = models.CharField("invité par", max_length=80)
    invited_at = models.DateTimeField("invité le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "role", "email"],
                name="invitation_once",
                violation_error_message="Cette personne est déjà invitée dans ce rôle.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["invited_at"],
                condition=models.Q(state__in=["waiting", "asked"]),
                name="invitation_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.facility_id})"
