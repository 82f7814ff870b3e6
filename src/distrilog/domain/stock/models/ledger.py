"""
The ledger of units: double entry by article, lot, owner, place and status. Rows are final; sums are proven.

Two things are kept apart. *Where units are*: accounts and entries, lot by lot. *What is promised of them*:
reservations and pending entries, by family and place, which name no lot until preparation. A position holds
both sides of one family at one place: what is usable, and what of it is reserved.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from distrilog.domain.catalogue.models import Article, Family
from distrilog.domain.facilities.models import Department, Zone
from distrilog.domain.stock import rules


_FINAL = pgtrigger.Update | pgtrigger.Delete


class Place(models.Model):
    """Where stock lies and leaves from: SPF, the operator's warehouse, an overseas store, a facility's door."""

    class Kind(models.TextChoices):
        """The first three are the same words as a facility's fulfilment route."""

        SPF = "spf", "Santé publique France"
        OPERATOR = "operator", "opérateur logistique"
        OVERSEAS = "overseas", "stock zonal outre-mer"
        CONSORTIUM = "consortium", "groupement d’achat"
        DOOR = "door", "établissements servis"
        DEPARTMENT = "department", "stock d’urgence départemental"
        LOAN = "loan", "prêts entre établissements"
        PLATFORM = "platform", "établissement support"
        REGIONAL = "regional", "stock régional"
        REQUISITION = "requisition", "stocks d’entreprises réquisitionnés"

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=80)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="places")
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="stores", null=True, blank=True
    )
    pallets = models.PositiveIntegerField("capacité (palettes)", null=True, blank=True)

    class Meta:
        verbose_name = "lieu"

    def __str__(self) -> str:
        return self.name


class Owner(models.Model):
    """Whose stock it is: the State, the consortium, an agency."""

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField("nom", max_length=80)

    class Meta:
        verbose_name = "propriétaire"

    def __str__(self) -> str:
        return self.name


