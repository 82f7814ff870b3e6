"""Where each facility is served from."""

import numpy as np
from numpy.typing import NDArray

from distrilog.domain.facilities.models import Facility
from distrilog.domain.facilities.rules import Features
from distrilog.domain.stock.models import Place
from distrilog.kernel.refusals import Fault, Invalid


def sources_of(*, features: Features) -> NDArray[np.str_]:
    """
    Return the place that serves each facility: its route's, or overseas its zone's. One query.

    Raises `Invalid` when a route has no place.
    """
    places = list(Place.objects.order_by("code").values_list("code", "kind", "zone_id"))
    by_route = {kind: code for code, kind, _ in places if kind != Place.Kind.OVERSEAS}
    by_zone = {zone: code for code, kind, zone in places if kind == Place.Kind.OVERSEAS}
    pairs, rows = np.unique(
        np.char.add(np.char.add(features.routes, "|"), features.zones), return_inverse=True
    )
    found = []
    faults = []
    for route, _, zone in (pair.partition("|") for pair in pairs.tolist()):
        source = by_zone.get(zone) if route == Facility.Route.OVERSEAS else by_route.get(route)
        found.append(source or "")
        if source is None:
            faults.append(
                Fault(
                    where=f"sources.{route}.{zone}",
                    message=f"Aucun lieu de stock ne sert le circuit « {route} » de la zone « {zone} ».",
                    remedy="Créer ce lieu, ou corriger le circuit des établissements.",
                )
            )
    if faults:
        raise Invalid(*faults)
    return np.array(found, dtype="U20")[rows]
