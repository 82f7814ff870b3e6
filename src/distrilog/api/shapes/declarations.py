"""Declarations and cover: what a facility says, how it stands, and sums over areas."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from distrilog.api.shapes.bases import PRINTABLE, FamilyAsked, Incoming
from distrilog.domain.declarations.rules import LONGEST_WORDS, MOST_LINES, MOST_TROUBLES, MOST_UNITS


Units = Annotated[StrictInt, Field(ge=0, le=MOST_UNITS)]
Words = Annotated[StrictStr, Field(max_length=LONGEST_WORDS, pattern=PRINTABLE)]
BandName = Literal["none", "days", "weeks", "plenty"]
LevelName = Literal["no-need", "silent", "empty", "alert", "watch", "covered"]
TroubleCategory = Literal["shortage", "quality", "size", "delivery", "outbreak", "other"]
TroubleUrgency = Literal["today", "week", "later"]


class DifficultyAsked(Incoming):
    """A difficulty, told with a declaration; no name of a patient belongs here."""

    category: TroubleCategory = "other"
    urgency: TroubleUrgency = "week"
    words: Words = ""


class GeneralDifficulty(DifficultyAsked):
    """A difficulty of a family, or of none in particular."""

    family: FamilyAsked | None = None


class LineSaid(Incoming):
    """One family: its stock, in units, on the day it is said, and what was used of it in the last seven days."""

    family: FamilyAsked
    stock: Units | None = Field(None, description="obligatoire, sauf avec `band`")
    consumption: Units | None = None
    band: BandName | None = Field(
        None, description="au lieu d’un compte, pour un petit site : combien de temps le stock dure"
    )
    confirmed: Annotated[
        StrictBool,
        Field(description="vrai : la quantité surprend (`to-confirm`), et elle est exacte"),
    ] = False
    difficulty: Words | DifficultyAsked | None = Field(
        None, description="en quelques mots, ou avec sa nature et son urgence"
    )


class DeclarationAsked(Incoming):
    """What a facility says of a week: the families it does not name stay as they were."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {"family": "surgical_mask", "stock": 1200, "consumption": 350},
                        {
                            "family": "gown",
                            "stock": 40,
                            "consumption": 30,
                            "difficulty": "Taille L épuisée.",
                        },
                    ]
                }
            ]
        },
    )

    lines: Annotated[list[LineSaid], Field(max_length=MOST_LINES)]
    difficulties: Annotated[list[GeneralDifficulty], Field(max_length=MOST_TROUBLES)] = []


class LineDeclared(Schema):
    """
    One family of a week, in units; `stock` is null where nothing was said.

    `need` is the crisis consumption of a week, `safety` three weeks of it in whole boxes; `suggested_stock` is
    what was said last, with what was received since and less what is used.
    """

    family: str
    box: int = Field(description="unités par boîte")
    need: int
    safety: int
    stock: int | None
    consumption: int | None
    band: BandName | None
    questioned: bool = Field(description="confirmée après question")
    suggested_stock: int | None
    delivered_since: int | None
    cover_days: float | None = Field(description="jours de couverture, au dixième")
    level: LevelName


class DifficultyTold(Schema):
    """A difficulty as it was told; `seen_at`: the agency has read it."""

    id: int
    family: str | None
    category: TroubleCategory
    urgency: TroubleUrgency
    words: str
    version: int
    seen_at: datetime | None


class QuestionAsked(Schema):
    """What was asked about a quantity, and confirmed."""

    model_config = ConfigDict(extra="allow")

    where: str
    message: str
    remedy: str = ""


class Declaration(Schema):
    """A facility's week; version 0: nothing said yet. Its `ETag` is its version: send it back as `If-Match`."""

    facility: str
    week: str
    version: int
    channel: Literal["screen", "offline", "api", "file", "fhir"] | None
    declared_at: datetime | None
    bands_allowed: bool
    may_declare: bool
    why_not: str
    lines: list[LineDeclared]
    difficulties: list[DifficultyTold]
    questions: list[QuestionAsked] = Field(description="posées à cet envoi, et confirmées")


