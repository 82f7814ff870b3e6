"""The country at a glance, for the national cell and those who read over its shoulder."""
