"""People, their profiles, their rights."""
