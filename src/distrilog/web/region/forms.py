"""The forms of an agency's pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django import forms

from distrilog.domain.orders.queries import AddressChoice, Offered
from distrilog.domain.orders.rules import Asked, QuotaExceeded
from distrilog.domain.reporting.rules import Choice
from distrilog.kernel.refusals import Refusal
from distrilog.web.region.listing import EVERY_FAMILY, STANDING_WORDS, STANDINGS
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults


MOST_BOXES = 1_000_000  # beyond any need: a slip of the hand


class ListFilter(PageForm):
    """Which rows of the list to show. Never bound: the address is read by `listing.choice_of`."""

    filters = True  # nothing is asked for: « facultatif » would only be noise

    q = forms.CharField(label="Nom, commune ou numéro", required=False)
    famille = forms.ChoiceField(label="Article", required=False)
    departement = forms.ChoiceField(label="Département", required=False)
    etat = forms.ChoiceField(
        label="Commandes", required=False, choices=list(STANDING_WORDS.items())
    )

    def __init__(
        self,
        *args: Any,
        families: Sequence[tuple[str, str]],
        departments: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "famille": [*families, (EVERY_FAMILY, "Tous les articles")],
            "departement": [("", "Tous"), *departments],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        if len(departments) == 1:
            del self.fields["departement"]

    @staticmethod
    def shown(choice: Choice) -> dict[str, str]:
        """Return what the fields show for a choice."""
        standing = next(word for word, value in STANDINGS.items() if value is choice.standing)
        return {
            "q": choice.search,
            "famille": choice.family or EVERY_FAMILY,
            "departement": choice.department,
            "etat": standing,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PotItem:
    """A family of the pot as a facility may be given it. Units; `own_left` is what its own quota still holds."""

    family: str
    name: str
    plural: str
    unit: str
    box: int
    cap: int
    ordered: int
    own_left: int

    @classmethod
    def of(cls, offered: Offered, *, cap: int, ordered: int) -> Self:
        """Make one of what is offered to the facility, and of the pot."""
        return cls(
            family=offered.family,
            name=offered.name,
            plural=offered.plural,
            unit=offered.unit,
            box=offered.box,
            cap=cap,
            ordered=ordered,
            own_left=offered.left,
        )

    @property
    def left(self) -> int:
        """Units left in the pot."""
        return max(self.cap - self.ordered, 0)


class PotForm(PageForm):
    """Boxes by family from the pot, and where to deliver."""

    address = forms.TypedChoiceField(label="Adresse de livraison", coerce=int)

    def __init__(
        self,
        *args: Any,
        items: Sequence[PotItem],
        addresses: Sequence[AddressChoice],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[name := _field_of(item.family)] = _boxes(item)
            self.fields[name].widget.attrs["id"] = f"field-{name}"  # the stepper’s
        field = self.fields["address"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(address.id, address.label) for address in addresses]
        field.error_messages |= {
            "required": "Choisissez une adresse de livraison.",
            "invalid_choice": "Cette adresse n’est ni celle de l’établissement ni celle de son "
            "établissement support. Choisissez-en une dans la liste.",
        }
        if addresses:
            field.initial = addresses[0].id

    def clean(self) -> dict[str, Any]:
        """Refuse an empty basket; what is left is the service's to judge."""
        cleaned = super().clean() or {}
        if not self.errors and not self.lines():
            self.add_error(None, "Le panier est vide : indiquez au moins une boîte.")
        return cleaned

    def lines(self) -> list[Asked]:
        """Return what is asked for, in units; families at zero are left out."""
        return [
            Asked(family=item.family, units=boxes * item.box)
            for item in self.items
            if (boxes := self.cleaned_data.get(_field_of(item.family)) or 0)
        ]

    def basket(self) -> list[tuple[PotItem, int]]:
        """Return each family asked for, with its units."""
        items = {item.family: item for item in self.items}
        return [(items[line.family], int(line.units)) for line in self.lines()]

    def rows(self) -> Iterable[Mapping[str, Any]]:
        """Return what the page shows of each family: what is typed, what is left, the fault."""
        for item in self.items:
            bound = self[_field_of(item.family)]
            yield {
                "item": item,
                "name": bound.name,
                "value": bound.value(),
                "fault": " ".join(str(error) for error in bound.errors),
            }

    def address_chosen(self) -> int | None:
        """Return the address to mark in the list: the one typed if it can be read, else the first."""
        value = str(self["address"].value() or "")
        return int(value) if value.isdecimal() and value.isascii() else None

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of the service at the fields it speaks of."""
        if isinstance(refusal, QuotaExceeded):
            for item, _units in self.basket():
                self._refuse_shortage(item, refusal)
            return
        names = {
            f"lines.{position}{part}": _field_of(line.family)
            for position, line in enumerate(self.lines())
            for part in ("", ".units", ".family")
        }
        add_faults(self, refusal, names=names)

    def _refuse_shortage(self, item: PotItem, refusal: QuotaExceeded) -> None:
        for line in refusal.values["lines"]:
            if line["family"] == item.family:
                whole = line["left_boxes"] * item.box
                told = french.in_boxes(whole, item, box_units=item.box)
                remedy = "réduisez cette ligne" if whole else "retirez cette ligne"
                self.add_error(
                    _field_of(item.family),
                    f"Il reste {told} dans le pot commun cette semaine : {remedy}. "
                    "Pour un besoin de plus, écrivez à la cellule nationale.",
                )


def _field_of(family: str) -> str:
    return f"boxes-{family}"


def _boxes(item: PotItem) -> forms.IntegerField:
    return forms.IntegerField(
        label=french.sentence(item.plural),
        required=False,
        min_value=0,
        max_value=MOST_BOXES,
        error_messages={
            "invalid": "Indiquez un nombre entier de boîtes, par exemple 4.",
            "min_value": "Le nombre de boîtes ne peut pas être négatif.",
            "max_value": "Ce nombre de boîtes est bien trop grand : vérifiez la saisie.",
        },
    )
