"""Views of the declaration."""
