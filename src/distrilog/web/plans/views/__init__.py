"""Pages of the push plans."""
