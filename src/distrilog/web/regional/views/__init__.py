"""The views: the week, supplies, lots, issues, receivers."""
