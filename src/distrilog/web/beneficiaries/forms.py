"""The forms of the perimeter."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.distribution.models import Trainees
from distrilog.domain.distribution.services.adapting import MOST_PEOPLE
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import (
    Category,
    Circuit,
    Department,
    Referent,
    Region,
    Territory,
    Zone,
)
from distrilog.domain.facilities.services.sites import MOST_BEDS
from distrilog.domain.regimes.models import Terms
from distrilog.domain.regimes.services.terms import MOST_BOXES, MOST_CENTS
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


MOST_PERCENT: Final = 1000


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]], *, none: str = "") -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", none), *choices] if none else choices


def _families() -> list[tuple[str, str]]:
    rows = Family.objects.order_by("position", "code")
    return [(family.code, french.sentence(family.plural)) for family in rows]


def _groups() -> list[tuple[str, str]]:
    """Return the groups of categories; pharmacies have their wholesalers."""
    return [
        (value, french.sentence(str(words)))
        for value, words in Category.Group.choices
        if value != Category.Group.PHARMACY
    ]


def _named(rows: Any) -> list[tuple[str, str]]:
    found = [(code, str(name)) for code, name in rows.values_list("code", "name")]
    return sorted(found, key=lambda row: french.alphabetical(row[1]))


class EndForm(PageForm):
    """The last day of something that goes on."""

    on = _day("Dernier jour", help_text="Ce jour compris.")


class AppointForm(PageForm):
    """Who answers, how to reach them, for what and from when."""

    name = forms.CharField(
        label="Nom ou fonction", help_text="par exemple : Cellule logistique du CHU", max_length=120
    )
    email = forms.CharField(
        label="Adresse électronique",
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label="Téléphone",
        help_text="L’un des deux au moins, pour pouvoir le joindre.",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    starts_on = _day("À partir du", help_text="Qui répondait avant lui finit la veille.")

    def __init__(self, *args: Any, kind: str, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Referent.Kind.FACILITY:
            field: forms.Field = forms.CharField(
                label="Établissements",
                help_text=(
                    "Un numéro par ligne. Plusieurs établissements médico-sociaux peuvent partager un interlocuteur ; "
                    "un établissement de santé a le sien."
                ),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3, "class": "fr-input"}),
            )
            self.fields["registries"] = field
        else:
            field = forms.ChoiceField(
                label=_REACH[kind], widget=forms.Select(attrs={"class": "fr-select"})
            )
            self.fields["reach"] = field
            field.choices = _named(_reaches(kind, scope))
        self.order_fields(["reach", "registries"])


_REACH: Final = {
    Referent.Kind.PLATFORM.value: "Territoire",
    Referent.Kind.AGENCY.value: "Région",
    Referent.Kind.AMBULANCES.value: "Département",
}


def _reaches(kind: str, scope: Scope) -> Any:
    rows: Any = {
        Referent.Kind.PLATFORM.value: Territory.objects.all(),
        Referent.Kind.AGENCY.value: Region.objects.all(),
        Referent.Kind.AMBULANCES.value: Department.objects.all(),
    }[kind]
    if scope.kind is not ScopeKind.REGION:
        return rows
    field = "code" if kind == Referent.Kind.AGENCY else "region"
    return rows.filter(**{field: scope.code})


class AttachForm(PageForm):
    """Which territory from when, and why."""

    territory = forms.ChoiceField(label="Territoire")
    on = _day("À partir du")
    reason = forms.CharField(label="Motif", max_length=200)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = facilities.territories(scope=scope).filter(platform__isnull=False)
        choices = [
            (row.code, f"{row.name} ({row.platform.name if row.platform else ''})") for row in rows
        ]
        _choose(self, "territory", choices)


class SiteForm(PageForm):
    """A temporary site: its name, place, beds, platform and days."""

    name = forms.CharField(label="Nom du site", max_length=160)
    beds = forms.IntegerField(label="Lits ou places", min_value=1, max_value=MOST_BEDS)
    street = forms.CharField(label="Voie", max_length=160, required=False)
    postcode = forms.CharField(
        label="Code postal", max_length=5, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    city = forms.CharField(label="Ville", max_length=80)
    department = forms.ChoiceField(label="Département")
    territory = forms.ChoiceField(label="Servi par le territoire")
    opens_on = _day("Ouvre le")
    closes_on = _day(
        "Ferme le",
        required=False,
        help_text="Vide si on ne le sait pas encore : il se ferme d’un geste.",
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = Department.objects.all()
        if scope.kind is ScopeKind.REGION:
            departments = departments.filter(region=scope.code)
        _choose(self, "department", _named(departments))
        _choose(self, "territory", _named(facilities.territories(scope=scope)))


class AdaptForm(PageForm):
    """How much of its need a facility keeps for a while, and why."""

    registry = forms.CharField(label="Numéro de l’établissement", max_length=20)
    family = forms.ChoiceField(label="Article", required=False)
    percent = forms.IntegerField(
        label="Besoin, en % de la doctrine",
        help_text="0 : fermé pour la saison. 100 : comme d’habitude. 150 : moitié plus.",
        min_value=0,
        max_value=MOST_PERCENT,
    )
    starts_on = _day("Du")
    ends_on = _day("Au", help_text="Ce jour compris ; l’adaptation finit d’elle-même.")
    reason = forms.CharField(label="Motif", max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "family", _families(), none="Tous les articles")


class TraineesForm(PageForm):
    """Who is supplied by which facility, how many, how often."""

    registry = forms.CharField(
        label="Numéro de l’établissement qui les dote",
        help_text="Internes : leur CHU de rattachement. Autres étudiants : leur établissement.",
        max_length=20,
    )
    kind = forms.ChoiceField(
        label="Nature",
        choices=[(value, french.sentence(str(words))) for value, words in Trainees.Kind.choices],
    )
    cohort = forms.CharField(
        label="Promotion",
        help_text="Le même nom partout : une promotion n’est comptée qu’une fois.",
        max_length=80,
    )
    headcount = forms.IntegerField(label="Effectif", min_value=1, max_value=MOST_PEOPLE)
    every_weeks = forms.TypedChoiceField(
        label="Dotée",
        coerce=int,
        choices=[(1, "toutes les semaines"), (2, "toutes les 2 semaines"), (3, "toutes les 3 semaines")],
    )  # fmt: skip
    starts_on = _day("Du")
    ends_on = _day("Au", required=False, help_text="Ce jour compris.")


class CircuitForm(PageForm):
    """Which chain serves whom from when, and by which text."""

    group = forms.ChoiceField(label="Groupe")
    category = forms.ChoiceField(label="Catégorie", required=False)
    family = forms.ChoiceField(label="Article", required=False)
    chain = forms.ChoiceField(
        label="Circuit",
        choices=[(value, french.sentence(str(words))) for value, words in Circuit.Chain.choices],
    )
    counts = forms.BooleanField(
        label="C’est lui qui compte le besoin",
        help_text="Décoché, il complète un autre circuit : les bénéficiaires ne sont comptés qu’une fois.",
        required=False,
        initial=True,
    )
    starts_on = _day("Du")
    ends_on = _day("Au", required=False, help_text="Ce jour compris.")
    source = forms.CharField(label="Texte qui le décide", max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "group", _groups())
        rows = Category.objects.exclude(group=Category.Group.PHARMACY)
        _choose(self, "category", _named(rows), none="Tout le groupe")
        _choose(self, "family", _families(), none="Tous les articles")


class TermsForm(PageForm):
    """What a category pays, how much a week and until when."""

    group = forms.ChoiceField(label="Groupe", required=False)
    family = forms.ChoiceField(label="Article", required=False)
    zone = forms.ChoiceField(label="Zone", required=False)
    basis = forms.ChoiceField(
        label="Prix",
        choices=[(value, french.sentence(str(words))) for value, words in Terms.Basis.choices],
    )
    price = forms.DecimalField(
        label="Prix de la boîte, en euros",
        help_text="Pour le stock de l’État payant seulement.",
        min_value=Decimal(0),
        max_value=Decimal(MOST_CENTS) / 100,
        decimal_places=2,
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    weekly_boxes = forms.IntegerField(
        label="Boîtes par semaine au plus",
        help_text="Par établissement et par article. Vide : seulement son contingent.",
        min_value=1,
        max_value=MOST_BOXES,
        required=False,
    )
    starts_on = _day("À partir du")
    requests_until = _day("Dernier jour des demandes", required=False)
    deliveries_until = _day("Dernier jour des livraisons", required=False)
    source = forms.CharField(label="Texte qui le décide", max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "group", _groups(), none="Toutes les catégories")
        _choose(self, "family", _families(), none="Tous les articles")
        _choose(self, "zone", _named(Zone.objects.all()), none="Toutes les zones")

    @property
    def price_cents(self) -> int:
        """The price in cents; zero when left empty."""
        return int((self.cleaned_data["price"] or Decimal(0)) * 100)


def starting(on: date) -> dict[str, date]:
    """Return the day that each form proposes."""
    return dict.fromkeys(("starts_on", "opens_on", "on"), on)
