"""What several operations read from the address."""

from typing import Annotated, Any

from ninja import Path, Query
from ninja.params import functions

from distrilog.api.cursors import LONGEST
from distrilog.api.shapes.bases import LARGEST_PAGE, NAME, WEEK


PAGE = 50

FacilityPath = Annotated[
    str,
    Path(pattern=NAME, description="numéro de l’établissement", examples=["960000018"]),
]
FacilityQuery = Annotated[str | None, Query(pattern=NAME, description="numéro de l’établissement")]
WeekQuery = Annotated[
    str | None, Query(pattern=WEEK, description="semaine ISO", examples=["2020-W45"])
]
AfterQuery = Annotated[
    str, Query(max_length=LONGEST, description="repère de page : le `next` de la précédente")
]
# Annotated would lose its default behind the check of digits.
LIMIT: Any = functions.Query(PAGE, ge=1, le=LARGEST_PAGE, description="nombre par page")
