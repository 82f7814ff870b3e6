"""What the journal keeps, kind by kind: where its rows are, whose they are, what they were before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.db import models

from distrilog.domain.accounts.models import Profile, Token
from distrilog.domain.declarations.models import AlertThreshold, Gift
from distrilog.domain.distribution.models import (
    Adjustment,
    Incident,
    Override,
    Plan,
    Programme,
    Trainees,
)
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Circuit, FacilityImport, Referent
from distrilog.domain.orders.models import Order
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes.models import RegimeDecision, Terms, Window
from distrilog.domain.regional.models import LotPlan, Supply
from distrilog.domain.resupply.models import Request


class Kind(StrEnum):
    """What changed."""

    REGIME = "regime"
    WINDOW = "window"
    DOCTRINE = "doctrine"
    RUN = "run"
    ORDER = "order"
    PROFILE = "profile"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    IMPORT = "import"
    THRESHOLD = "threshold"
    RESUPPLY = "resupply"
    PLAN = "plan"
    PROGRAMME = "programme"
    INCIDENT = "incident"
    OVERRIDE = "override"
    TRAINEES = "trainees"
    REFERENT = "referent"
    CIRCUIT = "circuit"
    TERMS = "terms"
    SUPPLY = "supply"
    LOT_PLAN = "lot_plan"
    GIFT = "gift"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.REGIME: "Régime",
    Kind.WINDOW: "Fenêtre de commande",
    Kind.DOCTRINE: "Doctrine",
    Kind.RUN: "Calcul des contingents",
    Kind.ORDER: "Commande",
    Kind.PROFILE: "Profil",
    Kind.TOKEN: "Clé d’API",
    Kind.IMPORT: "Import du répertoire",
    Kind.THRESHOLD: "Seuil d’alerte",
    Kind.RESUPPLY: "Demande de dépannage",
    Kind.PLAN: "Plan de répartition",
    Kind.PROGRAMME: "Programme",
    Kind.INCIDENT: "Incident de plateforme",
    Kind.OVERRIDE: "Adaptation saisonnière",
    Kind.TRAINEES: "Personnes en formation",
    Kind.REFERENT: "Référent",
    Kind.CIRCUIT: "Circuit",
    Kind.TERMS: "Conditions d’une catégorie",
    Kind.SUPPLY: "Apport régional",
    Kind.LOT_PLAN: "Répartition d’un lot",
    Kind.GIFT: "Don déclaré",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """
    How one kind is read: `rows` gives number, moment, who, why, address; `states` what was before and after.

    Both are constants written below; every value travels as a parameter.
    """

    code: str
    kind: Kind
    model: type[models.Model]
    rows: str
    subject: str
    before: str
    after: str
    created: str
    state: str = "state"
    passed_over: frozenset[str] = field(default_factory=frozenset)


_CONTEXT: Final = "LEFT JOIN pghistory_context context ON context.id = event.pgh_context_id"
EVENT_NOISE: Final = frozenset(
    {"id", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id"}
)


def _events(table: str, *, who: str, why: str = "''") -> str:
    """Return the rows of a table of events, each holding the row as it became."""
    return f"""
        SELECT event.pgh_id AS number, event.pgh_created_at AS at, event.pgh_obj_id AS object_id,
            coalesce(context.metadata ->> 'by', {who}) AS by,
            coalesce(context.metadata ->> 'why', {why}) AS why,
            coalesce(context.metadata ->> 'url', '') AS url
        FROM {table} event {_CONTEXT}
    """  # noqa: S608 - constants


def _earlier(table: str, dropped: str = "") -> str:
    """Return the state that the object had at the event before, if there was one."""
    return f"""
        SELECT to_jsonb(earlier){dropped} FROM {table} earlier
        WHERE earlier.pgh_obj_id = page.object_id AND earlier.pgh_id < page.number
        ORDER BY earlier.pgh_id DESC LIMIT 1
    """  # noqa: S608 - constants


def _became(table: str, dropped: str = "") -> str:
    """Return the state that the event wrote."""
    return f"SELECT to_jsonb(event){dropped} FROM {table} event WHERE event.pgh_id = page.number"  # noqa: S608


def _tracked(
    code: Kind,
    model: type[models.Model],
    *,
    who: str,
    subject: str,
    why: str,
    dropped: str = "",
    passed_over: frozenset[str] = frozenset(),
) -> Branch:
    """Return the branch of a model whose events hold the row as it became."""
    table = f"{model._meta.db_table}event"  # noqa: SLF001 - public by custom
    return Branch(
        code=code,
        kind=code,
        model=model,
        rows=_events(table, who=who, why=why),
        subject=subject,
        before=_earlier(table, dropped),
        after=_became(table, dropped),
        created=f"NOT EXISTS ({_earlier(table)})",
        passed_over=passed_over,
    )


_PREPARED_OR_SIGNED: Final = """
    CASE WHEN event.pgh_label = 'insert' THEN event.prepared_by
         WHEN event.state = 'signed' THEN event.signed_by ELSE '' END
