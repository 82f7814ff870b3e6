"""Pages of the decisions: preparing, looking at the effect, signing."""
