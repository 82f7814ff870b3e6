"""The answers of this app when something cannot be done."""

from distrilog.kernel.refusals import Refusal


class NotNow(Refusal):
    """Cette étape n’est pas possible maintenant."""

    slug = "not-now"


class BelowFloor(Refusal):
    """Cet établissement passerait sous son stock de sécurité."""

    slug = "below-floor"


class AlreadyAsked(Refusal):
    """Une demande est déjà en cours pour cette famille."""

    slug = "already-asked"


class KeyReused(Refusal):
    """Cette clé a déjà servi à une autre demande."""

    slug = "key-reused"


class TooMuch(Refusal):
    """C’est plus que ce qui reste à accorder."""

    slug = "too-much"
