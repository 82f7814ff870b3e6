"""The forms of the stock."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.shipping.models import Outage
from distrilog.domain.stock.models import Account, Place, TransferLine
from distrilog.domain.stock.rules import CAUSE_NAMES, Cause
from distrilog.domain.stock.services.recalling import INSTRUCTION_LENGTH
from distrilog.domain.stock.services.shifting import REASON_LENGTH
from distrilog.domain.stock.services.supply import REFERENCE_LENGTH, SUPPLIER_LENGTH
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm
from distrilog.web.stock.counting import LONGEST
from distrilog.web.stock.lots import LONGEST_NUMBER
from distrilog.web.stock.reading import HELD, STATUS_WORDS


MOST_UNITS: Final = 10**12
KEY_LENGTH: Final = 40


def _family_choices(families: Mapping[str, Family]) -> list[tuple[str, str]]:
    return [(code, french.sentence(each.plural)) for code, each in families.items()]


def _place_choices(places: Mapping[str, Place]) -> list[tuple[str, str]]:
    return [(code, each.name) for code, each in places.items()]


def _choices(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def _reason(label: str = "Motif", **values: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        **values,
    )


class LotFilter(PageForm):
    """Which lots to list."""

    filters = True
    famille = forms.ChoiceField(label="Famille", required=False)
    lieu = forms.ChoiceField(label="Lieu", required=False)
    statut = forms.ChoiceField(label="Statut", required=False)
    lot = forms.CharField(label="Numéro de lot (début)", required=False, max_length=LONGEST_NUMBER)
    tri = forms.CharField(widget=forms.HiddenInput, required=False)
    sens = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Mapping[str, Place],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "famille", [("", "Toutes"), *_family_choices(families)])
        _choices(self, "lieu", [("", "Tous"), *_place_choices(places)])
        statuses = [(name, french.sentence(STATUS_WORDS[name])) for name in HELD]
        _choices(self, "statut", [("", "Tous"), *statuses])


class OnceForm(PageForm):
    """A form whose key makes a second press of its button change nothing."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=KEY_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = token_hex(10)


class LotDeedForm(OnceForm):
    """Units of a lot where they lie, and why. `accounts` are those it may be done to."""

    where = forms.ChoiceField(label="Où")
    units = forms.IntegerField(
        label="Unités", min_value=1, max_value=MOST_UNITS, help_text="vide : toutes celles de ce lieu",
        required=False,
    )  # fmt: skip
    reason = _reason()

    def __init__(self, *args: Any, accounts: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "where", _where(accounts))

    @property
    def place_and_owner(self) -> tuple[str, str]:
        """Return the place and the owner chosen."""
        place, owner = self.cleaned_data["where"].split("|")
        return place, owner


