"""The form of a declaration, the same with a network, without one, and without JavaScript."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms

from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Difficulty
from distrilog.domain.declarations.queries import LineView, WeekView
from distrilog.domain.declarations.rules import (
    LONGEST_WORDS,
    MOST_TROUBLES,
)
from distrilog.domain.declarations.services import Said, Trouble
from distrilog.kernel.refusals import Refusal
from distrilog.web.declarations.quantities import (
    Counting,
    NotANumber,
    TooMany,
    read,
)
from distrilog.web.declarations.rows import FIGURES, Question, Row, is_declared, unneeded
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm
from distrilog.web.shared.free_text import ADVICE, personal


MINE: Final = "mine"
THEIRS: Final = "theirs"
_LABELS: Final = {
    "stock": "en stock",
    "consumption": "utilisé en 7 jours",
    "band": "ce qu’il reste",
}


class DeclarationForm(PageForm):
    """
    A week of a facility: a stock and a consumption by family, or a band; difficulties.

    Everything it says follows from what it was sent and from nothing that may have changed since: a form sent
    twice says the same twice. `was-…` is what was declared when the form was made: only what differs is said.
    """

    week = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    version = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    profile = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    counting = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    typed = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    troubles = forms.CharField(required=False, max_length=2, widget=forms.HiddenInput)
    queued = forms.CharField(required=False, max_length=1, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, view: WeekView, families: Mapping[str, Family], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.view = view
        self.families = families
        self.lines = [*view.lines, *(unneeded(other) for other in view.others)]
        self.questions: dict[str, list[Question]] = {}
        self.theirs: dict[str, LineView] = {}
        self.opposed = False  # somebody else declared while this one was filled in
        self.replaces = ""  # the key of a form sent before, that this one takes the place of
        self.said_units: dict[tuple[str, str], int | None] = {}
        for line in self.lines:
            self._add_line(line)
        for rank in range(self.trouble_count):
            self._add_trouble(rank)

    def _add_line(self, line: LineView) -> None:
        plural = french.sentence(self.families[line.family].plural)
        for name in (*FIGURES, "band"):
            self.fields[f"{name}-{line.family}"] = _text(f"{plural}, {_LABELS[name]}")
        for name in ("was-stock", "was-consumption", "was-band", "confirm", "keep"):
            self.fields[f"{name}-{line.family}"] = forms.CharField(required=False, max_length=20)
        self.fields[f"keep-{line.family}"].label = plural

    def _add_trouble(self, rank: int) -> None:
        self.fields[f"category-{rank}"] = forms.ChoiceField(
            label="De quoi s’agit-il ?",
            choices=[("", "Choisissez"), *_choices(Difficulty.Category)],
            required=False,
        )
        self.fields[f"urgency-{rank}"] = forms.ChoiceField(
            label="Quand cela vous gênera-t-il ?",
            choices=[("", "Choisissez"), *_choices(Difficulty.Urgency)],
            required=False,
        )
        self.fields[f"family-{rank}"] = forms.ChoiceField(
            label="Quel article ?",
            choices=[
                ("", "Aucun en particulier"),
                *((line.family, french.sentence(line.name)) for line in self.lines),
            ],
            required=False,
        )
        self.fields[f"words-{rank}"] = forms.CharField(
            label="Précisions",
            required=False,
            max_length=LONGEST_WORDS,
            help_text=ADVICE,
            widget=forms.Textarea(attrs={"rows": 2, "class": "fr-input"}),
            error_messages={"max_length": f"Les précisions dépassent {LONGEST_WORDS} caractères."},
        )
        self.fields[f"named-{rank}"] = forms.BooleanField(
            label="Ce texte ne nomme aucun patient : l’envoyer tel quel", required=False
        )
        for name in ("category", "urgency", "family"):
            self.fields[f"{name}-{rank}"].widget.attrs["class"] = "fr-select"

    # ---------------------------------------------------------- what the form is about

    def _sent(self, name: str) -> str:
        source = self.data if self.is_bound else self.initial
        return str(source.get(name, "") or "")

    @property
    def trouble_count(self) -> int:
        """How many difficulties there is room for."""
        text = self._sent("troubles")
        count = int(text) if text.isdecimal() and text.isascii() else 0
        return min(count, MOST_TROUBLES)

    @property
    def way(self) -> Counting:
        """How the person counts."""
        text = self._sent("counting")
        known = Counting(text) if text in set(Counting) else Counting.BOXES
        if known is Counting.BANDS and not self.view.bands_allowed:
            return Counting.BOXES
        return known

    @property
    def numbers(self) -> Counting:
        """What the numbers of the form count: boxes or units."""
        return Counting.UNITS if self._sent("typed") == Counting.UNITS else Counting.BOXES

    @property
    def base_version(self) -> int:
        """The version that the form was filled from; 0 when nothing was declared."""
        text = self._sent("version")
        return int(text) if text.isdecimal() and text.isascii() else 0

    @cached_property
    def form_key(self) -> UUID:
        """The key drawn when the form was made; a damaged one is drawn again."""
        try:
            return UUID(self._sent("key"))
        except ValueError:
            return uuid4()

    def in_bands(self, line: LineView) -> bool:
        """Tell whether this family is said as a band."""
        return self.way is Counting.BANDS and line.need > 0

    # ---------------------------------------------------------- what it says

    def clean(self) -> dict[str, Any]:
        """Read every quantity and every difficulty; whatever is wrong is said at its place."""
        cleaned = super().clean() or {}
        for line in self.lines:
            self._clean_line(line, cleaned)
        for rank in range(self.trouble_count):
            self._clean_trouble(rank, cleaned)
        if not self.errors and not self.said() and not self.told():
            words = (
                "Rien n’a changé depuis la dernière déclaration : il n’y a rien à envoyer."
                if self.base_version
                else "La déclaration est vide : indiquez le stock d’au moins un article."
            )
            self.add_error(None, words)
        return cleaned

    def _clean_line(self, line: LineView, cleaned: Mapping[str, Any]) -> None:
        for name in FIGURES:
            self.said_units[name, line.family] = self._read(line, name, cleaned)
        if f"keep-{line.family}" in self.data and not cleaned.get(f"keep-{line.family}"):
            self.add_error(f"keep-{line.family}", "Choisissez laquelle des deux valeurs garder.")
        was = cleaned.get(f"was-stock-{line.family}")
        emptied = was and self.said_units["stock", line.family] is None
        if emptied and not self.in_bands(line) and f"stock-{line.family}" not in self.errors:
            self.add_error(
                f"stock-{line.family}",
                "Ce stock était déclaré : s’il n’en reste plus, écrivez 0.",
            )

    def _read(self, line: LineView, name: str, cleaned: Mapping[str, Any]) -> int | None:
        if self.in_bands(line):
            return None
        text = cleaned.get(f"{name}-{line.family}", "")
        try:
            return read(text, counting=self.numbers, box_units=line.box_units)
        except NotANumber:
            example = "4 ou 2,5" if self.numbers is Counting.BOXES else "200"
            told = f"« {text[:20]} » n’est pas un nombre : écrivez par exemple {example}."
        except TooMany:
            told = "Ce nombre est bien trop grand : vérifiez la saisie."
        self.add_error(f"{name}-{line.family}", told)
        return None

    def _clean_trouble(self, rank: int, cleaned: Mapping[str, Any]) -> None:
        words = cleaned.get(f"words-{rank}") or ""
        if not any(cleaned.get(f"{name}-{rank}") for name in ("category", "urgency", "words")):
            return
        for name in ("category", "urgency"):
            missing = f"{name}-{rank}" not in self.errors and not cleaned.get(f"{name}-{rank}")
            if missing:
                self.add_error(f"{name}-{rank}", "Choisissez dans la liste.")
        doubt = personal(words)
        if doubt and not cleaned.get(f"named-{rank}"):
            self.add_error(
                f"words-{rank}", f"{doubt} {ADVICE} Corrigez-le, ou confirmez en cochant la case."
            )

    def said(self) -> list[Said]:
        """Return the families of which something is said that was not declared yet, in units."""
        found = []
        for line in self.lines:
            if self.cleaned_data.get(f"keep-{line.family}") == THEIRS:
                continue
            said = self._said_of(line)
            if said is not None:
                found.append(said)
        return found

    def _said_of(self, line: LineView) -> Said | None:
        code = line.family
        confirmed = bool(self.cleaned_data.get(f"confirm-{code}"))
        if self.in_bands(line):
            band = self.cleaned_data.get(f"band-{code}", "")
            changed = band and band != self.cleaned_data.get(f"was-band-{code}")
            return Said(family=code, band=band, confirmed=confirmed) if changed else None
        stock, used = (self.said_units.get((name, code)) for name in FIGURES)
        if stock is None and used is None:
            return None
        was = tuple(self.cleaned_data.get(f"was-{name}-{code}", "") for name in FIGURES)
        now = tuple("" if units is None else str(units) for units in (stock, used))
        if now == was and not self.cleaned_data.get(f"was-band-{code}"):
            return None
        return Said(family=code, stock=stock, consumption=used, confirmed=confirmed)

    def told(self) -> list[Trouble]:
        """Return the difficulties."""
        return [
            Trouble(
                category=self.cleaned_data[f"category-{rank}"],
                urgency=self.cleaned_data[f"urgency-{rank}"],
                family=self.cleaned_data[f"family-{rank}"],
                words=self.cleaned_data[f"words-{rank}"].strip(),
            )
            for rank in range(self.trouble_count)
            if self.cleaned_data.get(f"category-{rank}")
        ]

    # ---------------------------------------------------------- what the page shows

    def rows(self) -> Iterator[Row]:
        """Return what the page shows of each family."""
        for line in self.lines:
            code = line.family
            names = (*FIGURES, "band", "was-stock", "was-consumption", "was-band")
            values = {name: self._sent(f"{name}-{code}") for name in names}
            yield Row(
                line=line,
                family=self.families[code],
                values=values,
                units=self._shown(line, values["stock"]),
                used=self._shown(line, values["consumption"]),
                banded=self.in_bands(line),
                faults=self._faults_of(code),
                questions=self.questions.get(code, ()),
                theirs=self.theirs.get(code),
                confirmed=bool(self._sent(f"confirm-{code}")),
                kept=self._sent(f"keep-{code}"),
            )

    def _faults_of(self, code: str) -> dict[str, list[str]]:
        if not self.is_bound:
            return {}
        names = (*FIGURES, "band", "keep")
        return {name: list(map(str, self.errors.get(f"{name}-{code}", []))) for name in names}

    def _shown(self, line: LineView, text: str) -> int | None:
        """Return the units that a text says; None for a line said as a band, or what cannot be read."""
        if self.in_bands(line):
            return None
        try:
            return read(text, counting=self.numbers, box_units=line.box_units)
        except ValueError:
            return None

    @property
    def has_troubles(self) -> bool:
        """Tell whether a difficulty is being told."""
        names = ("category", "urgency", "words")
        told = [
            self._sent(f"{name}-{rank}") for rank in range(self.trouble_count) for name in names
        ]
        return self.trouble_count > 1 or any(told)

    def trouble_rows(self) -> list[dict[str, Any]]:
        """Return the fields of each difficulty, and whether its words are in doubt."""
        names = ("category", "urgency", "family", "words", "named")
        return [
            {
                "rank": rank,
                "doubt": self.is_bound and bool(personal(self._sent(f"words-{rank}"))),
                **{name: self[f"{name}-{rank}"] for name in names},
            }
            for rank in range(self.trouble_count)
        ]

    # ---------------------------------------------------------- what the service answered

    def ask(self, refusal: Refusal) -> None:
        """Show the questions of the service at the lines they speak of."""
        for fault in refusal.faults:
            code, name = _spot(fault.where)
            if code in self.families:
                words, _suggestion, _value = fault.message.partition(" Vouliez-vous")
                asked = Question(name=name, words=words, likely=fault.values.get("likely"))
                self.questions.setdefault(code, []).append(asked)

    def oppose(self, view: WeekView) -> None:
        """Show what somebody else declared in the meantime beside what this form says."""
        self.opposed = True
        mine = {said.family: said for said in self.said()}
        for line in view.lines:
            said = mine.get(line.family)
            same = said is not None and (line.stock, line.consumption, line.band) == (
                said.stock,
                said.consumption,
                said.band,
            )
            if said is not None and not same and is_declared(line):
                self.theirs[line.family] = line

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of the service at the fields it speaks of."""
        for fault in refusal.faults:
            name = self._field_of(fault.where)
            self.add_error(name, f"{fault.message} {fault.remedy}".strip())
        if not refusal.faults:
            self.add_error(None, refusal.detail or refusal.title)

    def _field_of(self, where: str) -> str | None:
        kind, _dot, rest = where.partition(".")
        first, _dot, last = rest.partition(".")
        name = f"{last or 'stock'}-{first}"
        return name if kind in ("lines", "troubles") and name in self.fields else None


def _spot(where: str) -> tuple[str, str]:
    """Return the family and the figure of `lines.<family>.stock`."""
    parts = [*where.split("."), "", ""]
    return (parts[1], parts[2] or "stock") if parts[0] == "lines" else ("", "")


def _text(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=40)


def _choices(values: Any) -> Sequence[tuple[str, str]]:
    return [(value.value, french.sentence(str(value.label))) for value in values]
