"""
The demo's perimeter: contacts with some missing, a temporary site, an adaptation, people in training, laboratories that pay.

Everything goes through the services that agencies and the cell use; the names say that nobody here exists.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Sum

from distrilog.demo.people import HAUTE_GARONNE, OCCITANIE
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.distribution import services as distribution
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.facilities import queries, services
from distrilog.domain.facilities.models import (
    Attachment,
    Category,
    Department,
    Facility,
    FacilityQuerySet,
    Referent,
    Region,
    Territory,
)
from distrilog.domain.facilities.services import Appointment
from distrilog.domain.regimes import services as regimes
from distrilog.domain.regimes.models import Terms
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS


Say = Callable[[str], None]

BY = "démonstration"
# Regions that have said who answers: elsewhere the cell sees who is missing.
NAMED = (OCCITANIE, "44", "11")
# In the agency of the demo, the last platforms have nobody, nor have the ambulances of the last department.
UNNAMED_PLATFORMS = 2
SHARED_BY = 3
LABORATORY_CENTS = 150
LABORATORY_BOXES = 40
SITE_DAYS = 30
SITE = "Site COVID du parc (démonstration)"
ADAPTED_DAYS = 56


class Cast(Protocol):
    """Who decides for the country."""

    @property
    def prepares(self) -> Actor:
        """Who decides circuits and terms."""


def lay_out(*, cast: Cast, at: datetime, say: Say) -> None:
    """Tell who is served, by whom, at what price. Once: what people change since stays."""
    services.seed_circuits(by=BY)
    regimes.seed_terms(by=BY, at=at)
    if Referent.objects.exists():
        return
    say("Périmètre : référents, rattachements, site temporaire, conditions des laboratoires")
    on = at.astimezone(PARIS).date()
    _have_laboratories_pay(cast=cast, on=on, at=at)
    _name_contacts(on=on, at=at)
    _open_site(on=on, at=at)
    _adapt_and_train(on=on, at=at)
    _forget_one(on=on)


def _agency(region: str) -> Actor:
    return Actor(
        person="demo",
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=region),
        region=region,
        name="Démonstration",
    )


def _have_laboratories_pay(*, cast: Cast, on: date, at: datetime) -> None:
    """Sell State stock to laboratories, in limited volume, as from June to December 2020; the price is the demo's."""
    if Terms.objects.filter(group=Category.Group.LABORATORY, starts_on=on).exists():
        return
    regimes.set_terms(
        actor=cast.prepares,
        proposal=regimes.TermsProposal(
            group=Category.Group.LABORATORY,
            basis=Terms.Basis.STATE_STOCK,
            price_cents=LABORATORY_CENTS,
            weekly_boxes=LABORATORY_BOXES,
            starts_on=on,
            requests_until=on + timedelta(days=120),
            deliveries_until=on + timedelta(days=180),
            source="Démonstration, d’après MARS n° 2020-87, note 2 ; prix et limite inventés",
        ),
        at=at,
    )


def _name_contacts(*, on: date, at: datetime) -> None:
    for region in Region.objects.filter(code__in=NAMED).order_by("code"):
        agency = _agency(region.code)
        territories = Territory.objects.filter(region=region).order_by("code")
        departments = Department.objects.filter(region=region).order_by("code")
        platforms = list(territories.values_list("code", flat=True))
        areas = list(departments.values_list("code", flat=True))
        if region.code == OCCITANIE:
            platforms, areas = platforms[:-UNNAMED_PLATFORMS], areas[:-1]
        for kind, reaches, name in (
            (Referent.Kind.AGENCY, [region.code], "Référent logistique de l’ARS"),
            (Referent.Kind.PLATFORM, platforms, "Coordonnateur logistique"),
            (Referent.Kind.AMBULANCES, areas, "Interlocuteur des transporteurs"),
        ):
            for reach in reaches:
                _appoint(agency, kind=kind, reach=reach, name=f"{name} {reach}", on=on, at=at)
    homes = _largest(Category.Group.NURSING_HOME)[:SHARED_BY]
    _appoint(
        _agency(OCCITANIE),
        kind=Referent.Kind.FACILITY,
        registries=[home.registry for home in homes],
        name="Interlocuteur commun de trois EHPAD",
        on=on,
        at=at,
    )


def _appoint(
    actor: Actor,
    *,
    kind: str,
    name: str,
    on: date,
    at: datetime,
    reach: str = "",
    registries: Sequence[str] = (),
) -> None:
    services.appoint_referent(
        actor=actor,
        appointment=Appointment(
            kind=kind,
            reach=reach,
            registries=registries,
            name=f"{name} (démonstration)",
            email=f"logistique-{reach or 'commun'}@exemple.fr".lower(),
            starts_on=on,
        ),
        at=at,
    )


def _largest(group: str) -> FacilityQuerySet:
    """Return the facilities of a group in the demo's region, the largest first."""
    found = Facility.objects.filter(category__group=group, department__region=OCCITANIE)
    return (
        found.filter(closed_on__isnull=True)
        .annotate(size=Sum("capacities__places", default=0))
        .order_by("-size", "registry")
    )


def _open_site(*, on: date, at: datetime) -> None:
    territory = queries.territories(scope=_agency(OCCITANIE).scope).filter(platform__isnull=False)
    first = territory.order_by("code").first()
    if first is None:
        return
    services.open_site(
        actor=_agency(OCCITANIE),
        site=services.Site(
            name=SITE,
            department=HAUTE_GARONNE,
            territory=first.code,
            beds=60,
            street="1 allée de l’Exemple",
            postcode="31000",
            city="Toulouse",
            opens_on=on,
            closes_on=on + timedelta(days=SITE_DAYS),
            fictitious=True,
        ),
        at=at,
    )


def _adapt_and_train(*, on: date, at: datetime) -> None:
    """Halve the need of a home for two months; have a hospital supply its interns and a school's students."""
    agency = _agency(OCCITANIE)
    home = _largest(Category.Group.DISABILITY_HOME).first()
    if home is not None and not Override.objects.exists():
        distribution.set_override(
            actor=agency,
            registry=home.registry,
            per_mille=500,
            starts_on=on,
            ends_on=on + timedelta(days=ADAPTED_DAYS),
            reason="Fermeture d’une aile (démonstration)",
            at=at,
        )
    hospital = _largest(Category.Group.HOSPITAL).first()
    if hospital is not None and not Trainees.objects.exists():
        for kind, cohort, headcount, weeks in (
            (Trainees.Kind.INTERN, "Internes d’Occitanie (démonstration)", 400, 1),
            (Trainees.Kind.STUDENT, "Étudiants infirmiers (démonstration)", 240, 2),
        ):
            distribution.register_trainees(
                actor=agency,
                registry=hospital.registry,
                kind=kind,
                cohort=cohort,
                headcount=headcount,
                every_weeks=weeks,
                starts_on=on,
                at=at,
            )


def _forget_one(*, on: date) -> None:
    """Leave one small home without a platform, for its agency to find."""
    smallest = _largest(Category.Group.DISABILITY_HOME).reverse()
    last = Attachment.objects.filter(facility__in=smallest[:1], period__contains=on).first()
    if last is not None and last.period.lower is not None and last.period.lower < on:
        last.period = DateRange(last.period.lower, on)
        last.reason = "Fin de convention (démonstration)"
        last.save(update_fields=["period", "reason"])
