"""
A home in trouble and its neighbours: the country of the screens, with what each declared and who agreed to lend.

Wednesday 4 November 2020, 10:00 in Paris. The home has two days of FFP2 masks; the Lilas, four kilometres away, sixty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import Role
from distrilog.domain.catalogue.models import Family
from distrilog.domain.declarations.models import Declaration, Statement, Submission, Target
from distrilog.domain.facilities.models import Facility
from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Lender, Part, Request
from distrilog.domain.stock.models import Owner, Place
from tests.domain.quotas.worlds import receive
from tests.factories import AddressFactory, PlaceFactory, ProfileFactory
from tests.web.decisions.world import AT, WEEK, Country, acting
from tests.web.people import profile_of


FFP2 = "ffp2"
# A week of each, in units, at crisis consumption.
NEED = {FFP2: 350, "gown": 70}
WORDS = "Foyer au premier étage depuis lundi ; la commande arrive vendredi."
NORTH, EAST = 48.8566, 2.3522


@dataclass
class Trouble:
    """Who is there: the home that asks, the neighbours that may lend, those who decide."""

    country: Country
    home: Facility
    lilas: Facility
    store: Place
    asker: Profile
    lender: Profile
    agency: Profile
    delegation: Profile
    cell: Profile

    def ask(
        self, *, units: int = 500, urgency: str = "days", at: datetime = AT, **values: Any
    ) -> str:
        """Ask for FFP2 masks, ten boxes unless told; return the reference."""
        family = values.pop("family", FFP2)
        return services.ask(
            actor=acting(values.pop("profile", self.asker)),
            registry=values.pop("facility", self.home).registry,
            urgency=urgency,
            words=WORDS,
            lines=[services.Wanted(family=family, units=units)],
            contact="Logistique, poste 12",
            at=at,
        ).reference

    def proposed(self, **values: Any) -> Part:
        """Ask, and look for neighbours; return what the Lilas are asked."""
        reference = self.ask(**values)
        services.propose(at=values.get("at", AT), request=reference)
        return Part.objects.get(line__request__reference=reference, lender=self.lilas)

    def request(self, reference: str) -> Request:
        """Return a request, read again."""
        return Request.objects.get(reference=reference)


def build(country: Country) -> Trouble:
    """Tell the country its stocks; nothing is asked yet."""
    home, lilas = country.home, country.neighbour
    place(home, east=0)
    place(lilas, east=0.055)  # four kilometres
    declare(home, {FFP2: 100, "gown": 300})
    declare(lilas, {FFP2: 3_000, "gown": 100})
    Lender.objects.create(
        facility=lilas,
        contact="Cadre de santé, 01 00 00 00 02",
        agreed_by="directeur",
        agreed_at=AT,
    )
    furnish()
    store = Place.objects.create(
        code="dep-75",
        name="Réserve départementale de Paris",
        kind=Place.Kind.DEPARTMENT,
        zone=home.department.zone,
        department=home.department,
    )
    receive(200, family=FFP2, place="dep-75")
    return Trouble(
        country=country,
        home=home,
        lilas=lilas,
        store=store,
        asker=country.orderer,
        lender=profile_of(lilas, person__name="Noé, Résidence des Lilas"),
        agency=country.ars,
        delegation=ProfileFactory(
            role=Role.DELEGATION, perimeter="75", person__name="Lou, délégation de Paris"
        ),
        cell=country.cell,
    )


def furnish() -> None:
    """Make the places and owners that loans need; the migration’s own are gone after a test that commits."""
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    PlaceFactory(code="loan", kind="loan", name="Prêts entre établissements")
    for owner in ("state", "facilities"):
        Owner.objects.get_or_create(code=owner, defaults={"name": owner})


def place(facility: Facility, *, east: float) -> None:
    """Put a facility on the map, so many degrees east of the home."""
    Facility.objects.filter(pk=facility.pk).update(latitude=NORTH, longitude=EAST + east)
    facility.refresh_from_db()


def declare(facility: Facility, stocks: Mapping[str, int], *, week: str = WEEK) -> None:
    """Write what a facility says of a week, in units, and the need it has."""
    declaration = Declaration.objects.create(facility=facility, week=week)
    Submission.objects.create(
        declaration=declaration,
        version=1,
        key=uuid4(),
        channel="screen",
        declared_by="x",
        declared_at=AT,
    )
    for family, stock in stocks.items():
        need = NEED.get(family, 0)
        Target.objects.get_or_create(facility=facility, family_id=family, defaults={"need": need})
        Statement.objects.create(
            declaration=declaration,
            version=1,
            facility=facility,
            week=week,
            family=Family.objects.get(code=family),
            stock=stock,
            consumption=need,
            need=need,
        )


def another(country: Country, name: str, *, east: float, stock: int = 3_000) -> Facility:
    """Add a neighbour that agreed to lend, so many degrees east."""
    made = Facility.objects.get(pk=country.neighbour.pk)
    made.pk, made.registry, made.name = None, f"93{1000000 + int(east * 1000)}", name
    made.save(force_insert=True)
    AddressFactory(facility=made)
    place(made, east=east)
    declare(made, {FFP2: stock})
    Lender.objects.create(facility=made, agreed_by="directeur", agreed_at=AT)
    return made


def helped(country: Country) -> dict[str, list[dict[str, Any]]]:
    """Play some help, and return what stands in the addresses: the home is lent to, lends, and waits for the State."""
    trouble = build(country)
    Lender.objects.create(facility=trouble.home, agreed_by="directeur", agreed_at=AT)
    part = trouble.proposed(units=600)
    reference = part.line.request.reference
    services.answer(
        actor=acting(trouble.lender), part_id=part.pk, units=200, return_by=date(2020, 12, 4), at=AT
    )
    lent = {"kind": "neighbour", "units": 200, "part_id": part.pk}
    asked_of_state = {"kind": "state", "units": 100}
    services.decide(
        actor=acting(trouble.agency),
        reference=reference,
        choices=[services.Choice(line=part.line_id, **each) for each in (lent, asked_of_state)],
        at=AT,
    )
    services.hand_over(actor=acting(trouble.lender), part_id=part.pk, units=200, lot="A1", at=AT)
    waiting = Part.objects.get(line=part.line, kind="state")
    needy = trouble.ask(
        units=20, family="gown", facility=trouble.lilas, profile=trouble.lender, at=AT
    )
    services.propose(at=AT, request=needy)
    proposed = Part.objects.get(line__request__reference=needy, lender=trouble.home)
    loan = [{"loan": part.loan.reference}]
    asked = [{"asked": reference}]
    return {
        **dict.fromkeys(
            (
                f"resupply:{page}"
                for page in ("request", "withdraw", "desk", "decide", "seek", "refuse", "close")
            ),
            asked,
        ),
        **dict.fromkeys((f"resupply:{page}" for page in ("loan", "note")), loan),
        **dict.fromkeys((f"resupply:{page}" for page in ("hand-over", "give-back")), loan),
        "resupply:receive": [{"part": part.pk}],
        "resupply:answer": [{"part": proposed.pk}],
        "resupply:validate": [{"part": waiting.pk}],
        "resupply:hand-out": [{"part": waiting.pk}],
        "resupply:cancel-part": [{"asked": reference, "part": waiting.pk}],
    }
