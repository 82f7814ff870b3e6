"""The form of a gift."""

from secrets import token_hex
from typing import Any

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.services.giving import MOST_UNITS
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


class GiftForm(PageForm):
    """Units of a family given to a facility, and when."""

    registry = forms.CharField(label="Établissement", max_length=20, help_text="numéro FINESS")
    family = forms.ChoiceField(label="Famille")
    units = forms.IntegerField(
        label="Unités", min_value=1, max_value=MOST_UNITS, help_text="en unités, pas en boîtes"
    )
    given_on = forms.DateField(
        label="Remis le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = forms.CharField(label="Précisions", max_length=300, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = token_hex(10)
        self.fields["registry"].widget.attrs["list"] = "sites"
        field = self.fields["family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (each.code, french.sentence(each.plural))
            for each in Family.objects.order_by("position", "code")
        ]
