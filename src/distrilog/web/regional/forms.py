"""The forms of a region's stock."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.facilities.models import Department, Territory
from distrilog.domain.regional.models import LotPart, Receiver, Supply
from distrilog.domain.regional.services import ShareOf
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


MOST_UNITS: Final = 10**12
PART_LINES: Final = 4
LONGEST_TABLE: Final = 60_000
REFERENCE_LENGTH: Final = 40

Choices = Sequence[tuple[str, str]]


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def _day(label: str, **values: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **values)


def _words(label: str, **values: Any) -> forms.CharField:
    values = {"max_length": 300, "widget": forms.Textarea(attrs={"rows": 2}), **values}
    return forms.CharField(label=label, **values)


def _units(label: str = "Unités", **values: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_UNITS, **values)


def family_choices(families: Mapping[str, Family]) -> Choices:
    """Return the families to choose from."""
    return [(code, french.sentence(each.plural)) for code, each in families.items()]


class SupplyForm(PageForm):
    """What a region is given, buys or finds."""

    kind = forms.ChoiceField(
        label="Nature", choices=Supply.Kind.choices, widget=forms.RadioSelect, initial="donation"
    )
    reference = forms.CharField(label="Référence", max_length=REFERENCE_LENGTH)
    donor = forms.CharField(label="Donateur ou fournisseur", max_length=120)
    gtin = forms.ChoiceField(label="Article")
    units = _units("Unités promises ou commandées")
    place = forms.ChoiceField(label="Où cela arrive")
    expected_on = _day("Attendu le", required=False)
    quality = forms.ChoiceField(
        label="Qualité",
        choices=[
            ("unchecked", "à contrôler : en quarantaine à l’arrivée"),
            ("accepted", "conforme : utilisable à l’arrivée"),
        ],
        widget=forms.RadioSelect,
        initial="unchecked",
    )

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        articles = Article.objects.select_related("family").order_by("family__position", "name")
        shown = articles.filter(closed_on__isnull=True)
        _choose(
            self,
            "gtin",
            [(each.gtin, f"{each.name} (boîte de {each.box_units})") for each in shown],
        )
        _choose(self, "place", places)


class QualityForm(PageForm):
    """What a look at the goods found."""

    accepted = forms.ChoiceField(
        label="Résultat",
        choices=[("yes", "conforme"), ("no", "non conforme : tout ce qui reste va en quarantaine")],
        widget=forms.RadioSelect,
    )
    words = _words("Ce qui a été contrôlé")


class ReasonForm(PageForm):
    """Only why."""

    reason = _words("Motif")


class LotForm(PageForm):
    """A lot to split: what, where, how many."""

    title = forms.CharField(
        label="Intitulé", max_length=160, help_text="par exemple : don de la région, semaine 17"
    )
    reference = forms.CharField(label="Référence", max_length=REFERENCE_LENGTH)
    family = forms.ChoiceField(label="Famille")
    place = forms.ChoiceField(label="Où il se trouve")
    units = _units("Unités du lot")

    def __init__(
        self, *args: Any, families: Mapping[str, Family], places: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "family", family_choices(families))
        _choose(self, "place", places)


class PartForm(PageForm):
    """A purpose of the lot; left empty, there is none."""

    filters = True
    purpose = forms.ChoiceField(label="Destination", choices=LotPart.Purpose.choices)
    units = _units(required=False)
    words = forms.CharField(label="Précisions", max_length=300, required=False)


Parts = forms.formset_factory(PartForm, extra=PART_LINES, max_num=12)


class SharesForm(PageForm):
    """Who gets a part: units by territory, and a table for facilities and receivers."""

    filters = True
    others = forms.CharField(
        label="Établissements et destinataires directs",
        help_text="Une ligne chacun : numéro FINESS ou code du destinataire ; unités.",
        required=False,
        max_length=LONGEST_TABLE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        territories: Sequence[Territory],
        receivers: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.receivers = frozenset(receivers)
        self.codes = [each.pk for each in territories]
        for each in territories:
            field = _units(each.name, required=False)
            field.widget.attrs["class"] = "fr-input"
            self.fields[f"t-{each.pk}"] = field
        self.order_fields([*(f"t-{code}" for code in self.codes), "others"])

    def clean_others(self) -> list[ShareOf]:
        """Return the shares of the table; name the lines that cannot be read."""
        shares, wrong = [], []
        for number, line in enumerate(self.cleaned_data["others"].splitlines(), start=1):
            if not line.strip():
                continue
            whom, _semicolon, units = (part.strip() for part in line.partition(";"))
            units = units.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
            if not whom or not (units.isascii() and units.isdigit() and len(units) <= 12):  # noqa: PLR2004
                wrong.append(str(number))
            elif whom in self.receivers:
                shares.append(ShareOf(receiver=whom, units=int(units)))
            else:
                shares.append(ShareOf(facility=whom, units=int(units)))
        if wrong:
            raise forms.ValidationError(
                f"Lignes illisibles : {', '.join(wrong)}. Écrire « numéro ; unités »."
            )
        return shares

    @property
    def fields_of_platforms(self) -> list[forms.BoundField]:
        """Return the fields of the territories, as a table lays them out."""
        return [self[f"t-{code}"] for code in self.codes]

    @property
    def others_field(self) -> forms.BoundField:
        """Return the field of those that no platform serves."""
        return self["others"]

    @property
    def shares(self) -> list[ShareOf]:
        """Return all that is given."""
        given = [
            ShareOf(territory=code, units=units)
            for code in self.codes
            if (units := self.cleaned_data.get(f"t-{code}"))
        ]
        return [*given, *self.cleaned_data["others"]]


class OnceForm(PageForm):
    """A form whose key makes a second press of its button change nothing."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = token_hex(10)


