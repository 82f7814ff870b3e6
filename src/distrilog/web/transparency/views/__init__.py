"""The views: what is public, and the journal."""
