"""The exchanges with the operator: the page of failures, each interchange, the stocks compared."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from distrilog.domain.accounts.rules import Deed
from distrilog.integrations.operator import exchanges as questions, receiving, reconciling, sending
from distrilog.integrations.operator.models import Comparison
from distrilog.integrations.operator.topics import TOPIC_NAMES
from distrilog.kernel import clock
from distrilog.kernel.models import InboxMessage
from distrilog.kernel.refusals import NotFound, Refusal
from distrilog.web.shared.forms import PageForm, add_faults
from distrilog.web.shared.rights import ActorRequest, needs


KINDS: Final = {
    "order": "Demande de réassort",
    "withdrawal": "Retrait",
    "confirmation": "Confirmation",
    "despatch": "Avis d’expédition",
    "delivery": "Compte rendu de livraison",
    "stock-report": "État de stock",
}
OUTCOMES: Final = {"accepted": "Accepté", "duplicate": "Déjà connu", "refused": "Refusé"}
_TAGS: Final = {"accepted": "good", "duplicate": "", "refused": "late"}
_STATE_TAGS: Final = {
    InboxMessage.State.PROCESSED: "good",
    InboxMessage.State.PARTLY: "tension",
    InboxMessage.State.REFUSED: "late",
    InboxMessage.State.DEAD: "late",
}
# What a person reads of a message; the rest is for software.
CHARACTERS_SHOWN: Final = 4_000


class ReasonForm(PageForm):
    """Why the difference is posted."""

    reason = forms.CharField(
        label="Motif",
        max_length=reconciling.LONGEST_REASON,
        help_text="Ce qui a été vérifié, et avec qui.",
    )


@require_safe
@needs(Deed.PARTNER_WATCH)
def exchanges(request: ActorRequest) -> HttpResponse:
    """Show what waits, what failed and why, and what went through last."""
    most = questions.MOST_SHOWN
    context = {
        "overview": questions.overview(),
        "dead": [(each, _topic(each.topic)) for each in questions.dead()[:most]],
        "refused": [(each, _topic(each.outbox.topic)) for each in questions.refused_out()[:most]],
        "failed": [_in_words(each) for each in questions.failed_in()[:most]],
        "waiting": [(each, _topic(each.topic)) for each in questions.waiting()[:most]],
        "sent": [(each, _topic(each.outbox.topic)) for each in questions.latest_sent()],
        "received": [_in_words(each) for each in questions.latest_received()],
        "comparison": questions.comparison(),
    }
    return render(request, "partners/exchanges.html", context)


@require_safe
@needs(Deed.PARTNER_WATCH)
def sent(request: ActorRequest, number: int) -> HttpResponse:
    """Show one interchange to the operator, and what it answered to each message."""
    found = questions.sent(pk=number)
    context = {
        "sending": found,
        "topic": _topic(found.outbox.topic),
        "verdicts": [_verdict(each) for each in found.verdicts],
        "text": _text(bytes(found.body)),
        "size": len(found.body),
    }
    return render(request, "partners/sent.html", context)


@require_POST
@needs(Deed.PARTNER_WATCH)
def replay_sent(request: ActorRequest, number: int) -> HttpResponse:
    """Have a dead interchange sent again."""
    if not sending.replay(pk=number):
        raise NotFound(detail="Cet envoi n’est pas, ou n’est plus, en échec.")
    notes.success(request, "L’envoi repart : il sera tenté dans les secondes qui viennent.")
    return redirect("partners:exchanges")


@require_POST
@needs(Deed.PARTNER_WATCH)
def resend_refused(request: ActorRequest, number: int) -> HttpResponse:
    """Say again what the operator refused in an interchange."""
    found = questions.sent(pk=number)
    count = sending.resend_refused(number=found.number, at=clock.now(), by=request.actor.by)
    if count:
        words = f"{count} messages refusés repartent" if count > 1 else "Un message refusé repart"
        notes.success(request, f"{words}, avec ce que la base en dit maintenant.")
    else:
        notes.warning(request, "Il n’y avait plus rien à redire de cet envoi.")
    return redirect("partners:exchanges")


@require_safe
@needs(Deed.PARTNER_WATCH)
def received(request: ActorRequest, number: int) -> HttpResponse:
    """Show one interchange of the operator, and what was done with each message."""
    found = questions.received(pk=number)
    context = {
        "row": _in_words(found),
        "verdicts": [_verdict(each) for each in found.verdicts],
        "text": _text(bytes(found.body)),
        "replayable": found.state != InboxMessage.State.PROCESSED
        and found.is_whole
        and bool(found.number),
        "refused_despatch": any(
            each["kind"] == "despatch" and each["outcome"] == "refused" for each in found.verdicts
        ),
    }
    return render(request, "partners/received.html", context)


@require_POST
@needs(Deed.PARTNER_WATCH)
def replay_received(request: ActorRequest, number: int) -> HttpResponse:
    """Do again what was refused of an interchange."""
    try:
        done = receiving.replay(pk=number, by=request.actor.by, at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        notes.error(request, f"{refusal.title} {refusal}")
        return redirect("partners:received", number)
    if done.refusals:
        notes.warning(request, f"Rejoué : {done.refusals} messages restent refusés.")
    else:
        notes.success(request, "Rejoué : tout est passé.")
    return redirect("partners:received", number)


@require_POST
@needs(Deed.PARTNER_WATCH)
def close_received(request: ActorRequest, number: int) -> HttpResponse:
    """Take a failure off the list."""
    receiving.close(pk=number, by=request.actor.by, at=clock.now())
    notes.success(request, "L’échec est classé ; il reste dans les derniers envois reçus.")
    return redirect("partners:exchanges")


@require_safe
@needs(Deed.PARTNER_WATCH)
def stock(request: ActorRequest) -> HttpResponse:
    """Show the last comparison of the operator's stock with our books."""
    return _stock(request, questions.comparison())


