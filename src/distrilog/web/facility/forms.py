"""The forms of the facility's pages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.orders.queries import AddressChoice, Offered
from distrilog.domain.orders.rules import Asked, QuotaExceeded
from distrilog.kernel.refusals import Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults


MOST_BOXES = 1_000_000  # beyond any need: a slip of the hand
LONGEST_KEY_LIFE_DAYS = 365


class BasketForm(PageForm):
    """Boxes by family, and where to deliver. `had` are the units that the order being amended holds already."""

    address = forms.TypedChoiceField(label="Adresse de livraison", coerce=int)

    def __init__(
        self,
        *args: Any,
        families: Sequence[Offered],
        addresses: Sequence[AddressChoice],
        asking: str,
        had: Mapping[str, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.families = families
        self.addresses = addresses
        self.had = had or {}
        self.asking = asking
        for family in families:
            self.fields[name := field_of(family.family)] = _boxes(family)
            self.fields[name].widget.attrs["id"] = f"field-{name}"  # the stepper’s
        field = self.fields["address"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(address.id, address.label) for address in addresses]
        field.error_messages |= {
            "required": "Choisissez une adresse de livraison.",
            "invalid_choice": "Cette adresse n’est ni la vôtre ni celle de votre établissement support. "
            "Choisissez-en une dans la liste.",
        }
        if addresses:
            field.initial = addresses[0].id

    def clean(self) -> dict[str, Any]:
        """Refuse an empty basket; what is left is the service's to judge, which keeps a demand it refuses."""
        cleaned = super().clean() or {}
        if not self.errors and not self.lines():
            self.add_error(None, "Le panier est vide : indiquez au moins une boîte.")
        return cleaned

    def left_of(self, family: Offered) -> int:
        """Return the units that may be asked for: what is left, and what the order already holds."""
        return (family.left if family.open else 0) + self.had.get(family.family, 0)

    def lines(self) -> list[Asked]:
        """Return what is asked for, in units; families at zero are left out."""
        return [
            Asked(family=family.family, units=boxes * family.box)
            for family in self.families
            if (boxes := self.cleaned_data.get(field_of(family.family)) or 0)
        ]

    def basket(self) -> list[tuple[Offered, int]]:
        """Return each family asked for, with its units."""
        offered = {family.family: family for family in self.families}
        return [(offered[line.family], int(line.units)) for line in self.lines()]

    def rows(self) -> Iterable[dict[str, Any]]:
        """Return what the page shows of each family: what is typed, what is left, the fault."""
        for family in self.families:
            bound = self[field_of(family.family)]
            yield {
                "item": family,
                "name": bound.name,
                "value": bound.value(),
                "left": self.left_of(family),
                "fault": " ".join(str(error) for error in bound.errors),
            }

    def address_chosen(self) -> int | None:
        """Return the address to mark in the list: the one typed if it can be read, else the first."""
        value = self["address"].value()
        return int(value) if str(value or "").isdecimal() else None

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of the service at the fields it speaks of."""
        if isinstance(refusal, QuotaExceeded):
            for family, _units in self.basket():
                self._refuse_shortage(family, refusal)
            return
        names: dict[str, str] = {}
        for position, line in enumerate(self.lines()):
            for part in ("", ".units", ".family"):
                names[f"lines.{position}{part}"] = field_of(line.family)
        add_faults(self, refusal, names=names)

    def _refuse_shortage(self, family: Offered, refusal: QuotaExceeded) -> None:
        """Say in boxes what the service says in units: nobody counts masks one by one."""
        for line in refusal.values["lines"]:
            if line["family"] == family.family:
                whole = line["left_boxes"] * family.box
                told = french.in_boxes(whole, family, box_units=family.box)
                remedy = "réduisez cette ligne" if whole else "retirez cette ligne"
                self.add_error(
                    field_of(family.family),
                    f"Il vous reste {told} cette semaine : {remedy}. "
                    f"Pour un besoin urgent, écrivez à {self.asking}.",
                )


def field_of(family: str) -> str:
    """Return the field's name for a family."""
    return f"boxes-{family}"


def _boxes(family: Offered) -> forms.IntegerField:
    return forms.IntegerField(
        label=french.sentence(family.plural),
        required=False,
        min_value=0,
        max_value=MOST_BOXES,
        error_messages={
            "invalid": "Indiquez un nombre entier de boîtes, par exemple 4.",
            "min_value": "Le nombre de boîtes ne peut pas être négatif.",
            "max_value": "Ce nombre de boîtes est bien trop grand : vérifiez la saisie.",
        },
    )


class OrdersFilter(PageForm):
    """Which orders to show."""

    filters = True  # nothing is asked for: « facultatif » would only be noise

    status = forms.ChoiceField(label="État", required=False)
    family = forms.ChoiceField(label="Article", required=False)
    week = forms.ChoiceField(label="Semaine", required=False)

    def __init__(
        self,
        *args: Any,
        statuses: Sequence[tuple[str, str]],
        families: Sequence[tuple[str, str]],
        weeks: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "status": [("", "Tous"), *((code, french.sentence(words)) for code, words in statuses)],
            "family": [("", "Tous"), *families],
            "week": [
                ("", "Toutes"),
                *((week, french.sentence(french.week_name(week))) for week in weeks),
            ],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class TokenForm(PageForm):
    """A new API key: its name, its end, its rights."""

    name = forms.CharField(
        label="Nom de la clé",
        max_length=80,
        help_text="Le logiciel qui l’utilisera, par exemple « Logiciel de commande du pôle achats ».",
        error_messages={"required": "Donnez un nom à cette clé."},
    )
    days = forms.TypedChoiceField(
        label="Durée",
        coerce=int,
        choices=[(30, "30 jours"), (90, "90 jours"), (365, "1 an")],
        initial=90,
        error_messages={"invalid_choice": "Choisissez une durée de la liste."},
    )
    deeds = forms.MultipleChoiceField(
        label="Droits",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : tous les droits de votre rôle.",
        error_messages={"invalid_choice": "Ce droit n’est pas celui de votre rôle."},
    )

    def __init__(self, *args: Any, deeds: Sequence[tuple[Deed, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["deeds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(deed.value, words) for deed, words in deeds]
