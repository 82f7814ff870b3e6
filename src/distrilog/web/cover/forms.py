"""The forms of cover: filters, a new threshold, a repaired access."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from distrilog.domain.accounts.rules import ROLE_NAMES
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.rules import LONGEST_DAYS
from distrilog.domain.facilities.models import Category, Region
from distrilog.integrations.identity.models import INVITED_ROLES
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


EVERY: Final = "Toutes"
# Pharmacies are served through a chain of their own: nobody asks them to declare.
GROUPS: Final = [
    (group.value, french.sentence(str(group.label)))
    for group in Category.Group
    if group is not Category.Group.PHARMACY
]
Choices = Sequence[tuple[str, str]]


class ThresholdForm(PageForm):
    """Below how many days who is to be watched, or in alert, from which day on, and why."""

    filters = True  # an empty choice means all: « facultatif » would only be noise

    group = forms.ChoiceField(label="Catégorie d’établissement", required=False)
    region = forms.ChoiceField(label="Région", required=False)
    family = forms.ChoiceField(label="Article", required=False)
    watch_days = forms.IntegerField(
        label="À surveiller sous (jours)", min_value=0, max_value=LONGEST_DAYS
    )
    alert_days = forms.IntegerField(
        label="En alerte sous (jours)", min_value=0, max_value=LONGEST_DAYS
    )
    starts_on = forms.DateField(
        label="À partir du", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label="Motif", max_length=300)

    def __init__(
        self,
        *args: Any,
        regions: Sequence[Region],
        families: Sequence[Family],
        own_region: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        whole = [] if own_region else [("", "Tout le pays")]
        offered: dict[str, Choices] = {
            "group": [("", EVERY), *GROUPS],
            "region": [*whole, *((one.pk, one.name) for one in regions)],
            "family": [
                ("", "Tous"),
                *((one.pk, french.sentence(one.plural)) for one in families),
            ],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class RepairForm(PageForm):
    """Who is to have access again, and as what: one step."""

    email = forms.EmailField(
        label="Courriel professionnel", help_text="PLAGE y écrira pour ouvrir le compte."
    )
    role = forms.ChoiceField(
        label="Rôle", choices=[(str(role), ROLE_NAMES[role]) for role in INVITED_ROLES]
    )
    name = forms.CharField(label="Nom et prénom", max_length=120)


class ListFilter(PageForm):
    """Which facilities to show. Never bound: the address is read by the view."""

    filters = True  # nothing is asked for: « facultatif » would only be noise

    q = forms.CharField(label="Nom, commune ou numéro", required=False)
    etat = forms.ChoiceField(label="Niveau", required=False)
    groupe = forms.ChoiceField(label="Catégorie", required=False, choices=[("", EVERY), *GROUPS])

    def __init__(self, *args: Any, levels: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["etat"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = levels
