"""Loans between facilities: their papers, what is still owed, who holds a lot, and the proof that the books agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from distrilog.domain.accounts.rules import Actor
from distrilog.domain.facilities.models import Address, Facility
from distrilog.domain.resupply.models import Lender, Loan
from distrilog.domain.resupply.queries.spares import Spare, spares
from distrilog.domain.stock.queries import Discrepancy
from distrilog.kernel.refusals import Fault, NotFound
from distrilog.kernel.scopes import Scope


PAGE_SIZE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanView:
    """A loan or a gift between two facilities, named by registry number. Units; `owed` is still to come back."""

    reference: str
    request: str
    part_id: int
    lender: str
    lender_name: str
    borrower: str
    borrower_name: str
    family: str
    family_name: str
    box_units: int
    terms: str
    terms_name: str
    return_by: date | None
    lot: str
    gtin: str
    article: str
    recalled: bool
    promised: int
    handed: int
    received: int
    returned: int
    given: int
    owed: int
    handed_at: datetime | None
    received_at: datetime | None
    settled_at: datetime | None

    def overdue(self, *, on: date) -> bool:
        """Tell whether it should have come back."""
        return self.owed > 0 and self.return_by is not None and self.return_by < on


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a loan, as its papers name it."""

    registry: str
    name: str
    street: str
    postcode: str
    city: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPapers:
    """What both sides sign, and keep."""

    loan: LoanView
    lender: Party
    borrower: Party
    urgency: str
    agreed_at: datetime
    expires_on: date | None


