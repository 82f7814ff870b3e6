"""Commands of the push chain."""
