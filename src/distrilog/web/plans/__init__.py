"""Push plans: prepared, shared, adjusted, frozen, sent; what a facility gets of them, and why."""
