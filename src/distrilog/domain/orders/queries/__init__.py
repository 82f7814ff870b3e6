"""Questions about orders: one, a facility's, a country's; what is open to a facility; what was refused."""

from distrilog.domain.orders.queries.demands import RefusedTotal, refused
from distrilog.domain.orders.queries.offers import AddressChoice, Offer, Offered, offer
from distrilog.domain.orders.queries.orders import (
    Change,
    Discrepancy,
    LineView,
    OrderPage,
    OrderView,
    changes,
    discrepancies,
    get,
    history,
    listing,
    of_facility,
)


__all__ = [
    "AddressChoice",
    "Change",
    "Discrepancy",
    "LineView",
    "Offer",
    "Offered",
    "OrderPage",
    "OrderView",
    "RefusedTotal",
    "changes",
    "discrepancies",
    "get",
    "history",
    "listing",
    "of_facility",
    "offer",
    "refused",
]
