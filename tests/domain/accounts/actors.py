"""Somebody acting, without a database."""

from typing import Any

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.kernel.scopes import Scope, ScopeKind


def acting(role: Role, **more: Any) -> Actor:
    values = {"person": "somebody", "profile": 1, "scope": Scope(kind=ScopeKind.NOTHING)}
    return Actor(role=role, **{**values, **more})
