"""Commands: prove the books."""
