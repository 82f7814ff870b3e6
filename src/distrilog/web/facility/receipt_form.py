"""The form at the door: what is missing, damaged, refused, wrong or too many, line by line, in boxes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.shipping.queries import ContentSeen, DespatchSeen
from distrilog.domain.shipping.rules import Difference
from distrilog.domain.shipping.services import Stated
from distrilog.kernel.refusals import Invalid, Refusal
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.free_text import ADVICE, personal
from distrilog.web.shared.photos import LARGEST_BYTES, clean_photo


MOST_BOXES: Final = 100_000
LONGEST_REMARK: Final = 1000
# What may be wrong with boxes that are not there in good order, in the words of the door.
KINDS: Final = (
    (Difference.MISSING.value, "manquantes"),
    (Difference.DAMAGED.value, "abîmées"),
    (Difference.REFUSED.value, "refusées"),
    (Difference.WRONG.value, "un autre article"),
)
_WHOLE: Final = {
    "required": "Indiquez combien vous en avez reçu en bon état ; zéro si rien.",
    "invalid": "Indiquez un nombre entier, par exemple 4.",
    "min_value": "Ce nombre ne peut pas être négatif.",
    "max_value": "Ce nombre est bien trop grand : vérifiez la saisie.",
}


class ReceiptForm(PageForm):
    """What was received of a despatch: boxes by line, what came besides, a remark, a photo."""

    extra_family = forms.ChoiceField(label="Article en plus", required=False)
    extra_boxes = forms.IntegerField(
        label="Nombre de boîtes en plus",
        required=False,
        min_value=1,
        max_value=MOST_BOXES,
        error_messages=_WHOLE | {"min_value": "Indiquez au moins une boîte."},
    )
    remark = forms.CharField(
        label="Remarque",
        required=False,
        max_length=LONGEST_REMARK,
        help_text=ADVICE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"La remarque dépasse {LONGEST_REMARK} caractères."},
    )
    photo = forms.FileField(
        label="Photo",
        required=False,
        help_text="Le lieu et l’appareil sont effacés de la photo. 8 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        error_messages={"empty": "Cette photo est vide.", "invalid": "Cette photo est illisible."},
    )
    named = forms.BooleanField(
        label="Ce texte ne nomme aucun patient : l’envoyer tel quel", required=False
    )

    def __init__(
        self, *args: Any, despatch: DespatchSeen, families: Mapping[str, Family], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.despatch = despatch
        self.families = families
        self.doubt = ""
        for content in despatch.contents:
            self.fields[f"received-{content.id}"] = _boxes(content, families[content.family])
            self.fields[f"kind-{content.id}"] = forms.ChoiceField(
                label="Celles qui manquent à l’appel sont",
                required=False,
                choices=KINDS,
                widget=forms.Select(attrs={"class": "fr-select"}),
                error_messages={"invalid_choice": "Choisissez dans la liste."},
            )
            if content.substitute:
                self.fields[f"refuse-{content.id}"] = forms.BooleanField(
                    label="Je refuse ce remplacement", required=False
                )
        field = self.fields["extra_family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "Rien en plus"),
            *((family.code, french.sentence(family.plural)) for family in families.values()),
        ]

    def clean_photo(self) -> bytes | None:
        """Return the photo as a small JPEG without metadata."""
        sent = self.cleaned_data.get("photo")
        if not sent:
            return None
        try:
            return clean_photo(sent.read(LARGEST_BYTES + 1))
        except Invalid as refusal:
            fault = refusal.faults[0]
            raise forms.ValidationError(f"{fault.message} {fault.remedy}") from refusal

    def clean(self) -> dict[str, Any]:
        """Ask about a text that seems to name somebody, and refuse a form that says nothing."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("extra_family")) != bool(cleaned.get("extra_boxes")):
            missing = "extra_boxes" if cleaned.get("extra_family") else "extra_family"
            if missing not in self.errors:
                self.add_error(missing, "Indiquez l’article en plus et son nombre de boîtes.")
        self.doubt = personal(cleaned.get("remark") or "")
        if self.doubt and not cleaned.get("named"):
            self.add_error(
                "remark", f"{self.doubt} {ADVICE} Corrigez-le, ou confirmez en cochant la case."
            )
        if not self.errors and not (self.stated() or cleaned["remark"] or cleaned["photo"]):
            told = "Aucun écart n’est indiqué. Si tout est là, utilisez « Tout est conforme »."
            self.add_error(None, told)
        return cleaned

    def stated(self) -> Sequence[Stated]:
        """Return the differences, in units."""
        return [*self._of_lines(), *self._besides()]

    def _of_lines(self) -> Iterator[Stated]:
        for content in self.despatch.contents:
            boxes = self.cleaned_data[f"received-{content.id}"]
            kind = Difference(self.cleaned_data[f"kind-{content.id}"] or Difference.MISSING)
            if self.cleaned_data.get(f"refuse-{content.id}"):
                boxes, kind = 0, Difference.REFUSED
            fewer = (content.boxes - boxes) * content.box
            if fewer > 0:
                yield Stated(kind=kind, family=content.family, units=fewer, content=content.id)
            elif fewer < 0:
                yield Stated(kind=Difference.EXTRA, family=content.family, units=-fewer)

    def _besides(self) -> Iterator[Stated]:
        family, boxes = self.cleaned_data["extra_family"], self.cleaned_data["extra_boxes"]
        if family and boxes:
            units = boxes * self.families[family].box_units
            yield Stated(kind=Difference.EXTRA, family=family, units=units)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Return what the page shows of each line: what is announced, what is typed, the fault."""
        for content in self.despatch.contents:
            bound = self[f"received-{content.id}"]
            family = self.families[content.family]
            yield {
                "content": content,
                "family": family,
                "field": bound,
                "value": bound.value(),
                "kind": self[f"kind-{content.id}"],
                "refuse": self[f"refuse-{content.id}"] if content.substitute else None,
                "announced": counted(content, family),
                "counted_as": "boîte" if content.box > 1 else family.unit,
            }

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of the service at the lines it speaks of."""
        names = {
            f"content.{content.id}": f"received-{content.id}" for content in self.despatch.contents
        }
        add_faults(self, refusal, names=names)


def counted(content: ContentSeen, family: Family) -> str:
    """Write « 4 boîtes (200 masques) », or the units alone where they fill no whole box."""
    return french.in_boxes(content.units, family, box_units=content.box_units)


def _boxes(content: ContentSeen, family: Family) -> forms.IntegerField:
    field = forms.IntegerField(
        label=f"{french.sentence(family.plural)}, lot {content.lot} : reçues en bon état",
        initial=content.boxes,
        min_value=0,
        max_value=MOST_BOXES,
        error_messages=_WHOLE,
    )
    field.widget.attrs["id"] = f"received-{content.id}"
    return field
