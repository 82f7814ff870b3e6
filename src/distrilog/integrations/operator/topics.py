"""The topics of the outbox that the operator listens to, and the partner's name in the inbox."""

from typing import Final


PARTNER: Final = "operator"
# The place whose stock it keeps.
PLACE: Final = "operator"

ORDER: Final = "operator.order"
WITHDRAWAL: Final = "operator.withdrawal"
TRANSFER: Final = "operator.transfer"
REPLENISHMENT_REFUSED: Final = "operator.no-transfer"
TOPICS: Final = (ORDER, WITHDRAWAL, TRANSFER, REPLENISHMENT_REFUSED)
TOPIC_NAMES: Final = {
    ORDER: "Commandes à préparer",
    WITHDRAWAL: "Retraits de commandes",
    TRANSFER: "Palettes annoncées",
    REPLENISHMENT_REFUSED: "Réassorts refusés",
}
