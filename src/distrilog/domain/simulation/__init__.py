"""What would have happened: the months of a crisis replayed."""
