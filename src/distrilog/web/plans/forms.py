"""The forms of the push plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Programme
from distrilog.domain.facilities.models import Category, Zone
from distrilog.domain.stock.models import Place
from distrilog.kernel.weeks import Week
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


LONGEST_REASON: Final = 500
MOST_BOXES: Final = 100_000_000  # beyond any volume: a slip of the hand


def _week(text: str) -> Week:
    try:
        return Week.parse(text.strip())
    except ValueError as error:
        told = str(error) if "semaine" in str(error) else f"La semaine {text} n’existe pas."
        raise forms.ValidationError(told) from error


class AimForm(PageForm):
    """For which week and zone a plan is, and whether it stands in for the portal; read from the address."""

    filters = True

    semaine = forms.CharField(label="Semaine", max_length=8, help_text="par exemple 2020-W15")
    zone = forms.ChoiceField(label="Zone")
    continuite = forms.BooleanField(
        label="Continuité : le portail est hors service, toutes les régions sont servies",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [
            (one.pk, one.name) for one in Zone.objects.order_by("-lead_time_days", "name")
        ][::-1]

    def clean_semaine(self) -> Week:
        """Read the week."""
        return _week(self.cleaned_data["semaine"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one place has of a family that may be promised, in units; `suggested` is what the plan would take."""

    family: Family
    place: Place
    usable: int
    suggested: int = 0

    @property
    def field(self) -> str:
        """The name of its field."""
        return f"volume_{self.family.pk}_{self.place.pk}"

    @property
    def boxes(self) -> int:
        """Whole boxes it can give."""
        return self.usable // self.family.box_units


