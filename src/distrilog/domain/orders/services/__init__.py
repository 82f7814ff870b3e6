"""What can be done with orders: place, amend, cancel; after the cut-off release, redirect, withdraw; grant one in need."""

from distrilog.domain.orders.services.changing import amend, cancel
from distrilog.domain.orders.services.fulfilling import Withdrawal, redirect, withdraw
from distrilog.domain.orders.services.granting import grant, granting_place
from distrilog.domain.orders.services.placing import Placed, place
from distrilog.domain.orders.services.releasing import release


__all__ = [
    "Placed",
    "Withdrawal",
    "amend",
    "cancel",
    "grant",
    "granting_place",
    "place",
    "redirect",
    "release",
    "withdraw",
]
