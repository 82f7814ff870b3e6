"""Small worlds for tests: factories with traits, shared by all. Nothing here touches the clock."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import factory
from django.db.backends.postgresql.psycopg_any import DateRange
from factory.django import DjangoModelFactory

from distrilog.domain.accounts.models import Person, Profile
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.catalogue.rules import gtin_check_digit
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import rule_set_of
from distrilog.domain.facilities.models import (
    Address,
    Attachment,
    Capacity,
    Category,
    Department,
    Facility,
    Region,
    Staff,
    Territory,
    Zone,
)
from distrilog.domain.facilities.rules import finess_number
from distrilog.domain.stock.models import Lot, Owner, Place
from distrilog.domain.stock.rules import Kind, Status
from distrilog.domain.stock.services import Movement, move
from distrilog.kernel.scopes import Scope, ScopeKind


# code → (name, plural, units in a box): the seven families of the catalogue.
FAMILIES: dict[str, tuple[str, str, int]] = {
    "surgical_mask": ("masque chirurgical", "masques chirurgicaux", 50),
    "ffp2": ("masque FFP2", "masques FFP2", 50),
    "gown": ("surblouse", "surblouses", 10),
    "apron": ("tablier", "tabliers", 100),
    "glove": ("gant", "gants", 100),
    "cap": ("charlotte", "charlottes", 100),
    "goggles": ("lunettes de protection", "lunettes de protection", 10),
}

# category code of the register → (name, group).
CATEGORIES: dict[str, tuple[str, str]] = {
    "355": ("Centre hospitalier", Category.Group.HOSPITAL),
    "500": ("Établissement d’hébergement pour personnes âgées", Category.Group.NURSING_HOME),
    "460": ("Service d’aide à domicile", Category.Group.HOME_CARE),
    "620": ("Pharmacie d’officine", Category.Group.PHARMACY),
}


def registry_of(number: int, *, department: str = "75") -> str:
    """Return a FINESS number of a department, check digit included."""
    return finess_number(prefix=department[:2], rank=number)


def actor(role: Role = Role.NATIONAL_CELL, *, person: str = "", **values: Any) -> Actor:
    """Return somebody acting in a role, without a row: a new person unless one is named."""
    scope = values.pop("scope", Scope(kind=ScopeKind.COUNTRY))
    return Actor(person=person or str(uuid4()), profile=0, role=role, scope=scope, **values)


def orderer(facility: Facility, *, role: Role = Role.ORDERER, person: str = "") -> Actor:
    """Return somebody who acts for a facility."""
    return actor(
        role,
        person=person,
        scope=Scope(kind=ScopeKind.FACILITY, code=facility.registry),
        facility_id=facility.pk,
        registry=facility.registry,
        region=facility.department.region_id,
    )


def agency(region: Region, *, person: str = "") -> Actor:
    """Return somebody who acts for the ARS of a region."""
    return actor(
        Role.ARS,
        person=person,
        scope=Scope(kind=ScopeKind.REGION, code=region.code),
        region=region.code,
    )


class ZoneFactory(DjangoModelFactory):
    """The mainland; `overseas` for an overseas zone."""

    class Meta:
        model = Zone
        django_get_or_create = ["code"]

    code = "metropole"
    name = "France métropolitaine"

    class Params:
        at_sea = factory.Trait(
            code="reunion",
            name="La Réunion",
            overseas=True,
            time_zone="Indian/Reunion",
            lead_time_days=12,
        )


class RegionFactory(DjangoModelFactory):
    """A region; Île-de-France unless told."""

    class Meta:
        model = Region
        django_get_or_create = ["code"]

    code = "11"
    name = factory.LazyAttribute(lambda each: f"Région {each.code}")


class DepartmentFactory(DjangoModelFactory):
    """A department; Paris unless told."""

    class Meta:
        model = Department
        django_get_or_create = ["code"]

    code = "75"
    name = factory.LazyAttribute(lambda each: f"Département {each.code}")
    region = factory.SubFactory(RegionFactory)
    zone = factory.SubFactory(ZoneFactory)


class CategoryFactory(DjangoModelFactory):
    """A category of `CATEGORIES`; a nursing home unless told."""

    class Meta:
        model = Category
        django_get_or_create = ["code"]

    code = "500"
    name = factory.LazyAttribute(lambda each: CATEGORIES[each.code][0])
    group = factory.LazyAttribute(lambda each: CATEGORIES[each.code][1])


class FacilityFactory(DjangoModelFactory):
    """An open nursing home served by the operator; traits say what else."""

    class Meta:
        model = Facility
        skip_postgeneration_save = True

    registry = factory.Sequence(lambda number: registry_of(number + 1))
    name = factory.Sequence(lambda number: f"Résidence des Tilleuls {number}")
    category = factory.SubFactory(CategoryFactory)
    department = factory.SubFactory(DepartmentFactory)
    commune = "Paris"
    route = Facility.Route.OPERATOR
    opened_on = date(2001, 1, 1)
    fictitious = True

    class Params:
        hospital = factory.Trait(
            category=factory.SubFactory(CategoryFactory, code="355"),
            name=factory.Sequence(lambda number: f"Hôpital des Acacias {number}"),
            status=Facility.Status.PUBLIC,
        )
        home_care = factory.Trait(category=factory.SubFactory(CategoryFactory, code="460"))
        pharmacy = factory.Trait(category=factory.SubFactory(CategoryFactory, code="620"))
        by_spf = factory.Trait(route=Facility.Route.SPF)
        at_sea = factory.Trait(
            route=Facility.Route.OVERSEAS,
            department=factory.SubFactory(
                DepartmentFactory,
                code="974",
                region=factory.SubFactory(RegionFactory, code="04"),
                zone=factory.SubFactory(ZoneFactory, at_sea=True),
            ),
        )
        closed = factory.Trait(closed_on=date(2020, 1, 1))

    @factory.post_generation
    def places(self, create: bool, extracted: dict[str, int] | None, **_values: Any) -> None:
        """Add beds and places: `places={"acute": 40}`."""
        for activity, count in (extracted or {}).items() if create else ():
            CapacityFactory(facility=self, activity=activity, places=count)

    @factory.post_generation
    def people(self, create: bool, extracted: dict[str, int] | None, **_values: Any) -> None:
        """Add staff: `people={"caregiver": 12}`."""
        for role, count in (extracted or {}).items() if create else ():
            StaffFactory(facility=self, role=role, headcount=count)


class CapacityFactory(DjangoModelFactory):
    """Places of a facility for an activity."""

    class Meta:
        model = Capacity

    facility = factory.SubFactory(FacilityFactory)
    activity = Capacity.Activity.PLACES
    places = 80


class StaffFactory(DjangoModelFactory):
    """Staff of a facility in a role."""

    class Meta:
        model = Staff

    facility = factory.SubFactory(FacilityFactory)
    role = Staff.Role.CAREGIVER
    headcount = 30


class TerritoryFactory(DjangoModelFactory):
    """A territory, with no platform unless told."""

    class Meta:
        model = Territory
        django_get_or_create = ["code"]

    code = factory.Sequence(lambda number: f"T{number:03d}")
    name = factory.LazyAttribute(lambda each: f"Territoire {each.code}")
    region = factory.SubFactory(RegionFactory)


class AttachmentFactory(DjangoModelFactory):
    """A facility served by a territory since 2020."""

    class Meta:
        model = Attachment

    facility = factory.SubFactory(FacilityFactory)
    territory = factory.SubFactory(TerritoryFactory)
    period = DateRange(date(2020, 1, 1), None, "[)")


class AddressFactory(DjangoModelFactory):
    """The main address of a facility."""

    class Meta:
        model = Address

    facility = factory.SubFactory(FacilityFactory)
    street = "1 rue des Lilas"
    postcode = "75020"
    city = "Paris"


class FamilyFactory(DjangoModelFactory):
    """A family of `FAMILIES`; surgical masks unless told."""

    class Meta:
        model = Family
        django_get_or_create = ["code"]

    code = "surgical_mask"
    name = factory.LazyAttribute(lambda each: FAMILIES[each.code][0])
    plural = factory.LazyAttribute(lambda each: FAMILIES[each.code][1])
    box_units = factory.LazyAttribute(lambda each: FAMILIES[each.code][2])
    position = factory.LazyAttribute(lambda each: list(FAMILIES).index(each.code))


class PlaceFactory(DjangoModelFactory):
    """The operator's warehouse; traits for the other sources."""

    class Meta:
        model = Place
        django_get_or_create = ["code"]

    code = "operator"
    name = "Plateforme de l’opérateur logistique"
    kind = Place.Kind.OPERATOR
    zone = factory.SubFactory(ZoneFactory)

    class Params:
        spf = factory.Trait(code="spf", name="Santé publique France", kind=Place.Kind.SPF)
        at_sea = factory.Trait(
            code="reunion",
            name="Stock zonal de La Réunion",
            kind=Place.Kind.OVERSEAS,
            zone=factory.SubFactory(ZoneFactory, at_sea=True),
        )


