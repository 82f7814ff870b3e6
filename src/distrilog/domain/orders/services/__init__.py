"""What can be done with orders: place, amend, cancel, hand over after the cut-off."""

from distrilog.domain.orders.services.changing import amend, cancel
from distrilog.domain.orders.services.placing import Placed, place
from distrilog.domain.orders.services.releasing import release


__all__ = ["Placed", "amend", "cancel", "place", "release"]
