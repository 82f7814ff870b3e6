"""The two platforms of the push plans, with who works on them; Tuesday 31 March 2020, 11:00 in Paris."""

from dataclasses import dataclass

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan
from distrilog.domain.facilities.models import Region, Zone
from distrilog.kernel.weeks import Week
from tests.domain.distribution import world as domain
from tests.domain.distribution.world import AT, WEEK, World
from tests.factories import AddressFactory, PlaceFactory, ProfileFactory, orderer
from tests.web.decisions import world as country_world
from tests.web.decisions.world import Country
from tests.web.people import profile_of


MASK = "surgical_mask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """Who is there: the world of the domain, a plan of the cell's, and people."""

    world: World
    plan: Plan
    cell: Profile
    duty: Profile
    ars: Profile
    elsewhere: Profile
    orderer: Profile
    platform: Profile


def build(*, share: bool = True) -> Pushed:
    """Make them; the plan is shared by another person than its author, unless told."""
    world = domain.build()
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    for rank, (facility, name) in enumerate(
        (
            (world.hospital, "Hôpital des Acacias"),
            (world.home, "Résidence des Tilleuls"),
            (world.small, "Résidence des Lilas"),
            (world.far, "Résidence du Canal"),
            (world.alone, "Résidence du Bout du Monde"),
        )
    ):
        facility.name, facility.commune = name, f"Commune {rank}"
        facility.save(update_fields=["name", "commune"])
    AddressFactory(facility=world.hospital, street="Quai de livraison")
    Region.objects.get_or_create(code="76", defaults={"name": "Occitanie"})
    Zone.objects.filter(pk="metropole").update(name="Métropole")
    cell = ProfileFactory(role=Role.NATIONAL_CELL, person__name="Claude, cellule nationale")
    duty = ProfileFactory(role=Role.NATIONAL_DUTY, person__name="Dominique, permanence")
    plan = services.prepare(
        actor=acting(cell),
        proposal=services.Proposal(week=WEEK, volumes={MASK: {"spf": 2000}}),
        at=AT,
    )
    if share:
        plan = services.share(actor=acting(duty), plan_id=plan.pk, at=AT)
    return Pushed(
        world=world,
        plan=plan,
        cell=cell,
        duty=duty,
        ars=ProfileFactory(
            role=Role.ARS,
            perimeter=world.north.region.pk,
            person__name="Camille, ARS Île-de-France",
        ),
        elsewhere=ProfileFactory(role=Role.ARS, perimeter="76", person__name="Alix, ARS Occitanie"),
        orderer=profile_of(world.home, person__name="Sacha, Résidence des Tilleuls"),
        platform=profile_of(world.hospital, role="platform", person__name="Noa, Acacias"),
    )


def acting(profile: Profile):
    """Return who acts under a profile."""
    found = actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=AT)
    assert found is not None
    return found


def asked(pushed: Pushed, *, units: int = 900, at=AT):
    """Have the home ask for more."""
    return services.ask_change(
        actor=orderer(pushed.world.home),
        registry=pushed.world.home.registry,
        family=MASK,
        units=units,
        reason="Foyer au premier étage.",
        at=at,
    )


def planned(country: Country) -> dict[str, list[dict[str, object]]]:
    """Share a plan of continuity in the country whose week is decided; say what stands in each address."""
    at = country_world.AT
    plan = services.prepare(
        actor=country.maker,
        proposal=services.Proposal(
            week=Week.parse(country_world.NEXT_WEEK),
            fallback=True,
            reason="Portail hors service.",
            volumes={MASK: {"spf": 20_000}},
        ),
        at=at,
    )
    services.share(actor=country.signer, plan_id=plan.pk, at=at)
    programme = services.decide_programme(
        actor=country.maker,
        decision=services.Decision(
            code="dialyse",
            title="Centres de dialyse",
            family="ffp2",
            rule="per_site",
            units=100,
            starts_on=at.date(),
            source="Circulaire",
        ),
        at=at,
    )
    request = services.ask_change(
        actor=orderer(country.home),
        registry=country.home.registry,
        family=MASK,
        units=100,
        reason="Foyer.",
        at=at,
    )
    number = {"number": plan.pk}
    line = plan.lines.get(facility=country.home)
    home = {"registry": country.home.registry}
    desk = number | {"territory": line.territory_id}
    code = {"name": programme.pk}
    return {
        **{f"plans:{deed}": [number] for deed in ("plan", "share", "freeze", "send", "abandon")},
        **{f"plans:{deed}": [desk] for deed in ("desk", "adjust", "effect")},
        **{
            f"plans:{deed}": [code]
            for deed in ("programme", "enrol", "programme-end", "programme-prepare")
        },
        "plans:why": [number | home],
        "plans:facility": [home],
        "plans:answer": [{"number": request.pk}],
    }
