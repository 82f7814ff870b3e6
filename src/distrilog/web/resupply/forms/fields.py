"""Fields that several forms share: boxes, a text that names nobody, a key that makes a second press harmless."""

from typing import Any, Final
from uuid import UUID, uuid4

from django import forms

from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm
from distrilog.web.shared.free_text import ADVICE, personal


MOST_BOXES: Final = 100_000  # beyond any need: a slip of the hand
LONGEST_WORDS: Final = 500
LONGEST_CONTACT: Final = 160
CONFIRM: Final = "Ce texte ne nomme aucun patient : l’envoyer tel quel"


def boxes_field(
    label: str,
    *,
    most: int = MOST_BOXES,
    least: int = 0,
    too_many: str = "",
    required: bool = True,
    initial: int | None = None,
) -> forms.IntegerField:
    """Return a field for whole boxes; `too_many` says why there are no more than `most`."""
    bound = f"{too_many} : au plus {french.plural(most, 'boîte')}." if too_many else ""
    few = "Indiquez au moins une boîte." if least else "Ce nombre ne peut pas être négatif."
    return forms.IntegerField(
        label=label,
        required=required,
        initial=initial,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"class": "fr-input", "inputmode": "numeric"}),
        error_messages={
            "required": few if least else "Indiquez un nombre de boîtes ; zéro si rien.",
            "invalid": "Indiquez un nombre entier de boîtes, par exemple 4.",
            "min_value": few,
            "max_value": bound or "Ce nombre de boîtes est bien trop grand : vérifiez la saisie.",
        },
    )


def words_field(label: str, *, required: str = "", help_text: str = ADVICE) -> forms.CharField:
    """Return a field for a few sentences; `required` is what is said to who leaves it empty, none when it may be."""
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=LONGEST_WORDS,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": required,
            "max_length": f"Ce texte dépasse {LONGEST_WORDS} caractères.",
        },
    )


def contact_field(*, help_text: str, required: str = "") -> forms.CharField:
    """Return a field for who can be reached, and how; `required` is what is said to who leaves it empty."""
    return forms.CharField(
        label="Qui appeler",
        required=bool(required),
        max_length=LONGEST_CONTACT,
        help_text=help_text,
        error_messages={
            "required": required,
            "max_length": f"Au plus {LONGEST_CONTACT} caractères.",
        },
    )


class AskingForm(PageForm):
    """A form that asks before it keeps a text that looks as if it named somebody. `spoken` is the field of the text."""

    spoken = "words"

    named = forms.BooleanField(label=CONFIRM, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubt = ""

    def clean(self) -> dict[str, Any]:
        """Ask about a text that seems to name somebody."""
        cleaned = super().clean() or {}
        self.doubt = personal(cleaned.get(self.spoken) or "")
        if self.doubt and not cleaned.get("named"):
            told = f"{self.doubt} {ADVICE} Corrigez-le, ou confirmez en cochant la case."
            self.add_error(self.spoken, told)
        return cleaned


class KeyField(forms.UUIDField):
    """A key drawn with the page, so that the same form sent twice is one action."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, initial=uuid4)

    def clean(self, value: Any) -> UUID:
        """Return the key; one that cannot be read is a new one."""
        try:
            return super().clean(value) or uuid4()
        except forms.ValidationError:
            return uuid4()
