"""The forms of a facility that lends: its agreement, its answer to a proposal, what it hands over and gets back."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.resupply.models import Loan
from distrilog.domain.resupply.queries import Agreement
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


KILOMETRES: Final = (10, 25, 50, 100, 200)
USUAL_DAYS: Final = 30
LONGEST_LOT: Final = 40
YES, NO = "oui", "non"

_TERMS: Final = (
    (Loan.Terms.LOAN.value, "Un prêt : les mêmes quantités me sont rendues"),
    (Loan.Terms.GIFT.value, "Un don : rien n’est à rendre"),
)


class LenderForm(PageForm):
    """What a facility agrees to be asked for, how far around it, and whom to call."""

    families = forms.MultipleChoiceField(
        label="Articles",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : tous les articles.",
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    kilometres = forms.TypedChoiceField(
        label="Jusqu’à quelle distance",
        coerce=int,
        choices=[(each, f"{each} km à vol d’oiseau") for each in KILOMETRES],
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    contact = contact_field(
        help_text="Un service et un téléphone : l’établissement que vous aidez vous appelle.",
        required="Dites qui appeler pour venir chercher les boîtes.",
    )

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        agreed: Agreement,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            "families": agreed.families,
            "kilometres": agreed.kilometres,
            "contact": agreed.contact,
        }
        super().__init__(*args, **kwargs)
        field = self.fields["families"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, french.sentence(each.plural)) for code, each in families.items()]


class AnswerForm(AskingForm):
    """Yes for all or for fewer boxes, as a loan or as a gift; or no, and why. `most` in boxes."""

    spoken = "reason"
    filters = True  # what is wanted depends on the answer: « facultatif » would mislead

    answer = forms.ChoiceField(
        label="Votre réponse",
        widget=forms.RadioSelect,
        choices=[(YES, "Oui, je peux aider"), (NO, "Non, pas cette fois")],
        error_messages={
            "required": "Répondez oui ou non.",
            "invalid_choice": "Répondez oui ou non.",
        },
    )
    terms = forms.ChoiceField(
        label="Sous quelle forme",
        widget=forms.RadioSelect,
        required=False,
        initial=Loan.Terms.LOAN.value,
        choices=_TERMS,
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    return_by = forms.DateField(
        label="À rendre avant le",
        required=False,
        help_text="Pour un prêt.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Indiquez une date, par exemple 30/11/2020."},
    )
    reason = words_field("Pourquoi, si c’est non")

    def __init__(self, *args: Any, most: int, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"return_by": today + timedelta(days=USUAL_DAYS)})
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["boxes"] = boxes_field(
            "Nombre de boîtes",
            most=most,
            too_many="On ne vous en demande pas autant",
            required=False,
            initial=most,
        )

    def clean(self) -> dict[str, Any]:
        """Want a number of boxes for a yes, a reason for a no, a day to come for a loan."""
        cleaned = super().clean()
        if cleaned.get("answer") == NO:
            self._clean_no(cleaned)
        elif cleaned.get("answer") == YES:
            self._clean_yes(cleaned)
        return cleaned

    def _clean_no(self, cleaned: dict[str, Any]) -> None:
        if not (cleaned.get("reason") or "").strip() and "reason" not in self.errors:
            self.add_error("reason", "Dites pourquoi, en quelques mots : l’ARS le lit.")

    def _clean_yes(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("boxes") and "boxes" not in self.errors:
            self.add_error("boxes", "Dites combien de boîtes vous pouvez remettre.")
        if self.chosen_terms is Loan.Terms.GIFT or "return_by" in self.errors:
            return
        by = cleaned.get("return_by")
        if by is None:
            self.add_error("return_by", "Dites quand les boîtes doivent vous être rendues.")
        elif by <= self.today:
            self.add_error("return_by", "Choisissez un jour à venir.")

    @property
    def yes(self) -> bool:
        """Tell whether it was answered with yes."""
        return bool(self.cleaned_data["answer"] == YES)

    @property
    def boxes(self) -> int:
        """Boxes offered; none for a no."""
        return (self.cleaned_data["boxes"] or 0) if self.yes else 0

    @property
    def chosen_terms(self) -> Loan.Terms:
        """Whether it comes back; a loan unless told."""
        return Loan.Terms(self.cleaned_data.get("terms") or Loan.Terms.LOAN)

    @property
    def chosen_day(self) -> date | None:
        """When a loan comes back; None for a gift."""
        return self.cleaned_data["return_by"] if self.chosen_terms is Loan.Terms.LOAN else None

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it speaks of."""
        add_faults(self, refusal, names={"units": "boxes"})


class HandedForm(PageForm):
    """What leaves the giver's shelf: boxes, and the lot that is read on them. `most` in boxes."""

    lot = forms.CharField(
        label="Numéro de lot",
        required=False,
        max_length=LONGEST_LOT,
        help_text="Celui qui est écrit sur les boîtes, pour les retrouver en cas de rappel.",
        error_messages={"max_length": f"Au plus {LONGEST_LOT} caractères."},
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["boxes"] = boxes_field(
            "Boîtes remises",
            most=most,
            least=1,
            too_many="L’accord ne va pas si loin",
            initial=most,
        )
        self.order_fields(["boxes", "lot"])

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it speaks of."""
        add_faults(self, refusal, names={"units": "boxes"})


class ReturnForm(PageForm):
    """What comes back of a loan, or is let go as a gift. `most` in boxes."""

    key = KeyField()

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["boxes"] = boxes_field(
            "Nombre de boîtes",
            most=most,
            least=1,
            too_many="Il n’en reste pas autant à rendre",
            initial=most,
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields it speaks of."""
        add_faults(self, refusal, names={"units": "boxes"})