class PlanForm(PageForm):
    """Volumes in boxes by family and source, the rank in the week, floors, moments of its own, and why."""

    number = forms.IntegerField(
        label="Rang dans la semaine",
        help_text="1 pour la dotation de la semaine ; 2, 3… pour un envoi de plus.",
        min_value=1,
        max_value=20,
        initial=1,
    )
    title = forms.CharField(label="Intitulé", max_length=120, required=False)
    floor = forms.IntegerField(
        label="Plancher des EHPAD (% du besoin)",
        help_text="Tenu tant que le volume y suffit ; sinon les planchers sont partagés par la même règle, et le plan le dit.",
        min_value=0,
        max_value=100,
        initial=100,
    )
    requests_until = forms.DateTimeField(
        label="Demandes jusqu’au",
        required=False,
        help_text="Vide : jeudi 18 h de la semaine d’avant.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    freezes_at = forms.DateTimeField(
        label="Arrêté le",
        required=False,
        help_text="Vide : vendredi 18 h de la semaine d’avant.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    delivers_on = forms.DateField(
        label="Livraison à partir du",
        required=False,
        help_text="Vide : le jour usuel de la zone.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=2000,
        help_text="Obligatoire pour un plan de continuité.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    moments = ("requests_until", "freezes_at", "delivers_on")

    def __init__(self, *args: Any, sources: Sequence[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources
        for source in sources:
            self.fields[source.field] = forms.IntegerField(
                label=f"{french.sentence(source.family.plural)} depuis « {source.place.name} » (boîtes)",
                min_value=0,
                max_value=MOST_BOXES,
                required=False,
                initial=source.suggested // source.family.box_units or None,
                widget=forms.NumberInput(attrs={"class": "fr-input dl-plan__boxes"}),
            )

    @property
    def volumes(self) -> dict[str, dict[str, int]]:
        """Units by family and source; a family left empty is not part of the plan."""
        found: dict[str, dict[str, int]] = {}
        for source in self.sources:
            boxes = self.cleaned_data[source.field]
            if boxes:
                units = boxes * source.family.box_units
                found.setdefault(source.family.pk, {})[source.place.pk] = units
        return found

    @property
    def floors(self) -> dict[str, int]:
        """Per mille of the need by category group."""
        return {Category.Group.NURSING_HOME.value: self.cleaned_data["floor"] * 10}

    @property
    def own_moments(self) -> Mapping[str, Any]:
        """The moments that are not the week's usual ones."""
        return {name: self.cleaned_data[name] for name in self.moments if self.cleaned_data[name]}


class AbandonForm(PageForm):
    """Why a plan is given up."""

    reason = forms.CharField(label="Motif de l’abandon", max_length=LONGEST_REASON)


class ReasonForm(PageForm):
    """Why an adjustment is made."""

    motif = forms.CharField(
        label="Pourquoi cet ajustement",
        help_text="Les établissements concernés liront ce motif.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DeskFilter(PageForm):
    """Which lines of a platform to show. Never bound: the address is read by the view."""

    filters = True

    q = forms.CharField(label="Nom, commune ou numéro", required=False)
    groupe = forms.ChoiceField(
        label="Catégorie",
        required=False,
        choices=[
            ("", "Toutes"),
            *((group.value, french.sentence(str(group.label))) for group in Category.Group),
        ],
    )
    tri = forms.ChoiceField(
        label="Trier par",
        required=False,
        choices=[
            ("nom", "Nom"),
            ("couverture", "Couverture, les plus courts d’abord"),
            ("besoin", "Besoin, les plus grands d’abord"),
            ("dotation", "Dotation, les plus grandes d’abord"),
            ("ajuste", "Ajustement, les plus changés d’abord"),
        ],
    )


class ChangeForm(PageForm):
    """What a facility asks to get every week, and why."""

    family = forms.ChoiceField(label="Article")
    boxes = forms.IntegerField(
        label="Boîtes par semaine, en tout", min_value=0, max_value=MOST_BOXES
    )
    reason = forms.CharField(
        label="Ce qui a changé",
        help_text="En une phrase : foyer, places ouvertes, besoin surestimé. N’écrivez aucun nom de personne.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, families: Mapping[str, Family], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.families = families
        field = self.fields["family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                code,
                f"{french.sentence(family.plural)} (boîtes de {french.plural(family.box_units, family.unit)})",
            )
            for code, family in families.items()
        ]

    @property
    def units(self) -> int:
        """What is asked, in units."""
        return int(
            self.cleaned_data["boxes"] * self.families[self.cleaned_data["family"]].box_units
        )


class AnswerForm(PageForm):
    """What an agency answers to a request."""

    answer = forms.CharField(label="Votre réponse", max_length=LONGEST_REASON, required=False)


class UrgentForm(PageForm):
    """To whom, from where, how many boxes of what, and why. The key makes a second press harmless."""

    filters = True  # all families may stay empty but one: « facultatif » would only be noise

    registry = forms.CharField(
        label="Numéro de l’établissement", help_text="FINESS, ou notre numéro.", max_length=20
    )
    source = forms.ChoiceField(label="Depuis")
    motive = forms.CharField(
        label="Motif",
        help_text="Ce qui justifie de ne pas attendre le prochain plan. N’écrivez aucun nom de personne.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    key = forms.SlugField(widget=forms.HiddenInput, max_length=30)

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Sequence[Place],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.families = families
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        source.choices = [(place.pk, place.name) for place in places]
        for code, family in families.items():
            self.fields[f"boxes_{code}"] = forms.IntegerField(
                label=french.sentence(family.plural),
                help_text=f"boîtes de {french.plural(family.box_units, family.unit)}",
                min_value=0,
                max_value=MOST_BOXES,
                required=False,
                widget=forms.NumberInput(attrs={"class": "fr-input dl-plan__boxes"}),
            )

    def clean(self) -> dict[str, Any]:
        """Refuse to send nothing."""
        values = super().clean() or self.cleaned_data
        if not any(values.get(f"boxes_{code}") for code in self.families):
            raise forms.ValidationError("Dites combien de boîtes, d’un article au moins.")
        return values

    @property
    def units(self) -> dict[str, int]:
        """What is sent, in units by family."""
        return {
            code: boxes * family.box_units
            for code, family in self.families.items()
            if (boxes := self.cleaned_data[f"boxes_{code}"])
        }


class ProgrammeForm(PageForm):
    """A programme to open: whom it serves, by which rule, from when to when, and the text that says so."""

    code = forms.SlugField(
        label="Code", help_text="court, sans accent : « pompiers-2020 ».", max_length=30
    )
    title = forms.CharField(label="Intitulé", max_length=120)
    family = forms.ChoiceField(label="Article")
    rule = forms.ChoiceField(
        label="Règle",
        choices=[(rule.value, french.sentence(str(rule.label))) for rule in Programme.Rule],
        widget=forms.RadioSelect,
        initial=Programme.Rule.PER_SITE,
    )
    units = forms.IntegerField(
        label="Unités",
        help_text="par site, ou par personne ; 0 si elles sont dites site par site.",
        min_value=0,
        max_value=10**9,
        initial=0,
    )
    starts_on = forms.DateField(
        label="Du", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label="Au", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    every_weeks = forms.IntegerField(label="Toutes les (semaines)", min_value=1, max_value=52)
    once = forms.BooleanField(label="Une seule fois", required=False)
    source = forms.CharField(label="Texte qui le décide", max_length=300)

    def __init__(self, *args: Any, families: Mapping[str, Family], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, french.sentence(one.plural)) for code, one in families.items()]

    @property
    def decision(self) -> dict[str, Any]:
        """What is decided, by the names of the service."""
        return dict(self.cleaned_data)


class SitesForm(PageForm):
    """Sites pasted from a table: a number and a size a line."""

    sites = forms.CharField(
        label="Sites",
        help_text="Un par ligne : numéro, puis taille (ou unités, si la règle les dit site par site). 0 retire le site.",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=200_000,
    )

    def clean_sites(self) -> dict[str, int]:
        """Read the lines; all that are not understood are told at once."""
        found: dict[str, int] = {}
        faults = []
        for rank, line in enumerate(self.cleaned_data["sites"].splitlines(), start=1):
            cells = line.replace(";", " ").replace("\t", " ").split()
            if not cells:
                continue
            size = cells[1] if len(cells) > 1 else "1"
            if len(cells) > 2 or not (size.isascii() and size.isdecimal()) or len(size) > 9:  # noqa: PLR2004
                faults.append(
                    f"Ligne {rank} : « {line.strip()[:40]} » n’est pas un numéro et une taille."
                )
            elif cells[0] in found:
                faults.append(f"Ligne {rank} : le site {cells[0][:20]} est écrit deux fois.")
            else:
                found[cells[0]] = int(size)
        if faults:
            raise forms.ValidationError(faults)
        return found


class EndForm(PageForm):
    """The last day of a programme."""

    on = forms.DateField(label="Dernier jour", widget=forms.DateInput(attrs={"type": "date"}))


class ProgrammePlanForm(PageForm):
    """The week of a programme's plan, and what each source gives, in boxes."""

    week = forms.CharField(label="Semaine", help_text="par exemple 2020-W15", max_length=8)

    def __init__(self, *args: Any, sources: Sequence[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources
        for source in sources:
            self.fields[source.field] = forms.IntegerField(
                label=f"{source.place.name} (boîtes)",
                help_text=f"{french.plural(source.boxes, 'boîte')} en stock",
                min_value=0,
                max_value=MOST_BOXES,
                required=False,
                widget=forms.NumberInput(attrs={"class": "fr-input dl-plan__boxes"}),
            )

    def clean_week(self) -> Week:
        """Read the week."""
        return _week(self.cleaned_data["week"])

    @property
    def volumes(self) -> dict[str, int]:
        """Units by source."""
        return {
            source.place.pk: boxes * source.family.box_units
            for source in self.sources
            if (boxes := self.cleaned_data[source.field])
        }
