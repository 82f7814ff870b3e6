"""
Occitanie's own stock from 10 to 25 April 2020, by the agency's services; its closing balances are read from the ledger (row N2).

Every figure is of `regional.reference`, which cites the document; the days between those it prints are ours.
"""

from datetime import date, datetime, time
from typing import Final

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.catalogue.models import Article
from distrilog.domain.facilities.models import Territory
from distrilog.domain.regional import queries, reference, services
from distrilog.domain.regional.models import LotPart, LotPlan, Supply
from distrilog.domain.regional.reference import PrintedLine, PrintedPart
from distrilog.domain.simulation.rules import RegionalLine
from distrilog.domain.stock.services import Arrival
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import PARIS


REGION: Final = reference.REGION
MASK, FFP2 = "surgical_mask", "ffp2"
_LABORATORIES: Final = "biologistes-76"
_CENTRAL: Final = "76107"  # « à partir du CHU de Toulouse »
_ORDERS: Final = {
    "Commande ARS": (Supply.Kind.PURCHASE, "Fournisseurs en Chine"),
    "Commande Conseil régional": (Supply.Kind.DONATION, "Conseil régional"),
}
_OPENING: Final = "Stock au 10/04"
_DISTRIBUTED: Final = "Distribution GHT semaine du 21/04"


def _agent(person: str) -> Actor:
    return Actor(
        person=person,
        profile=0,
        role=Role.ARS,
        scope=Scope(kind=ScopeKind.REGION, code=REGION),
        region=REGION,
        name="Rejeu",
    )


_PREPARES: Final = _agent("rejeu-ars")
_DECIDES: Final = _agent("rejeu-ars-directeur")


def play_the_fortnight() -> None:
    """Play what the table of week 17 and § 2.3 print: two orders, their arrivals, two lots split and carried."""
    for line in reference.WEEK_17:
        if line.label == _OPENING:
            _supply(line, kind=Supply.Kind.FOUND, donor="Recensement régional", ordered_on=line.on)
        elif line.label in _ORDERS:
            kind, donor = _ORDERS[line.label]
            _supply(line, kind=kind, donor=donor, ordered_on=date(2020, 4, 11))
    services.register_receiver(
        actor=_PREPARES,
        name="URPS biologistes",
        kind="laboratoires",
        code=_LABORATORIES,
        at=_at(date(2020, 4, 18)),
    )
    _split(MASK, reference.SURGICAL_LOT)
    _split(FFP2, reference.FFP2_LOT)
    _let_the_rest_leave()


def _supply(line: PrintedLine, *, kind: str, donor: str, ordered_on: date) -> None:
    name = f"{line.family[:4]}-{line.on:%m%d}"
    delivered = line.delivered or 0
    services.register_supply(
        actor=_PREPARES,
        supply=services.NewSupply(
            reference=name,
            kind=kind,
            donor=donor,
            gtin=Article.objects.filter(family=line.family)
            .order_by("gtin")
            .values_list("pk", flat=True)[0],
            units=delivered + (line.pending or 0),
            quality=Supply.Quality.ACCEPTED,
        ),
        at=_at(ordered_on),
    )
    services.receive_supply(
        actor=_PREPARES,
        reference=name,
        arrivals=[Arrival(lot=name, units=delivered)],
        key="1",
        at=_at(line.on),
    )


def _split(family: str, parts: tuple[PrintedPart, ...]) -> None:
    """Prepare, split in proportion to the national allocation, decide and carry out a lot."""
    at = _at(date(2020, 4, 21))
    name = f"lot-{family}"
    services.prepare_lot_plan(
        actor=_PREPARES,
        proposal=services.LotProposal(
            reference=name,
            title="Complément régional",
            family=family,
            units=sum(part.units for part in parts),
            parts=[
                services.PartOf(
                    purpose=part.purpose,
                    units=part.units,
                    words=part.words,
                    shares=_direct(part),
                )
                for part in parts
            ],
        ),
        at=at,
    )
    drawn = LotPart.objects.filter(plan=LotPlan.objects.get(reference=name)).order_by("pk")
    for part in drawn.exclude(purpose=LotPart.Purpose.DIRECT):
        services.split_pro_rata(actor=_PREPARES, part_id=part.pk, at=at)
    services.decide_lot_plan(actor=_DECIDES, reference=name, at=at)
    services.execute_plan(actor=_PREPARES, reference=name, at=at)


def _direct(part: PrintedPart) -> list[services.ShareOf]:
    if part.purpose != LotPart.Purpose.DIRECT:
        return []
    return [services.ShareOf(receiver=_LABORATORIES, units=part.units)]


def _let_the_rest_leave() -> None:
    """Let the FFP2 leave that the table prints and the text does not, under a motive that says so."""
    platform = Territory.objects.get(pk=_CENTRAL).platform
    if platform is None:
        raise LookupError("No platform in Toulouse: is the country loaded?")
    services.issue_urgently(
        actor=_PREPARES,
        to=services.Recipient(facility=platform.registry),
        family=FFP2,
        units=reference.FFP2_UNEXPLAINED,
        motive="Écart entre le tableau et le texte du document : 1 300 000 FFP2 partis, 1 279 100 répartis.",
        key="rejeu-ecart",
        at=_at(date(2020, 4, 21), hour=15),
    )


def lines() -> list[RegionalLine]:
    """Return each figure of the printed table beside what the ledger's entries add up to."""
    return [
        RegionalLine(
            label=line.label,
            family=line.family,
            printed=line.delivered or 0,
            computed=_computed(line),
        )
        for line in reference.WEEK_17
    ]


def _computed(line: PrintedLine) -> int:
    last = max(each.on for each in reference.WEEK_17)
    until = last if line.label == _DISTRIBUTED else line.on
    found = queries.situation(region=REGION, first=line.on, last=until)
    balance = found.family(line.family, at_platforms=False)
    if line.is_stock:
        return balance.closing
    return balance.left if line.label == _DISTRIBUTED else balance.came


def _at(day: date, *, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=PARIS)
