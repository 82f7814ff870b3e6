"""Doctrine versions: read the rules and their texts, change parameters as a new version, sign it knowing what it changes."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.catalogue.models import Family
from distrilog.domain.doctrines import queries, services
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import rule_set_of
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.weeks import PARIS
from distrilog.web.decisions.forms import DoctrineForm, SignForm
from distrilog.web.shared.forms import add_faults
from distrilog.web.shared.people import names_of
from distrilog.web.shared.rights import ActorRequest, needs


@require_GET
@needs(Deed.DOCTRINE_READ)
def listing(request: ActorRequest) -> HttpResponse:
    """List the versions, the one in force marked."""
    versions = queries.listing()
    today = clock.now().astimezone(PARIS).date()
    context = {
        "versions": versions,
        "current": queries.in_force(on=today),
        "names": names_of(name for one in versions for name in (one.prepared_by, one.signed_by)),
    }
    return render(request, "decisions/doctrines.html", context)


@require_GET
@needs(Deed.DOCTRINE_READ)
def detail(request: ActorRequest, number: int) -> HttpResponse:
    """Show a version: each rule with its sentence, its parameters; and, before signature, what it changes."""
    return _page(request, queries.get(version_id=number), SignForm())


def _page(
    request: ActorRequest, version: DoctrineVersion, form: SignForm, status: int = 200
) -> HttpResponse:
    actor = request.actor
    is_draft = version.state == DoctrineVersion.State.DRAFT
    families = {family.code: family for family in Family.objects.order_by("position", "code")}
    context = {
        "version": version,
        "form": form,
        "rules": [(rule, families[rule.family]) for rule in rule_set_of(version.rule_set).rules],
        "parameters": queries.parameters_of(version=version),
        "changes": queries.changes(version=version, on=version.effective_on) if is_draft else None,
        "families": families,
        "names": names_of([version.prepared_by, version.signed_by]),
        "is_draft": is_draft,
        "is_author": version.prepared_by == actor.by,
        "may_sign": is_draft and actor.may(Deed.DOCTRINE_SIGN) and version.prepared_by != actor.by,
        "may_prepare": actor.may(Deed.DOCTRINE_PREPARE),
    }
    return render(request, "decisions/doctrine.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.DOCTRINE_PREPARE)
def prepare(request: ActorRequest, number: int) -> HttpResponse:
    """Start a new version from one: a changed parameter is never written over the old one."""
    base = queries.get(version_id=number)
    at = clock.now()
    form = DoctrineForm(
        request.POST if request.method == "POST" else None,
        parameters=queries.parameters_of(version=base),
        initial={"title": base.title, "effective_on": at.astimezone(PARIS).date()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.prepare(actor=request.actor, proposal=form.proposal(base=base), at=at)
            return redirect("decisions:doctrine", number=made.pk)
        except Refusal as refusal:
            names = {
                fault.where: fault.where.removeprefix("parameters.") for fault in refusal.faults
            }
            add_faults(form, refusal, names=names)
    status = 422 if form.is_bound else 200
    context = {"form": form, "base": base}
    return render(request, "decisions/doctrine_prepare.html", context, status=status)


@require_POST
@needs(Deed.DOCTRINE_SIGN)
def sign(request: ActorRequest, number: int) -> HttpResponse:
    """Sign a version, by another person than its author."""
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            services.sign(
                actor=request.actor,
                version_id=number,
                at=clock.now(),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            add_faults(form, refusal)
        else:
            notes.success(
                request, "La version est signée. Elle servira aux calculs à partir de sa date."
            )
            return redirect("decisions:doctrine", number=number)
    return _page(request, queries.get(version_id=number), form, status=422)


@require_POST
@needs(Deed.DOCTRINE_PREPARE)
def withdraw(request: ActorRequest, number: int) -> HttpResponse:
    """Set a draft aside."""
    services.withdraw(
        actor=request.actor, version_id=number, reason="Retirée à l’écran", at=clock.now()
    )
    notes.success(request, "Le brouillon est retiré.")
    return redirect("decisions:doctrines")
