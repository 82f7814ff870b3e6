"""A perimeter that is managed: something of each kind, for the pages that show one."""

from datetime import timedelta
from typing import Any

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services as distribution
from distrilog.domain.facilities import services
from distrilog.domain.facilities.models import Territory
from distrilog.domain.regimes import services as regimes
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import actor
from tests.web.decisions.world import AT, Country


def managed(country: Country) -> dict[str, list[dict[str, Any]]]:
    """Manage some of a perimeter, and return what stands in the addresses of its pages."""
    on = AT.date()
    agency = actor(Role.ARS, scope=Scope(kind=ScopeKind.REGION, code="11"))
    territory = Territory.objects.filter(region="11", platform__isnull=False).first()
    assert territory is not None, "the small country has a platform"
    referent = services.appoint_referent(
        actor=agency,
        appointment=services.Appointment(
            kind="platform",
            reach=territory.code,
            name="Cellule logistique",
            email="logistique@exemple.fr",
            starts_on=on,
        ),
        at=AT,
    )
    site = services.open_site(
        actor=agency,
        site=services.Site(
            name="Gymnase des Pins",
            department="75",
            territory=territory.code,
            beds=40,
            postcode="75020",
            city="Paris",
            opens_on=on,
            fictitious=True,
        ),
        at=AT,
    )
    home = country.home.registry
    override = distribution.set_override(
        actor=agency, registry=home, per_mille=500, starts_on=on,
        ends_on=on + timedelta(days=30), reason="Fermeture d’une aile", at=AT,
    )  # fmt: skip
    trainees = distribution.register_trainees(
        actor=agency, registry=home, kind="student", cohort="Promotion 2020", headcount=20,
        every_weeks=2, starts_on=on, at=AT,
    )  # fmt: skip
    circuit = services.set_circuit(
        actor=country.maker,
        proposal=services.CircuitProposal(
            group="home_care", chain="pharmacy", counts=False, starts_on=on, source="Note 1"
        ),
        at=AT,
    )
    regimes.set_terms(
        actor=country.maker,
        proposal=regimes.TermsProposal(
            group="laboratory", basis="state_stock", price_cents=150, weekly_boxes=10,
            starts_on=on, requests_until=on + timedelta(days=30), source="Circuit payant",
        ),
        at=AT,
    )  # fmt: skip
    return {
        "beneficiaries:appoint": [{"nature": "platform"}, {"nature": "facility"}],
        "beneficiaries:referent-end": [{"number": referent.pk}],
        "beneficiaries:attach": [{"registry": home}],
        "beneficiaries:site-close": [{"registry": site.registry}],
        "beneficiaries:adaptation-end": [{"number": override.pk}],
        "beneficiaries:trainees-end": [{"number": trainees.pk}],
        "beneficiaries:circuit-end": [{"number": circuit.pk}],
    }
