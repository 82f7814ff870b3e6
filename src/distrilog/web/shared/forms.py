"""Forms: DSFR classes on the widgets, refusals shown at the fields."""

from collections.abc import Mapping
from typing import Any

from django import forms

from distrilog.kernel.refusals import Refusal


_CLASSES: dict[type[forms.Widget], str] = {
    forms.Select: "fr-select",
    forms.Textarea: "fr-input",
    forms.RadioSelect: "",
    forms.CheckboxInput: "",
    forms.CheckboxSelectMultiple: "",
    forms.HiddenInput: "",
    forms.FileInput: "fr-upload",
}


class PageForm(forms.Form):
    """A form whose widgets carry the design system's classes, its faults tied to their fields."""

    error_css_class = "fr-input-group--error"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            words = next(
                (c for kind, c in _CLASSES.items() if type(field.widget) is kind), "fr-input"
            )
            if words:
                field.widget.attrs["class"] = words


def add_faults(
    form: forms.BaseForm, refusal: Refusal, *, names: Mapping[str, str] | None = None
) -> None:
    """
    Put each fault of a refusal at its field; what has no field goes on top of the form.

    `names` maps a fault's `where` (`lines.2.units`) to a field of the form.
    """
    for fault in refusal.faults:
        name = (names or {}).get(fault.where, fault.where)
        told = f"{fault.message} {fault.remedy}".strip()
        form.add_error(name if name in form.fields else None, told)
    if not refusal.faults:
        form.add_error(None, refusal.detail or refusal.title)
