"""What the operator's stand-in starts with: the articles, the stock and the parcels that the books give it."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from distrilog.domain.catalogue.models import Article
from distrilog.domain.shipping.models import Parcel
from distrilog.domain.stock.models import Threshold
from distrilog.integrations.operator.standin.clockwork import OPENING_FILE


_STOCK = """
    SELECT lot.article_id, lot.number, lot.expires_on::text, account.status = 'quarantine',
           sum(account.units)::bigint
      FROM stock_account account JOIN stock_lot lot ON lot.id = account.lot_id
     WHERE account.place_id = 'operator' AND account.units > 0
       AND account.status IN ('available', 'strategic', 'quarantine')
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4
"""
# The parcels already on their way arrive one after the other, over ten minutes.
_FIRST_SECONDS, _SPREAD_SECONDS = 60, 600


def open_stand_in() -> None:
    """Write the stand-in's opening file, at once or not at all: it starts again from what the books say now."""
    opening = {
        "reset": True,
        "articles": _articles(),
        "stock": _stock(),
        "thresholds": {
            row.family_id: {"minimum": row.minimum, "maximum": row.maximum}
            for row in Threshold.objects.filter(place="operator")
        },
        "under_way": _under_way(),
    }
    path = Path(settings.HOME) / OPENING_FILE
    written = path.with_suffix(".new")
    written.write_text(json.dumps(opening))
    written.replace(path)


def _articles() -> list[dict[str, Any]]:
    return [
        {
            "gtin": article.gtin,
            "family": article.family_id,
            "box_units": article.box_units,
            "carton_units": article.carton_units,
            "pallet_units": article.pallet_units,
        }
        for article in Article.objects.order_by("gtin")
    ]


def _stock() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_STOCK)
        return [
            {"gtin": gtin, "lot": lot, "expires_on": day, "blocked": blocked, "units": int(units)}
            for gtin, lot, day, blocked, units in cursor.fetchall()
        ]


def _under_way() -> list[dict[str, Any]]:
    rows = (
        Parcel.objects.filter(state=Parcel.State.IN_TRANSIT, despatch__place="operator")
        .order_by("pk")
        .values_list("sscc", "despatch__reference", "tracking")
    )
    return [
        {
            "sscc": sscc,
            "despatch": despatch,
            "tracking": tracking or f"6A{sscc[-12:-1]}",
            "seconds": _FIRST_SECONDS + rank % _SPREAD_SECONDS,
        }
        for rank, (sscc, despatch, tracking) in enumerate(rows)
    ]
