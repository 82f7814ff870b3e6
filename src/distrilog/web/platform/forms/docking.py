"""Forms of the dock: what arrived, what is handed to a site, what is undone, what stays and why."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import HandOut
from distrilog.domain.distribution.queries.platforms import FlowSeen, Site
from distrilog.kernel.refusals import Refusal
from distrilog.web.platform.telling import size_of, told
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults


MOST_BOXES: Final = 10_000_000
LONGEST: Final = 500
_WHOLE: Final = {
    "required": "Indiquez un nombre, zéro si rien.",
    "invalid": "Indiquez un nombre entier, par exemple 4.",
    "min_value": "Ce nombre ne peut pas être négatif.",
    "max_value": "Ce nombre est bien trop grand : vérifiez la saisie.",
}


def words_field(*, label: str, required: str = "", help_text: str = "") -> forms.CharField:
    """Return a field for a sentence or two; `required` is what is said when it is empty."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=bool(required),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": required,
            "max_length": f"{LONGEST} caractères au plus.",
        },
    )


def count_field(
    *, label: str, initial: int | None = None, required: bool = True
) -> forms.IntegerField:
    """Return a field for whole boxes or units."""
    return forms.IntegerField(
        label=label,
        initial=initial,
        required=required,
        min_value=0,
        max_value=MOST_BOXES,
        error_messages=_WHOLE,
    )


class CountsForm(PageForm):
    """Boxes by row: `rows` gives the page each row's field, what it counts in and its fault."""

    def __init__(self, *args: Any, families: Mapping[str, Family], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.families = families
        self.sizes: dict[str, int] = {}
        self.about: dict[str, tuple[str, int]] = {}

    def add(self, name: str, *, family: str, label: str, units: int, required: bool = True) -> None:
        """Add a row: `units` are what is announced, and where the stepper begins."""
        size = size_of(units, self.families[family])
        field = count_field(label=label, initial=units // size, required=required)
        field.widget.attrs["id"] = name
        self.fields[name] = field
        self.sizes[name], self.about[name] = size, (family, units)

    def units(self, name: str) -> int:
        """Return the units of a row."""
        return (self.cleaned_data.get(name) or 0) * self.sizes[name]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what the page shows of each row."""
        for name, (family, units) in self.about.items():
            field = self[name]
            yield {
                "name": name,
                "family": self.families[family],
                "label": field.label,
                "value": field.value(),
                "announced": told(units, self.families[family]),
                "size": self.sizes[name],
                "counted_as": "boîtes" if self.sizes[name] > 1 else "unités",
                "faults": field.errors,
            }


class ReceiveForm(CountsForm):
    """What arrived of a flow, lot by lot; what is missing is told in words."""

    words = words_field(label="Que manque-t-il, et pourquoi si vous le savez ?")

    def __init__(self, *args: Any, flow: FlowSeen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = flow
        for parcel in flow.parcels:
            family = self.families[parcel.family]
            label = f"{french.sentence(family.plural)}, lot {parcel.number}"
            self.add(f"lot-{parcel.lot}", family=parcel.family, label=label, units=parcel.sent)

    def differences(self) -> dict[int, int]:
        """Return the units received of each lot that did not arrive whole."""
        received = {each.lot: self.units(f"lot-{each.lot}") for each in self.flow.parcels}
        return {
            each.lot: received[each.lot]
            for each in self.flow.parcels
            if received[each.lot] != each.sent
        }

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the lots it speaks of."""
        names = {f"lots.{each.lot}": f"lot-{each.lot}" for each in self.flow.parcels}
        add_faults(self, refusal, names=names)


class HandOutForm(CountsForm):
    """What a site is handed, family by family; what is short may be advanced."""

    way = forms.ChoiceField(
        label="Comment",
        choices=[(each.value, french.sentence(str(each.label))) for each in HandOut.Way],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Dites si c’est retiré ou livré.",
            "invalid_choice": "Dites si c’est retiré ou livré.",
        },
    )
    advance = forms.BooleanField(
        label="Avancer ce qui manque sur le stock de l’établissement",
        required=False,
        help_text="L’État vous le doit alors : la dette est suivie jusqu’à sa compensation.",
    )
    key = forms.RegexField(r"^[A-Za-z0-9._-]{1,36}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        kwargs["initial"] = {"way": site.way} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for line in site.lines:
            if line.left:
                family = self.families[line.family]
                label = french.sentence(family.plural)
                self.add(
                    f"units-{line.family}",
                    family=line.family,
                    label=label,
                    units=line.left,
                    required=False,
                )

    def clean(self) -> dict[str, Any]:
        """Refuse to hand out nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not self.asked():
            self.add_error(None, "Indiquez au moins une boîte à remettre.")
        return cleaned

    def asked(self) -> dict[str, int]:
        """Return the units to hand out, by family."""
        found = {family: self.units(name) for name, (family, _units) in self.about.items()}
        return {family: units for family, units in found.items() if units}

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the families it speaks of."""
        names = {f"lines.{family}": name for name, (family, _units) in self.about.items()}
        add_faults(self, refusal, names=names)


class TakeBackForm(PageForm):
    """Why a hand-out is undone, and which."""

    hand_outs = forms.RegexField(r"^\d{1,18}(,\d{1,18}){0,60}$", widget=forms.HiddenInput)
    reason = words_field(
        label="Pourquoi annuler cette remise ?",
        required="Dites pourquoi la remise est annulée.",
    )

    def chosen(self) -> list[int]:
        """Return the ids of the rows to undo."""
        return [int(each) for each in self.cleaned_data["hand_outs"].split(",")]


class ResidualForm(PageForm):
    """What stays of a family, and why."""

    family = forms.CharField(max_length=30, widget=forms.HiddenInput)
    units = count_field(label="Unités qui restent")
    reason = words_field(
        label="Pourquoi ?",
        required="Dites pourquoi ces unités restent.",
        help_text="Par exemple : site fermé jusqu’à lundi, refusé par l’établissement, boîtes abîmées.",
    )
