"""Why a login led nowhere: what happened, what to do, whom to ask. One entry a page."""

from dataclasses import dataclass
from http import HTTPStatus

from distrilog.domain.accounts.rules import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A page: its title, what happened, what to do next."""

    title: str
    happened: str
    steps: tuple[str, ...]
    status: int = HTTPStatus.FORBIDDEN
    may_retry: bool = False


_ADMINISTRATOR = (
    "Demandez à l’administrateur des comptes PLAGE de votre établissement (ou de votre agence) "
)

EXPLANATIONS: dict[str, Explanation] = {
    "domaine": Explanation(
        title="Votre compte ne donne pas accès à Distrilog",
        happened="Votre identité est reconnue, mais aucun de vos profils PLAGE ne porte sur le domaine Distrilog.",
        steps=(
            _ADMINISTRATOR + "d’ajouter un profil sur le domaine « DISTRILOG ».",
            "Reconnectez-vous ensuite : le profil est lu à chaque connexion.",
        ),
    ),
    "profil-expire": Explanation(
        title="Votre profil a expiré",
        happened="Votre identité est reconnue, mais la date de fin de votre profil Distrilog est passée.",
        steps=(
            _ADMINISTRATOR + "de prolonger votre profil.",
            "Les commandes déjà passées sont conservées ; un collègue habilité peut les suivre.",
        ),
    ),
    "etablissement-inconnu": Explanation(
        title="Établissement inconnu ou fermé",
        happened="Votre profil porte sur un établissement absent du répertoire de Distrilog, ou fermé.",
        steps=(
            "Vérifiez le numéro ci-dessus : c’est celui que porte votre profil PLAGE.",
            "Si le numéro est faux ou ancien, "
            + _ADMINISTRATOR[0].lower()
            + _ADMINISTRATOR[1:]
            + "de le corriger.",
            "Si le numéro est juste, écrivez à votre agence régionale de santé : elle fait compléter le répertoire.",
        ),
    ),
    "compte-desactive": Explanation(
        title="Votre compte est désactivé",
        happened="Votre compte Distrilog a été désactivé par la cellule nationale.",
        steps=("Écrivez à votre agence régionale de santé pour en connaître la raison.",),
    ),
    "connexion-interrompue": Explanation(
        title="La connexion n’a pas abouti",
        happened="PLAGE n’a pas confirmé votre identité : la demande a été abandonnée, ou elle était trop ancienne.",
        steps=("Recommencez depuis cette page.",),
        may_retry=True,
    ),
    "plage-indisponible": Explanation(
        title="PLAGE ne répond pas",
        happened="Distrilog confie la connexion à PLAGE, qui ne répond pas en ce moment. Rien n’est perdu : "
        "vos commandes et vos contingents sont intacts.",
        steps=(
            "Réessayez dans quelques minutes.",
            "En cas d’urgence, appelez votre agence régionale de santé : elle peut commander pour vous.",
        ),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        may_retry=True,
    ),
    "trop-de-connexions": Explanation(
        title="Trop de connexions en peu de temps",
        happened="Beaucoup de connexions ont été demandées depuis votre réseau en une minute.",
        steps=("Attendez une minute, puis recommencez.",),
        status=HTTPStatus.TOO_MANY_REQUESTS,
        may_retry=True,
    ),
}

PAGE_OF: dict[Outcome, str] = {
    Outcome.FOREIGN_DOMAIN: "domaine",
    Outcome.EXPIRED: "profil-expire",
    Outcome.UNKNOWN_FACILITY: "etablissement-inconnu",
}
