"""
A small country whose week can be decided: two regions, twelve facilities with needs, stock, windows, doctrines.

Nothing is decided yet: the screens, or `decide`, do it through the services. Wednesday 4 November 2020, 10:00 in Paris.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.queries import actor_of_profile
from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.services import seed_catalogue
from distrilog.domain.doctrines.services import seed_versions
from distrilog.domain.facilities.models import Department, Facility
from distrilog.domain.quotas import services as quotas
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes import services as regimes
from distrilog.domain.regimes.models import RegimeDecision
from tests.domain.orders.world import open_window
from tests.domain.quotas.worlds import receive
from tests.factories import (
    AddressFactory,
    AttachmentFactory,
    DepartmentFactory,
    FacilityFactory,
    PlaceFactory,
    ProfileFactory,
    RegionFactory,
    TerritoryFactory,
)


AT = datetime(2020, 11, 4, 9, tzinfo=UTC)
WEEK = "2020-W45"
NEXT_WEEK = "2020-W46"
MASK = "surgical_mask"
# Units at the operator's, then at Santé publique France's.
STOCK = {MASK: (200_000, 100_000), "ffp2": (20_000, 20_000), "glove": (200_000, 100_000)}
ILE_DE_FRANCE, OCCITANIE = "11", "76"


@dataclass
class Country:
    """Who is there."""

    home: Facility
    neighbour: Facility
    platform: Facility
    far: Facility
    cell: Profile
    duty: Profile
    ars: Profile
    orderer: Profile

    @property
    def maker(self) -> Actor:
        """Return who prepares, read again."""
        return acting(self.cell)

    @property
    def signer(self) -> Actor:
        """Return who signs, read again."""
        return acting(self.duty)

    def tension(self, *, families: Iterable[str] = (MASK, "glove"), at: datetime = AT, **values):
        """Prepare a tension in the whole country; nobody has signed."""
        proposal = regimes.Proposal(
            regime="tension",
            families=list(families),
            regions=values.pop("regions", []),
            starts_at=values.pop("starts_at", at),
            reason="Les indicateurs passent le seuil.",
        )
        return regimes.prepare(actor=self.maker, proposal=proposal, at=at)

    def in_tension(self, *, at: datetime = AT, **values) -> RegimeDecision:
        """Put families in tension in the whole country."""
        decision = self.tension(at=at, **values)
        return regimes.sign(actor=self.signer, decision_id=decision.pk, at=at)

    def drafted(self, *, week: str = WEEK, at: datetime = AT, **options) -> QuotaRun:
        """Prepare a run of masks and gloves, without its effect."""
        return quotas.prepare(
            actor=self.maker,
            week=week,
            envelopes=options.pop("envelopes", {MASK: 20_000, "glove": 40_000}),
            floors={"nursing_home": 330},
            pots_per_mille=options.pop("pots_per_mille", {MASK: 50, "glove": 50}),
            reason="Calcul de la semaine.",
            at=at,
            **options,
        )

    def previewed(self, *, at: datetime = AT, **options) -> QuotaRun:
        """Prepare a run with its effect."""
        run = self.drafted(at=at, **options)
        quotas.preview(actor=self.maker, run_id=run.pk, at=at)
        return run

    def signed(self, *, at: datetime = AT, **options) -> QuotaRun:
        """Sign a run."""
        run = self.previewed(at=at, **options)
        return quotas.sign(actor=self.signer, run_id=run.pk, reason="Vu, conforme.", at=at)

    def published(self, *, at: datetime = AT, **options) -> QuotaRun:
        """Publish a run."""
        run = self.signed(at=at, **options)
        return quotas.publish(actor=self.signer, run_id=run.pk, at=at)


def acting(profile: Profile) -> Actor:
    """Return who acts under a profile."""
    found = actor_of_profile(person_id=profile.person_id, profile_id=profile.pk, at=AT)
    assert found is not None
    return found


def build() -> Country:
    """Make the rows; nothing is decided."""
    seed_catalogue()
    seed_versions(prepared_by="Direction générale de la santé", signed_by="Ministère de la santé")
    paris, saint_denis, garonne = _departments()
    open_window(paris.zone)
    PlaceFactory()
    PlaceFactory(spf=True)
    home = _home("Résidence des Tilleuls", paris, places=84)
    neighbour = _home("Résidence des Lilas", saint_denis, places=40)
    platform = _hospital("Hôpital des Acacias", paris, caregivers=900)
    _attach([home, neighbour, platform, _home("Résidence du Parc", paris, places=120)], platform)
    _home("Résidence du Canal", saint_denis, places=65)
    _hospital("Hôpital du Nord", saint_denis, caregivers=400, by_spf=True)
    far = _home("Résidence Capitole", garonne, places=75)
    for rank, places in enumerate((20, 48, 96, 150), start=1):
        _home(f"Résidence de la Garonne n° {rank}", garonne, places=places)
    _hospital("Hôpital de la Daurade", garonne, caregivers=600, by_spf=True)
    for family, (at_operator, at_spf) in STOCK.items():
        receive(at_operator, family=family)
        receive(at_spf, family=family, place="spf")
    return Country(
        home=home,
        neighbour=neighbour,
        platform=platform,
        far=far,
        cell=ProfileFactory(role=Role.NATIONAL_CELL, person__name="Claude, cellule nationale"),
        duty=ProfileFactory(role=Role.NATIONAL_DUTY, person__name="Dominique, permanence"),
        ars=ProfileFactory(
            role=Role.ARS, perimeter=ILE_DE_FRANCE, person__name="Camille, ARS Île-de-France"
        ),
        orderer=ProfileFactory(
            role=Role.ORDERER, facility=home, person__name="Sacha, Résidence des Tilleuls"
        ),
    )


def _departments() -> list[Department]:
    capital = RegionFactory(code=ILE_DE_FRANCE, name="Île-de-France")
    south = RegionFactory(code=OCCITANIE, name="Occitanie")
    return [
        DepartmentFactory(code="75", name="Paris", region=capital),
        DepartmentFactory(code="93", name="Seine-Saint-Denis", region=capital),
        DepartmentFactory(code="31", name="Haute-Garonne", region=south),
    ]


def _home(name: str, department: Department, *, places: int) -> Facility:
    made = FacilityFactory(
        name=name,
        department=department,
        commune=department.name,
        places={"places": places},
        people={"caregiver": places // 2, "physician": 1},
    )
    AddressFactory(
        facility=made, label="Accueil", contact="Service logistique", opening_hours="8 h – 16 h"
    )
    return made


def _hospital(name: str, department: Department, *, caregivers: int, **traits) -> Facility:
    made = FacilityFactory(
        hospital=True,
        name=name,
        department=department,
        places={"acute": caregivers // 3},
        people={"caregiver": caregivers, "physician": caregivers // 4},
        **traits,
    )
    AddressFactory(facility=made, street="Quai de livraison")
    return made


def _attach(facilities: Iterable[Facility], platform: Facility) -> None:
    territory = TerritoryFactory(platform=platform, region=platform.department.region)
    for facility in facilities:
        AttachmentFactory(facility=facility, territory=territory)
