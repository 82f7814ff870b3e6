"""The demonstration country: real hospitals, and fictitious facilities on real totals."""
