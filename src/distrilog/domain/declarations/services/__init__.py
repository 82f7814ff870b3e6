"""Actions: what declarations change, whole or not at all."""
