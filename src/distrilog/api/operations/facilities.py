"""Facilities in scope, their quotas and their need."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from ninja import Router

from distrilog.api.answers import answer
from distrilog.api.cursors import read_cursor, write_cursor
from distrilog.api.gate import ApiRequest
from distrilog.api.operations.parameters import (
    LIMIT,
    AfterQuery,
    FacilityPath,
    WeekQuery,
)
from distrilog.api.operations.rules import ruled
from distrilog.api.shapes.bases import Digits
from distrilog.api.shapes.facilities import FacilityFull, FacilityPage, Need, QuotaSeen, TermsSeen
from distrilog.domain.accounts.rules import Deed
from distrilog.domain.doctrines import queries as doctrines
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.facilities.models import Facility
from distrilog.domain.quotas import queries as quotas
from distrilog.domain.regimes.queries import current_week, terms_in_force
from distrilog.kernel import clock
from distrilog.kernel.weeks import PARIS


router = Router(tags=["Établissements"])


@router.get(
    "/facilities",
    response={200: FacilityPage},
    operation_id="listFacilities",
    summary="Lister les établissements du périmètre",
    description="Par numéro, page par page : renvoyez `next` dans `after`.",
    openapi_extra=ruled(Deed.FACILITY_READ),
)
def list_facilities(
    request: ApiRequest,
    after: AfterQuery = "",
    limit: Digits = LIMIT,
) -> HttpResponse:
    """Answer one page."""
    request.auth.require(Deed.FACILITY_READ)
    page = facilities.listing(
        scope=request.auth.scope, after=str(read_cursor(after) or ""), size=limit
    )
    return answer(
        {
            "items": [_brief(facility) for facility in page.facilities],
            "next": write_cursor(page.after),
        }
    )


@router.get(
    "/facilities/{facility}",
    response={200: FacilityFull},
    operation_id="getFacility",
    summary="Lire un établissement",
    description="Avec ses capacités, ses effectifs et les adresses où il peut être livré.",
    openapi_extra=ruled(Deed.FACILITY_READ),
)
def get_facility(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer one facility; a fixed number of queries."""
    request.auth.require(Deed.FACILITY_READ)
    found = facilities.get(registry=facility, scope=request.auth.scope)
    today = clock.now().astimezone(PARIS).date()
    return answer({**_brief(found), **_details(found, today)})


@router.get(
    "/facilities/{facility}/quotas",
    response={200: list[QuotaSeen]},
    operation_id="listQuotas",
    summary="Lire les contingents d’une semaine",
    description="Ce qui est accordé, commandé et restant, par famille ; la semaine en cours par défaut.",
    openapi_extra=ruled(Deed.QUOTA_READ),
)
def list_quotas(
    request: ApiRequest,
    facility: FacilityPath,
    week: WeekQuery = None,
) -> HttpResponse:
    """Answer the quotas of a facility."""
    request.auth.require(Deed.QUOTA_READ)
    found = facilities.get(registry=facility, scope=request.auth.scope)
    chosen = week or str(current_week(zone=found.department.zone, at=clock.now()))
    lines = quotas.of_facility(facility_id=found.pk, week=chosen)
    return answer(
        [{name: getattr(line, name) for name in QuotaSeen.model_fields} for line in lines]
    )


@router.get(
    "/facilities/{facility}/terms",
    response={200: list[TermsSeen]},
    operation_id="listTerms",
    summary="Lire les conditions de sa catégorie",
    description=(
        "Ce que paie la catégorie de l’établissement, combien par semaine et jusqu’à quand, aujourd’hui. Une famille "
        "absente suit son régime : gratuite en tension, au prix du groupement sinon."
    ),
    openapi_extra=ruled(Deed.FACILITY_READ),
)
def list_terms(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer the terms of a facility's category, by family."""
    request.auth.require(Deed.FACILITY_READ)
    found = facilities.get(registry=facility, scope=request.auth.scope)
    zone = found.department.zone
    today = clock.now().astimezone(ZoneInfo(zone.time_zone)).date()
    rules = terms_in_force(on=today, zone=zone.code, group=found.category.group)
    named = TermsSeen.model_fields.keys() - {"family", "over"}
    return answer(
        [
            {
                **{name: getattr(rule, name) for name in named},
                "family": family,
                "over": rule.ended(on=today),
            }
            for family, rule in rules.items()
        ]
    )


@router.get(
    "/facilities/{facility}/need",
    response={200: Need},
    operation_id="getNeed",
    summary="Lire le besoin d’une semaine, ligne à ligne",
    description="Selon la doctrine en vigueur aujourd’hui, chaque ligne avec la phrase de son texte.",
    openapi_extra=ruled(Deed.FACILITY_READ),
)
def get_need(request: ApiRequest, facility: FacilityPath) -> HttpResponse:
    """Answer the need of a facility under the doctrine in force."""
    request.auth.require(Deed.DOCTRINE_READ)
    request.auth.require(Deed.FACILITY_READ)
    found = facilities.get(registry=facility, scope=request.auth.scope)
    today = clock.now().astimezone(PARIS).date()
    version = doctrines.in_force(on=today)
    need = doctrines.need_of(facility=found, version=version, on=today)
    return answer(
        {
            "doctrine": version.code,
            "lines": [
                {
                    "family": line.family,
                    "units": line.units,
                    "calculation": line.calculation,
                    "sentence": line.sentence,
                    "source": str(line.source),
                }
                for line in need.lines
            ],
        }
    )


def _brief(facility: Facility) -> dict[str, Any]:
    return {
        "facility": facility.registry,
        "name": facility.name,
        "category": facility.category_id,
        "group": facility.category.group,
        "department": facility.department_id,
        "region": facility.department.region_id,
        "commune": facility.commune,
        "route": facility.route,
        "opened_on": facility.opened_on,
        "closed_on": facility.closed_on,
    }


def _details(facility: Facility, today: date) -> dict[str, Any]:
    territory = facilities.territory_of(facility=facility, on=today)
    return {
        "category_name": facility.category.name,
        "zone": facility.department.zone_id,
        "territory": territory.code if territory else None,
        "platform": territory.platform.registry if territory and territory.platform else None,
        "fictitious": facility.fictitious,
        "capacity": list(facility.capacities.order_by("activity").values("activity", "places")),
        "staff": list(facility.staff.order_by("role").values("role", "headcount")),
        "addresses": [
            {
                "id": address.pk,
                "label": str(address),
                "main": address.main and address.facility_id == facility.pk,
                "platform": address.facility_id != facility.pk,
                "opening_hours": address.opening_hours,
            }
            for address in facilities.addresses_for(facility=facility, on=today)
        ],
    }
