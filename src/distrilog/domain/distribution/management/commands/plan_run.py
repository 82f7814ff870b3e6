"""`manage plan_run WEEK`: leave a draft of a week's push plan, for somebody else to look at and give to the agencies."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.distribution import services
from distrilog.domain.distribution.models import Plan
from distrilog.domain.distribution.queries import needs
from distrilog.domain.facilities.models import Zone
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


class Command(BaseCommand):
    help = (
        "Prépare en brouillon le plan de répartition d’une semaine. Sans volume, chaque famille poussée reçoit le stock utilisable "
        "de la zone, dans la limite du besoin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("week", type=_week, help="par exemple 2020-W15")
        parser.add_argument("--zone", default="metropole", help="code de la zone")
        parser.add_argument(
            "--volume",
            action="append",
            type=_volume,
            default=[],
            metavar="FAMILLE:SOURCE=UNITÉS",
            help="volume d’une famille à un lieu ; peut être répété",
        )
        parser.add_argument("--number", type=int, default=1, help="rang de l’envoi dans la semaine")
        parser.add_argument(
            "--fallback",
            action="store_true",
            help="plan de continuité : toutes les régions, le portail étant en panne",
        )
        parser.add_argument("--reason", default="", help="motif")
        parser.add_argument("--by", default="command", help="qui prépare")

    def handle(self, *_args: Any, **options: Any) -> None:
        at = clock.now()
        actor = Actor(
            person=options["by"],
            profile=0,
            role=Role.NATIONAL_CELL,
            scope=Scope(kind=ScopeKind.COUNTRY),
            through="command",
        )
        try:
            plan = services.prepare(
                actor=actor,
                proposal=services.Proposal(
                    week=options["week"],
                    volumes=_volumes(options["volume"])
                    or _suggested(options["week"], options["zone"], fallback=options["fallback"]),
                    zone=options["zone"],
                    number=options["number"],
                    fallback=options["fallback"],
                    reason=options["reason"],
                ),
                at=at,
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.title} {refusal}") from refusal
        self._print(plan)

    def _print(self, plan: Plan) -> None:
        self.stdout.write(f"Plan n° {plan.pk}, semaine {plan.week}, {plan.zone} : brouillon.")
        for share in plan.shares.order_by("family"):
            tenths = share.level_numerator * 1000 // share.level_denominator
            self.stdout.write(
                f"{share.family_id:<14} volume {share.envelope:>12} besoin {share.need:>12} réparti {share.shared:>12} "
                f"niveau {tenths // 10},{tenths % 10} %{' planchers partagés' if share.floors_short else ''}"
            )
        without = len(plan.excluded["no_platform"])
        if without:
            self.stdout.write(f"{without} établissement(s) sans plateforme, laissé(s) de côté.")
        self.stdout.write(
            "Il reste à une autre personne à le transmettre aux ARS, sur l’écran des plans."
        )


def _suggested(week: Week, zone: str, *, fallback: bool) -> dict[str, dict[str, int]]:
    """Return the volumes the stock allows; none in a zone nobody knows, which is refused afterwards."""
    known = Zone.objects.filter(pk=zone).first()
    if known is None:
        return {}
    regions = needs.pushed_regions(week=week, zone=known, fallback=fallback)
    country = needs.country(week=week, zone=known)
    return needs.suggested_volumes(country=country, regions=regions)


def _volumes(given: Sequence[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    volumes: dict[str, dict[str, int]] = {}
    for family, source, units in given:
        volumes.setdefault(family, {})[source] = units
    return volumes


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _volume(text: str) -> tuple[str, str, int]:
    where, _, units = text.partition("=")
    family, _, source = where.partition(":")
    if not (family and source and units.isascii() and units.isdigit()):
        raise ArgumentTypeError(f"« {text} » : écrire par exemple surgical_mask:spf=100000.")
    return family, source, int(units)
