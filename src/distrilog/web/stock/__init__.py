"""Le stock: where the units are, lot by lot, what comes in and moves, and what happens when a partner is away."""
