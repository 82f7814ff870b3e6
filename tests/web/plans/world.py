"""The two platforms of the push plans, with who works on them; Tuesday 31 March 2020, 11:00 in Paris."""

from dataclasses import dataclass

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan
from distrilog.domain.facilities.models import Region, Zone
from tests.domain.distribution import world as domain
from tests.domain.distribution.world import AT, WEEK, World
from tests.factories import AddressFactory, PlaceFactory, ProfileFactory, orderer
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
