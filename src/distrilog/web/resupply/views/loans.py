"""A loan or a gift: its papers, its hand-over, its return."""

from typing import Any, Final

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Loan
from distrilog.domain.resupply.queries import LoanPapers, Party
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.web.resupply.forms.lending import HandedForm, ReturnForm
from distrilog.web.resupply.papers import LoanSeen, seen
from distrilog.web.resupply.telling import families_by_code
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422
GIFT: Final = "don"


def _papers(request: ActorRequest, loan: str) -> tuple[LoanPapers, LoanSeen]:
    papers = queries.loan_papers(reference=loan, scope=request.actor.scope)
    family = families_by_code()[papers.loan.family]
    return papers, seen(papers.loan, family, at=clock.now())


@needs(Deed.RESUPPLY_READ)
def detail(request: ActorRequest, loan: str) -> HttpResponse:
    """Show a loan: its sides, what was handed over, received, given back; its next step to who takes it."""
    _found, row = _papers(request, loan)
    return _detail(request, row)


def _detail(
    request: ActorRequest,
    row: LoanSeen,
    *,
    handed: HandedForm | None = None,
    returned: ReturnForm | None = None,
) -> HttpResponse:
    actor = request.actor
    context = {
        "row": row,
        "giver": _gives(actor, row),
        "taker": _takes(actor, row),
        "steps": list(row.life()),
        "hand_form": handed or (_handed_form(row) if _may_hand(actor, row) else None),
        "return_form": returned or (_return_form(row) if _may_return(actor, row) else None),
        "form": handed or returned,
        "may_open": not _gives(actor, row),
    }
    status = REFUSED if handed or returned else 200
    return render(request, "resupply/loan.html", context, status=status)


def _gives(actor: Actor, row: LoanSeen) -> bool:
    return bool(actor.registry) and actor.registry == row.loan.lender


def _takes(actor: Actor, row: LoanSeen) -> bool:
    return bool(actor.registry) and actor.registry == row.loan.borrower


def _may_hand(actor: Actor, row: LoanSeen) -> bool:
    return _gives(actor, row) and actor.may(Deed.AID_LEND) and row.loan.handed_at is None


def _may_return(actor: Actor, row: LoanSeen) -> bool:
    mine = _gives(actor, row) or _takes(actor, row)
    return (
        mine and actor.may(Deed.AID_LEND) and row.loan.received_at is not None and row.loan.owed > 0
    )


def _handed_form(row: LoanSeen, data: Any = None) -> HandedForm:
    return HandedForm(data, most=row.promised_boxes, auto_id="handed-%s")


def _return_form(row: LoanSeen, data: Any = None) -> ReturnForm:
    return ReturnForm(data, most=row.owed_boxes, auto_id="returned-%s")


@require_POST
@needs(Deed.AID_LEND)
def hand_over(request: ActorRequest, loan: str) -> HttpResponse:
    """Say what left the giver’s shelf, and its lot."""
    _found, row = _papers(request, loan)
    form = _handed_form(row, request.POST)
    if form.is_valid():
        try:
            services.hand_over(
                actor=request.actor,
                part_id=row.loan.part_id,
                units=form.cleaned_data["boxes"] * row.loan.box_units,
                lot=form.cleaned_data["lot"],
                at=clock.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            told = f"C’est remis. {row.loan.borrower_name} confirme ce qui arrive."
            notes.success(request, told)
            return redirect("resupply:loan", loan=loan)
    return _detail(request, row, handed=form)


@require_POST
@needs(Deed.AID_LEND)
def give_back(request: ActorRequest, loan: str) -> HttpResponse:
    """Say what came back, or let it go as a gift."""
    _found, row = _papers(request, loan)
    form = _return_form(row, request.POST)
    as_gift = request.POST.get("fin") == GIFT
    if form.is_valid():
        try:
            services.give_back(
                actor=request.actor,
                loan=loan,
                # The last box may not be full.
                units=min(form.cleaned_data["boxes"] * row.loan.box_units, row.loan.owed),
                as_gift=as_gift,
                key=form.cleaned_data["key"].hex,
                at=clock.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            notes.success(
                request,
                "C’est un don : rien de plus n’est à rendre." if as_gift else "Retour enregistré.",
            )
            return redirect("resupply:loan", loan=loan)
    return _detail(request, row, returned=form)


@needs(Deed.RESUPPLY_READ)
def note(request: ActorRequest, loan: str) -> HttpResponse:
    """Show the paper that both sides sign."""
    found, row = _papers(request, loan)
    sides = [
        _side("Prête" if not row.gift else "Donne", found.lender),
        _side("Reçoit", found.borrower),
    ]
    context = {
        "row": row,
        "papers": found,
        "sides": sides,
        "loan": row.loan.terms == Loan.Terms.LOAN,
    }
    return render(request, "resupply/note.html", context)


def _side(title: str, party: Party) -> dict[str, Any]:
    city = f"{party.postcode} {party.city}".strip()
    return {
        "title": title,
        "party": party,
        "lines": [line for line in (party.street, city) if line],
    }