class ArticleFactory(DjangoModelFactory):
    """An article of a family of `FAMILIES`; surgical masks unless told."""

    class Meta:
        model = Article
        django_get_or_create = ["gtin"]

    family = factory.SubFactory(FamilyFactory)
    gtin = factory.LazyAttribute(lambda each: gtin_of(each.family.code))
    name = factory.LazyAttribute(lambda each: f"{each.family.name} d’essai")
    supplier = "Fournisseur fictif"
    box_units = factory.LazyAttribute(lambda each: each.family.box_units)
    carton_units = factory.LazyAttribute(lambda each: each.box_units * 10)
    pallet_units = factory.LazyAttribute(lambda each: each.box_units * 100)


def gtin_of(family: str, *, variant: int = 1) -> str:
    """Return the GTIN of the article that tests use for a family; another `variant`, another article."""
    body = f"0952{list(FAMILIES).index(family) + 1:06d}{variant:03d}"
    return body + gtin_check_digit(body)


class LotFactory(DjangoModelFactory):
    """A lot of an article, far from its expiry."""

    class Meta:
        model = Lot
        django_get_or_create = ["article", "number"]

    article = factory.SubFactory(ArticleFactory)
    number = "L1"
    expires_on = date(2030, 1, 1)


def stocked(
    units: int,
    *,
    family: str = "surgical_mask",
    place: str = "operator",
    number: str = "L1",
    expires_on: date | None = date(2030, 1, 1),
    status: Status = Status.AVAILABLE,
    owner: str = "state",
    key: str = "",
) -> Lot:
    """Put units of a lot in stock at a place that exists; return the lot."""
    lot = LotFactory.create(
        article=ArticleFactory.create(family=FamilyFactory.create(code=family)),
        number=number,
        expires_on=expires_on,
    )
    # The migration's own rows are gone after a test that commits.
    Owner.objects.get_or_create(code=owner, defaults={"name": owner})
    movement = Movement(
        key=key or f"opening {place} {family} {number} {units} {status} {owner}",
        kind=Kind.OPENING,
        lot=lot.pk,
        units=units,
        place=place,
        source=Status.OUTSIDE,
        target=status,
        owner=owner,
    )
    move(movements=[movement], by="store", at=datetime(2020, 10, 1, tzinfo=UTC))
    return lot


class DoctrineVersionFactory(DjangoModelFactory):
    """The signed version of 20 March 2020, with its published parameters; `rule_set` for another."""

    class Meta:
        model = DoctrineVersion
        django_get_or_create = ["code"]

    rule_set = "2020-03-20"
    code = factory.SelfAttribute("rule_set")
    title = factory.LazyAttribute(lambda each: rule_set_of(each.rule_set).title)
    parameters = factory.LazyAttribute(lambda each: rule_set_of(each.rule_set).defaults)
    effective_on = date(2020, 3, 20)
    state = DoctrineVersion.State.SIGNED
    prepared_by = "preparer"
    prepared_at = datetime(2020, 3, 19, 9, tzinfo=UTC)
    signed_by = "signer"
    signed_at = datetime(2020, 3, 19, 18, tzinfo=UTC)


class PersonFactory(DjangoModelFactory):
    """A human being."""

    class Meta:
        model = Person

    name = factory.Sequence(lambda number: f"Personne {number}")


class ProfileFactory(DjangoModelFactory):
    """A person in the national cell; give `role`, and `facility` or `perimeter`, for others."""

    class Meta:
        model = Profile

    person = factory.SubFactory(PersonFactory)
    role = Role.NATIONAL_CELL.value
