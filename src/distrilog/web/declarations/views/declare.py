"""The declaration of the week: one screen; the same answers as a page and as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from distrilog.domain.accounts.rules import Deed
from distrilog.domain.declarations import services
from distrilog.domain.declarations.models import Submission
from distrilog.domain.declarations.rules import BAND_NAMES, SAFETY_WEEKS
from distrilog.domain.declarations.services import Conflict, Declared, KeyReused, ToConfirm
from distrilog.kernel import clock
from distrilog.kernel.refusals import Invalid, Refusal
from distrilog.web.declarations.filling import corrected, first_values, rebased, recounted
from distrilog.web.declarations.forms import DeclarationForm
from distrilog.web.declarations.identity import device_key, marked
from distrilog.web.declarations.page import Sheet, packs, sheet_of
from distrilog.web.declarations.quantities import COUNTING_NAMES, Counting
from distrilog.web.shared.rights import ActorRequest, needs


REFUSED: Final = 422
ACCEPTED: Final = "enregistree"


class OtherProfile(Refusal):
    """Cette saisie est celle d’un autre profil."""

    slug = "other-profile"
    status = 409


class OtherWeek(Invalid):
    """Cette semaine ne se déclare pas."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Deed.DECLARATION_MAKE)
def declare(request: ActorRequest) -> HttpResponse:
    """Show the declaration of the week, already filled in; take it down."""
    sheet = _sheet(request)
    if request.method != "POST":
        return marked(_opened(request, sheet), actor=request.actor)
    form = _form(sheet, request.POST)
    for name, change in _CHANGES.items():
        if name in request.POST:
            made = _form(sheet, initial=change(form, request.POST[name]))
            return _page(request, sheet, made)
    try:
        declared = _attempt(request, sheet, form)
    except Refusal as refusal:
        return _page(request, sheet, _answered(request, sheet, form, refusal))
    return redirect(_address(form, declared))


@require_POST
@needs(Deed.DECLARATION_MAKE)
def send(request: ActorRequest) -> HttpResponse:
    """Take down what a page kept on a device sends; answer in JSON, a problem where it is refused."""
    sheet = _sheet(request)
    form = _form(sheet, request.POST)
    try:
        declared = _attempt(request, sheet, form)
    except Refusal as refusal:
        return JsonResponse(refusal.as_problem() | {"slug": refusal.slug}, status=refusal.status)
    told = {"version": declared.version, "replayed": declared.replayed}
    return JsonResponse(told | {"address": _address(form, declared)})


def _sheet(request: ActorRequest) -> Sheet:
    source = request.POST if request.method == "POST" else request.GET
    week = source.get("week" if request.method == "POST" else "semaine", "")
    return sheet_of(actor=request.actor, week=week, at=clock.now())


def _form(sheet: Sheet, data: Any = None, **more: Any) -> DeclarationForm:
    return DeclarationForm(data, view=sheet.view, families=sheet.families, **more)


def _attempt(request: ActorRequest, sheet: Sheet, form: DeclarationForm) -> Declared:
    """Declare what the form says, or raise what is wrong with it."""
    sent = request.POST.get("profile", "")
    if sent and sent != device_key(request.actor):
        raise OtherProfile(
            detail="Vous avez changé de profil depuis. Rien n’a été enregistré : reprenez l’autre profil, "
            "ou recommencez avec celui-ci."
        )
    if request.POST.get("week", "") != str(sheet.view.week):
        raise OtherWeek(
            detail="Cette semaine ne se déclare pas, ou plus. Rien n’a été enregistré : voici votre saisie "
            "pour la semaine en cours, à vérifier avant de l’envoyer."
        )
    if not form.is_valid():
        raise _Unreadable(detail="Le formulaire contient des erreurs.")
    return services.declare(
        actor=request.actor,
        registry=sheet.facility.registry,
        week=sheet.view.week,
        lines=form.said(),
        troubles=form.told(),
        version=form.base_version,
        key=form.form_key,
        channel="offline" if form.cleaned_data["queued"] else "screen",
        at=clock.now(),
        delivered=sheet.delivered,
    )