def _where(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """Return the places of accounts, with what lies there together."""
    units: dict[tuple[str, str], int] = {}
    names: dict[tuple[str, str], str] = {}
    for each in accounts:
        key = each.place_id, each.owner_id
        units[key] = units.get(key, 0) + each.units
        names[key] = _account_name(each)
    return [
        ("|".join(key), f"{names[key]} : {french.number(count)} unités")
        for key, count in units.items()
    ]


def _account_name(account: Account) -> str:
    owned = "" if account.owner_id == "state" else f" ({account.owner.name})"
    return f"{account.place.name}{owned}"


class WriteOffForm(OnceForm):
    """Units of a lot that leave the books for good: from where, how many, why."""

    account = forms.ChoiceField(label="Où, et dans quel statut")
    units = forms.IntegerField(label="Unités", min_value=1, max_value=MOST_UNITS)
    cause = forms.ChoiceField(
        label="Cause", choices=[(cause.value, french.sentence(CAUSE_NAMES[cause])) for cause in Cause]
    )  # fmt: skip
    reason = _reason(help_text="Ce qui s’est passé, sans nommer personne.")

    def __init__(self, *args: Any, accounts: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(
            self,
            "account",
            [
                (
                    str(each.pk),
                    f"{_account_name(each)}, {STATUS_WORDS[each.status]} : {french.number(each.units)} unités",
                )
                for each in accounts
            ],
        )


class RecallForm(PageForm):
    """Why a lot is recalled, and what its holders must do."""

    reason = _reason("Motif du rappel", help_text="Lu par les établissements qui en détiennent.")
    instruction = forms.CharField(
        label="Consigne",
        help_text="Ce que l’établissement doit faire des boîtes : les isoler, les renvoyer, les détruire.",
        max_length=INSTRUCTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(PageForm):
    """Only why."""

    reason = _reason()


class CountPlaceForm(PageForm):
    """Where a count is made, and of what."""

    filters = True
    lieu = forms.ChoiceField(label="Lieu")
    famille = forms.ChoiceField(label="Famille", required=False)

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Mapping[str, Place],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "lieu", _place_choices(places))
        _choices(self, "famille", [("", "Toutes"), *_family_choices(families)])


class CountForm(OnceForm):
    """What a count has besides its lines: a table pasted or sent, and why it was made."""

    table = forms.CharField(
        label="Coller un tableau",
        help_text="Une ligne par lot : lot ; statut ; unités. Le GTIN peut précéder le lot.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    file = forms.FileField(
        label="Ou envoyer un fichier CSV", help_text="2 Mo au plus.", required=False
    )
    reason = _reason("Motif de l’inventaire")

    def clean_file(self) -> str:
        """Return the text of the file: UTF-8, or what older spreadsheets write."""
        sent = self.cleaned_data["file"]
        if sent is None:
            return ""
        if sent.size > LONGEST:
            raise forms.ValidationError("Ce fichier dépasse 2 Mo : ce n’est pas un inventaire.")
        content = sent.read()
        if b"\0" in content:
            raise forms.ValidationError("Ce fichier n’est pas un tableau CSV.")
        try:
            return str(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return str(content.decode("cp1252", errors="replace"))


# ------------------------------------------------------------------ purchases and transfers


class PurchaseForm(PageForm):
    """A purchase and when it is due."""

    reference = forms.CharField(label="Référence", max_length=REFERENCE_LENGTH)
    gtin = forms.ChoiceField(label="Article")
    supplier = forms.CharField(label="Fournisseur", max_length=SUPPLIER_LENGTH)
    place = forms.ChoiceField(label="Livré à")
    units = forms.IntegerField(
        label="Unités", min_value=1, max_value=MOST_UNITS, help_text="par boîtes entières"
    )
    expected_on = forms.DateField(
        label="Attendu le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    strategic = forms.DecimalField(
        label="Part gardée au stock stratégique (%)",
        min_value=0,
        max_value=100,
        decimal_places=1,
        initial=0,
    )

    def __init__(self, *args: Any, places: Mapping[str, Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        articles = Article.objects.select_related("family").order_by("family__position", "name")
        choices = [
            (each.gtin, f"{each.name} (boîte de {each.box_units})")
            for each in articles.filter(closed_on__isnull=True)
        ]
        _choices(self, "gtin", choices)
        _choices(self, "place", _place_choices(places))


class TransferForm(OnceForm):
    """Units of a family to move between two places, by pallets."""

    source = forms.ChoiceField(label="De")
    target = forms.ChoiceField(label="Vers")
    family = forms.ChoiceField(label="Famille")
    units = forms.IntegerField(
        label="Unités",
        min_value=1,
        max_value=MOST_UNITS,
        help_text="arrondies à la palette au-dessus",
    )
    reason = _reason(required=False)

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Mapping[str, Place],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "source", _place_choices(places))
        _choices(self, "target", _place_choices(places))
        _choices(self, "family", _family_choices(families))


class PalletsForm(PageForm):
    """How the journey of some pallets ended."""

    ssccs = forms.MultipleChoiceField(
        label="Palettes", widget=forms.CheckboxSelectMultiple, error_messages={
            "required": "Cochez au moins une palette.",
        },
    )  # fmt: skip
    outcome = forms.ChoiceField(label="Ce qu’il en est", choices=TransferLine.Outcome.choices)
    reason = _reason(required=False)

    def __init__(self, *args: Any, lines: Sequence[TransferLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (each.sscc, f"{each.sscc}, lot {each.lot.number} : {french.number(each.units)} unités")
            for each in lines
        ]
        field = self.fields["ssccs"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        field.initial = [sscc for sscc, _ in choices]


class ThresholdForm(PageForm):
    """Between which levels a family is kept at a place."""

    place = forms.ChoiceField(label="Lieu")
    family = forms.ChoiceField(label="Famille")
    minimum = forms.IntegerField(label="Minimum (unités)", min_value=0, max_value=MOST_UNITS)
    maximum = forms.IntegerField(label="Maximum (unités)", min_value=0, max_value=MOST_UNITS)

    def __init__(
        self,
        *args: Any,
        families: Mapping[str, Family],
        places: Mapping[str, Place],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "place", _place_choices(places))
        _choices(self, "family", _family_choices(families))


# ------------------------------------------------------------------ continuity


class OutageForm(PageForm):
    """Who is away, whether it is an exercise, and what is known of it."""

    partner = forms.ChoiceField(
        label="Qui ne répond plus", choices=Outage.Partner.choices, widget=forms.RadioSelect
    )
    drill = forms.BooleanField(
        label="C’est un exercice",
        help_text="Tout se passe comme pour une vraie panne ; les messages disent que c’est un exercice.",
        required=False,
    )
    reason = _reason(
        "Ce qui se passe", help_text="Lu par les agences et les établissements supports."
    )
