"""The forms of whoever asks for help: what is lacking, how soon, and what arrived."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.queries import CoverView
from distrilog.domain.declarations.rules import Level
from distrilog.domain.resupply.rules import URGENCY_NAMES
from distrilog.domain.resupply.services import Wanted
from distrilog.kernel.refusals import Refusal
from distrilog.web.resupply.forms.fields import (
    AskingForm,
    KeyField,
    boxes_field,
    contact_field,
    words_field,
)
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.free_text import ADVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A family as the form shows it, with what the facility last said of it; `cover` None: no need, nothing said."""

    family: Family
    cover: CoverView | None = None

    @property
    def stock(self) -> int | None:
        """Units declared lately, if any."""
        return self.cover.stock if self.cover else None

    @property
    def days(self) -> str:
        """How long they last: « 2,1 jours »; empty without a stock or a need."""
        return days_of(self.cover.cover_tenths if self.cover else None)

    @property
    def level(self) -> str:
        """How it stands, one word of `declarations.rules.Level`."""
        return self.cover.level if self.cover else Level.NO_NEED

    @property
    def lacking(self) -> int:
        """Boxes that are missing to hold seven days at crisis consumption, by what was declared; zero if nothing was."""
        if self.cover is None or self.cover.stock is None:
            return 0
        return -(-max(0, self.cover.need - self.cover.stock) // self.family.box_units)

    @property
    def pressing(self) -> bool:
        """Tell whether it is out, or in alert."""
        return self.level in {Level.EMPTY, Level.ALERT}


def days_of(tenths: int | None) -> str:
    """Write « 2,1 jours », « 21 jours », « 0,9 jour »; empty for None."""
    if tenths is None:
        return ""
    whole, rest = divmod(tenths, 10)
    figure = french.number(whole) + (f",{rest}" if rest else "")
    return f"{figure}{french.HARD}jour{'s' if tenths >= 20 else ''}"  # noqa: PLR2004 - singular below two


class AskForm(AskingForm):
    """Boxes by family, how soon they are needed, the situation, whom to call."""

    urgency = forms.ChoiceField(
        label="Quand n’aurez-vous plus rien ?",
        widget=forms.RadioSelect,
        choices=[(value.value, french.sentence(words)) for value, words in URGENCY_NAMES.items()],
        error_messages={
            "required": "Dites quand vous n’aurez plus rien.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )
    words = words_field(
        "Votre situation",
        required="Dites en une phrase ce qui se passe : c’est ce que lit qui décide.",
        help_text=f"Ce qui se passe, et ce que vous avez déjà essayé. {ADVICE}",
    )
    contact = contact_field(
        help_text="Un service et un téléphone, pour qui vous apporte les boîtes."
    )
    key = KeyField()

    def __init__(self, *args: Any, shelves: Sequence[Shelf], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shelves = shelves
        for shelf in shelves:
            field = boxes_field(french.sentence(shelf.family.plural), required=False)
            self.fields[_name(shelf.family.code)] = field
            field.widget.attrs["id"] = f"field-{_name(shelf.family.code)}"  # the stepper’s

    def clean(self) -> dict[str, Any]:
        """Refuse a request for nothing; what is left is the service’s to judge."""
        cleaned = super().clean()
        if not any(name in self.errors for name in self._names()) and not self.lines():
            self.add_error(None, "Indiquez au moins une boîte d’un article.")
        return cleaned

    def lines(self) -> list[Wanted]:
        """Return what is asked for, in units; families at zero are left out."""
        return [
            Wanted(family=shelf.family.code, units=boxes * shelf.family.box_units)
            for shelf in self.shelves
            if (boxes := self.cleaned_data.get(_name(shelf.family.code)) or 0)
        ]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what the page shows of each family: what was said of it, what is typed, the fault."""
        for shelf in self.shelves:
            bound = self[_name(shelf.family.code)]
            fault = " ".join(str(error) for error in bound.errors)
            yield {"shelf": shelf, "name": bound.name, "value": bound.value(), "fault": fault}

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the families it speaks of."""
        names = {
            f"lines.{place}{part}": _name(line.family)
            for key, line in enumerate(self.lines())
            for place in (key, line.family)
            for part in ("", ".units", ".family")
        }
        add_faults(self, refusal, names=names)

    def _names(self) -> list[str]:
        return [_name(shelf.family.code) for shelf in self.shelves]


def _name(family: str) -> str:
    return f"boxes-{family}"


class ReceivedForm(PageForm):
    """How many boxes of a part arrived in good order. `most` is what was handed over, in boxes."""

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["boxes"] = boxes_field(
            "Boîtes reçues en bon état",
            most=most,
            too_many="On ne vous en a pas remis autant",
            initial=most,
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it speaks of."""
        add_faults(self, refusal, names={"units": "boxes"})
