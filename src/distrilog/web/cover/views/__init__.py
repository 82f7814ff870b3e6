"""Pages of the picture of cover."""
