"""The filter of the journal."""

from typing import Any

from django import forms

from distrilog.domain.reporting.trace import KIND_NAMES
from distrilog.web.shared.forms import PageForm


_DAY = {"invalid": "Écrivez une date, par exemple 2020-11-04."}


class JournalFilter(PageForm):
    """Which changes to show."""

    filters = True  # nothing is asked for: « facultatif » would only be noise

    quoi = forms.ChoiceField(
        label="Ce qui a changé",
        required=False,
        choices=[("", "Tout"), *((str(kind), name) for kind, name in KIND_NAMES.items())],
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    du = forms.DateField(
        label="Du",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DAY,
    )
    au = forms.DateField(
        label="Au",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DAY,
    )
    qui = forms.CharField(
        label="Par qui (nom)",
        required=False,
        max_length=80,
        error_messages={"max_length": "80 caractères au plus."},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("du"), cleaned.get("au")
        if since and until and until < since:
            self.add_error("au", "Cette date précède le début de la période.")
        return cleaned
