"""Claims: the list, the late ones first; one with its facts; its settlement by whoever owns it."""

from datetime import date
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.shipping import queries, services
from distrilog.domain.shipping.queries import ClaimSeen
from distrilog.domain.shipping.queries.claims import KEEPS
from distrilog.domain.shipping.rules import Outcome
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.claims.forms import SETTLED, ClaimsFilter, SettleForm
from distrilog.web.shared import format as french
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.rights import ActorRequest, needs


PAGE: Final = 50
_MOST_DIGITS: Final = 18


@needs(Deed.CLAIM_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the claims of the scope; an executor sees those it must answer."""
    actor = request.actor
    form = ClaimsFilter(request.GET or None, own=bool(actor.route))
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    settled = wanted.get("etat") == SETTLED
    owner = actor.route or wanted.get("responsable", "")
    page = queries.claims(
        scope=actor.scope,
        owner=owner,
        open_only=not settled,
        kind=wanted.get("nature", ""),
        after=_read(request.GET.get("apres", "")),
        limit=PAGE,
    )
    today, families = _today(), _families()
    context = {
        "form": form,
        "settled": settled,
        "filtered": any(wanted.values()),
        "rows": [_row(claim, families, on=today) for claim in page.claims],
        "counts": queries.claim_counts(scope=actor.scope, on=today, owner=owner),
        "later": _later(request, page.after),
        "owns": bool(actor.route),
    }
    return render(request, "claims/list.html", context)


def _today() -> date:
    return clock.now().astimezone(PARIS).date()


def _families() -> dict[str, Family]:
    return {family.code: family for family in Family.objects.all()}


def _row(claim: ClaimSeen, families: dict[str, Family], *, on: date) -> dict[str, object]:
    family = families[claim.family]
    told = french.in_boxes(claim.units, family, box_units=family.box_units)
    return {"claim": claim, "family": family, "told": told, "late": claim.late(on=on)}


def _read(text: str) -> tuple[date, int] | None:
    """Read « 2020-11-12.34 », where the page before ended; anything else begins the list."""
    day, _dot, number = text.partition(".")
    if not (number.isdecimal() and number.isascii() and len(number) <= _MOST_DIGITS):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def _later(request: ActorRequest, after: tuple[date, int] | None) -> str:
    if after is None:
        return ""
    query = request.GET.copy()
    query["apres"] = f"{after[0].isoformat()}.{after[1]}"
    return f"?{query.urlencode()}"


@needs(Deed.CLAIM_READ)
def detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show a claim: what is wrong, who owns it, how it ended."""
    return _detail(request, _found(request.actor, number), None)


def _found(actor: Actor, number: int) -> ClaimSeen:
    return queries.claim(number=min(number, 2**63 - 1), scope=actor.scope, owner=actor.route)


def _detail(request: ActorRequest, claim: ClaimSeen, form: SettleForm | None) -> HttpResponse:
    context = _row(claim, _families(), on=_today())
    if _may_settle(request.actor, claim):
        context["form"] = form or SettleForm(kind=claim.kind)
    # What another executor sent is not for this one to open.
    route = request.actor.route
    context["opens_delivery"] = not route or claim.owner in KEEPS.get(route, (route,))
    status = 422 if form and form.errors else 200
    return render(request, "claims/claim.html", context, status=status)


def _may_settle(actor: Actor, claim: ClaimSeen) -> bool:
    kept = KEEPS.get(actor.route, (actor.route,))
    return actor.may(Deed.CLAIM_SETTLE) and not claim.outcome and claim.owner in kept


@needs(Deed.CLAIM_SETTLE)
def settle(request: ActorRequest, number: int) -> HttpResponse:
    """Settle a claim, once; the facility reads how and why on its delivery."""
    claim = _found(request.actor, number)
    if request.method != "POST":
        return redirect("claims:claim", number=number)
    form = SettleForm(request.POST, kind=claim.kind)
    if form.is_valid():
        try:
            services.settle_claim(
                actor=request.actor,
                claim_id=claim.id,
                outcome=Outcome(form.cleaned_data["outcome"]),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            told = (
                f"La réclamation est close. {claim.facility_name} en lit le motif sur sa livraison."
            )
            messages.success(request, told)
            return redirect("claims:claims")
    return _detail(request, claim, form)
