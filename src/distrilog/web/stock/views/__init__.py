"""The views: the picture, places and lots, counts, supply, continuity."""
