"""Accounts that the portal asked for."""

from typing import ClassVar

from django.db import models


class AccountRequest(models.Model):
    """A request to create an account, under the portal's key. The account exists once `created`."""

    key = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    facility = models.CharField(max_length=20)
    role = models.CharField(max_length=20)
    created = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["AccountRequest"]] = models.Manager()

    def __str__(self) -> str:
        return self.email
