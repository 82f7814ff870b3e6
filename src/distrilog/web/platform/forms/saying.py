"""Forms of what is said of a platform: its situation, incidents, what it is given back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Incident, Situation
from distrilog.domain.distribution.services import Stated
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.platform.forms.docking import LONGEST, count_field, words_field
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults


OWNERS = (("ars", "Agence régionale de santé"), ("national_cell", "Cellule nationale"))
_CHOOSE = {"required": "Choisissez dans la liste.", "invalid_choice": "Choisissez dans la liste."}


class SituationForm(PageForm):
    """A platform's stock and risk, family by family; a family left empty is not said."""

    filters = True  # what is wanted depends on the rest of its row

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        said: Mapping[str, Situation],
        shelf: Mapping[str, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.families = families
        for code in families:
            before = said.get(code)
            self.fields[f"stock-{code}"] = count_field(
                label="Stock (unités)",
                required=False,
                initial=before.stock if before else shelf.get(code),
            )
            self.fields[f"risk-{code}"] = forms.ChoiceField(
                label="Risque de rupture",
                required=False,
                choices=[(each.value, each.label) for each in Situation.Risk],
                initial=before.risk if before else Situation.Risk.NONE,
                widget=forms.Select(attrs={"class": "fr-select"}),
                error_messages=_CHOOSE,
            )
            self.fields[f"words-{code}"] = forms.CharField(
                label="D’où vient le risque ?",
                required=False,
                max_length=LONGEST,
                initial=before.words if before else "",
                widget=forms.TextInput(attrs={"class": "fr-input"}),
            )
            self.fields[f"stock-{code}"].widget.attrs["class"] = "fr-input"

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each family with its three fields."""
        for code, family in self.families.items():
            yield {
                "family": family,
                "fields": [self[f"{part}-{code}"] for part in ("stock", "risk", "words")],
            }

    def stated(self) -> dict[str, Stated]:
        """Return what is said, by family."""
        cleaned = self.cleaned_data
        return {
            code: Stated(
                stock=cleaned[f"stock-{code}"],
                risk=cleaned[f"risk-{code}"] or Situation.Risk.NONE,
                words=cleaned[f"words-{code}"],
            )
            for code in self.families
            if cleaned.get(f"stock-{code}") is not None
        }

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it speaks of."""
        names = {
            f"lines.{code}.{part}": f"{part}-{code}"
            for code in self.families
            for part in ("stock", "risk", "words")
        }
        add_faults(self, refusal, names=names)


class IncidentForm(PageForm):
    """What went wrong, where; who deals with it and until when follow, unless said."""

    territory = forms.ChoiceField(label="Plateforme", error_messages=_CHOOSE)
    kind = forms.ChoiceField(label="Nature", choices=Incident.Kind.choices, error_messages=_CHOOSE)
    words = words_field(
        label="Ce qui s’est passé",
        required="Dites ce qui s’est passé.",
        help_text="Les faits, les quantités, ce que vous avez déjà fait. Aucun nom de patient.",
    )
    owner = forms.ChoiceField(
        label="Traité par",
        required=False,
        choices=[("", "Selon la nature"), *OWNERS],
        error_messages=_CHOOSE,
    )

    def __init__(self, *args: Any, platforms: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["territory"]
        assert isinstance(field, forms.ChoiceField)
        if len(platforms) == 1:
            field.widget = forms.HiddenInput()
            self.initial["territory"] = platforms[0][0]
        field.choices = platforms


class TakeForm(PageForm):
    """Who deals with an incident, and until which day."""

    owner = forms.ChoiceField(label="Traité par", choices=OWNERS, error_messages=_CHOOSE)
    due_on = forms.DateField(
        label="À traiter avant la fin du",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Indiquez un jour, par exemple 24/11/2020."},
    )

    def due_at(self) -> datetime | None:
        """Return the deadline: the end of that day in Paris."""
        day = self.cleaned_data["due_on"]
        return datetime.combine(day, time(23, 59), tzinfo=PARIS) if day else None


class CloseForm(PageForm):
    """What was done about an incident."""

    answer = words_field(label="Suite donnée", required="Dites la suite donnée.")


class SettleForm(PageForm):
    """Units of a family that a platform is given back for what it advanced."""

    family = forms.ChoiceField(label="Famille", error_messages=_CHOOSE)
    units = count_field(label="Unités rendues")
    reason = words_field(label="Motif", required="Dites pourquoi elle est compensée.")

    def __init__(
        self, *args: Any, debts: Mapping[str, int], families: Mapping[str, Family], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                code,
                f"{french.sentence(families[code].plural)} : {french.number(units)} dues",
            )
            for code, units in debts.items()
        ]