class LineSaidBefore(Schema):
    """A line of a version; `current`: no later version replaced it."""

    family: str
    stock: int
    consumption: int | None
    band: BandName | None
    need: int
    questioned: bool
    current: bool


class VersionMade(Schema):
    """One version of a week: when, through what, and what it said."""

    version: int
    channel: Literal["screen", "offline", "api", "file", "fhir"]
    declared_at: datetime
    lines: list[LineSaidBefore]


class WeekDeclared(Schema):
    """A week that was declared, its versions the latest first."""

    week: str
    version: int
    versions: list[VersionMade]


class DeclarationHistory(Schema):
    """The last weeks a facility declared, the latest first."""

    facility: str
    weeks: list[WeekDeclared]


class FamilyStanding(Schema):
    """How a facility stands for a family, by its latest statement while it is fresh: two weeks."""

    family: str
    week: str | None = Field(
        description="semaine de la déclaration ; nulle s’il n’y en a pas de récente"
    )
    box: int
    need: int
    safety: int
    stock: int | None
    consumption: int | None
    cover_days: float | None
    level: LevelName
    watch_days: int
    alert_days: int


class FacilityCover(Schema):
    """How a facility stands today."""

    facility: str
    lines: list[FamilyStanding]


class ImportedFile(Schema):
    """What became of a file: all of it, or nothing; every fault at once."""

    applied: bool
    dry_run: bool
    lines: int
    unchanged: int = Field(description="lignes qui ne disent rien de nouveau")
    declarations: int
    refused: list[QuestionAsked] = Field(
        description="les erreurs, dont le nombre affiché est borné"
    )
    refused_count: int
    questions: list[QuestionAsked]
    questions_count: int


class CoverFigures(Schema):
    """Sums over an area's facilities for a family. `stock`, `consumption` and `need` are those of who declared."""

    facilities: int
    asked: int
    declared: int
    stock: int
    consumption: int
    need: int
    alert: int
    watch: int
    covered: int
    empty: int
    questioned: int


class RunOutSeen(Schema):
    """The first day without stock: at the earliest, as expected, at the latest; null: not within a year."""

    earliest: date | None
    expected: date | None
    latest: date | None


class FamilyPicture(Schema):
    """How an area stands for a family, with the week before."""

    family: str
    level: LevelName
    cover_days: float | None
    watch_days: int
    alert_days: int
    run_out: RunOutSeen | None
    figures: CoverFigures
    previous: CoverFigures


class AreaPicture(Schema):
    """An area and its families."""

    level: Literal["country", "region", "department", "territory", "part"]
    code: str
    name: str
    families: list[FamilyPicture]


class TrendPoint(Schema):
    """An area's sums of a week and family."""

    week: str
    family: str
    figures: CoverFigures
    cover_days: float | None


class CoverPicture(Schema):
    """An area's week: its sums, its parts, which add up to it, and its last weeks."""

    week: str
    total: AreaPicture
    children: list[AreaPicture]
    trend: list[TrendPoint]
    built_at: datetime | None
    stale_since: datetime | None


class FacilityCoverSeen(Schema):
    """One facility and family in a week; units. `stock` is null where it said nothing."""

    facility: str
    name: str
    department: str
    territory: str | None
    group: str
    family: str
    box: int
    need: int
    stock: int | None
    consumption: int | None
    cover_days: float | None
    level: LevelName
    run_out: RunOutSeen | None
    questioned: bool
    asked: bool = Field(description="enrôlé : on attend sa déclaration")
    difficulty: bool
    on_the_way: int = Field(description="unités commandées, pas encore reçues")


class FacilityCoverPage(Schema):
    """A page of facilities; `next` is null on the last one."""

    items: list[FacilityCoverSeen]
    matching: int
    next: str | None


class DifficultySeen(DifficultyTold):
    """A difficulty, and whose it is."""

    facility: str
    week: str


class DifficultyPage(Schema):
    """A page of difficulties, the last first; `next` is null on the last one."""

    items: list[DifficultySeen]
    next: str | None
