"""Where the reader looks, as addresses say it: the country, a region, a department, a territory or its part in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from distrilog.domain.declarations.queries import areas
from distrilog.domain.declarations.rules.picture import Area, Width
from distrilog.kernel.refusals import NotFound
from distrilog.kernel.scopes import Scope


# What addresses say.
WIDTHS: Final = {
    "pays": Width.COUNTRY,
    "region": Width.REGION,
    "departement": Width.DEPARTMENT,
    "territoire": Width.TERRITORY,
    "partie": Width.PART,
}
WORDS: Final = {width: word for word, width in WIDTHS.items()}
# What an area is made of.
PARTS: Final = {
    Width.COUNTRY: "Région",
    Width.REGION: "Département",
    Width.DEPARTMENT: "Territoire",
    Width.TERRITORY: "Département",
    Width.PART: "Établissement",
}
_LONGEST_CODE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An area that an address names, `root` being the widest the reader may see. Not looked up, nor allowed, yet."""

    root: Area
    width: Width
    code: str

    def parameters_of(self, area: Area) -> dict[str, str]:
        """Return what an address says of an area; nothing of where the reader starts."""
        if (area.width, area.code) == (self.root.width, self.root.code):
            return {}
        return {"niveau": WORDS[area.width], "code": area.code}

    @property
    def parameters(self) -> dict[str, str]:
        """Return what an address says of the one looked at."""
        return self.parameters_of(Area(width=self.width, code=self.code))

    def path(self, *, scope: Scope) -> Sequence[Area]:
        """Return the areas from the reader's widest down to this one, named; NotFound outside his scope."""
        return areas.path_to(scope=scope, width=self.width, code=self.code)


def place_of(*, scope: Scope, level: str, code: str) -> Place:
    """Return the place that an address names; where the reader starts if it names none. Reads no table."""
    root = areas.widest(scope)
    if root is None:
        raise NotFound(detail="Ce profil n’a ni région, ni département, ni territoire.")
    width = WIDTHS.get(level, Width.COUNTRY)
    if width is Width.COUNTRY:
        return Place(root=root, width=root.width, code=root.code)
    return Place(root=root, width=width, code=code[:_LONGEST_CODE])
