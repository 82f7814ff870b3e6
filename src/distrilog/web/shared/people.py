"""Who acted, in words: traces keep opaque ids, screens say names."""

from collections.abc import Iterable
from uuid import UUID

from distrilog.domain.accounts.models import Person


def names_of(identifiers: Iterable[str]) -> dict[str, str]:
    """Return the names of those who acted, by their opaque id; one query. Nobody known: the id itself."""
    wanted = {one for one in identifiers if one}
    persons = Person.objects.in_bulk([one for one in wanted if _is_person(one)])
    known = {str(key): person.name for key, person in persons.items()}
    return {one: known.get(one, one) for one in wanted}


def _is_person(identifier: str) -> bool:
    try:
        UUID(identifier)
    except ValueError:
        return False
    return True
