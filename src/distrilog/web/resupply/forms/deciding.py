"""The forms of whoever decides: which source gives how much, no and why, what leaves the State stock, what to list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from distrilog.domain.resupply.rules import KIND_NAMES, STEP_NAMES, URGENCY_NAMES, Kind, Step
from distrilog.domain.resupply.services import Choice
from distrilog.kernel.refusals import Refusal
from distrilog.web.resupply.forms.fields import AskingForm, boxes_field, words_field
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.free_text import ADVICE


SETTLED: Final = "terminees"
LONGEST_SEARCH: Final = 80


class RequestsFilter(PageForm):
    """Which requests to show. Read leniently: what means nothing is passed over."""

    filters = True

    q = forms.CharField(label="Nom ou référence", required=False, max_length=LONGEST_SEARCH)
    etat = forms.ChoiceField(
        label="État", required=False, choices=[("", "En cours"), (SETTLED, "Terminées")]
    )
    etape = forms.ChoiceField(
        label="En attente de",
        required=False,
        choices=[
            ("", "Toutes"),
            *((step.value, french.sentence(STEP_NAMES[step])) for step in Step),
        ],
    )
    urgence = forms.ChoiceField(
        label="Urgence",
        required=False,
        choices=[
            ("", "Toutes"),
            *((value.value, french.sentence(words)) for value, words in URGENCY_NAMES.items()),
        ],
    )
    famille = forms.ChoiceField(label="Article", required=False)
    departement = forms.ChoiceField(label="Département", required=False)

    def __init__(
        self,
        *args: Any,
        families: Sequence[tuple[str, str]],
        departments: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "famille": [("", "Tous"), *families],
            "departement": [("", "Tous"), *departments],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        if len(departments) < 2:  # noqa: PLR2004 - nothing to choose from
            del self.fields["departement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """
    One source of one line that may be chosen now: what it can give, in units of whole boxes.

    `part` is a neighbour’s offer, `place` a department’s store; neither for the pot and the State.
    """

    line: int
    family: str
    kind: Kind
    name: str
    units: int
    box_units: int
    part: int | None = None
    place: str = ""
    metres: int | None = None

    @property
    def field(self) -> str:
        """The name of its field."""
        return f"give-{self.line}-{self.kind.value}-{self.part or self.place or 0}"

    @property
    def kind_words(self) -> str:
        """What kind of source it is."""
        return KIND_NAMES[self.kind]


class DecisionForm(AskingForm):
    """Boxes by source for every line, and what to tell the facility."""

    spoken = "answer"

    answer = words_field("Votre réponse à l’établissement", help_text=ADVICE)

    # What was granted when the page was shown: a decision is about what its maker saw.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, givers: Sequence[Giver], granted: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.givers = givers
        self.granted = granted
        for giver in givers:
            self.fields[giver.field] = boxes_field(
                giver.name,
                most=giver.units // giver.box_units,
                too_many="Cette source ne peut pas donner autant",
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a decision that gives nothing: that is a refusal, with its reason."""
        cleaned = super().clean()
        if self.granted is not None and cleaned.get("seen") != self.granted:
            told = "La demande a changé depuis l’affichage de cette page : vérifiez ce qui reste à couvrir."
            self.add_error(None, told)
        if not self.errors and not any(units for _giver, units in self.given()):
            told = "Rien n’est choisi : indiquez des boîtes, ou refusez la demande avec un motif."
            self.add_error(None, told)
        return cleaned

    def given(self) -> Iterator[tuple[Giver, int]]:
        """Yield each source and the units taken from it."""
        for giver in self.givers:
            yield giver, (self.cleaned_data.get(giver.field) or 0) * giver.box_units

    def choices(self) -> list[Choice]:
        """Return what is decided; sources of which nothing is taken are left out."""
        return [
            Choice(
                kind=giver.kind,
                line=giver.line,
                units=units,
                part_id=giver.part,
                place=giver.place,
            )
            for giver, units in self.given()
            if units
        ]

    def kept(self) -> list[tuple[str, str]]:
        """Return what the check page sends back."""
        typed = [(giver.field, self[giver.field].value()) for giver in self.givers]
        typed += [(name, self[name].value()) for name in ("answer", "seen")]
        if self.cleaned_data.get("named"):
            typed.append(("named", "on"))
        return [(name, str(value)) for name, value in typed if value not in (None, "")]

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the sources it speaks of."""
        chosen = [giver for giver, units in self.given() if units]
        names = {
            f"choices.{rank}{part}": giver.field
            for rank, giver in enumerate(chosen)
            for part in ("", ".units", ".part_id", ".place", ".kind", ".line")
        }
        by_line = {f"lines.{giver.line}": giver.field for giver in reversed(chosen)}
        add_faults(self, refusal, names=names | by_line)


class RefusalForm(AskingForm):
    """Why nothing is given."""

    spoken = "reason"

    reason = words_field("Motif", required="Dites pourquoi, en une phrase : elle sera lue.")


class ValidationForm(PageForm):
    """What leaves the State stock for one line: all, a part, or nothing and why. `most` in boxes."""

    reason = words_field("Motif", help_text=f"Obligatoire pour refuser ou réduire. {ADVICE}")

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.fields["boxes"] = boxes_field(
            "Boîtes accordées",
            most=most,
            too_many="L’ARS n’en demande pas autant",
            required=False,
            initial=most,
        )
        self.order_fields(["boxes", "reason"])

    def clean(self) -> dict[str, Any]:
        """Want a reason for less than asked, and boxes for a yes."""
        cleaned = super().clean() or {}
        if "boxes" in self.errors or "reason" in self.errors:
            return cleaned
        boxes = cleaned.get("boxes") or 0
        if self.accepts and not boxes:
            self.add_error("boxes", "Indiquez les boîtes accordées, ou refusez.")
        elif not cleaned.get("reason") and (not self.accepts or boxes < self.most):
            self.add_error("reason", "Dites pourquoi : l’ARS et l’établissement le liront.")
        return cleaned

    @property
    def accepts(self) -> bool:
        """Tell whether the button was that of a yes."""
        return self.data.get("fin") != "refuser"

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it speaks of."""
        add_faults(self, refusal, names={"units": "boxes"})
