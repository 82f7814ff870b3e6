"""A round in the country whose week is decided: what stands in the addresses of the platform's pages."""

from typing import Any

from distrilog.domain.accounts.models import Profile
from distrilog.domain.distribution import services
from distrilog.domain.stock.models import Place
from distrilog.kernel.weeks import Week
from tests.factories import PlaceFactory
from tests.web.decisions.world import AT, MASK, NEXT_WEEK, Country, acting
from tests.web.people import profile_of


def toured(country: Country) -> dict[str, list[dict[str, Any]]]:
    """Send a plan, receive it with a difference, hand out a part, tell an incident; one flow stays on its way."""
    if not Place.objects.filter(pk="door").exists():
        PlaceFactory(code="door", kind="door", name="Établissements servis")
    plans = [_sent(country, weeks=weeks) for weeks in (1, 2)]
    referent = acting(_referent(country))
    territory = plans[0].lines.get(facility=country.home).territory_id
    flow = plans[0].flows.get(territory=territory)
    line = flow.lines.first()
    services.receive(
        actor=referent,
        reference=flow.reference,
        differences={line.lot_id: line.sent - 1},
        words="Un masque déchiré.",
        at=AT,
    )
    home = country.home.registry
    services.hand_out(
        actor=referent,
        plan_id=plans[0].pk,
        registry=home,
        units={MASK: line.family.box_units},
        key="premier",
        at=AT,
    )
    incident = services.tell_incident(
        actor=referent, territory=territory, kind="short", words="Il en manque un.", at=AT
    )
    plan = {"plan": plans[0].pk}
    place = {"territory": territory}
    site = plan | {"registry": home}
    coming = {"reference": plans[1].flows.get(territory=territory).reference}
    return {
        "platform:receive": [coming, {"reference": flow.reference}],
        **{f"platform:{page}": [plan] for page in ("round", "hand-out-round", "explain")},
        **{f"platform:{page}": [site] for page in ("site", "hand-out", "take-back")},
        **{f"platform:{page}": [place] for page in ("platform", "settle")},
        **{f"platform:{page}-incident": [{"incident": incident.pk}] for page in ("take", "close")},
        "platform:watched-round": [place | plan],
    }


def _referent(country: Country) -> Profile:
    return profile_of(country.platform, role="platform")


def _sent(country: Country, *, weeks: int) -> Any:
    """Send a plan of continuity for a week to come."""
    plan = services.prepare(
        actor=country.maker,
        proposal=services.Proposal(
            week=Week.parse(NEXT_WEEK).plus(weeks),
            fallback=True,
            reason="Portail hors service.",
            volumes={MASK: {"spf": 1_000}},
        ),
        at=AT,
    )
    services.share(actor=country.signer, plan_id=plan.pk, at=AT)
    services.freeze(actor=country.signer, plan_id=plan.pk, at=AT)
    services.send(actor=country.signer, plan_id=plan.pk, at=AT)
    return plan
