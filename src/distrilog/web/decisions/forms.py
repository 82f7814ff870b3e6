"""The forms of the decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import Kind, Parameter
from distrilog.domain.doctrines.services import Proposal as DoctrineProposal
from distrilog.domain.facilities.models import Region, Zone
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.regimes.services import Proposal, WindowProposal
from distrilog.kernel.weeks import PARIS, Week
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


MOST_BOXES = 100_000_000  # beyond any envelope: a slip of the hand
LONGEST_REASON = 2000


def _regions() -> list[tuple[str, str]]:
    """Return the regions as choices, in the order of a French index."""
    rows = Region.objects.values_list("code", "name")
    return sorted(rows, key=lambda row: french.alphabetical(row[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What the one who prepares wants to know of a family: the week's need and the usable stock, in units."""

    family: Family
    need: int
    usable: int
    last_envelope: int

    @property
    def advice(self) -> str:
        """Return what the field says under its label."""
        box = self.family.box_units
        need, usable = (french.plural(units // box, "boîte") for units in (self.need, self.usable))
        return f"besoin de la semaine : {need} · stock disponible : {usable}"


class RunForm(PageForm):
    """Envelopes in boxes by family, floors and pots in percent, one adjustment by region, and why."""

    week = forms.CharField(label="Semaine", help_text="par exemple 2026-W47", max_length=8)
    floor = forms.IntegerField(
        label="Plancher des EHPAD et des hôpitaux (% du besoin)",
        help_text="Personne de ces catégories ne descend au-dessous, tant que l’enveloppe y suffit.",
        min_value=0,
        max_value=100,
        initial=33,
    )
    cap = forms.IntegerField(
        label="Plafond (% du besoin)", min_value=1, max_value=1000, initial=100
    )
    pots = forms.IntegerField(
        label="Pot commun des ARS (% de l’enveloppe)", min_value=0, max_value=50, initial=3
    )
    reads_cover = forms.BooleanField(
        label="Tenir compte de la couverture déclarée",
        help_text=(
            "À besoin égal, qui a moins de stock reçoit plus. Déclarer ne fait jamais perdre : qui se tait est "
            "compté à la couverture la plus haute de sa catégorie, et personne ne descend sous son plancher."
        ),
        required=False,
    )
    region = forms.ChoiceField(
        label="Ajuster une région",
        help_text="Quand l’épidémie y est plus forte ou plus faible qu’ailleurs.",
        required=False,
    )
    multiplier = forms.IntegerField(
        label="Coefficient de cette région (% du besoin)",
        min_value=1,
        max_value=1000,
        initial=100,
        required=False,
    )
    reason = forms.CharField(
        label="Motif",
        help_text="Il sera gardé et lu par qui signe.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, supplies: Sequence[Supply], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supplies = supplies
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)
        region.choices = [
            ("", "Aucune"),
            *_regions(),
        ]
        for supply in supplies:
            field = forms.IntegerField(
                label=f"{french.sentence(supply.family.plural)} (boîtes de {supply.family.box_units})",
                help_text=supply.advice,
                min_value=0,
                max_value=MOST_BOXES,
                required=False,
                initial=supply.last_envelope // supply.family.box_units or None,
            )
            field.widget.attrs["class"] = "fr-input"
            self.fields[f"envelope_{supply.family.code}"] = field
        self.order_fields(
            ["week", *(f"envelope_{supply.family.code}" for supply in supplies), "floor", "cap"]
        )

    def clean_week(self) -> Week:
        """Read the week."""
        text = self.cleaned_data["week"].strip()
        try:
            return Week.parse(text)
        except ValueError as error:
            told = str(error) if "semaine" in str(error) else f"La semaine {text} n’existe pas."
            raise forms.ValidationError(told) from error

    @property
    def envelopes(self) -> dict[str, int]:
        """Units by family; a family left empty is not part of the run."""
        return {
            supply.family.code: boxes * supply.family.box_units
            for supply in self.supplies
            if (boxes := self.cleaned_data[f"envelope_{supply.family.code}"]) is not None
        }

    @property
    def multipliers(self) -> dict[str, dict[str, int]]:
        """Per mille of the need by region and family."""
        region, percent = self.cleaned_data["region"], self.cleaned_data["multiplier"]
        if not region or percent in (None, 100):
            return {}
        return {region: dict.fromkeys(self.envelopes, percent * 10)}


class SignForm(PageForm):
    """The signer’s own words, kept with the signature."""

    reason = forms.CharField(
        label="Motif de votre signature",
        help_text="Ce que vous avez vu et pourquoi vous signez. Gardé et lisible par l’auditeur.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RegimeForm(PageForm):
    """A regime for families and regions from a moment, and why."""

    regime = forms.ChoiceField(
        label="Régime",
        choices=[
            ("tension", "Tension : distribution gratuite du stock de l’État"),
            ("routine", "Routine : achat libre"),
        ],
        widget=forms.RadioSelect,
        initial="tension",
    )
    mode = forms.ChoiceField(
        label="En tension, comment servir",
        choices=RegimeDecision.Mode.choices,
        initial=RegimeDecision.Mode.PULL,
    )
    families = forms.MultipleChoiceField(
        label="Familles d’articles", widget=forms.CheckboxSelectMultiple
    )
    regions = forms.MultipleChoiceField(
        label="Régions",
        help_text="Aucune case cochée : tout le pays.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    day = forms.DateField(
        label="À partir du",
        required=False,
        help_text="Vide : dès la signature.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label="Motif",
        help_text="Il sera envoyé à tous ceux que la décision concerne.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("families", Family.objects.order_by("position").values_list("code", "name")),
            ("regions", _regions()),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = list(choices)

    def proposal(self, *, at: datetime) -> Proposal:
        """Return what is proposed; a day means its first minute in Paris."""
        day = self.cleaned_data["day"]
        start = datetime.combine(day, time(0), tzinfo=PARIS) if day else at
        if day == at.astimezone(PARIS).date():
            start = at
        return Proposal(
            regime=self.cleaned_data["regime"],
            mode=self.cleaned_data["mode"],
            families=self.cleaned_data["families"],
            regions=self.cleaned_data["regions"],
            starts_at=start,
            reason=self.cleaned_data["reason"],
        )


_WEEKDAYS = list(enumerate(french.DAYS, start=1))


class WindowForm(PageForm):
    """When a zone orders: in one week, or every week from a day on."""

    zone = forms.ChoiceField(label="Zone")
    week = forms.CharField(
        label="Semaine",
        help_text="par exemple 2026-W53 ; vide : toutes les semaines, à partir de la date ci-dessous",
        max_length=8,
        required=False,
    )
    starts_on = forms.DateField(
        label="À partir du", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    closed = forms.BooleanField(label="Pas de commande cette semaine-là", required=False)
    opens_weekday = forms.TypedChoiceField(
        label="Ouvre le", choices=_WEEKDAYS, coerce=int, initial=1
    )
    opens_clock = forms.TimeField(
        label="à",
        help_text="heure de la zone",
        widget=forms.TimeInput(attrs={"type": "time"}),
        initial=time(8),
    )
    closes_weekday = forms.TypedChoiceField(
        label="Ferme le",
        choices=[*_WEEKDAYS, (8, "dimanche à minuit (laisser l’heure à 00:00)")],
        coerce=int,
        initial=4,
    )
    closes_clock = forms.TimeField(
        label="à",
        help_text="heure de la zone",
        widget=forms.TimeInput(attrs={"type": "time"}),
        initial=time(18),
    )
    reason = forms.CharField(label="Motif", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = list(Zone.objects.order_by("overseas", "name").values_list("code", "name"))

    def proposal(self) -> WindowProposal:
        """Return what is proposed."""
        return WindowProposal(**self.cleaned_data)


class DoctrineForm(PageForm):
    """A new version: its name, from which day, why, and each parameter its rules read."""

    code = forms.SlugField(
        label="Nom de la version", help_text="par exemple 2026-11-renfort", max_length=40
    )
    title = forms.CharField(label="Titre", max_length=160)
    effective_on = forms.DateField(
        label="En vigueur le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label="Motif", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, *args: Any, parameters: Sequence[tuple[Parameter, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.parameters = [parameter for parameter, _ in parameters]
        for parameter, value in parameters:
            field = _field_of(parameter)
            field.label = parameter.label
            field.help_text = parameter.note
            field.initial = " ".join(value) if parameter.kind is Kind.DEPARTMENTS else value
            field.widget.attrs["class"] = "fr-input"
            self.fields[parameter.name] = field

    def proposal(self, *, base: DoctrineVersion) -> DoctrineProposal:
        """Return what is proposed, complete."""
        return DoctrineProposal(
            code=self.cleaned_data["code"],
            title=self.cleaned_data["title"],
            rule_set=base.rule_set,
            parameters={
                parameter.name: (
                    self.cleaned_data[parameter.name].split()
                    if parameter.kind is Kind.DEPARTMENTS
                    else self.cleaned_data[parameter.name]
                )
                for parameter in self.parameters
            },
            effective_on=self.cleaned_data["effective_on"],
            reason=self.cleaned_data["reason"],
            based_on=base.pk,
        )


def _field_of(parameter: Parameter) -> forms.Field:
    if parameter.kind is Kind.DEPARTMENTS:
        return forms.CharField(
            max_length=800, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )
    return forms.IntegerField(min_value=0)