@require_safe
@needs(Deed.PARTNER_WATCH)
def stock_of(request: ActorRequest, number: int) -> HttpResponse:
    """Show one comparison of the operator's stock with our books."""
    return _stock(request, questions.comparison(pk=number))


@require_POST
@needs(Deed.STOCK_MANAGE)
def post_difference(request: ActorRequest, number: int) -> HttpResponse:
    """Post what a comparison found different, as a count."""
    found = questions.comparison(pk=number)
    assert found is not None
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            changed = reconciling.post_difference(
                actor=request.actor,
                reference=found.reference,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(
                request, f"L’écart est passé dans les comptes : lots corrigés, {changed}."
            )
            return redirect("partners:stock-of", number)
    return _stock(request, found, form=form)


def _stock(
    request: ActorRequest, found: Comparison | None, *, form: ReasonForm | None = None
) -> HttpResponse:
    lots = list(questions.differing_lots(comparison=found)) if found else []
    may_post = (
        found is not None
        and found.counted_at is None
        and any(each.known for each in lots)
        and request.actor.may(Deed.STOCK_MANAGE)
    )
    context: dict[str, Any] = {
        "comparison": found,
        "difference": found.reported - found.in_books if found else 0,
        "lots": lots[: questions.MOST_LOTS_SHOWN],
        "hidden": max(0, len(lots) - questions.MOST_LOTS_SHOWN),
        "others": questions.comparisons(),
        "form": (form or ReasonForm()) if may_post else None,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "partners/stock.html", context, status=status)


def _topic(topic: str) -> str:
    return TOPIC_NAMES.get(topic, topic)


def _in_words(message: InboxMessage) -> dict[str, Any]:
    state = InboxMessage.State(message.state)
    return {
        "message": message,
        "state": state.label,
        "tag": _STATE_TAGS[state],
        "name": message.number or f"illisible, {message.digest[:8]}",
        "why": message.fault or _first_reason(message),
        "others": max(0, message.refusals - 1),
    }


def _first_reason(message: InboxMessage) -> str:
    reasons = [each["reason"] for each in message.verdicts if each["outcome"] == "refused"]
    return reasons[0] if reasons else ""


def _verdict(told: dict[str, str]) -> dict[str, str]:
    outcome = told["outcome"]
    return {
        **told,
        "kind": KINDS.get(told["kind"], told["kind"]),
        "outcome": OUTCOMES.get(outcome, outcome),
        "tag": _TAGS.get(outcome, ""),
    }


def _text(body: bytes) -> str:
    """Return the start of a message as a person may read it, whatever its bytes are."""
    text = body[: CHARACTERS_SHOWN * 2].decode("utf-8", errors="replace")[:CHARACTERS_SHOWN]
    return "".join(each if each.isprintable() or each == "\n" else "�" for each in text)
