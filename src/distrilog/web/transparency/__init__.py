"""What anyone may read of the distribution, and what auditors read of its changes."""