"""
# The basket that a change of an order replaced, if it did; then the one that came after it.
_BASKET: Final = (
    "SELECT jsonb_object_agg(line.family_id, line.units) FROM {table} line WHERE {which}"
)
_CURRENT_BASKET: Final = _BASKET.format(table="orders_line", which="line.order_id = page.object_id")
_REPLACED: Final = _BASKET.format(
    table="orders_lineevent",
    which="line.order_id = page.object_id AND line.pgh_context_id = page.context_id",
)
_NEXT_REPLACED: Final = _BASKET.format(
    table="orders_lineevent",
    which="""line.order_id = page.object_id AND line.pgh_context_id = (
        SELECT later.pgh_context_id FROM orders_lineevent later
        WHERE later.order_id = page.object_id AND later.pgh_id > coalesce((
            SELECT max(mine.pgh_id) FROM orders_lineevent mine
            WHERE mine.order_id = page.object_id AND mine.pgh_context_id = page.context_id), 0)
        ORDER BY later.pgh_id LIMIT 1)""",
)
_ORDER_SUBJECT: Final = """
    SELECT placed.reference || ' · ' || facility.name FROM orders_order placed
    JOIN facilities_facility facility ON facility.id = placed.facility_id
    WHERE placed.id = page.object_id
"""
_ORDER_NOISE: Final = frozenset({"version", "facility_id", "placed_by", "placed_at", "reference"})


def _of_facility(table: str) -> str:
    return f"""
        SELECT facility.name FROM {table} told
        JOIN facilities_facility facility ON facility.id = told.facility_id
        WHERE told.id = page.object_id
    """  # noqa: S608 - constants


BRANCHES: Final = (
    _tracked(
        Kind.REGIME,
        RegimeDecision,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        dropped=" - 'preview'::text",
        subject="""
            SELECT string_agg(DISTINCT family.name, ', ') || ' · '
                || CASE WHEN count(DISTINCT line.region_id) = (SELECT count(*) FROM facilities_region)
                        THEN 'tout le pays' ELSE string_agg(DISTINCT region.name, ', ') END
            FROM regimes_regimeline line
            JOIN catalogue_family family ON family.code = line.family_id
            JOIN facilities_region region ON region.code = line.region_id
            WHERE line.decision_id = page.object_id
        """,
    ),
    _tracked(
        Kind.WINDOW,
        Window,
        who="''",
        why="event.reason",
        subject="""
            SELECT concat_ws(' · ', zone.name, nullif(wanted.week, '')) FROM regimes_window wanted
            JOIN facilities_zone zone ON zone.code = wanted.zone_id WHERE wanted.id = page.object_id
        """,
    ),
    _tracked(
        Kind.DOCTRINE,
        DoctrineVersion,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        subject="SELECT code || ' · ' || title FROM doctrines_doctrineversion WHERE id = page.object_id",
    ),
    _tracked(
        Kind.RUN,
        QuotaRun,
        who=_PREPARED_OR_SIGNED,
        why="event.reason",
        # What the preview saw and showed is sealed with the run: the journal keeps to the decisions.
        dropped=" - 'fairness'::text #- '{inputs,seen}'::text[]",
        subject="SELECT week FROM quotas_quotarun WHERE id = page.object_id",
    ),
    _tracked(
        Kind.PROFILE,
        Profile,
        who="''",
        why="''",
        subject="""
            SELECT concat_ws(' · ', nullif(person.name, ''), facility.name) FROM accounts_profile profile
            JOIN accounts_person person ON person.id = profile.person_id
            LEFT JOIN facilities_facility facility ON facility.id = profile.facility_id
            WHERE profile.id = page.object_id
        """,
        passed_over=frozenset({"person_id", "facility_id", "domain"}),
    ),
    _tracked(
        Kind.TOKEN,
        Token,
        who="(SELECT person_id::text FROM accounts_profile WHERE id = event.profile_id)",
        why="''",
        subject="SELECT name FROM accounts_token WHERE id = page.object_id",
        passed_over=frozenset({"profile_id", "created_at"}),
    ),
    _tracked(
        Kind.THRESHOLD,
        AlertThreshold,
        who="event.set_by",
        why="event.reason",
        subject="""
            SELECT concat_ws(' · ', nullif(threshold."group", ''), region.name, family.name)
            FROM declarations_alertthreshold threshold
            LEFT JOIN facilities_region region ON region.code = threshold.region_id
            LEFT JOIN catalogue_family family ON family.code = threshold.family_id
            WHERE threshold.id = page.object_id
        """,
        passed_over=frozenset({"set_by", "set_at"}),
    ),
    # What a facility says of its own situation is for those who help it, not for the journal.
    _tracked(
        Kind.RESUPPLY,
        Request,
        who="CASE WHEN event.pgh_label = 'insert' THEN event.asked_by ELSE '' END",
        why="''",
        dropped=" - 'words'::text - 'contact'::text - 'key'::text",
        subject="""
            SELECT asked.reference || ' · ' || facility.name FROM resupply_request asked
            JOIN facilities_facility facility ON facility.id = asked.facility_id
            WHERE asked.id = page.object_id
        """,
        passed_over=frozenset({"facility_id", "reference", "asked_by", "asked_at"}),
    ),
    _tracked(
        Kind.PLAN,
        Plan,
        who="""
            CASE WHEN event.pgh_label = 'insert' THEN event.prepared_by
                 WHEN event.state = 'shared' THEN event.shared_by ELSE '' END
        """,
        why="event.reason",
        dropped=" - 'excluded'::text",
        subject="""
            SELECT concat_ws(' · ', plan.week || ' n° ' || plan.number, zone.name, nullif(plan.title, ''))
            FROM distribution_plan plan JOIN facilities_zone zone ON zone.code = plan.zone_id
            WHERE plan.id = page.object_id
        """,
        passed_over=frozenset({"week", "number", "zone_id", "title"}),
    ),
    # An adjustment is final: its row is its trace.
    Branch(
        code="adjustment",
        kind=Kind.PLAN,
        model=Adjustment,
        rows="""
            SELECT event.id AS number, event.at, event.id AS object_id, event.by,
                event.reason AS why, '' AS url
            FROM distribution_adjustment event
        """,
        subject="""
            SELECT concat_ws(' · ', plan.week || ' n° ' || plan.number, territory.name, family.name)
            FROM distribution_adjustment made
            JOIN distribution_plan plan ON plan.id = made.plan_id
            JOIN facilities_territory territory ON territory.code = made.territory_id
            JOIN catalogue_family family ON family.code = made.family_id
            WHERE made.id = page.object_id
        """,
        before="SELECT NULL::jsonb",
        after="""
            SELECT jsonb_build_object('changes', changes)
            FROM distribution_adjustment WHERE id = page.object_id
        """,
        created="TRUE",
    ),
    _tracked(
        Kind.PROGRAMME,
        Programme,
        who="event.decided_by",
        why="event.source",
        subject="SELECT title FROM distribution_programme WHERE code = page.object_id",
        passed_over=frozenset({"decided_by", "decided_at", "code"}),
    ),
    _tracked(
        Kind.INCIDENT,
        Incident,
        who="CASE WHEN event.pgh_label = 'insert' THEN event.told_by ELSE event.closed_by END",
        why="event.words",
        subject="""
            SELECT territory.name FROM distribution_incident told
            JOIN facilities_territory territory ON territory.code = told.territory_id
            WHERE told.id = page.object_id
        """,
        passed_over=frozenset({"territory_id", "told_by", "told_at", "words"}),
    ),
    _tracked(
        Kind.OVERRIDE,
        Override,
        who="event.by",
        why="event.reason",
        subject=_of_facility("distribution_override"),
        passed_over=frozenset({"facility_id", "by", "at", "reason"}),
    ),
    _tracked(
        Kind.TRAINEES,
        Trainees,
        who="event.by",
        why="''",
        subject=_of_facility("distribution_trainees"),
        passed_over=frozenset({"facility_id", "by", "at"}),
    ),
    # A contact’s number and address are for those who must reach it, not for the journal.
    _tracked(
        Kind.REFERENT,
        Referent,
        who="event.by",
        why="''",
        dropped=" - 'email'::text - 'phone'::text - 'name'::text",
        subject="""
            SELECT concat_ws(' · ', territory.name, region.name, department.name)
            FROM facilities_referent contact
            LEFT JOIN facilities_territory territory ON territory.code = contact.territory_id
            LEFT JOIN facilities_region region ON region.code = contact.region_id
            LEFT JOIN facilities_department department ON department.code = contact.department_id
            WHERE contact.id = page.object_id
        """,
        passed_over=frozenset({"by", "territory_id", "region_id", "department_id"}),
    ),
    _tracked(
        Kind.CIRCUIT,
        Circuit,
        who="event.by",
        why="event.source",
        subject="""
            SELECT concat_ws(' · ', coalesce(category.name, circuit."group"), nullif(circuit.family, ''))
            FROM facilities_circuit circuit
            LEFT JOIN facilities_category category ON category.code = circuit.category_id
            WHERE circuit.id = page.object_id
        """,
        passed_over=frozenset({"by", "source"}),
    ),
    _tracked(
        Kind.TERMS,
        Terms,
        who="event.by",
        why="event.source",
        subject="""
            SELECT concat_ws(' · ', coalesce(nullif(terms."group", ''), 'toutes catégories'),
                             coalesce(family.name, 'tous articles'), zone.name)
            FROM regimes_terms terms
            LEFT JOIN catalogue_family family ON family.code = terms.family_id
            LEFT JOIN facilities_zone zone ON zone.code = terms.zone_id
            WHERE terms.id = page.object_id
        """,
        passed_over=frozenset({"by", "at", "source"}),
    ),
    _tracked(
        Kind.SUPPLY,
        Supply,
        who="CASE WHEN event.pgh_label = 'insert' THEN event.made_by ELSE '' END",
        why="event.quality_words",
        subject="SELECT reference || ' · ' || donor FROM regional_supply WHERE id = page.object_id",
        passed_over=frozenset({"reference", "donor", "made_by", "made_at"}),
    ),
    _tracked(
        Kind.LOT_PLAN,
        LotPlan,
        who="""
            CASE WHEN event.pgh_label = 'insert' THEN event.made_by
                 WHEN event.state = 'decided' THEN event.decided_by ELSE '' END
        """,
        why="''",
        subject="SELECT reference || ' · ' || title FROM regional_lotplan WHERE id = page.object_id",
        passed_over=frozenset({"reference", "title", "made_by", "made_at"}),
    ),
    _tracked(
        Kind.GIFT,
        Gift,
        who="CASE WHEN event.withdrawn_by <> '' THEN event.withdrawn_by ELSE event.by END",
        why="event.words",
        dropped=" - 'key'::text",
        subject="""
            SELECT concat_ws(' · ', gift.donor_name, facility.name) FROM declarations_gift gift
            JOIN facilities_facility facility ON facility.id = gift.facility_id
            WHERE gift.id = page.object_id
        """,
        passed_over=frozenset({"facility_id", "donor", "donor_name", "by", "at", "words"}),
    ),
    # The row of an order is the trace of its making; its basket then is the first that was replaced.
    Branch(
        code="order",
        kind=Kind.ORDER,
        model=Order,
        rows="""
            SELECT event.id AS number, event.placed_at AS at, event.id AS object_id,
                event.placed_by AS by, '' AS why, '' AS url
            FROM orders_order event
        """,
        subject=_ORDER_SUBJECT,
        before="SELECT NULL::jsonb",
        after=f"""
            SELECT jsonb_build_object('status', 'placed', 'week', placed.week,
                'charge', placed.charge, 'route', placed.route, 'promised_on', placed.promised_on,
                'lines', coalesce(({_NEXT_REPLACED.replace("page.context_id", "NULL::uuid")}),
                    ({_CURRENT_BASKET})))
            FROM orders_order placed WHERE placed.id = page.object_id
        """,  # noqa: S608 - constants
        created="TRUE",
        state="status",
        passed_over=_ORDER_NOISE,
    ),
    # Each event of an order holds the row as it was.
    Branch(
        code="order_change",
        kind=Kind.ORDER,
        model=Order,
        rows=_events("orders_orderevent", who="''").replace(
            "event.pgh_obj_id AS object_id,",
            "event.pgh_obj_id AS object_id, event.pgh_context_id AS context_id,",
        ),
        subject=_ORDER_SUBJECT,
        before=f"""
            SELECT to_jsonb(event) || jsonb_build_object('lines', ({_REPLACED}))
            FROM orders_orderevent event WHERE event.pgh_id = page.number
        """,  # noqa: S608 - constants
        after=f"""
            SELECT coalesce(
                (SELECT to_jsonb(later) FROM orders_orderevent later
                 WHERE later.pgh_obj_id = page.object_id AND later.pgh_id > page.number
                 ORDER BY later.pgh_id LIMIT 1),
                (SELECT to_jsonb(placed) FROM orders_order placed WHERE placed.id = page.object_id)
            ) || jsonb_build_object('lines', CASE WHEN ({_REPLACED}) IS NOT NULL
                THEN coalesce(({_NEXT_REPLACED}), ({_CURRENT_BASKET})) END)
        """,  # noqa: S608 - constants
        created="FALSE",
        state="status",
        passed_over=_ORDER_NOISE,
    ),
    # An import is a row of its own: offered, then perhaps signed.
    Branch(
        code="import",
        kind=Kind.IMPORT,
        model=FacilityImport,
        rows="""
            SELECT event.id AS number, event.imported_at AS at, event.id AS object_id,
                event.imported_by AS by, '' AS why, '' AS url
            FROM facilities_facilityimport event
        """,
        subject="SELECT file_name FROM facilities_facilityimport WHERE id = page.object_id",
        before="SELECT NULL::jsonb",
        after="""
            SELECT jsonb_build_object('layout', layout, 'digest', digest, 'added', added,
                'changed', changed, 'closed', closed, 'reasons', reasons,
                'state', CASE WHEN signed_at IS NULL THEN state ELSE 'waiting' END)
            FROM facilities_facilityimport WHERE id = page.object_id
        """,
        created="TRUE",
    ),
    Branch(
        code="import_signed",
        kind=Kind.IMPORT,
        model=FacilityImport,
        rows="""
            SELECT event.id AS number, event.signed_at AS at, event.id AS object_id,
                event.signed_by AS by, '' AS why, '' AS url
            FROM facilities_facilityimport event WHERE event.signed_at IS NOT NULL
        """,
        subject="SELECT file_name FROM facilities_facilityimport WHERE id = page.object_id",
        before="SELECT jsonb_build_object('state', 'waiting')",
        after="""
            SELECT jsonb_build_object('state', state)
            FROM facilities_facilityimport WHERE id = page.object_id
        """,
        created="FALSE",
    ),
)
