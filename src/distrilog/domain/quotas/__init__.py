"""Who may have how much when there is not enough."""