def loans(
    *,
    scope: Scope,
    open_only: bool = False,
    lent_by: str = "",
    borrowed_by: str = "",
    limit: int = PAGE_SIZE,
) -> list[LoanView]:
    """Return the loans handed over by or to facilities of a scope, newest first; sides are registry numbers. One query."""
    rows = _within(scope).filter(handed_at__isnull=False)
    if open_only:
        rows = rows.filter(settled_at__isnull=True)
    exact = {
        "part__lender__registry": lent_by,
        "part__line__request__facility__registry": borrowed_by,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return [_view(row) for row in rows.order_by("-handed_at", "-pk")[:limit]]


def loan_papers(*, reference: str, scope: Scope) -> LoanPapers:
    """Return the papers of a loan that the agency chose, handed over or about to be; `NotFound` outside the scope."""
    row = (
        _within(scope)
        .filter(reference=reference, part__state__in=["chosen", "sent", "received", "cancelled"])
        .first()
    )
    if row is None:
        raise NotFound(
            Fault(where="loan", message=f"Aucun prêt « {reference[:40]} » dans votre périmètre.")
        )
    request = row.part.line.request
    lender = row.part.lender
    assert lender is not None, "a neighbour's part has a lender"
    agreed = Lender.objects.filter(facility=lender).first()
    return LoanPapers(
        loan=_view(row),
        lender=_party(lender, agreed.contact if agreed else ""),
        borrower=_party(request.facility, request.contact),
        urgency=request.get_urgency_display(),
        agreed_at=request.decided_at or row.part.changed_at,
        expires_on=row.lot.expires_on if row.lot else None,
    )


def _within(scope: Scope) -> QuerySet[Loan]:
    mine = Facility.objects.within(scope).values("pk")
    return Loan.objects.filter(
        Q(part__lender__in=mine) | Q(part__line__request__facility__in=mine)
    ).select_related(
        "part__lender", "part__line__family", "part__line__request__facility", "lot__article"
    )


def _view(row: Loan) -> LoanView:
    line, lender = row.part.line, row.part.lender
    assert lender is not None, "a neighbour's part has a lender"
    return LoanView(
        reference=row.reference,
        request=line.request.reference,
        part_id=row.part_id,
        lender=lender.registry,
        lender_name=lender.name,
        borrower=line.request.facility.registry,
        borrower_name=line.request.facility.name,
        family=line.family_id,
        family_name=line.family.name,
        box_units=line.box_units,
        terms=row.terms,
        terms_name=row.get_terms_display(),
        return_by=row.return_by,
        lot=row.lot.number if row.lot else "",
        gtin=row.lot.article_id if row.lot else "",
        article=row.lot.article.name if row.lot else "",
        recalled=row.lot is not None and row.lot.recalled_at is not None,
        promised=row.part.units,
        handed=row.handed,
        received=row.received,
        returned=row.returned,
        given=row.given,
        owed=row.owed,
        handed_at=row.handed_at,
        received_at=row.received_at,
        settled_at=row.settled_at,
    )


def _party(facility: Facility, contact: str) -> Party:
    address = Address.objects.filter(facility=facility).order_by("-main", "pk").first()
    return Party(
        registry=facility.registry,
        name=facility.name,
        street=address.street if address else "",
        postcode=address.postcode if address else "",
        city=address.city if address else facility.commune,
        contact=contact or (address.contact if address else ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a facility agreed to, and by family what it could lend today by its own declaration. None: it did not agree."""

    agreed: bool
    families: Sequence[str]
    kilometres: int
    contact: str
    agreed_at: datetime | None
    ended_at: datetime | None
    spare: dict[str, Spare]


def agreement(*, actor: Actor, at: datetime) -> Agreement:
    """Return what one's own facility agreed to. Two queries."""
    facility = actor.facility_id or 0
    row = Lender.objects.filter(facility=facility).first()
    found = spares(facilities=[facility], at=at)
    return Agreement(
        agreed=row is not None and row.ended_at is None,
        families=row.families if row else (),
        kilometres=row.kilometres if row else 50,
        contact=row.contact if row else "",
        agreed_at=row.agreed_at if row else None,
        ended_at=row.ended_at if row else None,
        spare={family: spare for (_facility, family), spare in found.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrower:
    """A facility that holds units of a lot by a loan or a gift; or is about to. Units."""

    loan: str
    facility_id: int
    facility: str
    facility_name: str
    lender: str
    lender_name: str
    units: int


def borrowers_of(*, lot: int) -> list[Borrower]:
    """
    Return who holds units of a lot that a neighbour handed over, lent or given, and not given back. One query.

    Before it is received, all that was handed over counts.
    """
    rows = (
        Loan.objects.filter(lot=lot, handed_at__isnull=False)
        .select_related("part__lender", "part__line__request__facility")
        .order_by("pk")
    )
    found = []
    for row in rows:
        units = (row.received if row.received_at else row.handed) - row.returned
        lender, facility = row.part.lender, row.part.line.request.facility
        if units > 0 and lender is not None:
            found.append(
                Borrower(
                    loan=row.reference,
                    facility_id=facility.pk,
                    facility=facility.registry,
                    facility_name=facility.name,
                    lender=lender.registry,
                    lender_name=lender.name,
                    units=units,
                )
            )
    return found


# What parcels and department stores brought to a facility of a lot, less what it disputed, lent of it and gave away.
_HELD: Final = """
SELECT coalesce((
           SELECT sum(content.units) FROM shipping_content content
             JOIN shipping_parcel parcel ON parcel.id = content.parcel_id AND parcel.state = 'delivered'
             JOIN shipping_despatch despatch ON despatch.id = parcel.despatch_id
             JOIN orders_order placed ON placed.id = despatch.fulfilment_id
            WHERE placed.facility_id = %(facility)s AND content.lot_id = %(lot)s
       ), 0) - coalesce((
           SELECT sum(claim.units) FROM shipping_claim claim
             JOIN shipping_despatch despatch ON despatch.id = claim.despatch_id
             JOIN orders_order placed ON placed.id = despatch.fulfilment_id
            WHERE placed.facility_id = %(facility)s AND claim.lot_id = %(lot)s
       ), 0) + coalesce((
           SELECT sum(CASE entry.kind WHEN 'delivery' THEN entry.units WHEN 'write_off' THEN -entry.units END)
             FROM resupply_part part
             JOIN resupply_requestline line ON line.id = part.line_id
             JOIN resupply_request request ON request.id = line.request_id
             JOIN stock_entry entry ON entry.about = 'part:' || part.id
            WHERE request.facility_id = %(facility)s AND part.kind = 'department'
              AND entry.lot_id = %(lot)s
       ), 0) - coalesce((
           SELECT sum(loan.handed - loan.returned) FROM resupply_loan loan
             JOIN resupply_part part ON part.id = loan.part_id
             JOIN stock_entry entry ON entry.key = 'loan:' || loan.reference
             JOIN stock_account source ON source.id = entry.source_id
             JOIN stock_place place ON place.code = source.place_id AND place.kind = 'door'
            WHERE part.lender_id = %(facility)s AND loan.lot_id = %(lot)s
       ), 0)
"""


def held_by(*, facility_id: int, lot: int) -> int:
    """
    Return the units of a lot that the books brought to a facility and that it still may have. One query.

    It may have used them: this bounds what may be lent from the door in its name, so that nobody lends another's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"facility": facility_id, "lot": lot})
        return max(0, int(cursor.fetchone()[0]))


# Lent and neither back nor given, lot by lot = what lies at the loans; kept by department stores for requests = what
# they were chosen for and have not handed over; what a granted order is to bring = its part.
_BROKEN: Final = """
WITH lent AS (
    SELECT lot_id, sum(CASE WHEN received_at IS NULL THEN handed ELSE received - returned - given END)::bigint
           AS units
      FROM resupply_loan WHERE handed_at IS NOT NULL GROUP BY 1
), lying AS (
    SELECT account.lot_id, sum(account.units)::bigint AS units
      FROM stock_account account JOIN stock_place place ON place.code = account.place_id
     WHERE place.kind = 'loan' AND account.status <> 'outside' GROUP BY 1
), chosen AS (
    SELECT part.place_id, line.family_id, sum(part.units)::bigint AS units
      FROM resupply_part part JOIN resupply_requestline line ON line.id = part.line_id
     WHERE part.kind = 'department' AND part.state = 'chosen' GROUP BY 1, 2
), kept AS (
    SELECT position.place_id, position.family_id, sum(reservation.pending)::bigint AS units
      FROM stock_reservation reservation JOIN stock_position position
           ON position.id = reservation.position_id
     WHERE reservation.key LIKE 'department:%%' GROUP BY 1, 2
)
SELECT concat_ws(' ', 'prêté, lot', lot_id), coalesce(lying.units, 0), coalesce(lent.units, 0)
  FROM lying FULL JOIN lent USING (lot_id)
 WHERE coalesce(lying.units, 0) <> coalesce(lent.units, 0)
UNION ALL
SELECT concat_ws(' ', 'réservé au département', place_id, family_id),
       coalesce(kept.units, 0), coalesce(chosen.units, 0)
  FROM kept FULL JOIN chosen USING (place_id, family_id)
 WHERE coalesce(kept.units, 0) <> coalesce(chosen.units, 0)
UNION ALL
SELECT concat_ws(' ', 'commande de dépannage sans demande', placed.reference), sum(line.units)::bigint, 0
  FROM orders_order placed JOIN orders_line line ON line.order_id = placed.id
 WHERE placed.charge = 'resupply'
   AND NOT EXISTS (SELECT FROM resupply_part part WHERE part.order_id = placed.id)
 GROUP BY placed.reference
 ORDER BY 1
"""


def discrepancies() -> list[Discrepancy]:
    """Return where loans, department stores or granted orders are not what the ledger holds. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, [])
        return [
            Discrepancy(what=what, in_books=in_books, by_entries=proven)
            for what, in_books, proven in cursor.fetchall()
        ]
