"""The forms of the claims."""

from typing import Any

from django import forms

from distrilog.domain.shipping.models import Claim
from distrilog.domain.shipping.queries import OWNERS
from distrilog.domain.shipping.rules import OUTCOMES, Difference, Outcome
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import PageForm


# What each ending does, in the words of whoever chooses it.
MEANS: dict[Outcome, str] = {
    Outcome.FOUND: "Retrouvé : les unités sont comptées reçues par l’établissement",
    Outcome.WRITTEN_OFF: "Perdu : les unités sortent des comptes",
    Outcome.SENT_BACK: "Retourné : les unités reviennent au stock de départ, en quarantaine",
    Outcome.KEPT: "Gardé : l’établissement garde les unités",
}
OPEN, SETTLED = "ouvertes", "closes"


class ClaimsFilter(PageForm):
    """Which claims to show."""

    filters = True

    etat = forms.ChoiceField(
        label="État", required=False, choices=[("", "En cours"), (SETTLED, "Closes")]
    )
    nature = forms.ChoiceField(
        label="Nature",
        required=False,
        choices=[
            ("", "Toutes"),
            *((value, french.sentence(str(words))) for value, words in Claim.Kind.choices),
        ],
    )
    responsable = forms.ChoiceField(
        label="À traiter par",
        required=False,
        choices=[
            ("", "Tous"),
            *((value, french.sentence(words)) for value, words in OWNERS.items()),
        ],
    )

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        """`own`: somebody who must answer sees what is theirs, and nothing to choose."""
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["responsable"]


class SettleForm(PageForm):
    """How a claim ends, and why."""

    outcome = forms.ChoiceField(
        label="Issue",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez comment la réclamation se termine.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="Une phrase, que l’établissement lira. N’écrivez aucun nom de patient.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Dites pourquoi, en une phrase.",
            "max_length": "Le motif dépasse 300 caractères.",
        },
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.value, MEANS[each]) for each in OUTCOMES[Difference(kind)]]