class Lot(models.Model):
    """A batch of an article. Once recalled or past its expiry it is not usable, wherever it lies."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="lots")
    number = models.CharField("numéro de lot", max_length=20)
    expires_on = models.DateField("péremption", null=True, blank=True)
    recalled_at = models.DateTimeField("rappelé le", null=True, blank=True)

    class Meta:
        verbose_name = "lot"
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="lot_once"),
        ]
        indexes = [models.Index(fields=["number"], name="lot_by_number")]

    def __str__(self) -> str:
        return self.number


class Account(models.Model):
    """
    Units of a lot, of an owner, at a place, in one status, as of its last entry.

    `outside` is the world the units come from and go to: it alone may be negative. The balance is a
    copy of the entries' sum, changed only in the statement that writes them, and proven by `check_books`.
    """

    class Status(models.TextChoices):
        """What the units may be used for."""

        OUTSIDE = rules.Status.OUTSIDE.value, "extérieur"
        AVAILABLE = rules.Status.AVAILABLE.value, "utilisable"
        STRATEGIC = rules.Status.STRATEGIC.value, "stock stratégique"
        QUARANTINE = rules.Status.QUARANTINE.value, "en quarantaine"
        IN_TRANSIT = rules.Status.IN_TRANSIT.value, "en route"
        DELIVERED = rules.Status.DELIVERED.value, "livré"
        DISPUTED = rules.Status.DISPUTED.value, "en litige"

    place = models.ForeignKey(Place, models.PROTECT, related_name="accounts")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="accounts")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="accounts")
    status = models.CharField("statut", max_length=12, choices=Status)
    units = models.BigIntegerField("unités", default=0)

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "place", "owner", "status"], name="account_once"
            ),
            # What an entry's two foreign keys refer to: both its accounts are of its own lot.
            models.UniqueConstraint(fields=["id", "lot"], name="account_of_lot"),
            models.CheckConstraint(
                name="account_never_negative",
                condition=Q(units__gte=0) | Q(status="outside"),
                violation_error_message="Le stock ne suffit pas.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.place_id} {self.owner_id} {self.status}"


class Position(models.Model):
    """
    One family of one owner at one place: what is usable there, and what of it is promised.

    `usable` is the sum of its lots in status `available`. A promise is refused beyond it, but a fact is
    not: a recall or a count may leave `reserved` above `usable`, which is a shortfall to be settled.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="positions")
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="positions")
    family = models.ForeignKey(Family, models.PROTECT, related_name="positions")
    usable = models.BigIntegerField("utilisable", default=0)
    reserved = models.BigIntegerField("réservé", default=0)

    class Meta:
        verbose_name = "position"
        constraints = [
            models.UniqueConstraint(fields=["place", "owner", "family"], name="position_once"),
            models.CheckConstraint(
                name="position_never_negative", condition=Q(usable__gte=0, reserved__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.place_id} {self.owner_id}"


class Reservation(models.Model):
    """What is promised of a position for one purpose; `pending` is what is neither posted, voided nor expired."""

    key = models.CharField("clé", max_length=120, unique=True)
    position = models.ForeignKey(Position, models.PROTECT, related_name="reservations")
    pending = models.BigIntegerField("en attente", default=0)

    class Meta:
        verbose_name = "réservation"
        constraints = [
            models.CheckConstraint(
                name="reservation_never_negative",
                condition=Q(pending__gte=0),
                violation_error_message="La réservation ne contient pas autant d’unités.",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PendingEntry(models.Model):
    """
    Units promised, or given back, once and for ever. `key` is chosen by the caller.

    What is shipped is posted by an `Entry` that names the reservation: it is not repeated here.
    """

    class Kind(models.TextChoices):
        """Why the promise changes."""

        RESERVE = rules.PendingKind.RESERVE.value, "réservation"
        VOID = rules.PendingKind.VOID.value, "annulation"
        EXPIRE = rules.PendingKind.EXPIRE.value, "expiration"

    key = models.CharField("clé", max_length=160, unique=True)
    kind = models.CharField("nature", max_length=8, choices=Kind)
    reservation = models.ForeignKey(Reservation, models.PROTECT, related_name="entries")
    units = models.BigIntegerField("unités")
    reason = models.CharField("motif", max_length=300, blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "écriture en attente"
        constraints = [
            models.CheckConstraint(name="pending_moves_something", condition=Q(units__gt=0)),
        ]
        triggers = [pgtrigger.Protect(name="pending_is_final", operation=_FINAL)]

    def __str__(self) -> str:
        return f"{self.kind} {self.units}"


class Entry(models.Model):
    """
    Units of a lot moved from one account to another, once and for ever. `key` is chosen by the caller.

    `posts` is the reservation that an issue uses up. `about` is what it was done for: a despatch, a
    parcel, a receipt, a purchase, a transfer, a recall, a count.
    """

    class Kind(models.TextChoices):
        """Why units moved."""

        OPENING = rules.Kind.OPENING.value, "stock d’ouverture"
        RECEIPT = rules.Kind.RECEIPT.value, "entrée"
        ALLOT = rules.Kind.ALLOT.value, "affectation"
        ISSUE = rules.Kind.ISSUE.value, "expédition"
        TRANSFER_OUT = rules.Kind.TRANSFER_OUT.value, "départ en transfert"
        TRANSFER_IN = rules.Kind.TRANSFER_IN.value, "arrivée de transfert"
        DELIVERY = rules.Kind.DELIVERY.value, "livraison"
        RETURN = rules.Kind.RETURN.value, "retour"
        DISPUTE = rules.Kind.DISPUTE.value, "litige"
        BLOCK = rules.Kind.BLOCK.value, "mise en quarantaine"
        UNBLOCK = rules.Kind.UNBLOCK.value, "levée de quarantaine"
        WRITE_OFF = rules.Kind.WRITE_OFF.value, "sortie définitive"
        COUNT = rules.Kind.COUNT.value, "écart d’inventaire"
        LOAN = rules.Kind.LOAN.value, "prêt entre établissements"
        GIVE_BACK = rules.Kind.GIVE_BACK.value, "retour de prêt"
        GIFT = rules.Kind.GIFT.value, "don"
        CESSION = rules.Kind.CESSION.value, "cession"

    key = models.CharField("clé", max_length=160, unique=True)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    # The migration refers to account and lot together: what leaves as a lot arrives as that lot.
    lot = models.ForeignKey(
        Lot, models.PROTECT, related_name="entries", db_constraint=False, db_index=False
    )
    source = models.ForeignKey(
        Account, models.PROTECT, related_name="entries_out", db_constraint=False
    )
    target = models.ForeignKey(
        Account, models.PROTECT, related_name="entries_in", db_constraint=False
    )
    units = models.BigIntegerField("unités")
    posts = models.ForeignKey(
        Reservation, models.PROTECT, related_name="postings", null=True, blank=True
    )
    about = models.CharField("objet", max_length=80, blank=True)
    reason = models.CharField("motif", max_length=300, blank=True)
    by = models.CharField("par", max_length=80)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "écriture"
        constraints = [
            models.CheckConstraint(name="entry_moves_something", condition=Q(units__gt=0)),
            models.CheckConstraint(name="entry_between_two", condition=~Q(source=F("target"))),
        ]
        indexes = [models.Index(fields=["about"], name="entry_by_about", condition=~Q(about=""))]
        triggers = [pgtrigger.Protect(name="entry_is_final", operation=_FINAL)]

    def __str__(self) -> str:
        return f"{self.kind} {self.units}"


class EntrySeal(models.Model):
    """The SHA-256 of the entries since the seal before, chained to it: a row altered later is found."""

    last_entry = models.BigIntegerField("dernière écriture", unique=True)
    digest = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "scellé d’écritures"
        triggers = [pgtrigger.Protect(name="seal_is_final", operation=_FINAL)]

    def __str__(self) -> str:
        return str(self.last_entry)
