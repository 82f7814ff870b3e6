"""Homes in need and neighbours with a surplus, as resupply finds them. Wednesday 4 November 2020, 10:00 in Paris."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.declarations.models import Declaration, Statement, Submission
from distrilog.domain.facilities.models import Facility
from distrilog.domain.orders import queries as orders
from distrilog.domain.resupply import queries, services
from distrilog.domain.resupply.models import Part, RequestLine
from distrilog.domain.resupply.services import Choice, Wanted
from distrilog.domain.shipping import queries as shipping
from distrilog.domain.stock import queries as stock
from distrilog.domain.stock.models import Owner
from distrilog.domain.stock.services.places import open_department_store
from distrilog.kernel.weeks import Week
from tests.factories import (
    AddressFactory,
    ArticleFactory,
    DepartmentFactory,
    FacilityFactory,
    FamilyFactory,
    PlaceFactory,
    actor,
    agency,
    orderer,
)


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
BEFORE_OCTOBER = datetime(2020, 10, 7, 9, tzinfo=UTC)
MASK, GOWN = "surgical_mask", "gown"
CELL = actor(Role.NATIONAL_CELL, person="cell")
KEEPER = actor(Role.SPF, person="keeper")
# A tenth of a degree of latitude: some eleven kilometres.
STEP = 0.1


def furnish() -> None:
    """Make the places, owners and articles that help needs."""
    for code in (MASK, GOWN):
        ArticleFactory.create(family=FamilyFactory.create(code=code))
    PlaceFactory.create()
    PlaceFactory.create(spf=True)
    PlaceFactory.create(code="door", kind="door", name="Établissements servis")
    PlaceFactory.create(code="loan", kind="loan", name="Prêts entre établissements")
    for owner in ("state", "facilities"):
        # The migration's own rows are gone after a test that commits.
        Owner.objects.get_or_create(code=owner, defaults={"name": owner})


def home(*, north: float = 0.0, **values: object) -> Facility:
    """Return a home with an address, so many steps to the north of Paris."""
    made = FacilityFactory.create(latitude=48.85 + north * STEP, longitude=2.35, **values)
    AddressFactory.create(facility=made)
    return made


def declared(
    facility: Facility,
    *,
    stock: int,
    need: int = 100,
    family: str = MASK,
    at: datetime = AT - timedelta(days=1),
    consumption: int | None = None,
) -> None:
    """Have a facility declare its stock of a family in the week of a moment, again or for the first time."""
    declaration, new = Declaration.objects.get_or_create(facility=facility, week=str(Week.at(at)))
    if not new:
        declaration.version += 1
        declaration.save()
    Submission.objects.create(
        declaration=declaration,
        version=declaration.version,
        channel="screen",
        declared_by="somebody",
        declared_at=at,
    )
    Statement.objects.filter(declaration=declaration, family=family).update(current=False)
    Statement.objects.create(
        declaration=declaration,
        version=declaration.version,
        facility=facility,
        week=declaration.week,
        family_id=family,
        stock=stock,
        need=need,
        consumption=consumption,
    )


def lender(*, surplus: int, north: float = 1.0, kilometres: int = 50, **values: object) -> Facility:
    """Return a neighbour that agreed to lend, with so many masks above its safety stock of 300."""
    made = home(north=north, **values)
    declared(made, stock=300 + surplus)
    services.agree_to_lend(actor=orderer(made), kilometres=kilometres, contact="Mme Roux", at=AT)
    return made


def ask(
    facility: Facility, units: int = 100, *, family: str = MASK, at: datetime = AT, **values: object
) -> str:
    """Have a facility ask for units of a family; return the reference."""
    given = {"urgency": "days", "words": "Plus que deux jours.", **values}
    return services.ask(
        actor=orderer(facility),
        registry=facility.registry,
        lines=[Wanted(family=family, units=units)],
        at=at,
        **given,
    ).reference


def line_of(reference: str, family: str = MASK) -> RequestLine:
    """Return the line of a request."""
    return RequestLine.objects.get(request__reference=reference, family=family)


def ars(facility: Facility) -> Actor:
    """Return the agency of a facility."""
    return agency(facility.department.region, person="agent")


def choose(
    facility: Facility, reference: str, *choices: Choice, at: datetime = AT, answer: str = ""
) -> None:
    """Have the agency decide."""
    services.decide(actor=ars(facility), reference=reference, choices=choices, answer=answer, at=at)


def choice(reference: str, kind: str, units: int, **values: object) -> Choice:
    """Return a choice for the masks of a request."""
    return Choice(kind=kind, line=line_of(reference).pk, units=units, **values)


def parts(reference: str) -> Sequence[Part]:
    """Return the parts of a request, in the order in which they were made."""
    return list(Part.objects.filter(line__request__reference=reference).order_by("pk"))


def states(reference: str) -> list[str]:
    """Return the states of the parts of a request."""
    return [part.state for part in parts(reference)]


def offered(facility: Facility, giver: Facility, units: int = 100, **values: object) -> Part:
    """Bring a request to the point where the giver has said yes; return the part."""
    reference = values.pop("reference", None) or ask(facility, units)
    services.propose(at=AT)
    [part] = Part.objects.filter(line__request__reference=reference, lender=giver)
    return services.answer(actor=orderer(giver), part_id=part.pk, units=units, at=AT, **values)


def lent(
    facility: Facility, giver: Facility, units: int = 100, *, lot: str = "", **values: object
) -> Part:
    """Bring a request to the point where the giver has handed the units over; return the part."""
    part = offered(facility, giver, units, **values)
    reference = part.line.request.reference
    choose(facility, reference, choice(reference, "neighbour", units, part_id=part.pk))
    return services.hand_over(actor=orderer(giver), part_id=part.pk, units=units, lot=lot, at=AT)


def department(code: str = "75") -> str:
    """Return the code of the emergency store of a department, opened."""
    return open_department_store(department=DepartmentFactory.create(code=code).code).code


def assert_books_balance() -> None:
    """Nothing is lost, nothing doubled, from stock to loans."""
    found = [
        *stock.discrepancies(),
        *shipping.broken_promises(),
        *orders.discrepancies(),
        *queries.discrepancies(),
    ]
    assert [str(each) for each in found] == []
