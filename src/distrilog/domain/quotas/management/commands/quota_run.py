"""`manage quota_run WEEK`: leave a previewed draft, for two people to look at, sign and publish."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from distrilog.domain.accounts.rules import Actor, Role
from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.queries import Preview
from distrilog.kernel import clock
from distrilog.kernel.refusals import Refusal
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.weeks import Week


DEFAULT_PER_MILLE = 600


class Command(BaseCommand):
    help = (
        "Prépare et prévisualise le calcul d’une semaine, sans le signer ni le publier. Sans enveloppe, "
        "chaque lieu donne une part du besoin qu’il sert, dans la limite de son stock."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("week", type=_week, help="par exemple 2020-W45")
        parser.add_argument(
            "--envelope",
            action="append",
            type=_envelope,
            default=[],
            metavar="FAMILLE=UNITÉS",
            help="enveloppe d’une famille ; peut être répété",
        )
        parser.add_argument(
            "--per-mille",
            type=int,
            default=DEFAULT_PER_MILLE,
            help="part du besoin donnée par défaut, en millièmes",
        )
        parser.add_argument("--by", default="command", help="qui prépare")
        parser.add_argument("--reason", default="", help="motif")

    def handle(self, *_args: Any, **options: Any) -> None:
        at = clock.now()
        actor = Actor(
            person=options["by"],
            profile=0,
            role=Role.NATIONAL_CELL,
            scope=Scope(kind=ScopeKind.COUNTRY),
            through="command",
        )
        week: Week = options["week"]
        try:
            envelopes = dict(options["envelope"]) or queries.suggested_envelopes(
                week=week, per_mille=options["per_mille"], at=at
            )
            run = services.prepare(
                actor=actor, week=week, envelopes=envelopes, reason=options["reason"], at=at
            )
            preview = services.preview(actor=actor, run_id=run.pk, at=at)
        except Refusal as refusal:
            raise CommandError(f"{refusal.title} {refusal}") from refusal
        self.stdout.write(f"Calcul n° {run.pk}, semaine {week} : brouillon prévisualisé.")
        self._print(preview)

    def _print(self, preview: Preview) -> None:
        self.stdout.write(
            f"{preview.served} établissements servis sur {preview.facilities} ; "
            f"écart à l’optimum au plus {preview.distance_to_optimum} unités."
        )
        for share in preview.shares:
            tenths = share.level_tenths
            self.stdout.write(
                f"{share.family:<14} {share.source:<14} enveloppe {share.envelope:>12} "
                f"besoin {share.need:>12} réparti {share.shared:>12} pots {share.pots:>10} "
                f"niveau {tenths // 10},{tenths % 10} % sans boîte {share.got_nothing}"
                f"{' planchers partagés' if share.floors_short else ''}"
            )
        for without in preview.without:
            self.stdout.write(
                f"{without.family:<14} {without.facilities} établissement(s) sans boîte "
                f"depuis {without.weeks} semaine(s)"
            )


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(f"« {text} » n’est pas une semaine.") from error


def _envelope(text: str) -> tuple[str, int]:
    family, _, units = text.partition("=")
    try:
        return family, int(units)
    except ValueError as error:
        raise ArgumentTypeError(f"« {text} » : écrire famille=unités.") from error