class _Unreadable(Invalid):
    """Le formulaire contient des erreurs."""


def _answered(
    request: ActorRequest, sheet: Sheet, form: DeclarationForm, refusal: Refusal
) -> DeclarationForm:
    """Return the form to show after a refusal: with its questions, beside another's figures, or with its faults."""
    if isinstance(refusal, _Unreadable):
        return form
    if isinstance(refusal, Conflict | KeyReused):
        return _opposed(request, sheet, form, refusal)
    if isinstance(refusal, ToConfirm):
        form.ask(refusal)
        return form
    if isinstance(refusal, OtherWeek):
        data = rebased(request.POST, sheet.view)
        data["week"] = str(sheet.view.week)
        form = _form(sheet, data)
    form.is_valid()
    form.refuse(refusal)
    return form


def _opposed(
    request: ActorRequest, sheet: Sheet, form: DeclarationForm, refusal: Refusal
) -> DeclarationForm:
    """Show mine and theirs side by side; what is sent next starts from what is declared now."""
    data = rebased(request.POST, sheet.view)
    if isinstance(refusal, KeyReused):
        data["key"] = str(uuid4())
    made = _form(sheet, data)
    if isinstance(refusal, KeyReused):
        made.replaces = str(form.form_key)
    made.is_valid()
    made.oppose(sheet.view)
    return made


_CHANGES: Final[dict[str, Callable[[DeclarationForm, str], dict[str, str]]]] = {}


def _changes(name: str) -> Callable[[Any], Any]:
    def mark(change: Any) -> Any:
        _CHANGES[name] = change
        return change

    return mark


@_changes("count")
def _recount(form: DeclarationForm, way: str) -> dict[str, str]:
    return recounted(form, Counting(way) if way in set(Counting) else Counting.BOXES)


@_changes("correct")
def _correct(form: DeclarationForm, correction: str) -> dict[str, str]:
    return corrected(form, correction)


@_changes("more")
def _one_more(form: DeclarationForm, _value: str) -> dict[str, str]:
    values = {name: str(value) for name, value in form.data.items()}
    return values | {"troubles": str(form.trouble_count + 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """What the confirmation says: the key under which the server took a form down, and its version."""

    key: UUID
    version: int


def _address(form: DeclarationForm, declared: Declared) -> str:
    query = {"semaine": str(declared.declaration.week), ACCEPTED: str(form.form_key)}
    return f"{reverse('declarations:declare')}?{urlencode(query)}"


def _accepted(request: HttpRequest, sheet: Sheet) -> _Accepted | None:
    """Return what was taken down, where the address names it and the server knows it."""
    try:
        key = UUID(request.GET.get(ACCEPTED, ""))
    except ValueError:
        return None
    version = (
        Submission.objects.filter(key=key, declaration__facility=sheet.facility)
        .values_list("version", flat=True)
        .first()
    )
    return None if version is None else _Accepted(key=key, version=version)


def _opened(request: ActorRequest, sheet: Sheet) -> HttpResponse:
    values = first_values(sheet.view, profile=device_key(request.actor))
    return _page(request, sheet, _form(sheet, initial=values), accepted=_accepted(request, sheet))


def _page(request: ActorRequest, sheet: Sheet, form: DeclarationForm, **more: Any) -> HttpResponse:
    rows = list(form.rows())
    needed = {line.family for line in sheet.view.lines}
    context = {
        "sheet": sheet,
        "view": sheet.view,
        "form": form,
        "rows": [row for row in rows if row.code in needed],
        "others": [row for row in rows if row.code not in needed],
        "asked": bool(form.questions),
        "safety_weeks": SAFETY_WEEKS,
        "bands": BAND_NAMES.items(),
        "countings": [
            (way, words)
            for way, words in COUNTING_NAMES.items()
            if way is not Counting.BANDS or sheet.view.bands_allowed
        ],
        "packs": packs(at=clock.now()),
        "profile": device_key(request.actor),
        **more,
    }
    refused = form.is_bound and (form.errors or form.opposed or form.questions)
    status = REFUSED if refused else 200
    return render(request, "declarations/declare.html", context, status=status)
