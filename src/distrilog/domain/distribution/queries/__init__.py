"""Questions about the push chain: needs, plans, platforms, books."""
