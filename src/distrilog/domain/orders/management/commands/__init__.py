"""Commands: compute, export and verify runs, prove the books."""
