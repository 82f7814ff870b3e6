"""What arrived, lot by lot, as somebody at the dock types it: some lines, those left empty being none."""

from typing import Any, Final

from django import forms

from distrilog.domain.stock.rules import Condition
from distrilog.domain.stock.services import Arrival
from distrilog.web.shared.forms import PageForm


LINES: Final = 4
MOST_LINES: Final = 20
LONGEST_NUMBER: Final = 20
MOST_UNITS: Final = 10**12


class ArrivalForm(PageForm):
    """Units of one lot that arrived together; left empty, nothing of it arrived."""

    filters = True  # Whether a line is filled is its own choice: no field says « facultatif ».
    lot = forms.CharField(label="Numéro de lot", max_length=LONGEST_NUMBER, required=False)
    expires_on = forms.DateField(
        label="Péremption",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    units = forms.IntegerField(label="Unités", min_value=1, max_value=MOST_UNITS, required=False)
    condition = forms.ChoiceField(
        label="État",
        choices=[
            (Condition.GOOD.value, "bon"),
            (Condition.DOUBTFUL.value, "à vérifier : en quarantaine"),
        ],
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a line that is half filled."""
        asked = super().clean() or {}
        if bool(asked.get("lot")) != bool(asked.get("units")) and not self.errors:
            missing = "units" if asked.get("lot") else "lot"
            self.add_error(missing, "Complétez cette ligne, ou videz-la.")
        return asked


Arrivals = forms.formset_factory(ArrivalForm, extra=LINES, max_num=MOST_LINES)


def arrivals_of(lines: Any) -> list[Arrival]:
    """Return what the filled lines say; `lines` are valid `Arrivals`."""
    return [
        Arrival(
            lot=asked["lot"],
            units=asked["units"],
            expires_on=asked["expires_on"],
            condition=Condition(asked["condition"]),
        )
        for asked in (form.cleaned_data for form in lines)
        if asked.get("lot")
    ]
