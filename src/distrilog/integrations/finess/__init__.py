"""The official FINESS files, read as deltas of the register."""
