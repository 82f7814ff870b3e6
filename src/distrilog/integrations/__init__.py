"""The outside world: each partner beside its stand-in."""
