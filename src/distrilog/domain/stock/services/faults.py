"""What is wrong with what was asked, said in French: places, families, quantities, texts."""

from collections.abc import Iterator

from distrilog.domain.catalogue.models import Family
from distrilog.domain.stock.models import Place
from distrilog.domain.stock.rules import MOVEMENT_LIMIT
from distrilog.kernel.refusals import Fault, Invalid


def refuse(*faults: Fault) -> None:
    """Raise `Invalid` with all of them, if there are any."""
    if faults:
        raise Invalid(*faults)


def place_faults(**places: str) -> Iterator[Fault]:
    """Name the places that are not known, or where nothing is stored; a keyword is where it was asked."""
    known = set(
        Place.objects.filter(pk__in=places.values())
        .exclude(kind__in=[Place.Kind.DOOR, Place.Kind.LOAN])
        .values_list("pk", flat=True)
    )
    for where, place in places.items():
        if place not in known:
            yield Fault(where=where, message="Ce lieu de stockage n’est pas connu.")


def family_faults(family: str) -> Iterator[Fault]:
    """Say whether a family is not known, or has no article."""
    if not Family.objects.filter(pk=family, articles__isnull=False).exists():
        yield Fault(where="family", message="Cette famille n’a pas d’article au catalogue.")


def units_faults(units: object, *, where: str = "units", least: int = 1) -> Iterator[Fault]:
    """Say whether units are no whole number from `least` up: a half, a text, a negative, too many."""
    if type(units) is not int or not least <= units <= MOVEMENT_LIMIT:
        yield Fault(where=where, message=f"Il faut un nombre entier d’unités, au moins {least}.")


def text_faults(where: str, text: str, *, length: int, required: bool = True) -> Iterator[Fault]:
    """Say whether a text is missing, too long, or holds what no database keeps."""
    if required and not text.strip():
        yield Fault(where=where, message="Ce champ ne peut pas être vide.")
    if len(text.strip()) > length or "\0" in text:
        yield Fault(where=where, message=f"Ce texte compte au plus {length} caractères lisibles.")
