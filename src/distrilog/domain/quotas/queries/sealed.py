"""The sealed files of a run."""

from distrilog.domain.accounts.rules import Actor, Deed
from distrilog.domain.quotas.models import QuotaRun
from distrilog.kernel.refusals import Fault, Refusal
from distrilog.kernel.scopes import ScopeKind


def sealed_files(*, run: QuotaRun) -> dict[str, bytes]:
    """Return every sealed file by name, byte for byte as kept. One query."""
    return {name: bytes(content) for name, content in run.files.values_list("name", "content")}


class StocksNotPublic(Refusal):
    """Les fichiers de ce calcul contiennent les stocks déclarés par chaque établissement."""

    slug = "stocks-not-public"
    status = 403


def refuse_stocks(*, run: QuotaRun, actor: Actor | None) -> None:
    """
    Refuse the files of a run that read cover to who may not read every declaration of the country.

    A claim then says what a facility has: that is for its own people, its platform, its agency and the cell.
    """
    if not run.inputs.get("reads_cover", False):
        return
    if (
        actor is None
        or not actor.may(Deed.DECLARATION_READ)
        or actor.scope.kind is not ScopeKind.COUNTRY
    ):
        raise StocksNotPublic(
            Fault(
                where="run",
                message="Ce calcul a lu les stocks déclarés, qui ne sont pas publics.",
                remedy="La cellule nationale peut vérifier ces fichiers, ou les remettre à un auditeur.",
            )
        )