class ReleaseForm(OnceForm):
    """Units of a delegation's reserve for a facility: which reserve, whom, why."""

    reserve = forms.ChoiceField(label="Réserve")
    facility = forms.CharField(
        label="Établissement", max_length=20, help_text="numéro FINESS, dans votre département"
    )
    units = _units()
    outbreak_on = _day(
        "Foyer signalé le", required=False, help_text="vide : structure désignée COVID+"
    )
    motive = _words("Motif", help_text="Sans nommer personne.")

    def __init__(self, *args: Any, reserves: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "reserve", reserves)
        self.fields["facility"].widget.attrs["list"] = "sites"


class IssueForm(OnceForm):
    """Units of the region's stock for somebody, at once: what, from where, whom, why."""

    family = forms.ChoiceField(label="Famille")
    place = forms.ChoiceField(label="Depuis")
    facility = forms.CharField(
        label="Établissement", max_length=20, required=False, help_text="numéro FINESS"
    )
    receiver = forms.ChoiceField(label="ou destinataire direct", required=False)
    units = _units()
    motive = _words("Motif", help_text="Sans nommer personne.")

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Choices,
        receivers: Sequence[Receiver],
        direct: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "family", family_choices(families))
        _choose(self, "place", places)
        named = [(each.code, f"{each.name} ({each.kind})") for each in receivers]
        if direct:
            del self.fields["facility"]
            self.fields["receiver"].label = "Destinataire direct"
            self.fields["receiver"].required = True
            _choose(self, "receiver", named)
        else:
            _choose(self, "receiver", [("", "aucun"), *named])


class ReceiverForm(PageForm):
    """Somebody served directly."""

    name = forms.CharField(label="Nom", max_length=160)
    kind = forms.CharField(
        label="Nature", max_length=80, help_text="par exemple : centre de consultation COVID"
    )
    department = forms.ChoiceField(label="Département", required=False)
    sites = forms.IntegerField(label="Nombre de sites", min_value=1, max_value=100_000, initial=1)

    def __init__(self, *args: Any, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(each.pk, each.name) for each in departments]
        _choose(self, "department", [("", "toute la région"), *known])


class HandOutForm(OnceForm):
    """Units of a reinforcement that a platform gives one of its facilities."""

    facility = forms.CharField(label="Établissement", max_length=20, help_text="numéro FINESS")
    units = _units()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].widget.attrs["list"] = "sites"
