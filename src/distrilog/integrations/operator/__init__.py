"""The logistics operator (La Poste): orders out, despatches and deliveries in, stock compared; its stand-in."""
