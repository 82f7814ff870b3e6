"""The waves of 2020, and what reminders and digests say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from distrilog.kernel.weeks import Week


# Whom a list names one by one; the rest is counted.
NAMED: Final = 20
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveFact:
    """A wave as the texts tell it; `reach` is a value of `Wave.Reach`."""

    code: str
    name: str
    starts_on: date
    position: int
    reach: str


# MINSANTE 143 of 30 July 2020 and the deployment of EPI-Stock (rows F3 and N4 of the mission): 137 supports and
# AP-HP in early August, 3,089 hospitals in early September, then all. The last day is ours: the texts have none.
WAVES_2020: Final[Sequence[WaveFact]] = (
    WaveFact(
        code="2020-supports",
        name="Établissements supports de GHT et AP-HP",
        starts_on=date(2020, 8, 3),
        position=1,
        reach="platforms",
    ),
    WaveFact(
        code="2020-hospitals",
        name="Établissements de santé",
        starts_on=date(2020, 9, 7),
        position=2,
        reach="hospitals",
    ),
    WaveFact(
        code="2020-everyone",
        name="Tous les autres établissements",
        starts_on=date(2020, 10, 5),
        position=3,
        reach="everyone",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingFact:
    """When something leaves by itself: a kind of `Mailing.Kind`, a weekday (1: Monday), a clock in Paris."""

    kind: str
    weekday: int
    clock: time


MAILINGS: Final[Sequence[MailingFact]] = (
    MailingFact(kind="reminder", weekday=4, clock=time(9)),
    MailingFact(kind="reminder", weekday=5, clock=time(9)),
    MailingFact(kind="digest", weekday=5, clock=time(14)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail’s subject and plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionWeek:
    """What a digest tells an agency of its week. `alerts`: plural of a family, facilities in alert, with none at all."""

    region: str
    asked: int
    declared: int
    silent: Sequence[str]
    unreachable: Sequence[str]
    alerts: Sequence[tuple[str, int, int]]

    @property
    def rate(self) -> int:
        """Percents of those asked that declared, rounded down."""
        return self.declared * 100 // self.asked if self.asked else 100


def deadline(week: Week) -> str:
    """Return the last day of a week in words: « dimanche 8 novembre »."""
    day = date.fromisocalendar(week.year, week.number, 7)
    return f"dimanche {'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]}"


def reminder(*, week: Week, facilities: Sequence[str], address: str) -> Letter:
    """Write to who may declare for some facilities: what to do, by when, where."""
    until = deadline(week)
    whom = facilities[0] if len(facilities) == 1 else _count(len(facilities), "établissement")
    return Letter(
        subject=f"À faire avant {until} : déclarer le stock de {whom}",
        text="\n".join(
            [
                "Bonjour,",
                "",
                f"La déclaration de stock de la semaine {week.number} manque pour :",
                *_listed(facilities),
                "",
                (
                    f"Elle se fait en deux minutes, avant {until} à minuit : les chiffres de la semaine "
                    "dernière et vos livraisons y sont déjà."
                ),
                "",
                address,
                "",
                (
                    "Déclarer ne fait jamais perdre : quand un calcul lit les stocks, qui se tait est compté comme "
                    "le mieux couvert de sa catégorie."
                ),
                "",
                "Vous recevez ce courriel parce que vous pouvez déclarer pour cet établissement"
                if len(facilities) == 1
                else "Vous recevez ce courriel parce que vous pouvez déclarer pour ces établissements",
                "sur Distrilog. Une fois la déclaration faite, il n’y a plus de relance.",
            ]
        ),
    )


def digest(*, week: Week, told: RegionWeek, address: str) -> Letter:
    """Write to an agency: how complete its week is, who is silent, whom nobody can write to, where it is short."""
    until = deadline(week)
    missing = told.asked - told.declared
    subject = (
        f"Semaine {week.number} : tous les établissements ont déclaré ({told.region})"
        if not missing
        else f"À faire avant {until} : {_count(missing, 'établissement')} sans déclaration ({told.region})"
    )
    lines = [
        "Bonjour,",
        "",
        (
            f"Semaine {week.number}, {told.region} : {told.declared} établissements sur {told.asked} ont "
            f"déclaré leur stock, soit {told.rate} %."
        ),
    ]
    if told.silent:
        lines += ["", "N’ont pas déclaré :", *_listed(told.silent)]
    if told.unreachable:
        lines += [
            "",
            (
                f"Parmi eux, {_count(len(told.unreachable), 'établissement')} où personne n’a d’adresse : à "
                "joindre autrement, ou à qui ouvrir un accès :"
            ),
            *_listed(told.unreachable),
        ]
    if told.alerts:
        lines += [
            "",
            "Établissements en alerte :",
            *(
                f"- {plural} : {count}" + (f", dont {empty} sans plus rien" if empty else "")
                for plural, count, empty in told.alerts
            ),
        ]
    return Letter(
        subject=subject, text="\n".join([*lines, "", "Le détail et les relances :", address])
    )


def _listed(names: Sequence[str]) -> list[str]:
    left = len(names) - NAMED
    return [f"- {name}" for name in names[:NAMED]] + ([f"- et {left} autres"] if left > 0 else [])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
